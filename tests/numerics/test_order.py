"""Observed order of accuracy: the slope of the error against the step, where truncation rules."""

import numpy as np
import pytest

import centraldiff as cd

METHODS = [("central", p) for p in (2, 4, 6, 8)] + [
    (m, p) for m in ("forward", "backward") for p in (1, 2, 3, 4)
]
L = np.longdouble
X = np.array([0.4, 0.9], L)
V = np.array([1.0, 0.5], L)
U = 2.0**-53


def fun(x):
    return np.exp(x[0] + 2 * x[1] / 3)


def grad(x):
    return fun(x) * np.array([1, L(2) / 3], L)


EXACT_GRADIENT = grad(X)
EXACT_HESSIAN = fun(X) * np.outer([1, L(2) / 3], [1, L(2) / 3])

OPERATORS = {
    "gradient": (lambda **o: cd.gradient(fun, X, **o), EXACT_GRADIENT),
    "jacobian": (lambda **o: cd.jacobian(grad, X, **o), EXACT_HESSIAN),
    "derivative 1": (lambda **o: cd.derivative(np.exp, X, 1, **o), np.exp(X)),
    "derivative 2": (lambda **o: cd.derivative(np.exp, X, 2, **o), np.exp(X)),
    "derivative 3": (lambda **o: cd.derivative(np.exp, X, 3, **o), np.exp(X)),
    "derivative 4": (lambda **o: cd.derivative(np.exp, X, 4, **o), np.exp(X)),
    "hessian": (lambda **o: cd.hessian(fun, X, **o), EXACT_HESSIAN),
    "hessian from gradients": (lambda **o: cd.hessian(None, X, grad=grad, **o), EXACT_HESSIAN),
    "hessian diagonal": (lambda **o: cd.hessian_diagonal(fun, X, **o), np.diag(EXACT_HESSIAN)),
    "directional": (lambda **o: cd.directional_derivative(fun, X, V, **o), EXACT_GRADIENT @ V),
    "hessian times v": (lambda **o: cd.hessian_vector_product(fun, X, V, **o), EXACT_HESSIAN @ V),
    "hessian times v from gradients": (
        lambda **o: cd.hessian_vector_product(None, X, V, grad=grad, **o),
        EXACT_HESSIAN @ V,
    ),
    "gradient beside the hessian": (
        lambda **o: cd.value_gradient_hessian(fun, X, **o)[1],
        EXACT_GRADIENT,
    ),
}


DEGREES = {
    "derivative 2": 2,
    "derivative 3": 3,
    "derivative 4": 4,
    "hessian": 2,
    "hessian diagonal": 2,
    "hessian times v": 2,
}


@pytest.mark.parametrize(("method", "order"), METHODS)
@pytest.mark.parametrize("name", OPERATORS)
def test_error_falls_with_the_power_that_the_order_promises(name, method, order):
    operator, exact = OPERATORS[name]
    p = order
    if name == "gradient beside the hessian" and method != "central":
        p += 1  # it has the Hessian's n + p nodes, one more than it needs
    # error = C h^p (1 + O(h) or O(h^2)), as small an h as leaves it 1000 times above the rounding
    # S u / h^n at h / 2; derivatives of exp have one sign, so that no C is small by accident
    n = DEGREES.get(name, 1)
    reach = (n + p - 1) // 2
    offsets = range(-reach, reach + 1) if method == "central" else range(n + p)
    stencil = cd.stencil(offsets, n)
    rounding = float(sum(abs(w) for w in stencil.weights)) * float(np.finfo(L).eps)
    least_h = 2 * (1e3 * rounding / abs(float(stencil.error_constant))) ** (1 / (n + p))
    h = 2.0 ** np.ceil(np.log2(least_h))
    steps = (h, h / 2)
    errors = [np.abs(operator(method=method, order=order, abs_step=s) - exact).max() for s in steps]
    slope = float(np.log2(errors[0] / errors[1]))
    # the next term is a few h times the first one-sided, h^2 central: a slope off by less than 0.3
    assert abs(slope - p) < 0.3


@pytest.mark.parametrize("order", [2, 4, 6, 8])
def test_error_is_the_stencils_error_constant(order):
    h = 2.0**-5
    got = cd.derivative(np.exp, L(0.5), order=order, abs_step=h)
    reach = order // 2
    constant = cd.stencil(range(-reach, reach + 1)).error_constant
    expected = L(constant.numerator) / constant.denominator * np.exp(L(0.5)) * L(h) ** order
    rounding = 8 * np.finfo(L).eps / h
    assert abs((got - np.exp(L(0.5))) / expected - 1) < h + rounding / abs(expected)


def test_trap_14_a_hessian_takes_longer_steps_than_a_gradient():
    # bounded rounding: u/h^2 is 600 times larger at u^(1/3) than at u^(1/4)
    x = np.linspace(0.3, 1.7, 8)
    k = np.arange(1, 9)

    def fun(x):
        return np.sum(np.sin(x)) + np.cos(x @ k / 20)

    exact = -np.diag(np.sin(x)) - np.outer(k, k) / 400 * np.cos(x @ k / 20)
    default = np.abs(cd.hessian(fun, x) - exact).max()
    of_gradient = np.abs(cd.hessian(fun, x, rel_step=U ** (1 / 3)) - exact).max()
    assert default < 4 * 12 * U**0.5 * 9  # S (|f| + |f''''|) u^(1/2)
    assert of_gradient > 100 * default


@pytest.mark.parametrize(
    ("operator", "exact", "size"),
    [
        (
            lambda **o: cd.gradient(lambda x: np.exp(x).sum(), [0.3, 0.7], **o),
            np.exp([0.3, 0.7]),
            1,
        ),
        (
            lambda **o: cd.hessian_diagonal(lambda x: np.exp(x).sum(), [0.3, 0.7], **o),
            np.exp([0.3, 0.7]),
            1,
        ),
        (lambda **o: cd.derivative(np.exp, [0.3, 0.7], 3, **o), np.exp([0.3, 0.7]), 1),
    ],
)
@pytest.mark.parametrize("order", [2, 4, 6])
def test_the_default_step_is_near_the_bottom_of_the_v(operator, exact, size, order):
    def error(**options):
        return np.abs(operator(order=order, **options) - exact).max()

    # medians over a band of steps, because rounding errors scatter
    steps = 2.0 ** np.arange(-36.0, 1.0)
    errors = np.array([error(rel_step=h) for h in steps])
    smooth = np.array([np.median(errors[max(i - 2, 0) : i + 3]) for i in range(len(steps))])
    # constants of the optimal step (3 |f| / |f'''|)^(1/3) and the like are at most 10 for exp, and
    # the V's arms have slopes n and p: 30 covers a step that is off by a factor 3 at p + n <= 9
    assert error() < 30 * smooth.min()
