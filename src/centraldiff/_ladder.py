"""Steps that balance truncation with noise, found on a ladder of steps: a search that calls no fun.

Shi, Xie, Xuan & Nocedal, "Adaptive finite-difference interval estimation for noisy derivative-free
optimization", SIAM J. Sci. Comput. 44 (2022): the derivative by a step h and that by a longer one,
a h, differ by truncation and by noise, and how much noise can do is known. The ratio

    r(h) = |D(h) - D(a h)| / (the most that noise can do to it)

is a^p - 1 times truncation over noise. For central differences and a = 3 it is their
|f(x+3h) - 3 f(x+h) + 3 f(x-h) - f(x-3h)| / (8 eps); here D may be any formula.

A lane is one coordinate (or direction, or element) with its own search. The rungs of its ladder
are numbered, 0 being the first guess; each is a times as long as the one before. Lanes are
coroutines that say which ratio they want next, so one round of evaluations serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ._kink import half_jumps

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy.typing as npt

    Array = npt.NDArray[Any]

# Below LEAST, truncation drowns in noise: the step may be longer. Above MOST it is too long.
LEAST, MOST = 1.5, 6.0
_STEEP = 40.0
RUNGS = 30  # that a lane may look at
UP = 6  # rungs above the first: where truncation never shows (quadratics), the search ends there


def spacing(power: int) -> float:
    """How much longer the next rung is: 3 for central first derivatives.

    Truncation over noise goes with the step to the power p + d, accuracy and derivative, and so
    becomes 27 times as much from rung to rung, whatever the formula.
    """
    return float(27.0 ** (1 / power))


@dataclass(frozen=True, slots=True)
class Rung:
    """The derivative by one step: its noise at worst, for each output; arrays (m).

    The noise of outputs that do not count is infinite. `slopes`, where values tell: by how much
    those to both sides differ, and the noise of that.
    """

    h: float
    derivative: Array
    noise: Array
    slopes: tuple[Array, Array] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the search of one lane ended with; arrays (m)."""

    h: float
    truncation: Array  # of a derivative by h
    seen: Array  # whether truncation showed beside the noise
    kink: Array | None = None  # half the difference of the slopes to both sides, or 0


@dataclass(frozen=True, slots=True)
class Problem:
    """A formula of degree d and order p, and who evaluates it: difference(lanes, h) -> rungs."""

    degree: int
    order: int
    difference: Callable[[list[int], list[float]], list[Rung]]

    @property
    def power(self) -> int:
        return self.degree + self.order

    @property
    def spacing(self) -> float:
        return spacing(self.power)

    @property
    def gain(self) -> float:
        """How often the truncation of a rung is in its difference to the next."""
        return self.spacing**self.order - 1

    def truncation(self, rung: Rung, upper: Rung) -> Array:
        """The truncation of a rung, from its difference to the next one."""
        off: Array = np.abs(rung.derivative - upper.derivative) / self.gain
        return off


def climb(lowest: int, highest: int) -> Generator[int, float, int | None]:
    """One lane's search: yields rungs, is sent their ratios, returns the rung to start from.

    That is one whose ratio is not too large while that of the next is, or the highest one. What is
    below it must agree with it: ratios can be small by accident, where steps are far too long, or
    where there is more noise than was said. None if there is no such rung.
    """
    rung, above = 0, highest + 1
    ratio = yield 0
    stride = 1  # it doubles: the right step may be far below
    while True:
        while ratio > MOST:
            if rung <= lowest + 1:  # nothing below it to agree with
                return None
            above, rung = rung, max(rung - stride, lowest + 1)
            ratio = yield rung
            stride *= 2
        while ratio < LEAST and above - rung > 1:
            middle = rung + 1 if above > highest else (rung + above) // 2
            found = yield middle
            if found > MOST:
                above = middle
            else:
                rung, ratio = middle, found
        for below in range(rung - 1, max(rung - (2 if above <= 0 else 1), lowest) - 1, -1):
            if (yield below) > MOST:
                ratio, stride = np.inf, 1
                break
        else:
            return rung


@dataclass(slots=True)
class Lane:
    """One lane while it is searched; `rung` stays None where that finds nothing."""

    first: float
    lowest: int
    highest: int
    rungs: dict[int, Rung] = field(default_factory=dict)
    excluded: Array | bool = False  # outputs that have no derivative here
    rung: int | None = None

    def counts(self, rung: Rung) -> Array:
        """Which outputs have a say."""
        says: Array = np.isfinite(rung.noise) & ~np.asarray(self.excluded)
        return says

    def ratio(self, k: int, problem: Problem) -> float:
        """The root mean square over outputs of truncation over noise, as the test has it.

        For outputs of equal noise, what it balances is the sum of squares of all errors.
        """
        rung, upper = self.rungs[k], self.rungs[k + 1]
        counts = self.counts(rung)
        if not counts.any():
            return 0.0
        off = problem.truncation(rung, upper) * problem.gain
        ratio = (off / (rung.noise + upper.noise))[counts]
        return float(np.sqrt(np.mean(ratio**2))) if np.isfinite(ratio).all() else np.inf

    def search(self, problem: Problem) -> Generator[int, None, None]:
        """Yields rungs that have to be evaluated, until the lane has its rung."""
        while True:
            self.rung = None
            walk = climb(self.lowest, self.highest)
            k = next(walk)
            try:
                while True:
                    for needed in (k, k + 1):
                        if needed not in self.rungs:
                            if len(self.rungs) == RUNGS:
                                return
                            yield needed
                    k = walk.send(self.ratio(k, problem))
            except StopIteration as end:
                self.rung = end.value
            shortest = self.rungs[min(self.rungs)]
            missing = ~np.isfinite(shortest.derivative) if self.rung is None else ()
            # one output without a derivative must not spoil the steps of all others
            if not np.any(missing) or np.all(missing) or np.any(self.excluded):
                return
            self.excluded = np.asarray(missing)

    def steps(self, k: int, problem: Problem) -> float:
        return self.first * problem.spacing**k


