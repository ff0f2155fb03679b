"""Whatever the pattern and whatever the polynomial: sparse derivatives are dense ones."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import centraldiff as cd

EXAMPLES = settings(deadline=None, max_examples=80, derandomize=True)
SIZES = st.floats(-3, 3).map(lambda x: round(x, 3))
FIRST = st.sampled_from(
    [("central", None), ("central", 4), ("forward", None), ("backward", 2), ("complex", None)]
)
SECOND = st.sampled_from([("central", None), ("central", 4), ("forward", 2), ("backward", 2)])
SIDES = st.sampled_from(["free", "lower", "upper", "mixed", "fixed"])


@st.composite
def patterns(draw, square=False):
    n = draw(st.integers(1, 8))
    m = n if square else draw(st.integers(1, 8))
    return draw(arrays(bool, (m, n)))


def bounds_of(sides, x):
    odd = np.arange(x.size) % 2 == 1
    return {
        "free": None,
        "lower": (x, np.inf),
        "upper": (-np.inf, x),
        "mixed": (np.where(odd, x, x - 1), np.where(odd, x + 1, x)),
        "fixed": (np.where(odd, x, -np.inf), np.where(odd, x, np.inf)),
    }[sides]


def quadratic_rows(pattern, seed):
    """Row r is a quadratic of the coordinates that it has."""
    c, d = np.random.default_rng(seed).normal(size=(2, *pattern.shape)) * pattern

    def fun(x):
        return (d @ x) ** 2 + c @ x**2

    return fun


@EXAMPLES
@given(patterns(), st.integers(0, 99), FIRST, SIDES, st.data())
def test_jacobians_have_the_bits_of_dense_ones(pattern, seed, method, sides, data):
    # one product at a time: a matrix product may round differently for other zeros
    x = data.draw(arrays(float, pattern.shape[1], elements=SIZES))
    c = np.random.default_rng(seed).normal(size=pattern.shape) * pattern

    def fun(x):
        return np.array([sum(c[r, j] * x[j] ** 2 for j in np.flatnonzero(pattern[r])) + 0 * x[0]
                         for r in range(len(pattern))])  # fmt: skip

    options = {"method": method[0], "order": method[1], "bounds": bounds_of(sides, x)}
    found = cd.jacobian(fun, x, sparsity=pattern, **options)
    assert found.nnz == pattern.sum()
    np.testing.assert_array_equal(found.toarray(), cd.jacobian(fun, x, **options) * pattern)


@EXAMPLES
@given(patterns(square=True), st.integers(0, 99), SECOND, SIDES, st.data())
def test_hessians_from_values_and_from_gradients(pattern, seed, method, sides, data):
    """Exact to rounding for quadratics, on any side of any bounds."""
    pattern = pattern | pattern.T
    n = len(pattern)
    matrix = np.random.default_rng(seed).normal(size=(n, n)) * pattern
    matrix = matrix + matrix.T
    x = data.draw(arrays(float, n, elements=SIZES))
    bounds = bounds_of(sides, x)
    free = np.ones(n, bool) if bounds is None else np.broadcast_to(bounds[0] < bounds[1], n)
    expected = np.where(free[:, None] & free, matrix, 0)
    options = {"method": method[0], "order": method[1], "bounds": bounds, "sparsity": pattern}
    for fun, grad, tolerance in (
        (lambda x: x @ matrix @ x / 2, None, 1e-5),
        (None, lambda x: matrix @ x, 1e-8),
    ):
        found = cd.hessian(fun, x, grad=grad, **options)
        assert found.nnz == pattern.sum()
        scale = 1 + abs(matrix).max() * n * 9
        np.testing.assert_allclose(found.toarray(), expected, atol=tolerance * scale)
        np.testing.assert_array_equal(found.toarray(), found.toarray().T)


@EXAMPLES
@given(patterns(), st.integers(0, 99), SECOND, SIDES, st.data())
def test_sums_of_terms(pattern, seed, method, sides, data):
    x = data.draw(arrays(float, pattern.shape[1], elements=SIZES))
    fun = quadratic_rows(pattern, seed)
    options = {
        "method": method[0], "order": method[1], "bounds": bounds_of(sides, x),
        "sparsity": sp.csr_array(pattern), "sum_of_terms": True,
    }  # fmt: skip
    c, d = np.random.default_rng(seed).normal(size=(2, *pattern.shape)) * pattern
    bounds = options["bounds"]
    free = np.broadcast_to(True if bounds is None else bounds[0] < bounds[1], x.shape)
    scale = 1 + abs(fun(x)).max() + abs(c).max() + abs(d).max() ** 2 * 9
    gradient = 2 * (d @ x) @ d + 2 * c.sum(axis=0) * x
    found = cd.gradient(fun, x, **options)
    np.testing.assert_allclose(found, np.where(free, gradient, 0), atol=1e-7 * scale)
    hessian = 2 * d.T @ d + np.diag(2 * c.sum(axis=0))
    found = cd.hessian(fun, x, **options)
    expected = np.where(free[:, None] & free, hessian, 0)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-5 * scale)
    assert found.nnz == ((pattern.T.astype(int) @ pattern.astype(int)) > 0).sum()


@EXAMPLES
@given(patterns(), st.integers(0, 99), st.data())
def test_missing_entries_are_found(pattern, seed, data):
    """Of one row that depends on one more coordinate, as much as on any."""
    absent = np.argwhere(~pattern)
    if not len(absent):
        return
    row, column = absent[data.draw(st.integers(0, len(absent) - 1))]
    x = data.draw(arrays(float, pattern.shape[1], elements=SIZES))
    right = quadratic_rows(pattern, seed)

    def wrong(x):
        y = right(x)
        y[row] += x[column]
        return y

    cd.jacobian(right, x, sparsity=pattern)
    with pytest.raises(cd.ArgumentValueError, match=f"row {row} lacks"):
        cd.jacobian(wrong, x, sparsity=pattern)
