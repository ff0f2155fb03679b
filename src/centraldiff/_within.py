"""From a plan and bounds to a plan that stays within them.

Where every point of a plan of fixed steps is inside, that is the plan itself. Otherwise its points
are listed anew, each coordinate with the stencil of the same order that has room: a BoundedPlan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._bounded import BoundedPlan
from ._listing import Listing, Sums
from ._mixed import MixedRule, mixed_rule, places_in
from ._near import Near, Nodes, needs_base, words_for, worse
from ._plans import AxisPlan, ElementPlan, LinePairPlan, LinePlan, PairPlan
from ._sides import all_inside, stencils_of
from ._within_lines import line_pairs_within, line_within

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._plan import Plan

    Array = npt.NDArray[Any]


def within(plan: Plan, lower: Array, upper: Array, *, scalar: bool = True) -> Plan:
    """The plan, if it stays within bounds (like x), else one of the same order that does.

    scalar: fun returns numbers; otherwise one point at least has to tell the shape of its values.
    """
    lower, upper = lower.ravel(), upper.ravel()
    if isinstance(plan, LinePlan):
        return line_within(plan, lower, upper)
    if isinstance(plan, LinePairPlan):
        return line_pairs_within(plan, lower, upper)
    if not plan.formula.imaginary:
        x, h = np.ravel(plan.x), np.ravel(plan.axis_steps)
        if all_inside(stencils_of(plan.formula), x, h, lower, upper):
            return plan
    near = Near(plan, lower, upper)
    if near.as_asked:
        return plan
    if isinstance(plan, PairPlan):
        return _pairs(plan, near)
    return _axes(plan, near, scalar)


def _axes(plan: Plan, near: Near, scalar: bool) -> BoundedPlan:
    """Gradients, Jacobians, diagonals, Hessians from gradient calls; derivatives of elements."""
    n, degree = len(near.x), plan.formula.degree
    elements = isinstance(plan, ElementPlan)
    gradients = isinstance(plan, AxisPlan) and plan.gradients
    listing = Listing()
    base = np.full(n, -1)
    if needs_base(near, degree) and elements:
        base[near.free] = listing.add(near.free, near.x[near.free])
    elif plan.head or needs_base(near, degree) or not (scalar or len(near.free)):
        base[:] = listing.add(-1, 0)
    head = min(plan.head, listing.count)
    nodes = near.list_axes(listing, degree)
    terms, lower, tells = _axis_terms(near, nodes, base, degree)
    words = near.sides.word.reshape(plan.shape)
    if gradients:
        words = _both(near.sides.word).reshape(plan.shape * 2)
    return BoundedPlan(
        plan.formula, near.x.reshape(plan.shape), plan.points_are_numbers, "columns",
        points=listing.points(),
        terms=terms.build(),
        lower=lower.build() if tells else None,
        words=words_for(words, plan.formula.imaginary or plan.formula.lower is not None),
        steps=near.sides.h,
        fixed=near.sides.fixed,
        gradients=gradients,
        elements=elements,
        head=head,
    )  # fmt: skip


def _axis_terms(near: Near, nodes: Nodes, base: Array, degree: int) -> tuple[Sums, Sums, bool]:
    """The terms of every free coordinate as a column, those of lower order, and are there any?"""
    both = Sums(len(near.x)), Sums(len(near.x))
    tells = False
    for sums, lower in zip(both, (False, True), strict=True):
        entry = np.full(len(near.x), -1)
        entry[near.free] = sums.entry(near.free, power=degree - 1, divisor=near.sides.h[near.free])
        tells = near.add_axes(sums, entry, nodes, base, degree, lower)
    return *both, tells


def _pairs(plan: Plan, near: Near) -> BoundedPlan:
    """Hessians from values, and the gradients beside them."""
    n = len(near.x)
    listing = Listing()
    base = np.repeat(listing.add(-1, 0), n)
    nodes = near.list_axes(listing, 2)
    head, first = listing.count, listing.points()
    i, j = (near.free[k] for k in np.triu_indices(len(near.free), 1))
    both = Sums(n * n), Sums(n * n)
    tells = False
    for sums, lower in zip(both, (False, True), strict=True):
        diagonal = np.full(n, -1)
        diagonal[near.free] = sums.entry(
            near.free * (n + 1), power=1, divisor=near.sides.h[near.free]
        )
        tells = near.add_axes(sums, diagonal, nodes, base, 2, lower)
    for a, b, rule in _mixed_groups(near, i, j):
        numbers = listing.add(
            a[:, None], nodes.at[a][:, rule.nodes_a], b[:, None], nodes.at[b][:, rule.nodes_b]
        )
        for sums, wanted in zip(both, (rule, rule.lower or rule), strict=True):
            entry = sums.entry(a * n + b, b * n + a)
            _add_mixed(sums, entry, near, nodes, a, b, numbers[:, places_in(rule, wanted)], wanted)
        tells = tells or rule.lower is not None
    axes = _axis_terms(near, nodes, base, 1)
    x, is_number = near.x.reshape(plan.shape), plan.points_are_numbers
    known = plan.formula.lower is not None
    beside = BoundedPlan(
        plan.formula, x, is_number, "columns",
        points=first,
        terms=axes[0].build(),
        lower=axes[1].build() if axes[2] else None,
        words=words_for(near.sides.word.reshape(plan.shape), known),
        steps=near.sides.h,
        fixed=near.sides.fixed,
        head=head,
    )  # fmt: skip
    return BoundedPlan(
        plan.formula, x, is_number, "matrix",
        points=listing.points(),
        terms=both[0].build(),
        lower=both[1].build() if tells else None,
        words=words_for(_both(near.sides.word).reshape(plan.shape * 2), known),
        steps=near.sides.h,
        fixed=near.sides.fixed,
        head=head,
        beside=beside,
    )  # fmt: skip


def _mixed_groups(near: Near, i: Array, j: Array) -> list[tuple[Array, Array, MixedRule]]:
    """Pairs of coordinates by the rule that their sides ask for."""
    groups = []
    for side_a, _ in near.groups:
        for side_b, _ in near.groups:
            those = (near.sides.side[i] == side_a) & (near.sides.side[j] == side_b)
            if those.any():
                rule = mixed_rule(side_a, side_b, near.stencils.order)
                groups.append((i[those], j[those], rule))
    return groups


def _add_mixed(
    sums: Sums, entry: Array, near: Near, nodes: Nodes, a: Array, b: Array, numbers: Array,
    rule: MixedRule,
) -> None:  # fmt: skip
    """The terms of mixed derivatives of the pairs (a, b), whose points have these numbers."""
    signs = np.where(near.sides.side < 0, -1, 1)
    steps = near.sides.h * signs.astype(near.x.dtype)
    for k, (node_a, node_b, weight) in enumerate(
        zip(rule.nodes_a, rule.nodes_b, rule.weights, strict=True)
    ):
        span_a, span_b = steps[a], steps[b]
        if rule.by_span:
            span_a, span_b = nodes.at[a, node_a] - near.x[a], nodes.at[b, node_b] - near.x[b]
        values = (numbers[:, k], nodes.number[a, node_a], nodes.number[b, node_b], 0)
        sums.add(entry, values, weight, span_a, span_b)


def _both(words: Array) -> npt.NDArray[np.str_]:
    """The words of pairs, out of those of coordinates."""
    return worse(words[:, None], words)
