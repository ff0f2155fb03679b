"""Bounds: where fun may be called at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import ArgumentTypeError, ArgumentValueError
from ._validation import as_point

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_ALLOWED = (
    "bounds must be (lower, upper), each a number or an array like x, or a scipy.optimize.Bounds"
)
_NOT_PAIRS = "bounds are (lower, upper); of a list of (low, high) pairs that is tuple(zip(*pairs))"
_ROUNDING = 4  # ulps that x may be off, and is clipped


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds as they were given: numbers, or arrays like an x that is not known yet."""

    lower: Array
    upper: Array
    may_be_pairs: bool = False  # two numbers on each side: two pairs look like that too
    are_as_pairs: bool = False  # a list of tuples, as SciPy's pairs are written
    fitted: dict[Any, tuple[Array, Array]] = field(default_factory=dict, repr=False, compare=False)

    def fit(self, x: Array) -> tuple[Array, Array]:
        """Lower and upper bound of each coordinate, in x's shape and dtype, never rounded outward.

        Where there is no number of x's dtype between the two, both are the one nearest to them.
        """
        known = self.fitted.get((x.shape, x.dtype))
        if known is not None:
            return known
        lower = _as_dtype(_like_x(self.lower, x), x.dtype, np.less, np.inf)
        upper = _as_dtype(_like_x(self.upper, x), x.dtype, np.greater, -np.inf)
        crossed = lower > upper
        box = np.where(crossed, upper, lower), upper
        for side in box:
            side.setflags(write=False)
        self.fitted.clear()  # the last kind of x is what is asked for again
        self.fitted[x.shape, x.dtype] = box
        return box

    def clip(self, x: Array) -> Array:
        """x itself, or a copy that is moved onto the bounds it is outside of by rounding."""
        lower, upper = self.fit(x)
        if self.are_as_pairs and x.shape == (2,) and self._holds_as_pairs(x):
            raise ArgumentValueError(
                f"{_NOT_PAIRS}; a list of two tuples may be either, x being inside of both: for "
                "(lower, upper) write a tuple"
            )
        if ((x >= lower) & (x <= upper)).all():
            return x
        outside = np.isfinite(x) & ((x < lower) | (x > upper))
        clipped = np.where(outside, np.minimum(np.maximum(x, lower), upper), x)
        largest = np.maximum(np.abs(x), np.abs(clipped))
        with np.errstate(all="ignore"):
            numbers = np.finfo(x.dtype)
            ulp = numbers.eps * largest + numbers.smallest_subnormal
            beyond = outside & ~(np.abs(x - clipped) <= _ROUNDING * ulp)
        if beyond.any():
            place = tuple(int(i) for i in np.argwhere(beyond)[0])
            name = f"x[{', '.join(map(str, place))}]" if place else "x"
            raise ArgumentValueError(
                f"x must be within bounds, got {name} = {x[place]!s} with bounds "
                f"{lower[place]!s} to {upper[place]!s}{self._hint(x)}"
            )
        return clipped

    def _holds_as_pairs(self, x: Array) -> bool:
        """Whether x is inside if (lower, upper) are two pairs (low, high); None was infinite."""
        low, high = np.transpose([self.lower, self.upper])
        low, high = np.where(np.isinf(low), -np.inf, low), np.where(np.isinf(high), np.inf, high)
        return bool(((low <= x) & (x <= high)).all())

    def _hint(self, x: Array) -> str:
        """What an x outside may come from."""
        if self.may_be_pairs and x.shape == (2,) and self._holds_as_pairs(x):
            return f"; it is inside if these are two pairs, but {_NOT_PAIRS}"
        return "; SciPy's trust-constr stays inside with scipy.optimize.Bounds(keep_feasible=True)"


def as_bounds(bounds: object) -> Bounds:
    """Bounds out of (lower, upper), None or infinite where there is none, or out of SciPy's."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        pair: tuple[object, object] = (bounds.lb, bounds.ub)
    elif isinstance(bounds, np.ndarray) and bounds.ndim == 0:
        raise ArgumentTypeError(f"{_ALLOWED}; got an array of shape ()")
    elif isinstance(bounds, tuple | list | np.ndarray):
        if len(bounds) != 2:
            raise ArgumentValueError(f"{_ALLOWED}; got {len(bounds)} of them; {_NOT_PAIRS}")
        pair = (bounds[0], bounds[1])
    else:
        raise ArgumentTypeError(f"{_ALLOWED}; got {type(bounds).__name__}")
    lower, upper = _side("lower", pair[0], -np.inf), _side("upper", pair[1], np.inf)
    try:
        crossed = np.broadcast_to(lower > upper, np.broadcast_shapes(lower.shape, upper.shape))
    except ValueError:
        raise ArgumentValueError(
            f"bounds must have shapes that fit x and each other, got {lower.shape}, {upper.shape}"
        ) from None
    if crossed.any():
        place = tuple(int(i) for i in np.argwhere(crossed)[0])
        low, high = (np.broadcast_to(side, crossed.shape)[place] for side in (lower, upper))
        where = f" at index {place}" if place else ""
        raise ArgumentValueError(
            f"bounds must have lower <= upper, got lower {low!s} and upper {high!s}{where}"
            f"; {_NOT_PAIRS}"
        )
    ambiguous = isinstance(bounds, tuple | list | np.ndarray) and lower.shape == (2,)
    ambiguous = ambiguous and upper.shape == (2,)
    as_pairs = isinstance(bounds, list) and all(isinstance(side, tuple) for side in bounds)
    return Bounds(lower, upper, ambiguous, ambiguous and as_pairs)


def _side(name: str, value: object, none: float) -> Array:
    """One side as an array; None, alone or inside, is no bound."""
    array, _ = as_point(_filled(value, none), f"{name} bounds")
    if np.isnan(array).any():
        place = tuple(int(i) for i in np.argwhere(np.isnan(array))[0])
        where = f" at index {place}" if place else ""
        raise ArgumentValueError(f"{name} bounds must be numbers, got nan{where}")
    if (array == -none).any():
        raise ArgumentValueError(f"{name} bounds must leave room for x, got {-none}")
    return array.copy()


def _filled(value: object, none: float) -> object:
    """The value with a number in place of each None, in lists of lists too."""
    if value is None:
        return none
    if isinstance(value, tuple | list):
        return [_filled(item, none) for item in value]
    return value


def _like_x(side: Array, x: Array) -> Array:
    """One side with an entry for each coordinate of x."""
    try:
        return np.broadcast_to(side, x.shape)
    except ValueError:
        raise ArgumentValueError(
            f"bounds must be numbers or have a shape that fits x's, {x.shape}, "
            f"got shape {side.shape}; {_NOT_PAIRS}"
        ) from None


@np.errstate(over="ignore", under="ignore")
def _as_dtype(side: Array, dtype: np.dtype[Any], outside: np.ufunc, inward: float) -> Array:
    """One side in another dtype, moved inward where rounding moved it outward."""
    rounded: Array = side.astype(dtype)
    return np.where(outside(rounded, side), np.nextafter(rounded, dtype.type(inward)), rounded)
