"""method="adaptive" against exact derivatives: how good, at what cost, and how honest."""

from __future__ import annotations

import importlib
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

import centraldiff as cd

mpmath = pytest.importorskip("mpmath")

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ADAPTIVE = {"method": "adaptive", "full_output": True}


@pytest.fixture(scope="module")
def cases():
    """The functions of benchmarks/accuracy.py, with derivatives known to 50 digits."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        yield importlib.import_module("accuracy_cases")
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in [name for name in sys.modules if name.partition(".")[0] == "accuracy_cases"]:
            del sys.modules[name]


def off(values, exact):
    """How far values are off; mpmath subtracts all the digits."""
    pairs = zip(np.ravel(values).tolist(), np.ravel(exact), strict=True)
    return np.reshape([float(abs(mpmath.mpf(v) - e)) for v, e in pairs], np.shape(values))


def honest(result, exact, least=0):
    """Is every entry finite, and off by no more than ten times what it says?"""
    error = np.abs(np.asarray(result.value) - exact)
    return bool((np.isfinite(result.value) & (error <= 10 * result.error + least)).all())


# ------------------------------------------------------------------------- the accuracy set


@pytest.mark.parametrize(
    ("n", "median", "evaluations", "wrong"), [(1, 3e-13, 17, 12), (2, 3e-11, 18, 40)]
)
def test_accuracy_set(cases, n, median, evaluations, wrong):
    relative, cost, words = [], [], set()
    for case in cases.CASES:
        exact = case.derivative(n)
        result = cd.derivative(case.fun, case.x, n, **ADAPTIVE)
        assert math.isfinite(result.value), case.name
        error = float(abs(mpmath.mpf(float(result.value)) - exact))
        relative.append(error / abs(float(exact)))
        # nobody is silently wrong
        assert relative[-1] <= 1e-6 or error <= 10 * result.error, case.name
        cost.append(result.nfev)
        words.add(str(result.status))
    assert np.median(relative) <= median
    assert np.mean(cost) <= evaluations
    assert sum(error > 1e-6 for error in relative) <= wrong
    # all of them are smooth
    assert words <= {"converged", "limited by noise", "not converged", "one side only"}


def test_accuracy_set_within_ten_times_what_is_said(cases):
    beyond = []
    for case in cases.CASES:
        for n in (1, 2):
            result = cd.derivative(case.fun, case.x, n, **ADAPTIVE)
            if off(result.value, case.derivative(n)) > 10 * result.error:
                beyond.append((case.name, n))
    assert set(beyond) <= {("slope and ripple at 1.4", 2)}  # by 12 times


def test_gradients_of_the_accuracy_set(cases):
    largest = []
    for case in cases.ARRAY_CASES:
        result = cd.gradient(case.fun, case.x, **ADAPTIVE)
        error = off(result.value, case.gradient)
        assert (error <= 10 * result.error).all(), case.name
        largest.append(error.max() / np.abs(case.gradient.astype(float)).max())
    assert np.median(largest) <= 3e-13
    assert max(largest) <= 1e-6


BEYOND = {"narrow valley", "small network"}  # by 22 and by 33 times


def test_hessians_of_the_accuracy_set(cases):
    largest = []
    for case in cases.ARRAY_CASES:
        result = cd.hessian(case.fun, case.x, **ADAPTIVE)
        error = off(result.value, case.hessian)
        assert case.name in BEYOND or (error <= 10 * result.error).all(), case.name
        size = np.abs(case.hessian.astype(float)).max()
        assert (error <= np.maximum(100 * result.error, 1e-6 * size)).all()
        largest.append(error.max() / size)
    assert np.median(largest) <= 1e-9


@pytest.mark.parametrize("name", sorted(BEYOND))
def test_hessians_beyond_what_they_say(cases, name):
    case = next(case for case in cases.ARRAY_CASES if case.name == name)
    result = cd.hessian(case.fun, case.x, **ADAPTIVE)
    assert (off(result.value, case.hessian) <= 10 * result.error).all()


def test_a_second_derivative_beyond_what_it_says(cases):
    case = next(case for case in cases.CASES if case.name == "slope and ripple at 1.4")
    result = cd.derivative(case.fun, case.x, 2, **ADAPTIVE)
    assert off(result.value, case.second) <= 10 * result.error


# --------------------------------------------------------------------------------- Hessians


def test_hessian_of_rosen():
    for x in (np.linspace(0.5, 1.5, 10), np.linspace(-1.2, 1.1, 10)):
        result = cd.hessian(rosen, x, **ADAPTIVE)
        assert np.abs(result.value - rosen_hess(x)).max() <= 1e-8
        assert honest(result, rosen_hess(x))
        assert result.nfev <= 750
        result = cd.hessian(None, x, grad=rosen_der, **ADAPTIVE)
        assert honest(result, rosen_hess(x))
        assert np.abs(result.value - rosen_hess(x)).max() <= 1e-9


def test_hessian_vector_products_and_directions():
    x, v = np.linspace(-1.2, 1.1, 6), np.array([1.0, -0.5, 0.25, 2.0, 0.0, -3.0])
    exact = rosen_hess(x) @ v
    for result, known in (
        (cd.hessian_vector_product(rosen, x, v, **ADAPTIVE), exact),
        (cd.hessian_vector_product(None, x, v, grad=rosen_der, **ADAPTIVE), exact),
        (cd.directional_derivative(rosen, x, v, **ADAPTIVE), rosen_der(x) @ v),
        (cd.hessian_diagonal(rosen, x, **ADAPTIVE), np.diag(rosen_hess(x))),
    ):
        assert honest(result, known)
        np.testing.assert_allclose(result.value, known, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("length", [1e-9, 1.0, 1e9])
def test_directions_of_any_length(length):
    x, v = np.array([0.7, -1.2, 0.3]), length * np.array([1.0, -0.5, 0.25])
    fun = lambda x: np.exp(-(x[0] ** 2) / 4) * np.cos(x[1]) + np.sin(x[0] * x[2])  # noqa: E731
    gradient = cd.gradient(fun, x, **ADAPTIVE)
    result = cd.directional_derivative(fun, x, v, **ADAPTIVE)
    assert abs(result.value - gradient.value @ v) <= 10 * result.error + np.abs(v) @ gradient.error
    assert abs(result.value - gradient.value @ v) <= 1e-10 * length


# -------------------------------------------------------------------------- derivatives of n


def one_sided(fun, start):
    return lambda x: fun(x) if x >= start else math.nan


FUNCTIONS = {
    # n-th derivative at x
    "sin": (np.sin, 0.7, lambda n, x: math.sin(x + n * math.pi / 2)),
    "exp": (np.exp, -1.3, lambda n, x: math.exp(x)),
    "log": (np.log, 2.5, lambda n, x: -math.factorial(n - 1) * (-1 / x) ** n),
    "1 / x": (lambda x: 1 / x, 0.3, lambda n, x: math.factorial(n) * (-1) ** n / x ** (n + 1)),
    "sqrt": (
        one_sided(math.sqrt, 0.0), 4.0,
        lambda n, x: math.prod(0.5 - k for k in range(n)) * x ** (0.5 - n),
    ),
    "sin 50 x": (
        lambda x: np.sin(50 * x), 1.1,
        lambda n, x: 50.0**n * math.sin(50 * x + n * math.pi / 2),
    ),
    "x^7": (lambda x: x**7, 1.5, lambda n, x: math.perm(7, n) * x ** (7 - n)),
    "in micrometres": (
        lambda x: np.cos(x / 1e-6), 3e-7,
        lambda n, x: 1e6**n * math.cos(x / 1e-6 + n * math.pi / 2),
    ),
}  # fmt: skip
# relative to the largest of the neighbouring derivatives
REACH = {1: 1e-12, 2: 1e-10, 3: 1e-8, 4: 1e-7, 5: 1e-5, 6: 1e-3}


@pytest.mark.parametrize("n", REACH)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_of_every_order(name, n):
    fun, x, exact = FUNCTIONS[name]
    result = cd.derivative(fun, x, n, **ADAPTIVE)
    known = exact(n, x)
    assert honest(result, known)
    assert abs(result.value - known) <= REACH[n] * max(abs(known), abs(exact(n + 1, x) * x))
    assert result.nfev <= 35


@pytest.mark.parametrize("n", REACH)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("side", [1, -1])
def test_derivatives_of_every_order_to_one_side(name, n, side):
    fun, x, exact = FUNCTIONS[name]
    bounds = (x, None) if side > 0 else (None, x)

    def within(t):
        assert (t - x) * side >= 0
        return fun(t)

    result = cd.derivative(within, x, n, bounds=bounds, **ADAPTIVE)
    assert honest(result, exact(n, x))
    assert result.status in ("one side only", "limited by noise", "not converged")
    if n < 3:
        size = max(abs(exact(n, x)), abs(exact(n + 1, x) * x))
        assert abs(result.value - exact(n, x)) <= 30 ** (n - 1) * 1e-9 * size


@pytest.mark.parametrize("n", [7, 8, 9, 10])
@pytest.mark.parametrize("name", ["sin", "exp", "1 / x", "x^7"])
def test_derivatives_up_to_the_tenth_are_honest(name, n):
    fun, x, exact = FUNCTIONS[name]
    known = 0.0 if (name, n > 7) == ("x^7", True) else exact(n, x)
    assert honest(cd.derivative(fun, x, n, **ADAPTIVE), known)


def test_what_has_converged_has_a_small_error():
    result = cd.derivative(np.sin, 0.7, 10, **ADAPTIVE)
    assert result.status != "converged" or result.error < 0.1


@pytest.mark.parametrize("dtype", [np.float32, np.longdouble])
def test_derivatives_in_other_dtypes(dtype):
    u = float(np.finfo(dtype).eps)
    x = dtype(0.7)
    one = dtype(1)
    first = cd.derivative(np.sin, x, rtol=0, **ADAPTIVE)
    assert abs(first.value - np.cos(x)) <= 10 * first.error <= 5e4 * u
    second = cd.derivative(lambda x: one / (x * x + one), x, 2, **ADAPTIVE)
    exact = (6 * x * x - 2) / (x * x + one) ** 3
    assert abs(second.value - exact) <= 10 * second.error
    assert abs(second.value - exact) <= 30 * u**0.75
    gradient = cd.gradient(lambda x: np.sum(np.sin(x)), np.array([0.7, 3.0], dtype), **ADAPTIVE)
    assert (np.abs(gradient.value - np.cos(np.array([0.7, 3.0], dtype))) <= 1000 * u).all()


def test_longdouble_along_a_line():
    x = np.array([-3.7], np.longdouble)
    result = cd.directional_derivative(lambda x: 3 * x[0], x, [1.0], **ADAPTIVE)
    assert abs(result.value - 3) <= 10 * result.error


# -------------------------------------------------------------------- of one kind: order


KINKS = {
    # fun, where, the mean of the slopes to both sides
    "|x|": (abs, 0.0, 0.0),
    "|x| + 3 x": (lambda x: abs(x) + 3 * x, 0.0, 3.0),
    "|x - 1|": (lambda x: abs(x - 1), 1.0, 0.0),
    "relu": (lambda x: max(x, 0.0), 0.0, 0.5),
    "relu at 2": (lambda x: max(x - 2, 0.0), 2.0, 0.5),
    "|sin|": (lambda x: abs(math.sin(x)), 0.0, 0.0),
    "leaky relu": (lambda x: x if x > 0 else 0.01 * x, 0.0, 0.505),
    "exp, then flat": (lambda x: math.exp(min(x, 1.0)), 1.0, math.e / 2),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_flagged_and_have_the_central_slope(name):
    fun, x, slope = KINKS[name]
    result = cd.derivative(fun, x, **ADAPTIVE)
    assert result.status == "kink suspected"
    # the error covers both sides: half of how far their slopes differ
    assert abs(result.value - slope) <= 0.02 * result.error
    assert 0.3 < result.error < 3
    assert result.nfev <= 35


@pytest.mark.parametrize(
    "fun", [lambda x: float(x > 1), lambda x: math.floor(x) + x, lambda x: np.sign(x - 1)]
)
def test_steps_are_flagged(fun):
    result = cd.derivative(fun, 1.0, **ADAPTIVE)
    assert result.status == "kink suspected"
    assert result.value > 1e10


@pytest.mark.parametrize(
    ("fun", "x"),
    [
        (lambda x: float(x > 1), 1.0),
        (np.sign, 0.0),
    ],
)
def test_the_slope_of_a_step_has_a_large_error(fun, x):
    assert cd.derivative(fun, x, **ADAPTIVE).error > 1e10


def test_one_kink_among_the_entries_of_a_gradient():
    fun = lambda x: abs(x[0] - 2) + np.sin(x[1]) + max(x[2] - 3, 0)  # noqa: E731
    result = cd.gradient(fun, [2.0, 1.0, 3.0], **ADAPTIVE)
    assert result.status.tolist() == ["kink suspected", "converged", "kink suspected"]
    assert abs(result.value[1] - np.cos(1)) <= 10 * result.error[1] < 1e-6


@pytest.mark.parametrize("level", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("kink", [abs, lambda x: max(x, 0.0)], ids=["abs", "relu"])
def test_a_kink_at_0_on_top_of_something(kink, level):
    result = cd.derivative(lambda x: kink(x) + level, 0.0, **ADAPTIVE)
    assert result.status == "kink suspected"


def test_a_kink_on_the_diagonal_of_a_hessian():
    with pytest.warns(cd.NotFiniteWarning, match="kink"):
        result = cd.hessian(lambda x: abs(x[0]) + x[1] ** 2, [0.0, 1.0], **ADAPTIVE)
    assert result.status[0, 0] == "kink suspected"


@pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3, 1e-4, 1e-6])
@pytest.mark.parametrize("side", [1, -1])
def test_kinks_nearby_do_not_hide(distance, side):
    x = 2 + side * distance
    result = cd.derivative(lambda x: abs(x - 2), x, **ADAPTIVE)
    assert honest(result, side)
    assert abs(result.value - side) <= 1e-6
    # of relu the flat side is below
    if side > 0 and distance > 1e-5:
        assert honest(cd.derivative(lambda x: max(x - 2, 0.0), x, **ADAPTIVE), 1)


@pytest.mark.parametrize(
    ("level", "distance"),
    [
        (0.0, 1e-2),
        (0.0, 2.7e-3),
        (0.0, 2.7e-5),
        (2.0, 1e-2),
        (2.0, 2.7e-3),
        (2.0, 2.7e-5),
    ],
)
def test_on_the_flat_side_of_a_kink_nearby(distance, level):
    result = cd.derivative(lambda x: max(x - 2, 0.0) + level, 2 - distance, **ADAPTIVE)
    assert honest(result, 0)


def test_on_the_steep_side_of_a_kink_nearby():
    assert honest(cd.derivative(lambda x: max(x - 2, 0.0), 2 + 2e-6, **ADAPTIVE), 1)


def test_where_the_second_derivative_jumps_it_is_not_converged():
    huber = lambda x: x * x / 2 if abs(x) < 0.1 else 0.1 * (abs(x) - 0.05)  # noqa: E731
    result = cd.derivative(huber, 0.1, 2, **ADAPTIVE)
    assert result.status != "converged"


def test_a_second_derivative_beside_a_kink():
    result = cd.derivative(lambda x: max(x - 2, 0.0), 2 + 2e-4, 2, **ADAPTIVE)
    assert honest(result, 0)


SMOOTH = {
    "sin": (math.sin, 0.0),
    "sin far out": (math.sin, 1e6),
    "x^3": (lambda x: x**3, 0.0),
    "x^2": (lambda x: x * x, 0.0),
    "x |x|": (lambda x: x * abs(x), 0.5),
    "tanh(50 x)": (lambda x: math.tanh(50 * x), 0.0),
    "sqrt(x^2 + 1e-6)": (lambda x: math.sqrt(x * x + 1e-6), 0.0),
    "exp(-x^2)": (lambda x: math.exp(-x * x), 0.0),
    "1e8 + sin": (lambda x: 1e8 + math.sin(x), 1.0),
    "gaussian of 1e-3": (lambda x: math.exp(-(((x - 1) / 1e-3) ** 2)), 1.0),
    "constant": (lambda x: 4.0, 1.0),
    "linear": (lambda x: 4.0 * x - 1, 1.0),
    "log(1 + x^2)": (lambda x: math.log1p(x * x), 0.0),
}


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_are_never_flagged(name, n):
    fun, x = SMOOTH[name]
    result = cd.derivative(fun, x, n, **ADAPTIVE)
    assert result.status not in ("kink suspected", "not finite", "step lost in rounding")


def test_no_slope_at_the_edge_is_no_small_error():
    # sqrt has none at 0: whatever comes is not called converged
    result = cd.derivative(one_sided(math.sqrt, 0.0), 0.0, **ADAPTIVE)
    assert not np.isfinite(result.value) or result.value > 1e6
    assert result.status != "converged"


@pytest.mark.parametrize(("power", "slope"), [
        (1.5, 0.0),
        (2.0, 0.0),
        (2.5, 0.0),
    ],
)  # fmt: skip
def test_powers_from_0(power, slope):
    result = cd.derivative(one_sided(lambda x: x**power, 0.0), 0.0, **ADAPTIVE)
    assert honest(result, slope, 1e-15)
    both = cd.derivative(lambda x: abs(x) ** power, 0.0, **ADAPTIVE)
    assert honest(both, slope, 1e-15)


@pytest.mark.parametrize(
    ("fun", "x", "first", "second"),
    [
        (one_sided(math.exp, 1.0), 1.0, math.e, math.e),
        (one_sided(lambda x: math.sin(x) + x, 0.0), 0.0, 2.0, 0.0),
        (lambda x: math.exp(x) if x <= 1 else math.nan, 1.0, math.e, math.e),
        (lambda x: math.exp(x) if x <= 1 else math.inf, 1.0, math.e, math.e),
        (one_sided(lambda x: 1 / (x + 1), 0.0), 0.0, -1.0, 2.0),
    ],
)
def test_functions_on_one_side_only(fun, x, first, second):
    for n, exact, reach in ((1, first, 1e-10), (2, second, 1e-7)):
        result = cd.derivative(fun, x, n, **ADAPTIVE)
        assert honest(result, exact)
        assert abs(result.value - exact) <= reach
        assert result.status == "one side only"


@pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-6, 1e-8])
def test_functions_whose_domain_ends_nearby(gap):
    result = cd.derivative(one_sided(math.exp, 1 - gap), 1.0, **ADAPTIVE)
    assert honest(result, math.e)
    assert abs(result.value - math.e) <= 1e-8


# ------------------------------------------------------------------------------ consistency


def mixed(x):
    return math.sin(x[0] * x[1]) + math.exp(x[2] / 3) * x[0] + 1e3 * x[1] ** 2


POINT = np.array([0.7, -1.3, 2e-3])


def test_a_gradient_is_the_derivatives_along_the_axes():
    for n, operator in ((1, cd.gradient), (2, cd.hessian_diagonal)):
        whole = operator(mixed, POINT, **ADAPTIVE)
        parts = []
        for i in range(POINT.size):

            def along(t, i=i):
                point = POINT.copy()
                point[i] = t
                return mixed(point)

            parts.append(cd.derivative(along, POINT[i], n, **ADAPTIVE))
        for name in ("value", "error", "step", "status"):
            assert getattr(whole, name).tolist() == [getattr(part, name) for part in parts]
        assert whole.nfev == sum(part.nfev - 1 for part in parts) + 1


def test_a_jacobian_of_one_output_is_a_gradient():
    gradient = cd.gradient(mixed, POINT, **ADAPTIVE)
    jacobian = cd.jacobian(lambda x: np.array([mixed(x)]), POINT, **ADAPTIVE)
    np.testing.assert_array_equal(jacobian.value[0], gradient.value)
    np.testing.assert_array_equal(jacobian.error[0], gradient.error)


def test_operators_agree_within_their_errors():
    hessian = cd.hessian(mixed, POINT, **ADAPTIVE)
    diagonal = cd.hessian_diagonal(mixed, POINT, **ADAPTIVE)
    slack = 10 * (np.diag(hessian.error) + diagonal.error)
    assert (np.abs(np.diag(hessian.value) - diagonal.value) <= slack).all()
    v = np.array([1.0, 0.5, -2.0])
    product = cd.hessian_vector_product(mixed, POINT, v, **ADAPTIVE)
    slack = 10 * (product.error + hessian.error @ np.abs(v))
    assert (np.abs(product.value - hessian.value @ v) <= slack).all()
    gradient = cd.gradient(mixed, POINT, **ADAPTIVE)
    along = cd.directional_derivative(mixed, POINT, v, **ADAPTIVE)
    assert abs(along.value - gradient.value @ v) <= 10 * (along.error + gradient.error @ np.abs(v))


def test_elements_are_each_by_themselves():
    points = np.array([[0.3, 1e-6], [25.0, -4.0]])
    whole = cd.derivative(np.sin, points, 2, **ADAPTIVE)
    for place in np.ndindex(points.shape):
        alone = cd.derivative(np.sin, points[place], 2, **ADAPTIVE)
        assert whole.value[place] == alone.value
        assert whole.error[place] == alone.error
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert honest(whole, -np.sin(points))
