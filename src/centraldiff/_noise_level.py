"""How noisy fun is around a point: ECnoise with values from an evaluator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._ecnoise import HIGHEST, LOWEST, POINTS, SHRINK, START, settle
from ._sample import Sampler, room
from ._steps import rounding_unit, size_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._sample import Box

    Array = npt.NDArray[Any]

_OFFSETS = tuple(range(1, POINTS))


def noise_level(
    evaluator: Evaluator,
    x: Array,
    is_number: bool,
    *,
    typical: Array | float = 1.0,
    elements: bool = False,
    box: Box | None = None,
) -> Array:
    """Noise of each output (m, 1), or of a fun of numbers at each element of x (1, n).

    Never less than the rounding of the value itself; NaN where that is not finite. Two lines (for
    an element, both sides of it), at least 13 evaluations, at most 73 (for each element).
    """
    size = size_of(x, typical)
    if elements:
        sampler = Sampler(evaluator, x, is_number, elements=True)
        lanes = np.tile(np.arange(x.size), 2)
        both_sides = np.array([_inward(size, x, box), _inward(-0.8 * size, x, box)])
        reach = both_sides.ravel()
    else:
        lines = np.array([_inward(line, x, box) for line in _directions(size)], x.dtype)
        sampler = Sampler(evaluator, x, is_number, lines=lines)
        lanes = np.arange(2)
        reach = np.abs(lines).reshape(2, -1).max(axis=1, initial=0)
    base = sampler.at_x()
    unit = rounding_unit(x.dtype)
    floor = unit * np.abs(base)
    if not reach.any() or not np.isfinite(base).any():
        return np.transpose(floor)
    starts = np.concatenate([base, base]) if elements else np.repeat(base, 2, axis=0)

    def rows(wanted: Array, exponent: int) -> Array:
        asked = np.flatnonzero(wanted.reshape(starts.shape).any(axis=1))
        values = np.full((POINTS, *starts.shape), np.nan, starts.dtype)
        values[0] = starts
        spacing = reach[asked] * START * SHRINK**exponent
        if spacing.dtype == np.longdouble:
            # plans keep moves along lines as doubles: multiples of a short number are exact there
            fraction, power = np.frexp(spacing)
            spacing = np.ldexp(np.round(fraction * 2**20) / 2**20, power)
        along = sampler.along(lanes[asked], spacing, _OFFSETS)[1]
        values[1:, asked] = along.transpose(1, 0, 2)
        return values.reshape(POINTS, -1)

    # spacings have to be longer than the rounding of x
    lowest = int(np.ceil(np.log(16 * float(unit) / START) / np.log(SHRINK)))
    noise = settle(rows, starts.size, max(lowest, LOWEST)).reshape(2, *base.shape)
    both = np.hypot(noise[0], noise[1]).astype(starts.dtype) / np.sqrt(starts.dtype.type(2))
    return np.transpose(np.maximum(both, floor))


@np.errstate(over="ignore", under="ignore")
def _inward(move: Array, x: Array, box: Box | None) -> Array:
    """The move of each coordinate, turned round or shortened where there is no room for it."""
    below, above = (side / ((POINTS - 1) * START * SHRINK**HIGHEST) for side in room(x, box))
    ahead, back = np.where(move > 0, above, below), np.where(move > 0, below, above)
    turned = (ahead < np.abs(move)) & (back > ahead)
    inside: Array = np.sign(move) * np.minimum(np.abs(move), np.maximum(ahead, back))
    return np.where(turned, -inside, inside)


def _directions(size: Array) -> Array:
    """Two lines on which all coordinates move, by half their size or more, in no pattern of fun's.

    Multiples of irrational numbers: the same each time, and nothing to be seeded.
    """
    place = np.arange(1, 2 * size.size + 1)
    part = 0.5 + 0.5 * (0.618034 * place % 1)
    sign = np.where(0.414214 * place % 1 < 0.5, 1, -1)
    if size.size == 1:
        sign = np.array([1, -1])
    return ((part * sign).reshape(2, -1) * size.ravel()).reshape(2, *size.shape).astype(size.dtype)
