"""Compiled functions without the GIL: Ctrl-C, threads, exceptions of Cython functions."""

import ctypes
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

NUMBERS = ctypes.POINTER(ctypes.c_double)


def interrupt(signum, frame):
    raise KeyboardInterrupt


@pytest.fixture
def alarm():
    """``alarm(seconds)``: a KeyboardInterrupt then, as Ctrl-C makes it."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("no interval timers here")
    before = signal.signal(signal.SIGALRM, interrupt)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def stopped_at(error):
    found = re.search(r"in evaluation (\d+) of (\d+) of", error.__notes__[0])
    return int(found[1]), int(found[2])


@pytest.mark.thread_unsafe(reason="signals go to the main thread")
@pytest.mark.parametrize("prepare", [lambda f: lambda x: cd.gradient(f, x), cd.Gradient])
def test_a_long_gradient_stops(prepare, library, alarm):
    G = prepare(library.slow)
    x = np.ones(1000)
    G(x[:3])
    alarm(0.05)
    with pytest.raises(KeyboardInterrupt) as caught:
        G(x)  # of seconds
    done, total = stopped_at(caught.value)
    assert 1 <= done < total == 2000
    assert_allclose(G(x[:2]), 100, rtol=1e-6)


@pytest.mark.thread_unsafe(reason="signals go to the main thread")
def test_a_long_hessian_and_a_long_search_stop(library, alarm):
    for run in (
        lambda: cd.hessian(library.slow, np.ones(300)),
        lambda: cd.gradient(library.slow, np.ones(300), method="adaptive"),
        lambda: cd.gradient(library.rosen, np.ones(100_000)),
    ):
        alarm(0.05)
        with pytest.raises(KeyboardInterrupt):
            run()


@pytest.mark.thread_unsafe(reason="signals go to the main thread")
def test_cheap_evaluations_stop_too(library, alarm):
    # of which many pass between two looks at the clock
    x = np.ones(1_500_000)
    alarm(0.03)
    with pytest.raises(KeyboardInterrupt) as caught:
        cd.derivative(library.square_root, x)
    done, total = stopped_at(caught.value)
    assert 1 <= done < total == 3_000_000


@pytest.mark.thread_unsafe(reason="signals go to the main thread")
def test_a_handler_that_does_not_raise_does_no_harm(library):
    if not hasattr(signal, "setitimer"):
        pytest.skip("no interval timers here")
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(cd.gradient(library.rosen, [1])))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        x = np.linspace(0.5, 1.5, 300)
        G = cd.Gradient(library.slow)
        g = G(x)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert heard
    assert_array_equal(g, G(x))


def test_other_threads_run_meanwhile(library):
    # the function waits for a flag, which only another Python thread will raise
    called_and_flag = (ctypes.c_int * 2)()
    low_level = pytest.importorskip("scipy").LowLevelCallable
    waits = low_level(library.waits, ctypes.cast(called_and_flag, ctypes.c_void_p))
    derivatives = []
    caller = threading.Thread(target=lambda: derivatives.append(cd.gradient(waits, 2.0)))
    caller.start()
    while not called_and_flag[0]:
        time.sleep(0.001)
    called_and_flag[1] = 1
    caller.join()
    assert_allclose(derivatives, [1.0], rtol=1e-9)


def test_one_object_in_many_threads(library, at_once):
    G, H = cd.Gradient(library.scribbles), cd.Hessian(None, grad=library.rosen_der)
    points = [np.linspace(0.5, 1.5, 20) + k for k in range(6)]
    expected = [(G(x), H(x)) for x in points]
    found = at_once(6, lambda k: [(G(points[k]), H(points[k])) for _ in range(100)])
    for results, (g, h) in zip(found, expected, strict=True):
        assert all((result[0] == g).all() and (result[1] == h).all() for result in results)


def test_recursion():
    prototype = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, NUMBERS)
    inner = cd.Gradient(prototype(lambda n, x: x[0] ** 3))
    outer = cd.Gradient(prototype(lambda n, x: inner(np.array([x[0]]))[0]))
    assert_allclose(outer(np.array([2.0])), [12.0], rtol=1e-4)


CYTHON = """# cython: freethreading_compatible=True
cdef api double squares(int n, double *x) noexcept nogil:
    cdef int i
    cdef double total = 0
    for i in range(n):
        total += x[i] * x[i]
    return total

