"""Plans: cost, points in windows, combination, words, refusals, memory."""

import tracemalloc

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._formula import coordinate_formula, element_formula, pair_formula
from centraldiff._plans import AxisPlan, ElementPlan, LinePairPlan, LinePlan, PairPlan

X = np.array([[1.0, -2.0], [0.5, 3.0]])
V = np.array([[1.0, 0.0], [-2.0, 0.5]])
H = np.full((2, 2), 0.5)  # along V, whose largest entry is 2, the step is 0.25
PLANS = {
    "axis": lambda: cd.gradient_plan(X),
    "axis one-sided": lambda: cd.gradient_plan(X, method="backward", order=2),
    "axis complex": lambda: cd.gradient_plan(X, method="complex"),
    "gradients": lambda: cd.hessian_plan(X, from_gradients=True),
    "pair": lambda: cd.hessian_plan(X),
    "pair of order 4": lambda: cd.hessian_plan(X, order=4),
    "pair one-sided": lambda: cd.hessian_plan(X, method="forward"),
    "element": lambda: ElementPlan(element_formula(2, "central", 4), X),
    "line": lambda: LinePlan(coordinate_formula(1, "central", 4), X, False, V, H),
    "line one-sided": lambda: LinePlan(coordinate_formula(1, "forward", 2), X, False, V, H),
    "line pair": lambda: LinePairPlan(pair_formula("central", 2), X, False, V, H),
}


@pytest.fixture(params=PLANS)
def plan(request):
    return PLANS[request.param]()


@pytest.mark.parametrize("n", [0, 1, 2, 7])
@pytest.mark.parametrize("p", [2, 4, 6, 8])
def test_len_is_the_documented_cost_central(n, p):
    x = np.ones(n)
    assert len(cd.gradient_plan(x, order=p)) == p * n
    assert len(cd.hessian_plan(x, order=p)) == 1 + p * n * (n + 1) // 2
    assert len(cd.hessian_plan(x, order=p, from_gradients=True)) == max(p * n, n == 0)


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("method", ["forward", "backward"])
@pytest.mark.parametrize("p", [1, 2, 3, 4])
def test_len_is_the_documented_cost_one_sided(n, method, p):
    x = np.ones(n)
    pairs = n * (n + 3) // 2 if p == 1 else (p + 1) * n * (n + 1) // 2
    assert len(cd.gradient_plan(x, method=method, order=p)) == 1 + p * n
    assert len(cd.hessian_plan(x, method=method, order=p)) == 1 + pairs


def test_len_is_the_documented_cost_of_the_rest():
    assert len(cd.hessian_plan(np.ones(5))) == 5**2 + 5 + 1
    assert len(cd.gradient_plan(np.ones(5), method="complex")) == 5


def test_points_in_windows_are_the_points(plan):
    points = plan.points()
    assert points.shape == (len(plan), *plan.point_shape)
    for start in range(len(plan) + 1):
        for stop in {start, min(start + 1, len(plan)), min(start + 5, len(plan)), len(plan)}:
            np.testing.assert_array_equal(plan.points(start, stop), points[start:stop])


def test_points_are_the_callers_to_change(plan):
    before = plan.points()
    plan.points()[:] = np.nan
    plan.x[...] = np.nan
    np.testing.assert_array_equal(plan.points(), before)


def test_points_differ_from_each_other_and_move_few_coordinates(plan):
    points = plan.points()
    assert len(np.unique(points.reshape(len(points), -1), axis=0)) == len(points)
    limit = {AxisPlan: 1, PairPlan: 2}.get(type(plan))
    if limit:
        assert ((points != plan.x).reshape(len(points), -1).sum(axis=1) <= limit).all()


def test_the_plan_does_not_follow_the_callers_array():
    x = np.array([1.0, 2.0])
    plan = cd.gradient_plan(x)
    before = plan.points()
    x[:] = 7
    np.testing.assert_array_equal(plan.points(), before)
    np.testing.assert_array_equal(plan.x, [1, 2])


@pytest.mark.parametrize("window", [(-1, 2), (3, 2), (0, 10**6), (10**6, 10**6)])
def test_windows_outside_are_refused(plan, window):
    with pytest.raises(ValueError, match=r"start|stop"):
        plan.points(*window)


@pytest.mark.parametrize("window", [(0.0, 1), (0, "1"), (None, 1)])
def test_windows_that_are_not_integers_are_refused(plan, window):
    with pytest.raises(TypeError):
        plan.points(*window)


def test_steps_are_the_displacements():
    plan = cd.gradient_plan(X)
    points = plan.points()
    h = plan.steps
    assert h.shape == X.shape
    for i, place in enumerate(np.ndindex(X.shape)):
        assert points[2 * i][place] - X[place] == h[place] == X[place] - points[2 * i + 1][place]
    np.testing.assert_array_equal(plan.spans, 2 * h.reshape(-1, 1))


