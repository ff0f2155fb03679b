"""Nothing leaks, whatever fun does; and memory beside the result is O(n)."""

import gc
import itertools
import os
import sys
import tracemalloc
import weakref
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import centraldiff as cd

pytestmark = pytest.mark.thread_unsafe(reason="memory is that of the process")

X = np.array([1.0, 2.0])
VALUE = np.float64(3.25)
STATM = Path("/proc/self/statm")
LEAK = 8  # bytes a call: no object is that small, and caches may hold a few


def number(x):
    return x[0] * x[1]


def array(x):
    return x * x[0]


def boom(x):
    raise ArithmeticError


def of_many(fun):
    return lambda x: np.stack([fun(column) for column in x.T], axis=-1)


CALLS = {
    "gradient": lambda fun: lambda: cd.gradient(fun, X),
    "gradient, args": lambda fun: (
        lambda: cd.gradient(lambda x, *a, **k: fun(x), X, args=(1,) * 9, kwargs={"k": 2})
    ),
    "gradient, list": lambda fun: lambda: cd.gradient(fun, [1, 2]),
    "gradient, float32": lambda fun: lambda: cd.gradient(fun, np.float32([1, 2])),
    "gradient, number": lambda fun: lambda: cd.gradient(lambda x: fun([x, x]), 1.0),
    "gradient, full": lambda fun: lambda: cd.gradient(fun, X, full_output=True),
    "Gradient": lambda fun: (lambda G: lambda: G(X))(cd.Gradient(fun)),
    "Gradient, args": lambda fun: (lambda G: lambda: G(X, 1, 2))(cd.Gradient(lambda x, *a: fun(x))),
    "Gradient, steps": lambda fun: (lambda G: lambda: G(X))(cd.Gradient(fun, abs_step=1e-3)),
    "hessian": lambda fun: lambda: cd.hessian(fun, X),
    "Hessian": lambda fun: (lambda H: lambda: H(X))(cd.Hessian(fun)),
    "product": lambda fun: lambda: cd.hessian_vector_product(fun, X, X),
    "derivative": lambda fun: lambda: cd.derivative(lambda x: fun([x, x]), 1.0, 2),
    "all three": lambda fun: lambda: cd.value_gradient_hessian(fun, X),
    "gradient, bounds": lambda fun: lambda: cd.gradient(fun, X, bounds=(1, 9)),
    "Gradient, list": lambda fun: (lambda G: lambda: G(X))(cd.Gradient(fun, x_as="list")),
    "gradient, nested": lambda fun: lambda: cd.gradient(lambda x: fun(x[0]), X[None], x_as="list"),
    "Gradient, arguments": lambda fun: (lambda G: lambda: G(X))(
        cd.Gradient(lambda *x: fun(x), x_as="arguments")
    ),
    "Gradient, many": lambda fun: (lambda G: lambda: G(X))(
        cd.Gradient(of_many(fun), vectorized=True, batch_size=3)
    ),
    "gradient, many": lambda fun: lambda: cd.gradient(of_many(fun), X, vectorized=True),
    "plan": lambda fun: lambda: cd.gradient_plan(X).points(),
}
OF_ARRAYS = {
    "jacobian": lambda fun: lambda: cd.jacobian(fun, X),
    "Jacobian": lambda fun: (lambda J: lambda: J(X))(cd.Jacobian(fun)),
    "grad": lambda fun: lambda: cd.hessian(None, X, grad=fun),
    "directional": lambda fun: lambda: cd.directional_derivative(fun, X, X),
    "jacobian, many": lambda fun: lambda: cd.jacobian(of_many(fun), X, vectorized=True),
}
EVERY = {**CALLS, **OF_ARRAYS}


def repeat(call, times):
    for _ in itertools.repeat(None, times):
        with suppress(ArithmeticError):
            call()


def growth(call, times):
    """Bytes that remain after so many calls, once warm.

    If they are many, as many calls again: without a GIL CPython takes some kilobytes now and then.
    """
    repeat(call, 200)
    gc.collect()
    tracemalloc.start()
    try:
        repeat(call, 600)  # caches of NumPy that are filled at random are traced as well
        for _ in range(2):
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            repeat(call, times)
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
            if grown < LEAK * times:
                break
        return grown
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", EVERY)
def test_no_growth(name):
    call = EVERY[name](array if name in OF_ARRAYS else number)
    assert growth(call, 1000) < LEAK * 1000


@pytest.mark.parametrize("name", [name for name in EVERY if name != "plan"])
def test_no_growth_where_fun_raises(name):
    call = EVERY[name](boom)
    with pytest.raises(ArithmeticError):
        call()
    assert growth(call, 1000) < LEAK * 1000


@pytest.mark.parametrize("name", ["gradient", "Gradient", "jacobian", "Hessian"])
@pytest.mark.parametrize(
    "value", [None, "text", 1j, np.ones((2, 2)), object()], ids=lambda v: type(v).__name__
)
def test_no_growth_where_a_value_is_refused(name, value):
    derivative = EVERY[name](lambda x: value if name != "jacobian" or x[0] != X[0] else np.ones(2))

    def call():
        with suppress(TypeError, ValueError):
            derivative()

    assert growth(call, 1000) < LEAK * 1000


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("fails", [False, True])
def test_reference_counts(name, fails):
    value = VALUE if name not in OF_ARRAYS else np.array([1.5, 2.5])
    calls = []

    def fun(x):
        calls.append(1)
        if fails and len(calls) % 2 == 0:
            raise ArithmeticError
        return value

    call = EVERY[name](fun)
    repeat(call, 10)
    gc.collect()
    watched = (X, value, fun, None, True, X.dtype)
    before = [sys.getrefcount(item) for item in watched]
    repeat(call, 500)
    gc.collect()
    after = [sys.getrefcount(item) for item in watched]
    assert np.abs(np.subtract(after, before)).max() < 20


