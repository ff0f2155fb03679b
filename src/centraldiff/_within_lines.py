"""Lines through x that stay within bounds: J v, and H v from gradient calls or from values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._bounded import BoundedPlan
from ._errors import ArgumentValueError
from ._formula import NOTHING
from ._listing import Listing, Sums
from ._mixed import mixed_rule, places_in
from ._near import Near, words_for, worse
from ._plans import LinePairPlan, LinePlan
from ._sides import AS_ASKED, Line, Stencils, choose_lines
from ._status import FIXED

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._plan import Plan
    from ._terms import Formula

    Array = npt.NDArray[Any]

_ALONG = -2  # as a coordinate of a listed point: the first line, the next one is -3


def line_within(plan: LinePlan, lower: Array, upper: Array) -> Plan:
    """A derivative along v; fixed coordinates don't move."""
    near = Near(plan, lower, upper)
    fixed = near.sides.fixed
    gradients = plan.value_shape is not None
    if (fixed & (plan.v.ravel() != 0)).any():
        plan = LinePlan(
            plan.formula, near.x.reshape(plan.shape), plan.points_are_numbers,
            _held(plan.v, fixed), _steps(plan), gradients=gradients,
        )  # fmt: skip
    fits = plan.formula.imaginary or _inside(plan.points(), lower, upper)
    if fits and not (gradients and fixed.any()):  # whose entries are 0
        return plan
    v, move = plan.v.ravel(), plan.along.ravel()
    if fits:
        asked = 0 if plan.formula.imaginary else near.stencils.asked
        lines = [Line(move, asked, plan.steps, plan.bend, AS_ASKED)]
    else:
        lines = _lines(near.stencils, near.x, v, move, lower, upper)
    listing, both, tells = Listing(), (Sums(1), Sums(1)), False
    formulas = [near.formula_at(line.side, 1) for line in lines]
    base = listing.add(-1, 0) if any(f.needs_base for f in formulas) else -1
    entries = [sums.entry(0) for sums in both]
    for number, (line, formula) in enumerate(zip(lines, formulas, strict=True)):
        points = listing.add(_ALONG - number, formula.arrays()["offsets"])
        for sums, entry, wanted in zip(both, entries, (formula, formula.lower), strict=True):
            _add_line(sums, entry, points, base, line, wanted or formula)
        tells = tells or formula.lower is not None
    word = worse(np.array(lines[0].word), np.array(lines[-1].word))
    return BoundedPlan(
        plan.formula, near.x.reshape(plan.shape), plan.points_are_numbers, "line",
        points=listing.points(),
        terms=both[0].build(),
        lower=both[1].build() if tells else None,
        words=words_for(
            np.where(fixed, FIXED, word).reshape(plan.shape) if gradients else word,
            plan.formula.imaginary or plan.formula.lower is not None,
        ),
        steps=near.sides.h,
        taken=lines[0].t,
        fixed=fixed,
        gradients=gradients,
        lines=np.stack([line.move for line in lines]),
        v=plan.v,
        bend=max(line.bend for line in lines),
    )  # fmt: skip


