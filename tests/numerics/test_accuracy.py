"""Default steps against exact derivatives: a tolerance a row, from theory.

With h = u^(1/(n+p)) max(|x|, 1), rounding is S u f / h^n with S the sum of sizes of the weights,
truncation C h^p f^(n+p): both of size u^(p/(n+p)). A row's `size` bounds |f|, its derivatives up
to the one in the error term, and powers of max(|x|, 1) where the step is longer than 1's.
"""

from math import factorial

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod

import centraldiff as cd

U = 2.0**-53
METHODS = [("central", p) for p in (2, 4, 6, 8)] + [
    (m, p) for m in ("forward", "backward") for p in (1, 2, 3, 4)
]


def tolerance(n, method, order, size, u=U):
    """(S + C) u^(p/(n+p)) size, for a fun that is right to a few units."""
    reach = (n + order - 1) // 2
    offsets = {"central": range(-reach, reach + 1), "forward": range(n + order)}
    stencil = cd.stencil(offsets.get(method, range(-n - order + 1, 1)), n)
    s = float(sum(abs(w) for w in stencil.weights))
    # higher terms of the remainder are smaller by h each: a factor 2 covers them
    return (4 * s + 2 * abs(float(stencil.error_constant))) * u ** (order / (n + order)) * size


def bumps(x):
    return np.exp(-(x[0] ** 2) / 4) * np.cos(x[1]) + np.sin(x[0] * x[2] / 4)


def bumps_gradient(x):
    e, c = np.exp(-(x[0] ** 2) / 4), np.cos(x[0] * x[2] / 4) / 4
    return np.array([-x[0] / 2 * e * np.cos(x[1]) + x[2] * c, -e * np.sin(x[1]), x[0] * c])


# name: fun, gradient, point, size at order p
GRADIENTS = {
    "linear": (lambda x: 3 * x[0] - x[1], lambda x: np.array([3, -1]), [0.5, 2.0], lambda p: 8),
    "exp": (lambda x: np.exp(x).sum(), np.exp, [0.0, -1.0, 1.0], lambda p: 8),
    "sin of a product": (
        lambda x: np.sin(x[0] * x[1]),
        lambda x: np.cos(x[0] * x[1]) * x[::-1],
        [0.4, 1.0],
        lambda p: 2,
    ),
    "bumps": (bumps, bumps_gradient, [0.7, -1.2, 0.3], lambda p: 8),
    # f = 23, f^(p+1) x^(p+1) = p!, and steps are relative to x
    "log far out": (
        lambda x: np.log(x).sum(),
        lambda x: 1 / x,
        [2e3, 5e6],
        lambda p: max(30, factorial(p)) / 2e3,
    ),
    # f^(p+1) = (p + 1)! / 2^(p + 2) at 0
    "reciprocals": (
        lambda x: (1 / (2 + x)).sum(),
        lambda x: -1 / (2 + x) ** 2,
        [0.0, 1.0],
        lambda p: max(2, factorial(p + 1) / 2 ** (p + 1)),
    ),
}


@pytest.mark.parametrize(("method", "order"), METHODS)
@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient(name, method, order):
    fun, exact, x, size = GRADIENTS[name]
    got = cd.gradient(fun, x, method=method, order=order)
    np.testing.assert_allclose(
        got, exact(np.array(x)), rtol=0, atol=tolerance(1, method, order, size(order))
    )


@pytest.mark.parametrize("order", [2, 4, 6, 8])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_derivative_of_sin_and_exp(n, order):
    x = np.array([0.0, 0.3, -1.0])
    got = cd.derivative(np.sin, x, n, order=order)
    np.testing.assert_allclose(
        got, np.sin(x + n * np.pi / 2), rtol=0, atol=tolerance(n, "central", order, 1)
    )
    got = cd.derivative(np.exp, x, n, order=order)
    np.testing.assert_allclose(got, np.exp(x), rtol=0, atol=tolerance(n, "central", order, 4))


@pytest.mark.parametrize("method", ["forward", "backward"])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_one_sided_derivatives(n, order, method):
    x = np.array([0.0, 0.3, -1.0])
    got = cd.derivative(np.sin, x, n, method=method, order=order)
    np.testing.assert_allclose(
        got, np.sin(x + n * np.pi / 2), rtol=0, atol=tolerance(n, method, order, 2)
    )


