"""Traps that break at least one peer: here they are right, or said to be wrong."""

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

import centraldiff as cd

U = 2.0**-53


def test_trap_3_log_near_its_pole_is_nan_with_a_warning_or_right_with_typical_x():
    # the default step near 0 is that of x = 1, longer than x
    with pytest.warns(cd.NotFiniteWarning, match="typical_x"), np.errstate(invalid="ignore"):
        assert np.isnan(cd.gradient(np.log, 1e-10))
    for x in (1e-5, 1e-10, 1e-300):
        got = cd.gradient(np.log, x, typical_x=x)
        # truncation h^2/3 with h = u^(1/3) relative to x, rounding u |log x| / h
        assert abs(got * x - 1) < (1 + 700) * U ** (2 / 3)


def test_trap_4_sin_far_out_needs_the_step_of_its_own_scale():
    x = 1e6
    # arguments are exact to u x, and so is fun: rounding u / h, truncation h^2 / 6
    got = cd.gradient(np.sin, x, abs_step=2.0**-14)
    assert abs(got - np.cos(x)) < 2 * U * 2.0**14 * 2 + 2.0**-28 / 6
    # the default is relative to x: h = 4.8, the average slope over one and a half periods
    default = cd.gradient(np.sin, x)
    h = cd.gradient_plan(x).steps
    assert abs(default - np.cos(x) * np.sin(h) / h) < 1e-10
    assert abs(default - np.cos(x)) > 0.5


def test_trap_5_mixed_scales_with_typical_x():
    def fun(x):
        return np.exp(1e4 * x[0]) * np.cos(1e-4 * x[1])

    x = np.array([1e-4, 5e3])
    scale = np.array([1e-4, 1e4])
    e, c, s = np.e, np.cos(0.5), np.sin(0.5)
    gradient = np.array([1e4 * e * c, -1e-4 * e * s])
    hessian = np.array([[1e8 * e * c, -e * s], [-e * s, -1e-8 * e * c]])
    # in units of scale all derivatives are below e: S u^(2/3), S u^(1/2) each entry by itself
    got = cd.gradient(fun, x, typical_x=scale)
    assert (np.abs(got - gradient) * scale < 4 * e * U ** (2 / 3)).all()
    got = cd.hessian(fun, x, typical_x=scale)
    assert (np.abs(got - hessian) * scale[:, None] * scale < 6 * 4 * e * U**0.5).all()


def test_trap_6_rosen_with_twenty_variables():
    x = np.linspace(0.5, 1.5, 20)
    got = cd.gradient(rosen, x)
    exact = rosen_der(x)
    # h = u^(1/3) x: f''' h^2 / 6 = 2400 * 1.5 * (7e-6)^2 / 6 = 3e-8,
    # u f / h = 500 * 1.1e-16 / 5e-6 = 1e-8
    assert np.abs(got - exact).max() < 1e-7
    assert (np.abs(got / exact - 1) < 1e-6).all()


def test_trap_8_a_fun_that_computes_in_float32():
    x = np.array([0.7, 1.3])

    def fun(x):
        return float(np.sin(x.astype(np.float32)).sum())

    # steps of float64 are but 50 units of float32 at 1: not right, yet not 0
    assert (cd.gradient(fun, x) != 0).all()
    got = cd.gradient(fun, x, rel_step=(2.0**-24) ** (1 / 3))
    # (2 units of fun) / 2h = 6e-8 * 2 / 4e-3 = 3e-5, and the point rounded alike; h^2 / 6 = 3e-6
    np.testing.assert_allclose(got, np.cos(x), rtol=1e-3)
    # given as float32, x says so itself
    got = cd.gradient(fun, x.astype(np.float32))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, np.cos(x), rtol=1e-3)


def test_trap_10_signed_zero_and_the_number_next_to_a_round_one_are_points_like_others():
    for x in (-0.0, np.nextafter(1.0, 2), np.nextafter(1.0, 0), -np.nextafter(0.0, 1)):
        assert abs(cd.gradient(lambda x: 3 * x, x) - 3) < 8 * U ** (2 / 3)