def line_pairs_within(plan: LinePairPlan, lower: Array, upper: Array) -> Plan:
    """H v from values. Coordinates move along v and on their own, so each gets half of the room."""
    x = np.ravel(plan.x)
    # halves first, as x - lower may be beyond the range
    half = np.clip(x / 2 + lower / 2, lower, x), np.clip(x / 2 + upper / 2, x, upper)
    near = Near(plan, *half)
    fixed = near.sides.fixed
    if not fixed.any() and _pairs_inside(plan, lower, upper):
        return plan
    if (fixed & (plan.v.ravel() != 0)).any():
        plan = LinePairPlan(
            plan.formula, x.reshape(plan.shape), plan.points_are_numbers, _held(plan.v, fixed),
            _steps(plan),
        )  # fmt: skip
    lines = _lines(near.stencils, x, plan.v.ravel(), plan.along.ravel(), *half)
    listing, both, tells = Listing(), (Sums(len(x)), Sums(len(x))), False
    if lines and len(near.free):
        listing.add(-1, 0)
        nodes = near.list_axes(listing, 2)
        entry = np.full(len(x), -1)
        for sums in both:
            entry[near.free] = sums.entry(near.free)
        for which, line in enumerate(lines):
            offsets = near.formula_at(line.side, 2).arrays()["offsets"]
            along = listing.add(_ALONG - which, offsets)
            for side, c in near.groups:
                rule = mixed_rule(side, line.side, near.stencils.order)
                moved = offsets[rule.nodes_b].astype(x.dtype) * line.move[c, None]
                at = nodes.at[c][:, rule.nodes_a] + moved
                at = np.clip(at, lower[c, None], upper[c, None])  # rounding may be off by one
                numbers = listing.add(_ALONG - which, offsets[rule.nodes_b], c[:, None], at)
                for sums, wanted in zip(both, (rule, rule.lower or rule), strict=True):
                    places = numbers[:, places_in(rule, wanted)]
                    for k, (a, b, weight) in enumerate(
                        zip(wanted.nodes_a, wanted.nodes_b, wanted.weights, strict=True)
                    ):
                        span, t = near.sides.h[c] * (side or 1), line.t * (line.side or 1)
                        if rule.by_span:
                            span, t = nodes.at[c, a] - x[c], line.t * offsets[b]
                        values = (places[:, k], nodes.number[c, a], along[b], 0)
                        sums.add(entry[c], values, weight, span, t)
                tells = tells or rule.lower is not None
    word = np.array(AS_ASKED)
    for line in lines:
        word = worse(word, np.array(line.word))
    return BoundedPlan(
        plan.formula, x.reshape(plan.shape), plan.points_are_numbers, "entries",
        points=listing.points(),
        terms=both[0].build(),
        lower=both[1].build() if tells else None,
        words=words_for(
            worse(near.sides.word, word).reshape(plan.shape), plan.formula.lower is not None
        ),
        steps=near.sides.h,
        fixed=fixed,
        lines=np.stack([line.move for line in lines]) if lines else None,
        v=plan.v,
        bend=max((line.bend for line in lines), default=0.0),
    )  # fmt: skip


def _lines(
    stencils: Stencils, x: Array, v: Array, move: Array, lower: Array, upper: Array
) -> list[Line]:
    """The lines that v is the sum of, each with a step that is not lost."""
    lines = choose_lines(stencils, x, v, move, lower, upper)
    if not all(line.t > 0 for line in lines):
        raise ArgumentValueError(
            "bounds leave so little room along v that the step is lost in rounding; give equal "
            "bounds to coordinates that are not to move"
        )
    return lines


def _add_line(
    sums: Sums, entry: Array, points: Array, base: Any, line: Line, formula: Formula
) -> None:
    """The terms of a first derivative along a line."""
    arrays = formula.arrays()
    offsets = arrays["offsets"]
    for plus, minus, weight in zip(arrays["plus"], arrays["minus"], arrays["weights"], strict=True):
        other = points[minus] if minus >= 0 else (-1 if minus == NOTHING else base)
        span = offsets[plus] - (offsets[minus] if minus >= 0 else 0)
        sums.add(entry, (points[plus], other, -1, -1), weight, span * line.t, 1)


def _inside(points: Array, lower: Array, upper: Array) -> bool:
    rows = points.reshape(len(points), -1)
    return bool(((rows >= lower) & (rows <= upper)).all())


@np.errstate(over="ignore")
def _pairs_inside(plan: LinePairPlan, lower: Array, upper: Array) -> bool:
    """Are all points within bounds? Each coordinate looked at alone, as all go together."""
    x, line, h = (np.ravel(a) for a in (plan.x, plan.along, plan.axis_steps))
    pair_nodes = plan.formula.arrays()["pair_nodes"]
    offsets = plan.formula.arrays()["offsets"].astype(x.dtype)[:, None]
    axes = x + offsets * h
    pairs = axes[pair_nodes] + offsets[pair_nodes] * line
    return all(_inside(points, lower, upper) for points in (axes, x + offsets * line, pairs))


def _held(v: Array, fixed: npt.NDArray[np.bool_]) -> Array:
    """The direction, without what does not move."""
    return np.where(fixed.reshape(v.shape), 0, v).astype(v.dtype)


def _steps(plan: Plan) -> Array:
    return np.array(plan.axis_steps, dtype=plan.x.real.dtype)
