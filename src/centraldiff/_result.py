"""What a caller gets beside the derivative: its error, its cost, a word on each entry."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._bounded import BoundedPlan
from ._errors import NotFiniteWarning
from ._status import NOT_FINITE, OK, ROUNDING_ONLY

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._plan import Plan

_HERE = __file__.removesuffix("_result.py")


@dataclass(frozen=True, slots=True)
class DerivativeResult:
    """A derivative with its error, its cost and a word on each entry.

    Attributes
    ----------
    value : ndarray or scalar
        The derivative.
    error : ndarray or scalar
        Estimate of the absolute error of each entry: a bound of what the rounding of fun's values
        does (each taken to be right to one rounding unit, or to `noise`), and, where the stencil
        holds a second one of lower order, the difference of the two for the truncation. A
        second-order central difference holds none: its error estimate is the rounding part alone,
        unless steps were looked for (`noise`), which tells the truncation too.
    nfev : int
        How often fun (or grad) was called.
    step : ndarray or scalar
        The step of each coordinate, as it was taken (0 if it is fixed); of a product with v the
        step along v, or (Hessian times vector from values) that of each coordinate beside it.
    status : ndarray of str
        For each entry, with fixed steps: ``"ok"``; ``"rounding only"`` (the error estimate holds no
        truncation); ``"limited by noise"`` (a search found no truncation beside the noise, however
        long the step); ``"not finite"``; where bounds were in the way ``"one side only"``,
        ``"shrunk at a bound"`` (the step), ``"fixed"``; their error holds truncation unless the
        order is 1. Of method="adaptive" also ``"converged"``, ``"not converged"``,
        ``"kink suspected"`` and ``"step lost in rounding"``; "one side only" and "shrunk at a
        bound" have converged there.
    """

    value: Any
    error: Any
    nfev: int
    step: Any
    status: npt.NDArray[np.str_]


def describe(plan: Plan, value: Any, values: npt.NDArray[Any], nfev: int) -> DerivativeResult:
    """A result with the error that its values tell."""
    from ._error_estimate import error_estimate  # not needed by most, so not imported by all

    if isinstance(plan, BoundedPlan):
        known: Any = plan.words
    else:
        known = OK if plan.formula.imaginary or plan.formula.lower is not None else ROUNDING_ONLY
    return DerivativeResult(
        value=value,
        error=error_estimate(plan, values, value),
        nfev=nfev,
        step=plan.steps,
        status=np.where(np.isfinite(value), known, NOT_FINITE),
    )


def warn_not_finite(plan: Plan, name: str, value: Any) -> None:
    """One warning for all entries that are NaN, with the first coordinates that they belong to."""
    places = [", ".join(map(str, place)) for place in np.argwhere(np.isnan(value))[:3].tolist()]
    count = int(np.isnan(value).sum())
    where = f" (at {', '.join(f'[{p}]' for p in places)})" if places[0] else ""
    more = f" and {count - 3} more" if count > 3 else ""
    warn(
        f"{name} returned values that are not finite: {count} of {np.size(value)} entries of the "
        f"derivative are NaN{where}{more}; near the edge of {name}'s domain give a smaller "
        "typical_x or abs_step, or method='forward' or 'backward'"
    )


def warn(message: str) -> None:
    """A warning that points at the line which called this package."""
    warnings.warn(message, NotFiniteWarning, stacklevel=_level_of_the_caller())


def _level_of_the_caller() -> int:
    """How far up the stack the first frame outside this package is, for warnings."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        level += 1
        frame = frame.f_back
    return level