def test_combine_takes_values_of_any_shape():
    plan = cd.gradient_plan(X)
    A = np.arange(24.0).reshape(2, 3, 2, 2)
    values = [np.tensordot(A, x) for x in plan.points()]
    got = plan.combine(values)
    assert got.shape == (2, 3, 2, 2)
    # u max|f| / h with sums of four terms of size up to 23 * 3
    np.testing.assert_allclose(got, A, atol=4 * 2.0**-53 * 200 / plan.steps.min())


def test_combine_of_a_quadratic_for_every_plan(plan):
    # f = sum(q x_i x_j): hessian Q + Q'; all formulas are exact on it
    Q = np.arange(16.0).reshape(4, 4)
    A = Q + Q.T
    points = plan.points().reshape(len(plan), -1)
    scale = np.abs(A).sum() * 10  # bounds |f| near X
    h = np.abs(np.real(plan.steps)).min() if not isinstance(plan, LinePlan) else 0.25
    if isinstance(plan, ElementPlan):
        got, expected = plan.combine(3 * points[:, 0] ** 2), np.full(X.shape, 6.0)
    elif plan.value_shape == X.shape:
        got, expected = plan.combine((points @ A).reshape(-1, 2, 2)), A.reshape(2, 2, 2, 2)
    else:
        got = plan.combine(np.einsum("ki,ij,kj->k", points, Q, points))
        g = (A @ X.ravel()).reshape(2, 2)
        if isinstance(plan, PairPlan):
            expected = A.reshape(2, 2, 2, 2)
        elif isinstance(plan, LinePairPlan):
            expected = (A @ V.ravel()).reshape(2, 2)
        else:
            expected = (g * V).sum() if isinstance(plan, LinePlan) else g
    second = isinstance(plan, PairPlan | ElementPlan)
    rounding = (
        20
        * 2.0**-53
        * scale
        / (h * h if second else h if not isinstance(plan, LinePairPlan) else h * 0.25)
    )
    if plan.formula.imaginary:
        rounding = 1e-12
    if plan.formula.degree == 1 and plan.formula.sizes[0] == 1 and not plan.formula.imaginary:
        rounding += np.abs(A).max() * h
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=rounding)


def test_combine_of_non_finite_values_spoils_what_needs_them_alone():
    plan = cd.hessian_plan(np.ones(3))
    values = np.zeros(len(plan))
    values[plan.head] = np.inf  # the first node of the pair (0, 1)
    got = plan.combine(values)
    expected = np.zeros((3, 3))
    expected[0, 1] = expected[1, 0] = np.nan
    np.testing.assert_array_equal(got, expected)
    plan = cd.gradient_plan(np.ones(3))
    values = np.zeros((len(plan), 2))
    values[3, 1] = np.nan
    np.testing.assert_array_equal(plan.combine(values), [[0, 0, 0], [0, np.nan, 0]])


def test_combine_leaves_the_values_alone(plan):
    shape = (len(plan), *(plan.value_shape or ()))
    values = np.random.default_rng(1).standard_normal(shape) * (1j if plan.formula.imaginary else 1)
    before = values.copy()
    plan.combine(values)
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("given", ["list", "float32", "int", "bool", "Fortran", "strided"])
def test_combine_takes_every_real_array(given):
    plan = cd.gradient_plan([1.0, 2.0])
    values = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 1]])
    expected = plan.combine(values.astype(float))
    other = {
        "list": values.tolist(),
        "float32": values.astype(np.float32),
        "int": values,
        "bool": values.astype(bool),
        "Fortran": np.asfortranarray(values, dtype=float),
        "strided": np.repeat(values.astype(float), 2, axis=1)[:, ::2],
    }[given]
    np.testing.assert_array_equal(plan.combine(other), expected)


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        (3.0, ValueError, r"values must have one row for each of the 4 points.*\(\)"),
        (np.zeros(3), ValueError, r"4 points.*\(3,\)"),
        (np.zeros((5, 4)), ValueError, "4 points"),
        (np.zeros(4, complex), TypeError, "values must be real.*complex"),
        (["a"] * 4, TypeError, "values must be real"),
        ([None] * 4, TypeError, "values must be real"),
    ],
)
def test_wrong_values_are_refused(values, error, words):
    with pytest.raises(error, match=words) as caught:
        cd.gradient_plan([1.0, 2.0]).combine(values)
    assert isinstance(caught.value, cd.CentraldiffError)


@pytest.mark.parametrize("tail", [(2,), (1,), (2, 2)])
def test_values_of_a_hessian_plan_are_numbers(tail):
    plan = cd.hessian_plan([1.0, 2.0])
    with pytest.raises(ValueError, match=r"values must have shape \(7,\)"):
        plan.combine(np.zeros((7, *tail)))


