"""The door: what fun is, and what the options say, decide how it is called."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ._batch import Batch
from ._calling import Calling
from ._compiled import Jitted, Pointer
from ._errors import ArgumentTypeError, ArgumentValueError
from ._evaluate import Callback
from ._jitted import Wrapping, is_parallel
from ._pointers import c_function, kind_of
from ._validation import as_callable
from ._workers import Workers

if TYPE_CHECKING:
    from ._evaluate import Evaluator

_PLAIN = Calling()


def as_function(name: str, fun: object) -> Any:
    """`fun` itself, if there is a door for it."""
    kind = kind_of(fun)
    if kind is None:
        return as_callable(name, fun)
    if kind != "njit":
        c_function(name, fun)  # which refuses wrong ones
    return fun


def evaluator_for(
    fun: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    *,
    scalar: bool,
    name: str,
    calling: Calling | None,
) -> Evaluator:
    """The evaluator that calls fun; `name` is what messages call it, `calling` None the default.

    Python functions without options do not come here: `Task.evaluator_for` knows what they get.
    """
    calling = calling or _PLAIN
    is_jitted = kind_of(fun) == "njit"
    wrapping = None
    if is_jitted and replace(calling, workers=1) == _PLAIN:
        wrapping = Wrapping(fun, args, kwargs or {})  # one for all threads
    make = partial(_one, fun, args, kwargs, scalar, name, calling, wrapping)
    if calling.workers == 1 or (is_jitted and is_parallel(fun)):
        return make()
    return Workers(make, calling.workers)


def _one(
    fun: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    scalar: bool,
    name: str,
    calling: Calling,
    wrapping: Wrapping | None,
) -> Evaluator:
    """What calls fun in one thread."""
    kind = kind_of(fun)
    if kind is not None and kind != "njit":
        return _pointer(fun, args, kwargs, scalar=scalar, name=name, calling=calling)
    if calling.value_shape is not None:
        raise ArgumentValueError(
            f"value_shape is for C functions, got {calling.value_shape} with a {name} that can "
            "tell the shape of its values by what it returns"
        )
    if wrapping is not None:
        return Jitted(fun, wrapping, args, kwargs, scalar=scalar, name=name)
    if calling.vectorized:
        return Batch(fun, args, kwargs, scalar=scalar, name=name, size=calling.batch_size)
    return Callback(fun, args, kwargs, scalar=scalar, name=name, x_as=calling.x_as)


def _pointer(
    fun: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    *,
    scalar: bool,
    name: str,
    calling: Calling,
) -> Evaluator:
    """A C function, which takes numbers at an address, and nothing else."""
    function = c_function(name, fun)
    if args or kwargs:
        option = "args" if args else "kwargs"
        raise ArgumentTypeError(
            f"{option} must be empty where {name} is a C function, got {args or kwargs!r}; "
            "pass user_data, by scipy.LowLevelCallable(function, user_data)"
        )
    if calling.vectorized or calling.x_as != "array":
        option = "vectorized=True" if calling.vectorized else f"x_as={calling.x_as!r}"
        raise ArgumentValueError(f"{option} is for Python functions, {name} is a C function")
    return Pointer(fun, function, scalar=scalar, name=name, value_shape=calling.value_shape)
