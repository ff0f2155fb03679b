"""The door: what fun is, and what the options say, decide how it is called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ._batch import Batch
from ._calling import Calling
from ._compiled import Jitted, Pointer
from ._errors import ArgumentTypeError, ArgumentValueError
from ._evaluate import Callback
from ._jitted import Wrapping, is_parallel, warn_not_compiled
from ._pointers import c_function, kind_of
from ._validation import as_callable
from ._workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

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
    length: int | None = None,
) -> Evaluator:
    """The evaluator that calls fun; `name` is what messages call it, `calling` None the default.

    length: how many values fun returns, where that is known beforehand.

    Python functions without options do not come here: `Task.evaluator_for` knows what they get.
    """
    calling = calling or _PLAIN
    kind = kind_of(fun)
    if kind is None or kind == "njit":
        make = _for_python(fun, args, kwargs, name, calling, is_jitted=kind is not None)
    else:
        make = _for_c(fun, args, kwargs, name, calling, length)
    make = partial(make, scalar=scalar, name=name)
    threads = 1 if kind == "njit" and is_parallel(fun) else calling.threads()
    return make() if threads == 1 else Workers(make, threads)


def _for_python(
    fun: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    name: str,
    calling: Calling,
    *,
    is_jitted: bool,
) -> Callable[..., Evaluator]:
    """What makes an evaluator, for each thread, of a function of Python or numba."""
    if calling.value_shape is not None:
        raise ArgumentValueError(
            f"value_shape is for C functions, got {calling.value_shape} with a {name} that can "
            "tell the shape of its values by what it returns"
        )
    if calling.vectorized:
        return partial(Batch, fun, args, kwargs, size=calling.batch_size)
    if is_jitted and calling.x_as == "array":
        return partial(Jitted, fun, Wrapping(fun, args, kwargs or {}), args, kwargs)
    if is_jitted:
        warn_not_compiled(name, f"x_as={calling.x_as!r} is how Python calls it")
    return partial(Callback, fun, args, kwargs, x_as=calling.x_as)


def _for_c(
    fun: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    name: str,
    calling: Calling,
    length: int | None,
) -> Callable[..., Evaluator]:
    """The same for a C function, which takes numbers at an address, and nothing else."""
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
    shape = calling.value_shape
    if shape is None and length is not None:
        shape = (length,)
    return partial(Pointer, fun, function, value_shape=shape)
