"""Every operator in every way, many times: ``stress.py leaks|interrupts|memory COUNT``.

leaks: COUNT calls (500 or more tell) with every kind of callback leave no object behind;
interrupts: COUNT times Ctrl-C at a random moment; the object is as good as before;
memory: each of the first COUNT allocations of a call fails.
"""

from __future__ import annotations

import functools
import gc
import itertools
import math
import os
import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import callbacks
import judge
import numpy as np

import centraldiff as cd

X = np.array([0.7, 1.2, -0.4])
PATTERN = np.ones((3, 3), bool)
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "full": {"full_output": True},
    "order": {"order": 4, "method": "backward"},
    "steps": {"abs_step": 1e-3},
    "complex": {"method": "complex"},
    "adaptive": {"method": "adaptive", "full_output": True},
    "noise": {"noise": 1e-6, "full_output": True},
    "estimated": {"noise": "estimate"},
    "fdint": {"step_rule": "fdint"},
    "bounds": {"bounds": (X - 1, X)},
    "list": {"x_as": "list", "kwargs": {"k": 1}},
    "arguments": {"x_as": "arguments", "args": tuple(range(9))},
    "many": {"vectorized": True, "batch_size": 2},
    "workers": {"workers": 2},
    "sparse": {"sparsity": PATTERN},
    "detected": {"sparsity": "detect", "full_output": True},
    "adaptive, sparse": {"sparsity": PATTERN, "method": "adaptive"},
    "terms": {"sparsity": PATTERN, "sum_of_terms": True},
    "squares": {"least_squares": True},
    "C": {},
    "C, workers": {"workers": 2},
}
OPERATORS = {
    "gradient": cd.gradient,
    "jacobian": cd.jacobian,
    "hessian": cd.hessian,
    "hessian of grad": lambda f, x, **options: cd.hessian(None, x, grad=f, **options),
    "derivative": cd.derivative,
    "along": lambda f, x, **options: cd.directional_derivative(f, x, X, **options),
    "product": lambda f, x, **options: cd.hessian_vector_product(f, x, X, **options),
    "diagonal": cd.hessian_diagonal,
    "value and gradient": cd.value_and_gradient,
    "all three": cd.value_gradient_hessian,
    "noise": cd.estimate_noise,
    "pattern": cd.sparsity_pattern,
    "Gradient": cd.Gradient,
    "Jacobian": cd.Jacobian,
    "Hessian": cd.Hessian,
    "plan": lambda f, x, **options: cd.gradient_plan(x, **options).combine(np.ones(6)),
}
OF_ARRAYS = ("jacobian", "hessian of grad", "Jacobian")


class Boom(Exception):  # noqa: N818
    """What fun raises."""


def watched(core: str, returns: str, door: str, shape: tuple[int, ...], extra: int) -> Any:
    return callbacks.Fun(core, returns, "plain", 10**9, door, shape, extra, Boom())


def bare(core: str, returns: str, door: str, shape: tuple[int, ...], extra: int) -> Any:
    """The same without NumPy's functions, which do not all survive that there is no memory."""

    def fun(x: Any, *others: Any, **options: Any) -> Any:
        if door == "arguments":
            x = (x, *others[:-extra])
        if returns == "gradient":
            return [v * v for v in x] if door in ("list", "arguments") else x * x
        return x * x if shape == () else x[0] * x[1] + x[2]

    return fun


def calls(make: Callable[..., Any], compiled: bool = True) -> Iterator[tuple[str, Any, Any]]:
    """Every operator in every way that it takes: fun, and a call without arguments."""
    for (name, operator), (way, options) in itertools.product(OPERATORS.items(), WAYS.items()):
        x: Any = 0.7 if name == "derivative" else X
        returns = "gradient" if name in OF_ARRAYS or way in ("terms", "squares") else "number"
        door = "vectorized" if way == "many" else options.get("x_as", "array")
        fun = make("sines", returns, door, np.shape(x), len(options.get("args", ())))
        given, more = fun, {}
        if way.startswith("C"):
            if not compiled:
                continue
            given = callbacks.in_c(fun, "array" if name in OF_ARRAYS else "number")
            more = {"value_shape": 3} if name in ("jacobian", "Jacobian") else {}
        try:
            if isinstance(operator, type):
                call = functools.partial(operator(given, **options, **more), x)
            else:
                call = functools.partial(operator, given, x, **options, **more)
            call()
        except (cd.CentraldiffError, TypeError):
            continue  # which has no meaning together
        yield f"{name}, {way}", fun, call


def quiet(call: Callable[[], Any]) -> Any:
    """The result's bits, or the type of what is raised."""
    try:
        return judge.bits(call())
    except (cd.CentraldiffError, Boom, MemoryError) as error:
        return type(error)


CALLBACKS = {
    "plain": ("plain", None),
    "keeps": ("keeps", None),
    "raises": ("raises", Boom()),
    "text": ("returns", "text"),
    "nothing": ("returns", None),
    "ragged": ("returns", [[1], [1, 2]]),
    "grows": ("grows", None),
    "recurses": ("recurses", None),
    "nan": ("returns", np.nan),
}


