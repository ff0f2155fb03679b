"""What must hold for every function, point and option."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import centraldiff as cd

U = 2.0**-53
METHODS = [("central", p) for p in (2, 4, 6, 8)] + [
    (m, p) for m in ("forward", "backward") for p in (1, 2, 3, 4)
]
DTYPES = [np.float32, np.float64, np.longdouble]
settings.register_profile("centraldiff", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("centraldiff")

methods = st.sampled_from(METHODS)
numbers = st.floats(-10, 10, allow_subnormal=False)


def vectors(n, elements=numbers):
    return arrays(np.float64, n, elements=elements)


sizes = st.integers(1, 6)
points = sizes.flatmap(vectors)
small = st.floats(-2, 2, allow_subnormal=False)
any_size = st.floats(-1e12, 1e12, allow_subnormal=False)


def smooth(x):
    """Not symmetric in its coordinates, of order 1."""
    k = np.arange(1, x.size + 1)
    return np.sum(np.sin(k * x.ravel() / 8)) + np.prod(np.cos(x.ravel() / 8 + k))


def same_bits(a, b):
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(np.signbit(a), np.signbit(b))


def weights_of(n, method, order):
    """Sum of sizes of the weights of a method's stencil."""
    reach = (n + order - 1) // 2
    offsets = range(-reach, reach + 1) if method == "central" else range(n + order)
    return float(sum(abs(w) for w in cd.stencil(offsets, n).weights))


@given(methods, st.integers(1, 5), st.data())
def test_polynomials_are_exact_up_to_the_degree_that_the_order_promises(formula, n, data):
    method, order = formula
    # central formulas of odd n are odd, of even n even: both gain nothing beyond n + p - 1
    coefficients = data.draw(vectors(n + order, st.floats(-1, 1)))
    x = data.draw(st.floats(-1, 1))
    p = np.polynomial.Polynomial(coefficients)
    h = 0.125
    got = cd.derivative(p, x, n, method=method, order=order, abs_step=h)
    reach = 1 + h * (n + order)  # |x| of all nodes
    size = sum(abs(c) * reach**k for k, c in enumerate(coefficients))
    # Horner: 2 roundings a degree; then the sum of n + p terms; nodes are exact or rounded once
    rounding = (4 * (n + order) + 8) * U * size * (1 + n + order)
    assert abs(got - p.deriv(n)(x)) <= rounding * weights_of(n, method, order) / h**n


@given(methods, points, numbers, numbers)
def test_operators_are_linear(formula, x, a, b):
    method, order = formula

    def other(x):
        return np.exp(-x.ravel() @ x.ravel() / 100)

    options = {"method": method, "order": order, "abs_step": 2.0**-8}
    size = (abs(a) + abs(b) + 1) * (x.size + 2)
    for operator, degree in ((cd.gradient, 1), (cd.hessian, 2), (cd.hessian_diagonal, 2)):
        together = operator(lambda x: a * smooth(x) + b * other(x), x, **options)
        apart = a * operator(smooth, x, **options) + b * operator(other, x, **options)
        bound = 40 * U * size * weights_of(degree, method, order) * 2.0 ** (8 * degree)
        np.testing.assert_allclose(together, apart, rtol=0, atol=bound)


@given(methods, points)
def test_hessians_are_symmetric_bit_for_bit(formula, x):
    method, order = formula
    H = cd.hessian(smooth, x, method=method, order=order)
    same_bits(H, H.T)
    # a "gradient" whose Jacobian is not symmetric at all
    skew = np.triu(np.arange(1.0, x.size**2 + 1).reshape(x.size, x.size))
    H = cd.hessian(None, x, grad=lambda x: skew @ np.sin(x), method=method, order=order)
    same_bits(H, H.T)


@given(st.integers(1, 5), st.integers(-12, 12), st.integers(0, 2**32 - 1), st.booleans())
def test_quadratics_are_exact_to_rounding_at_any_scale(n, power, seed, at_zero):
    rng = np.random.default_rng(seed)
    S = 10.0**power
    A = rng.uniform(-1, 1, (n, n))
    A += A.T
    x = S * rng.uniform(-1, 1, n) * (not at_zero)
    # f rounds to (n + 2) units of n^2 S^2, over 2 h^2 with h >= u^(1/4) S: seven values a pair
    H = cd.hessian(lambda x: x @ A @ x / 2, x, typical_x=S)
    np.testing.assert_allclose(H, A, rtol=0, atol=8 * (n + 2) * n**2 * 2 * U**0.5)
    # g rounds to n units of n S, over 2 h with h >= u^(1/3) S
    H = cd.hessian(None, x, grad=lambda x: A @ x, typical_x=S)
    np.testing.assert_allclose(H, A, rtol=0, atol=4 * (n + 2) * n * 2 * U ** (2 / 3))
    g = cd.gradient(lambda x: x @ A @ x / 2, x, typical_x=S)
    np.testing.assert_allclose(g, A @ x, rtol=0, atol=4 * (n + 2) * n**2 * 2 * S * U ** (2 / 3))


