"""Plans, for those who evaluate functions elsewhere."""

from __future__ import annotations

from typing import Any

from ._formula import cached
from ._plan import Plan
from ._task import Task
from ._tasks import task_of
from ._validation import as_flag


@cached
def _gradient_task(method: str, order: int | None) -> Task:
    return task_of("axes", method, order)


@cached
def _hessian_task(method: str, order: int | None, from_gradients: bool) -> Task:
    if from_gradients:
        return task_of("axes", method, order, scalar=False, gradients=True)
    return task_of("pairs", method, order)


def gradient_plan(
    x: Any,
    *,
    method: str = "central",
    order: int | None = None,
    rel_step: Any = None,
    abs_step: Any = None,
    typical_x: Any = None,
    step_rule: Any = None,
    bounds: Any = None,
) -> Plan:
    """Where a function has to be evaluated for its gradient or Jacobian: for evaluation elsewhere.

    Parameters
    ----------
    x, method, order, rel_step, abs_step, typical_x, step_rule, bounds
        As for `gradient`.

    Returns
    -------
    Plan
        ``len(plan)`` is the number of evaluations, ``plan.points(start, stop)`` an array
        (stop - start,) + x.shape of points, ``plan.combine(values)`` the derivative out of values
        of shape (len(plan),) + value shape: value shape + x.shape.

    Raises
    ------
    ValueError, TypeError
        As for `gradient`.

    Notes
    -----
    p n points central, 1 + p n one-sided, n complex (the check that a function is analytic is
    then up to whoever evaluates it). Nothing is evaluated here.

    Examples
    --------
    >>> import centraldiff as cd
    >>> plan = cd.gradient_plan([1.0, 2.0])
    >>> len(plan)
    4
    >>> values = [x[0] ** 2 + x[0] * x[1] for x in plan.points()]
    >>> plan.combine(values).round(8)
    array([4., 1.])
    """
    task = _gradient_task(method, order).with_options(
        rel_step, abs_step, typical_x, step_rule, bounds
    )
    return task.plan(x)


def hessian_plan(
    x: Any,
    *,
    from_gradients: bool = False,
    method: str = "central",
    order: int | None = None,
    rel_step: Any = None,
    abs_step: Any = None,
    typical_x: Any = None,
    step_rule: Any = None,
    bounds: Any = None,
) -> Plan:
    """Where a function, or its gradient, has to be evaluated for its Hessian.

    Parameters
    ----------
    x
        As for `hessian`.
    from_gradients : bool
        Whether gradients are evaluated at the points rather than values.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds
        As for `hessian`.

    Returns
    -------
    Plan
        As `gradient_plan` gives; values have shape (len(plan),), or (len(plan),) + x.shape if
        they are gradients.

    Raises
    ------
    ValueError, TypeError
        As for `hessian`.

    Notes
    -----
    The numbers of points are those of `hessian`; nothing is evaluated here.

    Examples
    --------
    >>> import centraldiff as cd
    >>> plan = cd.hessian_plan([1.0, 2.0])
    >>> len(plan)
    7
    >>> plan.combine([x[0] ** 2 + x[0] * x[1] for x in plan.points()]).round(6)
    array([[2., 1.],
           [1., 0.]])
    """
    task = _hessian_task(method, order, as_flag("from_gradients", from_gradients))
    return task.with_options(rel_step, abs_step, typical_x, step_rule, bounds).plan(x)
