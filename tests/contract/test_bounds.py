"""Bounds: fun is never called outside, not by one ulp; cost; fixed coordinates; refusals."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import centraldiff as cd

INF = np.inf
METHODS = [
    *({"method": "central", "order": p} for p in (2, 4, 6, 8)),
    *({"method": m, "order": p} for m in ("forward", "backward") for p in (1, 2, 3, 4)),
    {"method": "complex"},
]
V = np.array([1.0, -2.0, 0.5])


def number(x):
    return (x * x).sum() + x.flat[0] * x.flat[-1]


def array(x):
    return 2 * x + np.ones_like(x) * x.sum()


def along(x):
    if x.size > len(V):
        return np.ones_like(x)
    return V[: x.size].reshape(x.shape).astype(x.dtype)


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
FROM_VALUES = {"hessian", "hessian_diagonal", "value_gradient_hessian", "product", "derivative 4"}
CALLS = [
    pytest.param(name, method, id=f"{name}, {method['method']} {method.get('order', '')}")
    for name in OPERATORS
    for method in METHODS
    if not (method["method"] == "complex" and name in FROM_VALUES)
]


class Spy:
    """A function that counts its calls, and those outside bounds (raising might be caught)."""

    def __init__(self, lower, upper):
        self.lower, self.upper, self.calls, self.outside = lower, upper, 0, 0

    def __call__(self, fun):
        def spied(x):
            self.calls += 1
            inside = (np.real(x) >= self.lower) & (np.real(x) <= self.upper)
            # of one element of x it is not known which one it is
            self.outside += not (inside.all() if np.ndim(x) else np.any(inside))
            return fun(x)

        return spied


def or_lost(function, *args, **options):
    """What the function returns, or None where steps along lines of mixed scales are lost."""
    try:
        return function(*args, **options)
    except cd.ArgumentValueError as error:
        if "lost in rounding" not in str(error):
            raise
        return None


def ulps(x, k, dtype):
    for _ in range(abs(k)):
        x = np.nextafter(dtype(x), dtype(np.copysign(INF, k)))
    return dtype(x)


ROOMS = [0.0, 1e-300, 1e-12, 1e-8, 1e-6, 1e-5, 2e-5, 1e-4, 1e-3, 0.1, 3.0, INF]


@st.composite
def boxes(draw):
    """x, lower, upper in one dtype: x on bounds, near them, one ulp beyond; equal bounds."""
    dtype = draw(st.sampled_from([np.float64, np.float32, np.longdouble]))
    size = draw(st.integers(1, 3))
    x = np.array(
        [draw(st.sampled_from([0.0, -0.0, 1.0, -3.7, 1e-9, 1e6, 0.1])) for _ in range(size)], dtype
    )
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


@pytest.mark.parametrize(("name", "method"), CALLS)
@given(box=boxes())
@settings(max_examples=25, deadline=None)
@example(box=(np.array([1.0, 1.0]), np.array([1.0, 1.0]), np.array([2.0, np.nextafter(1, 2)])))
@example(box=(np.array([0.0, -0.0]), np.array([0.0, 0.0]), np.array([INF, 1e-7])))
@example(box=(np.array([0.1 + 0.2]), np.array([0.0]), np.array([0.3])))
def test_never_outside(name, method, box):
    x, lower, upper = box
    before = x.copy()
    spy = Spy(lower, upper)
    with np.errstate(all="ignore"):
        r = or_lost(OPERATORS[name], spy, x, bounds=(lower, upper), full_output=True, **method)
    assert_array_equal(x, before)
    assert not spy.outside
    if r is None:
        return
    assert r.nfev == spy.calls
    assert np.isfinite(r.value).all()
    fixed = r.status == "fixed"
    assert (np.asarray(r.value)[fixed] == 0).all()
    assert (np.asarray(r.error)[fixed] == 0).all()
    equal = np.flatnonzero(lower == upper)
    if name not in ("directional", "product", "product of grad"):
        assert (np.asarray(r.value)[..., equal] == 0).all()
        assert (np.asarray(r.status)[..., equal] == "fixed").all()


@pytest.mark.parametrize(("name", "method"), CALLS)
def test_well_inside_bounds_change_nothing(name, method):
    x = np.array([1.0, -2.0, 3.0])
    spy = Spy(-INF, INF)
    free = OPERATORS[name](spy, x, **method)
    for bounds in [(-9, 9), (None, 9.0), ([-9, None, 0], INF), (np.full(3, -9), [9, 9, INF])]:
        assert_array_equal(OPERATORS[name](spy, x, bounds=bounds, **method), free)


@pytest.mark.parametrize(("name", "method"), CALLS)
def test_the_callers_x_stays_and_a_number_is_a_number(name, method):
    x = np.nextafter(1.0, 2.0)
    seen = []

    def fun(f):
        return lambda x: seen.append(x) or f(np.asarray(x))

    if name in ("directional", "product", "product of grad", "hessian of grad"):
        return
    r = OPERATORS[name](fun, x, bounds=(0, 1), full_output=True, **method)
    assert np.shape(r.value) == ()
    assert all(isinstance(x, float | complex) and 0 <= x.real <= 1 for x in seen)


def test_nested_shapes():
    x = np.array([[[1.0, 2.0]], [[3.0, 4.0]]])
    bounds = (np.where(x == 3, 3.0, -INF), np.array([INF, 4.0]))
    r = cd.gradient(number, x, bounds=bounds, full_output=True)
    np.testing.assert_allclose(r.value, cd.gradient(number, x), rtol=1e-8)
    asked, one = "rounding only", "one side only"
    assert r.status.tolist() == [[[asked, asked]], [[one, one]]]
    assert cd.hessian(number, x, bounds=bounds).shape == x.shape * 2


def test_words_of_a_matrix_are_those_of_its_coordinates():
    r = cd.hessian(
        number, [1.0, 1.0, 1.0, 1.0],
        bounds=([-INF, 1, 1 - 1e-7, 1], [INF, 2, 1 + 1e-7, 1]), full_output=True,
    )  # fmt: skip
    words = ["rounding only", "one side only", "shrunk at a bound", "fixed"]
    worst = np.maximum.outer(range(4), range(4))
    assert_array_equal(r.status, np.array(words)[worst])
    assert r.step[3] == 0
    assert r.step[2] == pytest.approx(1e-7, rel=1e-6)


def test_scipys_bounds_are_welcome():
    optimize = pytest.importorskip("scipy.optimize")
    x = np.array([0.0, 1.0])
    spy = Spy([0, -INF], INF)
    g = cd.gradient(spy(number), x, bounds=optimize.Bounds([0, -INF], INF))
    np.testing.assert_allclose(g, [1, 2], atol=1e-8)
    G = cd.Gradient(spy(number), bounds=optimize.Bounds([0, -INF], INF))
    found = optimize.minimize(number, [1.0, 1.0], jac=G, bounds=optimize.Bounds([0, -INF], INF))
    np.testing.assert_allclose(found.x, 0, atol=1e-4)
    assert not spy.outside


# with k of n coordinates on a bound: evaluations
COST = [
    ("gradient", {}, lambda n, k: 1 + 2 * n),
    ("gradient", {"order": 4}, lambda n, k: 1 + 4 * n),
    ("gradient", {"method": "forward", "order": 2}, lambda n, k: 1 + 2 * n),
    ("gradient", {"method": "complex"}, lambda n, k: n + 3),
    ("value_and_gradient", {}, lambda n, k: 1 + 2 * n),
    ("hessian of grad", {}, lambda n, k: 1 + 2 * n),
    ("hessian_diagonal", {}, lambda n, k: 1 + 2 * (n - k) + 3 * k),
    ("directional", {}, lambda n, k: 3),
    (
        "hessian", {},
        lambda n, k: 1 + 2 * (n - k) + 3 * k
        + (n - k) * (n - k - 1) + 4 * k * (n - k) + 3 * k * (k - 1) // 2,
    ),
    (
        "hessian", {"order": 4},
        lambda n, k: 1 + 4 * (n - k) + 5 * k
        + 2 * (n - k) * (n - k - 1) + 16 * k * (n - k) + 5 * k * (k - 1) // 2,
    ),
    ("hessian", {"method": "forward"}, lambda n, k: 1 + n * (n + 3) // 2),
    ("product", {}, lambda n, k: 1 + 3 + 3 * k + 2 * (n - k) + 3 * k + 4 * (n - k)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "method", "cost"), COST)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_cost_at_bounds_as_documented(name, method, cost, k):
    n = 5
    x = np.ones(n)
    upper = np.where(np.arange(n) < k, 1.0, INF)
    spy = Spy(-INF, upper)
    OPERATORS[name](spy, x, bounds=(-INF, upper), **method)
    assert (spy.calls, spy.outside) == (cost(n, k), 0)


def test_a_direction_that_no_side_has_room_for_takes_two_lines():
    spy = Spy(0, INF)
    Jv = cd.directional_derivative(spy(array), [0.0, 0.0], [1.0, -1.0], bounds=(0, None))
    np.testing.assert_allclose(Jv, [2, -2], rtol=1e-9)
    assert (spy.calls, spy.outside) == (5, 0)
    spy = Spy(0, INF)
    r = cd.hessian_vector_product(
        spy(number), [0.0, 0.0], [1.0, -1.0], bounds=(0, None), full_output=True
    )
    np.testing.assert_allclose(r.value, [1, -1], rtol=1e-6)
    assert not spy.outside
    assert r.status.tolist() == ["one side only"] * 2


def test_fixed_coordinates_cost_nothing():
    spy = Spy(-INF, INF)
    bounds = ([0, 1, -INF], [INF, 1, INF])
    x = np.ones(3)
    assert_array_equal(cd.gradient(spy(number), x, bounds=bounds)[1], 0)
    assert spy.calls == 4
    H = cd.hessian(spy(number), x, bounds=bounds)
    assert spy.calls == 4 + 2**2 + 2 + 1
    assert_array_equal(H[1], 0)
    assert_array_equal(H[:, 1], 0)
    assert cd.gradient(spy(number), x, bounds=(1, 1)).tolist() == [0, 0, 0]
    assert cd.jacobian(array, x, bounds=(1, 1)).tolist() == [[0] * 3] * 3
    assert spy.calls == 11
    f, g, H = cd.value_gradient_hessian(number, x, bounds=(1, 1))
    assert (f, g.any(), H.any()) == (4.0, False, False)


def test_prepared_objects_look_at_bounds_each_time():
    spy = Spy(0, 1)
    G = cd.Gradient(spy(number), bounds=(0, 1))
    for x in ([0.0, 1.0], [0.5, 0.5], [1.0, 1.0]):
        np.testing.assert_allclose(G(x), 2 * np.array(x) + x[::-1], atol=1e-7)
    assert not spy.outside
    assert len(G.plan([0.0, 1.0])) == 5
    with pytest.raises(cd.ArgumentValueError, match=r"x\[1\] = 1.5"):
        G([0.0, 1.5])


def test_plans_of_bounded_points():
    for plan, fun in [
        (cd.gradient_plan([0.0, 1.0], bounds=(0, 2)), number),
        (cd.gradient_plan([0.0, 1.0], bounds=(0, 2)), array),
        (cd.hessian_plan([0.0, 1.0], bounds=(0, 2)), number),
        (cd.hessian_plan([0.0, 1.0], bounds=(0, 2), from_gradients=True), array),
    ]:
        points = plan.points()
        assert (points >= 0).all()
        exact = [[3, 1], [1, 3]] if fun is array else [[2, 1], [1, 2]]
        derivative = plan.combine([fun(x) for x in points])
        if derivative.ndim == 2:
            np.testing.assert_allclose(derivative, exact, atol=1e-5)
        assert repr(plan).startswith("<BoundedPlan of")


BAD = [
    (3, TypeError, ["bounds", "(lower, upper)", "int"]),
    ("ab", TypeError, ["bounds", "str"]),
    (np.array(1), TypeError, ["bounds", "(lower, upper)", "shape ()"]),
    (np.ma.masked, TypeError, ["bounds", "(lower, upper)", "shape ()"]),
    (np.ma.array([0, 5], mask=[1, 0]), TypeError, ["lower bounds", "masked"]),
    (np.ma.array([[0, 0], [5, 5]], mask=[[0, 0], [0, 1]]), TypeError, ["upper bounds", "masked"]),
    ((0, 1, 2), ValueError, ["bounds", "(lower, upper)", "3"]),
    ((1.0, 0.0), ValueError, ["bounds", "lower <= upper", "1.0", "0.0"]),
    (([0, 2], [1, 1]), ValueError, ["bounds", "lower 2.0 and upper 1.0", "(1,)"]),
    ((np.nan, 1), ValueError, ["lower bounds", "nan"]),
    ((0, [1, np.nan]), ValueError, ["upper bounds", "nan", "(1,)"]),
    (([0, 0, 0], 1), ValueError, ["bounds", "(2,)", "(3,)"]),
    (([0, 0, 0], [1, 1]), ValueError, ["bounds", "(3,)", "(2,)"]),
    (([[0, 0]], 9), ValueError, ["bounds", "(2,)", "(1, 2)"]),
    (("a", 1), TypeError, ["lower bounds", "real numbers"]),
    ((1j, 1), TypeError, ["lower bounds", "real numbers"]),
    ((0, 1.5), ValueError, ["x must be within bounds", "x[1] = 2.0", "0.0", "1.5"]),
    ((1 + 1e-10, 3), ValueError, ["x must be within bounds", "x[0] = 1.0"]),
]


@pytest.mark.parametrize(("bounds", "error", "words"), BAD, ids=lambda value: str(value)[:30])
def test_bad_bounds(operator, bounds, error, words):
    calls = []
    with pytest.raises(error) as caught:
        operator(lambda x: calls.append(1), np.array([1.0, 2.0]), bounds=bounds)
    assert isinstance(caught.value, cd.CentraldiffError)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert not calls


def test_x_that_is_not_finite_is_blamed_itself():
    with pytest.raises(cd.ArgumentValueError, match="x must be finite"):
        cd.gradient(number, [np.nan, 1.0], bounds=(0, 2))


def test_float32_bounds_are_rounded_inward():
    third = 1 / 3
    x = np.array([third], np.float32)  # rounds up
    spy = Spy(0.0, third)
    g = cd.gradient(spy(lambda x: x[0] ** 2), x, bounds=(0, third))
    assert g[0] == pytest.approx(2 / 3, rel=1e-3)
    assert not spy.outside
    assert cd.gradient(lambda x: x[0], x, bounds=(third, third)) == 0


def test_a_kink_at_the_bound_is_not_stepped_over():
    g = cd.gradient(lambda x: np.sqrt(x[0]) + np.log(x[1]), [1e-20, 1.0], bounds=(1e-20, None))
    assert np.isfinite(g).all()


@pytest.mark.parametrize("of", [cd.gradient_plan, cd.hessian_plan])
@pytest.mark.parametrize("shape", [(), (1,), (2,), (2, 2)])
def test_plans_where_all_is_fixed(of, shape):
    # the result was whatever had been in its memory
    x = np.ones(shape)
    plan = of(x, bounds=(x, x))
    for _ in range(20):
        np.full(plan.combine(np.zeros(len(plan))).shape, 7.0)
        assert not np.any(plan.combine(np.zeros(len(plan))))


def test_two_pairs_that_can_be_read_both_ways():
    with pytest.raises(cd.ArgumentValueError, match=r"tuple\(zip.* x being inside of both"):
        cd.gradient(np.sum, [1.0, 7.0], bounds=[(0, 1), (5, 10)])
    for bounds in (([0, 1], [5, 10]), [[0, 1], [5, 10]], ((0, 1), (5, 10))):
        assert np.allclose(cd.gradient(np.sum, [1.0, 7.0], bounds=bounds), 1)
    assert np.allclose(cd.gradient(np.sum, [2.0, 7.0], bounds=[(0, 1), (5, 10)]), 1)


@pytest.mark.parametrize("pairs", [[(0, None), (0, None)], [(None, None), (0, 9)]])
def test_pairs_with_none_are_told_of(pairs):
    with pytest.raises(cd.ArgumentValueError, match=r"tuple\(zip\(\*pairs\)\)"):
        cd.gradient(np.sum, [1.0, 7.0], bounds=pairs)
    assert np.allclose(cd.gradient(np.sum, [1.0, 7.0], bounds=tuple(zip(*pairs, strict=True))), 1)


@pytest.mark.parametrize("options", [{}, {"method": "forward"}, {"typical_x": 0.1}, {"order": 4}])
def test_far_from_bounds_they_change_nothing(options):
    rng = np.random.default_rng(0)
    for x in rng.uniform(-1, 1, (20, 3)):
        box = (x - rng.choice([1e-9, 1e-3, 1], 3), x + rng.choice([1e-9, 1e-3, 1, np.inf], 3))
        G = cd.Gradient(lambda x: np.sin(x).prod(), bounds=box, **options)
        free = cd.gradient_plan(x, **options)
        inside = bool(((free.points() >= box[0]) & (free.points() <= box[1])).all())
        assert (type(G.plan(x)) is type(free)) == inside
        if inside:
            expected = cd.gradient(lambda x: np.sin(x).prod(), x, **options)
            assert_array_equal(G(x), expected)
        lists = cd.gradient(lambda x: np.sin(x).prod(), x.tolist(), bounds=box, **options)
        assert_array_equal(G(x), lists)  # which go the longer way
