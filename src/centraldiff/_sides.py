"""Which side of x a stencil is on near bounds, and how long its step can be there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ._status import FIXED, ONE_SIDE_ONLY, SHRUNK

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._terms import Formula

    Array = npt.NDArray[Any]

AS_ASKED = ""


@dataclass(frozen=True, slots=True)
class Stencils:
    """What stencils a formula stands for: derivative n to an order, where there is room on `asked`.

    Sides are 0 (both: central), +1 and -1. `reach` is how many steps one on each side goes.
    """

    n: int
    order: int
    asked: int

    def reach(self, side: int) -> int:
        return self.n + self.order - 1 if side else (self.n + self.order - 1) // 2

    @property
    def sides(self) -> tuple[int, ...]:
        """Those that are tried, in this order."""
        return (0, 1, -1) if self.asked == 0 else (self.asked, -self.asked)


@cache
def stencils_of(formula: Formula) -> Stencils:
    """What a formula stands for."""
    offsets = formula.arrays()["offsets"]
    asked = 0 if (offsets > 0).any() and (offsets < 0).any() else int(np.sign(offsets.sum()))
    return Stencils(formula.degree, round(1 / formula.exponent) - formula.degree, asked)


def all_inside(stencils: Stencils, x: Array, h: Array, lower: Array, upper: Array) -> bool:
    """Is there room for what is asked, at every coordinate? Most of the time there is."""
    return bool(_inside(stencils, stencils.asked, x, h, lower, upper).all())


@dataclass(frozen=True, slots=True)
class Sides:
    """Of each of n coordinates: side, step (0 where it is fixed), a word where not as asked."""

    side: npt.NDArray[np.int8]
    h: Array
    word: npt.NDArray[np.str_]

    @property
    def fixed(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.word == FIXED)


@np.errstate(over="ignore", under="ignore", invalid="ignore")
def choose_sides(stencils: Stencils, x: Array, h: Array, lower: Array, upper: Array) -> Sides:
    """The side that is asked for where the steps h fit there, else the other, else shorter steps.

    A coordinate whose bounds leave no room for distinct points is fixed.
    """
    side = np.zeros(x.shape, np.int8)
    step = np.zeros_like(h)
    word = np.full(x.shape, SHRUNK)
    undecided = lower < upper
    word[~undecided] = FIXED
    for tried in stencils.sides:
        fits = undecided & _inside(stencils, tried, x, h, lower, upper)
        side[fits], step[fits] = tried, h[fits]
        word[fits] = AS_ASKED if tried == stencils.asked else ONE_SIDE_ONLY
        undecided &= ~fits
    for tried in stencils.sides if undecided.any() else ():
        longest = _longest_step(stencils, tried, x, h, lower, upper)
        longer = undecided & (longest > step)
        side[longer], step[longer] = tried, longest[longer]
    numbers = np.finfo(x.dtype)
    lost = step < numbers.tiny / numbers.eps  # no room for points that arithmetic can tell apart
    step[lost], word[lost] = 0, FIXED
    return Sides(side, step, word)


@np.errstate(over="ignore")
def _inside(
    stencils: Stencils, side: int, x: Array, h: Array, lower: Array, upper: Array
) -> npt.NDArray[np.bool_]:
    """Are the points of a stencil, as they will be rounded, within bounds?"""
    far = x.dtype.type(stencils.reach(side)) * h
    if side > 0:
        inside: npt.NDArray[np.bool_] = x + far <= upper
    elif side < 0:
        inside = x - far >= lower
    else:
        inside = (x + far <= upper) & (x - far >= lower)
    return inside


def _longest_step(
    stencils: Stencils, side: int, x: Array, h: Array, lower: Array, upper: Array
) -> Array:
    """The longest representable step up to h that stays inside; 0 where there is none."""
    size = np.abs(x)
    room = {0: np.minimum(upper - x, x - lower), 1: upper - x, -1: x - lower}[side]
    step = np.minimum(h, room / x.dtype.type(stencils.reach(side)))
    step = (size + step) - size
    for _ in range(4):  # rounding is off by one or two
        inside = _inside(stencils, side, x, step, lower, upper)
        shorter = np.maximum(np.nextafter(size + step, x.dtype.type(0)) - size, 0)
        step = np.where(inside, step, shorter)
    return np.where(_inside(stencils, side, x, step, lower, upper), step, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """A line through x within bounds: x + k * move, k up to the reach of the stencil on a side.

    t is how much of v one move is; `bend` how far rounding bends it off v, relative to its worst
    coordinate.
    """

    move: Array
    side: int
    t: Any
    bend: float
    word: str


_WORTH = 0.1  # two lines instead of one for steps that are ten times as long


@np.errstate(all="ignore")
def choose_lines(
    stencils: Stencils, x: Array, v: Array, move: Array, lower: Array, upper: Array
) -> list[Line]:
    """One line that stays inside; two where no side of x has room for all coordinates.

    J v is the sum over lines that v is the sum of: one for the coordinates that can go on along v,
    and one for those that can only go back.
    """
    moves = move != 0
    if not moves.any():
        return []
    ahead = _multiple(x, move, lower, upper)
    back = _multiple(x, -move, lower, upper)
    rooms = {0: np.minimum(ahead, back), 1: ahead, -1: back}
    factors = {s: rooms[s][moves].min() / stencils.reach(s) for s in stencils.sides}
    side = next((s for s in stencils.sides if factors[s] >= 1), None)
    if side is not None:
        return [_line(stencils, side, 1.0, moves, x, v, move, lower, upper)]
    side = max(stencils.sides, key=lambda s: factors[s])  # the first one of equals
    groups = {s: moves & ((ahead >= back) == (s > 0)) for s in (1, -1)}
    if all(group.any() for group in groups.values()):
        parts = {s: min(rooms[s][g].min() / stencils.reach(s), 1.0) for s, g in groups.items()}
        if factors[side] < _WORTH * min(parts.values()):
            return [
                _line(stencils, s, parts[s], group, x, v, move, lower, upper)
                for s, group in groups.items()
            ]
    return [_line(stencils, side, factors[side], moves, x, v, move, lower, upper)]


def _multiple(x: Array, move: Array, lower: Array, upper: Array) -> Array:
    """How many moves each coordinate can make (rounded)."""
    room = np.where(move > 0, upper - x, x - lower)
    return np.where(move != 0, room / np.abs(move), np.inf)


def _line(
    stencils: Stencils,
    side: int,
    factor: Any,
    group: npt.NDArray[np.bool_],
    x: Array,
    v: Array,
    move: Array,
    lower: Array,
    upper: Array,
) -> Line:
    """The line of some coordinates, its moves made representable and drawn inside."""
    size, sign = np.abs(x), np.sign(move)
    length = np.where(group, np.abs(move) * x.dtype.type(factor), 0)
    length = (size + length) - size
    far = x.dtype.type(stencils.reach(side))
    ends = [far] * (side >= 0) + [-far] * (side <= 0)

    def inside(length: Array) -> npt.NDArray[np.bool_]:
        points = [x + end * (sign * length) for end in ends]
        within: npt.NDArray[np.bool_] = np.all(
            [(p >= lower) & (p <= upper) for p in points], axis=0
        )
        return within

    for _ in range(4):  # rounding is off by one or two
        shorter = np.maximum(np.nextafter(size + length, x.dtype.type(0)) - size, 0)
        length = np.where(inside(length), length, shorter)
    taken = sign * np.where(inside(length), length, 0)
    largest = np.abs(v[group]).max()
    part = np.where(group, v, 0).astype(np.longdouble) / largest
    t = (taken @ part) / (part @ part)
    along = np.abs(t * part)
    off = np.abs(taken - t * part)[along > 0] / along[along > 0]
    word = AS_ASKED if side == stencils.asked else ONE_SIDE_ONLY
    return Line(taken, side, t / largest, float(off.max(initial=0)), SHRUNK if factor < 1 else word)
