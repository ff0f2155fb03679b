"""Plans of sparse derivatives, and their kernels, against what NumPy says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd
from centraldiff import _twin_sparse
from centraldiff._compressed import BlendPlan, ColorPlan, Groups
from centraldiff._compression import jacobian_groups, symmetric_groups, term_blends, value_blends
from centraldiff._formula import coordinate_formula, pair_formula
from centraldiff._pattern import as_pattern
from centraldiff._within_groups import groups_within

N = 10
INF = np.inf
BAND = abs(np.arange(N)[:, None] - np.arange(N)) <= 1
ODD = np.arange(N) % 2 == 1
METHODS = [
    *[("central", order) for order in (2, 4, 6, 8)],
    *[(method, order) for method in ("forward", "backward") for order in (1, 2, 3, 4)],
]
DTYPES = [np.float32, np.float64, np.longdouble]


def point(dtype=np.float64):
    return np.random.default_rng(3).normal(size=N).astype(dtype)


BOUNDS = {
    "none": None,
    "wide": (-100.0, 100.0),
    "lower": (point(), INF),
    "upper": (-INF, point()),
    "opposite": (np.where(ODD, point(), -9), np.where(ODD, 9, point())),
    "some fixed": (np.where(ODD, point(), -9), np.where(ODD, point(), 9)),
    "narrow": (point() - 1e-9, point() + 3e-9),
}


def fun(x):
    y = np.sin(x)
    y[1:] += x[:-1] ** 2 * x[1:]
    y[:-1] += np.exp(x[1:]) * x[:-1]
    return y


def number(x):
    return np.sum(np.sin(x)) + np.sum(x[1:] * x[:-1] ** 2)


def grad(x):
    g = np.cos(x)
    g[1:] += x[:-1] ** 2
    g[:-1] += 2 * x[1:] * x[:-1]
    return g


def tree(n, seed):
    """A random tree with its diagonal: what substitution needs two groups for."""
    rng = np.random.default_rng(seed)
    matrix = np.eye(n, dtype=bool)
    for i in range(1, n):
        j = rng.integers(max(0, i - 4), i)
        matrix[i, j] = matrix[j, i] = True
    return matrix


def bounded(plan, bounds):
    """The plan within bounds, as the way of sparsity= has it."""
    if bounds is None:
        return plan
    lower, upper = (np.broadcast_to(np.asarray(side, plan.x.dtype), N) for side in bounds)
    return groups_within(plan, lower, upper)[0]


def numbers(plan, m):
    """Values of no function at all."""
    dtype = np.result_type(plan.x.real.dtype, np.float64)
    return np.random.default_rng(5).normal(size=(len(plan), m)).astype(dtype)


def of_kind(kind, method, order, x, bounds):
    pattern = as_pattern("sparsity", BAND)
    if kind in ("jacobian", "gradients"):
        groups = jacobian_groups(pattern) if kind == "jacobian" else symmetric_groups(pattern, True)
        formula = coordinate_formula(1, method, order)
        plan = ColorPlan(formula, x, False, None, groups, gradients=kind == "gradients")
    else:
        groups, blends = (value_blends if kind == "values" else term_blends)(pattern)
        formula = pair_formula(method, order)
        plan = BlendPlan(formula, x, False, None, groups, blends, scalar=kind == "values")
    return bounded(plan, bounds)


KINDS = pytest.mark.parametrize("kind", ["jacobian", "gradients", "values", "terms"])
AT_BOUNDS = pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)


@np.errstate(all="ignore")  # fixed coordinates have steps of 0, in twins too
@KINDS
@AT_BOUNDS
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("method", "order"), METHODS)
def test_kernels_against_their_twins(kind, bounds, dtype, method, order):
    x = point(dtype)
    plan = of_kind(kind, method, order, x, bounds)
    values = numbers(plan, 1 if kind == "values" else N)
    found = plan.combine(values[:, 0] if kind == "values" else values).data
    if isinstance(plan, BlendPlan):
        expected = _twin_sparse.blend(plan, values, plan.formula)
        scale = abs(values).max() / np.min(plan.axis_steps[plan.axis_steps > 0], initial=1) ** 2
        rtol = 1e-6 if dtype == np.float32 else 1e-12
        assert_allclose(found, expected, rtol=rtol, atol=1e-14 * float(scale))
        return
    expected = _twin_sparse.entries(plan, values, plan.formula, plan.near)
    if kind == "gradients":
        expected = _twin_sparse.symmetrised_entries(plan.groups, plan.axis_steps, expected)
    assert_array_equal(found, expected.astype(dtype))


@KINDS
@AT_BOUNDS
@pytest.mark.parametrize("dtype", DTYPES)
def test_points_are_within_bounds_and_move_one_group(kind, bounds, dtype):
    x = point(dtype)
    if bounds is not None:
        bounds = tuple(np.broadcast_to(np.asarray(side, dtype), N) for side in bounds)
    plan = of_kind(kind, "central", 2, x, bounds)
    color = plan.groups.arrays["color"]
    points = plan.points()
    assert points.dtype == dtype
    for k, moved in enumerate(points):
        if bounds is not None:
            assert np.all(moved >= bounds[0])
            assert np.all(moved <= bounds[1])
        groups = np.unique(color[moved != x])
        assert len(groups) <= (2 if isinstance(plan, BlendPlan) else 1)
        place = plan.place(k)
        if place == "at x":
            assert_array_equal(moved, x)
        for group in groups:
            assert plan.group_words(group) in place
        assert_array_equal(plan.points(k, k + 1)[0], moved)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("method", "order"), METHODS)
def test_spans_are_the_distances_of_the_points(dtype, method, order):
    x = point(dtype)
    plan = of_kind("jacobian", method, order, x, None)
    arrays, points = plan.formula.arrays(), plan.points()
    nodes = len(arrays["offsets"])
    color = plan.groups.arrays["color"]
    for j in range(N):
        first = plan.head + color[j] * nodes
        for k, (plus, minus) in enumerate(zip(arrays["plus"], arrays["minus"], strict=True)):
            start = points[first + minus, j] if minus >= 0 else x[j]
            assert plan.spans[j, k] == points[first + plus, j] - start


@pytest.mark.parametrize("dtype", DTYPES)
def test_complex_steps(dtype):
    x = point(dtype)
    plan = of_kind("jacobian", "complex", None, x, None)
    points = plan.points()
    assert points.dtype == np.result_type(dtype, np.complex64)
    assert_array_equal(points.real, np.broadcast_to(x, points.shape))
    assert ((points.imag != 0).sum(axis=0) == 1).all()
    values = numbers(plan, N)
    expected = _twin_sparse.entries(plan, values, plan.formula, plan.near)
    assert_array_equal(differentiated(plan, values), expected.astype(dtype))


def differentiated(plan, values):
    """combine takes what fun returns: complex values."""
    return plan.combine(values * 1j).data


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [2, 3, 10, 60])
def test_trees_by_substitution(n, seed):
    """Two groups for any tree; exact for quadratics, up to rounding."""
    pattern = tree(n, seed)
    rng = np.random.default_rng(seed)
    matrix = np.where(pattern, rng.normal(size=(n, n)), 0)
    matrix = matrix + matrix.T
    x = rng.normal(size=n)
    calls = 0

    def gradient(x):
        nonlocal calls
        calls += 1
        return matrix @ x

    found = cd.hessian(None, x, grad=gradient, sparsity=pattern, full_output=True)
    groups = symmetric_groups(as_pattern("sparsity", pattern), False)
    assert calls == found.nfev == 2 * groups.p + 2
    assert_allclose(found.value.toarray(), matrix, atol=1e-8)
    off = abs(found.value.toarray() - matrix)
    assert (off <= found.error.toarray() + 1e-9).all()
    assert_array_equal(found.value.toarray(), found.value.toarray().T)


@pytest.mark.parametrize("seed", range(5))
def test_substitution_is_that_of_the_twin(seed):
    groups = symmetric_groups(as_pattern("sparsity", tree(12, seed)), False)
    assert "elimination" in groups.arrays
    x = np.random.default_rng(seed).normal(size=12)
    plan = ColorPlan(coordinate_formula(1, "central", 2), x, False, None, groups, gradients=True)
    values = np.random.default_rng(7).normal(size=(len(plan), 12))
    expected = _twin_sparse.entries(plan, values, plan.formula, plan.near)
    expected = _twin_sparse.symmetrised_entries(groups, plan.axis_steps, expected)
    assert_array_equal(plan.combine(values).data, expected)


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("kind", ["jacobian", "gradients", "values", "terms"])
def test_plans(kind, bounds):
    """What the plan says is what is done, and elsewhere the values can be had too."""
    function = {"gradients": grad, "values": number}.get(kind, fun)
    if kind == "jacobian":
        prepared = cd.Jacobian(fun, sparsity=BAND, bounds=bounds, verify_sparsity=False)
    else:
        prepared = cd.Hessian(
            None if kind == "gradients" else function,
            grad=grad if kind == "gradients" else None,
            sparsity=BAND, bounds=bounds, sum_of_terms=kind == "terms", verify_sparsity=False,
        )  # fmt: skip
    x = point()
    plan = prepared.plan(x)
    points = plan.points()
    assert len(plan) == len(points)
    found = plan.combine([function(np.array(p)) for p in points])
    expected = prepared(x)
    assert_array_equal(found.indptr, expected.indptr)
    assert_array_equal(found.indices, expected.indices)
    assert_array_equal(found.data, expected.data)
    assert all(isinstance(plan.place(k), str) for k in range(len(plan)))
    with pytest.raises(cd.CentraldiffError):
        plan.combine(np.zeros((len(plan), 3)))


def test_nobody_can_change_what_kernels_point_at():
    groups, blends = term_blends(as_pattern("sparsity", BAND))
    for owner in (groups, blends, symmetric_groups(as_pattern("sparsity", BAND), False)):
        with pytest.raises(TypeError):
            owner.arrays["row"] = None
        with pytest.raises(AttributeError):
            owner.arrays.clear()
        for array in owner.arrays.values():
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
    with pytest.raises(TypeError, match="once"):
        groups.__init__(groups.pattern, np.zeros(N), [0, 0], [])
    with pytest.raises(TypeError, match="once"):
        blends.__init__(blends.pattern, [], ([], [], [0]), ([],) * 4, ([],) * 3)


def test_groups_are_for_as_many_columns_as_x_has():
    groups = jacobian_groups(as_pattern("sparsity", BAND))
    formula = coordinate_formula(1, "central", 2)
    with pytest.raises(cd.ArgumentValueError, match="not those of 3 columns"):
        ColorPlan(formula, np.ones(3), False, None, groups)
    with pytest.raises(cd.ArgumentValueError, match="not those of"):
        ColorPlan(formula, np.ones(N), False, None, type(groups).__new__(type(groups)))


def test_more_than_can_be_numbered_is_refused():
    pattern = as_pattern("sparsity", BAND)
    with pytest.raises(cd.ArgumentValueError, match="sparsity leads to more than 2147483647"):
        Groups(pattern, np.zeros(N), [0, 1], np.array([2**31]))
    wide = np.ones((1, 70_000), bool)
    with pytest.raises(cd.ArgumentValueError, match="2449965000"):
        cd.hessian(lambda x: x[:1], np.ones(70_000), sparsity=wide, sum_of_terms=True)
