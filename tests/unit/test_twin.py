"""Every kernel against its NumPy twin: points and steps bit for bit, combinations to a few ulp."""

from itertools import combinations

import numpy as np
import pytest

import centraldiff as cd
from centraldiff import _twin
from centraldiff._formula import coordinate_formula, element_formula, pair_formula
from centraldiff._plans import AxisPlan, ElementPlan, LinePairPlan, LinePlan, PairPlan

DTYPES = [np.float32, np.float64, np.longdouble]
REAL = [("central", order) for order in (2, 4, 6, 8)] + [
    (method, order) for method in ("forward", "backward") for order in (1, 2, 3, 4)
]
ALL = [*REAL, ("complex", None)]

every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: np.dtype(d).name)
every_real_formula = pytest.mark.parametrize(("method", "order"), REAL)
every_formula = pytest.mark.parametrize(("method", "order"), ALL)


@pytest.fixture
def rng():
    return np.random.default_rng(20240229)


def mixed_scales(rng, n, dtype):
    """Coordinates of both signs, of sizes from far below 1 to far above it, zeros among them."""
    x = rng.standard_normal(n) * 10.0 ** rng.integers(-6, 6, n)
    x[rng.random(n) < 0.1] = 0
    return x.astype(dtype)


def default_steps(x, formula):
    """h = u^exponent max(|x|, 1), in x's dtype, so that x + h and x - h are exact."""
    u = float(np.finfo(x.dtype).eps) / 2
    h = x.dtype.type(u**formula.exponent) * np.maximum(np.abs(x), x.dtype.type(1))
    return h if formula.imaginary else _twin.representable(x, h)


def random_values(rng, shape, plan):
    dtype = np.longdouble if plan.x.dtype in (np.longdouble, np.clongdouble) else np.float64
    # values with full mantissas, longdouble ones too
    return rng.standard_normal(shape).astype(dtype) + rng.standard_normal(shape).astype(dtype) / 3


def assert_same_bits(got, expected):
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(np.signbit(got.real), np.signbit(expected.real))


def result_ulps(plan, worst, terms):
    """Rounding bound of two sums of so many terms, of which `worst` is the sum of sizes."""
    eps = np.finfo(plan.steps.dtype).eps  # the result is rounded to x's dtype
    working = np.longdouble if plan.steps.dtype == np.longdouble else np.float64
    return 2 * (terms + 4) * np.finfo(working).eps * worst + eps * worst


@every_dtype
@every_formula
def test_axis_plan_steps_spans_and_points(method, order, dtype, rng):
    formula = coordinate_formula(1, method, order)
    x = mixed_scales(rng, 17, dtype)
    plan = AxisPlan(formula, x)
    h = default_steps(x, formula)
    assert_same_bits(plan.steps, h)
    assert_same_bits(plan.spans.astype(dtype), _twin.axis_spans(x, h, formula))
    points = plan.points()[plan.head :]
    assert_same_bits(
        points,
        _twin.axis_points(
            x,
            _twin.axis_nodes(x, h, formula),
        ),
    )
    if plan.head:
        assert_same_bits(plan.points(0, 1)[0], plan.x)


@every_dtype
@every_real_formula
@pytest.mark.parametrize("n", [2, 3, 6])
def test_higher_derivatives_divide_by_steps(n, method, order, dtype, rng):
    formula = element_formula(n, method, order)
    x = mixed_scales(rng, 11, dtype)
    plan = ElementPlan(formula, x)
    h = default_steps(x, formula)
    assert_same_bits(plan.spans.astype(dtype), _twin.axis_spans(x, h, formula))
    assert_same_bits(plan.points(), _twin.axis_nodes(x, h, formula).ravel())


@every_dtype
@every_real_formula
def test_pair_plan_points(method, order, dtype, rng):
    formula = pair_formula(method, order)
    x = mixed_scales(rng, 7, dtype)
    plan = PairPlan(formula, x)
    nodes = _twin.axis_nodes(x, default_steps(x, formula), formula)
    expected = np.vstack(
        [x[None], _twin.axis_points(x, nodes), _twin.pair_points(x, nodes, formula)]
    )
    assert_same_bits(plan.points(), expected)


@every_dtype
@every_formula
def test_line_plan_points_and_spans(method, order, dtype, rng):
    formula = coordinate_formula(1, method, order)
    arrays = formula.arrays()
    x, v = mixed_scales(rng, 9, dtype), rng.standard_normal(9).astype(dtype)
    plan = LinePlan(formula, x, False, v)
    line, t = _twin.line(x, v, default_steps(x, formula), formula)
    assert_same_bits(plan.points()[plan.head :], _twin.line_points(x, line, formula))
    # spans: the displacement taken, projected on v. Sums of 9 terms in x's dtype, a few divisions
    other = np.array([arrays["offsets"][node] if node >= 0 else 0 for node in arrays["minus"]])
    moved = arrays["offsets"][arrays["plus"]] - other
    np.testing.assert_allclose(
        plan.spans[0] / (moved * t), 1, rtol=0, atol=24 * np.finfo(dtype).eps
    )


