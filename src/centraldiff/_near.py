"""Coordinates near bounds: which formula each of them has, its nodes and its terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._formula import BASE, coordinate_formula, one_sided_formula
from ._sides import AS_ASKED, Sides, Stencils, choose_sides, stencils_of
from ._status import FIXED, OK, ONE_SIDE_ONLY, ROUNDING_ONLY, SHRUNK

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._listing import Listing, Sums
    from ._plan import Plan
    from ._terms import Formula

    Array = npt.NDArray[Any]

_SEVERITY = (AS_ASKED, ONE_SIDE_ONLY, SHRUNK, FIXED)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of each coordinate (n, s): their point's number, and where they are."""

    number: npt.NDArray[np.intp]
    at: Array


class Near:
    """x near bounds, everything flat: the side and step of each coordinate."""

    def __init__(self, plan: Plan, lower: Array, upper: Array) -> None:
        self.formula = plan.formula
        self.x = np.ravel(plan.x.real)
        h = np.ravel(plan.axis_steps).astype(self.x.dtype)
        if plan.formula.imaginary:
            # what can't be told from a fixed coordinate by real steps, which confirm complex ones
            real = self.x.dtype.type(1e-3) * np.maximum(np.abs(self.x), 1)
            fixed = choose_sides(Stencils(1, 2, 0), self.x, real, lower, upper).fixed
            none = np.zeros(self.x.shape, np.int8)
            self.sides = Sides(none, np.where(fixed, 0, h), np.where(fixed, FIXED, AS_ASKED))
        else:
            self.stencils = stencils_of(plan.formula)
            self.sides = choose_sides(self.stencils, self.x, h, lower, upper)
        self.free = np.flatnonzero(~self.sides.fixed)
        sides = self.sides.side[self.free]
        # free coordinates by their side
        self.groups = [(int(side), self.free[sides == side]) for side in np.unique(sides)]

    @property
    def as_asked(self) -> bool:
        return bool((self.sides.word == AS_ASKED).all())

    def formula_at(self, side: int, degree: int) -> Formula:
        """The formula of coordinates on that side."""
        if self.formula.imaginary:
            return self.formula
        order = self.stencils.order
        if side:
            return one_sided_formula(degree, side, order + self.stencils.n - degree)
        return coordinate_formula(degree, "central", order)

    def list_axes(self, listing: Listing, degree: int) -> Nodes:
        """List the nodes of all free coordinates, one coordinate after the other."""
        formulas = {side: self.formula_at(side, degree) for side, _ in self.groups}
        most = max((f.sizes[0] for f in formulas.values()), default=0)
        offsets = np.full((len(self.x), most), np.nan, self.x.dtype)
        for side, group in self.groups:
            those = formulas[side].arrays()["offsets"]
            offsets[group, : len(those)] = those
        start = 0 if self.formula.imaginary else self.x[:, None]
        at = start + offsets * self.sides.h[:, None]
        number = np.full(at.shape, -1, np.intp)
        there = ~np.isnan(offsets)
        number[there] = listing.add(np.nonzero(there)[0], at[there])
        return Nodes(number, at)

    def add_axes(
        self, sums: Sums, entry: Array, nodes: Nodes, base: Array, degree: int, lower: bool
    ) -> bool:
        """Add the terms of free coordinates to their entries (n), base (n) being points at x.

        lower: those of the formula of lower order that is inside, where there is one; was there?
        """
        found = False
        for side, c in self.groups:
            formula = self.formula_at(side, degree)
            if lower and formula.lower is not None:
                formula, found = formula.lower, True
            arrays = formula.arrays()
            plus, minus = arrays["plus"], arrays["minus"]
            at, number = self._with_x(c, nodes, base)
            values = number[:, plus], number[:, minus], -1, -1
            span: Any = self.sides.h[c][:, None]
            if degree == 1:
                span = at[:, plus] - at[:, minus]
            sums.add(entry[c][:, None], values, arrays["weights"], span, 1)
        return found

    def _with_x(self, c: Array, nodes: Nodes, base: Array) -> tuple[Array, Array]:
        """Where nodes of coordinates are and their points' numbers, with 0 and x at the end.

        So that NOTHING and BASE are places in it, from its end.
        """
        at = np.zeros((len(c), nodes.at.shape[1] + 2), nodes.at.dtype)
        number = np.full(at.shape, -1)
        at[:, :-2], at[:, BASE] = nodes.at[c], self.x[c]
        number[:, :-2], number[:, BASE] = nodes.number[c], base[c]
        return at, number


def needs_base(near: Near, degree: int) -> bool:
    """Is the value at x part of any formula?"""
    return any(near.formula_at(side, degree).needs_base for side, _ in near.groups)


def words_for(words: Array, tells_truncation: bool) -> npt.NDArray[np.str_]:
    """The statuses of a result: what bounds did, or else what its error estimate holds."""
    known: npt.NDArray[np.str_] = np.where(
        words == AS_ASKED, OK if tells_truncation else ROUNDING_ONLY, words
    )
    return known


def worse(a: Array, b: Array) -> npt.NDArray[np.str_]:
    """Of two words the one that changes more."""
    rank = np.maximum.reduce(
        [np.where((a == word) | (b == word), k, 0) for k, word in enumerate(_SEVERITY)]
    )
    return np.array(_SEVERITY)[rank]
