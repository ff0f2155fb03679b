"""Objects in other processes: after a fork in the middle of everything, and out of a pickle.

In a process of its own, which is ended if it hangs.
"""

import os
import subprocess
import sys
import sysconfig

import pytest

PROGRAM = """
import os
import signal
import sys
import threading
import time
from multiprocessing import get_context

import numpy as np

import centraldiff as cd


def slow(x):
    time.sleep(1e-3)  # so that other threads are called
    return float(np.sum(np.sin(x)) * x[0])


def chain(x):
    time.sleep(1e-3)
    return x[1:] - x[:-1] ** 2


PATTERN = np.eye(7, 8) + np.eye(7, 8, 1)
PREPARED = [
    cd.Gradient(slow, workers=3),
    cd.Gradient(slow, workers=2, method="adaptive", rtol=1e-3),
    cd.Jacobian(chain, workers=2, sparsity=PATTERN),
    cd.Hessian(slow),
]


def numbers(k, x):
    found = PREPARED[k](x)
    return found if isinstance(found, np.ndarray) else found.toarray()


def point(k):
    return np.linspace(0.5, 1.5, 8) * (1 + k)


def call(given):
    derivative, k = given
    found = derivative(point(k))
    return found if isinstance(found, np.ndarray) else found.toarray()


def fork():
    stop = threading.Event()

    def work(k):
        while not stop.is_set():
            for j in range(len(PREPARED)):
                numbers(j, point(k))

    expected = [numbers(j, point(9)) for j in range(len(PREPARED))]
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            time.sleep(0.01)
            child = os.fork()
            if child == 0:
                signal.alarm(60)
                equal = [(numbers(j, point(9)) == e).all() for j, e in enumerate(expected)]
                os._exit(0 if all(equal) else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def pools(method):
    cases = [(prepared, k) for prepared in PREPARED for k in range(3)]
    expected = [call(case) for case in cases]
    with get_context(method).Pool(2) as pool:
        found = pool.map(call, cases)
    for one, other in zip(found, expected, strict=True):
        assert (one == other).all()


if __name__ == "__main__":
    fork() if sys.argv[1] == "in the middle" else pools(sys.argv[1])
    print("done")
"""


@pytest.mark.thread_unsafe(reason="starts many processes")
@pytest.mark.parametrize("how", ["in the middle", "fork", "spawn"])
def test_in_another_process(how, tmp_path):
    if how != "spawn" and not hasattr(os, "fork"):
        pytest.skip("there is no fork here")
    if how == "in the middle" and sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("a lock of CPython's, of any dict, may stay closed in the child")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(program), how],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout == "done\n", done.stderr
