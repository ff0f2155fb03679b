"""What fun returns at any point, through whatever evaluator it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._compressed import PointPlan
from ._formula import coordinate_formula
from ._run import differentiate

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator

    Array = npt.NDArray[Any]


def values_at(evaluator: Evaluator, x: Array, is_number: bool) -> Array:
    """What fun returns at x, flat."""
    plan = PointPlan(coordinate_formula(1, "central", None), x, is_number, evaluator.scalar)
    values: Array = differentiate(plan, evaluator, keep=1)[1][0]
    return values
