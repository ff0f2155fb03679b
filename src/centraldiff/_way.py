"""Ways to a derivative: the plain one, and what any other has to be.

A Task whose steps are settled beforehand makes a plan and runs it; most calls do that in compiled
code and never get here. Whatever needs values of fun to decide where to evaluate next, or several
derivatives out of the same values, is a way: it gets an evaluator, a point that is checked and
within bounds, and hands back what it found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ._bounded import BoundedPlan
from ._formula import gradient_beside_hessian
from ._plans import AxisPlan
from ._result import DerivativeResult, describe
from ._run import differentiate
from ._validation import as_output

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._plan import Plan
    from ._task import Task

    Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What a way hands back: the derivative, as an array or (full_output) a DerivativeResult.

    `value` is fun(x) where the task is one `with_value`; then a Hessian has its gradient too.
    """

    derivative: Any
    value: Any = None
    gradient: Any = None


class Way(Protocol):
    """Values -> derivative, deciding itself where fun is needed.

    `name` is the option that asks for it, for messages. `run` is given the point as an array that
    is within bounds, for lines the direction, and whether a DerivativeResult is wanted. Whatever
    it evaluates goes through `evaluator`, which counts (``evaluator.nfev``). Plans of known steps
    come from ``task.plan_with(x, is_number, v, h)``; `fixed_steps` runs one.
    """

    @property
    def name(self) -> str: ...

    def run(
        self,
        task: Task,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        v: Array | None,
        full_output: bool,
    ) -> Found: ...


def fixed_steps(
    task: Task,
    evaluator: Evaluator,
    x: Array,
    is_number: bool,
    v: Array | None,
    full_output: bool,
    h: Array | None = None,
    tell: Callable[[Plan, Any, Array, int], DerivativeResult] = describe,
) -> Found:
    """The derivative by one plan, of steps h (like x) or those of the task's own rule.

    With `full_output` tell(plan, derivative, values, nfev) makes the DerivativeResult.
    """
    plan = task.plan_with(x, is_number, v, h)
    keep = 2 if full_output else int(task.with_value)
    derivative = differentiate(plan, evaluator, keep=keep)
    if not keep:
        return Found(derivative)
    derivative, values = derivative
    value = gradient = None
    if task.with_value:
        value = plan.as_value(values[0, 0])
    if task.with_value and task.kind == "pairs":
        gradient = _gradient_beside(
            task, plan, values, evaluator.nfev, tell if full_output else None
        )
    if full_output:
        derivative = tell(plan, derivative, values, evaluator.nfev)
    return Found(derivative, value, gradient)


def _gradient_beside(
    task: Task,
    plan: Any,
    values: Array,
    nfev: int,
    tell: Callable[[Plan, Any, Array, int], DerivativeResult] | None,
) -> Any:
    """The gradient out of the head of a Hessian's plan: x and the axes are all that it needs."""
    axes = beside_hessian(task, plan)
    head = values[: plan.head]
    gradient = axes.combine(head[:, 0])
    return tell(axes, gradient, head, nfev) if tell else gradient


def beside_hessian(task: Task, plan: Any) -> Plan:
    """The plan of the gradient on the head of a Hessian's plan."""
    if isinstance(plan, BoundedPlan):
        assert plan.beside is not None
        return plan.beside
    formula = gradient_beside_hessian(task.method, task.order)
    return AxisPlan(
        formula, plan.x, plan.points_are_numbers, np.asarray(plan.steps), with_value=True
    )


def into(out: Any, derivative: Any) -> Any:
    """The derivative, written into `out` first."""
    value = derivative.value if isinstance(derivative, DerivativeResult) else derivative
    as_output(out, np.shape(value), value.dtype)
    np.copyto(out, value)
    return replace(derivative, value=out) if isinstance(derivative, DerivativeResult) else out
