"""A C function around a function that numba compiles: made here, called from `_compiled.pyx`.

    int entry(intp *shape, item *x, void **args,
              intp ndim, intp *value_shape, int part, double *out)

The shape of x is given with each call, so that one function serves every length; its number of
axes and dtype are compiled in. Arrays among the arguments of fun are passed where they are: fun
sees what becomes of them, and may write into them. ndim is -1 where fun is to return one number.
Where fun raised, or returned something else, `entry` says no more than that: the point is then
evaluated again as Python does it, which knows the right exception.
"""

from __future__ import annotations

import re
import threading
import warnings
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from ._compiled import Outcome, Part, first_overload
from ._errors import NotCompiledWarning
from ._result import warn

if TYPE_CHECKING:
    import numpy.typing as npt

# as plain numbers, which numba compiles in
_RAISED, _MISFIT = int(Outcome.RAISED), int(Outcome.MISFIT)
_REAL, _IMAGINARY = int(Part.REAL), int(Part.IMAGINARY)
_WITHOUT_SHAPE = -1

# One thread at a time compiles: each kind of call once, and filters of warnings, which belong to
# the process, are put back as they were. Reentrant, since what numba calls may call us.
_lock = threading.RLock()

_SOURCE = """\
def entry(shape, x, args, ndim, value_shape, part, out):
    try:
{arguments}
        return store(fun({call}), ndim, value_shape, part, out)
    except Exception:
        return RAISED
"""


def is_parallel(fun: Any) -> bool:
    """Does numba run that function in threads of its own? They bear one caller at a time."""
    return bool(fun.targetoptions.get("parallel"))


def warn_not_compiled(name: str, reason: str) -> None:
    """Say why a function that numba compiles is not called as C."""
    warn(f"{name} is called as a Python function, which takes longer: {reason}", NotCompiledWarning)


class NotCompilableError(Exception):
    """Why there is no C function."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Addresses of a C function and of the table of its arguments; `owners` keep them there.

    overload: the `first_overload` of fun when the C function was made.
    """

    address: int = 0
    table: int = 0
    owners: tuple[Any, ...] = ()
    overload: Any = None


@dataclass(slots=True)
class Wrapping:
    """A numba function with its arguments, to be made a C function for this or that kind of x."""

    fun: Any
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)  # why it could not be

    def entry(self, name: str, dtype: np.dtype[Any], ndim: int) -> Wrapped:
        """For points of a dtype and so many axes, -1 for numbers; without address, and with a
        warning, if it can't be.
        """
        try:
            kinds, arrays = _laid_out(self._positional())
            made, overload = self._compiled(dtype.char, ndim, kinds)
            if isinstance(made, str):
                raise NotCompilableError(made)
        except NotCompilableError as reason:
            if str(reason) not in self.told:  # once, not once for each thread
                self.told.add(str(reason))
                warn_not_compiled(name, str(reason))
            return Wrapped()
        # the table has the address of each
        table = np.array([array.ctypes.data for array in arrays], np.uintp)
        return Wrapped(made.address, table.ctypes.data, (made, table, *arrays), overload)

    def _compiled(
        self, dtype: str, ndim: int, kinds: tuple[tuple[str, str, int], ...]
    ) -> tuple[Any, Any]:
        """`_compiled` for fun as it is now: numba itself tells nobody of `fun.recompile()`."""
        with _lock:
            made, overload = _compiled(self.fun, dtype, ndim, kinds)
            if not isinstance(made, str) and overload is not first_overload(self.fun):
                _compiled.cache_clear()  # no one entry can be dropped, and this is rare
                made, overload = _compiled(self.fun, dtype, ndim, kinds)
        return made, overload

    def _positional(self) -> tuple[Any, ...]:
        """All arguments after x, in order.

        Inside of try, numba 0.68 takes arguments given by name in the order they are written in.
        """
        if not self.kwargs:
            return self.args
        try:
            bound = signature(self.fun.py_func).bind(None, *self.args, **self.kwargs)
        except TypeError as error:  # which calling it will raise
            raise NotCompilableError(str(error)) from None
        bound.apply_defaults()
        if bound.kwargs:
            raise NotCompilableError("among its arguments is one that can be given by name only")
        return bound.args[1:]


def _laid_out(
    values: tuple[Any, ...],
) -> tuple[tuple[tuple[str, str, int], ...], list[npt.NDArray[Any]]]:
    """Each argument as (order, dtype, axes), -1 axes for a number, and what the table points at:
    for each argument its data and its shape.
    """
    kinds, arrays = [], []
    for value in values:
        if isinstance(value, np.ndarray):
            flags = value.flags
            if type(value) is not np.ndarray or not (flags.forc and flags.behaved):
                raise NotCompilableError(
                    "among its arguments is an array that is not contiguous, aligned and writeable"
                )
            array, order, ndim = value, "C" if flags.c_contiguous else "F", value.ndim
        else:
            array, order, ndim = _as_item(value), "C", -1
        if array.dtype.kind not in "biufc" or array.dtype.char in "gG" or not array.dtype.isnative:
            raise NotCompilableError(f"among its arguments is one of type {_type_of(value)}")
        kinds.append((order, array.dtype.char, ndim))
        arrays += [array, np.array(array.shape, np.intp)]
    return tuple(kinds), arrays


def _as_item(value: Any) -> npt.NDArray[Any]:
    """A number as numba sees it."""
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise NotCompilableError("among its arguments is an integer of more than 64 bits")
    if not isinstance(value, bool | int | float | complex | np.number | np.bool_):
        raise NotCompilableError(f"among its arguments is one of type {_type_of(value)}")
    return np.array([value])


