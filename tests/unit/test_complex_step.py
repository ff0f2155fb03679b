"""The complex step: exact where fun is analytic, refused where it only looks so."""

import cmath

import numpy as np
import pytest

import centraldiff as cd

X = np.array([0.7, -1.3, 2.1])
U = 2.0**-53

NOT_ANALYTIC = {
    "abs": lambda x: np.abs(x).sum(),
    "builtin abs": lambda x: sum(abs(t) ** 2 for t in x),
    "conj": lambda x: (x * np.conj(x)).sum(),
    "norm": lambda x: np.linalg.norm(x),
    "norm squared": lambda x: np.linalg.norm(x) ** 2,
    "real": lambda x: (x.real**2).sum(),
    "vdot": lambda x: np.vdot(x, x),
    "copy into a real array": lambda x: float(np.sum(x.astype(float) ** 2)),
    "np.asarray(x, float)": lambda x: (np.asarray(x, float) ** 2).sum(),
    "one coordinate of three": lambda x: x[0] ** 2 + x[1] * abs(x[2]),
}
ANALYTIC = {
    "polynomial": (lambda x: (x**3).sum(), lambda x: 3 * x**2),
    "product": (lambda x: x[0] * x[1] * x[2], lambda x: x[[1, 0, 0]] * x[[2, 2, 1]]),
    "exp and sin": (
        lambda x: np.exp(x[0]) * np.sin(x[1]) + x[2],
        lambda x: np.array([np.exp(x[0]) * np.sin(x[1]), np.exp(x[0]) * np.cos(x[1]), 1]),
    ),
    "sqrt of a sum of squares": (
        lambda x: np.sqrt((x * x).sum()),
        lambda x: x / np.sqrt((x * x).sum()),
    ),
    "constant": (lambda x: 3.0, lambda x: 0 * x),
    "oscillating": (lambda x: np.sin(1e4 * x).sum(), lambda x: 1e4 * np.cos(1e4 * x)),
    "large constant": (lambda x: 1e8 + x.sum(), lambda x: np.ones(3)),
}


@pytest.mark.filterwarnings("ignore:Casting complex values to real")
@pytest.mark.parametrize("name", NOT_ANALYTIC)
def test_what_is_not_analytic_is_refused(name):
    # np.asarray(x, float) of a complex array warns only, float(x[0]) raises of its own
    with pytest.raises(ValueError, match=r"analytic.*method='central'") as caught:
        cd.gradient(NOT_ANALYTIC[name], X, method="complex")
    assert isinstance(caught.value, cd.FunctionValueError)


@pytest.mark.filterwarnings("ignore:Casting complex values to real")
@pytest.mark.parametrize("name", NOT_ANALYTIC)
def test_refused_for_directions_and_prepared_objects_too(name):
    fun = NOT_ANALYTIC[name]
    with pytest.raises(ValueError, match="analytic"):
        cd.directional_derivative(fun, X, [1.0, 2.0, -0.5], method="complex")
    with pytest.raises(ValueError, match="analytic"):
        cd.Gradient(fun, method="complex")(X)
    with pytest.raises(ValueError, match="analytic"):
        cd.value_and_gradient(fun, X, method="complex")


@pytest.mark.parametrize("name", ANALYTIC)
@pytest.mark.parametrize("dtype", [np.float64, np.longdouble])
def test_analytic_functions_come_out_to_rounding(name, dtype):
    fun, exact = ANALYTIC[name]
    x = X.astype(dtype)
    got = cd.gradient(fun, x, method="complex")
    assert got.dtype == dtype
    # no cancellation: a few roundings, times 1e4 |x| / cos where the argument 1e4 x is rounded
    condition = 1e4 if name == "oscillating" else 1
    scale = np.abs(exact(x)).max() + 1
    np.testing.assert_allclose(got, exact(x), rtol=0, atol=8 * U * condition * 4 * scale)


def test_float32():
    got = cd.gradient(lambda x: (x**3).sum(), X.astype(np.float32), method="complex")
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, 3 * X**2, rtol=8 * 2.0**-24)


