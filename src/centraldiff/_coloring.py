"""Which columns of a sparse matrix can be evaluated together: colours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ._color import partial_coloring
from ._errors import ArgumentTypeError, ArgumentValueError
from ._ordering import ordering
from ._pattern import Pattern, as_pattern
from ._recovery import mirror
from ._symmetric_color import acyclic_coloring, star_coloring

if TYPE_CHECKING:
    import numpy.typing as npt

ORDERS = ("natural", "largest_first", "smallest_last", "incidence_degree")
_LONGEST = 32  # rows with more entries are not walked for each of their columns, which takes longer
_LONGEST_CYCLE = 256  # a search for the next free colour is as long as that


def color_columns(pattern: Any, *, order: str | None = None) -> npt.NDArray[np.intp]:
    """The colours of columns of a sparse matrix: those of one colour have no row in common.

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
    2005) takes O(sum of the squared lengths of rows) steps and O(nonzeros) memory. Rows of more
    than 32 entries keep their colours as bits, which takes far fewer. Degrees, which the orders
    other than "natural" go by, are those in the graph of columns that share a row (Coleman and
    Moré, SIAM J. Numer. Anal. 20, 1983); long rows add their length to them, overlap or not.

    Examples
    --------
    >>> import centraldiff as cd
    >>> cd.color_columns([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]])
    array([0, 1, 2, 0])
    """
    return columns_colored(as_pattern("pattern", pattern), _as_order(order))


def color_symmetric(
    pattern: Any, *, order: str | None = None, recovery: str = "direct"
) -> npt.NDArray[np.intp]:
    """The colours of columns of a sparse symmetric matrix, fewer than if it were any matrix.

    A Hessian with this pattern needs one difference of gradients (one gradient call, or two) for
    each colour. Of an entry and its mirror image only one has to be found.

    Parameters
    ----------
    pattern : SciPy sparse array or matrix, or array_like, shape (n, n)
        Where the matrix may differ from zero: what is stored, or the nonzeros of a dense array.
        Symmetric; the diagonal counts as there, stored or not.
    order : {"natural", "largest_first", "smallest_last", "incidence_degree"}, optional
        The order in which columns get the first colour that is free. By default some are tried, and
        the colours of `color_columns`, which are allowed here too; the fewest count.
    recovery : {"direct", "substitution"}
        "direct": a star colouring, with which each entry, or its mirror image, can be read from a
        difference. "substitution": an acyclic colouring, often with fewer colours, with which
        entries are differences less entries that were found before; so errors add up, along chains
        that may be long (n / 2 entries in a tridiagonal matrix).

    Returns
    -------
    ndarray of int, shape (n,)
        Colours 0, 1, ..., p - 1, none of them without columns.

    Raises
    ------
    ValueError
        An `order` or a `recovery` that there is not, a pattern that is not symmetric, or not
        square, or contains NaN.
    TypeError
        A pattern that is not made of bools or real numbers.

    Notes
    -----
    No function is evaluated. Star and acyclic colouring are those of Gebremedhin, Tarafdar, Manne
    and Pothen (SIAM J. Sci. Comput. 29, 2007), in O(nonzeros * colours) steps at most and
    O(nonzeros) memory. Degrees are those in the graph of the pattern. A band of half-width b gets
    2 b + 1 colours by "direct" and b + 1 by "substitution", an arrow-head 2 by either.

    Examples
    --------
    >>> import numpy as np
    >>> import centraldiff as cd
    >>> arrow_head = np.eye(6)
    >>> arrow_head[0] = arrow_head[:, 0] = 1
    >>> cd.color_symmetric(arrow_head)
    array([0, 1, 1, 1, 1, 1])
    >>> cd.color_columns(arrow_head)
    array([0, 1, 2, 3, 4, 5])
    """
    kind = _as_order(order)
    return symmetric_colored(as_pattern("pattern", pattern), kind, as_recovery(recovery))


def columns_colored(pattern: Pattern, order: str | None = None) -> npt.NDArray[np.intp]:
    """Colours (n) of columns that share no row, in a given order or with the fewest of some."""
    columns = pattern.transposed()
    graph = (pattern.indptr, pattern.indices, columns.indptr, columns.indices)

    def colored(order: npt.NDArray[Any], cycle: int = 0) -> tuple[npt.NDArray[Any], int]:
        return partial_coloring(order, *graph, longest=_LONGEST, cycle=cycle)

    if order is not None:
        return colored(_ordered(order, graph))[0].astype(np.intp)
    fewest = max(int(np.diff(pattern.indptr).max(initial=0)), 1)

    def ways() -> Iterator[tuple[npt.NDArray[Any], int]]:
        yield colored(_ordered("natural", graph))
        if fewest <= _LONGEST_CYCLE:
            yield colored(_ordered("natural", graph), cycle=fewest)
            yield colored(_ordered("incidence_degree", graph), cycle=fewest)
        last = colored(_ordered("smallest_last", graph))
        yield last
        yield colored(_last_classes_first(last[0]))

    return _best(ways(), fewest)


def symmetric_colored(
    pattern: Pattern, order: str | None = None, recovery: str = "direct"
) -> npt.NDArray[np.intp]:
    """Colours (n), star or acyclic, in a given order or with the fewest of some."""
    mirrored = mirror(pattern)
    color = star_coloring if recovery == "direct" else acyclic_coloring
    graph = (pattern.indptr, pattern.indices, pattern.indptr, pattern.indices)

    def colored(order: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], int]:
        return color(order, pattern.indptr, pattern.indices, mirrored)

    if order is not None:
        return colored(_ordered(order, graph, is_graph=True))[0].astype(np.intp)
    fewest = _fewest_symmetric(pattern, recovery)

    def ways() -> Iterator[tuple[npt.NDArray[Any], int]]:
        # structurally orthogonal columns are a star colouring, and an acyclic one, soon found; on
        # grids they are one of the best
        columns = columns_colored(pattern.with_diagonal())
        yield columns, int(columns.max(initial=-1)) + 1
        for kind in ("natural", "smallest_last"):
            found = colored(_ordered(kind, graph, is_graph=True))
            yield found
            yield colored(_last_classes_first(found[0]))

    return _best(ways(), fewest)


def _best(ways: Iterator[tuple[npt.NDArray[Any], int]], fewest: int) -> npt.NDArray[np.intp]:
    """The colours of the way that needs the fewest; ends where fewer can't be."""
    found, count = next(ways)
    while count > fewest and (other := next(ways, None)) is not None:
        if other[1] < count:
            found, count = other
    return found.astype(np.intp)


