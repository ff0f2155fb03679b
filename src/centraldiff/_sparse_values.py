"""What fun returns at any point, through whatever evaluator it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._formula import coordinate_formula
from ._run import differentiate
from ._table import TablePlan

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator

    Array = npt.NDArray[Any]


_AT_X = -1  # as a TablePlan names it


def values_at(evaluator: Evaluator, x: Array, is_number: bool) -> Array:
    """The values of fun at x, flat, or its exception."""
    table = TablePlan(coordinate_formula(1, "central", None), x, is_number)
    table.extend(_AT_X, 0)
    values: Array = differentiate(table, evaluator, keep=2)[1].ravel()
    return values
