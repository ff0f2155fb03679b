"""Which pairs of coordinates a number depends on together: pairs of blocks, halved level by level.

Blocks A and B do not interact where f(A and B moved) - f(A moved) - f(B moved) + f is no more than
rounding. What does not interact is never looked into.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ._probing import Ends, Probe, StoppedError, ends_elsewhere, ends_near

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_ULPS = 8


class Draw:
    """Values of one number between two ends; those of single blocks are kept for a level.

    A strict one stops where a value is not finite.
    """

    def __init__(self, probe: Probe, ends: Ends, strict: bool = False) -> None:
        self.probe = probe
        self.strict = strict
        self.ends = ends
        self.value = self._value(ends.base)
        whole = self._value(ends.moved)
        if not (np.isfinite(self.value) and np.isfinite(whole)):
            raise StoppedError
        # a number out of float32 says so by its digits
        with np.errstate(over="ignore"):
            short = all(number == np.float32(number) for number in (self.value, whole))
        unit = np.finfo(np.float32 if short else ends.base.dtype).eps
        # sums of n terms have rounded n times
        self.unit = float(unit) * _ULPS * max(1, ends.base.size) ** 0.5
        self.alone: dict[int, float] = {}

    def interact(self, a: slice, b: slice) -> bool | None:
        """Whether two blocks do; None where a value is not finite and tells nothing."""
        one, other, both = self._moved(a), self._moved(b), self._value(self._point(a, b))
        with np.errstate(over="ignore", invalid="ignore"):
            change = (both - one) - (other - self.value)
        largest = max(abs(both), abs(one), abs(other), abs(self.value))
        if np.isfinite(change):
            return bool(abs(change) > self.unit * largest)
        if self.strict:
            raise StoppedError
        return None

    def _moved(self, block: slice) -> float:
        if block.start not in self.alone:
            self.alone[block.start] = self._value(self._point(block))
        return self.alone[block.start]

    def _point(self, *blocks: slice) -> Array:
        point = self.ends.base.copy()
        for block in blocks:
            point[block] = self.ends.moved[block]
        return point

    def _value(self, point: Array) -> float:
        return self.probe.quietly(point)[0]  # type: ignore[no-any-return]


def interactions(probe: Probe, x: Array) -> Array | StoppedError:
    """Pairs (k, 2), i < j, of coordinates of flat x (n,) that interact; or why no point will do.

    The first of two draws is next to x; the one elsewhere may fail.
    """
    probe.at(x)
    if x.size < 2:
        return np.empty((0, 2), np.int64)
    elsewhere: list[Draw] = []
    for ends in ends_elsewhere(probe, x):
        with suppress(StoppedError):
            elsewhere.append(Draw(probe, ends))
            break
    for strict in (True, False):
        for ends in ends_near(probe, x):
            try:
                return _descend(x.size, [Draw(probe, ends, strict), *elsewhere])
            except StoppedError as error:
                stopped = error
    return stopped


def _descend(n: int, draws: list[Draw]) -> Array:
    shift = (n - 1).bit_length()
    pairs: list[tuple[int, int]] = []
    while shift:
        shift -= 1
        count = ((n - 1) >> shift) + 1
        halves = [(a, a + 1) for a in range(0, count - 1, 2)]
        halves += [
            (a, b)
            for first, second in pairs
            for a in (2 * first, 2 * first + 1)
            for b in (2 * second, 2 * second + 1)
            if b < count
        ]
        for draw in draws:
            draw.alone.clear()
        pairs = [
            (a, b)
            for a, b in halves
            if _interact(
                draws,
                slice(a << shift, (a + 1) << shift),
                slice(b << shift, (b + 1) << shift),
            )
        ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _interact(draws: list[Draw], a: slice, b: slice) -> bool:
    """Whether two blocks interact by any draw; if none can tell, they do."""
    known = False
    for draw in draws:
        try:
            answer = draw.interact(a, b)
        except StoppedError:
            if draw is draws[0]:
                raise
            answer = None
        if answer:
            return True
        known |= answer is not None
    return not known
