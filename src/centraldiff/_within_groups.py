"""Sparse derivatives near bounds: groups of columns, each column with a side of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._compressed import BlendPlan, ColorPlan
from ._formula import one_sided_formula, one_sided_pair_formula
from ._sides import AS_ASKED, Sides, Stencils, all_inside, choose_sides, stencils_of
from ._status import FIXED, ONE_SIDE_ONLY

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_NOWHERE = 2  # what the kernels call a coordinate that is fixed
_REAL = 1e-3  # of a coordinate's size: what tells a fixed coordinate where steps are imaginary


def groups_within(plan: ColorPlan, lower: Array, upper: Array) -> tuple[ColorPlan, Array | None]:
    """The plan, or one of the same order that stays within bounds, and then a word on each column.

    First derivatives: a column without room on both sides has the formula of one side, which takes
    as many points. Second derivatives: if one column has no room, all have the formula of one side,
    each of its own; mixed ones then come from points that lie within bounds too.
    """
    lower, upper = lower.ravel(), upper.ravel()
    x, h = np.ravel(plan.x.real), np.ravel(plan.axis_steps)
    h = h.astype(x.dtype)
    if plan.formula.imaginary:
        real = x.dtype.type(_REAL) * np.maximum(np.abs(x), 1)
        fixed = choose_sides(Stencils(1, 2, 0), x, real, lower, upper).fixed
        word = np.where(fixed, FIXED, AS_ASKED)
        sides = Sides(np.zeros(x.shape, np.int8), np.where(fixed, 0, h), word)
        return _with_sides(plan, sides, 0) if fixed.any() else (plan, None)
    stencils = stencils_of(plan.formula)
    if all_inside(stencils, x, h, lower, upper):
        return plan, None
    if not isinstance(plan, BlendPlan):
        return _with_sides(plan, choose_sides(stencils, x, h, lower, upper), stencils.asked)
    one_sided = Stencils(2, stencils.order, stencils.asked or 1)
    sides = choose_sides(one_sided, x, h, lower, upper)
    near = BlendPlan(
        one_sided_pair_formula(stencils.order),
        np.asarray(plan.x), plan.points_are_numbers, None, plan.groups, plan.blends,
        scalar=plan.value_shape is not None,
        sides=(np.where(sides.fixed, _NOWHERE, sides.side), sides.h),
    )  # fmt: skip
    word = sides.word
    if stencils.asked == 0:
        word = np.where(word == AS_ASKED, ONE_SIDE_ONLY, word)
    return near, word


def _with_sides(plan: ColorPlan, sides: Sides, asked: int) -> tuple[ColorPlan, Array]:
    """The same groups, columns where they have room."""
    side = np.where(sides.side == asked, 0, sides.side)
    near = None
    if not plan.formula.imaginary:
        near = one_sided_formula(1, 1, stencils_of(plan.formula).order)
    bounded = ColorPlan(
        plan.formula,
        np.asarray(plan.x.real), plan.points_are_numbers, None, plan.groups,
        with_value=plan.head > 0,
        gradients=plan.gradients,
        near=near,
        sides=(np.where(sides.fixed, _NOWHERE, side), sides.h),
    )  # fmt: skip
    return bounded, sides.word
