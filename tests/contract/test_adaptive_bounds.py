"""method="adaptive" within bounds: never outside, by no ulp; what is said, and found, there."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

INF = np.inf
V = np.array([1.0, -2.0, 0.5])
ADAPTIVE = {"method": "adaptive", "full_output": True}


def number(x):
    return (x * x).sum() + x.flat[0] * x.flat[-1]


def array(x):
    return 2 * x + np.ones_like(x) * x.sum()


def along(x):
    return V[: x.size].astype(x.dtype)


OPERATORS = {
    "gradient": lambda fun, x, **o: cd.gradient(fun(number), x, **o),
    "Gradient": lambda fun, x, **o: cd.Gradient(fun(number), **o)(x),
    "value_and_gradient": lambda fun, x, **o: cd.value_and_gradient(fun(number), x, **o)[1],
    "jacobian": lambda fun, x, **o: cd.jacobian(fun(array), x, **o),
    "hessian": lambda fun, x, **o: cd.hessian(fun(number), x, **o),
    "hessian of grad": lambda fun, x, **o: cd.hessian(None, x, grad=fun(array), **o),
    "hessian_diagonal": lambda fun, x, **o: cd.hessian_diagonal(fun(number), x, **o),
    "value_gradient_hessian": lambda fun, x, **o: cd.value_gradient_hessian(fun(number), x, **o)[2],
    "derivative": lambda fun, x, **o: cd.derivative(fun(lambda x: x * x), x, **o),
    "derivative 4": lambda fun, x, **o: cd.derivative(fun(lambda x: x * x), x, 4, **o),
    "directional": lambda fun, x, **o: cd.directional_derivative(fun(array), x, along(x), **o),
    "product": lambda fun, x, **o: cd.hessian_vector_product(fun(number), x, along(x), **o),
    "product of grad": lambda fun, x, **o: cd.hessian_vector_product(
        None, x, along(x), grad=fun(array), **o
    ),
}
ALONG = ("directional", "product", "product of grad")


class Spy:
    """Counts calls of a function, and lets none be outside."""

    def __init__(self, lower, upper):
        self.lower, self.upper, self.calls = lower, upper, 0

    def __call__(self, fun):
        def spied(x):
            self.calls += 1
            inside = (x >= self.lower) & (x <= self.upper)
            # of one element at a time it is not known which
            assert np.all(inside) if np.ndim(x) else np.any(inside), (x, self.lower, self.upper)
            return fun(x)

        return spied


def ulps(x, k, dtype):
    for _ in range(abs(k)):
        x = np.nextafter(dtype(x), dtype(np.copysign(INF, k)))
    return dtype(x)


ROOMS = [0.0, 1e-300, 1e-12, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 0.1, 3.0, INF]


@st.composite
def boxes(draw, dtypes=(np.float64, np.float32, np.longdouble)):
    """x, lower, upper in one dtype: x on bounds, near them, one ulp beyond; equal bounds."""
    dtype = draw(st.sampled_from(dtypes))
    size = draw(st.integers(1, 3))
    points = st.sampled_from([0.0, -0.0, 1.0, -3.7, 1e-9, 1e6, 0.1])
    x = np.array([draw(points) for _ in range(size)], dtype)
    lower, upper = x.copy(), x.copy()
    for i in range(size):
        scale = dtype(draw(st.floats(0.1, 10)))
        lower[i] = x[i] - dtype(draw(st.sampled_from(ROOMS))) * scale
        upper[i] = x[i] + dtype(draw(st.sampled_from(ROOMS))) * scale
        lower[i] = ulps(lower[i], draw(st.integers(-2, 0)), dtype)
        upper[i] = ulps(upper[i], draw(st.integers(0, 2)), dtype)
        nudge = draw(st.sampled_from([0, 0, 0, 1, -1]))
        bound = {1: upper[i], -1: lower[i], 0: x[i]}[nudge]
        if nudge and np.isfinite(bound):
            x[i] = ulps(bound, nudge, dtype)
    return x, lower, upper


@pytest.mark.parametrize("name", OPERATORS)
@given(box=boxes())
@settings(max_examples=50, deadline=None, derandomize=True)
@example(box=(np.array([1.0, 1.0]), np.array([1.0, 1.0]), np.array([2.0, np.nextafter(1, 2)])))
@example(box=(np.array([0.0, -0.0]), np.array([0.0, 0.0]), np.array([INF, 1e-7])))
@example(box=(np.array([0.1 + 0.2]), np.array([0.0]), np.array([0.3])))
@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_never_outside(name, box):
    x, lower, upper = box
    before = x.copy()
    spy = Spy(lower, upper)
    with np.errstate(all="ignore"):
        r = OPERATORS[name](spy, x, bounds=(lower, upper), **ADAPTIVE)
    assert_array_equal(x, before)
    assert r.nfev == spy.calls <= 2 + 64 * (x.size + 1) + 52 * x.size * 2
    if name in (*ALONG, "hessian of grad"):  # see below for that of grad
        return
    fixed = r.status == "fixed"
    assert fixed[..., lower == upper].all()
    assert (np.abs(r.value) + r.error + r.step)[fixed].sum() == 0
    assert (r.step > 0)[~fixed & np.isfinite(r.value)].all()


@pytest.mark.parametrize("name", ["gradient", "jacobian", "derivative", "directional", "hessian"])
@given(box=boxes([np.float64]))
@settings(max_examples=40, deadline=None, derandomize=True)
@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_quadratics_are_right_near_bounds(name, box):
    x, lower, upper = box
    assume((np.abs(x) > 1e-250).all())  # else fun is 0 wherever it may be called
    at = np.clip(x, lower, upper)
    room = lower < upper
    with np.errstate(all="ignore"):
        r = OPERATORS[name](Spy(lower, upper), x, bounds=(lower, upper), **ADAPTIVE)
    v = along(at) * room
    exact = {
        "jacobian": np.ones((x.size, x.size)) + 2 * np.eye(x.size),
        "derivative": 2 * at,
        "directional": 2 * v + v.sum(),
    }
    corners = np.zeros((x.size, x.size))
    corners[0, -1] += 1
    corners[-1, 0] += 1
    exact["hessian"] = 2 * np.eye(x.size) + corners
    exact["gradient"] = exact["hessian"] @ at
    known = np.isfinite(r.value) & (r.status != "fixed")
    off = np.abs(r.value - exact[name])
    assert (off <= 10 * r.error + 1e-300)[known].all()


@pytest.mark.parametrize("name", OPERATORS)
def test_wide_bounds_change_nothing(name):
    x = np.array([1.0, -2.0, 3.0])
    free = OPERATORS[name](lambda fun: fun, x, **ADAPTIVE)
    wide = OPERATORS[name](lambda fun: fun, x, bounds=(None, 1e6), **ADAPTIVE)
    assert_array_equal(free.value, wide.value)
    assert_array_equal(free.error, wide.error)
    assert free.nfev == wide.nfev


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        (1.0, INF),
        (-INF, 1.0),
        (1.0, 1.001),
        (1 - 1e-3, 1 + 1e-3),
        (1 - 1e-6, 1 + 1e-9),
        (1 - 1e-12, INF),
        (1.0, 1 + 1e-8),
        (np.nextafter(1, 2), 3.0),
    ],
)
@pytest.mark.parametrize("n", [1, 2])
def test_errors_are_honest_at_bounds(lower, upper, n):
    x = np.clip(1.0, lower, upper)
    functions = (np.exp, np.sin, lambda x: 1 / (x + 1e-3), lambda x: np.log(x + 0.1))
    exact = {
        1: (np.exp(x), np.cos(x), -((x + 1e-3) ** -2), 1 / (x + 0.1)),
        2: (np.exp(x), -np.sin(x), 2 * (x + 1e-3) ** -3, -((x + 0.1) ** -2)),
    }[n]
    for fun, known in zip(functions, exact, strict=True):
        r = cd.derivative(Spy(lower, upper)(fun), 1.0, n, bounds=(lower, upper), **ADAPTIVE)
        assert abs(r.value - known) <= 10 * r.error
        assert r.status in (
            "converged", "one side only", "shrunk at a bound", "limited by noise", "not converged"
        )  # fmt: skip
        if min(x - lower, upper - x) > 1e-4 or max(x - lower, upper - x) == INF:
            assert abs(r.value - known) <= 1e-7 * abs(known)


def test_x_one_ulp_beyond_is_moved_onto_the_bound_and_minus_0_is_0():
    beyond = np.nextafter(1.0, 2)
    r = cd.gradient(Spy(0, 1)(lambda x: x[0] ** 2), [beyond], bounds=(0, 1), **ADAPTIVE)
    s = cd.gradient(Spy(0, 1)(lambda x: x[0] ** 2), [1.0], bounds=(0, 1), **ADAPTIVE)
    assert r.value == s.value
    for zero in (-0.0, 0.0):
        r = cd.gradient(Spy(0, 1)(lambda x: x[0] ** 2 + x[0]), [zero], bounds=(0, 1), **ADAPTIVE)
        assert abs(r.value[0] - 1) <= 10 * r.error[0]
        assert r.status[0] == "one side only"
    with pytest.raises(cd.ArgumentValueError, match=r"x\[0\] = 1.1"):
        cd.gradient(number, [1.1], bounds=(0, 1), **ADAPTIVE)


def test_nested_shapes():
    x = np.array([[[1.0, 2.0]], [[3.0, 4.0]]])
    bounds = (np.where(x == 3, 3.0, -INF), np.array([INF, 4.0]))
    r = cd.gradient(Spy(*np.broadcast_arrays(*bounds))(number), x, bounds=bounds, **ADAPTIVE)
    assert (np.abs(r.value - cd.gradient(number, x, order=4)) <= 1e-9).all()
    one, both = "one side only", "converged"
    assert r.status.tolist() == [[[both, both]], [[one, one]]]


def test_directions_at_a_corner():
    # one coordinate may only grow, the other only shrink: v may be followed to one side alone
    spy = Spy(np.array([0.0, -INF]), np.array([INF, 1.0]))
    r = cd.directional_derivative(
        spy(lambda x: np.exp(x[0]) * x[1] ** 2), [0.0, 1.0], [1.0, -1.0],
        bounds=([0, -INF], [INF, 1]), **ADAPTIVE,
    )  # fmt: skip
    assert abs(r.value - (1 - 2)) <= 10 * r.error < 1e-8
    assert r.status == "one side only"


@pytest.mark.parametrize("x", [np.float32(0), np.array([1, 0], np.float32)])
def test_float32_zeros_within_bounds(x):
    r = cd.gradient(lambda x: np.sum(np.sin(x)), x, bounds=(-9, 9), **ADAPTIVE)
    assert np.abs(r.value - np.cos(x)).max() < 1e-3


def test_float32_zeros_along_a_line():
    x = np.zeros(2, np.float32)
    r = cd.directional_derivative(lambda x: np.sum(np.sin(x)), x, [1.0, 1.0], **ADAPTIVE)
    assert abs(r.value - 2) < 1e-3


@pytest.mark.parametrize(
    ("x", "lower", "upper"),
    [
        (0.0, 0.0, 1e-30),
        (0.0, -1e-200, 1e-100),
    ],
)
def test_short_intervals_shrink_the_step(x, lower, upper):
    known = cd.gradient(lambda x: 3 * x[0], [x], bounds=(lower, upper), full_output=True)
    assert known.status == "shrunk at a bound"
    assert abs(known.value - 3) <= 10 * known.error + 1e-12
    r = cd.gradient(lambda x: 3 * x[0], [x], bounds=(lower, upper), **ADAPTIVE)
    assert abs(r.value - 3) <= 10 * r.error + 1e-12


@pytest.mark.parametrize(("x", "lower", "upper"), [(1.0, 1.0, np.nextafter(1.0, 2))])
def test_an_interval_without_room_is_a_fixed_coordinate(x, lower, upper):
    r = cd.gradient(number, [x], bounds=(lower, upper), full_output=True)
    assert (r.value, r.status) == (0, "fixed")
    r = cd.gradient(number, [x], bounds=(lower, upper), **ADAPTIVE)
    assert (r.value, r.status) == (0, "fixed")


@pytest.mark.parametrize(
    ("dtype", "word"), [(np.float32, "limited by noise"), (np.float64, "one side only")]
)
def test_a_product_that_is_finite_is_not_called_otherwise(dtype, word):
    x = np.array([1.414669], dtype)
    r = cd.hessian_vector_product(number, x, [1.0], bounds=(-11.5, x[0]), **ADAPTIVE)
    assert abs(r.value[0] - 4) <= 10 * r.error[0] < 1e-3
    assert r.status[0] == word  # a millionth is beyond what float32 can say of a second derivative


def test_gradients_of_fixed_coordinates_are_not_looked_at():
    """As with fixed steps: no half of a mixed derivative, from the one side that was seen."""
    bounds = [1, 0], [1, 9]
    coupled = np.array([[2.0, 3.0], [3.0, 4.0]])
    for options in ({}, {"method": "adaptive"}):
        options |= {"bounds": bounds, "grad": coupled.__matmul__}
        H = cd.hessian(None, [1.0, 2.0], **options)
        np.testing.assert_allclose(H, [[0, 0], [0, 4]], atol=1e-8)
        product = cd.hessian_vector_product(None, [1.0, 2.0], [1.0, 1.0], **options)
        np.testing.assert_allclose(product, [0, 4], atol=1e-8)


def test_the_gradient_beside_a_hessian_says_what_has_no_room():
    narrow = [1.0, 0.0], [np.nextafter(1.0, 2.0), 9.0]
    found = cd.value_gradient_hessian(number, [1.0, 2.0], bounds=narrow, **ADAPTIVE)
    assert found[1].status.tolist() == ["fixed", "converged"]


def test_noise_is_estimated_for_elements_beside_fixed_ones():
    bounds = [1, 0, 0], [1, 9, 9]
    found = cd.derivative(np.sin, [1.0, 2.0, 3.0], noise="estimate", bounds=bounds, **ADAPTIVE)
    np.testing.assert_allclose(found.value, [0, *np.cos([2, 3])], rtol=1e-6)


@pytest.mark.parametrize(
    "options", [{}, {"noise": 1e-13}, {"noise": "estimate"}, {"max_nfev": 400}]
)
def test_a_direction_that_has_no_room_on_either_side(options):
    """One coordinate can only go on along v, another only back: both have derivatives."""
    options = {"method": "adaptive", "bounds": ([1.0, 2.0], None), **options}
    x, v = np.array([1.0, 2.0]), np.array([1.0, -1.0])

    def fun(y):
        assert (y >= x).all()
        return y[0] * y[1]

    def grad(y):
        return np.array([y[1], y[0]])

    found = cd.directional_derivative(fun, x, v, full_output=True, **options)
    assert abs(found.value - 1) <= 10 * found.error < 1e-6
    assert found.status == "one side only"
    both = cd.hessian_vector_product(fun, x, v, **options)
    assert_allclose(both, [-1, 1], atol=1e-5)
    assert_allclose(cd.hessian_vector_product(None, x, v, grad=grad, **options), [-1, 1], atol=1e-9)
    product = cd.Hessian(None, grad=grad, **options).operator(x) @ v
    assert_allclose(product, [-1, 1], atol=1e-9)


def test_directions_in_boxes():
    rng = np.random.default_rng(5)
    for _ in range(100):
        x, v, w = rng.normal(size=(3, 4))
        room = rng.exponential(size=(2, 4)) * 10.0 ** rng.uniform(-6, 1, (2, 4))
        room[rng.random((2, 4)) < 0.35] = 0
        lower, upper = x - room[0], x + room[1]
        moves = np.where(lower < upper, v, 0)
        found = cd.directional_derivative(
            lambda y, w=w: np.exp(y @ w / 3) + y[0] * y[1],
            x, v, method="adaptive", bounds=(lower, upper), full_output=True,
        )  # fmt: skip
        right = np.exp(x @ w / 3) * (moves @ w) / 3 + x[1] * moves[0] + x[0] * moves[1]
        assert abs(found.value - right) <= 10 * found.error + 1e-12
