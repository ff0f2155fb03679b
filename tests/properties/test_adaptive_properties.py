"""Properties of method="adaptive" that hold for every point and scale."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import centraldiff as cd

ADAPTIVE = {"method": "adaptive", "full_output": True}
U = 2.0**-53
fast = settings(max_examples=60, deadline=None, derandomize=True)

coefficients = st.floats(-10, 10).map(lambda c: 0.0 if abs(c) < 1e-6 else c)
sizes = st.integers(-8, 8)
numbers = st.floats(-8, 8).map(lambda t: 0.0 if abs(t) < 1e-3 else t)


def point_at(number, power):
    """A coordinate of any size, zero among them."""
    return number * 10.0**power


def smooth(t):
    return np.sin(1.3 * t) + np.exp(-t * t / 9) + t / 7


@fast
@given(
    st.lists(st.tuples(coefficients, numbers, sizes), min_size=1, max_size=4),
    st.floats(-100, 100),
)
def test_linear_functions_are_exact_within_what_is_said(terms, constant):
    a = np.array([a / 10.0**power for a, _, power in terms])
    x = np.array([point_at(number, power) for _, number, power in terms])
    result = cd.gradient(lambda x: float(a @ x) + constant, x, **ADAPTIVE)
    assert (np.abs(result.value - a) <= 10 * result.error).all()
    result = cd.jacobian(lambda x: np.array([a @ x, constant, x[0]]), x, **ADAPTIVE)
    exact = np.array([a, 0 * a, np.arange(a.size) == 0])
    assert (np.abs(result.value - exact) <= 10 * result.error + 1e-300).all()
    v = np.array([number for _, number, _ in terms])
    assume(np.abs(v).max() > 1e-3)
    result = cd.directional_derivative(lambda x: float(a @ x), x, v, **ADAPTIVE)
    # the sum has rounding of its own: u times the sizes of its terms
    slack = 4 * U * np.abs(a) @ np.abs(v)
    assert abs(result.value - a @ v) <= 10 * result.error + slack


@fast
@given(st.lists(coefficients, min_size=1, max_size=7), st.floats(0.1, 3), st.booleans())
@pytest.mark.parametrize("n", [1, 2, 3])
def test_polynomials_are_right_within_what_is_said(n, c, x, negative):
    x = -x if negative else x
    p = np.polynomial.Polynomial(c)
    result = cd.derivative(p, x, n, **ADAPTIVE)
    exact = p.deriv(n)(x) if len(c) > n else 0.0
    assert abs(result.value - exact) <= 10 * result.error + 1e-300
    # good, too: relative to the sizes of its terms
    terms = np.abs(c) * np.maximum(abs(x), 1.0) ** np.arange(len(c)) * 6.0**n
    assert abs(result.value - exact) <= [1e-9, 1e-7, 1e-4][n - 1] * (terms.sum() + 1)


@fast
@given(st.lists(coefficients, min_size=1, max_size=7))
def test_polynomials_at_0(c):
    p = np.polynomial.Polynomial(c)
    result = cd.derivative(p, 0.0, **ADAPTIVE)
    exact = c[1] if len(c) > 1 else 0.0
    assert abs(result.value - exact) <= 10 * result.error + 1e-300


@fast
@given(st.integers(1, 4), st.integers(0, 2**32 - 1), st.integers(-6, 6))
def test_quadratics_are_right_within_what_is_said(n, seed, power):
    rng = np.random.default_rng(seed)
    A = rng.uniform(-1, 1, (n, n))
    A += A.T
    x = 10.0**power * rng.uniform(-1, 1, n)
    fun = lambda x: float(x @ A @ x) / 2  # noqa: E731
    result = cd.hessian(fun, x, **ADAPTIVE)
    assert (np.abs(result.value - A) <= 10 * result.error).all()
    assert np.abs(result.value - A).max() <= 1e-8
    result = cd.hessian(None, x, grad=lambda x: A @ x, **ADAPTIVE)
    assert (np.abs(result.value - A) <= 10 * result.error).all()
    result = cd.gradient(fun, x, **ADAPTIVE)
    assert (np.abs(result.value - A @ x) <= 10 * result.error).all()


@fast
@given(numbers, st.integers(-60, 60), st.integers(1, 3))
@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
@pytest.mark.parametrize("options", [{}, {"rtol": 1e-6}, {"max_nfev": 15}], ids=str)
def test_units_of_fun_do_not_matter_bit_for_bit(options, x, power, n):
    factor = 2.0**power
    plain = cd.derivative(smooth, x, n, **ADAPTIVE, **options)
    scaled = cd.derivative(lambda t: factor * smooth(t), x, n, **ADAPTIVE, **options)
    assert_array_equal(scaled.value, factor * plain.value)
    assert_array_equal(scaled.error, factor * plain.error)
    assert (scaled.nfev, scaled.step, scaled.status) == (plain.nfev, plain.step, plain.status)


@fast
@given(st.floats(0.01, 8), st.integers(-60, 60), st.integers(1, 3), st.booleans())
def test_units_of_x_do_not_matter_bit_for_bit(x, power, n, negative):
    x, factor = -x if negative else x, 2.0**power
    plain = cd.derivative(smooth, x, n, **ADAPTIVE)
    scaled = cd.derivative(lambda t: smooth(t / factor), x * factor, n, **ADAPTIVE)
    assert scaled.value * factor**n == plain.value
    assert scaled.error * factor**n == plain.error
    assert scaled.step == plain.step * factor
    assert (scaled.nfev, scaled.status) == (plain.nfev, plain.status)


@fast
@given(
    st.lists(st.floats(0.05, 4), min_size=2, max_size=4),
    st.lists(st.integers(-30, 30), min_size=4, max_size=4),
    st.integers(-30, 30),
)
def test_units_of_coordinates_do_not_matter_to_gradients_and_hessians(x, powers, power):
    x = np.array(x)
    units, factor = 2.0 ** np.array(powers[: x.size]), 2.0**power

    def fun(x):
        return float(np.sin(x).sum() + np.prod(x) + x[0] * np.exp(-x[-1]))

    def scaled(x):
        return factor * fun(x / units)

    for operator, both in ((cd.gradient, units), (cd.hessian, np.outer(units, units))):
        plain = operator(fun, x, **ADAPTIVE)
        other = operator(scaled, x * units, **ADAPTIVE)
        assert_array_equal(other.value * both, factor * plain.value)
        assert_array_equal(other.error * both, factor * plain.error)
        assert_array_equal(other.status, plain.status)
        assert other.nfev == plain.nfev


@fast
@given(numbers, st.integers(1, 3))
def test_the_sign_of_fun_and_of_x_do_not_matter(x, n):
    plain = cd.derivative(smooth, x, n, **ADAPTIVE)
    negative = cd.derivative(lambda t: -smooth(t), x, n, **ADAPTIVE)
    assert (negative.value, negative.error) == (-plain.value, plain.error)
    mirrored = cd.derivative(lambda t: smooth(-t), -x, n, **ADAPTIVE)
    assert mirrored.value == (-1) ** n * plain.value
    assert mirrored.error == plain.error
    assert mirrored.nfev == plain.nfev


@fast
@given(numbers, st.floats(-1e3, 1e3), st.integers(1, 2))
def test_a_constant_added_is_only_rounding(x, constant, n):
    plain = cd.derivative(smooth, x, n, **ADAPTIVE)
    moved = cd.derivative(lambda t: smooth(t) + constant, x, n, **ADAPTIVE)
    assert abs(plain.value - moved.value) <= 10 * (plain.error + moved.error)


@fast
@given(st.lists(st.floats(-4, 4), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_permuting_the_coordinates_permutes_the_result(x, random):
    x = np.array(x)
    order = list(range(x.size))
    random.shuffle(order)
    back = np.argsort(order)
    weights = np.arange(1.0, x.size + 1)

    def fun(x):
        return float(np.sin(x * weights).sum() + np.prod(x / 2))

    result = cd.gradient(fun, x, **ADAPTIVE)
    permuted = cd.gradient(lambda y: fun(y[back]), x[order], **ADAPTIVE)
    for name in ("value", "error", "step", "status"):
        assert_array_equal(getattr(permuted, name), getattr(result, name)[order])
