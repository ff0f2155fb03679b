"""What fun is, if it is not a Python callable: functions in C, and what numba has compiled.

Nothing is imported to find that out: whatever belongs to SciPy, numba or ctypes has a type that
says so. A C function is taken only if it says what its arguments are, and if these are right:

    double fun(int n, double *x)
    double fun(int n, double *x, void *user_data)
    void   fun(int n, double *x, int m, double *out, void *user_data)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ._compiled import SIGNATURES, capsule_contents
from ._errors import ArgumentTypeError, ArgumentValueError

_KINDS = {
    ("scipy._lib._ccallback", "LowLevelCallable"): "LowLevelCallable",
    ("_ctypes", "CFuncPtr"): "ctypes",
    ("builtins", "PyCapsule"): "capsule",
    ("types", "CapsuleType"): "capsule",
    ("numba.core.ccallback", "CFunc"): "cfunc",
    ("numba.core.dispatcher", "Dispatcher"): "njit",
}
_NEEDS_THE_GIL = 4  # FUNCFLAG_PYTHONAPI of ctypes


@dataclass(frozen=True, slots=True)
class CFunction:
    """Where a C function is, its place in `SIGNATURES`, user_data; `owner` keeps it there."""

    address: int
    signature: int
    data: int
    owner: Any


def kind_of(fun: object) -> str | None:
    """One of "LowLevelCallable", "ctypes", "capsule", "cfunc", "njit", or None for all else."""
    kind: Any = type(fun)  # which mypy takes for unhashable
    return _kind_of_type(kind)


@lru_cache(maxsize=256)
def _kind_of_type(kind: Any) -> str | None:
    for base in kind.__mro__:
        found = _KINDS.get((base.__module__, base.__name__))
        if found is not None:
            return found
    return None


def c_function(name: str, fun: Any) -> CFunction:
    """The C function that fun is, for all kinds but "njit"; refused unless its signature is one
    of ours. `name` is what messages call it.
    """
    kind = kind_of(fun)
    if kind == "LowLevelCallable":
        return _of_capsule(name, tuple.__getitem__(fun, 0), fun)
    if kind == "capsule":
        return _of_capsule(name, fun, fun)
    if kind == "cfunc":
        return _of_cfunc(name, fun)
    return _of_ctypes(name, fun)


def _of_capsule(name: str, capsule: Any, owner: Any) -> CFunction:
    """The name of such a capsule is the signature, its context the user_data."""
    text, address, data = capsule_contents(capsule)
    if text is None:
        raise ArgumentTypeError(
            f"{name} is a PyCapsule without a name, which would be the signature of the C "
            f"function; {_allowed()}"
        )
    return CFunction(address, _signature(name, text), data, owner)


def _of_cfunc(name: str, fun: Any) -> CFunction:
    try:
        pointer = fun.ctypes
    except (NotImplementedError, TypeError):  # a type that C has no name for
        raise ArgumentTypeError(
            f"{name} is a numba cfunc of a signature that is not allowed; {_allowed()}"
        ) from None
    found = _of_ctypes(name, pointer)
    return CFunction(found.address, found.signature, 0, fun)


def _of_ctypes(name: str, fun: Any) -> CFunction:
    import ctypes  # is there already: fun is of its types

    if fun.argtypes is None:
        raise ArgumentTypeError(
            f"{name} is a ctypes function whose argtypes are not set; set argtypes and restype. "
            f"{_allowed().capitalize()}"
        )
    if fun._flags_ & _NEEDS_THE_GIL:
        raise ArgumentTypeError(
            f"{name} is a ctypes function of PyDLL or PYFUNCTYPE, which needs the GIL; compiled "
            "functions are called without it: use CDLL or CFUNCTYPE"
        )
    signature = _signature(name, _declaration(fun.restype, tuple(fun.argtypes)))
    address = ctypes.cast(fun, ctypes.c_void_p).value
    if not address:
        raise ArgumentValueError(f"{name} must point at a function, got a null pointer")
    return CFunction(address, signature, 0, fun)


@lru_cache(maxsize=64)
def _declaration(restype: Any, argtypes: tuple[Any, ...]) -> str:
    """How C writes types of ctypes."""
    import ctypes

    names = {
        None: "void",
        ctypes.c_int: "int",
        ctypes.c_double: "double",
        ctypes.c_void_p: "void *",
        ctypes.POINTER(ctypes.c_double): "double *",
    }
    result, *arguments = (
        names.get(kind) or getattr(kind, "__name__", str(kind)) for kind in (restype, *argtypes)
    )
    return f"{result} ({', '.join(arguments)})"


def _signature(name: str, text: str) -> int:
    """Which of ours it is."""
    place = _place_of(text)
    if place is None:
        raise ArgumentTypeError(
            f"{name} is a C function of signature {text!r}, so it is not called; {_allowed()}"
        )
    return place


@lru_cache(maxsize=64)
def _place_of(text: str) -> int | None:
    tokens = [token for token in re.findall(r"\w+|\S", text) if token != "const"]  # no difference
    for place, allowed in enumerate(SIGNATURES):
        if tokens == re.findall(r"\w+|\S", allowed):
            return place
    return None


def _allowed() -> str:
    return f"allowed are {', '.join(map(repr, SIGNATURES[:-1]))} and {SIGNATURES[-1]!r}"
