"""What holds with a GIL by luck, and must hold without one: python3.13t -m pytest.

These tests pass with a GIL too; they are made to fail without one where a lock is missing.
"""

import os
import subprocess
import sys
import sysconfig
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

THREADS = 4
ROUNDS = 150


def number(x):
    return x[0] * x[1] + x[2] ** 3


WAYS = {
    "array": {},
    "list": {"x_as": "list"},
    "many": {"vectorized": True, "batch_size": 2},
}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def points(k):
    return [np.array([1.0, 2.0, 0.5]) * (1 + k + j % 5) for j in range(ROUNDS)]


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="a Python with a GIL")
def test_the_extensions_leave_the_gil_off():
    """An extension that does not declare that it can do without turns it on, with a warning."""
    program = (
        "import pkgutil, sys, centraldiff\n"
        "for module in pkgutil.iter_modules(centraldiff.__path__, 'centraldiff.'):\n"
        "    __import__(module.name)\n"
        "print(sys._is_gil_enabled())"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout == "False\n"


def test_points_that_other_threads_hold(way, at_once):
    """A point that fun has given away is nobody else's, as long as anybody has it."""
    given, wrong, finished = deque(), [], threading.Event()

    def look():
        held = deque()
        while not (finished.is_set() and not given):
            if given:
                held.append(given.popleft())
            if len(held) > 16 or not given:
                while held:
                    point, kept = held.popleft()
                    if not np.array_equal(point, kept):
                        wrong.append(kept)

    def giving(x):
        given.append((x, np.array(x)))
        return number(x)

    G, plain = cd.Gradient(giving, **way), cd.Gradient(number, **way)
    expected = [[plain(x) for x in points(k)] for k in range(THREADS)]
    looker = threading.Thread(target=look)
    looker.start()
    try:
        found = at_once(THREADS, lambda k: [G(x) for x in points(k)])
    finally:
        finished.set()
        looker.join()
    assert not wrong
    assert_array_equal(found, expected)


def test_an_object_that_goes_from_thread_to_thread(way):
    """The evaluator it keeps was made by another thread, which may still hold its last point."""
    last = [None] * THREADS

    def keeping(x):
        last[threading.get_ident() % THREADS] = (x, np.array(x))
        return number(x)

    G, plain = cd.Gradient(keeping, **way), cd.Gradient(number, **way)
    for _ in range(20):
        for k in range(THREADS):
            x = points(k)[0]
            with ThreadPoolExecutor(1) as pool:
                assert_array_equal(pool.submit(G, x).result(), plain(x))
            for held in last:
                assert held is None or np.array_equal(*held)


def test_prepared_anew_by_one_thread_while_others_call(way, at_once):
    """Each call is of one function with its arguments and method, not of something in between."""

    def scaled(x, a):
        return a * number(x)

    kinds = [
        {"args": (1.0,), "method": "central"},
        {"args": (-2.0,), "method": "forward"},
        {"args": (7.0,), "method": "central", "full_output": False, "order": 4},
    ]
    x = np.array([1.0, 2.0, 0.5])
    allowed = [cd.Gradient(scaled, **way, **kind)(x) for kind in kinds]
    G = cd.Gradient(scaled, **way, **kinds[0])

    def work(k):
        if k:
            return [G(x) for _ in range(3 * ROUNDS)] + [G.fun.__name__, len(G.args), repr(G)]
        for j in range(6 * ROUNDS):
            G.__init__(scaled, **way, **kinds[j % 3])
        return None

    for results in at_once(THREADS, work)[1:]:
        assert results[-3:-1] == ["scaled", 1]
        for result in results[:-3]:
            assert any((result == gradient).all() for gradient in allowed)


@pytest.mark.parametrize("method", ["central", "adaptive"])
def test_one_object_with_workers_in_many_threads(way, method, at_once):
    """Without a GIL the workers of all calls run at the same time, in one pool."""

    def long(x):
        total = 0.0
        for k in range(300):
            total += 1 / (1 + k)
        return number(x) * total

    options = {**way, "method": method}
    G, alone = cd.Gradient(long, workers=3, **options), cd.Gradient(long, **options)
    expected = [[alone(x) for x in points(k)[:8]] for k in range(THREADS)]
    found = at_once(THREADS, lambda k: [G(x) for x in points(k)[:8]])
    assert_array_equal(found, expected)


def test_exceptions_of_workers_in_many_threads(at_once):
    def picky(x):
        total = 0.0
        for k in range(2000):
            total += 1 / (1 + k)
        if x[2] != 0.5:
            raise LookupError("third")
        return number(x) * total

    G = cd.Gradient(picky, workers=3)

    def work(k):
        for _ in range(10):
            with pytest.raises(LookupError) as caught:
                G(np.array([1.0, 2.0, 0.5]))
            assert len(caught.value.__notes__) == 1
            assert "evaluation 5 of 6" in caught.value.__notes__[0]

    at_once(THREADS, work)


@pytest.mark.skipif(
    sys.version_info < (3, 14) and bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="CPython 3.13 without a GIL takes no lock for the traceback of an exception either",
)
@pytest.mark.parametrize("options", [{}, {"workers": 2}], ids=["one by one", "workers"])
def test_one_exception_that_many_threads_raise_at_once(options, at_once):
    """Whatever is done to its traceback: this ended in a crash, within a second."""
    error = ArithmeticError("the same for all")

    def fun(x):
        raise error

    def work(k):
        end = time.monotonic() + 1
        while time.monotonic() < end:
            with pytest.raises(ArithmeticError, match="the same for all"):
                cd.gradient(fun, [1.0, 2.0, 3.0], **options)

    at_once(THREADS, work)


@pytest.mark.parametrize("workers", [3, 20])
def test_threads_that_join_while_others_are_called(workers):
    """What they look at may be growing: ThreadSanitizer tells (`nox -s tsan`)."""

    def waiting(x):
        time.sleep(2e-4)  # others run meanwhile
        return x @ x

    x = np.ones(60)
    expected = cd.gradient(lambda x: x @ x, x)
    for _ in range(10):
        assert_array_equal(cd.gradient(waiting, x, workers=workers), expected)
