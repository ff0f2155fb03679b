"""workers: the same numbers, exceptions and counts as of one thread."""

import contextlib
import math
import os
import pickle
import threading
import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

POINT = np.array([0.3, -1.2, 2.0, 0.7, 1.1, -0.4])
WAYS = {
    "central": {},
    "order 4": {"order": 4},
    "forward": {"method": "forward"},
    "adaptive": {"method": "adaptive"},
    "noise": {"noise": 1e-9},
    "estimated noise": {"noise": "estimate"},
    "bounds": {"bounds": (-1.2, 2.0)},
}
WORKERS = 3


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def slowly(fun):
    """fun, slow enough for other threads to be called."""

    def slow(*args):
        time.sleep(2e-4)
        return fun(*args)

    return slow


def cost(result):
    parts = result if isinstance(result, tuple) else (result,)
    return [part.nfev for part in parts if isinstance(part, cd.DerivativeResult)]


def test_same_bits_and_cost_as_one_thread(operator, entries, way):
    expected = operator(operator.function, POINT, full_output=True, **way)
    fun = slowly(operator.function)
    found = operator(fun, POINT, workers=WORKERS, full_output=True, **way)
    assert_array_equal(entries(found), entries(expected))
    assert cost(found) == cost(expected)


def test_threads_take_part():
    threads = set()

    def fun(x):
        threads.add(threading.get_ident())
        time.sleep(1e-3)
        return x @ x

    cd.gradient(fun, np.ones(20), workers=WORKERS)
    assert len(threads) == WORKERS
    threads.clear()
    cd.gradient(fun, np.ones(20), workers=1)
    assert threads == {threading.get_ident()}


def test_little_work_wakes_nobody():
    threads = set()

    def fun(x):
        threads.add(threading.get_ident())
        return x[0]

    cd.gradient(fun, [1.0], workers=WORKERS)
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("size", [1, 3, 5, 64])
@pytest.mark.parametrize("n", [1, 2, 7, 50])
def test_blocks_are_those_of_one_thread(size, n):
    def shapes_of(workers):
        seen = []

        def fun(x):
            time.sleep(1e-4)
            seen.append(x[:, 0].tobytes() + bytes([x.shape[1]]))
            return (x**3).sum(axis=0)

        value = cd.gradient(
            fun, np.arange(1.0, n + 1), vectorized=True, batch_size=size, workers=workers
        )
        return value, sorted(seen)

    (one, calls), (several, others) = shapes_of(None), shapes_of(WORKERS)
    assert_array_equal(one, several)
    assert calls == others


def test_the_first_of_several_exceptions_counts():
    """Points are handed out in order, so those before it have been evaluated."""

    def fun(x):
        time.sleep(1e-4)
        for i in range(len(x)):
            if x[i] != 1:
                raise LookupError(i)
        return 1.0

    for _ in range(20):
        with pytest.raises(LookupError) as caught:
            cd.gradient(fun, np.ones(30), workers=WORKERS)
        assert caught.value.args == (0,)
        assert caught.value.__notes__ == [
            "centraldiff: in evaluation 1 of 60 of fun, at x[0] displaced by +4.81e-06"
        ]


@pytest.mark.parametrize(
    "calling", [{}, {"x_as": "list"}, {"vectorized": True, "batch_size": 1}], ids=str
)
@pytest.mark.parametrize("method", ["central", "adaptive"])
def test_one_exception_raised_in_several_threads_has_the_note_of_one(calling, method):
    def run(workers):
        error = LookupError("the same in all threads")
        others_wait = threading.Barrier(WORKERS)

        def fun(x):
            time.sleep(1e-3)
            x = np.ravel(x)
            if x[6] != 1 or x[7] != 1 or x[8] != 1:
                if workers:
                    with contextlib.suppress(threading.BrokenBarrierError):
                        others_wait.wait(0.1)  # so that several raise at once
                raise error
            return np.ones(1) if calling.get("vectorized") else 1.0

        with pytest.raises(LookupError) as caught:
            cd.gradient(fun, np.ones(9), method=method, workers=workers, **calling)
        assert caught.value is error
        return error.__notes__

    expected = run(None)
    assert len(expected) == 1
    for _ in range(5):
        assert run(WORKERS) == expected


def test_after_an_exception_all_threads_rest_and_the_object_works_again():
    fail = True
    running = 0
    lock = threading.Lock()

    def fun(x):
        nonlocal running
        with lock:
            running += 1
        try:
            time.sleep(1e-3)
            if fail and x[5] != 1:
                raise LookupError("five")
            return x @ x
        finally:
            with lock:
                running -= 1

    G = cd.Gradient(fun, workers=WORKERS)
    for _ in range(3):
        with pytest.raises(LookupError, match="five"):
            G(np.ones(20))
        assert running == 0
    fail = False
    assert np.abs(G(np.ones(20)) - 2).max() < 1e-9


def test_an_earlier_point_counts_though_it_fails_later():
    def fun(x):
        time.sleep(1e-3)
        if x[3] != 1:
            time.sleep(5e-2)
            raise LookupError(3)
        if x[9] != 1:
            raise LookupError(9)
        return x @ x

    for _ in range(3):
        with pytest.raises(LookupError) as caught:
            cd.gradient(fun, np.ones(20), workers=WORKERS)
        assert caught.value.args == (3,)


