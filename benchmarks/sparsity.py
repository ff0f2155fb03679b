"""Sparse derivatives of large problems: python benchmarks/sparsity.py [--quick] [--n N].

- A tridiagonal Jacobian, everything prepared, against SciPy's differences with the same pattern and
  its own groups of columns: ratios of times, in one process and in turns of random order; and
  the peak of memory of a call, beside what fun takes and the result, in vectors of n numbers.
- Hessians of Rosenbrock's function: evaluations.
- The same function as a sum of terms: evaluations, and the time of a derivative in units of one
  evaluation of the terms.
"""

from __future__ import annotations

import argparse
import gc
import random
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import scipy.sparse as sp
from measure import seconds

import centraldiff as cd


class Counted:
    """A function that counts its evaluations."""

    def __init__(self, fun: Callable[[Any], Any]) -> None:
        self.fun, self.nfev = fun, 0

    def __call__(self, x: Any) -> Any:
        self.nfev += 1
        return self.fun(x)


def chain(x: Any) -> Any:
    """The tridiagonal function of Broyden: each value depends on three coordinates."""
    f = (3 - 2 * x) * x + 1
    f[1:] -= x[:-1]
    f[:-1] -= 2 * x[1:]
    return f


def rosen(x: Any) -> Any:
    """Rosenbrock's function."""
    return rosen_terms(x).sum()


def rosen_gradient(x: Any) -> Any:
    """Its gradient."""
    g = np.zeros_like(x)
    bend = x[1:] - x[:-1] ** 2
    g[:-1] = -400 * x[:-1] * bend - 2 * (1 - x[:-1])
    g[1:] += 200 * bend
    return g


def rosen_terms(x: Any) -> Any:
    """Its n - 1 terms, each of which depends on two coordinates."""
    return 100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2


def band(m: int, n: int, offsets: tuple[int, ...]) -> Any:
    """A pattern with these diagonals."""
    return sp.csr_array(sp.diags_array([1.0] * len(offsets), offsets=offsets, shape=(m, n)))


def point(n: int) -> Any:
    """A point with no two coordinates alike."""
    return np.linspace(0.5, 1.5, n)


def evaluations(make: Callable[[Any], Any], fun: Callable[[Any], Any], x: Any) -> tuple[int, int]:
    """Evaluations of the first call of a prepared derivative, and of the second."""
    counted = Counted(fun)
    derivative = make(counted)
    derivative(x)
    first, counted.nfev = counted.nfev, 0
    derivative(x)
    return first, counted.nfev


def tridiagonal(n: int) -> dict[str, Callable[[Any], Any]]:
    """Ways to the Jacobian of `chain`, prepared: patterns confirmed, columns in groups."""
    numdiff = import_module("scipy.optimize._numdiff")
    pattern = band(n, n, (-1, 0, 1))
    groups = numdiff.group_columns(pattern)
    jacobian = cd.Jacobian(chain, sparsity=pattern)
    jacobian(point(n))
    return {
        "scipy 3-point": lambda x: numdiff.approx_derivative(
            chain, x, method="3-point", sparsity=(pattern, groups)
        ),
        "Jacobian": jacobian,
    }


def in_turns(
    ways: dict[str, Callable[[Any], Any]], x: Any, repetitions: int
) -> dict[str, list[float]]:
    """Seconds of each way in each turn; the order is random."""
    rng = random.Random(0)
    order = list(ways)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repetitions):
        rng.shuffle(order)
        for name in order:
            times[name].append(seconds(ways[name], (x,), 1))
    return times


def peak(call: Callable[[Any], Any], x: Any) -> int:
    """Bytes that a call takes at most, with its result."""
    call(x)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        call(x)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def vectors_beside(derivative: Callable[[Any], Any], fun: Callable[[Any], Any], x: Any) -> float:
    """Peak of a call without that of fun and the result, in vectors like x."""
    result = derivative(x)
    size = result.data.nbytes + result.indices.nbytes + result.indptr.nbytes
    return (peak(derivative, x) - peak(fun, x) - size) / x.nbytes


def show_jacobian(n: int, repetitions: int) -> None:
    """Time and memory of a tridiagonal Jacobian."""
    x = point(n)
    ways = tridiagonal(n)
    times = in_turns(ways, x, repetitions)
    best = {name: min(values) for name, values in times.items()}
    turns = [a / b for a, b in zip(times["scipy 3-point"], times["Jacobian"], strict=True)]
    first, later = evaluations(
        lambda fun: cd.Jacobian(fun, sparsity=band(n, n, (-1, 0, 1))), chain, x
    )
    print(f"tridiagonal Jacobian, n = {n}")
    print(f"  evaluations              {later}, the first time {first}")
    print(
        f"  times faster than SciPy  {best['scipy 3-point'] / best['Jacobian']:.1f} "
        f"({min(turns):.1f} to {max(turns):.1f})"
    )
    for name, way in ways.items():
        print(f"  vectors, {name:15} {vectors_beside(way, chain, x):.1f}")


def show_hessians(n: int) -> None:
    """Evaluations of a Hessian with a band."""
    pattern = band(n, n, (-1, 0, 1))
    print(f"Hessian of rosen, n = {n}")
    for name, fun, make in (
        ("from values", rosen, lambda f: cd.Hessian(f, sparsity=pattern)),
        ("from gradients", rosen_gradient, lambda g: cd.Hessian(None, grad=g, sparsity=pattern)),
    ):
        first, later = evaluations(make, fun, point(n))
        print(f"  {name:24} {later} evaluations, the first time {first}")


def show_terms(n: int, repetitions: int) -> None:
    """Evaluations and times of derivatives of a sum of terms."""
    x = point(n)
    pattern = band(n - 1, n, (0, 1))
    options = {"sparsity": pattern, "sum_of_terms": True}
    print(f"rosen as a sum of terms, n = {n}")
    ways: dict[str, Callable[[Any], Any]] = {"terms": rosen_terms}
    for make in (cd.Gradient, cd.Hessian):
        derivative = ways[make.__name__] = make(rosen_terms, **options)
        began = seconds(derivative, (x,), 1)
        first, later = evaluations(lambda f, make=make: make(f, **options), rosen_terms, x)
        print(
            f"  {make.__name__:24} {later} evaluations, the first time {first} and {began:.1f} s "
            "with colours"
        )
    times = in_turns(ways, x, repetitions)
    for name in ("Gradient", "Hessian"):
        ratio = min(times[name]) / min(times["terms"])
        print(f"  {name:24} {ratio:.0f} times one evaluation of the terms")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small, few turns: ratios are rough")
    parser.add_argument("--n", type=int, default=10**6, help="coordinates of the large cases")
    chosen = parser.parse_args()
    n, repetitions = (3000, 2) if chosen.quick else (chosen.n, 9)
    show_jacobian(n, repetitions)
    show_hessians(200)
    show_terms(n, repetitions)


if __name__ == "__main__":
    main()