@every_dtype
def test_no_coordinate_of_a_line_moves_more_than_its_step(dtype, rng):
    x, v = rng.choice([-1, 1], 9).astype(dtype), rng.standard_normal(9).astype(dtype)
    h = np.exp(rng.uniform(-1, 0, 9)).astype(dtype)
    plan = LinePlan(coordinate_formula(1, "central", 2), x, False, v, h)
    moved = np.abs(plan.points() - x).max(axis=0)
    taken = _twin.representable(x, h)
    eps = np.finfo(dtype).eps
    assert (moved <= taken * (1 + 4 * eps) + eps * np.abs(x)).all()
    assert (moved / taken).max() > 1 - 0.01  # as long as it may be


@every_dtype
@every_real_formula
def test_line_pair_plan_points(method, order, dtype, rng):
    formula = pair_formula(method, order)
    arrays = formula.arrays()
    x, v = mixed_scales(rng, 5, dtype), rng.standard_normal(5).astype(dtype)
    h = default_steps(x, formula)
    plan = LinePairPlan(formula, x, False, v)
    nodes = _twin.axis_nodes(x, h, formula)
    line, _ = _twin.line(x, v, h, formula)
    along = _twin.line_points(x, line, formula)
    expected = [x, *along]
    for i in range(len(x)):
        for node in range(nodes.shape[1]):
            expected.append(x.copy())
            expected[-1][i] = nodes[i, node]
        for node in arrays["pair_nodes"]:
            expected.append(along[node].copy())
            expected[-1][i] = nodes[i, node] + arrays["offsets"][node].astype(dtype) * line[i]
    assert_same_bits(plan.points(), np.array(expected))


def axis_worst(plan, head, rows):
    """Sum of sizes of all terms of combine_axis, (m, n)."""
    arrays = plan.formula.arrays()
    spans = np.abs(plan.spans)
    total = 0
    for k, (a, b) in enumerate(zip(arrays["plus"], arrays["minus"], strict=True)):
        other = rows[:, b] if b >= 0 else (head if b == -1 else 0)
        total = total + abs(arrays["weights"][k]) * (abs(rows[:, a] - other) / spans[:, k, None])
    return (total / spans[:, :1] ** (plan.formula.degree - 1)).T


@every_dtype
@every_formula
@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("m", [1, 3])
def test_combine_axis(m, degree, method, order, dtype, rng):
    if method == "complex" and degree == 2:
        pytest.skip("the complex step gives first derivatives")
    formula = coordinate_formula(degree, method, order)
    plan = AxisPlan(formula, mixed_scales(rng, 13, dtype), scalar=False)
    s = formula.sizes[0]
    values = random_values(rng, (len(plan), m), plan)
    head, rows = values[: plan.head], values[plan.head :].reshape(13, s, m)
    expected = _twin.combine_axis(head, rows, plan.spans, formula).astype(dtype)
    given = values if not formula.imaginary else 1j * values
    got = plan.combine(given)
    assert got.dtype == dtype
    if formula.sizes[1] == 1:  # one term: nothing that could be done in another order
        assert_same_bits(got, expected)
    bound = result_ulps(plan, axis_worst(plan, head, rows), formula.sizes[1])
    assert (np.abs(got - expected) <= bound).all()


@every_dtype
@every_real_formula
@pytest.mark.parametrize("n", [1, 3, 5])
def test_combine_elements(n, method, order, dtype, rng):
    formula = element_formula(n, method, order)
    plan = ElementPlan(formula, mixed_scales(rng, 6, dtype))
    values = random_values(rng, len(plan), plan)
    rows = values.reshape(6, -1, 1)
    expected = _twin.combine_axis(values[:0, None], rows, plan.spans, formula)[0].astype(dtype)
    bound = result_ulps(plan, axis_worst(plan, None, rows)[0], formula.sizes[1] + n)
    assert (np.abs(plan.combine(values) - expected) <= bound).all()


@every_dtype
@every_formula
def test_combine_line(method, order, dtype, rng):
    formula = coordinate_formula(1, method, order)
    plan = LinePlan(formula, rng.uniform(1, 2, 5).astype(dtype), False, np.ones(5, dtype))
    values = random_values(rng, (len(plan), 4), plan)
    head, rows = values[: plan.head], values[plan.head :][None]
    expected = _twin.combine_axis(head, rows, plan.spans, formula)[:, 0].astype(dtype)
    got = plan.combine(values if not formula.imaginary else 1j * values)
    bound = result_ulps(plan, axis_worst(plan, head, rows)[:, 0], formula.sizes[1])
    assert (np.abs(got - expected) <= bound).all()


