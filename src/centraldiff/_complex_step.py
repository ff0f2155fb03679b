"""The complex step is silently wrong where fun is not analytic as written: found out here.

abs, conj, norm, real, and arrays that drop imaginary parts make Im f(x + ih) miss what depends on
x through them. A real difference along one direction that mixes all coordinates tells, at two
evaluations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import FunctionValueError
from ._formula import coordinate_formula
from ._plans import ElementPlan, LinePlan
from ._steps import rounding_unit

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._plan import Plan

# A central difference is right to about u**(2/3) where its step fits fun's scale; shorter ones
# are tried before fun is blamed.
_SHORTENINGS = (1.0, 1 / 64, 1 / 4096)


def verify(plan: Plan, evaluator: Evaluator, derivative: Any) -> None:
    """Raise unless a real central difference agrees with the complex step's derivative."""
    if not np.size(derivative):
        return
    x = np.array(plan.x.real)
    unit = float(rounding_unit(x.dtype))
    scale = np.maximum(np.abs(x), x.dtype.type(1))
    for shortening in _SHORTENINGS:
        t = unit ** (1 / 3) * shortening
        if _agree(plan, evaluator, np.asarray(derivative), x, scale, t, unit):
            return
    raise FunctionValueError(
        f"method='complex' needs a {evaluator.name} that is analytic in x, without abs, conj, "
        "norm, real or a copy into a real array: a real difference contradicts the complex step; "
        "use method='central'"
    )


def _agree(
    plan: Plan,
    evaluator: Evaluator,
    derivative: npt.NDArray[Any],
    x: npt.NDArray[Any],
    scale: npt.NDArray[Any],
    t: float,
    unit: float,
) -> bool:
    """Whether a real difference of step t is what the derivative says."""
    formula = coordinate_formula(1, "central", None)
    if isinstance(plan, ElementPlan):
        real_plan: Plan = ElementPlan(formula, x, np.asarray(x.dtype.type(t) * scale))
        expected = derivative
        size = np.abs(derivative)
    else:
        if isinstance(plan, LinePlan):
            v = plan.v
            expected, size = derivative, np.abs(derivative)
            t /= float(np.max(np.abs(v) / scale)) or 1.0
        else:
            # positive and without pattern, so that contributions are unlikely to cancel
            v = (scale.ravel() * (0.5 + 0.618034 * np.arange(1, x.size + 1) % 1)).astype(x.dtype)
            expected = derivative.reshape(-1, x.size) @ v
            size = np.abs(derivative).reshape(-1, x.size) @ v
            v = v.reshape(x.shape)
        real_plan = LinePlan(formula, x, plan.points_are_numbers, v, t)
    difference, values = evaluator.differentiate(real_plan, keep=2)
    noise = 100 * unit * np.abs(values).max() / t
    known = np.isfinite(difference).ravel() & np.isfinite(expected).ravel()
    gap = np.abs(np.ravel(difference) - np.ravel(expected))[known]
    tolerance = max(1e-5, 30 * unit ** (2 / 3))
    return bool((gap <= tolerance * np.ravel(size)[known] + noise).all())
