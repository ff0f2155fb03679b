"""full_output: fields, shapes, types; and an error that is a bound where it says so."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

X = np.array([[1.0, -2.0, 3.0]])


def results(result):
    parts = result if isinstance(result, tuple) else (result,)
    return [part for part in parts if isinstance(part, cd.DerivativeResult)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("order", [None, 4])
def test_fields(operator, entries, dtype, order):
    x = X.astype(dtype)
    plain = operator(operator.function, x, order=order)
    found = results(operator(operator.function, x, order=order, full_output=True))
    assert found
    for result in found:
        assert type(result.nfev) is int
        assert result.value.shape == result.error.shape == result.status.shape
        assert result.value.dtype == result.error.dtype == dtype
        assert result.status.dtype.kind == "U"
        assert set(result.status.ravel().tolist()) == {"ok" if order else "rounding only"}
        # along a direction there is one step, in units of v
        assert np.shape(result.step) == (() if operator.along_a_line else x.shape)
        assert np.asarray(result.step).dtype == dtype
        assert (result.step > 0).all()
        assert (result.error >= 0).all()
    assert_array_equal(
        entries(found[-1]), np.ravel(plain[-1] if isinstance(plain, tuple) else plain)
    )


def test_how_many_results(operator):
    found = operator(operator.function, X, full_output=True)
    if operator.name == "value_and_gradient":
        assert [type(part) for part in found] == [np.float64, cd.DerivativeResult]
    elif operator.name == "value_gradient_hessian":
        assert [type(part) for part in found] == [
            np.float64,
            cd.DerivativeResult,
            cd.DerivativeResult,
        ]
    else:
        assert type(found) is cd.DerivativeResult


def test_numbers_stay_numbers(operator):
    for result in results(operator(lambda x: x * x, 3.0, full_output=True)):
        assert type(result.value) is type(result.error) is type(result.step) is np.float64
        assert result.status.shape == ()
        assert str(result.status) == "rounding only"


@pytest.mark.parametrize(
    "options", [{}, {"rel_step": 1e-3}, {"abs_step": 0.01}, {"typical_x": 100.0}]
)
def test_steps_are_those_of_the_plan_and_those_taken(planned, options):
    plan = planned.plan(X, **options)
    (result,) = results(planned(planned.function, X, full_output=True, **options))
    assert_array_equal(result.step, plan.steps)
    points = plan.points() - X
    for i in range(X.size):
        moves = np.abs(points[:, 0, i])
        assert result.step[0, i] in moves[moves > 0]


def test_full_output_into_out(prepared):
    derivative = prepared.prepare(prepared.function, full_output=True)
    expected = derivative(X).value
    out = np.empty(expected.shape)
    assert derivative(X, out=out).value is out
    assert_array_equal(out, expected)


class Rounded:
    """A polynomial whose values are right to the last digit: exact in fractions, rounded once."""

    def __init__(self, seed, degree, n):
        rng = np.random.default_rng(seed)
        self.n = n
        self.terms = {}
        for _ in range(12):
            powers = tuple(
                np.bincount(rng.integers(0, n, rng.integers(0, degree + 1)), minlength=n).tolist()
            )
            self.terms[powers] = Fraction(int(rng.integers(-1000, 1000)), 7)

    def exact(self, x, *by):
        """The value, or the derivative by those coordinates."""
        point = [Fraction(v) for v in np.asarray(x, float).tolist()]
        total = Fraction(0)
        for powers, factor in self.terms.items():
            left, term = list(powers), factor
            for i in by:
                term *= left[i]
                left[i] = max(left[i] - 1, 0)
            for i in range(self.n):
                term *= point[i] ** left[i]
            total += term
        return total

    def __call__(self, x):
        return float(self.exact(x))


def bounded(result, exact):
    """The claimed error covers the true one; the division's own last digit is not fun's."""
    for place, entry in np.ndenumerate(result.value):
        true = abs(Fraction(float(entry)) - exact(place))
        last_digit = 4 * np.finfo(float).eps * abs(float(entry))
        assert true <= Fraction(float(result.error[place])) + Fraction(last_digit), place


# degree of the polynomials that have no truncation error, by method and order
EXACT = [
    ("central", None, 2),
    ("central", 4, 4),
    ("central", 6, 6),
    ("forward", 1, 1),
    ("forward", 2, 2),
    ("backward", 3, 3),
]


@pytest.mark.parametrize(("method", "order", "degree"), EXACT)
@pytest.mark.parametrize("seed", range(5))
def test_error_bounds_rounding_where_there_is_no_truncation(method, order, degree, seed):
    fun = Rounded(seed, degree, 3)
    x = np.random.default_rng(seed).normal(size=3) * [1, 10, 0.1]
    options = {"method": method, "order": order, "full_output": True}
    bounded(cd.gradient(fun, x, **options), lambda place: fun.exact(x, *place))
    bounded(cd.hessian_diagonal(fun, x, **options), lambda place: fun.exact(x, *place, *place))
    bounded(cd.hessian(fun, x, **options), lambda place: fun.exact(x, *place))
    other = Rounded(seed + 50, degree, 3)
    both = cd.jacobian(lambda x: [fun(x), other(x)], x, **options)
    bounded(both, lambda place: (fun, other)[place[0]].exact(x, place[1]))
    v = np.array([1.0, -2.0, 0.5])
    along = cd.directional_derivative(lambda x: [fun(x)], x, v, **options)
    bounded(along, lambda place: sum(fun.exact(x, i) * Fraction(v[i]) for i in range(3)))
    product = cd.hessian_vector_product(fun, x, v, **options)
    bounded(product, lambda place: sum(fun.exact(x, *place, j) * Fraction(v[j]) for j in range(3)))

    def grad(x):
        return [float(fun.exact(x, i)) for i in range(3)]

    bounded(cd.hessian(None, x, grad=grad, **options), lambda place: fun.exact(x, *place))


def test_errors_of_rounding_are_no_gross_exaggeration():
    # otherwise infinity would do
    fun = Rounded(1, 2, 3)
    result = cd.gradient(fun, [1.0, 2.0, 3.0], full_output=True)
    assert (result.error < 1e-6 * (1 + np.abs(result.value))).all()
    assert (result.error > 0).all()


@pytest.mark.parametrize("order", [4, 6, 8])
@pytest.mark.parametrize("step", [0.2, 0.05, 1e-2, 1e-4])
def test_error_bounds_truncation_from_order_4_on(order, step):
    def bound_by(result, exact, values_right_to):
        slack = values_right_to * np.abs(exact)
        assert (np.abs(result.value - exact) <= result.error + slack).all()

    x = np.array([0.3, 1.2, -0.7])
    options = {"order": order, "abs_step": step, "full_output": True}
    bound_by(cd.gradient(lambda x: np.exp(x).sum() * 2, x, **options), 2 * np.exp(x), 1e-14 / step)
    bound_by(
        cd.hessian_diagonal(lambda x: np.sin(x).sum(), x, **options), -np.sin(x), 1e-14 / step**2
    )
    d = cd.derivative(np.exp, x, 3, **options)
    bound_by(d, np.exp(x), 1e-14 / step**3)


def test_a_second_order_difference_says_nothing_of_its_truncation():
    # the docstring says so; order=4 knows
    result = cd.gradient(lambda x: np.sin(1e3 * x[0]), [0.1], abs_step=1e-3, full_output=True)
    true = abs(result.value[0] - 1e3 * np.cos(100))
    assert result.error[0] < true
    fourth = cd.gradient(
        lambda x: np.sin(1e3 * x[0]), [0.1], abs_step=1e-3, order=4, full_output=True
    )
    assert fourth.error[0] > abs(fourth.value[0] - 1e3 * np.cos(100))


@pytest.mark.parametrize("order", [None, 4])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_results_of_derivative(n, order):
    result = cd.derivative(np.exp, X, n, order=order, full_output=True)
    assert (
        result.value.shape
        == result.error.shape
        == result.status.shape
        == result.step.shape
        == X.shape
    )
    assert_array_equal(result.value, cd.derivative(np.exp, X, n, order=order))
    assert (result.status == ("ok" if order else "rounding only")).all()


def test_empty_results(operator):
    for result in results(
        operator(lambda x: x if operator.takes_array else 1.0, [], full_output=True)
    ):
        assert result.value.size == result.error.size == result.status.size == 0
        assert np.size(result.step) == (1 if operator.along_a_line else 0)


@pytest.mark.parametrize("factor", [2.0**-12, 2.0**12])
def test_steps_of_adaptive_second_derivatives_are_in_units_of_x(factor):
    def f(x):
        return float(np.sin(x[0]) * np.exp(x[1]))

    x, v, options = np.array([0.5, 0.7]), np.ones(2), {"method": "adaptive", "full_output": True}
    scaled = lambda x: f(x / factor)  # noqa: E731
    for one, other in (
        (cd.hessian(f, x, **options), cd.hessian(scaled, factor * x, **options)),
        (
            cd.hessian_vector_product(f, x, v, **options),
            cd.hessian_vector_product(scaled, factor * x, v * factor, **options),
        ),
    ):
        assert (one.step > 0).all()
        axes = np.diag(one.step) if one.step.ndim == 2 else one.step
        assert (one.step <= 64 * axes.max()).all()
        assert (one.step >= axes.min() / 64).all()
        if one.step.ndim == 2:  # a line has a step of its own, along v
            np.testing.assert_allclose(other.step, factor * one.step, rtol=1e-12)


READINGS = {
    "central": {},
    "order 4": {"order": 4},
    "forward": {"method": "forward"},
    "bounds": {"bounds": ([1.0, 0.0], [3.0, 4.0])},
    "noise": {"noise": 1e-12},
    "adaptive": {"method": "adaptive"},
    "adaptive, rtol": {"method": "adaptive", "rtol": 1e-3},
    "adaptive, bounds": {"method": "adaptive", "bounds": ([1.0, 0.0], [3.0, 4.0])},
}


@pytest.mark.parametrize("options", READINGS.values(), ids=READINGS)
@pytest.mark.parametrize("sparsity", [None, np.ones((2, 2))], ids=["dense", "sparse"])
def test_a_wrong_gradient_shows_in_the_errors_of_its_hessian(sparsity, options):
    """Each entry off the diagonal is read twice: of x0^2 + x0 x1 the gradient's x1 is missing."""
    if sparsity is not None:
        pytest.importorskip("scipy")
        options = {**options, "sparsity": sparsity}

    def found(grad):
        result = cd.hessian(None, [1.0, 2.0], grad=grad, full_output=True, **options)
        if sparsity is None:
            return result.value, result.error, result.status
        return result.value.toarray(), result.error.toarray(), np.reshape(result.status, (2, 2))

    value, error, status = found(lambda x: np.array([2 * x[0], x[0]]))
    assert_allclose(value, [[2, 0.5], [0.5, 0]], atol=1e-6)
    assert_allclose(error, [[0, 0.5], [0.5, 0]], atol=1e-6)
    value, error, right = found(lambda x: np.array([2 * x[0] + x[1], x[0]]))
    assert (error < 1e-6).all()
    assert_allclose(value, [[2, 1], [1, 0]], atol=1e-6)
    if options.get("method") == "adaptive":
        assert status[0, 1] == status[1, 0] == "not converged"
        assert status[1, 1] == "converged"
        assert np.isin(right, ("converged", "one side only")).all()
