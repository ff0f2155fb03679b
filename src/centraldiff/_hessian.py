"""Hessians: from values, from gradient calls, their diagonals, and all that falls off with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._doors import as_function
from ._formula import cached
from ._structure import Structure, require_values, settle_structure
from ._task import Prepared, Task
from ._tasks import structured_task, task_of
from ._validation import fun_or_grad


@cached
def _task(method: str, order: int | None, from_gradients: bool, with_value: bool = False) -> Task:
    if from_gradients:
        return task_of("axes", method, order, scalar=False, gradients=True)
    return task_of("pairs", method, order, with_value=with_value)


def _known(
    method: str,
    order: int | None,
    from_gradients: bool,
    with_value: bool,
    structure: Structure | None,
) -> Task:
    if structure is None:
        return _task(method, order, from_gradients, with_value)
    kind = "axes" if from_gradients else "pairs"
    return structured_task(
        structure, kind, method, order, gradients=from_gradients, with_value=with_value
    )


@cached
def _diagonal_task(method: str, order: int | None) -> Task:
    return task_of("axes", method, order, degree=2)


def hessian(
    fun: Callable[..., Any] | None,
    x: Any,
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
    sparsity: Any = None,
    verify_sparsity: bool = True,
    sum_of_terms: bool = False,
    least_squares: bool = False,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> Any:
    """Hessian matrix of a function of an array that returns a number.

    Parameters
    ----------
    fun : callable or C function
        ``fun(x, *args, **kwargs)`` -> number; what else it may be as for `gradient`. Not called,
        and may be None, if `grad` is given.
    x : number or array_like of real numbers
        The point, of any shape.
    grad : callable or C function, optional
        ``grad(x, *args, **kwargs)`` -> the gradient, in x's shape: the Hessian is then made of
        differences of gradients, which is far more accurate, and cheaper for n > 2. If
        `vectorized` it returns k gradients, in the shape of its argument. In C
        ``void grad(int n, double *x, int m, double *out, void *user_data)``, m being n.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `gradient`. Default relative step from values u**(1/(p+2)), from gradient calls
        u**(1/(p+1)). method="complex" needs `grad`.
    x_as, vectorized, batch_size, workers
        As for `gradient`.
    sparsity, verify_sparsity
        As for `jacobian`: which entries of the Hessian may differ from zero, symmetric, of shape
        (n, n); with `sum_of_terms` and `least_squares` those of the Jacobian of what `fun` returns.
    sum_of_terms, least_squares : bool
        As for `gradient`. The Hessian of a sum of squares is then the Gauss-Newton matrix J' J,
        without the second derivatives of residuals.
    args, kwargs, full_output
        As for `gradient`.

    Returns
    -------
    ndarray or scalar
        The Hessian, of shape ``x.shape + x.shape``, exactly symmetric: with `grad` the mean of two
        readings of each entry, from which its error is at least as far.
    scipy.sparse.csr_array
        With `sparsity`: of shape (n, n), as for `jacobian`.

    Raises
    ------
    ValueError, TypeError
        As for `gradient`; method="complex" without `grad`; a `grad` that does not return an array
        of x's shape; `sparsity` as for `jacobian`, or not symmetric.
        What `math` raises outside its domain is "not finite" to "adaptive", and not raised.
    ImportError
        SciPy is not there, with `sparsity`.

    Warns
    -----
    NotFiniteWarning
        `fun` or `grad` returned NaN or infinity: the entries that need it are NaN.

    Notes
    -----
    Error O(h**p). Evaluations of `fun`: 1 + p n (n + 1) / 2 central, by default n**2 + n + 1;
    1 + n (n + 3) / 2 one-sided of order 1; 1 + (p + 1) n (n + 1) / 2 one-sided of order p > 1.
    Calls of `grad`: p n central (2 n by default), 1 + p n one-sided, n + 2 complex.
    At `bounds`: a coordinate on one side takes p + 1 points of its own; a pair of two such p + 1,
    a pair of one such and a central one p**2 (the product of two first derivatives).

    From values every entry comes from second differences along the axes and their diagonals; at
    order 2 this is 25.3.27 of Abramowitz & Stegun. One-sided of order 1: Dennis & Schnabel,
    Numerical Methods for Unconstrained Optimization (1983), p. 80. From gradient calls:
    H_ij = (g_i(x + h_j e_j) - g_i(x - h_j e_j)) / (4 h_j) + (g_j(x + h_i e_i) - g_j(x - h_i e_i))
    / (4 h_i). Quadratics are exact to rounding either way.

    With `noise` (of `fun`, or of `grad`) steps are found as for `gradient`, which adds 1 + p k n
    calls of `grad`, or 2 + p k n evaluations of `fun` (one-sided 2 + (p + 1) k n), k being mostly
    4, at most 30. From values the search goes through a point beside x. It is along axes, and tells
    nothing of the truncation of mixed derivatives, so with `full_output` the Hessian is evaluated
    once more, with steps twice as long (half as long where those leave `bounds` or the domain of
    `fun`; both where `fun` is not finite at the former), and again with shorter ones if steps are
    longer than 0.4 abs(x).

    "adaptive" goes along the axes as `gradient` does, then from their scales along the diagonal of
    each pair, 2 evaluations a step beside those of the axes: mostly 9 to 15 for each of the
    n (n + 1) / 2 entries, about 510 in all for Rosenbrock's function of 10 coordinates. Calls of
    `grad` are as many as evaluations for a gradient.

    With `sparsity`, from gradient calls: n becomes the number of colours that `color_symmetric`
    finds, each entry being read from its row or its column (Coleman & More, Math. Programming 28,
    1984), from both where it can be. Where an acyclic colouring has fewer, and no entry is the sum
    of more than 8 values, entries are found by substitution (Gebremedhin, Tarafdar, Manne &
    Pothen, SIAM J. Sci. Comput. 29, 2007). From values: 1 + 2 n + 2 E evaluations for E pairs of
    coordinates. With `sum_of_terms`, of terms with c colours: 1 + 2 c + 2 P, where P, at most
    c (c - 1) / 2, pairs of colours meet in a term; whatever n is (not with `noise`, which may be
    another one for each term). Where `bounds` leave a coordinate
    one side only, all have the formula of one side.

    Examples
    --------
    >>> import centraldiff as cd
    >>> cd.hessian(lambda x: x[0] ** 2 + x[0] * x[1], [1, 2]).round(6)
    array([[2., 1.],
           [1., 0.]])
    >>> found = cd.hessian(lambda x: x[0] ** 3 * x[1], [1, 2], method="adaptive", full_output=True)
    >>> found.value.round(9) + 0.0, bool((found.error < 1e-9).all())
    (array([[12.,  3.],
           [ 3.,  0.]]), True)
    """
    structure = settle_structure("hessian", sparsity, verify_sparsity, sum_of_terms, least_squares)
    require_values(grad, structure)
    task = _known(method, order, grad is not None, False, structure)
    return (
        task.with_options(
            rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        )
        .with_calling(x_as, vectorized, batch_size, workers)
        .with_structure(structure)
        .run(fun_or_grad(fun, grad), x, args, kwargs, full_output)
    )


class Hessian(Prepared):
    """A Hessian prepared once, to be called with many points.

    ``Hessian(fun, ...)(x)`` is ``hessian(fun, x, ...)``; SciPy takes it as ``hess=``.

    Parameters
    ----------
    fun, grad
        As for `hessian`.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `hessian`.
    x_as, vectorized, batch_size, workers, sparsity, verify_sparsity, sum_of_terms, least_squares
        As for `hessian`. Colours are found once.
    args, kwargs, full_output
        As for `hessian`.

    Notes
    -----
    ``H(x, *args, out=None)`` and ``H.plan(x)`` as for `Gradient`; `out` has the shape
    ``x.shape + x.shape``. With `sparsity` there is no `out`.

    Examples
    --------
    >>> import centraldiff as cd
    >>> H = cd.Hessian(None, grad=lambda x: x**3)
    >>> H([1.0, 2.0]).round(6)
    array([[ 3.,  0.],
           [ 0., 12.]])
    """

    def __init__(
        self,
        fun: Callable[..., Any] | None,
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
        sparsity: Any = None,
        verify_sparsity: bool = True,
        sum_of_terms: bool = False,
        least_squares: bool = False,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        full_output: bool = False,
    ) -> None:
        called = as_function("fun" if grad is None else "grad", fun_or_grad(fun, grad))
        structure = settle_structure(
            "hessian", sparsity, verify_sparsity, sum_of_terms, least_squares
        )
        require_values(grad, structure)
        task = _known(method, order, grad is not None, False, structure)
        task = (
            task.with_options(
                rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
            )
            .with_calling(x_as, vectorized, batch_size, workers)
            .with_structure(structure)
        )
        super().__init__(task, called, args, kwargs, full_output)

    def operator(self, x: Any, *args: Any) -> Any:
        """The Hessian at x as a ``scipy.sparse.linalg.LinearOperator``, as `Jacobian.operator`.

        Parameters
        ----------
        x, *args
            As for `Jacobian.operator`.

        Returns
        -------
        scipy.sparse.linalg.LinearOperator
            Symmetric, of shape (n, n). Without `sparsity` each product is a
            `hessian_vector_product`; with it, and with `least_squares`, one with the matrix, which
            is evaluated here.

        Raises
        ------
        ImportError
            SciPy is not there.
        ValueError, TypeError
            As for `hessian`.

        Notes
        -----
        Calls of `grad` for each product: 2 by default. From values a product takes as many
        evaluations as `hessian_vector_product`, 3 + 4 n by default.

        Examples
        --------
        >>> import centraldiff as cd
        >>> A = cd.Hessian(None, grad=lambda x: x**3).operator([1.0, 2.0])
        >>> A.matvec([1.0, 1.0]).round(6)
        array([ 3., 12.])
        """
        from ._operator import operator_at  # not needed by most, so not imported by all

        return operator_at(self, x, args)


def hessian_diagonal(
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
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> Any:
    """The diagonal of the Hessian: second derivatives with respect to each coordinate.

    Parameters
    ----------
    fun, x
        As for `hessian` from values.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `hessian` from values.
    x_as, vectorized, batch_size, workers
        As for `hessian` from values.
    args, kwargs, full_output
        As for `hessian` from values.

    Returns
    -------
    ndarray or scalar
        The diagonal, in x's shape.

    Raises
    ------
    ValueError, TypeError
        As for `hessian`.

    Notes
    -----
    Error O(h**p). Evaluations of `fun`: 1 + p n central (2 n + 1 by default), 1 + (p + 1) n
    one-sided; at `bounds` p + 1 instead of p for a coordinate on one side. With `noise`
    also 1 + p k n or 1 + (p + 1) k n, k being mostly 4, at most 30. "adaptive": mostly 10 to 20 for
    each coordinate, at most 64 n + 1.

    Examples
    --------
    >>> import centraldiff as cd
    >>> cd.hessian_diagonal(lambda x: x[0] ** 2 * x[1] ** 3, [1, 2]).round(5)
    array([16., 12.])
    """
    task = (
        _diagonal_task(method, order)
        .with_options(rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev)
        .with_calling(x_as, vectorized, batch_size, workers)
    )
    return task.run(fun, x, args, kwargs, full_output)


def value_gradient_hessian(
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
    sparsity: Any = None,
    verify_sparsity: bool = True,
    sum_of_terms: bool = False,
    least_squares: bool = False,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    full_output: bool = False,
) -> tuple[Any, Any, Any]:
    """Value, gradient and Hessian out of the same evaluations.

    Parameters
    ----------
    fun, x
        As for `hessian` from values.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `hessian` from values.
    x_as, vectorized, batch_size, workers, sparsity, verify_sparsity, sum_of_terms, least_squares
        As for `hessian` from values.
    args, kwargs, full_output
        As for `hessian` from values.

    Returns
    -------
    f : scalar
        The value of `fun` at x.
    g : ndarray or scalar, or DerivativeResult
        The gradient, in x's shape. It is free, and has the steps of the Hessian, which are longer
        than a gradient's: its error at order 2 is near u**(1/2), not u**(2/3). "adaptive" judges
        what the Hessian's steps tell of it by itself.
    H : ndarray or scalar, scipy.sparse.csr_array, or DerivativeResult
        The Hessian, as `hessian` returns it.

    Raises
    ------
    ValueError, TypeError
        As for `hessian`.

    Notes
    -----
    Evaluations of `fun`: those of `hessian`, by default n**2 + n + 1. With `least_squares` f, g and
    H are made of one Jacobian, and the value at x: 1 + p n, with `sparsity` 1 + p times the number
    of colours; without it one more tells how many residuals there are.

    Examples
    --------
    >>> import centraldiff as cd
    >>> f, g, H = cd.value_gradient_hessian(lambda x: x[0] ** 2 + x[0] * x[1], [1, 2])
    >>> float(f), g.round(6), H.round(6)[0, 1]
    (3.0, array([4., 1.]), np.float64(1.0))
    """
    structure = settle_structure("hessian", sparsity, verify_sparsity, sum_of_terms, least_squares)
    task = (
        _known(method, order, False, True, structure)
        .with_options(rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev)
        .with_calling(x_as, vectorized, batch_size, workers)
        .with_structure(structure)
    )
    found = task.find(fun, x, args, kwargs, full_output)
    return found.value, found.gradient, found.derivative
