"""Gradients of functions that return a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._doors import as_function
from ._formula import cached
from ._structure import Structure, settle_structure
from ._task import Prepared, Task
from ._tasks import structured_task, task_of


@cached
def _task(method: str, order: int | None, with_value: bool) -> Task:
    return task_of("axes", method, order, with_value=with_value)


def _known(method: str, order: int | None, with_value: bool, structure: Structure | None) -> Task:
    if structure is None:
        return _task(method, order, with_value)
    return structured_task(structure, "axes", method, order, with_value=with_value)


_CENTRAL, _ARRAY = "central", "array"
_default: Task | None = None  # what most calls ask for, found faster than by its options


def gradient(
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
) -> Any:
    """Gradient of a function of an array that returns a number.

    Parameters
    ----------
    fun : callable or C function
        ``fun(x, *args, **kwargs)`` -> number. It gets a float array of x's shape (a float where x
        is a number) and may do with it what it likes. Functions of numba's ``@njit`` are called as
        compiled code, without the GIL, and so are C functions ``double fun(int n, double *x)`` or
        ``double fun(int n, double *x, void *user_data)``: a scipy.LowLevelCallable, a ctypes
        function pointer, a numba ``@cfunc``, or a Cython capsule. These get all n coordinates in
        C order, as float64; they take no `args`, and have no "complex" method.
    x : number or array_like of real numbers
        The point, of any shape. float32 and longdouble are followed, all else becomes float64.
    method : {"central", "forward", "backward", "complex", "adaptive"}
        Central differences; differences to one side; the complex step, which needs a `fun`
        that is analytic in x and accepts complex arrays; or "adaptive" (see Notes): steps that are
        found, extrapolation, and an error for each entry.
    order : int, optional
        Order of accuracy p, the error is O(h**p): 2 (default), 4, 6, 8 for central, 1 (default)
        to 4 for one-sided differences. "adaptive" takes none, and no steps or rules either.
    rel_step : number or array like x, optional
        Step relative to the size of the coordinate: ``h = rel_step * max(abs(x), typical_x)``.
        Default: u**(1/(p+1)), u the rounding unit of x's dtype; 1e-20 for the complex step.
    abs_step : number or array like x, optional
        The step itself, in units of x.
    typical_x : number or array like x, optional
        What counts as the size of a coordinate that is near 0. Default 1; "adaptive" looks for
        the scale of `fun` by itself, starting from abs(x), and from 1 at 0.
    step_rule : {"sas", "dennis-schnabel", "fdint"}, optional
        A rule by name: "sas" takes ``h = u**(1/(p+1)) * (1 + abs(x))``, "dennis-schnabel" the
        default with `typical_x`; "fdint" finds steps with evaluations, for orders 2 (central) and
        1 (one-sided).
    bounds : (lower, upper) or scipy.optimize.Bounds, optional
        Numbers or arrays like x; None or infinite where there is no bound. Not a pair for each
        coordinate: of SciPy's list of (low, high) pairs it is ``tuple(zip(*pairs))``. `fun` is
        never called outside, not by rounding; an x that is outside by rounding is moved onto the
        bound. Where the stencil has no room, one of the same order on one side of x is taken
        ("one side only"); where neither side has room, the step is shortened ("shrunk at a bound").
        A coordinate whose bounds are equal, or leave no room for distinct points, is not moved,
        and its derivative is 0 ("fixed").
    noise : float or "estimate", optional
        How far values of `fun` may be off (see `estimate_noise`, which "estimate" calls): each
        coordinate gets a step that balances this with the truncation, found with evaluations.
        Where `rel_step`, `abs_step` or a rule gives the steps, noise only enters the error.
        "adaptive" sees noise by itself; it takes this as the least there is.
    rtol, atol : float, optional
        For "adaptive": stop at an entry when its error is ``max(atol, rtol * abs(value))`` or
        less. One that is not given is 5e-13 (`rtol`) or 0 (`atol`). Default: go on until the error
        no longer falls, and call it converged if it is a millionth of the derivative's size.
    max_nfev : int, optional
        For "adaptive": evaluations in all, at most. Entries for which they run out keep what they
        have, with its error. The least is 1 + 4 n, for Hessians from values 8 more for each pair
        of coordinates, for noise="estimate" 73 more, for `vectorized` 1 more (the check of it; none
        with noise="estimate", batch_size=1 or n = 0). With `sparsity` it is 5 for each colour (for
        Hessians of sums also for each pair of colours, for those from values as above), and
        finding and confirming the pattern come on top.
    x_as : {"array", "list", "arguments"}
        How `fun` gets x: as an array; as a list, nested where x has several axes, on which
        functions of Python arithmetic run twice as fast; or as arguments,
        ``fun(*x, *args, **kwargs)``, for an x of one axis. The items are Python floats (complex
        for the complex step), where x is longdouble NumPy's.
    vectorized : bool
        `fun` takes k points at once, an array of shape ``x.shape + (k,)``, ``(k,)`` where x is a
        number, and returns k numbers: the points are along the last axis.
    batch_size : int, optional
        For `vectorized`: points in one call at most. Default: as many as make 160 kB, one where
        those are fewer than 8.
    workers : int, optional
        Threads that evaluate at the same time, the caller's included: 1 by default, -1 for one a
        core. That helps where `fun` lets others run: compiled functions, NumPy with large arrays,
        whatever waits, any function in free-threaded Python. `fun` must bear being called by
        several threads at once; results have the same bits. Threads join in where there is more
        to do than a tenth of a millisecond.
    sparsity, verify_sparsity
        As for `jacobian`, of what `fun` returns: of shape (m, n). Only with the next two.
    sum_of_terms : bool
        `fun` returns an array of m terms whose sum is the function: with `sparsity`, which term
        depends on which coordinate, the gradient takes 2 evaluations for each colour of that
        pattern instead of 2 n.
    least_squares : bool
        `fun` returns an array of m residuals r, and the function is ``(r**2).sum() / 2``: the
        gradient is J' r, J being the Jacobian of r.
    args, kwargs : tuple, dict
        Passed on to `fun`.
    full_output : bool
        Return a `DerivativeResult` with error estimate, cost and a word on each entry.

    Returns
    -------
    ndarray or scalar
        The gradient, in x's shape.

    Raises
    ------
    ValueError, TypeError
        An argument, or what `fun` returns, is not what it has to be; a C function is of another
        signature. Exceptions of `fun` come through with a note; but for "adaptive", and for the
        check of "complex", ArithmeticError and the ValueErrors of `math` ("math domain error") say,
        away from x, that `fun` is not finite there.

    Warns
    -----
    NotFiniteWarning
        `fun` returned NaN or infinity: that entry is NaN.
    NotCompiledWarning
        An ``@njit`` function had to be called as a Python function; it says why.

    Notes
    -----
    Evaluations of `fun`: p n central (2 n by default), 1 + p n one-sided, n + 2 complex (2 for
    the check that `fun` is analytic; where `fun` is steep, 2 more for each of up to 6 other
    steps). With `bounds` in the way 1 + p n at most (complex n + 3, or n + 5 where some coordinates
    can only go up and others only down), none for fixed coordinates. Where `fun` is not finite at
    the real points of that check, it passes unchecked.
    Differences are divided by the distance between the points as they are stored, so linear
    functions are exact to rounding. Weights: Fornberg, Math. Comp.
    51 (1988); complex step: Squire & Trapp, SIAM Review 40 (1998).

    `noise` adds to that 1 + p k n evaluations, k steps being tried for each coordinate: mostly 4,
    at most 30; for "estimate" another 13, at most 73. The search is that of Shi, Xie, Xuan &
    Nocedal, SIAM J. Sci. Comput. 44 (2022), for formulas of any order. It takes steps of at most
    half the size of x, as `typical_x` says. The rule "fdint" of Gill, Murray, Saunders & Wright,
    SIAM J. Sci. Stat. Comput. 4 (1983), adds 1 + 2 k n, with k at most 7; its noise is the rounding
    of `fun`, or `noise`.

    "adaptive" takes central differences at several steps, powers of 2 apart, and extrapolates
    them to step 0 in even powers of the step (Richardson; by Neville's recursion). Each
    coordinate has its own steps, each entry its own stop. The first steps are 1e-2 and 1e-6 of
    abs(x); where they contradict each other, steps get shorter until they agree, and only then
    longer. Of all runs of neighbouring steps the one with the least error counts: a bound of what
    rounding does to it, and what leaving out the longest step changes. Shorter steps outside the
    run are witnesses: what contradicts it is noise, a kink or a finer structure, as still shorter
    steps tell. To judge by the tableau is an idea of Ridders, Adv. Eng. Software 4 (1982), who
    starts from one long step, and has neither the bound nor witnesses. Where values are not
    finite, or `fun` raises what `math` raises outside its domain ("math domain error",
    ArithmeticError; not at x itself), steps get shorter, and in the end one-sided. What it does
    not see is told in docs/accuracy.md.
    Evaluations of `fun`: 1, and 2 for each step of a coordinate: mostly 10 to 17 per coordinate,
    more where `fun` is noisy or has a scale far from abs(x), at most 65.

    `vectorized` takes one more, unless noise="estimate" (a prepared object in its first call): a
    point among the first ones is evaluated alone too. So a `fun` that mixes all points is refused;
    one that mixes only some of them, or some coordinates of them, may escape.

    With `sum_of_terms` or `least_squares` evaluations are those of a Jacobian with that `sparsity`;
    for J' r also one at x. Without `sparsity` one more tells how many residuals there are (a
    prepared object in its first call).

    Examples
    --------
    >>> import centraldiff as cd
    >>> cd.gradient(lambda x: x[0] ** 2 + x[0] * x[1], [1, 2]).round(8)
    array([4., 1.])
    >>> cd.gradient(lambda a, b: a**2 + a * b, [1, 2], x_as="arguments").round(8)
    array([4., 1.])

    Many points in one call, each in a column of x:

    >>> import numpy as np
    >>> cd.gradient(lambda x: np.sum(x**2, axis=0), [1, 2], vectorized=True).round(8)
    array([2., 4.])

    A scale of 1e-4 beside x = 1, an error that holds, and what it took:

    >>> import math
    >>> def f(x):
    ...     return math.sin(1e4 * x[0])
    >>> found = cd.gradient(f, [1.0], method="adaptive", full_output=True)
    >>> off = abs(found.value - 1e4 * math.cos(1e4))
    >>> bool(off < found.error < 1e-5), found.nfev < 30, str(found.status[0])
    (True, True, 'converged')
    >>> import numpy as np
    >>> cd.gradient(  # of (x0 - x1)**2 + (x1 - x2)**2: 4 evaluations, and 2 for the pattern
    ...     lambda x: np.diff(x) ** 2, [1.0, 2.0, 4.0], sparsity=[[1, 1, 0], [0, 1, 1]],
    ...     sum_of_terms=True,
    ... ).round(8)
    array([-2., -2.,  4.])
    """
    global _default
    # `is`, since arrays may come too; what is no more than equal finds the same task, later
    if method is not _CENTRAL or order is not None:
        task = _task(method, order, False)
    elif _default is None:
        task = _default = _task("central", None, False)
    else:
        task = _default
    structure = None
    if (
        sparsity is not None
        or verify_sparsity is not True
        or sum_of_terms is not False
        or least_squares is not False
    ):
        structure = settle_structure(
            "gradient", sparsity, verify_sparsity, sum_of_terms, least_squares
        )
        if structure is not None:
            task = structured_task(structure, "axes", method, order)
    if not (  # with_options would see the same, but a call of it costs more than this
        rel_step is None
        and abs_step is None
        and typical_x is None
        and step_rule is None
        and bounds is None
        and noise is None
        and rtol is None
        and atol is None
        and max_nfev is None
    ):
        task = task.with_options(
            rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        )
    if (
        x_as is not _ARRAY
        or vectorized is not False
        or batch_size is not None
        or workers is not None
    ):
        task = task.with_calling(x_as, vectorized, batch_size, workers)
    if structure is not None:
        task = task.with_structure(structure)
    return task.run(fun, x, args, kwargs, full_output)


class Gradient(Prepared):
    """A gradient prepared once, to be called with many points.

    ``Gradient(fun, ...)(x)`` is ``gradient(fun, x, ...)`` with less to do for each point. It may
    be called from several threads, and by `fun` itself; SciPy takes it as ``jac=``.

    Parameters
    ----------
    fun
        As for `gradient`.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `gradient`.
    x_as, vectorized, batch_size, workers, sparsity, verify_sparsity, sum_of_terms, least_squares
        As for `gradient`.
    args, kwargs, full_output
        As for `gradient`.

    Notes
    -----
    ``G(x, *args, out=None)``: arguments after x take the place of `args`; `out` is an array of
    x's shape and dtype that the gradient is written into and that is returned. If `fun` raises,
    `out` is as before. ``G.plan(x)`` tells where `fun` would be called.

    Examples
    --------
    >>> import numpy as np
    >>> import centraldiff as cd
    >>> G = cd.Gradient(lambda x, a: a * x[0] * x[1], args=(3.0,))
    >>> G([1, 2]).round(8)
    array([6., 3.])
    >>> out = np.empty(2)
    >>> G([1, 2], out=out) is out
    True
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
        sparsity: Any = None,
        verify_sparsity: bool = True,
        sum_of_terms: bool = False,
        least_squares: bool = False,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        full_output: bool = False,
    ) -> None:
        structure = settle_structure(
            "gradient", sparsity, verify_sparsity, sum_of_terms, least_squares
        )
        task = (
            _known(method, order, False, structure)
            .with_options(
                rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
            )
            .with_calling(x_as, vectorized, batch_size, workers)
            .with_structure(structure)
        )
        super().__init__(task, as_function("fun", fun), args, kwargs, full_output)


