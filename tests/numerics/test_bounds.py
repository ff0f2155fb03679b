"""At bounds derivatives keep their order, quadratics stay exact, and errors are told."""

import numpy as np
import pytest

import centraldiff as cd

L = np.longdouble
INF = np.inf
X = np.array([0.4, 0.9], L)
V = np.array([1.0, 0.5], L)
METHODS = [("central", p) for p in (2, 4, 6, 8)] + [
    (m, p) for m in ("forward", "backward") for p in (1, 2, 3, 4)
]
WHERE = {
    "lower corner": (X, INF),
    "upper corner": (-INF, X),
    "opposite corner": ([X[0], -INF], [INF, X[1]]),
    "lower edge": ([X[0], -INF], INF),
    "upper edge": (-INF, [INF, X[1]]),
}


def fun(x):
    return np.exp(x[0] + 2 * x[1] / 3)


def grad(x):
    return fun(x) * np.array([1, L(2) / 3], L)


G, H = grad(X), fun(X) * np.outer([1, L(2) / 3], [1, L(2) / 3])
OPERATORS = {
    "gradient": (lambda **o: cd.gradient(fun, X, **o), G, 1),
    "jacobian": (lambda **o: cd.jacobian(grad, X, **o), H, 1),
    "derivative 1": (lambda **o: cd.derivative(np.exp, X, 1, **o), np.exp(X), 1),
    "derivative 4": (lambda **o: cd.derivative(np.exp, X, 4, **o), np.exp(X), 4),
    "hessian": (lambda **o: cd.hessian(fun, X, **o), H, 2),
    "hessian from gradients": (lambda **o: cd.hessian(None, X, grad=grad, **o), H, 1),
    "hessian diagonal": (lambda **o: cd.hessian_diagonal(fun, X, **o), np.diag(H), 2),
    "directional": (lambda **o: cd.directional_derivative(fun, X, V, **o), G @ V, 1),
    "hessian times v": (lambda **o: cd.hessian_vector_product(fun, X, V, **o), H @ V, 2),
    "hessian times v from gradients": (
        lambda **o: cd.hessian_vector_product(None, X, V, grad=grad, **o),
        H @ V,
        1,
    ),
    "gradient beside the hessian": (
        lambda **o: cd.value_gradient_hessian(fun, X, **o)[1],
        G,
        1,
    ),
}


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize(("method", "order"), METHODS)
@pytest.mark.parametrize("name", OPERATORS)
def test_order_is_kept(name, method, order, where):
    operator, exact, n = OPERATORS[name]
    # beside a Hessian a one-sided gradient has one node more than it needs
    p = order + 1 if name == "gradient beside the hessian" else order
    stencil = cd.stencil(range(n + p), n)
    rounding = float(sum(abs(w) for w in stencil.weights)) * float(np.finfo(L).eps)
    least_h = 2 * (3e2 * rounding / abs(float(stencil.error_constant))) ** (1 / (n + p))
    options = {"method": method, "order": order, "bounds": WHERE[where]}
    # entry by entry: another one must not hide behind the largest error
    errors = [np.abs(operator(abs_step=h, **options) - exact) for h in (L(least_h), L(least_h) / 2)]
    seen = errors[0] > 1e-3 * np.max(errors[0])
    slopes = np.log2(errors[0][seen] / errors[1][seen])
    assert slopes.min() > order - max(0.4, 0.1 * order)


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize(
    ("method", "order"), [(m, p) for m, p in METHODS if p >= 2]
)  # fmt: skip
def test_quadratics_are_exact_to_rounding(method, order, where):
    A = np.array([[3.0, -1.0], [-1.0, 4.0]])
    x = np.array([0.5, -0.25])
    lower, upper = (np.broadcast_to(side, 2) for side in WHERE[where])
    bounds = (np.where(np.isfinite(lower), x, -INF), np.where(np.isfinite(upper), x, INF))

    def quadratic(x):
        return x @ A @ x / 2 + x[0]

    options = {"method": method, "order": order, "bounds": bounds, "abs_step": 0.5}
    gradient = A @ x + [1, 0]
    np.testing.assert_allclose(
        cd.gradient(quadratic, x, **options), gradient, rtol=1e-11, atol=1e-11
    )
    np.testing.assert_allclose(cd.hessian(quadratic, x, **options), A, rtol=1e-11, atol=1e-11)
    v = np.array([1.0, 3.0])
    product = cd.hessian_vector_product(quadratic, x, v, **options)
    np.testing.assert_allclose(product, A @ v, rtol=1e-11, atol=1e-11)
    along = cd.directional_derivative(quadratic, x, v, **options)
    assert along == pytest.approx(gradient @ v, rel=1e-11)


def test_mixed_derivative_at_default_steps():
    x = np.array([1.0, 0.5, 2.0])
    fun = lambda x: np.sin(x[0] * x[1]) * np.exp(x[2] / 2)  # noqa: E731
    exact = cd.hessian(fun, x.astype(L), order=8)
    for bounds in [(x, INF), (-INF, x), ([1, -INF, 2], INF), ([-INF, 0.5, -INF], [1, INF, 2])]:
        H = cd.hessian(fun, x, bounds=bounds, full_output=True)
        assert np.abs(H.value - exact).max() < 1e-5
        assert (np.abs(H.value - exact) <= 10 * H.error).all()
        assert (H.value == H.value.T).all()
        one_side = np.array([[s == "one side only" for s in row] for row in H.status])
        assert one_side.any()
        g = cd.gradient(fun, x, bounds=bounds, full_output=True)
        assert (np.abs(g.value - cd.gradient(fun, x.astype(L), order=8)) <= 10 * g.error).all()


@pytest.mark.parametrize("width", [1e-2, 1e-4, 1e-7, 1e-10])
def test_short_intervals_shrink_the_step_and_say_so(width):
    x = np.array([1.0])
    bounds = (1 - 0.3 * width, 1 + 0.7 * width)
    r = cd.gradient(lambda x: np.exp(x[0]), x, bounds=bounds, abs_step=0.1, full_output=True)
    assert r.status[0] == "shrunk at a bound"
    assert r.step[0] == pytest.approx(0.35 * width, rel=1e-5)
    assert abs(r.value[0] - np.e) <= 10 * r.error[0]
    bounds = (1 - 0.4 * width, 1 + 0.6 * width)
    r = cd.gradient(lambda x: np.exp(x[0]), x, bounds=bounds, abs_step=0.1, full_output=True)
    assert r.step[0] == pytest.approx(0.4 * width, rel=1e-5)  # central has the longer step


def test_log_at_its_edge():
    tiny = np.array([1e-5, 1e-300, 2.0])
    g = cd.gradient(lambda x: np.sqrt(x).sum(), tiny, bounds=(0, None), order=4)
    assert np.isfinite(g).all()
    g = cd.gradient(lambda x: np.log(x).sum(), [1e-5], bounds=(1e-6, None), typical_x=1e-5)
    assert g[0] == pytest.approx(1e5, rel=1e-8)
