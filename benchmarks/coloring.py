"""Colours and time of column colourings, against SciPy: python benchmarks/coloring.py [--quick].

From a SciPy array to the colours, by default settings, in one process and in turns of random order.
SciPy's is the compiled grouping that `scipy.optimize.least_squares` and others use. Times are
ratios to it, best over best; in brackets the lowest and the highest ratio of a turn.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize._numdiff import group_columns

import centraldiff as cd


def tridiagonal(n: int) -> Any:
    """Each coordinate and the two beside it."""
    ones = [np.ones(n - abs(k)) for k in (-1, 0, 1)]
    return sp.csr_array(sp.diags_array(ones, offsets=(-1, 0, 1), shape=(n, n)))


def grid(side: int) -> Any:
    """A square of points, each with its four neighbours."""
    line = tridiagonal(side)
    unit = sp.eye_array(side, format="csr")
    return sp.csr_array(sp.kron(unit, line, "csr") + sp.kron(line, unit, "csr"))


WAYS: dict[str, Callable[[Any], Any]] = {
    "SciPy": group_columns,
    "color_columns": cd.color_columns,
    "color_symmetric": cd.color_symmetric,
    "the same, substitution": lambda pattern: cd.color_symmetric(pattern, recovery="substitution"),
}


def turns(pattern: Any, repetitions: int) -> tuple[dict[str, int], dict[str, list[float]]]:
    """How many colours, and the time of each turn."""
    rng = random.Random(0)
    names = list(WAYS)
    colors: dict[str, int] = {}
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(repetitions):
        rng.shuffle(names)
        for name in names:
            began = time.perf_counter()
            found = WAYS[name](pattern)
            times[name].append(time.perf_counter() - began)
            colors[name] = int(found.max()) + 1
    return colors, times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small patterns, one turn, no limits")
    parser.add_argument("--n", type=int, default=10**6, help="length of the tridiagonal matrix")
    parser.add_argument("--side", type=int, default=1000, help="points along a side of the grid")
    parser.add_argument("--repetitions", type=int, default=7)
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.n, chosen.side, chosen.repetitions = 1000, 30, 1
    missed = []
    for name, pattern, most in (
        (f"tridiagonal, n = {chosen.n}", tridiagonal(chosen.n), 3),
        (f"5-point grid, {chosen.side} x {chosen.side}", grid(chosen.side), 6),
    ):
        colors, times = turns(pattern, chosen.repetitions)
        print(name)
        for way in WAYS:
            ratios = [
                mine / theirs for mine, theirs in zip(times[way], times["SciPy"], strict=True)
            ]
            best = min(times[way]) / min(times["SciPy"])
            print(
                f"  {way:24} {colors[way]:3} colours, {best:5.2f} times SciPy "
                f"({min(ratios):.2f} to {max(ratios):.2f})"
            )
            if way == "color_columns" and (colors[way] > most or best >= 1):
                missed.append(f"{name}: {most} colours in less than SciPy's time")
    if missed and not chosen.quick:
        raise SystemExit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