def value_and_gradient(
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
) -> tuple[Any, Any]:
    """Value and gradient, as ``scipy.optimize.minimize(..., jac=True)`` takes them.

    Parameters
    ----------
    fun, x
        As for `gradient`.
    method, order, rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev
        As for `gradient`.
    x_as, vectorized, batch_size, workers, sparsity, verify_sparsity, sum_of_terms, least_squares
        As for `gradient`.
    args, kwargs, full_output
        As for `gradient`.

    Returns
    -------
    f : scalar
        The value of `fun` at x.
    g : ndarray or scalar, or DerivativeResult
        The gradient, in x's shape.

    Raises
    ------
    ValueError, TypeError
        As for `gradient`.

    Notes
    -----
    Evaluations of `fun`: those of `gradient`, and one for the value if that is not among them:
    1 + p n central and one-sided, n + 3 complex (n + 6 at most with `bounds`); none more for
    "adaptive". With `sum_of_terms` and `least_squares` f is the sum.

    Examples
    --------
    >>> import centraldiff as cd
    >>> f, g = cd.value_and_gradient(lambda x: x[0] ** 2 + x[0] * x[1], [1, 2])
    >>> float(f), g.round(8)
    (3.0, array([4., 1.]))
    """
    structure = settle_structure("gradient", sparsity, verify_sparsity, sum_of_terms, least_squares)
    task = (
        _known(method, order, True, structure)
        .with_options(rel_step, abs_step, typical_x, step_rule, bounds, noise, rtol, atol, max_nfev)
        .with_calling(x_as, vectorized, batch_size, workers)
        .with_structure(structure)
    )
    found = task.find(fun, x, args, kwargs, full_output)
    return found.value, found.derivative
