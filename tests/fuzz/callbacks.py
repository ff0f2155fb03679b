"""Functions for fuzz cases: what they compute, and how they behave."""

from __future__ import annotations

import ctypes
import gc
import math
import threading
from contextlib import suppress
from typing import Any

import numpy as np

NUMBERS = ctypes.POINTER(ctypes.c_double)


class Mine(Exception):  # noqa: N818
    """What only fun raises."""


class WithoutNotes(Exception):  # noqa: N818
    """An exception that takes no note."""

    def add_note(self, note: str) -> None:
        raise Mine


class Hostile:
    """A value of which some special methods raise, and others return rubbish."""

    def __init__(self, returned: Any = None) -> None:
        self.returned = returned

    def answer(self, *args: Any, **kwargs: Any) -> Any:
        if self.returned is None:
            raise Mine
        return self.returned

    __array__ = __float__ = __index__ = __len__ = __bool__ = __eq__ = __hash__ = answer
    __getitem__ = __iter__ = __complex__ = __int__ = __call__ = answer

    def __repr__(self) -> str:
        return str(self.answer())


class Text(str):
    """A text that can't be compared."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise Mine


class Child(np.ndarray):
    """An array that makes trouble where arrays are made of it."""

    def __array_finalize__(self, parent: Any) -> None:
        if getattr(parent, "ndim", 0) > 1:
            raise Mine


def sines(c: list[Any]) -> tuple[Any, list[Any], Any]:
    """sum of i sin(c_i), and half the square of the sum: with gradient and Hessian."""
    total = sum(c) if c else 0.0
    value = sum(i * np.sin(v) for i, v in enumerate(c, 1)) + 0.5 * total * total
    gradient = [i * np.cos(v) + total for i, v in enumerate(c, 1)]
    return value, gradient, 1 - np.diag([i * np.sin(v) for i, v in enumerate(c, 1)])


def squares(c: list[Any]) -> tuple[Any, list[Any], Any]:
    """sum of i c_i**2, which has a diagonal Hessian."""
    value = sum(i * v * v for i, v in enumerate(c, 1)) if c else 0.0
    return value, [2 * i * v for i, v in enumerate(c, 1)], np.diag(2.0 * np.arange(1, len(c) + 1))


SMOOTH = {"sines": sines, "squares": squares}
ROUGH = {
    "abs": lambda c: sum(abs(v - 0.3) for v in c),
    "jump": lambda c: sum((np.real(v) > 0.3) * 1.0 for v in c),
    "log": lambda c: sum(np.log(v) for v in c),
    "noisy": lambda c: sum((v * v + 1e7) - 1e7 for v in c),
    "huge": lambda c: sum(v * 1e308 for v in c),
    "tiny": lambda c: sum(v * 5e-324 for v in c),
    "poles": lambda c: sum(1 / v for v in c),
}
# what does no harm: the derivative is that of the plain function
HARMLESS = (
    "plain", "keeps", "writes", "one buffer", "resizes", "retypes", "locks", "recurses", "threads",
    "collects", "clears arguments", "forgets",
)  # fmt: skip
# what changes things of the caller's while a derivative is made of them
MEDDLING = ("resizes x", "writes x", "resizes out", "prepares anew", "changes its code")
HARMFUL = ("raises", "returns", "grows", "shrinks")


class Fun:
    """``core`` of what it is given, `returns` as, and from evaluation `at` on it `behaves`."""

    def __init__(
        self,
        core: str,
        returns: str,
        behaves: str,
        at: int,
        door: str,
        shape: tuple[int, ...],
        extra: int,
        payload: Any,
    ) -> None:
        self.core, self.returns, self.behaves, self.at = core, returns, behaves, at
        self.door, self.shape, self.extra, self.payload = door, shape, extra, payload
        self.points: list[int] = []  # evaluations of each call
        self.raised: list[BaseException] = []
        self.kept: list[Any] = []
        self.buffer: Any = None
        self.caller: dict[str, Any] = {}  # x, out, again (the derivative once more), prepared
        self.local = threading.local()

    @property
    def nfev(self) -> int:
        return sum(self.points)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if getattr(self.local, "nested", False):
            return self.value(args)[0]
        try:
            value, k = self.value(args)
            self.points.append(k)
            if len(self.points) >= self.at:
                self.local.nested = True
                value = self.behave(value, args[0] if args else None)
        except BaseException as error:
            self.raised.append(error)
            raise
        finally:
            self.local.nested = False
        return value

    def value(self, args: tuple[Any, ...]) -> tuple[Any, int]:
        shape: tuple[int, ...]
        if self.door in ("arguments", "list"):
            given = args[: len(args) - self.extra] if self.door == "arguments" else args[0]
            c, k = list(np.ravel(given)), None
            shape = self.shape if len(c) == math.prod(self.shape) else (len(c),)
        else:
            x = np.asarray(args[0])
            k = x.shape[-1] if self.door == "vectorized" else None
            shape = x.shape if k is None else x.shape[:-1]
            c = list(x.ravel()) if k is None else list(x.reshape(-1, k)) if x.size else []
        with np.errstate(all="ignore"):
            value = self.shaped(c, shape, () if k is None else (k,))
        return value, 1 if k is None else k

    def shaped(self, c: list[Any], shape: tuple[int, ...], many: tuple[int, ...]) -> Any:
        if self.returns == "gradient" and self.core in SMOOTH:
            value = SMOOTH[self.core](c)[1]
            return np.array(value).reshape(shape + many) if c else np.zeros(shape + many)
        number = SMOOTH[self.core](c)[0] if self.core in SMOOTH else ROUGH[self.core](c)
        number = number + np.zeros(many) if many else number
        if self.returns == "vector":
            return np.array([number, 2 * number, c[0] if c else number])
        if self.returns == "list":
            return [number, [number]] if self.at == 2 else [number, number]
        if self.returns == "gradient":
            return np.array([number] * len(c)).reshape(shape + many)
        return number

    def behave(self, value: Any, x: Any) -> Any:
        is_array = isinstance(x, np.ndarray)
        match self.behaves:
            case "keeps":
                self.kept.append((x, np.array(x, copy=True)))
            case "writes" if is_array and x.flags.writeable:
                x[...] = np.nan
            case "one buffer" if isinstance(value, np.ndarray):
                if (
                    getattr(self.buffer, "shape", None) != value.shape
                    or self.buffer.dtype != value.dtype
                ):
                    self.buffer = value
                self.buffer[...] = value
                return self.buffer
            case "resizes" if is_array and x.base is None:
                x.resize(3 * self.at, refcheck=False)
            case "retypes" if is_array and x.ndim:
                x.dtype = x.dtype.newbyteorder()
            case "locks" if is_array:
                x.flags.writeable = False
            case "recurses" if len(self.points) < self.at + 3:
                self.caller["again"]()
            case "threads" if len(self.points) == self.at:
                thread = threading.Thread(target=self.in_thread)
                thread.start()
                thread.join()
            case "collects" if len(self.points) == self.at:
                gc.collect(0)
            case "clears arguments":
                self.caller["args"].clear()
                self.caller["kwargs"].clear()
            case "forgets":
                self.caller.clear()
            case "resizes x" if isinstance(self.caller["x"], np.ndarray):
                self.resize(self.caller["x"])
            case "writes x" if isinstance(self.caller["x"], np.ndarray):
                if self.caller["x"].flags.writeable:
                    self.caller["x"][...] = 7
            case "resizes out" if isinstance(self.caller.get("out"), np.ndarray):
                self.resize(self.caller["out"])
            case "prepares anew" if self.caller.get("prepared") is not None:
                self.caller["prepared"].__init__(self, method="forward")
            case "changes its code":
                self.returns = "vector" if self.returns == "number" else "number"
                self.behaves = "plain"
            case "raises":
                raise self.payload
            case "returns":
                return self.payload
            case "grows":
                return np.append(value, value)
            case "shrinks":
                return np.ravel(value)[1:]
        return value

    def in_thread(self) -> None:
        self.local.nested = True
        with suppress(BaseException):
            self.caller["again"]()

    def resize(self, array: np.ndarray) -> None:
        with suppress(ValueError):  # it does not own its numbers
            array.resize(len(self.points) % 3, refcheck=False)


def in_c(fun: Fun, kind: str) -> Any:
    """The same as a C function, as far as numbers go."""

    def number(n: int, x: Any, *data: Any) -> float:
        with suppress(BaseException):  # else ctypes returns whatever
            return float(np.ravel(fun(np.array([x[i] for i in range(n)])))[0])
        return 0.0

    def array(n: int, x: Any, m: int, out: Any, data: Any) -> None:
        value = np.resize(np.ravel(fun(np.array([x[i] for i in range(n)]))), m)
        for i in range(m):
            out[i] = value[i]

    if kind == "array":
        arguments = (ctypes.c_int, NUMBERS, ctypes.c_int, NUMBERS, ctypes.c_void_p)
        return ctypes.CFUNCTYPE(None, *arguments)(array)
    arguments = (ctypes.c_int, NUMBERS, *[ctypes.c_void_p] * (kind == "data"))
    return ctypes.CFUNCTYPE(ctypes.c_double, *arguments)(number)
