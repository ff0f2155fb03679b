"""Which columns of a sparse matrix can be evaluated together: colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._color import partial_coloring
from ._errors import ArgumentTypeError, ArgumentValueError
from ._ordering import ordering
from ._pattern import Pattern, as_pattern

if TYPE_CHECKING:
    import numpy.typing as npt

ORDERS = ("natural", "largest_first", "smallest_last", "incidence_degree")
_LONGEST = 256  # rows with more entries are not walked for each of their columns


def color_columns(pattern: Any, *, order: str | None = None) -> npt.NDArray[np.intp]:
    """Colours of the columns of a sparse matrix: columns of one colour have no row in common.

    A Jacobian with this pattern needs one difference (one evaluation, or two) for each colour: all
    coordinates of a colour are displaced at once, and each output sees only one of them.

    Parameters
    ----------
    pattern : SciPy sparse array or matrix, or array_like, shape (m, n)
        Where the matrix may differ from zero: what is stored, or the nonzeros of a dense array.
    order : {"natural", "largest_first", "smallest_last", "incidence_degree"}, optional
        The order in which columns get the first colour that is free. By default several ways are
        tried, until one needs no more colours than the longest row has entries, and the fewest
        colours count.

    Returns
    -------
    ndarray of int, shape (n,)
        Colours 0, 1, ..., p - 1, none of them without columns.

    Raises
    ------
    ValueError
        An `order` that there is not, a pattern that has not two dimensions or contains NaN.
    TypeError
        A pattern that is not made of bools or real numbers.

    Notes
    -----
    No function is evaluated. The fewest colours are NP-hard to find; the longest row is a lower
    bound. The greedy partial distance-2 colouring of Gebremedhin, Manne and Pothen (SIAM Review 47,
    2005) takes O(sum of the squared lengths of rows) steps, where rows of more than 256 entries
    count with their length only, and O(nonzeros) memory. Degrees, which the orders other than
    "natural" go by, are those in the graph of columns that share a row (Coleman and Moré, SIAM J.
    Numer. Anal. 20, 1983); long rows add their length to them, whether they overlap or not.

    Examples
    --------
    >>> import centraldiff as cd
    >>> cd.color_columns([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]])
    array([0, 1, 2, 0])
    """
    return columns_colored(as_pattern("pattern", pattern), _as_order(order))


def columns_colored(pattern: Pattern, order: str | None = None) -> npt.NDArray[np.intp]:
    """Colours (n) of columns that share no row, in a given order or with the fewest of some."""
    columns = pattern.transposed()
    graph = (pattern.indptr, pattern.indices, columns.indptr, columns.indices)

    def colored(order: npt.NDArray[Any], cycle: int = 0) -> tuple[npt.NDArray[Any], int]:
        return partial_coloring(order, *graph, longest=_LONGEST, cycle=cycle)

    if order is not None:
        return colored(_ordered(order, graph))[0].astype(np.intp)
    fewest = max(int(np.diff(pattern.indptr).max(initial=0)), 1)
    natural = _ordered("natural", graph)
    found, count = colored(natural)
    if count > fewest and fewest <= _LONGEST:
        for kind in ("natural", "incidence_degree"):
            colors, needed = colored(_ordered(kind, graph), fewest)
            if needed < count:
                found, count = colors, needed
            if count == fewest:
                break
    if count > fewest:
        colors, needed = colored(_ordered("smallest_last", graph))
        if needed < count:
            found, count = colors, needed
    while count > fewest:
        # class by class, last ones first, it never takes more colours (Culberson 1992)
        classes = np.argsort(-found, kind="stable").astype(found.dtype)
        colors, needed = colored(classes)
        if needed == count:
            break
        found, count = colors, needed
    return found.astype(np.intp)


def _ordered(
    kind: str, graph: tuple[npt.NDArray[Any], ...], is_graph: bool = False
) -> npt.NDArray[Any]:
    """The vertices (n) in one of the orders."""
    indptr, indices, column_starts, column_rows = graph
    if kind == "natural":
        return np.arange(len(column_starts) - 1, dtype=indptr.dtype)
    return ordering(kind, indptr, indices, column_starts, column_rows, is_graph, _LONGEST)


def _as_order(order: object) -> str | None:
    if order is None:
        return None
    if not isinstance(order, str):
        raise ArgumentTypeError(f"order must be one of {ORDERS} or None, got {order!r}")
    if order not in ORDERS:
        raise ArgumentValueError(f"order must be one of {ORDERS} or None, got {order!r}")
    return order
