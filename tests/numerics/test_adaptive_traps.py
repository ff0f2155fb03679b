"""Traps that break at least one peer: method="adaptive" is right, or says that it is not."""

import math

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

import centraldiff as cd

ADAPTIVE = {"method": "adaptive", "full_output": True}


def honest(result, exact):
    return bool((np.abs(result.value - exact) <= 10 * result.error).all())


def log(x):
    return math.log(x) if x > 0 else math.nan


@pytest.mark.parametrize("x", [1e-5, 1e-6, 1e-10, 1e-100, 1e-300])
def test_trap_3_log_near_its_pole(x):
    first = cd.derivative(log, x, **ADAPTIVE)
    assert honest(first, 1 / x)
    assert abs(first.value * x - 1) < 1e-9
    if x > 1e-150:
        second = cd.derivative(log, x, 2, **ADAPTIVE)
        assert honest(second, -1 / x**2)
        assert abs(second.value * x * x + 1) < 1e-6
    both = cd.gradient(lambda x: log(x[0]) + x[1], [x, 1.0], **ADAPTIVE)
    assert honest(both, [1 / x, 1])


@pytest.mark.parametrize(
    ("fun", "x", "exact"),
    [
        (lambda x: math.sqrt(x) if x >= 0 else math.nan, 1e-12, 0.5e6),
        (lambda x: math.asin(x) if abs(x) <= 1 else math.nan, 0.9999, 1 / math.sqrt(1 - 0.9999**2)),
        (lambda x: 1 / x, 1e-9, -1e18),
        (math.tan, 1.5707, 1 / math.cos(1.5707) ** 2),
    ],
    ids=["sqrt", "asin", "1 / x", "tan"],
)
def test_trap_3_other_edges(fun, x, exact):
    result = cd.derivative(fun, x, **ADAPTIVE)
    assert honest(result, exact)
    assert abs(result.value / exact - 1) < 1e-9


@pytest.mark.parametrize(
    ("rate", "x", "reach"),
    [(1.0, 1e6, 1e-8), (1e4, 1.0, 1e-9), (1e8, 1e-8, 1e-10), (1e8, 1e-3, 1e-9), (1.0, 1e10, 1e-4)],
)
def test_trap_4_steps_longer_than_the_period(rate, x, reach):
    result = cd.derivative(lambda x: math.sin(rate * x), x, **ADAPTIVE)
    exact = rate * math.cos(rate * x)
    assert honest(result, exact)
    assert abs(result.value - exact) <= reach * rate
    second = cd.derivative(lambda x: math.sin(rate * x), x, 2, **ADAPTIVE)
    assert honest(second, -(rate**2) * math.sin(rate * x))


@pytest.mark.parametrize("at", [(1e-5, 1e4), (1e-4, 5e3)])
def test_trap_5_mixed_scales(at):
    def fun(x):
        return math.exp(1e4 * x[0]) * math.cos(1e-4 * x[1])

    x = np.array(at)
    e, c, s = math.exp(1e4 * x[0]), math.cos(1e-4 * x[1]), math.sin(1e-4 * x[1])
    gradient = np.array([1e4 * e * c, -1e-4 * e * s])
    hessian = np.array([[1e8 * e * c, -e * s], [-e * s, -1e-8 * e * c]])
    got = cd.gradient(fun, x, **ADAPTIVE)
    assert honest(got, gradient)
    np.testing.assert_allclose(got.value, gradient, rtol=1e-10)
    got = cd.hessian(fun, x, **ADAPTIVE)
    assert honest(got, hessian)
    np.testing.assert_allclose(got.value, hessian, rtol=1e-4)


def test_trap_6_rosen_with_twenty_variables():
    x = np.linspace(0.5, 1.5, 20)
    got = cd.gradient(rosen, x, **ADAPTIVE)
    assert honest(got, rosen_der(x))
    np.testing.assert_allclose(got.value, rosen_der(x), rtol=1e-9)


def test_trap_8_a_fun_that_computes_in_float32():
    x = np.array([0.7, 1.3])
    got = cd.gradient(lambda x: float(np.sin(x.astype(np.float32)).sum()), x, **ADAPTIVE)
    assert honest(got, np.cos(x))
    np.testing.assert_allclose(got.value, np.cos(x), rtol=1e-3)
    # beyond what float64 rounds to: said in a word
    assert set(got.status) == {"limited by noise"}


def test_trap_9_what_fun_may_return():
    x = np.array([0.5, 2.0])
    exact = [2.0, 0.5]
    for wrap in (np.array, lambda v: np.array([v]), lambda v: np.array([[v]]), np.float32):
        got = cd.gradient(lambda x, wrap=wrap: wrap(x[0] * x[1]), x, **ADAPTIVE)
        assert got.value.shape == (2,)
        assert honest(got, exact)
        assert np.abs(got.value - exact).max() < 1e-4
    got = cd.jacobian(lambda x: np.array([[x[0] * x[1]], [x[0]]]), x, **ADAPTIVE)
    assert got.value.shape == (2, 1, 2)
    assert honest(got, [[[2.0, 0.5]], [[1.0, 0.0]]])
    # ints: a fun of steps; zeros of ints in the output are no reason to round the others
    got = cd.jacobian(lambda x: np.zeros(2, int), x, **ADAPTIVE)
    assert (got.value == 0).all()
    got = cd.jacobian(lambda x: [0, x[0] ** 2], x, **ADAPTIVE)
    assert honest(got, [[0, 0], [1.0, 0]])
    with pytest.raises(TypeError, match="fun must return real numbers"):
        cd.gradient(lambda x: x[0] * 1j, x, **ADAPTIVE)


