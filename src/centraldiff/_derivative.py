"""Derivatives of functions of one variable, of any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._formula import cached
from ._task import Task
from ._tasks import task_of
from ._validation import as_integer


@cached
def _task(n: int, method: str, order: int | None) -> Task:
    return task_of("elements", method, order, degree=n)


def derivative(
    fun: Callable[..., Any],
    x: Any,
    n: int = 1,
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
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> Any:
    """The n-th derivative of a function of one variable, at one point or at each of many.

    Parameters
    ----------
    fun : callable or C function
        ``fun(x, *args, **kwargs)`` -> number, for a number x; called with one number at a time,
        if `vectorized` with an array ``(k,)``. What else it may be as for `gradient`.
    x : number or array_like of real numbers
        Where.
    n : int
        Which derivative, 1 to 10.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `gradient`; the default relative step is u**(1/(n+p)). method="complex" gives the
        first derivative only.
    x_as, vectorized, batch_size, workers
        As for `gradient`.
    args, kwargs, full_output
        As for `gradient`.

    Returns
    -------
    scalar or ndarray
        The derivatives, in x's shape.

    Raises
    ------
    ValueError, TypeError
        As for `gradient`. For a function that returns an array use `jacobian`, which takes a
        number x as well.
        What `math` raises outside its domain is "not finite" to "adaptive", and not raised.

    Notes
    -----
    Error O(h**p), rounding error of the order u/h**n. Evaluations of `fun` for each element:
    2 floor((n+p-1)/2) central, one more where n is even; n + p one-sided, also where `bounds`
    leave room on one side only; 3 complex (4 at `bounds`). With `noise` also 1 + k s, of the s
    points that are not x itself, k being mostly 4, at most 30; for "estimate" another 13, at most
    73, for each element. "adaptive": mostly 11 to 17, for n > 6 to 25, at most 65. Its errors grow
    with n: for functions like exp 1e-13 where n = 2, 1e-6 where n = 6, 0.1 or more where n = 10.

    Examples
    --------
    >>> import math
    >>> import centraldiff as cd
    >>> round(float(cd.derivative(math.sin, 0.0)), 8)
    1.0
    >>> cd.derivative(math.exp, [0.0, 1.0], n=2, order=4).round(7)
    array([1.       , 2.7182818])
    >>> round(float(cd.derivative(math.exp, 1.0, n=3, method="adaptive")) / math.e, 9)
    1.0
    """
    task = (
        _task(as_integer("n", n, 1, 10), method, order)
        .with_options(rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev)
        .with_calling(x_as, vectorized, batch_size, workers)
    )
    return task.run(fun, x, args, kwargs, full_output)
