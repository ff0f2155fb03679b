"""Jacobians of functions that return arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._doors import as_function
from ._formula import cached
from ._structure import settle_structure
from ._task import Prepared, Task
from ._tasks import task_of


@cached
def _task(method: str, order: int | None) -> Task:
    return task_of("axes", method, order, scalar=False)


def jacobian(
    fun: Callable[..., Any],
    x: Any,
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
    sparsity: Any = None,
    verify_sparsity: bool = True,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> Any:
    """Jacobian of a function of an array that returns an array.

    Parameters
    ----------
    fun : callable or C function
        ``fun(x, *args, **kwargs)`` -> array, always of the same shape. It may return the same
        array each time, its argument, or a view of it. If `vectorized` it returns an array
        ``m + (k,)`` for k points of shape ``x.shape + (k,)``.
        What else it may be as for `gradient`; in C
        ``void fun(int n, double *x, int m, double *out, void *user_data)``, which writes m values.
    value_shape : int or tuple of int, optional
        For a C function that writes m values: their shape, since it cannot tell m. Values that it
        does not write are NaN. All other functions tell by what they return.
    x, method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol,
    atol, max_nfev, x_as, vectorized, batch_size, workers, args, kwargs, full_output
        As for `gradient`.

    Returns
    -------
    ndarray or scalar
        Derivatives, of shape ``fun(x).shape + x.shape``; for a function of a number the shape of
        its value.

    Raises
    ------
    ValueError, TypeError
        As for `gradient`; also where `fun` changes the shape of what it returns.
        What `math` raises outside its domain is "not finite" to "adaptive", and not raised.

    Warns
    -----
    NotFiniteWarning
        `fun` returned NaN or infinity: the entries that need it are NaN, no others.

    Notes
    -----
    Error O(h**p). Evaluations of `fun`: p n central (2 n by default), 1 + p n one-sided, n + 2
    complex; one for an empty x. Formulas, and what `noise` adds, as for `gradient`: each column
    has a step of its own, for which the errors of all outputs, in units of their noise, have the
    least sum of squares. "adaptive" stops at each entry, and all outputs use what any needs: as
    many evaluations as for `gradient`, or more where their scales differ, at most 64 n + 1.

    Examples
    --------
    >>> import numpy as np
    >>> import centraldiff as cd
    >>> cd.jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 2]), [1, 2]).round(8)
    array([[2., 1.],
           [2., 0.]])
    """
    task = _task(method, order)
    return (
        task.with_options(
            rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        )
        .with_calling(x_as, vectorized, batch_size, workers, value_shape)
        .with_structure(settle_structure("jacobian", sparsity, verify_sparsity))
        .run(fun, x, args, kwargs, full_output)
    )


class Jacobian(Prepared):
    """A Jacobian prepared once, to be called with many points.

    ``Jacobian(fun, ...)(x)`` is ``jacobian(fun, x, ...)``; SciPy takes it as ``jac=``.

    Parameters
    ----------
    fun, method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol,
    atol, max_nfev, x_as, vectorized, batch_size, workers, value_shape, args, kwargs, full_output
        As for `jacobian`.

    Notes
    -----
    ``J(x, *args, out=None)`` and ``J.plan(x)`` as for `Gradient`; `out` has the shape
    ``fun(x).shape + x.shape``.

    Examples
    --------
    >>> import numpy as np
    >>> import centraldiff as cd
    >>> J = cd.Jacobian(lambda x: x**2)
    >>> J(np.array([1.0, 2.0])).round(8)
    array([[2., 0.],
           [0., 4.]])
    """

    def __init__(
        self,
        fun: Callable[..., Any],
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
        sparsity: Any = None,
        verify_sparsity: bool = True,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        full_output: bool = False,
    ) -> None:
        task = (
            _task(method, order)
            .with_options(
                rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
            )
            .with_calling(x_as, vectorized, batch_size, workers, value_shape)
            .with_structure(settle_structure("jacobian", sparsity, verify_sparsity))
        )
        super().__init__(task, as_function("fun", fun), args, kwargs, full_output)
