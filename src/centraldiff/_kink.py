"""Kinks, as central pairs tell them: slopes to both sides that do not approach each other.

At a kink in x itself central differences of all steps agree, on the mean of the two slopes: no
search for steps that compares them can see it. The difference of the slopes falls with the step
where a function is smooth; at a kink it stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]

_BEYOND_NOISE = 4.0


@np.errstate(all="ignore")
def half_jumps(steps: Sequence[float], gaps: Array, noise: Array) -> Array:
    """Half the difference of the slopes at a kink for each output, (m); 0 where there is none.

    gaps (k, m): slope ahead less slope behind, by steps that get longer; noise (k, m): of these.
    """
    jumps = np.zeros(gaps.shape[1])
    if len(steps) < 3:
        return jumps
    r = np.divide(steps[1:], steps[:-1])[:, None]
    # extrapolated to step 0, so that curvature is out of it; what a smooth function leaves goes
    # with the cube of the step
    left = (r * gaps[:-1] - gaps[1:]) / (r - 1)
    told = np.abs(left) > _BEYOND_NOISE * (r * noise[:-1] + noise[1:]) / (r - 1)
    for output in range(len(jumps)):
        those = np.flatnonzero(told[:, output])
        if len(those) < 2 or (np.diff(those) > 1).any():
            continue
        change = left[those[1:], output] / left[those[:-1], output]
        most = np.sqrt(r[those[:-1], 0])
        if ((change * most > 1) & (change < most)).all():
            jumps[output] = np.abs(left[those[0], output]) / 2
    return jumps
