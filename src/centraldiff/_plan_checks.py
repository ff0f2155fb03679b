"""What a plan is given, made ready or refused, and the words for its coordinates."""

from typing import Any

import numpy as np

from ._errors import ArgumentTypeError, ArgumentValueError
from ._validation import as_integer


def coordinate(shape: tuple[int, ...], i: int) -> str:
    """How a message names a coordinate: x, x[3], x[0, 1]."""
    if not shape:
        return "x"
    return f"x[{', '.join(str(place) for place in np.unravel_index(i, shape))}]"


def no_step(name: str, value: Any, step: Any, farthest: float) -> ArgumentValueError:
    """The error for a coordinate that can't be displaced; `step` None is the default one."""
    if not np.isfinite(value):
        return ArgumentValueError(f"x must be finite, got {value!s} at {name}")
    what = "the default step" if step is None else f"the step {step!s}"
    with np.errstate(over="ignore"):
        spacing = np.spacing(abs(value))
        longest = spacing if step is None else step * value.dtype.type(2 * farthest)
        within = np.isfinite(abs(value) + longest)
    if within:
        return ArgumentValueError(
            f"{what} at {name} = {value!s} is lost in rounding; "
            f"steps there must be longer than {spacing / 2!s}"
        )
    return ArgumentValueError(
        f"{what} at {name} = {value!s} leads beyond the range of {value.dtype}"
    )


def checked_range(start: Any, stop: Any, count: int) -> tuple[int, int]:
    """The first point that is asked for, and the one behind the last."""
    first = as_integer("start", start, 0, count)
    return first, count if stop is None else as_integer("stop", stop, first, count)


def checked_values(
    values: Any, count: int, value_shape: tuple[int, ...] | None, *, head: int, imaginary: bool
) -> Any:
    """Values at all points as a real array of the right shape; of complex ones what is needed."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"values must be an array of real numbers: {error}") from None
    if np.ma.is_masked(values):
        raise ArgumentTypeError("values must not have masked entries")
    if array.ndim == 0 or len(array) != count:
        raise ArgumentValueError(
            f"values must have one row for each of the {count} points, got shape {array.shape}"
        )
    if value_shape is not None and array.shape[1:] != value_shape:
        raise ArgumentValueError(
            f"values must have shape {(count, *value_shape)}, got {array.shape}"
        )
    if array.dtype.kind not in ("fiubc" if imaginary else "fiub"):
        raise ArgumentTypeError(f"values must be real numbers, got {array.dtype}")
    if imaginary:
        return np.concatenate([array[:head].real, array[head:].imag])
    return array


def table_columns(i: Any, a: Any, j: Any, b: Any, lowest: int, n: int) -> tuple[Any, ...]:
    """Coordinates i, j (-1 for none, i down to `lowest` for a line) and nodes a, b, all flat."""
    i, a = np.broadcast_arrays(np.asarray(i, np.intp), np.asarray(a, np.longdouble))
    j = np.broadcast_to(np.asarray(j, np.intp), i.shape)
    b = np.broadcast_to(np.asarray(b, np.longdouble), i.shape)
    if (i < lowest).any() or (i >= n).any() or (j < -1).any() or (j >= n).any():
        raise ArgumentValueError("there is no such coordinate or line")
    return tuple(np.ascontiguousarray(column.ravel()) for column in (i, a, j, b))
