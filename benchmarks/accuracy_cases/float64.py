"""What float64 has in place of `mpmath.mp`: `math`, but what overflows is infinite, as in NumPy."""

import math
from collections.abc import Callable
from math import acos, acosh, asin, atan, atanh, cos, erf, log, sin, sqrt, tan, tanh

__all__ = [
    "acos",
    "acosh",
    "asin",
    "atan",
    "atanh",
    "cos",
    "cosh",
    "erf",
    "exp",
    "gamma",
    "log",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]


def _to_infinity(function: Callable[[float], float]) -> Callable[[float], float]:
    def value(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf

    return value


exp = _to_infinity(math.exp)
cosh = _to_infinity(math.cosh)
gamma = _to_infinity(math.gamma)


def sinh(x: float) -> float:
    """With the sign of x, also where it overflows."""
    return math.copysign(_to_infinity(math.sinh)(x), x)