def _fewest_symmetric(pattern: Pattern, recovery: str) -> int:
    """A lower bound for the number of colours."""
    n = pattern.shape[0]
    rows = pattern.rows()
    beside = rows != pattern.indices
    pairs = np.count_nonzero(beside) // 2
    # each two colours have the edges of a forest, fewer than they have vertices
    p = 1
    while (p - 1) * n - p * (p - 1) // 2 < pairs:
        p += 1
    if recovery == "direct" and p == 2:
        degrees = np.bincount(rows[beside], minlength=n)
        if ((degrees[rows] > 1) & (degrees[pattern.indices] > 1) & beside).any():
            return 3  # there is a path of four vertices, or a triangle
    return p


def _last_classes_first(colors: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Vertices (n) colour by colour, the last colour first (Culberson 1992)."""
    return np.argsort(-colors, kind="stable").astype(colors.dtype)


def _ordered(
    kind: str, graph: tuple[npt.NDArray[Any], ...], is_graph: bool = False
) -> npt.NDArray[Any]:
    """The vertices (n) in one of the orders."""
    indptr, indices, column_starts, column_rows = graph
    if kind == "natural":
        return np.arange(len(column_starts) - 1, dtype=indptr.dtype)
    return ordering(kind, indptr, indices, column_starts, column_rows, is_graph, _LONGEST)


def as_recovery(recovery: object) -> str:
    """ "direct" or "substitution"."""
    if not isinstance(recovery, str) or recovery not in ("direct", "substitution"):
        error = ArgumentValueError if isinstance(recovery, str) else ArgumentTypeError
        raise error(f"recovery must be 'direct' or 'substitution', got {recovery!r}")
    return str(recovery)


def _as_order(order: object) -> str | None:
    if order is None:
        return None
    if not isinstance(order, str):
        raise ArgumentTypeError(f"order must be one of {ORDERS} or None, got {order!r}")
    if order not in ORDERS:
        raise ArgumentValueError(f"order must be one of {ORDERS} or None, got {order!r}")
    return order
