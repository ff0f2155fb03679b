"""From a pattern of nonzeros to groups of columns, and to what is read from each.

What can be settled before x is known, once for a prepared object: colours, where each entry is
read, which pairs of groups second derivatives need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._coloring import columns_colored, symmetric_colored
from ._compressed import Blends, Groups
from ._errors import ArgumentValueError
from ._pattern import Pattern
from ._recovery import Elimination, by_color, elimination, mirror, readable

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_MOST_PAIRS = 2**31 - 1  # the kernels number them with C ints
_SUMMANDS = 8  # values that an entry found by substitution may hold the errors of


def jacobian_groups(pattern: Pattern) -> Groups:
    """Groups of columns that no row has in common."""
    colors = columns_colored(pattern)
    return Groups(pattern, colors, *by_color(pattern, colors))


def symmetric_groups(pattern: Pattern, direct: bool) -> Groups:
    """Groups for a symmetric matrix: each entry is read from its row or from its column.

    direct: without substitution, which otherwise is used where it needs fewer groups and errors
    do not add up much.
    """
    mirrored = mirror(pattern, "sparsity")
    colors = symmetric_colored(pattern, None, "direct")
    if not direct:
        fewer = symmetric_colored(pattern, None, "substitution")
        if fewer.max(initial=-1) < colors.max(initial=-1):
            steps = elimination(pattern, fewer)
            if steps.summands.max(initial=0) <= _SUMMANDS:
                return _by_substitution(pattern, fewer, mirrored, steps)
    read = readable(pattern, colors)
    return Groups(pattern, colors, *by_color(pattern, colors, read), mirror=mirrored, readable=read)


def _by_substitution(
    pattern: Pattern, colors: Array, mirrored: Array, steps: Elimination
) -> Groups:
    """Entries of the diagonal are read as they are; the others in order, and then mirrored."""
    read = pattern.rows() == pattern.indices
    read[steps.positions] = True
    return Groups(
        pattern,
        colors,
        *by_color(pattern, colors, read),
        mirror=mirrored,
        readable=read,
        elimination=(steps.positions, steps.starts, steps.terms),
    )


def value_blends(pattern: Pattern) -> tuple[Groups, Blends]:
    """For a Hessian from values: each column is a group, and each entry a pair of them."""
    n = pattern.shape[1]
    index = np.arange(n + 1, dtype=np.int32)
    row = Pattern((1, n), index[[0, n]], index[:n].copy())
    groups = Groups(row, index[:n], index, index[:n])
    rows, columns = pattern.rows(), pattern.indices
    above, on = np.flatnonzero(rows < columns), np.flatnonzero(rows == columns)
    i, j = rows[above], columns[above]
    return groups, Blends(
        pattern,
        mirror(pattern, "sparsity"),
        (i, j, np.arange(len(above) + 1)),
        (np.zeros_like(i), i, j, above),
        (np.zeros_like(on), rows[on], on),
    )


def term_blends(pattern: Pattern) -> tuple[Groups, Blends]:
    """For the Hessian of a sum of terms, out of the pattern of the terms (rows).

    A term has at most one column of each group, so that a pair of groups gives one mixed derivative
    of every term that has columns of both. The entry (i, j) is their sum over all terms.
    """
    groups = jacobian_groups(pattern)
    color = groups.arrays["color"]
    row, i, j = _pairs_of_columns(pattern)
    n = pattern.shape[1]
    upper = np.unique(i.astype(np.int64) * n + j)
    diagonal = np.unique(pattern.indices).astype(np.int64)
    keys = np.concatenate([upper, diagonal * (n + 1), upper % max(n, 1) * n + upper // max(n, 1)])
    keys.sort()
    starts = np.searchsorted(keys, np.arange(n + 1, dtype=np.int64) * n)
    hessian = Pattern((n, n), starts.astype(np.int32), (keys % max(n, 1)).astype(np.int32))
    entry = np.searchsorted(keys, i.astype(np.int64) * n + j)
    swap = color[i] > color[j]
    i, j = np.where(swap, j, i), np.where(swap, i, j)
    pair = color[i].astype(np.int64) * groups.p + color[j]
    order = np.lexsort((row, entry, pair))
    row, i, j, entry, pair = (part[order] for part in (row, i, j, entry, pair))
    pairs, start = np.unique(pair, return_index=True)
    rows, columns = pattern.rows(), pattern.indices
    order = np.lexsort((rows, columns))
    rows, columns = rows[order], columns[order]
    return groups, Blends(
        hessian,
        mirror(hessian),
        (pairs // max(groups.p, 1), pairs % max(groups.p, 1), np.append(start, len(pair))),
        (row, i, j, entry),
        (rows, columns, np.searchsorted(keys, columns.astype(np.int64) * (n + 1))),
    )


def _pairs_of_columns(pattern: Pattern) -> tuple[Array, Array, Array]:
    """All pairs i < j of columns that a row has in common: row, i, j."""
    lengths = np.diff(pattern.indptr).astype(np.int64)
    count = int((lengths * (lengths - 1) // 2).sum())
    if count > _MOST_PAIRS:
        raise ArgumentValueError(
            f"sparsity must couple at most {_MOST_PAIRS} pairs of coordinates in all its rows, for "
            f"a Hessian, got {count}: a row of k entries couples k (k - 1) / 2"
        )
    parts = [(np.empty(0, np.intp),) * 3]
    for length in np.unique(lengths[lengths > 1]):
        rows = np.flatnonzero(lengths == length)
        columns = pattern.indices[pattern.indptr[rows][:, None] + np.arange(length)]
        a, b = np.triu_indices(length, 1)
        parts.append((np.repeat(rows, len(a)), columns[:, a].ravel(), columns[:, b].ravel()))
    row, i, j = (np.concatenate(part) for part in zip(*parts, strict=True))
    return row, i, j
