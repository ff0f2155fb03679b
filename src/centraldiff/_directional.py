"""Products of Jacobians and Hessians with a vector, without the matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._formula import cached
from ._task import Task
from ._tasks import task_of
from ._validation import fun_or_grad


@cached
def _task(method: str, order: int | None) -> Task:
    return task_of("line", method, order, scalar=False)


@cached
def _hessian_task(method: str, order: int | None, from_gradients: bool) -> Task:
    if from_gradients:
        return task_of("line", method, order, scalar=False, gradients=True)
    return task_of("line pairs", method, order)


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
    step_rule: Any = None,
    bounds: Any = None,
    noise: Any = None,
    rtol: Any = None,
    atol: Any = None,
    max_nfev: Any = None,
    x_as: str = "array",
    vectorized: bool = False,
    batch_size: int | None = None,
    workers: int | None = None,
    value_shape: int | tuple[int, ...] | None = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> Any:
    """Derivative along a direction: J v, for a function that returns a number the gradient times v.

    Parameters
    ----------
    fun : callable or C function
        ``fun(x, *args, **kwargs)`` -> number or array; what else it may be as for `jacobian`.
    x : number or array_like of real numbers
        The point.
    v : like x
        The direction, of any length; the derivative is proportional to it.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `gradient`. The step along v is the longest one that moves no coordinate by more
        than its own step, lengthened where that would be lost in the rounding of x's largest.
    x_as, vectorized, batch_size, workers
        As for `gradient`.
    value_shape : int or tuple of int, optional
        For a C function that writes m values: their shape, as for `jacobian`.
    args, kwargs, full_output
        As for `gradient`.

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
    one-sided, 3 complex (at `bounds` 4, on two lines 6). Where `bounds` leave room on one side of x
    only, 1 + p; where some coordinates can go on along v and others only back, 1 + 2 p on two
    lines. With `noise` also 1 + p k, k being mostly 4, at most 30. "adaptive": mostly 11 to 17, at
    most 65, on two lines twice that.

    Examples
    --------
    >>> import centraldiff as cd
    >>> round(float(cd.directional_derivative(lambda x: x[0] * x[1], [2, 3], [1, -1])), 8)
    1.0
    """
    task = (
        _task(method, order)
        .with_options(rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev)
        .with_calling(x_as, vectorized, batch_size, workers, value_shape)
    )
    return task.run(fun, x, args, kwargs, full_output, v)


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
    step_rule: Any = None,
    bounds: Any = None,
    noise: Any = None,
    rtol: Any = None,
    atol: Any = None,
    max_nfev: Any = None,
    x_as: str = "array",
    vectorized: bool = False,
    batch_size: int | None = None,
    workers: int | None = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> Any:
    """Hessian times vector, H v.

    Parameters
    ----------
    fun : callable or C function
        ``fun(x, *args, **kwargs)`` -> number; what else it may be as for `gradient`. Not called,
        and may be None, if `grad` is given.
    x : number or array_like of real numbers
        The point.
    v : like x
        The vector.
    grad : callable or C function, optional
        ``grad(x, *args, **kwargs)`` -> the gradient, in x's shape; what else it may be as for
        `hessian`.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `hessian`; the step along v as for `directional_derivative`.
    x_as, vectorized, batch_size, workers
        As for `hessian`.
    args, kwargs, full_output
        As for `hessian`.

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
    order 1, (p + 2) + 2 (p + 1) n one-sided of order p > 1. At `bounds` along and across v as for
    `directional_derivative` and `hessian`; coordinates that move along v and on their own have half
    of the room for each. With `noise` also 1 + p k calls of `grad`; or, from values,
    4 + p k (n + 1) evaluations (one-sided (p + 1) k), k being mostly 4, at most 30, and with
    `full_output` another one to three products by other steps, as for `hessian`. "adaptive": mostly
    11 to 17 calls of `grad`; from values 25 n to 40 n evaluations, which for n < 5 is
    no less than a Hessian takes.

    Examples
    --------
    >>> import centraldiff as cd
    >>> cd.hessian_vector_product(lambda x: x[0] ** 2 * x[1], [1.0, 2.0], [1.0, 0.0]).round(5)
    array([4., 2.])
    """
    task = (
        _hessian_task(method, order, grad is not None)
        .with_options(rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev)
        .with_calling(x_as, vectorized, batch_size, workers)
    )
    return task.run(fun_or_grad(fun, grad), x, args, kwargs, full_output, v)
