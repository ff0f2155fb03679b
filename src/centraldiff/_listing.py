"""Points that are listed, and terms of their values, while a plan is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._bounded import SparseTerms

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


class Listing:
    """Points to be evaluated, each listed once; `add` returns their numbers."""

    def __init__(self) -> None:
        self.rows: list[tuple[Array, ...]] = []
        self.count = 0

    def add(self, i: Any, a: Any, j: Any = -1, b: Any = 0) -> npt.NDArray[np.intp]:
        shape = np.broadcast_shapes(*(np.shape(column) for column in (i, a, j, b)))
        columns = _filled(shape, (i, a, j, b), (np.intp, np.longdouble) * 2)
        numbers = self.count + np.arange(columns[0].size).reshape(shape)
        self.rows.append(columns)
        self.count += numbers.size
        return numbers

    def points(self) -> tuple[Array, ...]:
        if not self.rows:
            return tuple(np.empty(0, dtype) for dtype in (np.intp, np.longdouble) * 2)
        return tuple(np.concatenate(column) for column in zip(*self.rows, strict=True))


class Sums:
    """Terms of the entries of a result, in any order."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.terms: list[tuple[Array, ...]] = []
        self.entries: list[tuple[Array, ...]] = []
        self.count = 0

    def entry(self, place: Any, mirror: Any = None, power: int = 0, divisor: Any = 1) -> Array:
        """New entries of the result, at these places (and their mirror images); their numbers."""
        mirror = place if mirror is None else mirror
        columns = _filled(
            np.shape(place), (place, mirror, power, divisor), (*(np.intp,) * 3, np.longdouble)
        )
        numbers = self.count + np.arange(columns[0].size)
        self.entries.append(columns)
        self.count += numbers.size
        return numbers

    def add(self, entry: Any, values: tuple[Any, ...], weight: Any, span: Any, other: Any) -> None:
        """weight * ((v0 - v1) - (v2 - v3)) / span / other, for each entry and number v0."""
        self.terms.append(
            _filled(
                np.broadcast_shapes(np.shape(entry), np.shape(values[0])),
                (entry, *values, weight, span, other),
                (*(np.intp,) * 5, *(np.longdouble,) * 3),
            )
        )

    def build(self) -> SparseTerms:
        empty = (*(np.empty(0, np.intp),) * 5, *(np.empty(0, np.longdouble),) * 3)
        columns = [np.concatenate(c) for c in zip(empty, *self.terms, strict=True)]
        if (columns[0][1:] < columns[0][:-1]).any():
            order = np.argsort(columns[0], kind="stable")
            columns = [column[order] for column in columns]
        entry, v0, v1, v2, v3, weights, span, other = columns
        none = (*(np.empty(0, np.intp),) * 3, np.empty(0, np.longdouble))
        place, mirror, power, divisors = (
            np.concatenate(c) for c in zip(none, *self.entries, strict=True)
        )
        return SparseTerms(
            self.columns,
            entry=entry,
            values=np.array([v0, v1, v2, v3]).T,
            weights=weights,
            spans=np.array([span, other]).T,
            place=place,
            mirror=mirror,
            power=power,
            divisors=divisors,
        )


def _filled(
    shape: tuple[int, ...], columns: tuple[Any, ...], types: tuple[Any, ...]
) -> tuple[Array, ...]:
    """Columns of one shape, made flat. (broadcast_arrays says the same in ten times the time.)"""
    filled = []
    for column, dtype in zip(columns, types, strict=True):
        array = np.empty(shape, dtype)
        array[...] = column
        filled.append(array.ravel())
    return tuple(filled)
