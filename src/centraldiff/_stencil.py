"""Finite-difference weights for any offsets, exact in rationals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import factorial, isfinite
from numbers import Rational
from typing import TYPE_CHECKING

from ._errors import ArgumentTypeError, ArgumentValueError
from ._validation import as_integer

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Stencil:
    """A finite-difference formula: ``sum(w * f(x + o * h)) / h**n`` over its offsets and weights.

    Attributes
    ----------
    offsets : tuple of Fraction
        Where the function is needed, in units of the step ``h``.
    weights : tuple of Fraction
        The factor of each value, exact.
    n : int
        The derivative that is approximated.
    order : int
        Order of accuracy: the error is ``O(h**order)``.
    error_constant : Fraction
        The error of the formula is ``error_constant * f^(n + order) * h**order`` to leading order.
    """

    offsets: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    n: int
    order: int
    error_constant: Fraction

    def __str__(self) -> str:
        terms = " ".join(
            f"{'-' if w < 0 else '+'} {_factor(abs(w))}f({_place(o)})"
            for o, w in zip(self.offsets, self.weights, strict=True)
            if w
        ).removeprefix("+ ")
        power = "h" if self.n == 1 else f"h^{self.n}"
        return f"({terms}) / {power}, derivative {self.n}, order {self.order}"


def stencil(offsets: Iterable[int | float | Fraction], n: int = 1) -> Stencil:
    """Exact finite-difference weights for any offsets.

    Parameters
    ----------
    offsets : iterable of int, float or Fraction
        Distinct places in units of the step, ``N`` of them, ``N > n``. A float stands for the
        fraction that it is.
    n : int
        Which derivative, 0 or more (0 interpolates).

    Returns
    -------
    Stencil
        Weights in the order of the offsets, as fractions. The order of accuracy is ``N - n``, or
        more where symmetry cancels the next term.

    Raises
    ------
    ValueError
        Offsets that are not distinct or not finite, or too few of them for the n-th derivative.
    TypeError
        Offsets that are not numbers, or an `n` that is not an integer.

    Notes
    -----
    No function is evaluated. The recursion over the offsets is that of B. Fornberg, "Generation of
    finite difference formulas on arbitrarily spaced grids", Math. Comp. 51 (1988), 699-706, carried
    out in rationals.

    Examples
    --------
    >>> import centraldiff as cd
    >>> print(cd.stencil([-1, 0, 1], n=2))
    (f(x-h) - 2 f(x) + f(x+h)) / h^2, derivative 2, order 2
    >>> [str(w) for w in cd.stencil([-2, -1, 1, 2]).weights]
    ['1/12', '-2/3', '2/3', '-1/12']
    """
    n = as_integer("n", n, 0, 100)
    exact = _rationals(offsets)
    if len(set(exact)) != len(exact):
        raise ArgumentValueError(f"offsets must be distinct, got {[str(o) for o in exact]}")
    if len(exact) <= n:
        raise ArgumentValueError(
            f"offsets must be at least n + 1 = {n + 1} for derivative {n}, got {len(exact)}"
        )
    weights = _fornberg(exact, n)
    order, constant = _leading_error(exact, weights, n)
    return Stencil(tuple(exact), tuple(weights), n, order, constant)


def _rationals(offsets: Iterable[int | float | Fraction]) -> list[Fraction]:
    """The offsets as fractions, exactly."""
    from fractions import Fraction  # which brings decimal, so not with every import of the package

    try:
        given = list(offsets)
    except TypeError:
        raise ArgumentTypeError(
            f"offsets must be an iterable of numbers, got {type(offsets).__name__}"
        ) from None
    exact = []
    for offset in given:
        if isinstance(offset, Rational):
            exact.append(Fraction(int(offset.numerator), int(offset.denominator)))
        elif isinstance(offset, float):
            if not isfinite(offset):
                raise ArgumentValueError(f"offsets must be finite, got {offset}")
            exact.append(Fraction(offset))
        else:
            raise ArgumentTypeError(
                f"offsets must be integers, fractions or floats, got {type(offset).__name__}"
            )
    return exact


def _fornberg(offsets: list[Fraction], n: int) -> list[Fraction]:
    """Weights of the n-th derivative at 0, adding one offset at a time (Fornberg 1988)."""
    # rows[k][i]: weight of offsets[i] in the k-th derivative, for the offsets seen so far
    zero = offsets[0] * 0
    rows = [[zero] * len(offsets) for _ in range(n + 1)]
    rows[0][0] = zero + 1
    spread = zero + 1
    for i in range(1, len(offsets)):
        here, before = offsets[i], offsets[i - 1]
        new_spread = zero + 1
        for j in range(i):
            gap = here - offsets[j]
            new_spread *= gap
            if j == i - 1:
                for k in range(min(i, n), -1, -1):
                    lower = k * rows[k - 1][j] if k else zero
                    rows[k][i] = spread * (lower - before * rows[k][j]) / new_spread
            for k in range(min(i, n), -1, -1):
                lower = k * rows[k - 1][j] if k else zero
                rows[k][j] = (here * rows[k][j] - lower) / gap
        spread = new_spread
    return rows[n]


def _leading_error(
    offsets: list[Fraction], weights: list[Fraction], n: int
) -> tuple[int, Fraction]:
    """Order and constant of the first Taylor term that the weights leave over."""
    power = len(offsets)
    if not any(w for o, w in zip(offsets, weights, strict=True) if o):
        return power - n, offsets[0] * 0  # interpolation at a node is exact
    while True:
        terms = [w * o**power for o, w in zip(offsets, weights, strict=True)]
        moment = sum(terms[1:], start=terms[0])
        if moment:
            return power - n, moment / factorial(power)
        power += 1


def _factor(weight: Fraction) -> str:
    """A weight in front of f, left out where it is one."""
    if weight == 1:
        return ""
    return f"{weight} " if weight.denominator == 1 else f"({weight}) "


def _place(offset: Fraction) -> str:
    """x, x+h, x-2h, x+(1/2)h."""
    if not offset:
        return "x"
    size = abs(offset)
    factor = "" if size == 1 else (str(size) if size.denominator == 1 else f"({size})")
    return f"x{'-' if offset < 0 else '+'}{factor}h"
