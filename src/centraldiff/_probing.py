"""Values of fun at points that are made up, where it may fail; and which points those are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._formula import coordinate_formula
from ._plans import AxisPlan
from ._sparse_values import values_at

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator

    Array = npt.NDArray[Any]

_SEED = 1998
# how far, relative to x, and to which side: 0 is any, -1 towards zero, 1 away from it
_NEAR = ((5e-2, 0), (5e-2, -1), (1e-3, 0), (1e-3, -1), (1e-3, 1), (1e-6, -1), (1e-6, 1))


class StoppedError(Exception):
    """fun raised an exception at a point that nobody asked for."""


class Probe:
    """Calls fun at whole points, of flat x (n,); box holds bounds (lower, upper), of x's shape."""

    def __init__(
        self, evaluator: Evaluator, x: Array, is_number: bool, box: tuple[Array, Array] | None
    ) -> None:
        self.evaluator = evaluator
        self.box = None if box is None else (box[0].ravel(), box[1].ravel())
        self.shape = x.shape
        self.is_number = is_number
        AxisPlan(coordinate_formula(1, "central", None), x)  # which refuses what can't be displaced

    def at(self, point: Array) -> Array:
        """The values (m,) there, or fun's exception."""
        return values_at(self.evaluator, point.reshape(self.shape), self.is_number)

    def quietly(self, point: Array) -> Array:
        """The same, with `StoppedError` for what fun raises, and no warnings of NumPy."""
        try:
            with np.errstate(all="ignore"):
                return self.at(point)
        except Exception as error:
            raise StoppedError from error

    def moved(self, x: Array, step: Array) -> Array:
        """x + step (n,) in x's dtype and range, thrown back into the box by its walls."""
        limit = np.finfo(x.dtype).max
        with np.errstate(over="ignore", invalid="ignore"):
            point: Array = np.clip(x + step, -limit, limit).astype(x.dtype)
            if self.box is None:
                return point
            lower, upper = self.box
            width = upper - lower
            beyond = np.maximum(lower - point, point - upper)
            again = width - np.abs(beyond % (2 * width) - width)  # thrown back by both walls
            beyond = np.where(beyond > width, np.where(width > 0, again, 0), beyond)
            point = np.where(point < lower, lower + beyond, point)
            point = np.where(point > upper, upper - beyond, point)
            return np.clip(point, lower, upper).astype(x.dtype)


@dataclass(frozen=True, slots=True)
class Ends:
    """Two points: coordinates are moved from one to the other."""

    base: Array
    moved: Array

    def mixed(self, mask: Array) -> Array:
        """The point with some coordinates (n,) moved."""
        return np.where(mask, self.moved, self.base)


def ends_near(probe: Probe, x: Array) -> Iterator[Ends]:
    """Ends next to x, to be tried one after the other until fun takes one.

    The base is not x itself, where fun may be special: products vanish at 0.
    """
    random = np.random.default_rng(_SEED)
    size = _sizes(x)
    for reach, side in _NEAR:
        # what is 0 is often at its lower bound
        signs = np.where(x == 0, 1.0, side * np.sign(x) if side else _signs(random, x.size))
        step = signs * size * reach
        base = probe.moved(x, step * random.uniform(0.1, 0.3, x.size))
        yield Ends(base, probe.moved(x, step * random.uniform(0.5, 1, x.size)))


def ends_elsewhere(probe: Probe, x: Array) -> Iterator[Ends]:
    """Ends where fun may take other branches: beyond 0, which reverses comparisons, and farther."""
    random = np.random.default_rng(_SEED + 1)
    size = _sizes(x)
    farther = np.where(x == 0, 1, np.sign(x)) * random.uniform(0.01, 0.03, x.size)
    mirrored = probe.moved(-x, -size * farther)
    wide = probe.moved(x, np.maximum(np.abs(x), 1) * random.uniform(-1, 1, x.size))
    for base in (mirrored, wide):
        # long enough for coordinates that are tiny beside what they are added to
        step = np.maximum(np.abs(base), 1) * 0.05 * random.uniform(0.5, 1, x.size)
        yield Ends(base, probe.moved(base, step * _signs(random, x.size)))


def far(probe: Probe, x: Array) -> Array:
    """A point where each coordinate is beyond all others' sizes."""
    random = np.random.default_rng(_SEED + 3)
    step = np.abs(x).max(initial=1) * random.uniform(10, 20, x.size)
    return probe.moved(x, step * _signs(random, x.size))


def small_steps(probe: Probe, base: Array) -> tuple[Array, Array]:
    """Points so close to a base that fun is nearly linear: all moved; all moved by part of that."""
    random = np.random.default_rng(_SEED + 2)
    step = _sizes(base) * float(np.finfo(base.dtype).eps) ** (1 / 3)
    step = step * _signs(random, base.size) * random.uniform(0.5, 1, base.size)
    part = _signs(random, base.size) * random.uniform(0.25, 0.75, base.size)
    return probe.moved(base, step), probe.moved(base, step * part)


def _sizes(x: Array) -> Array:
    """What a relative displacement is relative to: 1 for what is 0, or nearly."""
    size = np.abs(x)
    return np.where(size > np.finfo(x.dtype).tiny ** 0.5, size, 1)


def _signs(random: np.random.Generator, n: int) -> Array:
    return random.integers(0, 2, n) * 2 - 1
