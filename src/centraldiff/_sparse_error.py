"""How far the entries of a sparse derivative may be off, and a word on each of them.

What `_error_estimate.py` says of dense ones: rounding of values summed up at worst, and truncation
where the stencil holds one of lower order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _twin_sparse
from ._compressed import BlendPlan
from ._error_estimate import term_amplification, value_noise
from ._near import words_for, worse
from ._status import FIXED, NOT_FINITE

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._compressed import ColorPlan

    Array = npt.NDArray[Any]


@np.errstate(all="ignore")
def entry_errors(
    plan: ColorPlan,
    values: Array,
    data: Array,
    word: Array | None,
    noise: Array | float = 0.0,
) -> tuple[Array, npt.NDArray[np.str_]]:
    """Error and word of each entry, out of all values; word: of each column near bounds."""
    used = values[plan.head :] if plan.formula.imaginary else values
    off = value_noise(used, data.dtype, noise)[:, 0]
    pattern = plan.result_pattern
    row, column = pattern.rows(), pattern.indices
    if isinstance(plan, BlendPlan):
        error = _of_blend(plan, off)
    else:
        error = off[row] * _of_columns(plan)[column]
        if plan.gradients:
            error = _symmetrised(plan, error)
    lower = _by_lower_order(plan, values)
    if lower is not None:
        error = error + np.abs(data - lower)
    if plan.gradients and "elimination" not in plan.groups.arrays:
        error = np.fmax(error, _apart(plan, values))
    fixed = np.zeros(len(data), bool)
    words = np.full(len(data), "", dtype="U20")
    if word is not None:
        both = plan.gradients or isinstance(plan, BlendPlan)
        words = worse(word[row], word[column]) if both else word[column]
        fixed = words == FIXED
    error = np.where(fixed, 0, error)
    # where bounds have not changed anything: formulas of one side may hold others all the same
    known = plan.formula.imaginary or plan.formula.lower is not None
    status = np.where(np.isfinite(data), words_for(words, known), NOT_FINITE)
    return np.where(np.isfinite(data), error, np.nan).astype(data.dtype), status


def _of_columns(plan: ColorPlan) -> Array:
    """What an error of one unit in every value can do, at worst, to the entries of each column."""
    spans = plan.spans
    width = plan.formula.sizes[1]
    own = term_amplification(plan.formula, spans[:, :width])
    if plan.sides is None:
        return own
    near = term_amplification(plan.near, spans[:, : plan.near.sizes[1]])
    return np.where(plan.sides == 0, own, near)


def _of_blend(plan: BlendPlan, off: Array) -> Array:
    """The same for second derivatives, with the errors `off` of each output."""
    arrays, parts = plan.formula.arrays(), plan.blends.arrays
    h = np.ravel(plan.axis_steps).astype(off.dtype)
    mixed = 2 * (np.abs(arrays["pair_weights"]).sum() + 2 * np.abs(arrays["axis_weights"]).sum())
    error = np.zeros(plan.result_pattern.nnz, off.dtype)
    entry = parts["entry"]
    np.add.at(error, entry, off[parts["row"]] * mixed / h[parts["i"]] / h[parts["j"]])
    error[parts["mirror"][entry]] = error[entry]
    i, own = parts["diagonal_column"], 2 * np.abs(arrays["weights"]).sum()
    np.add.at(error, parts["diagonal_entry"], off[parts["diagonal_row"]] * own / h[i] ** 2)
    return error


def _symmetrised(plan: ColorPlan, error: Array) -> Array:
    """Errors of entries that are means, or found by substitution: there they add up."""
    arrays = plan.groups.arrays
    if "elimination" not in arrays:
        return _twin_sparse.symmetrised_entries(plan.groups, np.ravel(plan.axis_steps), error)
    h = np.ravel(plan.axis_steps)[arrays["column"]]
    sums = error.copy()
    ends = zip(arrays["other_start"], arrays["other_start"][1:], strict=False)
    for e, (first, last) in zip(arrays["elimination"], ends, strict=True):
        others = arrays["others"][first:last]
        sums[e] += (sums[others] * (h[others] / h[e])).sum()
        sums[arrays["mirror"][e]] = sums[e]
    return sums


def _apart(plan: ColorPlan, values: Array) -> Array:
    """How far entries that were read twice are from the mean of both."""
    arrays = plan.groups.arrays
    mirror, read = arrays["mirror"], arrays["readable"] > 0
    entries = _twin_sparse.entries(plan, values, plan.formula, plan.near)
    return np.where(read & read[mirror], np.abs(entries - entries[mirror]) / 2, 0)


def _by_lower_order(plan: ColorPlan, values: Array) -> Array | None:
    """The derivative again, by formulas of lower order on some of the same points, if there are."""
    lower = plan.formula.lower
    if isinstance(plan, BlendPlan):
        return None if lower is None else _twin_sparse.blend(plan, values, lower)
    near = plan.near.lower or plan.near
    if lower is None and near is plan.near:
        return None
    entries = _twin_sparse.entries(plan, values, lower or plan.formula, near)
    if not plan.gradients:
        return entries
    return _twin_sparse.symmetrised_entries(plan.groups, np.ravel(plan.axis_steps), entries)
