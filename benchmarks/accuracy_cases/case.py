"""A function at a point, in float64 and, for the exact derivatives, in mpmath.

Every function is an expression of ``(m, x)`` where m is either `float64`, which is `math`, or
`mpmath.mp`: the same lines run in both. Constants are Python floats, which mpmath takes exactly, so
both mean the same function, and what float64 gets wrong is its rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mpmath
import numpy as np

from . import float64
from .attainable import best_error
from .exact import Expression, exact_derivative, exact_gradient, exact_hessian

Row = tuple[str, Expression, tuple[float, ...]]

# a derivative that float64 cannot get this well, relative to itself, is a hard one
TOLERANCE = 1e-6


def in_float64(expression: Expression, x: Any) -> float:
    """The value in float64; NaN outside the domain, where `math` raises or powers turn complex."""
    try:
        value = expression(float64, x)
    except (ValueError, OverflowError, ZeroDivisionError):
        return math.nan
    return math.nan if isinstance(value, complex) else float(value)


@dataclass(frozen=True)
class Case:
    """A function of one variable at one point."""

    function: str
    category: str
    expression: Expression
    x: float

    @property
    def name(self) -> str:
        """The function and where."""
        return f"{self.function} at {self.x!r}"

    def fun(self, x: float) -> float:
        """The function as a user would write it."""
        return in_float64(self.expression, float(x))

    @cached_property
    def first(self) -> mpmath.mpf:
        """First derivative, to 50 digits."""
        return exact_derivative(self.expression, self.x, 1)

    @cached_property
    def second(self) -> mpmath.mpf:
        """Second derivative, to 50 digits."""
        return exact_derivative(self.expression, self.x, 2)

    def derivative(self, n: int) -> mpmath.mpf:
        """`first` or `second`."""
        return self.first if n == 1 else self.second

    @cached_property
    def attainable(self) -> tuple[float, float]:
        """Relative errors, of both derivatives, of the best central difference there is."""
        return best_error(self.fun, self.x, 1, self.first), best_error(
            self.fun, self.x, 2, self.second
        )

    def hard(self, n: int) -> bool:
        """Whether the function's own rounding forbids six digits of the n-th derivative."""
        return self.attainable[n - 1] > TOLERANCE


@dataclass(frozen=True)
class ArrayCase:
    """A function of several variables at one point."""

    name: str
    expression: Expression
    x: tuple[float, ...]
    category: str = "multivariate"

    def fun(self, x: Any) -> float:
        """The function of an array of shape (n,)."""
        return in_float64(self.expression, np.asarray(x, dtype=float).tolist())

    @cached_property
    def gradient(self) -> Any:
        """Gradient, an array (n,) of mpmath numbers."""
        return exact_gradient(self.expression, self.x)

    @cached_property
    def hessian(self) -> Any:
        """Hessian, an array (n, n) of mpmath numbers."""
        return exact_hessian(self.expression, self.x)


def pairs(category: str, table: Iterable[Row]) -> list[Case]:
    """One case for each point of each function of a table."""
    return [
        Case(name, category, expression, x) for name, expression, points in table for x in points
    ]