@given(st.integers(-12, 12), st.integers(0, 2**32 - 1))
def test_quadratics_of_mixed_scales_are_exact_to_rounding(power, seed):
    rng = np.random.default_rng(seed)
    scale = 10.0 ** np.array([0, power, -power])
    A = rng.uniform(-1, 1, (3, 3))
    A += A.T
    x = scale * rng.uniform(-1, 1, 3)
    H = cd.hessian(lambda x: (x / scale) @ A @ (x / scale) / 2, x, typical_x=scale)
    np.testing.assert_allclose(H * scale[:, None] * scale, A, rtol=0, atol=8 * 6 * 9 * 2 * U**0.5)


@given(st.integers(2, 6).flatmap(vectors), st.randoms(use_true_random=False), methods)
def test_permuting_the_coordinates_permutes_the_result(x, random, formula):
    method, order = formula
    order_of = list(range(x.size))
    random.shuffle(order_of)
    back = np.argsort(order_of)
    options = {"method": method, "order": order}
    # fun sees the same numbers in the same places, so every value is the same bits; a mixed entry
    # is divided by two steps in turn, whose turn is the only difference: two roundings
    g = cd.gradient(smooth, x, **options)
    H = cd.hessian(smooth, x, **options)
    same_bits(cd.gradient(lambda y: smooth(y[back]), x[order_of], **options), g[order_of])
    permuted = cd.hessian(lambda y: smooth(y[back]), x[order_of], **options)
    np.testing.assert_allclose(permuted, H[np.ix_(order_of, order_of)], rtol=4 * U, atol=0)
    same_bits(np.diag(permuted), np.diag(H)[order_of])


@given(points, st.floats(-1e3, 1e3))
def test_a_constant_added_to_fun_changes_nothing_but_rounding(x, c):
    bound = 8 * U * (abs(c) + x.size + 1)
    np.testing.assert_allclose(
        cd.gradient(lambda x: smooth(x) + c, x),
        cd.gradient(smooth, x),
        rtol=0,
        atol=bound * U ** (-1 / 3),
    )
    np.testing.assert_allclose(
        cd.hessian(lambda x: smooth(x) + c, x),
        cd.hessian(smooth, x),
        rtol=0,
        atol=4 * bound * U**-0.5,
    )


@given(sizes.flatmap(lambda n: st.tuples(vectors(n), vectors(n))), methods)
def test_jv_is_jacobian_times_v(x_and_v, formula):
    x, v = x_and_v
    method, order = formula
    assume(np.abs(v).max() > 1e-3)

    def fun(x):
        return np.array([smooth(x), np.sin(x / 8).sum()])

    options = {"method": method, "order": order}
    got = cd.directional_derivative(fun, x, v, **options)
    expected = cd.jacobian(fun, x, **options) @ v
    # derivatives of fun are of size n at most; h = u^(1/(p+1)) max(|x|, 1), error C h^p |v|
    u_part = U ** (order / (order + 1)) * 11 ** (order + 1)
    bound = 10 * weights_of(1, method, order) * u_part * x.size * np.abs(v).max() * x.size**order
    np.testing.assert_allclose(got, expected, rtol=0, atol=bound)


@given(sizes.flatmap(lambda n: st.tuples(vectors(n, small), vectors(n, small))))
def test_hv_is_hessian_times_v(x_and_v):
    x, v = x_and_v
    assume(np.abs(v).max() > 1e-3)
    expected = cd.hessian(smooth, x) @ v
    # values: rounding n u / h^2 and truncation h^2 with h = u^(1/4): both u^(1/2), times n terms.
    # The step along v may be shorter than h by the ratio of steps, at most 2.
    bound = 100 * x.size**2 * max(np.abs(v).max(), 1e-3) * U**0.5
    got = cd.hessian_vector_product(smooth, x, v)
    np.testing.assert_allclose(got, expected, rtol=0, atol=bound)
    k = np.arange(1, x.size + 1)
    got = cd.hessian_vector_product(None, x, v, grad=lambda x: np.sin(k * x / 8))
    np.testing.assert_allclose(
        got, k / 8 * np.cos(k * x / 8) * v, rtol=0, atol=100 * x.size**3 * 2 * U ** (2 / 3)
    )


@given(points, methods)
def test_lists_tuples_and_arrays_give_the_same_bits(x, formula):
    method, order = formula
    strided = np.repeat(x, 2)[::2]
    read_only = x.copy()
    read_only.flags.writeable = False
    for operator in (cd.gradient, cd.hessian, cd.hessian_diagonal):
        expected = operator(smooth, x, method=method, order=order)
        for given_as in (x.tolist(), tuple(x.tolist()), strided, read_only, x[::-1].copy()[::-1]):
            same_bits(operator(smooth, given_as, method=method, order=order), expected)


