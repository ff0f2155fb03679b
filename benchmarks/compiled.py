"""Gradients of rosen in C and by numba: python benchmarks/compiled.py [--quick].

The unit is a difference loop that is compiled itself, function and all: for C functions one in C,
for numba one by numba, repeated inside of compiled code, so that nothing of Python is in it. For
comparison there are SciPy's 3-point differences of scipy.optimize.rosen, which is NumPy. All
contestants take turns, in one process; the best of all repetitions counts.
"""

from __future__ import annotations

import argparse
import ctypes
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import centraldiff as cd

# What the project has set itself: prepared over the loop, SciPy over prepared.
LIMITS = {10: (4.0, 50), 100: (1.4, 60), 1000: (1.15, 15)}

SOURCE = r"""
#include <math.h>

double rosen(int n, double *x) {
    double sum = 0;
    for (int i = 0; i + 1 < n; i++) {
        double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        sum += 100 * a * a + b * b;
    }
    return sum;
}

void loop(int n, double *x, double *g, int times) {
    for (int k = 0; k < times; k++)
        for (int i = 0; i < n; i++) {
            double here = x[i], h = 6.055454452393343e-06 * fmax(fabs(here), 1);
            double above = here + h, below = here - h;
            x[i] = above;
            double f = rosen(n, x);
            x[i] = below;
            g[i] = (f - rosen(n, x)) / (above - below);
            x[i] = here;
        }
}
"""


def in_c(directory: Path) -> tuple[Any, Callable[[Any, int], Any]]:
    """rosen, and ``loop(x, times)``, in C."""
    (directory / "rosen.c").write_text(SOURCE, encoding="utf-8")
    library = directory / "rosen.so"
    command = ["cc", "-O3", "-shared", "-fPIC", "-o", library, directory / "rosen.c", "-lm"]
    subprocess.run(command, check=True)
    found = ctypes.CDLL(str(library))
    numbers = ctypes.POINTER(ctypes.c_double)
    found.rosen.restype, found.rosen.argtypes = ctypes.c_double, (ctypes.c_int, numbers)

    def loop(x: Any, times: int) -> Any:
        x, g = x.copy(), np.empty_like(x)
        pointers = x.ctypes.data_as(numbers), g.ctypes.data_as(numbers)
        found.loop(x.size, *pointers, times)
        return g

    return found.rosen, loop


def by_numba() -> tuple[Any, Callable[[Any, int], Any]]:
    """The same, compiled by numba."""
    njit = import_module("numba").njit

    @njit  # type: ignore[untyped-decorator]
    def rosen(x: Any) -> Any:
        total = 0.0
        for i in range(x.size - 1):
            total += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
        return total

    @njit  # type: ignore[untyped-decorator]
    def loop(x: Any, times: int) -> Any:
        x, g = x.copy(), np.empty_like(x)
        for _ in range(times):
            for i in range(x.size):
                here = x[i]
                h = 6.055454452393343e-06 * max(abs(here), 1.0)
                above, below = here + h, here - h
                x[i] = above
                f = rosen(x)
                x[i] = below
                g[i] = (f - rosen(x)) / (above - below)
                x[i] = here
        return g

    return rosen, loop


def repeated(gradient: Callable[[Any], Any], x: Any, times: int) -> Any:
    """As a user calls it: from Python."""
    for _ in range(times):
        found = gradient(x)
    return found


def measure(n: int, slot: float, repetitions: int, directory: Path) -> dict[str, float]:
    """Seconds for one gradient at n coordinates, by contestant."""
    optimize = import_module("scipy.optimize")
    approx = import_module("scipy.optimize._numdiff").approx_derivative
    x = np.linspace(0.5, 1.5, n)
    runs: dict[str, Callable[[int], Any]] = {}
    for name, (fun, loop) in {"C": in_c(directory), "numba": by_numba()}.items():
        runs[f"{name} loop"] = partial(loop, x)
        runs[f"{name} prepared"] = partial(repeated, cd.Gradient(fun), x)
        runs[f"{name} one-shot"] = partial(repeated, partial(cd.gradient, fun), x)
    f0 = optimize.rosen(x)
    three_point = partial(approx, optimize.rosen, method="3-point", f0=f0)
    runs["scipy 3-point"] = partial(repeated, three_point, x)
    exact = optimize.rosen_der(x)
    times = {}
    for name, run in runs.items():
        off = np.abs(run(1) - exact).max()
        if off > 1e-6 * np.abs(exact).max():
            raise AssertionError(f"{name} is off by {off}")
        start = time.perf_counter()
        run(3)
        times[name] = max(1, int(3 * slot / (time.perf_counter() - start)))
    best = dict.fromkeys(runs, np.inf)
    order = list(runs)
    rng = random.Random(n)
    for _ in range(repetitions):
        rng.shuffle(order)
        for name in order:
            start = time.perf_counter()
            runs[name](times[name])
            best[name] = min(best[name], (time.perf_counter() - start) / times[name])
    return best


def report(n: int, best: dict[str, float]) -> str:
    """Ratios only."""
    loop_limit, scipy_limit = LIMITS[n]
    lines = [f"gradient of rosen, n = {n}"]
    for name in ("C", "numba"):
        over_loop = best[f"{name} prepared"] / best[f"{name} loop"]
        over_scipy = best["scipy 3-point"] / best[f"{name} prepared"]
        one_shot = best[f"{name} one-shot"] / best[f"{name} loop"]
        lines.append(
            f"  {name:5}  prepared {over_loop:6.2f} loops (limit {loop_limit}), one-shot "
            f"{one_shot:6.2f}; scipy 3-point takes {over_scipy:4.0f} times as long as prepared "
            f"(to reach {scipy_limit})"
        )
    return "\n".join(lines)


def main() -> int:
    """Print all ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions: ratios are rough")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as directory:
        for n in LIMITS:
            best = measure(n, 2e-4 if quick else 5e-3, 5 if quick else 100, Path(directory))
            print(report(n, best), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
