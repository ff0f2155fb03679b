"""method="adaptive" near kinks, where derivatives jump, and where rounding makes stairs."""

import math

import numpy as np
import pytest

import centraldiff as cd

ADAPTIVE = {"method": "adaptive", "full_output": True}


def honest(result, exact):
    return abs(float(result.value) - exact) <= 10 * float(result.error)


@pytest.mark.parametrize("jump", [1.0, 1e-1, 1e-3, 1e-5])
@pytest.mark.parametrize("distance", [1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3])
@pytest.mark.parametrize("side", [1, -1])
def test_first_derivatives_near_a_kink(jump, distance, side):
    x = 1 + side * distance
    result = cd.derivative(lambda t: max(0.0, t - 1) * jump + math.sin(t), x, **ADAPTIVE)
    assert honest(result, math.cos(x) + jump * (side > 0))


@pytest.mark.parametrize("distance", [1e-5, 1e-4, 1e-3])
@pytest.mark.parametrize("side", [1, -1])
def test_kinks_that_steps_can_stay_clear_of_cost_no_accuracy(distance, side):
    x = 1 + side * distance
    result = cd.derivative(lambda t: max(0.0, t - 1) + math.sin(t), x, **ADAPTIVE)
    assert result.status == "converged"
    assert abs(result.value - math.cos(x) - (side > 0)) < 1e-9


def huber(x):
    return x * x / 2 if abs(x) < 1 else abs(x) - 0.5


@pytest.mark.parametrize("distance", [0.0, 1e-9, 1e-7, 1e-5, 1e-4, 1e-3])
@pytest.mark.parametrize("side", [1, -1])
def test_near_a_jump_of_the_second_derivative(distance, side):
    x = 1 + side * distance
    assert honest(cd.derivative(huber, x, **ADAPTIVE), min(x, 1.0))
    second = cd.derivative(huber, x, 2, **ADAPTIVE)
    assert honest(second, float(abs(x) < 1))
    if distance < 1e-6:
        assert second.status == "kink suspected"


@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_at_a_jump_of_the_second_derivative(offset):
    def fun(x):
        return x * abs(x) + math.sin(x + offset)

    assert honest(cd.derivative(fun, 0.0, **ADAPTIVE), math.cos(offset))
    second = cd.derivative(fun, 0.0, 2, **ADAPTIVE)
    assert abs(second.value + math.sin(offset)) < 1e-9  # the mean of both sides
    assert 1 <= second.error <= 4
    assert second.status == "kink suspected"


def test_where_a_second_derivative_does_not_exist_it_is_nan_and_said():
    with pytest.warns(cd.NotFiniteWarning, match="kink") as caught:
        H = cd.hessian(lambda x: abs(x[0] - x[1]) + x[0] * x[1], [1.0, 1.0], **ADAPTIVE)
    assert len(caught) == 1
    assert np.isnan(H.value).all()
    assert (H.status == "kink suspected").all()


# log(1 + x^2) near 0 is made of steps of 1e-16, and so small that its own size does not tell
@pytest.mark.parametrize("scale", [1.0, 2.0, 4.83, 30.0, 1e3])
@pytest.mark.parametrize("n", [2, 4])
def test_stairs_of_rounding_near_0(scale, n):
    exact = {2: 2 * scale**2, 4: -12 * scale**4}[n]
    result = cd.derivative(lambda x: math.log(1 + (scale * x) ** 2), 0.0, n, **ADAPTIVE)
    assert honest(result, exact)
    assert abs(result.value / exact - 1) < 1e-5


def test_a_slope_that_vanishes_at_a_bound_is_no_sign_of_a_scale():
    result = cd.derivative(
        lambda x: math.log(1 + x * x) + 0.021 * x * x,
        0.0,
        2,
        bounds=(-0.4726, 0.000758),
        **ADAPTIVE,
    )
    assert abs(result.value - 2.042) < 1e-8