@np.errstate(all="ignore")
def climb_all(problem: Problem, lanes: list[Lane]) -> list[Found]:
    """The search of all lanes, in rounds of evaluations."""
    searches = {i: lane.search(problem) for i, lane in enumerate(lanes)}
    wanted = {i: next(search) for i, search in searches.items()}
    while wanted:
        numbers = list(wanted)
        steps = [lanes[i].steps(wanted[i], problem) for i in numbers]
        for i, rung in zip(numbers, problem.difference(numbers, steps), strict=True):
            lanes[i].rungs[wanted[i]] = rung
        wanted = {i: k for i in numbers if (k := next(searches[i], None)) is not None}
    found = [_conclude(lane, problem) for lane in lanes]
    return [replace(one, kink=_kink(lane, one)) for lane, one in zip(lanes, found, strict=True)]


def _kink(lane: Lane, found: Found) -> Array:
    """What the slopes to both sides tell, from the shortest rung to the one above the step."""
    rungs = [lane.rungs[k] for k in sorted(lane.rungs)]
    above = sum(rung.h <= found.h for rung in rungs) + 1
    steps = [rung.h for rung in rungs[:above]]
    slopes = [rung.slopes for rung in rungs[:above] if rung.slopes is not None]
    if not slopes:
        return np.zeros_like(found.truncation)
    gaps, noise = np.array(slopes).transpose(1, 0, 2)
    return half_jumps(steps, gaps, noise)


def _conclude(lane: Lane, problem: Problem) -> Found:
    """The step, and what is known of its truncation, from the rungs that were evaluated."""
    k = lane.rung
    if k is None or (k < 0 and _best_guess(lane, problem).h > problem.spacing**2 * lane.rungs[k].h):
        return _best_guess(lane, problem)
    rung, upper = lane.rungs[k], lane.rungs[k + 1]
    pairs = [(rung, upper)]
    if k + 2 in lane.rungs and lane.ratio(k + 1, problem) < np.inf:
        pairs.append((upper, lane.rungs[k + 2]))
    if lane.ratio(k, problem) >= LEAST:
        h = _balanced(lane, *pairs[0], problem)
    elif len(pairs) > 1 and lane.ratio(k + 1, problem) > MOST:
        h = _balanced(lane, *pairs[1], problem)
    else:
        h = upper.h  # it agrees with the one below, and nothing speaks against it
    h = min(max(h, rung.h), upper.h)
    truncation = [problem.truncation(*pair) * (h / pair[0].h) ** problem.order for pair in pairs]
    seen = [
        problem.truncation(*pair) * problem.gain > pair[0].noise + pair[1].noise for pair in pairs
    ]
    if k - 1 in lane.rungs:
        # what shows beside the noise there counts too: truncation may vanish by accident
        below = lane.rungs[k - 1]
        excess = problem.truncation(below, rung) - (below.noise + rung.noise) / problem.gain
        truncation.append(excess * (h / below.h) ** problem.order)
    return Found(h, np.fmax.reduce(truncation), np.logical_or.reduce(seen))


def _balanced(lane: Lane, rung: Rung, upper: Rung, problem: Problem) -> float:
    """The step with the least sum of truncation and noise, as one rung tells them.

    Noise goes with h**-d and truncation with h**p, so their sum is least where p times the one is
    d times the other.
    """
    shares = (problem.truncation(rung, upper) / rung.noise)[lane.counts(rung)]
    ratio = float(np.sqrt(np.mean(shares**2)))
    return float(rung.h * (problem.degree / (problem.order * ratio)) ** (1 / problem.power))


def _best_guess(lane: Lane, problem: Problem) -> Found:
    """The rung with the least error, taken to be its whole difference to the next, or more.

    For lanes where no ratio is small enough, or only far below and by luck: fun is not finite
    nearby, or noisier than was said; by how much, the ratios tell. Rungs that the one which was
    found contradicts are left out: steps may well agree with each other where all are too long.
    """
    best = None
    tried = [k for k in sorted(lane.rungs) if k + 1 in lane.rungs]
    # Truncation that takes several rungs to vanish is large on the first of them: else it is noise
    ratios = np.array([lane.ratio(k, problem) for k in tried])
    steep = ratios.max() > _STEEP
    finite_ratios = ratios[np.isfinite(ratios)]
    noisier = float(np.median(finite_ratios)) if finite_ratios.size else 1.0
    for k in tried:
        rung, upper = lane.rungs[k], lane.rungs[k + 1]
        if lane.rung is not None and steep and _contradicts(lane, lane.rungs[lane.rung], rung):
            continue
        off = problem.truncation(rung, upper) * problem.gain
        off = np.maximum(off, noisier * np.where(lane.counts(rung), rung.noise + upper.noise, 0))
        finite = np.isfinite(off) & lane.counts(rung)
        error = float(np.sqrt(np.mean((off + rung.noise)[finite] ** 2))) if finite.any() else 0.0
        score = -int(finite.sum()), error
        if best is None or score < best[0]:
            best = score, Found(rung.h, off, np.isfinite(off))
    assert best is not None
    return best[1]


def _contradicts(lane: Lane, found: Rung, rung: Rung) -> bool:
    """Whether two rungs differ by far more than their noise, even if that is not well known."""
    off = np.abs(found.derivative - rung.derivative) / (found.noise + rung.noise)
    counts = lane.counts(rung)
    return bool(counts.any() and not np.sqrt(np.mean(off[counts] ** 2)) <= 2 * MOST)
