"""Entries of a sparse derivative, and what sums over them give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._status import (
    CONVERGED,
    FIXED,
    KINK,
    LIMITED_BY_NOISE,
    LOST_IN_ROUNDING,
    NOT_CONVERGED,
    NOT_FINITE,
    OK,
    ONE_SIDE_ONLY,
    ROUNDING_ONLY,
    SHRUNK,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._compressed import Blends, Groups
    from ._pattern import Pattern

    Array = npt.NDArray[Any]

# of several words for one number the last one counts
_BY_SEVERITY = np.array(
    [
        FIXED,
        OK,
        CONVERGED,
        ROUNDING_ONLY,
        ONE_SIDE_ONLY,
        SHRUNK,
        LIMITED_BY_NOISE,
        NOT_CONVERGED,
        KINK,
        LOST_IN_ROUNDING,
        NOT_FINITE,
    ]
)


class Settled(NamedTuple):
    """What follows from a pattern alone: groups of columns, for values also pairs of groups.

    square: of the product of the derivative's transpose with itself, where that is asked for.
    """

    groups: Groups
    blends: Blends | None
    square: Pattern | None = None
    confirmed: bool = False


class Told(NamedTuple):
    """What is said of each entry: its error, a word; and steps, as a DerivativeResult has them."""

    error: Array
    status: npt.NDArray[np.str_]
    step: Any


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of a sparse derivative, with all that is known of them.

    values: those of fun at x, flat, where they were asked for; beside: of a Hessian from values
    with its value, the Jacobian on the same points.
    """

    pattern: Pattern
    data: Array
    told: Told | None = None
    values: Array | None = None
    beside: Entries | None = None


def severity(words: Array) -> Array:
    """How much a word says against a number."""
    order = np.argsort(_BY_SEVERITY)
    ranks: Array = order[np.searchsorted(_BY_SEVERITY, words, sorter=order)]
    return ranks


def worst(words: Array, place: Array, count: int) -> npt.NDArray[np.str_]:
    """Of all words for each of `count` numbers the one that says most; "ok" where there is none."""
    ranks = np.full(count, severity(np.array(OK)))
    ranks[place] = 0
    np.maximum.at(ranks, place, severity(words))
    known: npt.NDArray[np.str_] = _BY_SEVERITY[ranks]
    return known


def column_sums(entries: Array, column: Array, n: int) -> Array:
    """The sum of the entries of each column, in float64 at least."""
    if entries.dtype != np.longdouble:
        return np.bincount(column, weights=entries, minlength=n)
    total = np.zeros(n, entries.dtype)
    np.add.at(total, column, entries)
    return total
