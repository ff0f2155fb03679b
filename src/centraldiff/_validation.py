"""The one place that coerces or refuses what a user gives, and what fun returns.

Everything here is off the fast lane: an ordinary float64 array, and an ordinary float coming back
from fun, never get here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import (
    ArgumentTypeError,
    ArgumentValueError,
    FunctionTypeError,
    FunctionValueError,
)

if TYPE_CHECKING:
    import numpy.typing as npt

_MOST_VALUES = 2**31 - 1  # a C function is told of them as an int
_MOST_AXES = 32  # half of what NumPy has: a Hessian has twice the axes of x
_FOLLOWED = (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.longdouble))


def as_callable(name: str, fun: object) -> Callable[..., Any]:
    """`fun` itself, if it can be called."""
    if not callable(fun):
        raise ArgumentTypeError(f"{name} must be callable, got {_kind(fun)}")
    return fun


def fun_or_grad(fun: object, grad: object) -> Any:
    """What is called: grad, if there is one."""
    if fun is None and grad is None:
        raise ArgumentTypeError(f"fun must be callable, got {_kind(fun)}; None needs grad=")
    return fun if grad is None else grad


def as_integer(name: str, value: object, lowest: int, highest: int) -> int:
    """An integer between two limits; NumPy integers too, bools and floats not."""
    if isinstance(value, bool | np.bool_):
        raise ArgumentTypeError(f"{name} must be an integer, got {value}")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ArgumentTypeError(f"{name} must be an integer, got {_kind(value)}") from None
    if not lowest <= number <= highest:
        raise ArgumentValueError(f"{name} must be from {lowest} to {highest}, got {number}")
    return number


def as_shape(name: str, value: object) -> tuple[int, ...]:
    """The shape of an array: a length, or lengths."""
    lengths = value if isinstance(value, tuple | list) else (value,)
    shape = tuple(as_integer(name, length, 0, _MOST_VALUES) for length in lengths)
    if len(shape) > _MOST_AXES:
        raise ArgumentValueError(
            f"{name} must be a number or at most {_MOST_AXES} lengths, got {len(shape)} of them"
        )
    # NumPy looks at the other lengths where one is 0
    if prod(max(length, 1) for length in shape) > _MOST_VALUES:
        raise ArgumentValueError(f"{name} must be at most {_MOST_VALUES} values, got {shape}")
    return shape


def as_flag(name: str, value: object) -> bool:
    """True or False, nothing that merely counts as such."""
    if not isinstance(value, bool | np.bool_):
        raise ArgumentTypeError(f"{name} must be True or False, got {_kind(value)}")
    return bool(value)


def as_arguments(args: object, kwargs: object) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What is passed on to fun after x."""
    if not isinstance(args, tuple | list):
        raise ArgumentTypeError(
            f"args must be a tuple or a list, got {_kind(args)}; for one argument write (value,)"
        )
    if kwargs is None:
        return tuple(args), {}
    if not isinstance(kwargs, Mapping) or not all(isinstance(key, str) for key in kwargs):
        raise ArgumentTypeError(f"kwargs must be a dict with str keys, got {_kind(kwargs)}")
    return tuple(args), dict(kwargs)


def as_point(x: object, name: str = "x") -> tuple[npt.NDArray[Any], bool]:
    """x as a C-contiguous real array, and whether it came as a plain number.

    float32, float64 and longdouble stay what they are, every other real type becomes float64. The
    array may be the caller's own: whoever takes it copies it.
    """
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ArgumentTypeError(f"{name} must not have masked entries, got {_kind(x)}")
    try:
        array = np.asarray(x)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(
            f"{name} must be a number or an array of real numbers: {error}"
        ) from None
    array = _real(name, x, array)
    if array.ndim > _MOST_AXES:
        raise ArgumentValueError(f"{name} must have at most {_MOST_AXES} axes, got {array.ndim}")
    is_number = array.ndim == 0 and not isinstance(x, np.ndarray)
    return np.ascontiguousarray(array).reshape(array.shape), is_number


