"""One object, many threads: every call is right, whatever the others do."""

import math
import sys
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

THREADS = 8


def number(x):
    return float(np.sum(np.sin(x)) * np.prod(x))


def array(x):
    return np.sin(x) * np.sum(x)


OBJECTS = {
    "Gradient": (cd.Gradient, number),
    "Jacobian": (cd.Jacobian, array),
    "Hessian": (cd.Hessian, number),
    "Hessian of grad": (lambda fun, **options: cd.Hessian(None, grad=fun, **options), array),
    "gradient": (lambda fun: lambda x: cd.gradient(fun, x), number),
    "jacobian": (lambda fun: lambda x: cd.jacobian(fun, x), array),
}


@pytest.fixture(params=OBJECTS)
def kind(request):
    return request.param


@pytest.fixture
def restless():
    """The interpreter changes threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def points(size=5):
    return [np.linspace(0.5, 1.5, size) * (1 + k) for k in range(THREADS)]


def test_calls_that_run_in_step(kind, at_once):
    # every thread waits in fun for all others: all calls are under way at the same time
    prepare, fun = OBJECTS[kind]
    together = threading.Barrier(THREADS, timeout=60)

    def waiting(x):
        kept = x.copy()
        together.wait()
        assert_array_equal(x, kept)
        return fun(x)

    derivative, plain = prepare(waiting), prepare(fun)
    for _ in range(3):
        for x, result in zip(
            points(), at_once(THREADS, lambda k: derivative(points()[k])), strict=True
        ):
            assert_array_equal(result, plain(x))


def test_calls_that_run_as_they_come(kind, restless, at_once):
    prepare, fun = OBJECTS[kind]
    derivative = prepare(fun)
    expected = [prepare(fun)(x) for x in points()]

    def work(k):
        x = points()[k]
        return [derivative(x) for _ in range(60)]

    for k, results in enumerate(at_once(THREADS, work)):
        for result in results:
            assert_array_equal(result, expected[k])


def test_calls_with_points_of_other_shapes(kind, restless, at_once):
    prepare, fun = OBJECTS[kind]
    derivative = prepare(fun)

    def work(k):
        xs = [np.linspace(0.5, 1.5, 1 + (k + j) % 4) for j in range(40)]
        return [(x, derivative(x)) for x in xs]

    plain = prepare(fun)
    for results in at_once(THREADS, work):
        for x, result in results:
            assert_array_equal(result, plain(x))


@pytest.mark.parametrize("name", ["Gradient", "Jacobian", "Hessian", "Hessian of grad"])
def test_out_of_each_thread(name, restless, at_once):
    prepare, fun = OBJECTS[name]
    derivative = prepare(fun)
    expected = [prepare(fun)(x) for x in points()]

    def work(k):
        out = np.empty(expected[k].shape)
        x = points()[k]
        for _ in range(60):
            out.fill(np.nan)
            assert derivative(x, out=out) is out
            assert_array_equal(out, expected[k])
        return out

    outs = at_once(THREADS, work)
    assert len({id(out) for out in outs}) == THREADS


def test_fun_that_raises_in_some_threads(kind, restless, at_once):
    prepare, fun = OBJECTS[kind]
    xs = points()

    def picky(x):
        if x[-1] > 3 * x[0] * (1 + 1e-9):  # the displaced ones, of some threads
            raise ArithmeticError(threading.get_ident())
        return fun(x)

    fine = [False, True] * (THREADS // 2)
    for k in range(THREADS):
        xs[k][-1] = xs[k][0] * (2.0 if fine[k] else 3.0)
    derivative, plain = prepare(picky), prepare(fun)

    def work(k):
        found = []
        for _ in range(40):
            try:
                found.append(derivative(xs[k]))
            except ArithmeticError as error:
                found.append(error.args[0] == threading.get_ident() and len(error.__notes__) == 1)
        return found

    for k, results in enumerate(at_once(THREADS, work)):
        for result in results:
            if fine[k]:
                assert_array_equal(result, plain(xs[k]))
            else:
                assert result is True
    assert_array_equal(derivative(xs[1]), plain(xs[1]))


def test_fun_that_starts_threads_which_use_the_object(kind):
    prepare, fun = OBJECTS[kind]
    results = []

    def branching(x):
        if not results:
            results.append(None)
            worker = threading.Thread(target=lambda: results.append(derivative(points()[1])))
            worker.start()
            worker.join()
        return fun(x)

    derivative = prepare(branching)
    plain = prepare(fun)
    assert_array_equal(derivative(points()[0]), plain(points()[0]))
    assert_array_equal(results[1], plain(points()[1]))


WAYS = {
    "list": (lambda x: sum(math.sin(item) * item for item in x), {"x_as": "list"}),
    "arguments": (lambda *x: sum(math.sin(item) * item for item in x), {"x_as": "arguments"}),
    "many": (lambda x: np.sum(np.sin(x) * x, axis=0), {"vectorized": True, "batch_size": 3}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("restless")
def test_other_ways_of_calling(way, at_once):
    fun, options = WAYS[way]
    G, alone = cd.Gradient(fun, **options), cd.Gradient(fun, **options)

    def work(k):
        return [G(points()[k]) for _ in range(30)]

    for x, results in zip(points(), at_once(THREADS, work), strict=True):
        expected = alone(x)
        for result in results:
            assert_array_equal(result, expected)