def _type_of(value: Any) -> str:
    return str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__


@lru_cache(maxsize=128)
def _compiled(
    fun: Any,
    dtype: str,
    ndim: int,
    kinds: tuple[tuple[str, str, int], ...],
) -> tuple[Any, Any]:
    """A numba cfunc, or why there is none, in words, and the `first_overload` of fun that it
    calls: once for each kind of call.
    """
    made = _cfunc(fun, dtype, ndim, kinds)
    return made, first_overload(fun)


def _cfunc(fun: Any, dtype: str, ndim: int, kinds: tuple[tuple[str, str, int], ...]) -> Any:
    """A numba cfunc, or why there is none."""
    if dtype in "gG":
        return "numba knows no longdouble"
    if is_parallel(fun):
        return "with parallel=True numba starts threads of its own"
    numba = import_module("numba")
    types = numba.types
    # what the source below refers to
    names_in_source = {
        "fun": fun,
        "store": _store(),
        "carray": numba.carray,
        "farray": numba.farray,
        "RAISED": _RAISED,
        **{f"dtype{i}": np.dtype(kind[1]).type for i, kind in enumerate(kinds)},
        "intp": np.intp,
    }
    intp = types.CPointer(types.intp)
    item = types.CPointer(numba.from_dtype(np.dtype(dtype)))
    of_entry = types.intc(
        intp,
        item,
        types.CPointer(types.voidptr),
        types.intp,
        intp,
        types.intc,
        types.CPointer(types.float64),
    )
    exec(compile(_source(ndim, kinds), "<centraldiff entry>", "exec"), names_in_source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numba's hints are for who wrote fun
            return numba.cfunc(of_entry)(names_in_source["entry"])
    except Exception as error:
        return f"numba can't compile it so ({_gist(str(error))})"


def _gist(text: str) -> str:
    """The one line of numba's account that says what is wrong."""
    found = re.search(r"\w+Error: .*", text)
    lines = [line for line in text.splitlines() if line and not line.startswith("Failed in")]
    return found[0] if found else (lines or [text])[0].strip()


def _source(ndim: int, kinds: tuple[tuple[str, str, int], ...]) -> str:
    """The Python source of `entry`."""

    def array(order: str, data: str, shape: str, axes: int, dtype: str = "") -> str:
        lengths = "".join(f"{shape}[{d}], " for d in range(axes))
        return f"{order.lower()}array({data}, ({lengths}){dtype})"

    lines, call = [], ["x[0]" if ndim < 0 else array("C", "x", "shape", ndim)]
    for i, (order, _, axes) in enumerate(kinds):
        data, shape, dtype = f"args[{2 * i}]", f"shape{i}", f", dtype{i}"
        if axes < 0:
            lines.append(f"arg{i} = carray({data}, (1,){dtype})[0]")
        else:
            lines.append(f"{shape} = carray(args[{2 * i + 1}], ({axes},), intp)")
            lines.append(f"arg{i} = {array(order, data, shape, axes, dtype)}")
        call.append(f"arg{i}")
    arguments = "\n".join(f"        {line}" for line in lines)
    return _SOURCE.format(arguments=arguments or "        pass", call=", ".join(call))


def _part_of_real(item: Any, part: int) -> Any:
    return 0.0 if part == _IMAGINARY else item


def _part_of_complex(item: Any, part: int) -> Any:
    return item.imag if part == _IMAGINARY else item.real


@cache
def _store() -> Any:
    """A function for numba that writes what fun returns, by its type."""
    numba = import_module("numba")
    types, carray = numba.types, numba.carray

    def store(value: Any, ndim: int, shape: Any, part: int, out: Any) -> int:
        raise NotImplementedError

    real = numba.extending.register_jitable(_part_of_real)
    part_of = numba.extending.register_jitable(_part_of_complex)

    def overloaded(value: Any, ndim: int, shape: Any, part: int, out: Any) -> Any:
        kind = value.dtype if isinstance(value, types.Array) else value
        taken = part_of if isinstance(kind, types.Complex) else real
        is_complex = isinstance(kind, types.Complex)
        if isinstance(value, types.UniTuple | types.List):

            def sequence(value: Any, ndim: int, shape: Any, part: int, out: Any) -> Any:
                return store(np.array(value), ndim, shape, part, out)

            return sequence
        if not isinstance(kind, types.Number | types.Boolean):
            raise numba.core.errors.TypingError(f"fun returns {value}")

        def number(value: Any, ndim: int, shape: Any, part: int, out: Any) -> int:
            if ndim > 0 or (is_complex and part == _REAL):
                return _MISFIT
            carray(out, (1,))[0] = taken(value, part)
            return 0

        axes = value.ndim if isinstance(value, types.Array) else 0

        def array(value: Any, ndim: int, shape: Any, part: int, out: Any) -> int:
            if is_complex and part == _REAL:
                return _MISFIT
            if ndim == _WITHOUT_SHAPE:
                if value.size != 1:
                    return _MISFIT
            else:
                if ndim != axes:
                    return _MISFIT
                for d in range(axes):
                    if value.shape[d] != shape[d]:
                        return _MISFIT
            row = carray(out, (value.size,))
            for i, item in enumerate(value.flat):
                row[i] = taken(item, part)
            return 0

        return array if isinstance(value, types.Array) else number

    numba.extending.overload(store)(overloaded)
    return store