@pytest.mark.parametrize("order", [2, 4, 6, 8])
@pytest.mark.parametrize("n", [2, 3, 6])
def test_hessian_of_rosen_from_values(n, order):
    x = np.linspace(-1.2, 1.1, n)
    # rosen's f'''' is 2400; at order 4 and up there is no truncation. |f| < 1100 (n - 1)
    got = cd.hessian(rosen, x, order=order)
    size = 1100 * (n - 1) if order > 2 else 2400 * (n - 1)
    np.testing.assert_allclose(
        got, rosen_hess(x), rtol=0, atol=6 * tolerance(2, "central", order, size)
    )


@pytest.mark.parametrize(("method", "order"), METHODS)
def test_hessian_of_bumps_from_values(method, order):
    x = np.array([0.7, -1.2, 0.3])
    got = cd.hessian(bumps, x, method=method, order=order)
    exact = cd.hessian(None, x, grad=bumps_gradient, method="complex")
    # a mixed entry is half of three second differences, one of them along a diagonal of length 2
    size = 3 * 2 ** (order + 2) / 2
    np.testing.assert_allclose(got, exact, rtol=0, atol=tolerance(2, method, order, size))


@pytest.mark.parametrize(("method", "order"), METHODS)
def test_hessian_from_gradients(method, order):
    x = np.array([-1.2, 0.9, 1.1, 0.4])
    got = cd.hessian(None, x, grad=rosen_der, method=method, order=order)
    # |g| and its derivatives are below 2400 times two neighbours
    np.testing.assert_allclose(got, rosen_hess(x), rtol=0, atol=tolerance(1, method, order, 2400))


def test_hessian_from_gradients_is_the_published_formula_to_rounding():
    x = np.array([0.7, -1.2, 0.3])
    h = 2.0**-10  # x + h, x - h are exact
    g = bumps_gradient
    plus = np.array([g(x + h * e) for e in np.eye(3)])
    minus = np.array([g(x - h * e) for e in np.eye(3)])
    # H_ij = (g_i(x + h_j e_j) - g_i(x - h_j e_j)) / 4h_j
    #      + (g_j(x + h_i e_i) - g_j(x - h_i e_i)) / 4h_i
    D = (plus - minus).T / (4 * h)
    got = cd.hessian(None, x, grad=g, abs_step=h)
    assert np.abs(D - D.T).max() > 1e-10  # the two halves differ by truncation: it matters
    np.testing.assert_allclose(got, D + D.T, rtol=4 * U, atol=4 * U)


def test_hessian_from_values_is_the_published_formula_to_rounding():
    x, h = np.array([0.7, -1.2, 0.3]), 2.0**-10
    e = h * np.eye(3)
    f0 = bumps(x)
    H = np.empty((3, 3))
    for i in range(3):
        H[i, i] = (bumps(x + e[i]) - 2 * f0 + bumps(x - e[i])) / h**2
        for j in range(i):
            both = bumps(x + e[i] + e[j]) + bumps(x - e[i] - e[j])
            single = sum(bumps(x + s * e[k]) for k in (i, j) for s in (1, -1))
            H[i, j] = H[j, i] = (both - single + 2 * f0) / (2 * h**2)
    # the same seven values, summed in another order
    np.testing.assert_allclose(cd.hessian(bumps, x, abs_step=h), H, rtol=0, atol=16 * 2 * U / h**2)


def test_one_sided_hessian_is_dennis_and_schnabels_to_rounding():
    x, h = np.array([0.7, -1.2, 0.3]), 2.0**-10
    e, f0 = h * np.eye(3), bumps(x)
    H = np.array(
        [[(bumps(x + a + b) - bumps(x + a) - bumps(x + b) + f0) / h**2 for a in e] for b in e]
    )
    got = cd.hessian(bumps, x, method="forward", abs_step=h)
    np.testing.assert_allclose(got, H, rtol=0, atol=16 * 2 * U / h**2)


