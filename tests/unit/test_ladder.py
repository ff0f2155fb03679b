"""The search for steps, with ratios and functions that are known: no evaluation, no plan."""

import numpy as np
import pytest

from centraldiff._ladder import (
    LEAST,
    MOST,
    RUNGS,
    UP,
    Lane,
    Problem,
    Rung,
    _balanced,
    climb,
    climb_all,
    spacing,
)

EPS = 1e-8


def run(ratios, lowest=-40, highest=UP):
    """The rung a search ends with, and the rungs it asked for."""
    walk, asked = climb(lowest, highest), []
    try:
        rung = next(walk)
        while True:
            asked.append(rung)
            rung = walk.send(ratios(rung))
    except StopIteration as end:
        return end.value, asked


def test_central_first_derivatives_have_the_spacing_of_shi_et_al():
    assert spacing(3) == pytest.approx(3)
    assert spacing(9) ** 9 == pytest.approx(27)


@pytest.mark.parametrize("right", range(-30, UP + 1))
def test_finds_the_rung_whose_ratio_is_right(right):
    rung, asked = run(lambda k: 3.0 * 27.0 ** (k - right))
    assert rung == right
    assert len(set(asked)) <= 18


@pytest.mark.parametrize("right", [-9, 0, 4])
def test_between_two_rungs_takes_the_lower_one(right):
    rung, _ = run(lambda k: 0.4 * 27.0 ** (k - right))  # 0.4, then 10.8
    assert LEAST > 0.4
    assert MOST < 10.8
    assert rung == right


def test_truncation_that_never_shows_ends_at_the_top():
    rung, asked = run(lambda k: 0.5)
    assert rung == UP == max(asked)


def test_agreement_by_accident_is_found_out():
    def ratios(k):
        return 1.0 if k in (0, -4) else 3.0 * 27.0 ** (k + 12) + (100 if k > -10 else 0)

    assert run(ratios)[0] == -12


def test_nothing_small_enough():
    rung, asked = run(lambda k: 50.0)
    assert rung is None
    assert len(asked) < 10
    assert run(lambda k: np.inf, lowest=0)[0] is None


def central(fun, x, eps=EPS, outputs=1):
    """difference() of a Problem for central first derivatives, and how many rungs it was asked."""
    count = [0]

    def difference(lanes, steps):
        count[0] += len(lanes)
        rungs = []
        for lane, h in zip(lanes, steps, strict=True):
            plus, minus = fun(lane, x + h), fun(lane, x - h)
            derivative = np.atleast_1d((plus - minus) / (2 * h))
            rungs.append(Rung(h, derivative, np.full(derivative.shape, eps / h)))
        return rungs

    return Problem(1, 2, difference), count


def found(fun, *, lanes=1, first=EPS ** (1 / 3), x=1.0, lowest=-30):
    problem, count = central(fun, x)
    return climb_all(problem, [Lane(first, lowest, UP) for _ in range(lanes)]), count[0]


def test_the_step_is_near_the_optimal_one():
    frequencies = [0.1, 1.0, 7.0, 1e3]
    results, _ = found(lambda i, t: np.sin(frequencies[i] * t + 0.3), lanes=4)
    for one, w in zip(results, frequencies, strict=True):
        optimal = (3 * EPS / (w**3 * abs(np.cos(w + 0.3)))) ** (1 / 3)
        assert optimal / 3 < one.h < 3 * optimal
        true = one.h**2 * w**3 * abs(np.cos(w + 0.3)) / 6
        assert true / 2 < one.truncation[0] < 3 * true
        assert one.seen.all()


def test_lanes_are_as_if_alone():
    def fun(i, t):
        return np.exp([0.5, 3.0, 200.0][i] * t)

    together, count = found(fun, lanes=3)
    alone = [found(lambda _, t, i=i: fun(i, t)) for i in range(3)]
    assert [one.h for one in together] == [results[0].h for results, _ in alone]
    assert count == sum(number for _, number in alone)


def test_a_quadratic_has_the_longest_step_and_no_truncation():
    rng = np.random.default_rng(0)
    (one,), count = found(lambda i, t: t * t + EPS * rng.uniform(-1, 1))
    assert one.h == pytest.approx(EPS ** (1 / 3) * 3 ** (UP + 1))
    assert not one.seen.any()
    assert count == UP + 2


def test_the_step_for_several_outputs_has_the_least_sum_of_squares():
    def fun(i, t):
        return np.array([np.sin(t), np.sin(100 * t)])

    (one,), _ = found(fun)
    (steep,), _ = found(lambda i, t: np.sin(100 * t))
    assert steep.h <= one.h < 2 * steep.h
    assert one.truncation[1] > 1e3 * one.truncation[0]


def test_an_output_without_a_derivative_does_not_spoil_the_others():
    def fun(i, t):
        return np.array([np.sin(t), np.nan])

    (one,), _ = found(fun)
    (alone,), _ = found(lambda i, t: np.sin(t))
    assert one.h == alone.h


def test_more_noise_than_was_said():
    rng = np.random.default_rng(1)
    for factor in (10, 1e3, 1e6):
        for _ in range(20):
            noise = factor * EPS
            (one,), count = found(lambda i, t, s=noise: np.sin(t) + s * rng.standard_normal())
            assert one.h > 1e-5  # nobody falls down the whole ladder
            assert count <= RUNGS


@pytest.mark.parametrize("kind", ["random", "nan", "inf", "huge"])
def test_whatever_the_function_does_the_search_ends(kind):
    rng = np.random.default_rng(2)
    fun = {
        "random": lambda i, t: rng.standard_normal() * 10 ** rng.uniform(-12, 12),
        "nan": lambda i, t: np.nan,
        "inf": lambda i, t: np.inf if t > 1 else 1.0,
        "huge": lambda i, t: 1e300 * np.sin(1e200 * t),
    }[kind]
    for _ in range(50 if kind == "random" else 1):
        (one,), count = found(fun, lowest=-60)
        assert count <= RUNGS
        assert one.h > 0


@pytest.mark.parametrize(("degree", "order"), [(1, 1), (1, 2), (1, 4), (2, 2)])
@pytest.mark.parametrize("ratio", [0.01, 1.0, 30.0])
def test_the_balanced_step_has_the_least_sum_of_both_errors(degree, order, ratio):
    """Two outputs, of the truncation `ratio` and three times that, over a noise of 1, at step 2."""
    problem = Problem(degree, order, None)
    rung, off = Rung(2.0, np.zeros(2), np.ones(2)), ratio * problem.gain * np.array([1.0, 3.0])
    h = _balanced(Lane(0, -9, 9), rung, Rung(4.0, off, np.ones(2)), problem)
    h *= np.array([[0.99], [1.0], [1.01]])
    truncation = ratio * np.sqrt(5) * (h / 2) ** order  # of both, the root mean square
    errors = truncation + (h / 2) ** -float(degree)
    assert errors.argmin() == 1
