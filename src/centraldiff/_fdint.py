"""Steps out of an estimated second derivative: the search of step_rule="fdint", which calls no fun.

Algorithm FD of Gill, Murray, Saunders & Wright, "Computing forward-difference intervals for
numerical optimization", SIAM J. Sci. Stat. Comput. 4 (1983); Practical Optimization (1981), 8.6.2.
With Phi the second difference of step h, C = 4 eps / (h^2 |Phi|) is how much of it may be noise. A
step with C from 0.001 to 0.1 gives a Phi that is neither noise nor of another place; forward
differences then have the step 2 sqrt(eps / |Phi|), central ones that of Phi itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_LEAST, _MOST = 0.001, 0.1
TRIES = 6  # steps after the first


@dataclass(frozen=True, slots=True)
class Look:
    """Differences of step h, in units of the noise: forward, backward, second, their sizes."""

    forward: float
    backward: float
    second: float

    def condition(self, h: float) -> float:
        """How much of the second difference may be noise."""
        return 4 / (h * h * self.second) if self.second else float("inf")

    def shows_slope(self, h: float) -> bool:
        """Whether first differences are more than noise."""
        return _MOST * h * min(self.forward, self.backward) >= 2


@dataclass(frozen=True, slots=True)
class Interval:
    """Steps for one-sided and for central differences, and the step whose Phi is to be used.

    `phi` is None where there is no second derivative to speak of.
    """

    one_sided: float
    central: float
    phi: float | None


def find_interval(guess: float, longest: float) -> Generator[float, Look, Interval]:
    """One coordinate's search: yields steps, is sent what they show.

    `guess` is the forward step for a second derivative of the size of fun itself.
    """
    h = min(10 * guess, longest)
    look = yield h
    slope = h if look.shows_slope(h) else None
    condition = look.condition(h)
    if condition > _MOST:  # noise: longer
        for _ in range(TRIES):
            if h == longest:
                break
            h = min(10 * h, longest)
            look = yield h
            if slope is None and look.shows_slope(h):
                slope = h
            if look.condition(h) <= _MOST:
                return _from_phi(h, look)
        # Phi is noise at any step: constant (not even a slope), linear, or odd about x
        h = min(guess, longest) if slope is None else slope
        return Interval(h, h, None)
    for _ in range(TRIES):
        if condition >= _LEAST:
            return _from_phi(h, look)
        # of another place: shorter
        shorter = h / 10
        at_shorter = yield shorter
        condition = at_shorter.condition(shorter)
        if condition > _MOST:
            return _from_phi(h, look)  # between the two, and the longer one is the safer
        h, look = shorter, at_shorter
    # Phi grows as h shrinks
    return Interval(h, h, h) if condition < _LEAST else _from_phi(h, look)


def _from_phi(h: float, look: Look) -> Interval:
    return Interval(float(2 / look.second**0.5), h, h)
