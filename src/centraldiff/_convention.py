"""What a function of many points at once has to obey, and how it is told if it does not.

It takes x.shape + (k,) and returns (k,) or m + (k,), each point for itself. A function that mixes
points gives derivatives that are wrong and look right; so some point is evaluated alone too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import FunctionValueError
from ._validation import as_values

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def as_values_of_points(
    name: str,
    value: object,
    allow_complex: bool,
    points_shape: tuple[int, ...],
    value_shape: tuple[int, ...] | None,
) -> Array:
    """What fun returned for points of that shape, (..., k): an array value_shape + (k,).

    value_shape None: whatever it is, in the first evaluation.
    """
    array = as_values(name, value, allow_complex, None)
    k = points_shape[-1]
    if value_shape is None and array.ndim and array.shape[-1] == k:
        return array
    if value_shape is not None and array.shape == (*value_shape, k):
        return array
    wanted = "an array m + (1,)" if value_shape is None else f"shape {(*value_shape, k)}"
    raise FunctionValueError(
        f"with vectorized=True {name} must keep the last axis, which counts points: for "
        f"{k} point{'s'[: k > 1]}, an array of shape {points_shape}, it must return {wanted}, got "
        f"shape {array.shape}; reduce over the axes before the last one, as np.sum(x, axis=0) "
        "does, or leave out vectorized"
    )


def require_agreement(
    name: str, together: Array, j: int, alone: Array, where: str, n: int, noise: float
) -> None:
    """Raise unless point j of a block has the value that it has alone.

    together (..., k), alone (...). Sums and products of matrices may be rounded in another order;
    beyond that, what differs by less than a millionth of the differences between points can't
    harm a derivative. Mixing nearby points differs by about 1/n of them.
    """
    there = together[..., j]
    if (there == alone).all():
        return
    known = together
    if not np.isfinite(known).all():
        known = known[..., np.isfinite(known).all(axis=tuple(range(known.ndim - 1)))]
    tolerance = 30 * noise
    if known.size:
        unit = float(np.finfo(known.dtype).epsneg)
        spread = np.ptp(known, axis=-1).max()
        tolerance += 64 * unit * np.sqrt(n + 1) * np.abs(known).max() + 1e-6 * spread
    with np.errstate(invalid="ignore"):
        differ = ~((np.abs(there - alone) <= tolerance) | (there == alone))
    differ &= ~(np.isnan(there) & np.isnan(alone))
    if not differ.any():
        return
    place = tuple(int(i) for i in np.argwhere(differ)[0])
    output = f" in output {place if len(place) > 1 else place[0]}" if place else ""
    raise FunctionValueError(
        f"with vectorized=True {name} must compute each point for itself: among "
        f"{together.shape[-1]} points the one {where} has the value {there[place]!s}{output}, "
        f"alone it has {alone[place]!s}; the last axis of x counts points, and nothing may be "
        "summed, sorted or averaged along it (values that are this noisy need noise=)"
    )
