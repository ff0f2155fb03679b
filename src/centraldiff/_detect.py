"""Which entries of a Jacobian or a Hessian may differ from zero, as far as calls of fun tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._bounds import as_bounds
from ._dependence import Dependence, pattern_of
from ._doors import as_function, evaluator_for
from ._errors import ArgumentTypeError, ArgumentValueError, FunctionValueError
from ._interaction import interactions
from ._pattern import Pattern, as_csr, require_scipy
from ._probing import Probe, StoppedError
from ._result import warn
from ._validation import as_arguments, as_point

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator

_OF = ("jacobian", "hessian")


def sparsity_pattern(
    fun: Callable[..., Any],
    x: Any,
    *,
    of: str = "jacobian",
    bounds: Any = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """A guess which entries of a Jacobian or a Hessian can differ from zero, from calls of fun.

    It is a guess, since a function that can only be called shows what it does where it was called,
    and nowhere else. What it misses, and what it has too much, is said in the notes. A pattern
    that you know is better.

    Parameters
    ----------
    fun : callable or C function
        ``fun(x, *args, **kwargs)`` -> number or array; for Hessians a number. C functions for
        Hessians only.
    x : number or array_like of real numbers
        The point, of any shape, with n coordinates. All points but a few are near it.
    of : {"jacobian", "hessian"}, optional
        The derivative. If you have the gradient, ask for the Jacobian of that instead, and make it
        symmetric: ``pattern + pattern.T``. It takes far fewer evaluations, and is more reliable.
    bounds : (lower, upper) or scipy.optimize.Bounds, optional
        As for `gradient`: all points are between them, but for coordinates that are NaN.
    args, kwargs
        As for `gradient`.

    Returns
    -------
    scipy.sparse.csr_array of bool
        All entries stored are True. Shape (m, n), where m is the number of values of `fun`, in C
        order as x; for Hessians (n, n), symmetric, with the whole diagonal.

    Raises
    ------
    ImportError
        SciPy is not there.
    ValueError, TypeError
        As for `jacobian`; `of` is none of the two; values differ from call to call at one point,
        or `fun` raises an exception at every point but x, so that nothing can be told.
    Exception
        What `fun` raises at x itself. What it raises elsewhere ends what was tried there.

    Warns
    -----
    NotFiniteWarning
        Some values are not finite wherever `fun` was called. Their rows are empty.

    Notes
    -----
    **Jacobian.** Blocks of coordinates are displaced, and halved level by level; blocks that have
    no row in common share an evaluation. This is done by 5 % near x, and again where NaN is written
    into the blocks, which tells also of what has no influence there, such as maximum(x, 0) at
    x < 0. NaN is not believed in rows where it tells of all of x, and displacements of less than
    half, far ones too (0 times NaN, added up in a product of matrices). Where fun hides NaN, or
    raises, displacements alone tell. Around -x, and around a point chosen at random at distances
    up to max(abs(x), 1), differences tell whether there is anything beyond the pattern; if so, that
    is looked for there.

    Evaluations of `fun`: with p the colours of a level's blocks, 2p for each of the log2(n) levels,
    twice, and p for each of the two other points. 91 for a tridiagonal Jacobian with n = 1024, 171
    with n = 10^6; no more than about 2n for each of the four ways. Memory is O(entries + n).

    Missing is what has no influence at any of these points: a branch (if, numpy.where) that is
    taken at none of them; an influence that is lost in rounding, in float32 sooner. Too much is
    what merely rounding depends on (in a Fourier transform each value on all of x), and what is
    NaN at NaN with derivative 0.

    A fun for which it is dangerous to be called with NaN, or far from x (C code that makes an index
    of x, say, or a loop that ends when a comparison is true), needs a pattern made by hand.

    **Hessian.** Two blocks interact if f(both moved) - f(one) - f(other) + f is more than rounding,
    8 sqrt(n) units of the largest of the four values. Pairs of blocks that do are halved: some 6 to
    12 evaluations for each coordinate of a banded Hessian, O(entries log n) in general, about
    0.7 n² for a dense one. Missing are interactions smaller than that, or in branches not taken
    near x or -x (or the random point, if fun fails near -x); too much is what noise looks like.

    Source: group testing, R. Dorfman, "The detection of defective members of large populations",
    Ann. Math. Stat. 14 (1943); columns that share no row in one evaluation, A. R. Curtis,
    M. J. D. Powell & J. K. Reid, "On the estimation of sparse Jacobian matrices", IMA J. Appl.
    Math. 13 (1974).

    Examples
    --------
    >>> import numpy as np
    >>> import centraldiff as cd
    >>> pattern = cd.sparsity_pattern(lambda x: x[1:] * x[:-1], np.ones(4))
    >>> pattern.toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    >>> cd.sparsity_pattern(lambda x: x[0] * x[2] + x[1] ** 3, [1, 2, 3], of="hessian").nnz
    5
    """
    require_scipy()
    if not isinstance(of, str):
        raise ArgumentTypeError(f"of must be 'jacobian' or 'hessian', got {of!r}")
    if of not in _OF:
        raise ArgumentValueError(f"of must be 'jacobian' or 'hessian', got {of!r}")
    fun = as_function("fun", fun)
    args, kwargs = as_arguments(args, kwargs)
    point, is_number = as_point(x)
    box = None
    if bounds is not None:
        sides = as_bounds(bounds)
        point = sides.clip(point)
        box = sides.fit(point)
    point = point.copy()  # fun may change x
    evaluator = evaluator_for(fun, args, kwargs, scalar=of == "hessian", name="fun", calling=None)
    pattern = detected(evaluator, point, is_number, box)
    return as_csr(pattern, np.ones(pattern.nnz, bool))


def detected(
    evaluator: Evaluator,
    x: npt.NDArray[Any],
    is_number: bool,
    box: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None,
) -> Pattern:
    """The pattern of the Hessian of a fun whose evaluator is scalar, else that of the Jacobian.

    box holds bounds, of x's shape; only NaN is not between them.
    """
    probe = Probe(evaluator, x, is_number, box)
    find = _hessian if evaluator.scalar else _jacobian
    return find(probe, x.ravel().copy())


def _jacobian(probe: Probe, x: npt.NDArray[Any]) -> Pattern:
    found = Dependence(probe, x)
    found.find()
    unknown = np.flatnonzero(found.unknown)
    which = f"{unknown.size} of its {found.m} values"
    if found.unsteady[unknown].any():
        raise FunctionValueError(
            "fun must return the same values at the same point, got others from call to call, "
            f"and no NaN at NaN, for {which}: what they depend on can't be told"
        )
    if unknown.size == found.m > 0 and found.stopped is not None:
        raise _nowhere() from found.stopped.__cause__
    if unknown.size:
        warn(
            f"fun returned values that are not finite wherever it was called, {which} (the first "
            f"at index {unknown[0]}): what they depend on can't be told, their rows are empty"
        )
    return pattern_of(*found.pairs(), (found.m, found.n))


def _hessian(probe: Probe, x: npt.NDArray[Any]) -> Pattern:
    pairs = interactions(probe, x)
    if isinstance(pairs, StoppedError):
        raise _nowhere() from pairs.__cause__
    one, other = pairs.T
    diagonal = np.arange(x.size)
    rows = np.concatenate([one, other, diagonal])
    columns = np.concatenate([other, one, diagonal])
    return pattern_of(rows, columns, (x.size, x.size))


def _nowhere() -> FunctionValueError:
    return FunctionValueError(
        "fun must have finite values at points near x, for a pattern to be found; got exceptions, "
        "or values that are not finite, at all that were tried"
    )
