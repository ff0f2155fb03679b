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
    x
        As for `gradient`.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `gradient`.
    x_as, vectorized, batch_size, workers
        As for `gradient`.
    value_shape : int or tuple of int, optional
        For a C function that writes m values: their shape, since it cannot tell m. Values that it
        does not write are NaN. All other functions tell by what they return.
    sparsity : array_like, SciPy sparse array, or "detect", optional
        Which entries of the Jacobian may differ from zero, of shape (m, n): those that a sparse
        array stores, those of a dense one that are not 0. "detect" guesses it at the first call, as
        `sparsity_pattern` does.
    verify_sparsity : bool
        Whether the first result is held against a derivative along a random direction, which finds
        most entries that the pattern lacks, for 2 evaluations.
    args, kwargs, full_output
        As for `gradient`.

    Returns
    -------
    ndarray or scalar
        Derivatives, of shape ``fun(x).shape + x.shape``; for a function of a number the shape of
        its value.
    scipy.sparse.csr_array
        With `sparsity`: of shape (m, n), its structure being the pattern. In a DerivativeResult
        `error` is such an array too, and `status` is in the order of ``value.data``.

    Raises
    ------
    ValueError, TypeError
        As for `gradient`; also where `fun` changes the shape of what it returns; `sparsity` that is
        no pattern, does not fit `fun` and `x`, or misses entries, which are then named.
        What `math` raises outside its domain is "not finite" to "adaptive", and not raised.
    ImportError
        SciPy is not there, with `sparsity`.

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

    With `sparsity` columns that no row has in common are displaced together (Curtis, Powell & Reid,
    IMA J. Appl. Math. 13, 1974), in as many groups as `color_columns` finds colours: in all these
    numbers n becomes the number of colours, and entries have the same bits. "adaptive" and `noise`
    go along one line for each colour, with its value at x: 11 to 17 evaluations each.

    Examples
    --------
    >>> import numpy as np
    >>> import centraldiff as cd
    >>> cd.jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 2]), [1, 2]).round(8)
    array([[2., 1.],
           [2., 0.]])
    >>> A = cd.jacobian(
    ...     lambda x: x[1:] * x[:-1], np.arange(5.0), sparsity=np.eye(4, 5) + np.eye(4, 5, 1)
    ... )
    >>> A.shape, A.nnz
    ((4, 5), 8)
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
    fun
        As for `jacobian`.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `jacobian`.
    x_as, vectorized, batch_size, workers, value_shape, sparsity, verify_sparsity
        As for `jacobian`. Colours are found once.
    args, kwargs, full_output
        As for `jacobian`.

    Notes
    -----
    ``J(x, *args, out=None)`` and ``J.plan(x)`` as for `Gradient`; `out` has the shape
    ``fun(x).shape + x.shape``. With `sparsity` there is no `out`.

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

    def operator(self, x: Any, *args: Any) -> Any:
        """The Jacobian at x as a ``scipy.sparse.linalg.LinearOperator``, for Krylov methods.

        Parameters
        ----------
        x : number or array_like of real numbers
            The point, with n coordinates.
        *args
            Arguments of `fun` after x, in place of `args`.

        Returns
        -------
        scipy.sparse.linalg.LinearOperator
            Of shape (m, n), m being the size of ``fun(x)``. Without `sparsity` each product J v is
            a derivative along v, as of `directional_derivative`, and J' v raises
            NotImplementedError: no difference gives it. With `sparsity` the matrix is evaluated
            here, and all products are products with it.

        Raises
        ------
        ImportError
            SciPy is not there.
        ValueError, TypeError
            As for `jacobian`.

        Notes
        -----
        Evaluations of `fun`: one here, and those of `directional_derivative` for each product (2 by
        default); with `sparsity` those of the Jacobian, here.

        Examples
        --------
        >>> import numpy as np
        >>> import centraldiff as cd
        >>> A = cd.Jacobian(lambda x: x**2).operator([1.0, 2.0, 3.0])
        >>> (A @ np.array([1.0, 0.0, 1.0])).round(8)
        array([2., 0., 6.])
        """
        from ._operator import operator_at  # not needed by most, so not imported by all

        return operator_at(self, x, args)