@given(points, methods)
def test_prepared_objects_give_the_same_bits(x, formula):
    method, order = formula
    options = {"method": method, "order": order}
    G, H, J = (kind(smooth, **options) for kind in (cd.Gradient, cd.Hessian, cd.Jacobian))
    for _ in range(3):
        same_bits(G(x), cd.gradient(smooth, x, **options))
        same_bits(H(x), cd.hessian(smooth, x, **options))
        same_bits(J(x), cd.jacobian(smooth, x, **options))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(DTYPES),
            st.sampled_from([(3,), (5,), (2, 3), (1,), (), (0,), (6,)]),
            st.integers(0, 99),
        ),
        min_size=2,
        max_size=12,
    ),
    st.sampled_from([("central", 2), ("forward", 1), ("central", 4), ("complex", None)]),
)
def test_a_prepared_object_does_not_remember_shapes_and_dtypes(calls, formula):
    method, order = formula

    def fun(x):
        x = np.asarray(x)
        return (x * x * x).sum()

    def grad(x):
        return 3 * np.asarray(x) ** 2

    G = cd.Gradient(fun, method=method, order=order)
    J = cd.Jacobian(grad, method=method, order=order)
    H = cd.Hessian(None, grad=grad, method=method, order=order)
    for dtype, shape, seed in calls:
        x = np.random.default_rng(seed).uniform(-2, 2, shape).astype(dtype)
        options = {"method": method, "order": order}
        same_bits(G(x), cd.gradient(fun, x, **options))
        same_bits(J(x), cd.jacobian(grad, x, **options))
        same_bits(H(x), cd.hessian(None, x, grad=grad, **options))
        same_bits(G(x.tolist()), cd.gradient(fun, x.tolist(), **options))


@given(points, methods)
def test_a_plan_evaluated_elsewhere_gives_the_same_bits(x, formula):
    method, order = formula
    options = {"method": method, "order": order}
    plan = cd.gradient_plan(x, **options)
    same_bits(plan.combine([smooth(p) for p in plan.points()]), cd.gradient(smooth, x, **options))
    plan = cd.hessian_plan(x, **options)
    same_bits(plan.combine([smooth(p) for p in plan.points()]), cd.hessian(smooth, x, **options))
    plan = cd.hessian_plan(x, from_gradients=True, **options)
    values = np.array([np.sin(p) for p in plan.points()])
    same_bits(plan.combine(values), cd.hessian(None, x, grad=np.sin, **options))


@given(points, methods)
def test_value_and_gradient_agree_with_the_gradient(x, formula):
    method, order = formula
    f, g = cd.value_and_gradient(smooth, x, method=method, order=order)
    assert f == smooth(x)
    same_bits(g, cd.gradient(smooth, x, method=method, order=order))
    f, g, H = cd.value_gradient_hessian(smooth, x, method=method, order=order)
    assert f == smooth(x)
    same_bits(H, cd.hessian(smooth, x, method=method, order=order))


@given(sizes.flatmap(lambda n: vectors(n, any_size)), st.sampled_from(DTYPES), methods)
def test_steps_are_representable(x, dtype, formula):
    method, order = formula
    x = x.astype(dtype)
    for plan in (
        cd.gradient_plan(x, method=method, order=order),
        cd.hessian_plan(x, method=method, order=order),
    ):
        h = plan.steps
        assert h.dtype == dtype
        assert (h > 0).all()
        np.testing.assert_array_equal((np.abs(x) + h) - np.abs(x), h)
        moved = plan.points().reshape(len(plan), -1) - x
        # the first node of each coordinate is one step away, whichever side it is on
        np.testing.assert_array_equal(np.abs(moved).max(axis=0) > 0, True)


@settings(max_examples=5)
@given(st.integers(17, 30), st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_blocks_do_not_change_a_bit(scale, n, seed):
    # more outputs than a block of 4096 values: blocks are then of the least size, 8 coordinates
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((5000, n))
    x = scale * rng.standard_normal(n)

    def fun(x):
        return np.tanh(A @ (x / scale))

    for options in ({}, {"method": "forward", "order": 2}):
        plan = cd.gradient_plan(x, **options)
        J = cd.jacobian(fun, x, **options)
        same_bits(J, plan.combine([fun(p) for p in plan.points()]))
        same_bits(cd.jacobian(fun, x, full_output=True, **options).value, J)


@pytest.mark.parametrize("method", ["central", "forward"])
@pytest.mark.parametrize("n", [100, 150])
def test_hessians_of_many_blocks_are_the_plan_combined_at_once(n, method):
    x = np.random.default_rng(n).standard_normal(n)
    k = np.arange(n)

    def fun(x):
        return float(np.sin(x @ np.cos(k)) + x[:-1] @ x[1:])

    plan = cd.hessian_plan(x, method=method)
    assert plan.units * plan.unit > 4096  # more than one block
    H = cd.hessian(fun, x, method=method)
    same_bits(H, plan.combine([fun(p) for p in plan.points()]))
    same_bits(H, H.T)
    grad_plan = cd.hessian_plan(x, from_gradients=True, method=method)
    same_bits(
        cd.hessian(None, x, grad=np.sin, method=method),
        grad_plan.combine(np.array([np.sin(p) for p in grad_plan.points()])),
    )
