"""How well a derivative can be had at all: the best of all central differences.

Steps are powers of two and halfway between, from the spacing of floats at x to far beyond it,
orders 2 to 16. A single step can be right by luck where all others are noise, so what counts is
the largest error among three neighbouring steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

HALF_WIDTHS = (1, 2, 3, 4, 6, 8)


def weights(n: int, p: int) -> list[float]:
    """Weights of f(x + k h) -+ f(x - k h), k from 1 to p, of the difference of order 2 p.

    Fornberg, Generation of finite difference formulas on arbitrarily spaced grids (1988).
    """
    top = math.factorial(p) ** 2
    return [
        (-1) ** (k + 1) * n * top / (k**n * math.factorial(p - k) * math.factorial(p + k))
        for k in range(1, p + 1)
    ]


def best_error(fun: Callable[[float], float], x: float, n: int, exact: Any) -> float:
    """The smallest relative error, over steps and orders, that does not come from luck."""
    smallest = math.frexp(math.ulp(x))[1] if x else -200
    largest = max(math.frexp(x)[1], 0) + 20
    steps = [
        math.ldexp(part, k) for k in range(max(smallest, -200), largest) for part in (1.0, 1.5)
    ]
    size = abs(float(exact))
    best = math.inf
    for p in HALF_WIDTHS:
        errors = [abs(_difference(fun, x, n, p, h) - float(exact)) / size for h in steps]
        errors = [math.inf if math.isnan(error) else error for error in errors]
        best = min(best, min(map(max, errors, errors[1:], errors[2:])))
    return best


def _difference(fun: Callable[[float], float], x: float, n: int, p: int, h: float) -> float:
    middle = 2 * fun(x)
    total = 0.0
    for k, weight in enumerate(weights(n, p), start=1):
        left, right = fun(x - k * h), fun(x + k * h)
        total += weight * (right - left if n == 1 else (right - middle) + left)
    return total / h**n
