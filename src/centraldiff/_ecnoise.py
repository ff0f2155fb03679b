"""How noisy equally spaced values are: ECnoise, over many functions at once.

More & Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011): differences of a
smooth function fall with their order, those of noise grow in a known way. Nothing here calls fun:
`settle` asks for rows of values through a function, and can be tested with any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy.typing as npt

    Array = npt.NDArray[Any]

POINTS = 7
SHRINK = 100.0
START = 1e-4  # the first spacing, relative to the size of x
# Exponents of SHRINK that spacings may have. Up to a reach of 6 * 1e-2 of x's size, no farther:
# what is flat that far is constant for all that differences can tell.
LOWEST, HIGHEST = -4, 1

# What seven values say of their spacing.
SEEN, FLAT, STEEP = 0, 1, 2

_AGREE = 4.0  # levels of three orders of differences that belong to the same noise
_PLAUSIBLE = 0.1  # of |f|: a fast oscillation looks like noise, but seldom like a small one


@dataclass(frozen=True, slots=True)
class Reading:
    """What seven values tell, for each of k functions: arrays (k)."""

    verdict: Array
    level: Array  # the noise where it was seen, else the best that can be said
    plausible: Array  # whether values vary by little of their size


@np.errstate(all="ignore")
def read(values: Array) -> Reading:
    """The noise of equally spaced values (7, k), or in which direction their spacing is wrong."""
    largest = np.abs(values).max(axis=0)
    finite = np.isfinite(largest)
    scale = np.where(finite & (largest > 0), largest, 1)
    table = np.where(finite, values, 0) / scale  # so that no square overflows
    plausible = np.ptp(table, axis=0) <= _PLAUSIBLE
    jump = np.abs(np.diff(table, axis=0)).max(axis=0)
    flat = (np.diff(table, axis=0) == 0).sum(axis=0) > (POINTS - 1) // 2
    gamma, levels, alternates = 1.0, [], []
    for j in range(1, POINTS):
        table = np.diff(table, axis=0)
        gamma *= j / (2 * (2 * j - 1))
        levels.append(np.sqrt(gamma * (table**2).mean(axis=0)))
        alternates.append((table.min(axis=0) < 0) & (table.max(axis=0) > 0))
    verdict = np.full(largest.shape, STEEP)
    # what is left of the trend is in every level, so the lowest is the best guess
    level = np.min(levels, axis=0)
    for k in reversed(range(POINTS - 3)):
        three = np.array(levels[k : k + 3])
        settled = alternates[k] & (three.max(axis=0) <= _AGREE * three.min(axis=0))
        verdict = np.where(settled, SEEN, verdict)
        level = np.where(settled, levels[k], level)
    # values that are rounded to multiples of a jump are off by jump / sqrt(12), as a rule
    level = np.where(flat, jump / np.sqrt(12), level)
    verdict = np.where(flat, FLAT, verdict)
    return Reading(
        np.where(finite, verdict, STEEP),
        np.where(finite, level * scale, np.nan),
        plausible & finite,
    )


def settle(rows: Callable[[Array, int], Array], k: int, lowest: int = LOWEST) -> Array:
    """The noise of each of k functions, (k): 0 where nothing is seen of it.

    rows(wanted, exponent) gives values (7, k), spaced by START * SHRINK**exponent; those of
    functions that are not `wanted` are not looked at.
    """
    walks = [_walk(lowest) for _ in range(k)]
    at = np.array([next(walk) for walk in walks], dtype=int)
    open_ = np.ones(k, dtype=bool)
    noise: list[Any] = [np.nan] * k  # in the type of the values
    while open_.any():
        for exponent in np.unique(at[open_]).tolist():
            wanted = open_ & (at == exponent)  # those moved here from another spacing too
            reading = read(rows(wanted, exponent))
            for i in np.flatnonzero(wanted).tolist():
                try:
                    at[i] = walks[i].send(
                        (int(reading.verdict[i]), reading.level[i], bool(reading.plausible[i]))
                    )
                except StopIteration as end:
                    open_[i] = False
                    noise[i] = end.value
    return np.array(noise)


def _walk(lowest: int) -> Generator[int, tuple[int, Any, bool], Any]:
    """From spacing to spacing, each at most once: yields exponents, is sent what was read there."""
    exponent, visited = 0, set()
    candidate = np.nan
    guesses = []
    while lowest <= exponent <= HIGHEST and exponent not in visited:
        visited.add(exponent)
        verdict, level, plausible = yield exponent
        if verdict == SEEN and plausible:
            return level
        if verdict == FLAT:
            if not np.isnan(candidate):
                return candidate
            exponent += 1
        else:
            # Noise as large as that may be an oscillation, which shorter spacings resolve: only
            # what they all see is noise.
            if verdict == STEEP:
                candidate = np.nan
            elif not candidate / 10 < level:
                candidate = level
            exponent -= 1
        if level > 0:
            guesses.append(level)
    if not np.isnan(candidate):
        return candidate
    return min(guesses, default=0.0)