def test_trap_11_a_step_relative_to_a_tiny_x():
    assert abs(cd.gradient(np.sin, 1e-13, rel_step=1e-6) - 1) < 1e-12 / 6 + 4 * U
    assert abs(cd.gradient(np.sin, 1e-13) - 1) < U ** (2 / 3)


@pytest.mark.parametrize("method", ["central", "forward"])
def test_trap_12_noise_needs_a_step_of_its_own(method):
    rng = np.random.default_rng(7)
    noise = 1e-6

    def fun(x):
        return np.sin(x) + noise * rng.uniform(-1, 1)

    # noise is a rounding unit of 1e-6: h = eps^(1/3), or 2 eps^(1/2)
    h = noise ** (1 / 3) if method == "central" else 2 * noise**0.5
    got = cd.gradient(fun, 1.0, method=method, abs_step=h)
    bound = noise / h + h**2 / 6 if method == "central" else 2 * noise / h + h / 2
    assert abs(got - np.cos(1.0)) <= bound


def test_trap_13_a_kink_has_the_slope_of_its_sides():
    assert cd.gradient(abs, 0.0) == 0
    assert abs(cd.gradient(abs, 0.0, method="forward") - 1) <= U
    assert abs(cd.gradient(abs, 0.0, method="backward") + 1) <= U


@pytest.mark.parametrize("tiny", [1e-300, 1e-310, 5e-324])
def test_a_tiny_entry_of_v_is_an_entry_like_others(tiny):
    x, v = np.array([1.0, 2.0]), np.array([tiny, 1.0])
    assert abs(cd.directional_derivative(lambda x: x @ x, x, v) - 4) < 100 * U ** (2 / 3)
    got = cd.hessian_vector_product(lambda x: x @ x, x, v)
    np.testing.assert_allclose(got, [0, 2], atol=100 * U**0.5)


@pytest.mark.parametrize("length", [1e-300, 1e300])
def test_directions_of_extreme_length(length):
    v = length * np.array([1.0, -2.0])
    got = cd.directional_derivative(lambda x: x @ x, np.array([1.0, 2.0]), v) / length
    assert abs(got + 6) < 200 * U ** (2 / 3)


@pytest.mark.parametrize("x", [1e-300, 1e-150, 1e150, 1e300])
def test_extreme_sizes_of_x(x):
    got = cd.gradient(lambda t: 3 * (t / x), x, typical_x=x)
    assert abs(got * x / 3 - 1) < 8 * U ** (2 / 3)


@pytest.mark.parametrize("x", [1e-150, 1e-70, 1e70, 1e150])
def test_extreme_sizes_of_x_in_hessians(x):
    got = cd.hessian(lambda t: (t[0] / x) * (t[1] / x), [x, x], typical_x=x) * x * x
    np.testing.assert_allclose(got, [[0, 1], [1, 0]], atol=50 * U**0.5)


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6, 1e9, 1e12])
def test_one_step_for_coordinates_of_very_different_size(size):
    # t is too short for the rounding of the large one, too long for the small one: a compromise
    x, v = [size, 0.5], [1.0, 1.0]
    got = cd.directional_derivative(lambda x: 3 * x[0] + x[1], x, v, full_output=True)
    assert abs(got.value - 4) <= 3 * got.error < 0.1
    product = cd.hessian_vector_product(None, x, v, grad=lambda x: 2 * (x - [size, 0]))
    np.testing.assert_allclose(product, [2, 2], rtol=0.01)


def test_a_direction_that_is_lost_in_rounding_is_refused():
    with pytest.raises(ValueError, match="along v is lost in rounding"):
        cd.directional_derivative(lambda x: x[0] + x[1], [1e20, 0.5], [1.0, 1.0])


def test_no_cancellation_hides_the_error_along_a_line():
    x = np.array([1e12, 0.5])
    got = cd.directional_derivative(lambda x: 3 * (x[0] - 1e12), x, [1.0, 1.0], full_output=True)
    assert abs(got.value - 3) <= max(got.error, 0.1)
