"""The complex step is silently wrong where fun is not analytic as written: found out here.

abs, conj, norm, real, and arrays that drop imaginary parts make Im f(x + ih) miss what depends on
x through them. A real difference along one direction that mixes all coordinates tells, at two
evaluations. A real difference may itself be off, where fun changes faster than its step; then
shorter steps are tried, and fun is blamed only for what two of them agree on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import FunctionValueError
from ._formula import coordinate_formula
from ._plans import ElementPlan, LinePlan
from ._steps import rounding_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._plan import Plan

    Array = npt.NDArray[Any]

_SHORTER = tuple(64.0**-k for k in range(1, 5))
_LONGER = 8.0


def verify(
    plan: Plan, evaluator: Evaluator, derivative: Any, differentiate: Callable[..., Any]
) -> None:
    """Raise if real central differences of three steps agree, and contradict the complex step."""
    if not np.size(derivative):
        return
    x = np.array(plan.x.real)
    unit = float(rounding_unit(x.dtype))
    # a central difference is right to about u**(2/3) where its step fits
    tolerance = 300 * unit ** (2 / 3)
    v, expected, size = _direction(plan, np.asarray(derivative), x)

    def differ(factor: float) -> tuple[Array, Array]:
        t = unit ** (1 / 3) * factor
        real_plan = _real_plan(plan, x, v, t)
        evaluator.real_parts = True
        try:
            difference, values = differentiate(real_plan, evaluator, keep=2)
        finally:
            evaluator.real_parts = False
        noise = _noise(real_plan, values, unit)
        return np.ravel(difference), noise + 10 * unit / t * size  # and x itself is rounded

    difference, noise = differ(1.0)
    gap = np.abs(difference - expected)
    # what is not finite can't be held against fun
    doubtful = gap > tolerance * size + noise
    if not doubtful.any():
        return
    # same: far closer to each other than to what is expected, and than they are long
    closeness = 0.01 * np.minimum(gap, np.abs(difference)) + noise
    same = np.abs(differ(_LONGER)[0] - difference) <= closeness
    for factor in _SHORTER:
        before, same_before = difference, same
        difference, noise = differ(factor)
        same = np.abs(difference - before) <= 0.01 * np.minimum(gap, np.abs(before)) + noise
        if (doubtful & same_before & same).any():
            raise FunctionValueError(_refusal(evaluator.name))
        gap = np.abs(difference - expected)
        doubtful &= gap > tolerance * size + noise
        if not doubtful.any():
            return


def _direction(plan: Plan, derivative: Array, x: Array) -> tuple[Array, Array, Array]:
    """v (x.shape), the derivative along it, and the size of the terms that it sums up, flat."""
    flat = derivative.ravel()
    if isinstance(plan, ElementPlan):
        return np.ones_like(x), flat, np.abs(flat)
    if isinstance(plan, LinePlan):
        return plan.v, flat, np.abs(flat)
    # positive and without pattern, so that contributions are unlikely to cancel
    v = _scale(x).ravel() * (0.5 + 0.618034 * np.arange(1, x.size + 1) % 1)
    matrix = derivative.reshape(-1, x.size)
    return v.astype(x.dtype).reshape(x.shape), matrix @ v, np.abs(matrix) @ v


def _real_plan(plan: Plan, x: Array, v: Array, t: float) -> ElementPlan | LinePlan:
    """A central difference along v, no coordinate moving more than t times its scale."""
    formula = coordinate_formula(1, "central", None)
    h = np.asarray(t * _scale(x), dtype=x.dtype)
    if isinstance(plan, ElementPlan):
        return ElementPlan(formula, x, h)
    return LinePlan(formula, x, plan.points_are_numbers, v, h)


def _noise(real_plan: Plan, values: Array, unit: float) -> Array:
    """What the rounding of fun's values may do to such a difference, on the safe side."""
    span = np.abs(real_plan.spans[:, 0])
    largest = np.abs(values).reshape(len(span), 2, -1).max(axis=1)  # of each output
    noise: Array = np.ravel(100 * unit * largest / span[:, None])
    return noise


def _scale(x: Array) -> Array:
    """What steps are relative to."""
    scale: Array = np.maximum(np.abs(x), x.dtype.type(1))
    return scale


def _refusal(name: str) -> str:
    also = ", or a grad whose derivative is not symmetric" if name == "grad" else ""
    return (
        f"method='complex' needs a {name} that is analytic in x, without abs, conj, norm, real or "
        f"a copy into a real array: real differences contradict it here{also}; "
        "use method='central'"
    )
