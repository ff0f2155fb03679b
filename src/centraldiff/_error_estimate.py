"""How far a fixed-step derivative may be off, told by the values that it was made of.

Rounding: every value is taken to be right to one rounding unit of the largest one of its output, or
to the noise that fun is known to have, and the worst case is summed up; along a line, also how far
rounding bends it off v. Truncation: what a search for steps has seen of it; else, where the stencil
holds one of lower order (on the nodes nearest to x), the difference of the two, which is the error
of the lower one. Where two readings of an entry were made into their mean, the error is at least
how far each is from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _twin
from ._bounded import BoundedPlan
from ._formula import NOTHING
from ._plans import AxisPlan, ElementPlan, LinePairPlan, LinePlan, PairPlan
from ._status import FIXED
from ._steps import rounding_unit
from ._terms import Formula

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

    from ._plan import Plan


@np.errstate(all="ignore")
def error_estimate(
    plan: Plan,
    values: Array,
    derivative: Any,
    noise: Array | float = 0.0,
    truncation: Array | None = None,
) -> Any:
    """Absolute error of each entry of the derivative, out of all values (len(plan), m).

    noise: of each output (m, 1), or of each element (1, n); truncation: as the derivative.
    """
    derivative = np.asarray(derivative)
    # a complex step makes nothing of the value at x, whose imaginary part is 0
    used = values[plan.head :] if plan.formula.imaginary else values
    error = value_noise(used, derivative.dtype, noise) * amplification(plan)
    if _is_symmetrised(plan):
        error = _twin.symmetrised(error)
    error = error.reshape(derivative.shape)
    if plan.bend:
        error = error + plan.bend * _along_the_line(plan, derivative, _largest(values))
    lower = None if truncation is not None else _by_lower_order(plan, values)
    if truncation is not None:
        error = error + truncation
    elif lower is not None:
        error = error + np.abs(derivative - lower.reshape(derivative.shape))
    if _is_symmetrised(plan):
        both = _readings(plan, values)
        error = np.fmax(error, (np.abs(both - both.T) / 2).reshape(error.shape))
    if isinstance(plan, BoundedPlan):
        error = np.where(plan.words == FIXED, 0, error)
    error = np.where(np.isfinite(derivative), error, np.nan)
    return error.astype(derivative.dtype)[()]


def value_noise(values: Array, dtype: np.dtype[Any], noise: Array | float) -> Array:
    """How far values are taken to be off, for each output (m, 1)."""
    off: Array = np.fmax(rounding_unit(dtype) * _largest(values)[:, None], noise)
    return off


def _largest(values: Array) -> Array:
    """The largest finite value of each output, (m)."""
    largest: Array = np.abs(np.where(np.isfinite(values), values, 0)).max(axis=0, initial=0)
    return largest


def _is_symmetrised(plan: Plan) -> bool:
    """Is the result the mean of a matrix of gradients' differences and its transpose?"""
    if isinstance(plan, BoundedPlan):
        return plan.gradients and not plan.along
    return isinstance(plan, AxisPlan) and plan.gradients


def amplification(plan: Plan) -> Array:
    """What an error of one unit in every value can do, at worst, to each column or entry."""
    if isinstance(plan, BoundedPlan):
        return plan.terms.amplification()
    arrays = plan.formula.arrays()
    axes = term_amplification(plan.formula, plan.spans)
    mixed = 2 * (np.abs(arrays["pair_weights"]).sum() + 2 * np.abs(arrays["axis_weights"]).sum())
    h = np.ravel(plan.steps)
    if isinstance(plan, LinePairPlan):
        along: Array = mixed / h / plan.t
        return along
    if isinstance(plan, PairPlan):
        matrix: Array = mixed / h[:, None] / h
        np.fill_diagonal(matrix, axes)
        return matrix.reshape(1, -1)
    return axes


def term_amplification(formula: Formula, spans: Array) -> Array:
    """The same for terms alone, (n), divided by spans (n, q)."""
    arrays = formula.arrays()
    values_in_term = np.where(arrays["minus"] == NOTHING, 1, 2)
    spans = np.abs(spans)
    terms: Array = (np.abs(arrays["weights"]) * values_in_term / spans).sum(axis=1)
    terms /= spans[:, 0] ** (formula.degree - 1)
    return terms


def _along_the_line(plan: Plan, derivative: Array, largest: Array) -> Array:
    """How large the terms may be that a derivative along a line is the sum of.

    They may cancel in it, so values that change by their own size over that of x are allowed for.
    """
    size = np.abs(derivative)
    if isinstance(plan, LinePlan) or (isinstance(plan, BoundedPlan) and plan.along):
        far = np.abs(plan.x).max() / np.abs(plan.v).max()
        size = size + largest.reshape(derivative.shape) / max(far, 1)
    return size


def _by_lower_order(plan: Plan, values: Array) -> Array | None:
    """The derivative again, by a formula of lower order on some of the same points."""
    if isinstance(plan, BoundedPlan):
        if plan.lower is None:
            return None
        derivative = _twin.combine_sparse(values, plan.lower.columns, plan.lower.arrays)
    elif plan.formula.lower is not None:
        derivative = _by_first_nodes(plan, values, plan.formula.lower)
    else:
        return None
    return _twin.symmetrised(derivative) if _is_symmetrised(plan) else derivative


def _readings(plan: Plan, values: Array) -> Array:
    """The matrix (n, n) before it was made symmetric: what a wrong grad shows in."""
    if isinstance(plan, BoundedPlan):
        return _twin.combine_sparse(values, plan.terms.columns, plan.terms.arrays)
    return _by_first_nodes(plan, values, plan.formula)


def _by_first_nodes(plan: Plan, values: Array, lower: Formula) -> Array:
    """The derivative by a formula on the first nodes of the plan's formula."""
    head, units = values[: plan.head], values[plan.head :]
    s, _, p = plan.formula.sizes
    fewer_s, fewer_q, fewer_p = lower.sizes
    h = np.ravel(plan.steps)
    if isinstance(plan, LinePairPlan):
        rows = units.reshape(plan.units, s + p)
        rows = np.hstack([rows[:, :fewer_s], rows[:, s : s + fewer_p]])
        return _twin.combine_line(head[: 1 + fewer_s, 0], rows, h, plan.t, lower)
    if isinstance(plan, PairPlan):
        axes = head[1:, 0].reshape(len(h), s)[:, :fewer_s]
        first = np.concatenate([head[:1, 0], axes.ravel()])
        pairs = units.reshape(plan.units, p)[:, :fewer_p]
        matrix = _twin.combine_pairs(first, pairs, h, lower)
        spans = plan.spans[:, :fewer_q]
        np.fill_diagonal(matrix, _twin.combine_axis(head[:1], axes[:, :, None], spans, lower))
        return matrix
    nodes = units.reshape(plan.units, s, values.shape[1])
    # where x is a node of its own, it is the last one
    base = nodes[:, -1] if isinstance(plan, ElementPlan) else head[:1]
    return _twin.combine_axis(base, nodes[:, :fewer_s], plan.spans[:, :fewer_q], lower)