def leaks(count: int) -> Iterator[str]:
    for name, fun, call in calls(watched):
        for kind, (behaves, payload) in CALLBACKS.items():
            fun.behaves, fun.payload, fun.at = behaves, payload, 2

            def repeat(
                times: int, fun: callbacks.Fun = fun, call: Callable[[], Any] = call
            ) -> list[int]:
                for _ in range(times):
                    for things in (fun.points, fun.raised, fun.kept):
                        things.clear()
                    fun.caller["again"] = lambda: cd.gradient(np.sum, X)
                    quiet(call)
                    if isinstance(fun.payload, BaseException):
                        fun.payload.__traceback__ = None
                        fun.payload.__dict__.pop("__notes__", None)
                for things in (fun.points, fun.raised, fun.kept):
                    things.clear()
                gc.collect()
                watched = (fun, X, fun.payload, PATTERN)  # no dtype: np.empty(n) leaks those
                return [sys.getallocatedblocks(), *(sys.getrefcount(item) for item in watched)]

            repeat(20)
            before = repeat(20)
            after = repeat(count)
            grown = max(b - a for a, b in zip(before, after, strict=True))
            # caches fill and free lists breathe, of threads more: a leak grows with every call
            if grown > (1000 if "workers" in name else 300) + count // 10:
                yield f"{name}, {kind}: {before} {after}"
        fun.behaves = "plain"


def interrupts(count: int) -> Iterator[str]:
    def interrupt(signum: int, frame: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    rng = random.Random(6)
    heard = 0
    for name, _, call in calls(watched, compiled=False):
        expected = quiet(call)
        begin = time.perf_counter()
        quiet(call)
        length = time.perf_counter() - begin
        for _ in range(count):
            try:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 1e-6 + rng.random() * length)
                    found = quiet(call)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                heard += 1
                found = quiet(call)
            if found != expected:
                yield f"{name}: {found} instead of {expected}"
                break
    print(f"{heard} interrupts heard")


def memory(count: int) -> Iterator[str]:
    """In processes of their own. One allocation fails, and not all that come after it: that is what
    Python itself does not survive (PyContextVar_Set in np.errstate)."""
    tried = deaths = 0
    for name, _, call in calls(bare, compiled=False):
        expected = quiet(call)
        for first in range(0, count, 50):
            last = min(first + 50, count)
            while first < last:
                read, write = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(read)
                    fail(call, expected, range(first, last), write)
                    os._exit(0)
                os.close(write)
                with os.fdopen(read) as told:
                    lines = told.read().splitlines()
                _, status = os.waitpid(child, 0)
                done = [line for line in lines if line.isdigit()]
                tried += len(done)
                # NumPy does not look whether it has memory for the buffer of indices of int8 or
                # int32, nor for the negative of a scalar
                excused = name.startswith("pattern") or name.endswith(
                    ("sparse", "detected", "terms", "squares", "adaptive", "fdint", "estimated")
                )
                deaths += status != 0 and excused
                for line in lines:
                    if not (line.isdigit() or (excused and "usable" not in line)):
                        yield f"{name}, {line}"
                if status and not excused:
                    yield f"{name}, {done[-1]}: died, {status}"
                first = int(done[-1]) + 1 if status else last
    print(f"{tried} times no memory, NumPy died of it {deaths} times")


def fail(call: Any, expected: Any, starts: range, write: int) -> None:
    """What comes out where allocation `start` fails; is the object as good as before?"""
    import _testcapi  # of CPython's own tests, not everywhere

    def tell(text: object) -> None:
        os.write(write, f"{text}\n".encode())

    for start in starts:
        tell(start)
        signal.alarm(20)  # the end of a process that hangs
        result = None
        _testcapi.set_nomemory(start, start + 1)
        try:
            result = call()
            _testcapi.remove_mem_hooks()
        except BaseException as error:
            _testcapi.remove_mem_hooks()
            if not is_of_memory(error):
                where = traceback.extract_tb(error.__traceback__)[-1]
                tell(f"{start}: {error!r} in {where.filename}, {where.lineno}")
        again = call()
        if judge.bits(again) != expected:
            tell(f"{start}: not usable any more")
        if result is not None and not math.isclose(total(result), total(again), rel_tol=1e-12):
            tell(f"{start}: {result} instead of {again}")


def total(result: Any) -> float:
    """Of the derivative alone: NumPy computes errors in another way where it has no memory."""
    if isinstance(result, tuple):
        return sum(map(total, result))
    return float(np.sum(getattr(result, "value", result)))


FORGOT = ("without setting an exception", "without exception set", "can't allocate lock")


def is_of_memory(error: BaseException | None) -> bool:
    """MemoryError, what it caused, or what Python says where NumPy returned NULL without it."""
    if isinstance(error, SystemError | RuntimeError) and str(error).endswith(FORGOT):
        return True
    if "Buffer dtype mismatch" in str(error):  # how Cython ends its choice of an index type
        return True
    while error is not None and not isinstance(error, MemoryError):
        error = error.__cause__ or error.__context__
    return error is not None


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda unraisable: None  # what is raised inside a C function
    what = {"leaks": leaks, "interrupts": interrupts, "memory": memory}[sys.argv[1]]
    findings = 0
    for finding in what(int(sys.argv[2])):
        findings += 1
        print("FINDING", finding[:600], flush=True)
    print(f"{sys.argv[1]}, {sys.argv[2]} for each: {findings} findings")
    sys.exit(findings > 0)