def test_nothing_is_begun_after_an_exception():
    calls = []

    def fun(x):
        calls.append(1)
        time.sleep(1e-3)
        if x[10] != 1:
            raise LookupError("ten")
        return x @ x

    with pytest.raises(LookupError, match="ten"):
        cd.gradient(fun, np.ones(1000), workers=WORKERS)
    assert len(calls) < 100


@pytest.mark.parametrize("calling", [{}, {"vectorized": True, "batch_size": 5}], ids=str)
def test_points_outside_the_domain_are_counted_once(calling):
    raised = []

    def fun(x):
        time.sleep(2e-4)
        if (x > 1).any():
            raised.append(1)
            raise ValueError("math domain error")
        return np.sqrt(1 - x).sum(axis=0)

    x = 1 - 10.0 ** -np.arange(1, 8)
    one = cd.gradient(fun, x, method="adaptive", full_output=True, **calling)
    assert raised
    several = cd.gradient(fun, x, method="adaptive", workers=WORKERS, full_output=True, **calling)
    assert_array_equal(one.value, several.value)
    assert_array_equal(one.error, several.error)
    assert one.nfev == several.nfev


def test_each_thread_has_its_own_point():
    """Callbacks that keep, and write into, what they are given."""
    kept = []

    def fun(x):
        kept.append(x)
        copy = x.copy()
        time.sleep(2e-4)
        assert_array_equal(x, copy)
        return x @ x

    x = np.arange(10.0)
    cd.gradient(fun, x, workers=WORKERS)
    assert len({point.tobytes() for point in kept}) == 20

    def writing(x):
        value = x @ x
        x[:] = math.nan
        time.sleep(2e-4)
        return value

    assert np.abs(cd.gradient(writing, x, workers=WORKERS) - 2 * x).max() < 1e-8


def test_threads_see_what_the_caller_sees():
    def fun(x):
        time.sleep(2e-4)
        return np.log(x - 1).sum()  # nan: a RuntimeWarning, were it not for errstate

    with np.errstate(all="ignore"), pytest.warns(cd.NotFiniteWarning):
        cd.gradient(fun, np.zeros(20), workers=WORKERS)


def test_calls_within_calls():
    def inner(x):
        time.sleep(1e-4)
        return x @ x

    def outer(x):
        return cd.gradient(inner, x, workers=WORKERS).sum()

    expected = cd.gradient(lambda x: cd.gradient(lambda y: y @ y, x).sum(), np.arange(6.0))
    found = cd.gradient(outer, np.arange(6.0), workers=WORKERS)
    assert_array_equal(found, expected)


def test_many_callers_at_once():
    G = cd.Gradient(slowly(lambda x: x @ x), workers=WORKERS)
    found = []

    def call(k):
        found.extend((k, G(np.full(5, float(k)))) for _ in range(5))

    callers = [threading.Thread(target=call, args=(k,)) for k in range(1, 5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 20
    for k, gradient in found:
        assert np.abs(gradient - 2 * k).max() < 1e-8


@pytest.mark.thread_unsafe(reason="forks")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork():
    G = cd.Gradient(slowly(lambda x: x @ x), workers=WORKERS)
    expected = G(np.ones(20))
    child = os.fork()
    if child == 0:
        os._exit(0 if (G(np.ones(20)) == expected).all() else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize(
    ("workers", "error", "words"),
    [
        (0, ValueError, ["workers", "from 1", "-1", "0"]),
        (-2, ValueError, ["workers", "-2"]),
        (10**9, ValueError, ["workers", "1024"]),
        (2.0, TypeError, ["workers", "integer", "2.0"]),
        (True, TypeError, ["workers", "integer", "True"]),
        (map, TypeError, ["workers", "integer", "map"]),
        ("2", TypeError, ["workers", "'2'"]),
    ],
)
def test_refusals(workers, error, words):
    with pytest.raises(error) as caught:
        cd.gradient(lambda x: x @ x, [1.0, 2.0], workers=workers)
    assert isinstance(caught.value, cd.CentraldiffError)
    for word in words:
        assert word in str(caught.value)


def test_as_many_as_there_are_cores():
    assert_array_equal(
        cd.gradient(slowly(lambda x: x @ x), np.ones(9), workers=-1),
        cd.gradient(lambda x: x @ x, np.ones(9)),
    )


def test_as_many_as_there_are_cores_where_it_is_used(monkeypatch):
    """An object that is pickled may be used on another machine."""
    packed = pickle.dumps(cd.Gradient(slow_square, workers=-1))
    for cores in (WORKERS, 1):
        monkeypatch.setattr("centraldiff._calling._cores", lambda: cores)  # noqa: B023
        threads_of_square.clear()
        pickle.loads(packed)(np.ones(20))
        assert len(threads_of_square) == cores


threads_of_square = set()


def slow_square(x):
    threads_of_square.add(threading.get_ident())
    time.sleep(1e-3)
    return x @ x
