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
        unless steps were looked for (`noise`), which tells the truncation too. "adaptive" tells
        rounding, noise that it has seen, and truncation. Infinite or NaN where nothing is known.
    nfev : int
        How often fun (or grad) was called.
    step : ndarray or scalar
        The step of each coordinate, as it was taken (0 if it is fixed); of a product with v the
        step along v, or (Hessian times vector from values) that of each coordinate beside it. Of
        "adaptive", which has several for each entry, the longest (of a mixed derivative the square
        root of the two).
    status : ndarray of str
        A word on each entry.

    Notes
    -----
    What the words mean, first those of fixed steps, then those of "adaptive":

    ``"ok"``
        The error holds rounding and truncation.
    ``"rounding only"``
        The error holds no truncation: a step that is too long shows nowhere.
    ``"limited by noise"``
        Of steps that were looked for: no truncation was seen beside the noise. "adaptive": the
        error is more than was asked for, and rounding or noise of fun is most of it.
    ``"converged"``
        The error is as small as was asked for; by default a millionth of the derivative's size.
    ``"not converged"``
        It is more than that, and noise is not why: fun is not smooth enough, or `max_nfev` is
        reached.
    ``"kink suspected"``
        Slopes to both sides differ however short the step. The value is their mean, the error half
        of their difference; higher derivatives are NaN, and so are mixed ones.
    ``"one side only"``
        Bounds, or for "adaptive" the edge of fun's domain, leave one side of x.
    ``"shrunk at a bound"``
        Bounds leave less than the step on both sides: a shorter one was taken.
    ``"fixed"``
        Bounds leave the coordinate no room; its derivative is 0.
    ``"step lost in rounding"``
        No step is left between the rounding of x and the range of its numbers: NaN.
    ``"not finite"``
        fun is not finite where its values are needed, for "adaptive" at x or next to it on both
        sides: NaN.
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


def warn(message: str, category: type[Warning] = NotFiniteWarning) -> None:
    """A warning that points at the line which called this package."""
    warnings.warn(message, category, stacklevel=_level_of_the_caller())


def _level_of_the_caller() -> int:
    """How far up the stack the first frame outside this package is, for warnings."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        level += 1
        frame = frame.f_back
    return level