@pytest.mark.parametrize(("method", "order"), METHODS)
def test_jacobian(method, order):
    x = np.array([0.7, -1.2, 0.3])
    A = np.random.default_rng(5).uniform(-1, 1, (2, 4, 3))
    got = cd.jacobian(lambda x: np.sin(A @ x), x, method=method, order=order)
    exact = np.cos(A @ x)[..., None] * A
    np.testing.assert_allclose(got, exact, rtol=0, atol=tolerance(1, method, order, 2))


@pytest.mark.parametrize(("method", "order"), METHODS)
def test_hessian_diagonal(method, order):
    x = np.array([0.7, -1.0, 0.3])
    got = cd.hessian_diagonal(
        lambda x: np.sin(x).sum() + x[0] * x[1], x, method=method, order=order
    )
    np.testing.assert_allclose(got, -np.sin(x), rtol=0, atol=tolerance(2, method, order, 4))


@pytest.mark.parametrize(("method", "order"), METHODS)
@pytest.mark.parametrize("length", [1e-9, 1.0, 1e9])
def test_directional_derivative_of_any_length_of_v(length, method, order):
    x = np.array([0.7, -1.2, 0.3])
    v = length * np.array([1.0, -0.5, 0.25])
    got = cd.directional_derivative(bumps, x, v, method=method, order=order)
    # along v / |v|_inf the derivatives are below 8 * 1.75^(p+1)
    size = 8 * 1.75 ** (order + 1) * length
    assert abs(got - bumps_gradient(x) @ v) <= tolerance(1, method, order, size)


@pytest.mark.parametrize("order", [2, 4, 6, 8])
def test_hessian_vector_product(order):
    x, v = np.array([-1.2, 0.9, 1.1, 0.4]), np.array([1.0, -0.5, 0.25, 2.0])
    exact = rosen_hess_prod(x, v)
    got = cd.hessian_vector_product(None, x, v, grad=rosen_der, order=order)
    # along v / 2: |v| = 2
    np.testing.assert_allclose(got, exact, rtol=0, atol=2 * tolerance(1, "central", order, 4800))
    got = cd.hessian_vector_product(rosen, x, v, order=order)
    # as for the Hessian, times |v|; the diagonal of axis and v reaches twice as far
    size = 6 * 2 * (3300 if order > 2 else 2400 * 3 * 2)
    np.testing.assert_allclose(got, exact, rtol=0, atol=tolerance(2, "central", order, size))


def test_value_gradient_hessian():
    x = np.array([-1.2, 0.9, 1.1])
    f, g, H = cd.value_gradient_hessian(rosen, x)
    assert f == rosen(x)
    # the Hessian's steps u^(1/4) are longer: truncation h^2 f'''/6 with f''' < 2900, rounding u f/h
    np.testing.assert_allclose(g, rosen_der(x), rtol=0, atol=2900 * U**0.5)
    np.testing.assert_allclose(H, rosen_hess(x), rtol=0, atol=6 * tolerance(2, "central", 2, 4800))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_accuracy_follows_the_rounding_unit_of_x(dtype):
    x = np.array([0.7, -1.0, 0.3], dtype)
    u = float(np.finfo(dtype).eps) / 2
    got = cd.gradient(lambda x: np.sin(x).sum(), x)
    assert got.dtype == dtype
    error = np.abs(got - np.cos(x)).max()
    assert error <= tolerance(1, "central", 2, 2, u)
    H = cd.hessian(lambda x: np.sin(x).sum(), x)
    assert H.dtype == dtype
    assert np.abs(H + np.diag(np.sin(x))).max() <= 6 * tolerance(2, "central", 2, 3, u)


@pytest.mark.skipif(
    np.finfo(np.longdouble).eps == np.finfo(float).eps, reason="longdouble is float64 here"
)
def test_longdouble_is_better_than_float64():
    def error(dtype):
        x = np.array([0.7, -1.0, 0.3], dtype)
        return np.abs(cd.gradient(lambda x: np.sin(x).sum(), x, order=4) - np.cos(x)).max()

    # u^(4/5): 2^(-11 * 4/5) = 1/446 on average
    assert error(np.longdouble) < error(np.float64) / 20