def as_direction(v: object, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A direction of x's shape, in x's dtype."""
    array, _ = as_point(v, "v")
    if array.shape != x.shape:
        raise ArgumentValueError(f"v must have the shape of x, {x.shape}, got shape {array.shape}")
    with np.errstate(over="ignore", under="ignore"):
        array = array.astype(x.dtype)
    if not np.isfinite(array).all():
        raise ArgumentValueError(
            f"v must be finite in x's dtype, {x.dtype}, got {_first(array, ~np.isfinite(array))}"
        )
    return array


def as_scale(name: str, value: object) -> npt.NDArray[Any]:
    """A step or a scale: positive, finite numbers; whether it fits x is seen when x is known."""
    array, _ = as_point(value, name)
    if not (np.isfinite(array) & (array > 0)).all():
        bad = _first(array, ~(np.isfinite(array) & (array > 0)))
        raise ArgumentValueError(f"{name} must be positive and finite, got {bad}")
    return array.copy()


def as_tolerance(name: str, value: object) -> float:
    """A tolerance: a finite number, 0 or more."""
    array, _ = as_point(value, name)
    if array.ndim:
        raise ArgumentValueError(f"{name} must be a number, got shape {array.shape}")
    if not 0 <= array < np.inf:
        raise ArgumentValueError(f"{name} must be 0 or more and finite, got {array!s}")
    return float(array)


def as_noise(value: object) -> float | str:
    """The absolute noise of fun: a positive, finite number, or "estimate"."""
    if isinstance(value, str):
        if value != "estimate":
            raise ArgumentValueError(
                f"noise must be a positive number or 'estimate', got {value!r}"
            )
        return value
    if isinstance(value, bool | np.bool_):
        raise ArgumentTypeError(f"noise must be a positive number or 'estimate', got {value}")
    array, _ = as_point(value, "noise")
    if array.ndim:
        raise ArgumentValueError(f"noise must be a number or 'estimate', got shape {array.shape}")
    if not 0 < array < np.inf:
        raise ArgumentValueError(f"noise must be positive and finite, or 'estimate', got {array!s}")
    return float(array)


def fit_scale(name: str, scale: npt.NDArray[Any], x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A scale with one entry for each coordinate of x."""
    if scale.ndim and scale.shape != x.shape:
        raise ArgumentValueError(
            f"{name} must be a number or have the shape of x, {x.shape}, got shape {scale.shape}"
        )
    return np.broadcast_to(scale, x.shape)


def as_output(out: object, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """`out` itself, if the result fits in."""
    if not isinstance(out, np.ndarray):
        raise ArgumentTypeError(f"out must be a NumPy array, got {_kind(out)}")
    if out.shape != shape or out.dtype != dtype:
        raise ArgumentValueError(
            f"out must have shape {shape} and dtype {np.dtype(dtype)}, "
            f"got shape {out.shape} and dtype {out.dtype}"
        )
    if not out.flags.writeable:
        raise ArgumentValueError("out must be writeable, got a read-only array")
    return out


def as_number(name: str, value: object, allow_complex: bool) -> npt.NDArray[Any]:
    """What a scalar fun returned, as a 0-d array; arrays of one element count as one number."""
    array = _returned(name, value, allow_complex)
    if array.size != 1:
        raise FunctionValueError(
            f"{name} must return one number, got an array of shape {array.shape}; for a function "
            "that returns an array use centraldiff.jacobian, a gradient goes into grad="
        )
    return array.reshape(())


def as_values(
    name: str, value: object, allow_complex: bool, shape: tuple[int, ...] | None
) -> npt.NDArray[Any]:
    """What an array-valued fun returned, as an array of the shape that it has to have."""
    array = _returned(name, value, allow_complex)
    if shape is not None and array.shape != shape:
        before = "x has" if name == "grad" else "it had in the first evaluation"
        raise FunctionValueError(
            f"{name} must return an array of the shape that {before}, {shape}, got {array.shape}"
        )
    return array


def _returned(name: str, value: object, allow_complex: bool) -> npt.NDArray[Any]:
    """A returned value as a real array (complex too where fun was given complex points)."""
    if value is None:
        raise FunctionTypeError(f"{name} must return a number or an array, got None (no return?)")
    if np.ma.is_masked(value):
        raise FunctionTypeError(f"{name} must not return masked entries, got {_kind(value)}")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        came = f", got a tuple of {len(value)}" if isinstance(value, tuple) else f": {error}"
        raise FunctionTypeError(
            f"{name} must return a number or an array of numbers{came}"
        ) from None
    if array.ndim > _MOST_AXES:
        raise FunctionValueError(
            f"{name} must return at most {_MOST_AXES} axes, got an array of {array.ndim}"
        )
    if array.dtype.kind == "c":
        if not allow_complex:
            raise FunctionTypeError(
                f"{name} must return real numbers, got {array.dtype}; if that is a power outside "
                "its domain, return NaN there, or give bounds; else return the real part, or the "
                "real and the imaginary part as an array"
            )
    elif array.dtype.kind not in "fiub":
        if array.dtype.kind != "O":
            raise FunctionTypeError(f"{name} must return real numbers, got {_kind(value)}")
        message = f"{name} must return real numbers"
        array = _from_objects(array, FunctionTypeError, FunctionValueError, message)
    return array


def _real(name: str, given: object, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array in a dtype that the kernels know."""
    if array.dtype in _FOLLOWED and array.dtype.isnative and array.flags.aligned:
        return array
    if array.dtype.kind == "f" and array.dtype.newbyteorder("=") in _FOLLOWED:
        return array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    if array.dtype.kind == "O":
        return _from_objects(
            array, ArgumentTypeError, ArgumentValueError, f"{name} must be real numbers"
        )
    raise ArgumentTypeError(
        f"{name} must be a number or an array of real numbers, got {_kind(given)}"
        + (f" of {array.dtype}" if isinstance(given, np.ndarray | list | tuple) else "")
    )


def _from_objects(
    array: npt.NDArray[Any], error: type[Exception], beyond: type[Exception], message: str
) -> npt.NDArray[Any]:
    """float64 from fractions, decimals and the like; text is not a number."""
    numbers = np.empty(array.shape)
    for place, item in np.ndenumerate(array):
        if isinstance(item, str | bytes):
            raise error(f"{message}, got {item!r}{_at(place)}")
        try:
            numbers[place] = float(item)
        except OverflowError:
            raise beyond(
                f"{message} within the range of float64, got {_kind(item)}{_at(place)}"
            ) from None
        except (TypeError, ValueError):
            raise error(f"{message}, got {_kind(item)}{_at(place)}") from None
    return numbers


def _kind(value: object) -> str:
    """How an error names what came."""
    try:
        text = repr(value)
    except Exception:  # an integer of 10000 digits, say
        return type(value).__name__
    return f"{type(value).__name__} {text}" if len(text) <= 40 else type(value).__name__


def _first(array: npt.NDArray[Any], bad: npt.NDArray[np.bool_]) -> str:
    """The first bad item, and where it is."""
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{array[place]!s}{_at(place)}"


def _at(place: tuple[int, ...]) -> str:
    return f" at index {place}" if place else ""
