"""``python -m centraldiff``: what is installed here, and whether it computes what it should."""

from __future__ import annotations

import math
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import centraldiff as cd

from ._combine import built


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def lock() -> str:
    """Whether threads run Python at the same time."""
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        return "on"
    return "off"


def facts() -> Iterator[tuple[str, str]]:
    """What a report of a bug has to say."""
    compiler, flags = built()
    yield "centraldiff", cd.__version__
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "GIL", lock()
    yield "NumPy", np.__version__
    yield "SciPy", installed("scipy")
    yield "numba", installed("numba")
    yield "platform", platform.platform()
    yield "longdouble", f"{np.finfo(np.longdouble).nmant + 1} bits of precision"
    yield "compiler", compiler
    yield "flags", flags


def bowl(x: Any) -> Any:
    """x0^2 x1 + exp(x1): its derivatives are known; no pow, of which NumPy has two."""
    return x[0] * x[0] * x[1] + np.exp(x[1])


def checks() -> Iterator[tuple[str, Any, Any, float]]:
    """Name, derivative, what it should be, and how far off it may be, relatively."""
    x = np.array([1.5, -0.5])
    slope = np.array([2 * x[0] * x[1], x[0] ** 2 + math.exp(x[1])])
    curvature = np.array([[2 * x[1], 2 * x[0]], [2 * x[0], math.exp(x[1])]])
    yield "gradient", cd.gradient(bowl, x), slope, 1e-8
    yield "order 4", cd.gradient(bowl, x, order=4), slope, 1e-10
    yield "complex step", cd.gradient(bowl, x, method="complex"), slope, 1e-14
    yield "adaptive", cd.gradient(bowl, x, method="adaptive"), slope, 1e-11
    yield "vectorized", cd.gradient(bowl, x, vectorized=True), cd.gradient(bowl, x), 0.0
    yield "two threads", cd.gradient(bowl, x, workers=2), cd.gradient(bowl, x), 0.0
    yield "bounds", cd.gradient(bowl, x, bounds=(x, x + 1)), slope, 1e-8
    yield "Jacobian", cd.jacobian(np.sin, x), np.diag(np.cos(x)), 1e-8
    yield "Hessian", cd.hessian(bowl, x), curvature, 1e-6
    yield "prepared", cd.Hessian(bowl)(x), cd.hessian(bowl, x), 0.0


def main() -> int:
    """Print all that; 1 if something is not as it should be."""
    for name, fact in facts():
        print(f"{name:<12} {fact}")
    wrong = 0
    for name, got, expected, tolerance in checks():
        off = float(np.max(np.abs(got - expected)) / np.max(np.abs(expected)))
        if not off <= tolerance:
            wrong += 1
            print(f"WRONG: {name} is off by {off:.2g}, should be at most {tolerance:.2g}")
    print(f"self-check   {'failed' if wrong else 'passed'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