def test_values_of_a_plan_of_gradients_have_the_shape_of_x():
    plan = cd.hessian_plan(X, from_gradients=True)
    with pytest.raises(ValueError, match=r"values must have shape \(8, 2, 2\)"):
        plan.combine(np.zeros((8, 4)))


@pytest.mark.parametrize("value", [1, None, "yes"])
def test_from_gradients_is_a_bool(value):
    with pytest.raises(TypeError, match="from_gradients must be True or False"):
        cd.hessian_plan([1.0], from_gradients=value)


def test_words_for_every_kind_of_point():
    plan = cd.gradient_plan([1.0, 2.0], abs_step=0.25)
    assert [plan.place(k) for k in range(4)] == [
        "at x[0] displaced by +0.25",
        "at x[0] displaced by -0.25",
        "at x[1] displaced by +0.25",
        "at x[1] displaced by -0.25",
    ]
    assert cd.gradient_plan(X, method="forward").place(0) == "at x"
    assert cd.gradient_plan(X, abs_step=0.5).place(5) == "at x[1, 0] displaced by -0.5"
    assert cd.gradient_plan(1.0, abs_step=0.5).place(0) == "at x displaced by +0.5"
    assert (
        cd.gradient_plan([1.0], method="complex", abs_step=0.5).place(0)
        == "at x[0] displaced by +0.5i"
    )
    plan = cd.hessian_plan([1.0, 2.0], abs_step=0.5)
    assert plan.place(0) == "at x"
    assert plan.place(4) == "at x[1] displaced by -0.5"
    assert plan.place(6) == "at x[0] displaced by -0.5 and x[1] displaced by -0.5"
    plan = PLANS["line"]()
    assert plan.place(2) == "at x displaced by +2 steps along v"
    plan = PLANS["line pair"]()
    assert plan.place(2) == "at x displaced by -1 steps along v"
    assert plan.place(len(plan) - 1).startswith("at x[1, 1] displaced by -")
    assert plan.place(len(plan) - 1).endswith(" and -1 steps along v")


def test_words_say_what_the_points_are(plan):
    points = plan.points()
    for k, point in enumerate(points):
        words = plan.place(k)
        if np.array_equal(point, plan.x):
            assert words == "at x"
        elif "along v" not in words and not isinstance(plan, ElementPlan):
            moved = [f"x[{i}, {j}]" for i, j in np.argwhere(point != plan.x)]
            assert [
                name for name in ("x[0, 0]", "x[0, 1]", "x[1, 0]", "x[1, 1]") if name in words
            ] == moved


@pytest.mark.parametrize("beyond", [0, 1, 1000])
def test_there_are_no_words_for_points_that_do_not_exist(plan, beyond):
    with pytest.raises((ValueError, IndexError)):
        plan.place(len(plan) + beyond)
    with pytest.raises((ValueError, IndexError)):
        plan.place(-1 - beyond)


def test_numbers_and_empty_arrays():
    plan = cd.gradient_plan(2.0)
    assert plan.points().shape == (2,)
    assert np.ndim(plan.combine([1.0, 0.0])) == 0
    assert np.ndim(plan.x) == np.ndim(plan.steps) == 0
    assert cd.hessian_plan(2.0).combine([0.0, 1.0, 1.0]) > 0
    assert cd.hessian_plan(np.array([])).combine([5.0]).shape == (0, 0)
    assert cd.hessian_plan(np.array([])).points().shape == (1, 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_everything_is_in_the_dtype_of_x(dtype):
    for plan in (cd.gradient_plan(X.astype(dtype)), cd.hessian_plan(X.astype(dtype))):
        assert plan.points().dtype == plan.x.dtype == plan.steps.dtype == dtype
        assert plan.combine(np.zeros(len(plan))).dtype == dtype


@pytest.mark.thread_unsafe(reason="memory is that of the process")
def test_a_plan_is_small_however_many_points_it_has():
    n = 100_000
    x = np.ones(n)
    dense = 2 * n * n * 8  # what the points would take
    makers = (
        lambda: cd.gradient_plan(x),
        lambda: cd.hessian_plan(x),
        lambda: cd.hessian_plan(x, from_gradients=True),
        lambda: LinePairPlan(pair_formula("central", 2), x, False, x),
    )
    for make in makers:
        tracemalloc.start()
        plan = make()
        window = plan.points(len(plan) - 3, len(plan))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert window.shape == (3, n)
        # x, steps, spans, nodes, a line and the window: a few vectors of n
        assert peak < 20 * n * 8 < dense / 1000


@pytest.mark.parametrize("kind", [AxisPlan, PairPlan])
def test_a_formula_is_needed(kind):
    with pytest.raises(TypeError):
        kind(None, np.ones(2))


def test_a_plan_cannot_be_set_up_twice():
    plan = cd.gradient_plan([1.0])
    with pytest.raises(TypeError):
        plan.__init__(coordinate_formula(1, "central", 2), np.ones(2))
