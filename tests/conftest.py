"""Functions in C, compiled once for all tests that need them."""

from __future__ import annotations

import ctypes
import shlex
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

SOURCE = r"""
#include <math.h>
#include <stddef.h>

double rosen(int n, double *x) {
    double sum = 0;
    for (int i = 0; i + 1 < n; i++) {
        double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        sum += 100 * a * a + b * b;
    }
    return sum;
}

/* user_data: how much each coordinate weighs */
double weighted(int n, double *x, void *user_data) {
    const double *weights = user_data;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += weights[i] * sin(x[i]);
    return sum;
}

/* m products, of each coordinate with the one after the next */
void products(int n, double *x, int m, double *out, void *user_data) {
    for (int i = 0; i < m; i++)
        out[i] = x[i % n] * x[(i + 2) % n];
}

/* the gradient of rosen */
void rosen_der(int n, double *x, int m, double *out, void *user_data) {
    for (int i = 0; i < m; i++)
        out[i] = 0;
    for (int i = 0; i + 1 < n; i++) {
        double a = x[i + 1] - x[i] * x[i];
        out[i] += -400 * x[i] * a - 2 * (1 - x[i]);
        out[i + 1] += 200 * a;
    }
}

/* writes all over x */
double scribbles(int n, double *x) {
    double sum = rosen(n, x);
    for (int i = 0; i < n; i++)
        x[i] = NAN;
    return sum;
}

/* leaves out the last value */
void forgets(int n, double *x, int m, double *out, void *user_data) {
    products(n, x, m - 1, out, user_data);
}

/* not finite at negative x[0] */
double square_root(int n, double *x) { return sqrt(x[0]) + (n > 1 ? x[1] : 0); }

/* about a microsecond for each unit of n: a loop that a compiler can't shorten */
double slow(int n, double *x) {
    volatile double sum = 0;
    for (int k = 0; k < 100 * n; k++)
        sum += x[k % n];
    return sum;
}

/* how often it was called: user_data is the counter */
double counted(int n, double *x, void *user_data) {
    ++*(long long *)user_data;
    return rosen(n, x);
}

/* says that it was called, then waits for a flag, for seconds: x[0], or NaN if it stays down */
double waits(int n, double *x, void *user_data) {
    volatile int *called_and_flag = user_data;
    called_and_flag[0] = 1;
    for (long k = 0; k < 2000000000; k++)
        if (called_and_flag[1])
            return x[0];
    return NAN;
}

double wrong(double x) { return x; }
"""

NUMBERS = ctypes.POINTER(ctypes.c_double)
ARGUMENTS = {
    "number": (ctypes.c_double, (ctypes.c_int, NUMBERS)),
    "data": (ctypes.c_double, (ctypes.c_int, NUMBERS, ctypes.c_void_p)),
    "array": (None, (ctypes.c_int, NUMBERS, ctypes.c_int, NUMBERS, ctypes.c_void_p)),
}


def built(source: str, path: Path) -> ctypes.CDLL:
    """C source as a library; the test is skipped where there is no compiler."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    if shutil.which(compiler[0]) is None:
        compiler = ["cc"]
    if shutil.which(compiler[0]) is None:
        pytest.skip("no C compiler")
    source_file, library = path / "functions.c", path / "functions.so"
    source_file.write_text(source, encoding="utf-8")
    flags = ["-O2", "-shared", "-fPIC", "-o", str(library), str(source_file), "-lm"]
    subprocess.run([*compiler, *flags], check=True, capture_output=True)
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="session")
def build() -> Callable[[str, Path], ctypes.CDLL]:
    """``build(source, directory)`` compiles C and loads it."""
    return built


@pytest.fixture(scope="session")
def library(tmp_path_factory: Any) -> ctypes.CDLL:
    """The functions above, declared as ctypes has it."""
    library = built(SOURCE, tmp_path_factory.mktemp("library"))
    kinds = {
        "number": ("rosen", "scribbles", "square_root", "slow"),
        "data": ("weighted", "counted", "waits"),
        "array": ("products", "rosen_der", "forgets"),
    }
    for kind, names in kinds.items():
        for name in names:
            function = getattr(library, name)
            function.restype, function.argtypes = ARGUMENTS[kind]
    return library


@pytest.fixture(scope="session")
def at_once() -> Callable[[int, Callable[[int], Any]], list[Any]]:
    """``at_once(n, function)``: function(k) from n threads that start together."""

    def results(n: int, function: Callable[[int], Any]) -> list[Any]:
        start = threading.Barrier(n)

        def work(k: int) -> Any:
            start.wait()
            return function(k)

        with ThreadPoolExecutor(n) as pool:
            return list(pool.map(work, range(n)))

    return results
