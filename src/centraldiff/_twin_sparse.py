"""NumPy twins of the kernels for sparse derivatives, as `_twin.py` has those of the others.

The values of a group at its nodes are rows; entries are found for all groups at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._formula import BASE

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._compressed import BlendPlan, ColorPlan, Groups
    from ._terms import Formula

    Array = npt.NDArray[Any]

_NOWHERE = 2


def entries(plan: ColorPlan, values: Array, own: Formula, near: Formula) -> Array:
    """Entries out of all values (points, m), as they are read: NaN those that are not read.

    own and near are the plan's formulas, or ones of lower order on their first nodes.
    """
    groups = plan.groups
    read = groups.arrays["entries"]
    row, column = groups.arrays["row"][read], groups.arrays["column"][read]
    group = groups.arrays["color"][column]
    s = plan.formula.sizes[0]
    side = np.zeros(len(column), np.int8) if plan.sides is None else plan.sides[column]
    if plan.gradients and plan.sides is not None:
        side = np.where(plan.sides[row] == _NOWHERE, _NOWHERE, side)
    out = np.full(len(groups.arrays["row"]), np.nan, values.dtype)
    total = np.zeros(len(read), values.dtype)
    spans = plan.spans
    for those, formula in ((side == 0, own), ((side == 1) | (side == -1), near)):
        arrays = formula.arrays()
        i, j = row[those], column[those]
        first = plan.head + group[those] * s
        terms = zip(arrays["plus"], arrays["minus"], arrays["weights"], strict=True)
        for k, (plus, minus, weight) in enumerate(terms):
            difference = values[first + plus, i]
            if minus >= 0:
                difference = difference - values[first + minus, i]
            elif minus == BASE:
                difference = difference - values[0, i]
            total[those] += values.dtype.type(weight) * (difference / spans[j, k])
    out[read] = np.where(np.isfinite(total), total, np.nan)
    return out


def symmetrised_entries(groups: Groups, steps: Array, data: Array) -> Array:
    """Entries that were read twice become their mean; others what they mirror."""
    arrays = groups.arrays
    data = data.copy()
    mirror = arrays["mirror"]
    if "elimination" in arrays:
        h = steps[arrays["column"]]
        bounds = zip(arrays["other_start"], arrays["other_start"][1:], strict=False)
        for e, (first, last) in zip(arrays["elimination"], bounds, strict=True):
            for f in arrays["others"][first:last]:
                data[e] -= data[f] * (h[f] / h[e])
            data[mirror[e]] = data[e]
        return data
    other = data[mirror]
    read, other_read = arrays["readable"] > 0, arrays["readable"][mirror] > 0
    with np.errstate(over="ignore"):
        mean: Array = np.where(read & other_read, (data + other) / 2, np.where(read, data, other))
    return mean


def blend(plan: BlendPlan, values: Array, formula: Formula) -> Array:
    """Entries of a Hessian out of all values (points, m); formula may be one of lower order."""
    parts, arrays = plan.blends.arrays, formula.arrays()
    s, _, p = plan.formula.sizes
    fewer_s, _, fewer_p = formula.sizes
    color = plan.groups.arrays["color"]
    h = np.ravel(plan.axis_steps).astype(values.dtype)
    sides = np.ones(len(h), np.int8) if plan.sides is None else plan.sides
    away = values - values[0]
    out = np.zeros(plan.result_pattern.nnz, values.dtype)

    def along(columns: Array, row: Array) -> Array:
        first = 1 + color[columns] * s
        nodes: Array = away[first[:, None] + np.arange(fewer_s), row[:, None]]
        return nodes

    row, i, j, entry = (parts[name] for name in ("row", "i", "j", "entry"))
    first = plan.head + np.repeat(np.arange(len(parts["a"])), np.diff(parts["start"])) * p
    corners = away[first[:, None] + np.arange(fewer_p), row[:, None]]
    mixed = corners @ arrays["pair_weights"].astype(values.dtype)
    mixed += (along(i, row) + along(j, row)) @ arrays["axis_weights"].astype(values.dtype)
    free = (sides[i] != _NOWHERE) & (sides[j] != _NOWHERE)
    signs = np.where(free, sides[i] * sides[j], 0)
    np.add.at(out, entry, np.where(free, signs * (mixed / h[i] / h[j]), 0))
    out[parts["mirror"][entry]] = out[entry]

    row, i, entry = (parts[f"diagonal_{name}"] for name in ("row", "column", "entry"))
    second = along(i, row) @ arrays["weights"].astype(values.dtype) / h[i] / h[i]
    np.add.at(out, entry, np.where(sides[i] != _NOWHERE, second, 0))
    return np.where(np.isfinite(out), out, np.nan)
