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


@dataclass(frozen=True, slots=True, eq=False)  # arrays are not equal or unequal as a whole
class DerivativeResult:
    """A derivative with its error, its cost and a word on each entry.

    Attributes
    ----------
    value : ndarray or scalar
        The derivative.
    error : ndarray or scalar
        Estimate of the absolute error of each entry, in units of the derivative; infinite or NaN
        where nothing is known. It holds a bound of what the rounding of fun's values does (each
        taken to be right to one rounding unit, or to `noise`), and the truncation as far as the
        way that was gone tells it:

        - fixed steps: the difference to a stencil of lower order, where the stencil holds one. A
          second-order central difference, also that of step_rule="fdint", and a one-sided one of
          order 1 tell none. A complex step has none.
        - steps found for `noise` (one-sided ones by "fdint" too): what the search saw of it; for
          Hessians and their products from values, the difference to the same formula with other
          steps.
        - "adaptive": what leaving out the longest step changes, and what shorter steps contradict;
          noise counts as large as it was seen.

        At a kink it is half the difference of the slopes to both sides.
    nfev : int
        How often fun (or grad) was called.
    step : ndarray or scalar
        In units of x, of fixed steps and of those found for `noise`: the step of each coordinate,
        as it was taken (0 if it is fixed); of a product with v the step along v, or (Hessian times
        vector from values) that of each coordinate beside it. Of "adaptive", which takes several,
        the longest of each entry that counted, in the shape of `value` (of a mixed derivative the
        square root of the product of two).
    status : ndarray of str
        A word on each entry.

    Notes
    -----
    What the words mean, of fixed steps, of those found for `noise`, of "adaptive":

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
        of their difference; of "adaptive" higher derivatives are NaN, and so are mixed ones. With
        `noise` first derivatives by central differences say so.
    ``"one side only"``
        Bounds, or for "adaptive" the edge of fun's domain, leave one side of x. The error of fixed
        steps holds truncation but for the first order.
    ``"shrunk at a bound"``
        Bounds leave less than the step on both sides: a shorter one was taken. The error holds
        truncation where it would without bounds.
    ``"fixed"``
        Bounds leave the coordinate no room; its derivative is 0.
    ``"step lost in rounding"``
        No step is left between the rounding of x and the range of its numbers: NaN.
    ``"not finite"``
        fun is not finite where its values are needed, for "adaptive" at x or next to it on both
        sides (where it may also raise ArithmeticError or "math domain error"): NaN.
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
    bad = np.flatnonzero(np.isnan(value))
    shape, count = np.shape(value), len(bad)
    places = [", ".join(map(str, plan.entry_place(k, shape))) for k in bad[:3].tolist()]
    where = f" (at {', '.join(f'[{p}]' for p in places)})" if places[0] else ""
    more = f" and {count - 3} more" if count > 3 else ""
    advice = "method='adaptive' takes steps that fit"
    if plan.formula.degree == 1 and not (plan.formula.needs_base or plan.formula.imaginary):
        advice = "give a smaller typical_x or abs_step, or method='forward' or 'backward'"
    warn(
        f"values of {name}, or differences of them, are not finite: {count} of {np.size(value)} "
        f"entries of the derivative are NaN{where}{more}; near the edge of {name}'s domain {advice}"
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