cdef api double of_const(int n, const double *x) noexcept nogil:
    return x[0]

cdef api double raises(int n, double *x) except? -1 nogil:
    if x[1] > 1:
        with gil:
            raise ValueError("too far")
    return x[0] * x[1]

cdef api void raises_array(int n, double *x, int m, double *out, void *data) except * nogil:
    if x[1] > 1:
        with gil:
            raise ValueError("too far")
    out[0] = x[0]

cdef api void divides(int n, double *x, int m, double *out, void *data) except * nogil:
    if x[0] <= 0:
        with gil:
            raise ZeroDivisionError("float division by zero")
    out[0] = 1 / x[0]

cdef api double wrong(double x) noexcept nogil:
    return x
"""


@pytest.fixture(scope="module")
def capsules(tmp_path_factory):
    """What a Cython module offers to others in C."""
    pytest.importorskip("Cython")
    directory = tmp_path_factory.mktemp("cython")
    (directory / "offered.pyx").write_text(CYTHON, encoding="utf-8")
    (directory / "build.py").write_text(
        "from setuptools import Extension, setup\n"
        "from Cython.Build import cythonize\n"
        "setup(ext_modules=cythonize([Extension('offered', ['offered.pyx'])], language_level=3))\n",
        encoding="utf-8",
    )
    command = [sys.executable, "build.py", "-q", "build_ext", "--inplace"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("Cython cannot build here")
    sys.path.insert(0, str(directory))
    try:
        import offered
    finally:
        sys.path.remove(str(directory))
    assert Path(offered.__file__).parent == directory
    return offered.__pyx_capi__


def test_cython_functions(capsules):
    x = np.array([1.0, 0.5, -2.0])
    assert_allclose(cd.gradient(capsules["squares"], x), 2 * x, rtol=1e-8)
    assert_allclose(cd.gradient(capsules["of_const"], x), [1, 0, 0], rtol=1e-8)
    assert_allclose(cd.gradient(capsules["raises"], x), [0.5, 1, 0], rtol=1e-8)
    low_level = pytest.importorskip("scipy").LowLevelCallable
    assert_allclose(cd.gradient(low_level(capsules["squares"]), x), 2 * x, rtol=1e-8)
    with pytest.raises(cd.ArgumentTypeError, match=r"signature 'double \(double\)'"):
        cd.gradient(capsules["wrong"], x)


@pytest.mark.parametrize("name", ["raises", "raises_array"])
def test_exceptions_of_cython_functions_arrive(name, capsules):
    J = cd.Jacobian(capsules[name], value_shape=1 if name == "raises_array" else None)
    for _ in range(3):
        with pytest.raises(ValueError, match="too far") as caught:
            J(np.array([0.5, 1.0, 2.0]))
        assert "in evaluation 3 of 6 of fun, at x[1] displaced by +" in caught.value.__notes__[0]
        assert np.isfinite(J(np.array([0.5, 0.5, 2.0]))).all()
    with pytest.raises(ValueError, match="too far") as caught:
        J(np.array([0.5, 1.5, 2.0]))
    assert "in evaluation 1 of 6" in caught.value.__notes__[0]


def test_what_is_outside_the_domain_is_left_out(capsules):
    result = cd.jacobian(
        capsules["divides"], [1e-6], value_shape=1, method="adaptive", full_output=True
    )
    assert_allclose(result.value, [[-1e12]], rtol=1e-6)