@pytest.mark.parametrize("frequency", [1.0, 1e4, 1e6])
@pytest.mark.parametrize("power", [2, 3])
def test_powers_of_a_sine_at_0(frequency, power):
    result = cd.derivative(
        lambda x: math.sin(frequency * x) ** power, 0.0, bounds=(0, 1), **ADAPTIVE
    )
    assert abs(result.value) <= 10 * result.error <= 1e-6 * frequency
    second = cd.derivative(lambda x: math.sin(frequency * x) ** power, 0.0, 2, **ADAPTIVE)
    exact = 2 * frequency**2 * (power == 2)
    assert abs(second.value - exact) <= 1e-8 * frequency**2


@pytest.mark.parametrize("seed", [1531, 2163, 2361, 1381, 1882, 2926])
def test_much_noise(seed):
    """Steps far beyond x average nothing: they only leave what fun is like at x."""
    rng = np.random.default_rng(seed)
    x = float(rng.uniform(-2, 2))

    def fun(t):
        return math.exp(math.sin(t)) + 1e-2 * rng.uniform(-1, 1)

    result = cd.derivative(fun, x, **ADAPTIVE)
    assert honest(result, math.exp(math.sin(x)) * math.cos(x))


@pytest.mark.parametrize(
    ("fun", "x", "exact"),
    [
        (lambda x: 1 / (x - 1e4), 1e4 + 2**-26, -(2.0**52)),
        (
            lambda x: math.exp(4122.3 * (x - 1e4)),
            1e4 + 8.3e-5,
            4122.3 * math.exp(4122.3 * ((1e4 + 8.3e-5) - 1e4)),
        ),
    ],
    ids=["pole", "steep"],
)
def test_scales_far_shorter_than_x(fun, x, exact):
    assert honest(cd.derivative(fun, x, **ADAPTIVE), exact)


def test_a_function_that_is_all_but_constant():
    rng = np.random.default_rng(0)

    def fun(x):
        return math.cos(1 / (1 + x * x)) + 3.6e-6 * rng.uniform(-1, 1)

    result = cd.derivative(fun, 93.3, 2, **ADAPTIVE)
    assert abs(result.value) <= 10 * result.error


@pytest.mark.parametrize(
    ("fun", "x", "exact"),
    [
        (lambda z: max(z - 0.495, 0) * 2 + z + 1e9, 0.5, 3),
        (lambda z: max(z + 3.03e-4, 0) * 3 + 1e6, -3e-4, 3),
        (lambda z: max(z - 0.999e-6, 0) * 2 + z + 1e3, 1e-6, 3),
    ],
)
def test_a_kink_near_by_under_rounding(fun, x, exact):
    """Short steps see rounding, long ones the kink."""
    assert honest(cd.derivative(fun, x, **ADAPTIVE), exact)


def test_a_kink_that_only_long_steps_see():
    result = cd.derivative(lambda x: abs(x - 1e-6) + 1e9, 1e-6, **ADAPTIVE)
    assert result.error >= 0.1
    assert result.status == "kink suspected"


@pytest.mark.parametrize("jump", [1.0, 1e-1, 1e-2])
@pytest.mark.parametrize("distance", [1e-9, 2e-8, 5e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3])
@pytest.mark.parametrize("side", [1, -1])
def test_a_kink_just_inside_a_bound_is_before_no_step_or_seen(jump, distance, side):
    bounds = (1, None) if side > 0 else (None, 1)
    result = cd.derivative(
        lambda t: math.sin(t) + max(side * (t - 1) - distance, 0) * jump,
        1.0, bounds=bounds, **ADAPTIVE,
    )  # fmt: skip
    assert honest(result, math.cos(1))


@pytest.mark.parametrize("jump", [1.0, 1e-1])
@pytest.mark.parametrize("distance", [1e-5, 1e-4, 1e-3])
def test_second_derivatives_that_jump_just_inside_a_bound_do_not_converge(jump, distance):
    result = cd.derivative(
        lambda t: math.sin(t) + max(t - 1 - distance, 0) ** 2 * jump,
        1.0, 2, bounds=(1, None), **ADAPTIVE,
    )  # fmt: skip
    assert honest(result, -math.sin(1)) or result.status == "not converged"


def test_a_jump_at_a_bound_is_no_noise():
    result = cd.derivative(
        lambda t: math.sin(t) + 1e-9 * (t > 1), 1.0, bounds=(1, None), **ADAPTIVE
    )
    assert result.status == "kink suspected"
    assert result.error == math.inf
