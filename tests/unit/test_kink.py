"""Slopes to both sides of x that do not approach each other."""

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._kink import half_jumps

H = np.array([1e-4, 3e-4, 9e-4, 2.7e-3])


def told(gap, noise=1e-12):
    gaps = np.array([gap(h) for h in H])[:, None]
    return float(half_jumps(H.tolist(), gaps, np.full_like(gaps, noise))[0])


def test_a_kink_is_half_its_jump():
    assert told(lambda h: 1.0) == 0.5
    assert told(lambda h: -3.0 + h) == pytest.approx(1.5, rel=1e-3)


@pytest.mark.parametrize(
    "gap",
    [
        lambda h: 5 * h,
        lambda h: h - 1e5 * h**3,
        lambda h: h**3,
        lambda h: h**0.5,
        lambda h: 1e-12 / h,
        lambda h: 0.0,
        lambda h: np.nan,
    ],
)
def test_what_falls_with_the_step_or_is_noise_is_none(gap):
    assert told(gap) == 0


def test_too_few_steps_tell_nothing():
    assert half_jumps([1e-4, 3e-4], np.ones((2, 1)), np.full((2, 1), 1e-9))[0] == 0


KINKS = {
    "abs": (lambda t: abs(t), 0.0, 1.0),
    "ramp": (lambda t: max(t, 0.0) + 1, 0.5, 0.5),
    "steep": (lambda t: np.sin(t) + 1e3 * abs(t), 1.0, 1e3),
    "soft": (lambda t: np.exp(t) + 1e-2 * abs(t), 1.0, 1e-2),
}


@pytest.mark.parametrize("noise", [1e-10, "estimate"])
@pytest.mark.parametrize("order", [2, 4, 6])
@pytest.mark.parametrize("at", [0.0, 0.7, -300.0])
@pytest.mark.parametrize("name", KINKS)
def test_gradients_at_kinks_say_so(name, at, order, noise):
    f, mean, jump = KINKS[name]
    found = cd.gradient(
        lambda x: f(x[0] - at) + x[1] ** 2, [at, 0.6], order=order, noise=noise, full_output=True
    )
    assert found.status.tolist() == ["kink suspected", found.status[1]]
    assert found.status[1] in ("ok", "limited by noise")
    assert found.value[0] == pytest.approx(mean, abs=1e-3 * jump)
    assert jump * 0.9 < found.error[0] < jump * 1.2
    assert found.error[1] < 1e-3


def test_other_ways_to_a_first_derivative():
    noise = {"noise": 1e-10, "full_output": True}
    found = cd.jacobian(lambda x: np.array([abs(x[0]), x[0] ** 2 + x[1]]), [0.0, 1.0], **noise)
    assert (found.status == "kink suspected").tolist() == [[True, False], [False, False]]
    found = cd.derivative(abs, [-1.0, 0.0, 1.0], **noise)
    assert (found.status == "kink suspected").tolist() == [False, True, False]
    found = cd.directional_derivative(lambda x: abs(x[0]), [0.0, 1.0], [3.0, 1.0], **noise)
    assert found.status == "kink suspected"
    assert found.error == pytest.approx(3.0, rel=1e-3)
    H = cd.hessian(None, [0.0, 1.0], grad=lambda x: np.array([abs(x[0]), x[1]]), **noise)
    assert (H.status == "kink suspected").tolist() == [[True, False], [False, False]]
    assert H.error[0, 0] == pytest.approx(1.0, rel=1e-3)


def test_smooth_functions_have_none():
    rng = np.random.default_rng(0)
    for k in range(300):
        w, p, x = rng.uniform(0.1, 30), rng.uniform(0, 6), rng.uniform(-2, 2)
        eps = 10.0 ** rng.uniform(-12, -5)
        found = cd.gradient(
            lambda t, w=w, p=p, e=eps: np.sin(w * t + p) + t**3 + e * rng.uniform(-1, 1),
            x, noise=eps if k % 2 else "estimate", full_output=True,
        )  # fmt: skip
        assert found.status != "kink suspected"
