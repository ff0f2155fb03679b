"""How noisy a function is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ._bounds import as_bounds
from ._calling import settle_calling
from ._doors import as_function, evaluator_for
from ._noise_level import noise_level
from ._result import warn
from ._validation import as_arguments, as_point, as_scale, fit_scale


def estimate_noise(
    fun: Callable[..., Any],
    x: Any,
    *,
    typical_x: Any = None,
    bounds: Any = None,
    x_as: str = "array",
    vectorized: bool = False,
    batch_size: int | None = None,
    workers: int | None = None,
    value_shape: int | tuple[int, ...] | None = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """How noisy a function is near x: what its values are off by, as a standard deviation.

    Noise is all that makes values jump between points that are next to each other: rounding (also
    to float32, or to printed digits), the tolerance of an inner iteration, randomness.

    Parameters
    ----------
    fun : callable or C function
        ``fun(x, *args, **kwargs)`` -> number or array; what else it may be as for `jacobian`.
    x : number or array_like of real numbers
        The point.
    typical_x : number or array like x, optional
        What counts as the size of a coordinate that is near 0. Default 1.
    bounds : (lower, upper) or scipy.optimize.Bounds, optional
        As for `gradient`: `fun` is never called outside.
    x_as, vectorized, batch_size, workers
        As for `gradient`.
    value_shape : int or tuple of int, optional
        For a C function that writes m values: their shape, as for `jacobian`.
    args, kwargs
        As for `gradient`.

    Returns
    -------
    scalar or ndarray
        The absolute noise, in the shape that `fun` returns. It is never less than the rounding of
        the value itself, u abs(fun(x)), which is also what constants and straight lines get.

    Raises
    ------
    ValueError, TypeError
        As for `jacobian`.

    Warns
    -----
    NotFiniteWarning
        ``fun(x)`` is NaN or infinite, and so the noise is NaN.

    Notes
    -----
    Evaluations of `fun`: mostly 13, at most 73. They lie on two lines through x that move every
    coordinate, always the same ones, at first 1e-4 of the size of x apart, then 100 times
    closer or farther until differences of several orders tell of the same noise: ECnoise, J. J.
    Moré & S. M. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011). From seven
    values on each line, noise is known to a factor of 2 or so. Where it seems to be more than a
    tenth of the value, shorter distances have to confirm that it is not an oscillation.

    Examples
    --------
    >>> import math
    >>> import centraldiff as cd
    >>> noise = cd.estimate_noise(lambda x: round(math.sin(x), 6), 1.0)  # off by 5e-7 at most
    >>> print(f"{noise:.0e}")
    4e-07
    """
    fun = as_function("fun", fun)
    args, kwargs = as_arguments(args, kwargs)
    point, is_number = as_point(x)
    point = point.copy()  # fun may change x
    typical: Any = 1.0
    if typical_x is not None:
        typical = fit_scale("typical_x", as_scale("typical_x", typical_x), point)
    box = None
    if bounds is not None:
        within = as_bounds(bounds)
        point = within.clip(point)
        box = within.fit(point)
    calling = settle_calling(x_as, vectorized, batch_size, workers, value_shape)
    evaluator = evaluator_for(fun, args, kwargs, scalar=False, name="fun", calling=calling)
    evaluator.noise = np.inf
    noise = noise_level(evaluator, point, is_number, typical=typical, box=box)
    with np.errstate(over="ignore", under="ignore"):
        noise = noise.reshape(evaluator.value_shape or ()).astype(point.dtype)[()]
    if np.isnan(noise).any():
        warn("fun returned values that are not finite at x itself: their noise is NaN")
    return noise
