"""Products of Jacobians and Hessians with a vector, without the matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._evaluate import Callback
from ._formula import coordinate_formula, pair_formula
from ._plans import LinePairPlan, LinePlan
from ._run import differentiate, full_result
from ._steps import step_rule
from ._validation import as_arguments, as_callable, as_direction, as_flag, as_point


def directional_derivative(
    fun: Callable[..., Any],
    x: Any,
    v: Any,
    *,
    method: str = "central",
    order: int | None = None,
    rel_step: Any = None,
    abs_step: Any = None,
    typical_x: Any = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> Any:
    """Derivative along a direction: J v, for a function that returns a number the gradient times v.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args, **kwargs)`` -> number or array.
    x : number or array_like of real numbers
        The point.
    v : like x
        The direction, of any length; the derivative is proportional to it.
    method, order, rel_step, abs_step, typical_x, args, kwargs, full_output
        As for `gradient`. The step along v is the longest one that moves no coordinate by more
        than its own step, lengthened where that would be lost in the rounding of x's largest.

    Returns
    -------
    scalar or ndarray
        J v, in the shape that `fun` returns.

    Raises
    ------
    ValueError, TypeError
        As for `jacobian`; `v` not of x's shape, or not finite.

    Notes
    -----
    Error O(h**p). Evaluations of `fun`, whatever the size of x: p central (2 by default), 1 + p
    one-sided, 3 complex.

    Examples
    --------
    >>> import centraldiff as cd
    >>> round(float(cd.directional_derivative(lambda x: x[0] * x[1], [2, 3], [1, -1])), 8)
    1.0
    """
    formula = coordinate_formula(1, method, order)
    rule = step_rule(rel_step, abs_step, typical_x)
    args, kwargs = as_arguments(args, kwargs)
    point, is_number = as_point(x)
    direction = as_direction(v, point)
    h = None if rule is None else rule.steps(point, formula.exponent)
    plan = LinePlan(formula, point, is_number, direction, h)
    evaluator = Callback(as_callable("fun", fun), args, kwargs, scalar=False)
    if as_flag("full_output", full_output):
        return full_result(plan, evaluator)
    return differentiate(plan, evaluator)


def hessian_vector_product(
    fun: Callable[..., Any] | None,
    x: Any,
    v: Any,
    *,
    grad: Callable[..., Any] | None = None,
    method: str = "central",
    order: int | None = None,
    rel_step: Any = None,
    abs_step: Any = None,
    typical_x: Any = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> Any:
    """Hessian times vector, H v.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args, **kwargs)`` -> number. Not called, and may be None, if `grad` is given.
    x : number or array_like of real numbers
        The point.
    v : like x
        The vector.
    grad : callable, optional
        ``grad(x, *args, **kwargs)`` -> the gradient, in x's shape.
    method, order, rel_step, abs_step, typical_x, args, kwargs, full_output
        As for `hessian`; the step along v as for `directional_derivative`.

    Returns
    -------
    ndarray or scalar
        H v, in x's shape.

    Raises
    ------
    ValueError, TypeError
        As for `hessian` and `directional_derivative`.

    Notes
    -----
    Error O(h**p). Calls of `grad`: p central (2 by default), 1 + p one-sided, 3 complex. From
    values, evaluations of `fun`: 1 + p + 2 p n central (3 + 4 n by default), 3 + 3 n one-sided of
    order 1, (p + 2) + 2 (p + 1) n one-sided of order p > 1.

    Examples
    --------
    >>> import centraldiff as cd
    >>> cd.hessian_vector_product(lambda x: x[0] ** 2 * x[1], [1.0, 2.0], [1.0, 0.0]).round(5)
    array([4., 2.])
    """
    formula = pair_formula(method, order) if grad is None else coordinate_formula(1, method, order)
    rule = step_rule(rel_step, abs_step, typical_x)
    args, kwargs = as_arguments(args, kwargs)
    point, is_number = as_point(x)
    direction = as_direction(v, point)
    h = None if rule is None else rule.steps(point, formula.exponent)
    if grad is None:
        plan: LinePairPlan | LinePlan = LinePairPlan(formula, point, is_number, direction, h)
        evaluator = Callback(as_callable("fun", fun), args, kwargs)
    else:
        plan = LinePlan(formula, point, is_number, direction, h, gradients=True)
        gradient = as_callable("grad", grad)
        evaluator = Callback(gradient, args, kwargs, scalar=False, name="grad")
    if as_flag("full_output", full_output):
        return full_result(plan, evaluator)
    return differentiate(plan, evaluator)