@every_dtype
@every_real_formula
def test_combine_pairs_and_diagonal(method, order, dtype, rng):
    formula = pair_formula(method, order)
    n, (s, q, p) = 6, formula.sizes
    plan = PairPlan(formula, rng.uniform(1, 2, n).astype(dtype))
    values = random_values(rng, len(plan), plan)
    head, units = values[: plan.head], values[plan.head :]
    h = plan.steps.astype(values.dtype)
    expected = _twin.combine_pairs(head, units, h, formula)
    axes = head[1:].reshape(n, s, 1)
    np.fill_diagonal(expected, _twin.combine_axis(head[:1, None], axes, plan.spans, formula))
    arrays = formula.arrays()
    sizes = (
        4
        * np.abs(values).max()
        * (
            np.abs(arrays["pair_weights"]).sum()
            + 2 * np.abs(arrays["axis_weights"]).sum()
            + np.abs(arrays["weights"]).sum()
        )
    )
    bound = result_ulps(plan, sizes / h[:, None] / h, s + p + q)
    got = plan.combine(values)
    assert (np.abs(got - expected.astype(dtype)) <= bound).all()
    assert_same_bits(got, got.T)


@every_dtype
@every_real_formula
def test_combine_line_pairs(method, order, dtype, rng):
    formula = pair_formula(method, order)
    s, _, p = formula.sizes
    x = rng.uniform(1, 2, 6).astype(dtype)
    plan = LinePairPlan(formula, x, False, np.ones(6, dtype))
    values = random_values(rng, len(plan), plan)
    h = plan.steps.astype(values.dtype)
    expected = _twin.combine_line(values[: plan.head], values[plan.head :], h, plan.t, formula)
    arrays = formula.arrays()
    sizes = (
        4
        * np.abs(values).max()
        * (np.abs(arrays["pair_weights"]).sum() + 2 * np.abs(arrays["axis_weights"]).sum())
    )
    bound = result_ulps(plan, sizes / h / plan.t, s + p)
    assert (np.abs(plan.combine(values) - expected.astype(dtype)) <= bound).all()


@every_dtype
def test_gradients_are_symmetrised_as_the_twin_does(dtype, rng):
    x = rng.uniform(1, 2, 5).astype(dtype)
    alone = AxisPlan(coordinate_formula(1, "central", 2), x, scalar=False)
    plan = cd.hessian_plan(x, from_gradients=True)
    values = random_values(rng, (len(plan), 5), plan)
    if dtype is np.float32:  # rounded after the mean, not before
        values = values.astype(np.float32)
        u = 2.0**-24
        np.testing.assert_allclose(
            plan.combine(values),
            _twin.symmetrised(alone.combine(values)),
            rtol=0,
            atol=2 * u * np.abs(alone.combine(values)).max(),
        )
    else:
        assert_same_bits(plan.combine(values), _twin.symmetrised(alone.combine(values)))


@pytest.mark.parametrize("n", [*range(2, 30), 64, 91, 128, 199, 200])
def test_every_pair_of_coordinates_has_its_turn_row_by_row(n):
    plan = PairPlan(pair_formula("forward", 1), np.zeros(n))
    points = plan.points(plan.head)
    assert len(points) == n * (n - 1) // 2
    moved = [tuple(row) for row in np.argwhere(points != 0)[:, 1].reshape(-1, 2)]
    assert moved == list(combinations(range(n), 2))


@pytest.mark.parametrize("n", [1000, 99_991])
def test_the_row_of_a_pair_is_right_at_its_ends_for_large_n(n):
    # the pair's row is a rounded square root: its ends are where it would go wrong
    plan = PairPlan(pair_formula("forward", 1), np.zeros(n))
    for i in [0, 1, n // 3, n // 2, n - 3, n - 2]:
        first = plan.head + i * (2 * n - i - 1) // 2
        for pair, (a, b) in ((first, (i, i + 1)), (first + n - i - 2, (i, n - 1))):
            assert np.flatnonzero(plan.points(pair, pair + 1)[0]).tolist() == [a, b]
            assert plan.place(pair).startswith(f"at x[{a}] ")
            assert f" and x[{b}] " in plan.place(pair)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("order", [2, 4])
def test_sparse_terms_as_their_twin_adds_them(dtype, order):
    x = np.array([1.0, 0.5, 2.0, -1.0], dtype)
    bounds = ([1, -np.inf, 2, -1], [np.inf, 0.5, np.inf, -1])
    rng = np.random.default_rng(3)
    for plan, m in [
        (cd.gradient_plan(x, bounds=bounds, order=order), 3),
        (cd.hessian_plan(x, bounds=bounds, order=order), 1),
        (cd.Jacobian(np.sin, bounds=bounds, method="forward", order=order).plan(x), 2),
    ]:
        values = rng.normal(size=(len(plan), m)).astype(plan.spans.dtype)
        twin = _twin.combine_sparse(values, plan.terms.columns, plan.terms.arrays)
        kernel = plan.combine(values[:, 0] if m == 1 else values)
        np.testing.assert_allclose(
            np.ravel(kernel), twin.ravel().astype(dtype), rtol=50 * np.finfo(dtype).eps
        )
    values[0] = np.nan
    assert np.isnan(plan.combine(values)).sum() == 2 * 3  # all but the fixed coordinate need x
    assert np.isnan(_twin.combine_sparse(values, 4, plan.terms.arrays)).sum() == 2 * 3
