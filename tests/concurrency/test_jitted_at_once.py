"""Functions that numba compiles, first called by several threads at once."""

import threading
import time
import warnings

import numpy as np
import pytest

import centraldiff as cd

numba = pytest.importorskip("numba")
THREADS = 4


@pytest.mark.thread_unsafe(reason="numba.cfunc is replaced")
def test_one_thread_at_a_time_compiles(monkeypatch):
    """Filters of warnings belong to the process: threads that overlap would not restore them."""
    inside, most, lock, compiled = 0, 0, threading.Lock(), []
    real = numba.cfunc

    def cfunc(*args, **kwargs):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)
        made = real(*args, **kwargs)

        def decorate(function):
            nonlocal inside
            compiled.append(function)
            try:
                return made(function)
            finally:
                with lock:
                    inside -= 1

        return decorate

    monkeypatch.setattr(numba, "cfunc", cfunc)
    filters = list(warnings.filters)
    functions = [numba.njit(lambda x, k=k: x[0] * k) for k in range(2)]
    start = threading.Barrier(THREADS)
    found = {}

    def work(k):
        start.wait()
        found[k] = cd.gradient(functions[k % 2], np.ones(2))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, gradient in found.items():
        np.testing.assert_allclose(gradient, [k % 2, 0], atol=1e-9)
    assert len(found) == THREADS
    assert most == 1
    assert len(compiled) == len(functions)
    assert warnings.filters == filters


def test_one_object_in_many_threads(at_once):
    """One thread has the evaluator that is kept, the others make their own."""
    G = cd.Gradient(numba.njit(lambda x: x[0] * x[1] + x[2] ** 3))
    J = cd.Jacobian(numba.njit(lambda x: x * x))
    points = [np.array([0.5, 1.25, -0.75]) + k for k in range(8)]
    expected = [(G(x), J(x)) for x in points]
    found = at_once(8, lambda k: [(G(points[k]), J(points[k])) for _ in range(200)])
    for results, (g, jacobian) in zip(found, expected, strict=True):
        assert all((result[0] == g).all() and (result[1] == jacobian).all() for result in results)
