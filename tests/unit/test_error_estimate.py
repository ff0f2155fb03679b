"""The error estimate: never far below the true error, of the right size, NaN with the entry."""

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

import centraldiff as cd

U = 2.0**-53
X = np.array([0.8, -0.3, 1.4])
HIGHER = [
    ("central", 4),
    ("central", 6),
    ("central", 8),
    ("forward", 2),
    ("forward", 3),
    ("backward", 4),
]


def smooth(x):
    return np.exp(0.3 * x[0]) * np.sin(x[1]) + np.cos(x[2] * x[0])


def smooth_gradient(x):
    e, s = np.exp(0.3 * x[0]), np.sin(x[2] * x[0])
    return np.array([0.3 * e * np.sin(x[1]) - x[2] * s, e * np.cos(x[1]), -x[0] * s])


@pytest.mark.parametrize(("method", "order"), HIGHER)
def test_bounds_the_true_error_where_the_stencil_holds_a_lower_order(method, order):
    result = cd.gradient(smooth, X, method=method, order=order, full_output=True)
    # fun's own error: 3 functions and their arguments, each right to about one unit
    assert (np.abs(result.value - smooth_gradient(X)) <= 5 * result.error).all()


@pytest.mark.parametrize("order", [4, 6, 8])
def test_bounds_the_true_error_of_hessians(order):
    for x in (X, np.linspace(0.5, 1.5, 4)):
        result = cd.hessian(rosen, x, order=order, full_output=True)
        assert result.error.shape == (x.size, x.size)
        assert (np.abs(result.value - rosen_hess(x)) <= 5 * result.error).all()


def test_without_a_lower_order_it_is_the_rounding_alone():
    # quadratic: no truncation, so the rounding part must cover the error
    rng = np.random.default_rng(4)
    A = rng.standard_normal((5, 5))
    x = rng.standard_normal(5)
    for method in ("central", "complex"):
        result = cd.gradient(lambda x: x @ A @ x, x, method=method, full_output=True)
        # fun sums 30 products: 30 units rather than one
        assert (np.abs(result.value - (A + A.T) @ x) <= 30 * result.error + 1e-300).all()
    result = cd.hessian(lambda x: x @ A @ x, x, full_output=True)
    assert (np.abs(result.value - (A + A.T)) <= 30 * result.error).all()


def test_rounding_part_by_hand():
    # one term (f+ - f-) / 2h: u * max|f| * 2 / 2h
    result = cd.gradient(lambda x: 8.0, [1.0], abs_step=2.0**-10, full_output=True)
    assert result.error[0] == pytest.approx(U * 8 * 2 / 2.0**-9, rel=1e-12)
    # f+ - 2 f + f-: four values, u * max|f| * 4 / h^2
    result = cd.hessian_diagonal(lambda x: 8.0, [1.0], abs_step=2.0**-10, full_output=True)
    assert result.error[0] == pytest.approx(U * 8 * 4 / 2.0**-20, rel=1e-12)


@pytest.mark.parametrize("order", [4, 6])
def test_truncation_part_is_the_difference_to_the_lower_order(order):
    h = 0.25  # so long that rounding is nothing
    result = cd.gradient(lambda x: np.sin(x[0]), [1.0], order=order, abs_step=h, full_output=True)
    lower = cd.gradient(lambda x: np.sin(x[0]), [1.0], order=order - 2, abs_step=h)
    assert result.error[0] == pytest.approx(abs(result.value[0] - lower[0]), rel=1e-6)


@pytest.mark.parametrize("order", [4, 8])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_derivatives_of_any_degree(n, order):
    x = np.array([0.3, 1.2])
    result = cd.derivative(np.sin, x, n, order=order, full_output=True)
    exact = np.sin(x + n * np.pi / 2)
    assert result.error.shape == (2,)
    assert (np.abs(result.value - exact) <= 5 * result.error).all()
    # and it is not a scare: within what the lower order would have been, with margin
    assert (result.error < 0.1).all()


@pytest.mark.parametrize(("method", "order"), HIGHER)
def test_products_with_vectors(method, order):
    v = np.array([1.0, 0.5, -2.0])
    result = cd.directional_derivative(smooth, X, v, method=method, order=order, full_output=True)
    assert abs(result.value - smooth_gradient(X) @ v) <= 5 * result.error
    for options in ({"fun": rosen}, {"fun": None, "grad": rosen_der}):
        result = cd.hessian_vector_product(
            **options, x=X, v=v, method=method, order=order, full_output=True
        )
        assert result.error.shape == (3,)
        assert (np.abs(result.value - rosen_hess(X) @ v) <= 5 * result.error).all()


@pytest.mark.parametrize(("method", "order"), HIGHER)
def test_hessians_from_gradients(method, order):
    result = cd.hessian(None, X, grad=rosen_der, method=method, order=order, full_output=True)
    np.testing.assert_array_equal(result.error, result.error.T)
    assert (np.abs(result.value - rosen_hess(X)) <= 5 * result.error).all()


def test_jacobian_has_an_error_for_each_entry():
    def fun(x):
        return np.array([1e6 * np.sin(x[0]), 1e-6 * np.cos(x[1])])

    result = cd.jacobian(fun, X[:2], order=4, full_output=True)
    assert result.error.shape == (2, 2)
    exact = np.array([[1e6 * np.cos(X[0]), 0], [0, -1e-6 * np.sin(X[1])]])
    assert (np.abs(result.value - exact) <= 5 * result.error).all()
    # one output's size is no error of another
    assert (result.error[1] < 1e-12).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_dtype_and_size_follow_x(dtype):
    result = cd.gradient(lambda x: (x**3).sum(), X.astype(dtype), order=4, full_output=True)
    assert result.error.dtype == dtype
    u = float(np.finfo(dtype).eps) / 2
    # u |f| / h with h = u^(1/5), and the second-order truncation h^2 = u^(2/5), times a few
    assert (result.error < 50 * u ** (2 / 5)).all()
    assert (result.error > u).all()


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_no_error_where_there_is_no_derivative_and_no_harm_to_others():
    def fun(x):
        return np.array([np.nan if x[1] != X[1] else 1.0, x[0]])

    result = cd.jacobian(fun, X, order=4, full_output=True)
    bad = np.zeros((2, 3), bool)
    bad[0, 1] = True
    np.testing.assert_array_equal(np.isnan(result.value), bad)
    np.testing.assert_array_equal(np.isnan(result.error), bad)
    np.testing.assert_array_equal(result.status, np.where(bad, "not finite", "ok"))


def test_a_number_has_a_number_for_an_error():
    result = cd.gradient(np.sin, 1.0, order=4, full_output=True)
    assert np.ndim(result.error) == np.ndim(result.value) == np.ndim(result.step) == 0
    assert abs(result.value - np.cos(1.0)) <= 5 * result.error < 1e-4


def test_value_gradient_hessian_has_both_errors():
    _, g, H = cd.value_gradient_hessian(rosen, X, order=4, full_output=True)
    assert (np.abs(g.value - rosen_der(X)) <= 5 * g.error).all()
    assert (np.abs(H.value - rosen_hess(X)) <= 5 * H.error).all()
    assert g.nfev == H.nfev == 1 + 4 * 3 * 4 // 2