def test_number_list_and_matrix():
    assert cd.gradient(cmath.exp, 0.5, method="complex") == pytest.approx(np.exp(0.5), rel=8 * U)
    np.testing.assert_allclose(
        cd.gradient(lambda x: (x**2).sum(), [1, 2], method="complex"), [2, 4], rtol=8 * U
    )
    A = np.arange(1.0, 7.0).reshape(2, 3)
    np.testing.assert_allclose(
        cd.gradient(lambda x: (x**2).sum(), A, method="complex"), 2 * A, rtol=8 * U
    )


def test_jacobian():
    got = cd.jacobian(lambda x: np.array([[x[0] * x[1], np.exp(x[2])]]), X, method="complex")
    expected = [[[X[1], X[0], 0], [0, 0, np.exp(X[2])]]]
    np.testing.assert_allclose(got, expected, rtol=8 * U)
    # a real output beside complex ones is a constant
    with pytest.raises(ValueError, match="analytic"):
        cd.jacobian(lambda x: np.array([x[0] * x[1], abs(x[2])]), X, method="complex")


def test_hessian_from_gradients():
    got = cd.hessian(
        None, X, grad=lambda x: np.array([x[1] * x[2], x[0] * x[2], x[0] * x[1]]), method="complex"
    )
    expected = [[0, X[2], X[1]], [X[2], 0, X[0]], [X[1], X[0], 0]]
    np.testing.assert_allclose(got, expected, rtol=8 * U)
    with pytest.raises(ValueError, match=r"grad.*analytic"):
        cd.hessian(None, X, grad=lambda x: np.abs(x) * x, method="complex")


def test_derivative_and_directions():
    x = np.array([0.1, 1.0, 20.0])
    np.testing.assert_allclose(cd.derivative(cmath.log, x, method="complex"), 1 / x, rtol=8 * U)
    with pytest.raises(ValueError, match="analytic"):
        cd.derivative(abs, x, method="complex")
    v = np.array([1.0, -2.0, 3.0])
    got = cd.directional_derivative(lambda x: (x**2).sum(), X, v, method="complex")
    assert got == pytest.approx(2 * X @ v, rel=16 * U)
    got = cd.hessian_vector_product(None, X, v, grad=lambda x: x**3, method="complex")
    np.testing.assert_allclose(got, 3 * X**2 * v, rtol=8 * U)


@pytest.mark.parametrize("x", [1e-8, 1.0, 1e5])
def test_an_oscillating_function_is_not_taken_for_one_that_is_not_analytic(x):
    assert cd.derivative(lambda t: cmath.sin(1e4 * t), x, method="complex") == pytest.approx(
        1e4 * np.cos(1e4 * x), abs=1e4 * (1e4 * x + 1) * 4 * U
    )


@pytest.mark.parametrize("constant", [1e4, 1e6, 1e8])
def test_a_large_constant_does_not_hide_abs(constant):
    # a central difference of step u^(1/3) is right to u * 1e8 / 6e-6 = 2e-3 here: 0 is not 1
    with pytest.raises(ValueError, match="analytic"):
        cd.gradient(lambda x: constant + np.abs(x).sum(), X, method="complex")


def test_a_large_output_does_not_hide_abs_in_another_one():
    with pytest.raises(ValueError, match="analytic"):
        cd.jacobian(lambda x: np.array([1e9 * x[0], abs(x[2])]), X, method="complex")


def test_a_large_element_does_not_hide_abs_in_another_one():
    with pytest.raises(ValueError, match="analytic"):
        cd.derivative(abs, [1e9, 1.0], method="complex")


def test_abs_of_large_numbers_is_refused():
    with pytest.raises(ValueError, match="analytic"):
        cd.gradient(lambda x: np.abs(x).sum(), [1e9, -2e10], method="complex")


def test_longdouble_products_with_vectors_are_longdouble_to_rounding():
    # nothing cancels: a step along v that is rounded to float64 would show
    x, v = X.astype(np.longdouble), np.array([1, -2, 3], np.longdouble) / 7
    u = np.finfo(np.longdouble).eps / 2
    got = cd.directional_derivative(lambda x: (x * x * x).sum(), x, v, method="complex")
    assert abs(got / (3 * x * x @ v) - 1) < 100 * u
    got = cd.hessian_vector_product(None, x, v, grad=lambda x: x * x * x, method="complex")
    assert np.abs(got / (3 * x * x * v) - 1).max() < 100 * u


