"""The complex step is silently wrong where fun is not analytic as written: found out here.

abs, conj, norm, real, and arrays that drop imaginary parts make Im f(x + ih) miss what depends on
x through them. A real difference along one direction that mixes all coordinates tells, at two
evaluations. A real difference may itself be off, where fun changes faster than its step; then
shorter steps are tried, and fun is blamed only for what two of them agree on. Where real values are
not finite, or outside fun's domain, nothing is confirmed, and fun is not blamed either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._bounded import BoundedPlan
from ._errors import FunctionValueError, is_outside_domain
from ._formula import coordinate_formula
from ._plans import ElementPlan, LinePlan
from ._steps import rounding_unit
from ._within import within

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._plan import Plan

    Array = npt.NDArray[Any]

_SHORTER = tuple(64.0**-k for k in range(1, 5))
_LONGER = (3.0, 8.0)


def verify(
    plan: Plan, evaluator: Evaluator, derivative: Any, differentiate: Callable[..., Any]
) -> None:
    """Raise unless a real central difference confirms the complex step's derivative.

    At once where longer steps agree on something else, at last where no shorter one confirms it.
    """
    if not np.size(derivative):
        return
    x = np.array(plan.x.real)
    unit = float(rounding_unit(x.dtype))
    # the scale that the complex step is relative to, be it the default or the user's
    with np.errstate(over="ignore"):
        scale = np.asarray(plan.axis_steps / x.dtype.type(unit**plan.formula.exponent))
    scale = np.minimum(scale, np.finfo(x.dtype).max)
    # a central difference is right to about u**(2/3) where its step fits
    tolerance = 300 * unit ** (2 / 3)
    v, expected, size = _direction(plan, np.asarray(derivative), scale)

    def differ(factor: float) -> tuple[Array, Array]:
        t = unit ** (1 / 3) * factor
        real_plan = _real_plan(plan, x, v, np.asarray(t * scale, dtype=x.dtype))
        evaluator.allow_complex = True
        try:
            difference, values = differentiate(real_plan, evaluator, keep=2, quiet=True)
        except (ArithmeticError, ValueError) as error:
            if not is_outside_domain(error):
                raise
            return np.full_like(expected, np.nan), np.zeros_like(expected)
        finally:
            evaluator.allow_complex = False
        noise = _noise(real_plan, values, unit)
        return np.ravel(difference), noise + 10 * unit / t * size  # and x itself is rounded

    def doubted(difference: Array, noise: Array) -> Array:
        # what is not finite can't be held against fun, and says nothing for it
        beyond: Array = np.abs(difference - expected) > tolerance * size + noise
        return beyond

    difference, noise = differ(1.0)
    doubtful = doubted(difference, noise)
    if not doubtful.any():
        return
    # closer to each other than to what is expected, and than they are long
    close = 0.1 * np.minimum(np.abs(difference - expected), np.abs(difference)) + noise
    settled = [np.abs(differ(factor)[0] - difference) <= close for factor in _LONGER]
    if not (doubtful & np.logical_and.reduce(settled)).any():
        for factor in _SHORTER:
            doubtful &= doubted(*differ(factor))
            if not doubtful.any():
                return
    raise FunctionValueError(_refusal(evaluator.name, plan.is_sparse))


@np.errstate(over="ignore", under="ignore", invalid="ignore")
def _direction(plan: Plan, derivative: Array, scale: Array) -> tuple[Array, Array, Array]:
    """v (x.shape), the derivative along it, and the size of the terms that it sums up, flat."""
    flat = derivative.ravel()
    if _of_elements(plan):
        return scale, flat, np.abs(flat)
    if isinstance(plan, LinePlan) or (isinstance(plan, BoundedPlan) and plan.along):
        return plan.v, flat, np.abs(flat)
    # positive and without pattern, so that contributions are unlikely to cancel
    mix = 0.5 + 0.618034 * np.arange(1, scale.size + 1) % 1
    v = np.minimum(scale.ravel() * mix, np.finfo(scale.dtype).max).astype(scale.dtype)
    along, size = plan.times(derivative, v)
    return v.reshape(scale.shape), along, size


def _of_elements(plan: Plan) -> bool:
    return isinstance(plan, ElementPlan) or (isinstance(plan, BoundedPlan) and plan.elements)


def _real_plan(plan: Plan, x: Array, v: Array, h: Array) -> Plan:
    """A difference of order 2 along v, central if bounds permit, no coordinate moving beyond h."""
    formula = coordinate_formula(1, "central", None)
    h = np.where(h > 0, h, h.dtype.type(1))  # of fixed coordinates, which don't move
    real_plan: Plan
    if _of_elements(plan):
        real_plan = ElementPlan(formula, x, h)
    else:
        gradients = plan.value_shape is not None
        real_plan = LinePlan(formula, x, plan.points_are_numbers, v, h, gradients=gradients)
    return real_plan if plan.box is None else within(real_plan, *plan.box)


@np.errstate(over="ignore")
def _noise(real_plan: Plan, values: Array, unit: float) -> Array:
    """What the rounding of fun's values may do to such a difference, on the safe side."""
    noise: Array
    if isinstance(real_plan, BoundedPlan):
        largest = np.abs(values).max(axis=0, initial=0)
        noise = np.ravel(50 * unit * largest[:, None] * real_plan.terms.amplification())
        return noise
    span = np.abs(real_plan.spans[:, 0])
    largest = np.abs(values).reshape(len(span), 2, -1).max(axis=1)  # of each output
    noise = np.ravel(100 * unit * largest / span[:, None])
    return noise


def _refusal(name: str, by_sparsity: bool = False) -> str:
    also = ", or a grad whose derivative is not symmetric" if name == "grad" else ""
    if by_sparsity:
        also += ", or sparsity does not hold every entry that may differ from 0"
    return (
        f"method='complex' needs a {name} that is analytic in x, without abs, conj, norm, real or "
        f"a detour through float32 or a real array: real differences do not confirm it here{also}; "
        "use method='central'"
    )
