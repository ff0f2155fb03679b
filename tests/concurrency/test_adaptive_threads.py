"""method="adaptive" from several threads: they do not disturb each other."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

THREADS = 8
N = 4


def number(x):
    return float(np.sum(np.sin(x) * np.arange(1, x.size + 1)) + x[0] * x[-1])


def array(x):
    return np.cos(x) + np.sum(x) ** 2


PREPARED = {
    "Gradient": lambda **o: cd.Gradient(number, method="adaptive", **o),
    "Jacobian": lambda **o: cd.Jacobian(array, method="adaptive", **o),
    "Hessian": lambda **o: cd.Hessian(number, method="adaptive", **o),
    "Hessian of grad": lambda **o: cd.Hessian(None, grad=array, method="adaptive", **o),
}


@pytest.fixture(autouse=True)
def _switch_often():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.parametrize("name", PREPARED)
@pytest.mark.parametrize("options", [{}, {"bounds": (-2, 2)}, {"rtol": 1e-4}], ids=str)
def test_one_object_in_many_threads(name, options):
    shared = PREPARED[name](**options)
    points = np.random.default_rng(0).uniform(-2, 2, (64, N))
    expected = [PREPARED[name](**options)(x) for x in points]
    barrier = threading.Barrier(THREADS)

    def work(k):
        barrier.wait()
        return [(i, shared(points[i])) for i in range(k, len(points), THREADS)]

    with ThreadPoolExecutor(THREADS) as pool:
        for found in pool.map(work, range(THREADS)):
            for i, result in found:
                assert_array_equal(result, expected[i])


def test_a_thread_that_fails_harms_no_other():
    def fun(x):
        if x[0] > 5:
            raise ValueError("too far")
        return number(x)

    shared = cd.Gradient(fun, method="adaptive", full_output=True)
    near, far = np.full(N, 0.5), np.full(N, 50.0)
    expected = shared(near)

    def work(k):
        for _ in range(10):
            if k % 2:
                with pytest.raises(ValueError, match="too far"):
                    shared(far)
            else:
                result = shared(near)
                assert_array_equal(result.value, expected.value)
                assert result.nfev == expected.nfev
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(THREADS)))
