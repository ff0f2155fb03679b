"""What a search for steps ends with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of all lanes (count), and what was seen on the way: arrays (outputs, count).

    Along a line, steps are those of the coordinate that moves farthest.
    """

    h: Array
    truncation: Array
    seen: Array  # whether truncation was more than noise
    kink: Array | None = None  # half the difference of slopes to both sides of x, or 0
    tells: bool = True  # whether that is so: not every search gets to see truncation
    line: Steps | None = None  # of a line, beside those of all coordinates

    def along(self, x: Array, v: Array | None) -> Array:
        """The same for a plan: one step for each coordinate of x."""
        if v is None or self.line is not None:
            return self.h.reshape(x.shape)
        part = np.abs(v / np.abs(v).max()) if v.any() else v
        with np.errstate(invalid="ignore"):  # a step may be infinite, and is refused then
            each: Array = np.where(part > 0, self.h[0] * part, self.h[0])
        return each

    def beside(self, line: Steps, v: Array) -> Steps:
        """These steps of all coordinates, and those of a line, for a plan that takes both.

        It moves along the line as far as coordinates can, so the one that stops it has to stop it
        where the line's own step ends.
        """
        h = self.h.copy()
        part = np.abs(v / np.abs(v).max()).ravel() if v.any() else v.ravel()
        with np.errstate(over="ignore"):
            reach = np.where(part > 0, h / np.where(part > 0, part, 1), np.inf)
        i = int(np.argmin(reach))
        if line.h[0] < reach[i] < np.inf:
            h[i] = line.h[0] * part[i]
        return replace(self, h=h, line=line)
