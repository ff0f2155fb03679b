"""Ctrl-C: a signal's handler is heard inside the compiled loop, whatever fun is."""

import functools
import itertools
import operator
import os
import re
import signal
import threading
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers here"),
    pytest.mark.thread_unsafe(reason="signals go to the main thread"),
]
SOON = 0.02  # seconds; the loops below would run for a multiple of it


def interrupt(signum, frame):
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def handler():
    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def stopped_at(error):
    """Which evaluation of how many the note names."""
    found = re.search(r"in evaluation (\d+) of (\d+) of", error.__notes__[0])
    return int(found[1]), int(found[2])


def python(x):
    return x[0]


# functions in C: the interpreter never gets to look for signals between two calls of them
CALLABLES = {
    "python": python,
    "itemgetter": operator.itemgetter(0),
    "partial": functools.partial(np.sum),
    "sum": np.sum,
    "bound method": np.ones(20_000).dot,
    "partial of python": functools.partial(python),
}


@pytest.mark.parametrize("kind", CALLABLES)
@pytest.mark.parametrize("prepare", [lambda f: lambda x: cd.gradient(f, x), cd.Gradient])
def test_a_long_gradient_stops(kind, prepare):
    G = prepare(CALLABLES[kind])
    x = np.ones(20_000)
    signal.setitimer(signal.ITIMER_REAL, SOON)
    with pytest.raises(KeyboardInterrupt) as caught:
        G(x)
    done, total = stopped_at(caught.value)
    assert 1 <= done < total == 40_000
    # usable again
    if kind != "bound method":
        assert_allclose(G(np.array([2.0]))[0], 1, rtol=1e-9)
    assert_array_equal(x, 1)


@pytest.mark.parametrize("kind", ["python", "itemgetter"])
def test_a_long_hessian_stops(kind):
    H = cd.Hessian(CALLABLES[kind])
    x, out = np.ones(1500), np.full((1500, 1500), 7.0)
    signal.setitimer(signal.ITIMER_REAL, SOON)
    with pytest.raises(KeyboardInterrupt) as caught:
        H(x, out=out)
    done, total = stopped_at(caught.value)
    assert 1 <= done < total == 1500**2 + 1500 + 1
    assert (out == 7).all()
    assert_allclose(H(np.array([2.0, 3.0])), np.zeros((2, 2)), atol=1e-6)


@pytest.mark.parametrize("fun", [np.positive, operator.pos])
def test_a_long_jacobian_stops(fun):
    x = np.ones(2500)
    signal.setitimer(signal.ITIMER_REAL, SOON)
    with pytest.raises(KeyboardInterrupt) as caught:
        cd.jacobian(fun, x)
    done, total = stopped_at(caught.value)
    assert done < total == 5000


def test_a_long_derivative_stops():
    x = np.ones(200_000)
    signal.setitimer(signal.ITIMER_REAL, SOON)
    with pytest.raises(KeyboardInterrupt) as caught:
        cd.derivative(np.sin, x)
    done, total = stopped_at(caught.value)
    assert done < total == 400_000


def test_a_python_function_stops_at_once():
    calls = []

    def fun(x):
        calls.append(1)
        if len(calls) == 10:
            os.kill(os.getpid(), signal.SIGALRM)
        return 1.0

    with pytest.raises(KeyboardInterrupt):
        cd.gradient(fun, np.ones(1000))
    assert 10 <= len(calls) <= 11


def test_a_function_in_c_stops_at_once():
    # itertools.count counts the calls without any Python code; the counted calls end where the
    # handler, which runs as soon as the loop looks for signals, has read the counter
    counter = itertools.count()
    seen = []

    def handler(signum, frame):
        seen.append(next(counter))
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, SOON)
    with pytest.raises(KeyboardInterrupt) as caught:
        cd.gradient(functools.partial(next, counter), np.ones(20_000))
    done, total = stopped_at(caught.value)
    assert done < total
    assert seen[0] == done
    assert next(counter) == done + 1


def test_a_handler_that_does_not_raise_does_no_harm():
    heard = []
    signal.signal(
        signal.SIGALRM, lambda signum, frame: heard.append(cd.gradient(np.sum, np.ones(3)))
    )
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    g = cd.gradient(operator.itemgetter(0), np.ones(20_000))
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert heard
    assert_allclose(heard[0], 1, rtol=1e-9)
    assert_allclose(g[:2], [1, 0], rtol=1e-9)


def test_a_thread_is_not_disturbed_by_signals():
    heard, results = [], []
    signal.signal(signal.SIGALRM, lambda signum, frame: heard.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    worker = threading.Thread(target=lambda: results.append(cd.gradient(np.sum, np.ones(5000))))
    worker.start()
    while worker.is_alive() or not heard:
        time.sleep(0.001)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert_allclose(results[0], 1, rtol=1e-6)


def test_threads_stop_too_and_are_at_rest_then():
    running = 0
    lock = threading.Lock()
    caller = threading.get_ident()

    def slow(x):
        nonlocal running
        if threading.get_ident() == caller:  # an interrupt may come before what counts down
            time.sleep(5e-4)
            return x @ x
        with lock:
            running += 1
        try:
            time.sleep(5e-4)
            return x @ x
        finally:
            with lock:
                running -= 1

    G = cd.Gradient(slow, workers=3)

    def forever():
        while True:
            G(np.ones(40))

    for k in range(1, 30):
        signal.setitimer(signal.ITIMER_REAL, k * 1e-3)
        with pytest.raises(KeyboardInterrupt):
            forever()
        assert running == 0
    assert_allclose(G(np.ones(40)), np.full(40, 2.0), rtol=1e-9)
