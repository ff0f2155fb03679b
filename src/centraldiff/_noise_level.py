"""How noisy fun is around a point: ECnoise with values from an evaluator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._ecnoise import LOWEST, POINTS, SHRINK, START, settle
from ._sample import Sampler
from ._steps import rounding_unit

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Callback

    Array = npt.NDArray[Any]

_OFFSETS = tuple(range(1, POINTS))


def noise_level(
    evaluator: Callback,
    x: Array,
    is_number: bool,
    *,
    typical: Array | float = 1.0,
    elements: bool = False,
) -> Array:
    """Noise of each output (m, 1), or of a fun of numbers at each element of x (1, n).

    Never less than the rounding of the value itself; NaN where that is not finite. At least 7
    evaluations, at most 37 (for each element).
    """
    size = np.maximum(np.abs(x), typical)
    if elements:
        sampler = Sampler(evaluator, x, is_number, elements=True)
        reach = size.ravel()
    else:
        v = _direction(size)
        sampler = Sampler(evaluator, x, is_number, v=v)
        reach = np.abs(v).max(initial=0, keepdims=True).ravel()
    base = sampler.at_x()
    unit = rounding_unit(x.dtype)
    floor = unit * np.abs(base)
    if not reach.any():
        return floor.T

    def rows(wanted: Array, exponent: int) -> Array:
        lanes = np.flatnonzero(wanted.reshape(base.shape).any(axis=1))
        values = np.full((POINTS, *base.shape), np.nan, base.dtype)
        values[0] = base
        along = sampler.along(lanes, reach[lanes] * START * SHRINK**exponent, _OFFSETS)[1]
        values[1:, lanes] = along.transpose(1, 0, 2)
        return values.reshape(POINTS, -1)

    # spacings have to be longer than the rounding of x
    lowest = int(np.ceil(np.log(16 * float(unit) / START) / np.log(SHRINK)))
    noise = settle(rows, base.size, max(lowest, LOWEST)).reshape(base.shape)
    return np.maximum(noise, floor).T


def _direction(size: Array) -> Array:
    """All coordinates, each by half its size or more, in no pattern that a fun may have.

    Multiples of irrational numbers: the same each time, and nothing to be seeded.
    """
    place = np.arange(1, size.size + 1)
    part = 0.5 + 0.5 * (0.618034 * place % 1)
    sign = np.where(0.414214 * place % 1 < 0.5, 1, -1)
    return (size.ravel() * part * sign).reshape(size.shape).astype(size.dtype)
