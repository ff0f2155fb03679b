"""Algorithm FD of Gill, Murray, Saunders and Wright, case by case."""

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._fdint import TRIES, Look, find_interval

EPS = 1e-12


def run(fun, x=1.0, guess=2e-6, longest=1.0):
    """The interval, and the steps that were tried."""
    walk, tried = find_interval(guess, longest), []
    try:
        h = next(walk)
        while True:
            tried.append(h)
            forward, backward = (fun(x + h) - fun(x)) / h, (fun(x) - fun(x - h)) / h
            sizes = (forward, backward, (forward - backward) / h)
            h = walk.send(Look(*(abs(size) / EPS for size in sizes)))
    except StopIteration as end:
        return end.value, tried


@pytest.mark.parametrize("curvature", [1e-4, 1.0, 1e4, 1e7])
def test_forward_steps_are_optimal_where_there_is_a_second_derivative(curvature):
    interval, tried = run(lambda t: 3 * t + curvature * (t - 1) ** 2 / 2)
    assert interval.one_sided == pytest.approx(2 * np.sqrt(EPS / curvature), rel=1e-2)
    condition = 4 * EPS / (interval.central**2 * curvature)
    assert 0.0009 < condition < 0.11
    assert interval.phi == interval.central
    assert len(tried) <= TRIES + 1


def test_constant():
    interval, _ = run(lambda t: 2.0)
    assert interval.one_sided == interval.central == 2e-6  # as guessed
    assert interval.phi is None


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_linear_and_odd(x):
    fun = (lambda t: t**3 + t) if x == 0 else (lambda t: 3 * t)
    interval, tried = run(fun, x)
    assert interval.one_sided == tried[0]  # where the slope is more than noise
    assert interval.phi is None


def test_steps_stay_short_of_the_longest():
    for fun in (lambda t: 2.0, lambda t: 3 * t, np.cos):
        _, tried = run(fun, longest=1e-3)
        assert max(tried) <= 1e-3


def test_second_derivative_that_grows_as_steps_shrink():
    interval, tried = run(lambda t: np.sqrt(abs(t)), 0.0)
    assert len(tried) <= TRIES + 1
    assert interval.phi == interval.one_sided or interval.phi == tried[-1]


@pytest.mark.parametrize("method", ["central", "forward", "backward"])
def test_as_a_rule(method):
    calls = []

    def fun(x):
        calls.append(1)
        return float(np.exp(x[0]) + 1e4 * x[1] ** 2 + 5 * x[2] + 3)

    x = np.array([1.0, -2.0, 0.5])
    result = cd.gradient(fun, x, method=method, step_rule="fdint", full_output=True)
    np.testing.assert_allclose(
        result.value,
        [
            np.e,
            -4e4,
            5,
        ],
        rtol=1e-5,
    )
    assert result.nfev == len(calls) <= 1 + 2 * 7 * 3 + 6
    if method == "central":
        assert (result.status == "rounding only").all()
    else:
        assert (np.abs(result.value - [np.e, -4e4, 5]) <= 3 * result.error).all()
        assert (result.status == ["ok", "ok", "limited by noise"]).all()


def test_noise_makes_steps_longer():
    rng = np.random.default_rng(0)

    def fun(x):
        return float(np.exp(x) + 1e-6 * rng.uniform(-1, 1))

    result = cd.gradient(
        fun, 1.0, method="forward", step_rule="fdint", noise=1e-6, full_output=True
    )
    assert 5e-4 < result.step < 5e-3
    assert abs(result.value - np.e) <= result.error < 0.02


def test_the_last_step_that_is_tried_counts():
    """Conditions that are too good until there are no more tries, then one that is as it should."""
    walk = find_interval(1.0, 10.0)
    h = next(walk)
    for _ in range(TRIES):
        h = walk.send(Look(0, 0, 4 / (h * h * 1e-4)))
    with pytest.raises(StopIteration) as end:
        walk.send(Look(0, 0, 4 / (h * h * 0.01)))
    assert end.value.value.central == h
    assert end.value.value.one_sided == pytest.approx(0.1 * h)
