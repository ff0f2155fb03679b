"""Derivatives to 50 digits, by differences of values with hundreds of digits.

Each is taken twice, with two precisions, which also means with two steps (mpmath's step is of the
order of the precision that is asked for); if they do not agree to 50 digits, that is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mpmath import mp, mpf

AGREE = mpf(10) ** -50
NOTHING = mpf(10) ** -60
DIGITS = (90, 120)

Expression = Callable[[Any, Any], Any]


def exact_derivative(expression: Expression, x: float, n: int) -> mpf:
    """The n-th derivative of an expression of one variable at the very float x."""
    rough, fine = (_diff(lambda t: expression(mp, t), mpf(x), n, digits) for digits in DIGITS)
    _check(rough, fine, abs(fine))
    return fine


def exact_gradient(expression: Expression, x: Sequence[float]) -> Any:
    """All first derivatives, (n,)."""
    return _partial_derivatives(expression, x, np.eye(len(x), dtype=int))


def exact_hessian(expression: Expression, x: Sequence[float]) -> Any:
    """All second derivatives, (n, n); those above the diagonal are those below it."""
    n = len(x)
    i, j = np.tril_indices(n)
    unit = np.eye(n, dtype=int)
    matrix = np.empty((n, n), dtype=object)
    matrix[i, j] = matrix[j, i] = _partial_derivatives(expression, x, unit[i] + unit[j])
    return matrix


def _partial_derivatives(expression: Expression, x: Sequence[float], orders: Any) -> Any:
    """One for each row of orders; what is 0 becomes exactly 0."""
    point = tuple(map(mpf, x))
    roughs, fines = (
        [_diff(lambda *t: expression(mp, t), point, tuple(row), digits) for row in orders.tolist()]
        for digits in DIGITS
    )
    largest = max(map(abs, fines))
    result = np.empty(len(orders), dtype=object)
    for k, (rough, fine) in enumerate(zip(roughs, fines, strict=True)):
        vanishes = abs(fine) < NOTHING * largest
        _check(rough, fine, largest if vanishes else abs(fine))
        result[k] = mpf(0) if vanishes else fine
    return result


def _diff(fun: Callable[..., Any], x: Any, n: Any, digits: int) -> mpf:
    with mp.workdps(digits):
        return mp.diff(fun, x, n)


def _check(rough: mpf, fine: mpf, scale: mpf) -> None:
    if not abs(rough - fine) <= AGREE * scale:
        raise ArithmeticError(f"{rough} and {fine} do not agree to 50 digits")
