"""From a plan and bounds to a plan that stays within them.

Where every point of a plan of fixed steps is inside, that is the plan itself. Otherwise its points
are listed anew, each coordinate with the stencil of the same order that has room: a BoundedPlan.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
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
    terms = partial(_axis_terms, near, nodes, base, degree)
    words = near.sides.word.reshape(plan.shape)
    if gradients:
        words = _both(near.sides.word).reshape(plan.shape * 2)
    return BoundedPlan(
        plan.formula, near.x.reshape(plan.shape), plan.points_are_numbers, "columns",
        points=listing.points(),
        terms=terms(False),
        lower=partial(terms, True),
        words=words_for(words, plan.formula.imaginary or plan.formula.lower is not None),
        steps=near.sides.h,
        fixed=near.sides.fixed,
        gradients=gradients,
        elements=elements,
        head=head,
    )  # fmt: skip


def _axis_terms(near: Near, nodes: Nodes, base: Array, degree: int, lower: bool) -> Any:
    """The terms of every free coordinate as a column; those of lower order, or None without any."""
    sums, entry = Sums(len(near.x)), np.full(len(near.x), -1)
    entry[near.free] = sums.entry(near.free, power=degree - 1, divisor=near.sides.h[near.free])
    tells = near.add_axes(sums, entry, nodes, base, degree, lower)
    return None if lower and not tells else sums.build()


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of coordinates (a, b) with one rule, and the numbers of their points."""

    a: Array
    b: Array
    rule: MixedRule
    numbers: Array


def _pairs(plan: Plan, near: Near) -> BoundedPlan:
    """Hessians from values, and the gradients beside them."""
    n = len(near.x)
    listing = Listing()
    base = np.repeat(listing.add(-1, 0), n)
    nodes = near.list_axes(listing, 2)
    head, first = listing.count, listing.points()
    pairs = [
        Pairs(
            a, b, rule,
            listing.add(
                a[:, None], nodes.at[a][:, rule.nodes_a], b[:, None], nodes.at[b][:, rule.nodes_b]
            ),
        )
        for a, b, rule in _mixed_groups(near)
    ]  # fmt: skip
    terms = partial(_pair_terms, near, nodes, base, pairs)
    x, is_number = near.x.reshape(plan.shape), plan.points_are_numbers
    known = plan.formula.lower is not None

    def beside() -> BoundedPlan:
        terms = partial(_axis_terms, near, nodes, base, 1)
        return BoundedPlan(
            plan.formula, x, is_number, "columns",
            points=first,
            terms=terms(False),
            lower=partial(terms, True),
            words=words_for(near.sides.word.reshape(plan.shape), known),
            steps=near.sides.h,
            fixed=near.sides.fixed,
            head=head,
        )  # fmt: skip

    return BoundedPlan(
        plan.formula, x, is_number, "matrix",
        points=listing.points(),
        terms=terms(False),
        lower=partial(terms, True),
        words=words_for(_both(near.sides.word).reshape(plan.shape * 2), known),
        steps=near.sides.h,
        fixed=near.sides.fixed,
        head=head,
        beside=beside,
    )  # fmt: skip


def _pair_terms(near: Near, nodes: Nodes, base: Array, pairs: list[Pairs], lower: bool) -> Any:
    """The terms of a Hessian; those of lower order, or None without any."""
    n = len(near.x)
    sums, diagonal = Sums(n * n), np.full(n, -1)
    diagonal[near.free] = sums.entry(near.free * (n + 1), power=1, divisor=near.sides.h[near.free])
    tells = near.add_axes(sums, diagonal, nodes, base, 2, lower)
    for those in pairs:
        a, b, rule = those.a, those.b, those.rule
        wanted = (rule.lower or rule) if lower else rule
        numbers = those.numbers[:, places_in(rule, wanted)]
        _add_mixed(sums, sums.entry(a * n + b, b * n + a), near, nodes, a, b, numbers, wanted)
        tells = tells or rule.lower is not None
    return None if lower and not tells else sums.build()


def _mixed_groups(near: Near) -> list[tuple[Array, Array, MixedRule]]:
    """Pairs of free coordinates by the rule that their sides ask for."""
    i, j = (near.free[k] for k in np.triu_indices(len(near.free), 1))
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
    span_a, span_b = steps[a][:, None], steps[b][:, None]
    if rule.by_span:
        span_a = nodes.at[a][:, rule.nodes_a] - near.x[a][:, None]
        span_b = nodes.at[b][:, rule.nodes_b] - near.x[b][:, None]
    on_axes = nodes.number[a][:, rule.nodes_a], nodes.number[b][:, rule.nodes_b]
    sums.add(entry[:, None], (numbers, *on_axes, 0), rule.weights, span_a, span_b)


def _both(words: Array) -> npt.NDArray[np.str_]:
    """The words of pairs, out of those of coordinates."""
    return worse(words[:, None], words)