@pytest.mark.skipif(not STATM.exists(), reason="the size of the process is read from /proc")
@pytest.mark.parametrize(
    ("name", "times"),
    [("gradient", 100_000), ("Gradient", 100_000), ("jacobian", 50_000), ("hessian", 50_000)],
)
@pytest.mark.parametrize("fails", [False, True])
def test_the_process_does_not_grow(name, times, fails):
    # also memory that no Python allocator knows of
    fun = boom if fails else array if name in OF_ARRAYS else number
    call = EVERY[name](fun)
    repeat(call, 5_000)
    gc.collect()
    page = os.sysconf("SC_PAGE_SIZE")
    before = int(STATM.read_text(encoding="utf-8").split()[1]) * page
    repeat(call, times)
    gc.collect()
    growth = int(STATM.read_text(encoding="utf-8").split()[1]) * page - before
    assert growth < 15 * times  # no object is that small


class Fun:
    """A function that can be watched."""

    def __call__(self, x):
        return x[0] * x[1]


@pytest.mark.parametrize("prepare", [cd.Gradient, cd.Jacobian, cd.Hessian])
@pytest.mark.parametrize("used", [0, 1, 3])
def test_fun_dies_with_the_object(prepare, used):
    fun = Fun()
    alive = weakref.ref(fun)
    derivative = prepare(fun, args=())
    for _ in range(used):
        derivative(X)
    del fun
    assert alive() is not None
    del derivative
    assert alive() is None


@pytest.mark.parametrize("prepare", [cd.Gradient, cd.Jacobian, cd.Hessian])
@pytest.mark.parametrize("used", [0, 3])
def test_fun_dies_with_the_object_that_it_refers_to(prepare, used):
    fun = Fun()
    fun.derivative = prepare(fun, kwargs={})
    for _ in range(used):
        fun.derivative(X)
    alive = weakref.ref(fun)
    del fun
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("name", ["gradient", "jacobian", "hessian"])
def test_points_arguments_and_values_die(name):
    watched = []

    class Value(np.ndarray):
        """A returned array that can be watched."""

    def fun(x, parameter):
        watched.append(weakref.ref(x))
        value = np.full(() if name != "jacobian" else 2, 2.0).view(Value)
        watched.append(weakref.ref(value))
        return value

    parameter = Fun()
    watched.append(weakref.ref(parameter))
    getattr(cd, name)(fun, X, args=(parameter,))
    del parameter
    assert [item() for item in watched if item() is not None] == []


def peak(call):
    """Most memory in use during a call beyond what is in use before it, and the result's size."""
    call()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        result = call()
        return tracemalloc.get_traced_memory()[1] - before, result.nbytes
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("call", "n"),
    [
        (lambda: cd.jacobian(lambda x: x * 2, np.ones(1000)), 1000),
        (lambda: cd.jacobian(lambda x: x * 2, np.ones(1000), method="forward"), 1000),
        (lambda: cd.jacobian(lambda x: x * 2, np.ones(1000), order=8), 1000),
        (lambda: cd.hessian(lambda x: x[0], np.ones(300)), 300),
        (lambda: cd.hessian(lambda x: x[0], np.ones(300), method="forward"), 300),
        (lambda: cd.hessian(lambda x: x[0], np.ones(100), order=8), 100),
        (lambda: cd.hessian(None, np.ones(500), grad=lambda x: x * 2), 500),
        (lambda: cd.gradient(lambda x: x[0], np.ones(20_000)), 20_000),
        (lambda: cd.hessian_vector_product(lambda x: x[0], np.ones(5000), np.ones(5000)), 5000),
    ],
    ids=[
        "jacobian",
        "forward",
        "order 8",
        "hessian",
        "hessian forward",
        "hessian order 8",
        "grad",
        "gradient",
        "product",
    ],
)
def test_memory_beside_the_result(call, n):
    used, result = peak(call)
    # a block of values besides the plan's few rows
    assert used - result < 250 * 8 * n + 100_000


@pytest.mark.parametrize("method", ["central", "forward"])
def test_many_points_at_once_are_not_all_of_them(method):
    # all 20000 points of 10000 coordinates were 1.6 GB
    G = cd.Gradient(lambda x: x[0] * x[-1], vectorized=True, method=method)
    used, _ = peak(lambda: G(np.ones(10_000)))
    assert used < 3_000_000


def test_memory_of_an_adaptive_hessian():
    # pairs are searched in blocks: not 1.7 kB for each of 44850
    used, result = peak(lambda: cd.hessian(lambda x: x[0] * x[1], np.ones(300), method="adaptive"))
    assert used - result < 35e6


def test_what_tracemalloc_sees_of_a_plan():
    # otherwise the test above would not know of memory that a kernel takes
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        plan = cd.gradient_plan(np.ones(10_000))
        assert tracemalloc.get_traced_memory()[0] - before > 3 * 80_000
        assert len(plan) == 20_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", ["central", "adaptive"])
def test_a_function_that_keeps_its_own_error_is_freed(method):
    class Fun:
        def __call__(self, x):
            try:
                raise RuntimeError
            except RuntimeError as error:
                if x[0] != 0.5:
                    self.kept = error
                    raise
            return 0.0

    fun = Fun()
    alive = weakref.ref(fun)
    with pytest.raises(RuntimeError):
        cd.gradient(fun, [0.5], method=method)
    del fun
    gc.collect()
    assert alive() is None
