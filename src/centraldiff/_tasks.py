"""From kind, method and order to a task."""

from __future__ import annotations

from typing import Any

from ._errors import ArgumentValueError
from ._formula import coordinate_formula, element_formula, pair_formula
from ._structure import Structure
from ._task import Task


def task_of(
    kind: str,
    method: Any,
    order: int | None,
    *,
    degree: int = 1,
    scalar: bool = True,
    gradients: bool = False,
    with_value: bool = False,
) -> Task:
    """The task of default options: which plan, by which formula, and what fun returns."""
    if isinstance(method, str) and method == "adaptive":
        if order is not None:
            raise ArgumentValueError(
                f"order has no meaning for method='adaptive', which finds its own, got {order!r}"
            )
        # which derivative it is; the steps, weights and order of it are found on the way
        degree = 2 if kind in ("pairs", "line pairs") else degree
        formula = coordinate_formula(degree, "central", None)
    elif kind == "elements":
        formula = element_formula(degree, method, order)
    elif kind in ("pairs", "line pairs"):
        formula = pair_formula(method, order)
    else:
        formula = coordinate_formula(degree, method, order)
    return Task(
        formula,
        kind,
        method,
        order,
        scalar=scalar,
        gradients=gradients,
        with_value=with_value,
    )


def structured_task(
    structure: Structure,
    kind: str,
    method: str,
    order: int | None,
    *,
    gradients: bool = False,
    with_value: bool = False,
) -> Task:
    """The task for what fun returns: terms and residuals are arrays.

    The structure itself is to be put on top of all other options, since that is when columns are
    coloured.
    """
    return task_of(
        "axes" if structure.squares else kind,
        method,
        order,
        scalar=not structure.is_sum and kind == "pairs",
        gradients=gradients,
        with_value=with_value,
    )