def test_trap_10_equal_bounds_one_ulp_beyond_and_minus_zero():
    def fun(x):
        assert (x >= [0, 1, -1]).all()
        assert (x <= [1, 1, 1]).all()
        return math.exp(x[0]) * x[1] + x[2] ** 2

    for zero in (0.0, -0.0, -np.nextafter(0.0, 1)):
        got = cd.gradient(
            fun, [zero, 1.0, np.nextafter(1.0, 2)], bounds=([0, 1, -1], [1, 1, 1]), **ADAPTIVE
        )
        assert honest(got, [1.0, 0.0, 2.0])
        assert np.abs(got.value - [1, 0, 2]).max() < 1e-9
        assert got.status.tolist() == ["one side only", "fixed", "one side only"]


@pytest.mark.parametrize("x", [1e-13, 1e-300, 0.0])
def test_trap_11_tiny_coordinates(x):
    got = cd.derivative(math.sin, x, **ADAPTIVE)
    assert honest(got, 1)
    assert abs(got.value - 1) < 1e-9


BLIND = pytest.mark.xfail(strict=True, reason="steps no longer than x can be seen")


@pytest.mark.parametrize(
    ("n", "x"),
    [
        (2, 1e-8),
        (2, 1e-10),
        (2, 1e-13),
        pytest.param(3, 1e-6, marks=BLIND),
        pytest.param(4, 1e-5, marks=BLIND),
    ],
)
def test_trap_11_higher_derivatives_at_tiny_coordinates(n, x):
    got = cd.derivative(math.exp, x, n, **ADAPTIVE)
    assert abs(got.value - 1) < 1e-3


@pytest.mark.parametrize(
    ("n", "x"),
    [
        (1, 1e-80),
        (2, 1e-100),
        (2, 1e-200),  # whose square is 0
    ],
)
def test_trap_11_derivatives_at_the_tiniest_coordinates(n, x):
    got = cd.derivative(math.exp, x, n, **ADAPTIVE)
    assert abs(got.value - 1) < 1e-3 or got.status == "limited by noise"


@pytest.mark.parametrize("options", [{}, {"noise": 1e-6}, {"noise": "estimate"}], ids=str)
def test_trap_12_noise(options):
    for seed in range(20):
        rng = np.random.default_rng(seed)

        def fun(x, rng=rng):
            return math.sin(x) + 1e-6 * rng.uniform(-1, 1)

        got = cd.derivative(fun, 1.0, **ADAPTIVE, **options)
        assert honest(got, math.cos(1.0))
        assert got.error > 1e-7
        # the best step is (3e-6)^(1/3), its error 1.5 (1e-6)^(2/3)
        assert abs(got.value - math.cos(1.0)) < 15 * 1.5e-4


def test_trap_13_a_kink():
    got = cd.derivative(abs, 0.0, **ADAPTIVE)
    assert (got.value, got.status) == (0, "kink suspected")
    assert got.error == pytest.approx(1)
    got = cd.gradient(lambda x: abs(x).sum(), [0.0, 0.0, 0.0], **ADAPTIVE)
    assert set(got.status) == {"kink suspected"}


def test_trap_14_hessians_have_steps_of_their_own():
    x = np.array([0.3, -1.1])
    exact = -np.sin(x.sum()) * np.ones((2, 2))
    got = cd.hessian(lambda x: math.sin(x.sum()), x, **ADAPTIVE)
    assert honest(got, exact)
    np.testing.assert_allclose(got.value, exact, rtol=1e-9)
    assert (got.value == got.value.T).all()


def test_large_offsets():
    for offset, reach in ((1e4, 1e-9), (1e8, 1e-5), (1e12, 1e-1)):
        got = cd.derivative(lambda x, offset=offset: offset + math.sin(x), 1.0, **ADAPTIVE)
        assert honest(got, math.cos(1.0))
        assert abs(got.value - math.cos(1.0)) < reach
    # what is lost is said
    got = cd.derivative(lambda x: 1e17 + math.sin(x), 1.0, **ADAPTIVE)
    assert honest(got, math.cos(1.0))


def test_what_is_lost_in_a_large_offset_has_not_converged():
    got = cd.gradient(lambda x: 1e16 + x[0], [1e-9], **ADAPTIVE)
    assert got.status[0] != "converged"


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_an_edge_that_raises_is_kept_away_from_in_any_dtype(dtype):
    def fun(x):
        return dtype(math.log(x[0])) + x[1] ** 2

    found = cd.gradient(fun, np.array([1e-3, 1], dtype), method="adaptive")
    assert found.dtype == dtype
    np.testing.assert_allclose(found, [1000, 2], rtol=1e-3 if dtype is np.float32 else 1e-9)
