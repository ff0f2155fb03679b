"""Ways of calling fun, compared: python benchmarks/doors.py [--quick].

Each case is one derivative, taken by several ways of calling what it is a derivative of. The first
way of a case is the one that the others are compared with; times are ratios within one process,
in turns of random order, as in measure.py.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from measure import FULL, QUICK, Effort, seconds

import centraldiff as cd


@dataclass(frozen=True)
class DoorCase:
    """Ways to one derivative, by name; all are called with x, and give the same."""

    name: str
    x: Any
    ways: dict[str, Callable[[Any], Any]]


def squares(x: Any) -> Any:
    """The cheapest function of two coordinates."""
    return x[0] ** 2 + x[1] ** 2


def squares_of_list(x: Any) -> Any:
    """The same once more: the interpreter tunes code to what it is called with."""
    return x[0] ** 2 + x[1] ** 2


def squares_of_arguments(a: Any, b: Any) -> Any:
    """The same of two arguments."""
    return a**2 + b**2


def loop(x: Any) -> Any:
    """Rosenbrock's function, coordinate by coordinate."""
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def loop_of_list(x: Any) -> Any:
    """The same once more, see `squares_of_list`."""
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosen(x: Any) -> Any:
    """Rosenbrock's function for x of shape (n,) or (n, k)."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2, axis=0)


def door_cases() -> list[DoorCase]:
    """All cases; with SciPy's differences where SciPy is installed."""
    found = [
        DoorCase(
            "gradient of x[0]**2 + x[1]**2, n = 2",
            np.array([1.2, -0.7]),
            {
                "array": cd.Gradient(squares),
                'x_as="list"': cd.Gradient(squares_of_list, x_as="list"),
                'x_as="arguments"': cd.Gradient(squares_of_arguments, x_as="arguments"),
            },
        ),
        DoorCase(
            "gradient of a loop over coordinates, n = 10",
            np.linspace(0.5, 1.5, 10),
            {
                "array": cd.Gradient(loop),
                'x_as="list"': cd.Gradient(loop_of_list, x_as="list"),
                "vectorized": cd.Gradient(loop, vectorized=True),
            },
        ),
    ]
    for n in (10, 100, 1000):
        ways: dict[str, Callable[[Any], Any]] = {}
        with suppress(ImportError):
            ways["scipy 3-point"] = _scipy()
        ways |= {
            "array": cd.Gradient(rosen),
            "vectorized": cd.Gradient(rosen, vectorized=True),
            "vectorized, one-shot": lambda x: cd.gradient(rosen, x, vectorized=True),
        }
        found.append(DoorCase(f"gradient of rosen, n = {n}", np.linspace(0.5, 1.5, n), ways))
    found.append(
        DoorCase(
            "Hessian of rosen, n = 60",
            np.linspace(0.5, 1.5, 60),
            {
                "array": cd.Hessian(rosen),
                "vectorized": cd.Hessian(rosen, vectorized=True),
            },
        )
    )
    return found


def _scipy() -> Callable[[Any], Any]:
    """What scipy.optimize calls for jac="3-point", with its own rosen."""
    approx = import_module("scipy.optimize._numdiff").approx_derivative
    own = import_module("scipy.optimize").rosen
    return lambda x: approx(own, x, method="3-point")


def times_faster(case: DoorCase, effort: Effort) -> dict[str, float]:
    """By how much each way is faster than the first; the best of all repetitions counts."""
    args = (case.x,)
    loops = {
        name: max(
            1, math.ceil(effort.slot / max(min(seconds(way, args, 1) for _ in range(3)), 1e-7))
        )
        for name, way in case.ways.items()
    }
    best = dict.fromkeys(case.ways, math.inf)
    order = list(case.ways)
    rng = random.Random(case.name)
    for _ in range(effort.repetitions):
        rng.shuffle(order)
        for name in order:
            way, count = case.ways[name], loops[name]
            seconds(way, args, math.ceil(count / 4))
            best[name] = min(best[name], seconds(way, args, count) / count)
    first = best[next(iter(case.ways))]
    return {name: first / best[name] for name in case.ways}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions: ratios are rough")
    effort = QUICK if parser.parse_args().quick else Effort(FULL.repetitions // 4, FULL.slot)
    for case in door_cases():
        print(case.name)
        for name, ratio in times_faster(case, effort).items():
            print(f"  {name:24s} {ratio:8.2f}")


if __name__ == "__main__":
    main()
