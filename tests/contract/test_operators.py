"""Linear operators: products without a matrix, or with the sparse one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, gmres

import centraldiff as cd

N = 6
X = np.linspace(0.5, 1.5, N)
V = np.random.default_rng(1).normal(size=N)
BAND = abs(np.arange(N)[:, None] - np.arange(N)) <= 1


def fun(x, a=1.0):
    return a * x[:-1] * x[1:]


def number(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def grad(x):
    g = np.zeros_like(x)
    a = x[1:] - x[:-1] ** 2
    g[:-1] = -400 * x[:-1] * a - 2 * (1 - x[:-1])
    g[1:] += 200 * a
    return g


class Counted:
    def __init__(self, fun):
        self.fun, self.calls = fun, 0

    def __call__(self, *args):
        self.calls += 1
        return self.fun(*args)


@pytest.mark.parametrize("method", ["central", "forward", "complex", "adaptive"])
def test_products_of_a_jacobian_without_a_matrix(method):
    counted = Counted(fun)
    operator = cd.Jacobian(counted, method=method).operator(X)
    assert isinstance(operator, LinearOperator)
    assert operator.shape == (N - 1, N)
    assert operator.dtype == np.float64
    assert counted.calls == 1
    product = operator @ V
    expected = cd.directional_derivative(fun, X, V, method=method)
    assert_array_equal(product, expected)
    if method == "central":
        assert counted.calls == 1 + 2
    assert_allclose(operator @ np.eye(N), cd.jacobian(fun, X), atol=1e-6)
    with pytest.raises(NotImplementedError, match="give sparsity="):
        operator.T @ np.ones(N - 1)
    with pytest.raises(NotImplementedError):
        operator.rmatvec(np.ones(N - 1))


def test_products_with_a_sparse_jacobian():
    counted = Counted(fun)
    pattern = BAND[:-1] & (np.arange(N) >= np.arange(N - 1)[:, None])
    operator = cd.Jacobian(counted, sparsity=pattern).operator(X)
    calls = counted.calls
    matrix = cd.jacobian(fun, X)
    assert_allclose(operator @ V, matrix @ V, rtol=1e-12)
    assert_allclose(operator.T @ V[:-1], matrix.T @ V[:-1], rtol=1e-12)
    assert counted.calls == calls == 4 + 2
    full = cd.Jacobian(fun, sparsity=pattern, full_output=True).operator(X)
    assert_allclose(full @ V, matrix @ V, rtol=1e-12)


@pytest.mark.parametrize("kind", ["values", "gradients"])
def test_products_of_a_hessian(kind):
    options = {"grad": grad} if kind == "gradients" else {}
    operator = cd.Hessian(None if options else number, **options).operator(X)
    expected = cd.hessian(None, X, grad=grad)
    assert operator.shape == (N, N)
    tolerance = 1e-8 if options else 1e-4
    for product in (operator @ V, operator.T @ V, operator.rmatvec(V)):
        assert_allclose(product, expected @ V, atol=tolerance * abs(expected @ V).max())
    sparse = cd.Hessian(None if options else number, sparsity=BAND, **options).operator(X)
    assert_allclose(sparse @ V, expected @ V, atol=tolerance * abs(expected @ V).max())


def test_gauss_newton():
    matrix = cd.jacobian(fun, X)
    operator = cd.Hessian(fun, least_squares=True).operator(X)
    assert operator.shape == (N, N)
    assert_allclose(operator @ V, matrix.T @ (matrix @ V), rtol=1e-8)


def test_points_and_arguments():
    x = X.copy()
    jacobian = cd.Jacobian(fun, args=(2.0,))
    operator, other = jacobian.operator(x), jacobian.operator(x, 5.0)
    x[:] = np.nan  # its own point
    matrix = cd.jacobian(fun, X)
    assert_allclose(operator @ V, 2 * matrix @ V, rtol=1e-8)
    assert_allclose(other @ V, 5 * matrix @ V, rtol=1e-8)
    square = cd.Jacobian(np.sin).operator(X.reshape(2, 3))
    assert square.shape == (N, N)
    assert_allclose(square @ V, np.cos(X) * V, atol=1e-9)
    assert_allclose(cd.Jacobian(np.sin).operator(1.0) @ [2.0], [2 * np.cos(1)], atol=1e-9)
    assert_array_equal(square @ np.zeros(N), np.zeros(N))


def test_bounds_hold():
    def inside(x):
        assert (x >= X).all()
        return fun(x)

    operator = cd.Jacobian(inside, bounds=(X, np.inf)).operator(X)
    assert_allclose(operator @ V, cd.jacobian(fun, X) @ V, atol=1e-8)


def test_krylov_methods_and_optimisers_take_them():
    def equations(x):
        y = 3 * x + x**3
        y[1:] -= x[:-1]
        y[:-1] -= x[1:]
        return y - 1

    x, jacobian = np.zeros(N), cd.Jacobian(equations)
    for _ in range(8):
        step, info = gmres(jacobian.operator(x), -equations(x), rtol=1e-10)
        assert info == 0
        x += step
    assert_allclose(equations(x), 0, atol=1e-12)
    hessian = cd.Hessian(None, grad=grad)
    found = minimize(
        number, np.zeros(N), jac=grad, method="trust-krylov",
        hessp=lambda x, p: hessian.operator(x) @ p,
    )  # fmt: skip
    assert_allclose(found.x, np.ones(N), atol=1e-4)