def test_evaluations_are_n_plus_2():
    points = []

    def fun(x):
        points.append(x.copy())
        return (x**2).sum()

    cd.gradient(fun, X, method="complex")
    assert [p.dtype.kind for p in points] == ["c"] * 3 + ["f"] * 2
    assert all(np.array_equal(p.real, X) for p in points[:3])


def test_real_and_complex_points_are_never_one_array():
    # the check runs through the same evaluator: it must not see the complex array again
    seen = []
    G = cd.Gradient(
        lambda x: (seen.append((x.dtype.kind, x.nbytes)), (x * x).sum())[1], method="complex"
    )
    for _ in range(3):
        np.testing.assert_allclose(G(X), 2 * X, rtol=8 * U)
    assert seen == 3 * (3 * [("c", 48)] + 2 * [("f", 24)])


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_a_detour_through_float32_is_refused():
    # steps between those of float32's staircase, which is flat for shorter ones
    with pytest.raises(ValueError, match="analytic"):
        cd.gradient(lambda x: float(np.float32(x[0])) ** 2 + x[1], [1.1, 2.3], method="complex")


def test_the_check_does_not_leave_the_domain_loudly():
    # a real step of 5e-6 leads out of log's domain: no warning about fun, no error
    log = lambda x: np.log(x[0])  # noqa: E731
    with np.errstate(invalid="ignore"):
        assert cd.gradient(log, [1e-8], method="complex") == pytest.approx([1e8])
        got = cd.gradient(log, [1e-10], method="complex", typical_x=1e-10)
    assert got == pytest.approx([1e10])


def test_an_exception_of_the_check_alone_is_not_the_users():
    def fun(x):
        if x[0].real <= 0 or (x[0].imag == 0 and x[0] != 1e-8):
            raise ArithmeticError("outside")
        return x[0] ** 2

    assert cd.gradient(fun, [1e-8], method="complex") == pytest.approx([2e-8])


@pytest.mark.parametrize("kind", [TypeError, TimeoutError, ValueError])
def test_exceptions_at_real_points_come_through(kind):
    """A function that is not analytic would pass unseen otherwise."""
    error = kind("boo")

    def fun(x):
        if not np.iscomplexobj(x):
            raise error
        return np.abs(x)

    with pytest.raises(kind) as caught:
        cd.gradient(lambda x: fun(x).sum(), X, method="complex")
    assert caught.value is error
    (note,) = error.__notes__
    assert note.startswith("centraldiff: in evaluation 4 of fun, at x displaced by")
    for derivative in (
        lambda: cd.jacobian(fun, X, method="complex"),
        lambda: cd.derivative(fun, 0.7, method="complex"),
        lambda: cd.directional_derivative(fun, X, X, method="complex"),
        lambda: cd.hessian(None, X, grad=fun, method="complex"),
        lambda: cd.Gradient(lambda x: fun(x).sum(axis=0), method="complex", vectorized=True)(X),
    ):
        with pytest.raises(kind):
            derivative()


def test_what_real_points_cannot_confirm_passes():
    """As is documented: nothing speaks against it either."""

    def fun(x):
        if not np.iscomplexobj(x):
            raise ValueError("math domain error")
        return np.abs(x[0]) + x[1]

    np.testing.assert_allclose(cd.gradient(fun, X[:2], method="complex"), [0, 1])


def test_another_shape_for_real_points_is_refused():
    def fun(x):
        return np.ones(3) * x[0] if np.iscomplexobj(x) else np.ones(2) * x[0]

    with pytest.raises(cd.FunctionValueError, match=r"shape.*\(3,\), got \(2,\)"):
        cd.jacobian(fun, [1.0], method="complex")


def test_the_rounding_of_large_values_is_allowed_for_at_bounds_too():
    def fun(x):
        return 1e8 + x[0] * x[1]

    found = cd.gradient(fun, [1.0, 2.0], method="complex", bounds=([0, 0], [1, 2]))
    np.testing.assert_allclose(found, [2, 1], rtol=1e-12)


def test_a_refused_grad_may_be_none_of_any_function():
    with pytest.raises(ValueError, match="or a grad whose derivative is not symmetric"):
        cd.hessian(None, [1.0, 2.0], grad=lambda x: [x[1] * x[0], x[1]], method="complex")
