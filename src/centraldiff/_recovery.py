"""From compressed columns, one for each colour, back to the entries of a matrix: where each is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._errors import ArgumentValueError
from ._pattern import Pattern
from ._recover import mirror_positions, peel, positions_by_color, readable_entries

if TYPE_CHECKING:
    import numpy.typing as npt


class Elimination(NamedTuple):
    """How the entries beside the diagonal follow from each other, with an acyclic colouring.

    Step k finds the entry at position e = positions[k], of row i and column j, and the one mirrored
    at the diagonal: row i of the compressed column of colour c(j), less the entries at
    terms[starts[k]:starts[k + 1]], which were found before. A diagonal entry (i, i) is row i of the
    compressed column of colour c(i) as it is.
    """

    positions: npt.NDArray[Any]  # (pairs,)
    starts: npt.NDArray[Any]  # (pairs + 1,)
    terms: npt.NDArray[Any]  # (at most pairs,)
    # (pairs,): values in compressed columns that an entry is a sum of; their errors add up
    summands: npt.NDArray[Any]
    chain: npt.NDArray[Any]  # (pairs,): the longest way there, in steps, from 1


def mirror(pattern: Pattern, name: str = "pattern") -> npt.NDArray[Any]:
    """The position of (j, i) for the position of each (i, j), (nnz,); an error if there is none."""
    m, n = pattern.shape
    if m != n:
        raise ArgumentValueError(f"{name} must be square and symmetric, got shape {(m, n)}")
    found = mirror_positions(pattern.indptr, pattern.indices)
    if isinstance(found, tuple):
        i, j = found
        raise ArgumentValueError(
            f"{name} must be symmetric, got one with the entry {(i, j)} and without {(j, i)}"
        )
    return found


def readable(pattern: Pattern, colors: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which entries of a symmetric pattern can be read from a compressed column as it is, (nnz,).

    (i, j) can, in row i, if j is the only column of its colour there; (i, i) counts as an entry of
    row i, stored or not. With a star colouring (i, j) or (j, i) is readable.
    """
    colors, count = fit_colors(pattern, colors)
    return readable_entries(pattern.indptr, pattern.indices, colors, count).view(np.bool_)


def by_color(
    pattern: Pattern, colors: npt.ArrayLike, mask: npt.NDArray[np.bool_] | None = None
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """starts (p + 1), positions of entries (where mask is set) by the colour of their column.

    Those of colour c are positions[starts[c]:starts[c + 1]], in order, so row by row.
    """
    colors, count = fit_colors(pattern, colors)
    return positions_by_color(pattern.indices, colors, count, mask)


def elimination(pattern: Pattern, colors: npt.ArrayLike) -> Elimination:
    """The order of substitution for a symmetric pattern, from the leaves of the trees inwards.

    Evenly from all leaves: trees end in their middle, and chains are as short as they can be.
    """
    colors, count = fit_colors(pattern, colors)
    steps = Elimination(*peel(pattern.indptr, pattern.indices, mirror(pattern), colors, count))
    on_diagonal = np.count_nonzero(pattern.rows() == pattern.indices)
    if 2 * len(steps.positions) < pattern.nnz - on_diagonal:
        raise ArgumentValueError("colors must be an acyclic colouring of the pattern, got another")
    return steps


def fit_colors(pattern: Pattern, colors: npt.ArrayLike) -> tuple[npt.NDArray[np.intp], int]:
    """Colours as the kernels take them, and how many there are; an error if they can't be any."""
    n = pattern.shape[1]
    array = np.ascontiguousarray(colors, np.intp)
    if array.shape != (n,):
        raise ArgumentValueError(
            f"colors must have one for each column, shape {(n,)}, got shape {array.shape}"
        )
    if n and not 0 <= array.min() <= array.max() < n:
        raise ArgumentValueError(
            f"colors must be from 0 to {n - 1}, got {array.min()} to {array.max()}"
        )
    return array, int(array.max(initial=-1)) + 1
