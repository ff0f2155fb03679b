"""Values of fun along lanes, for searches: a lane is a coordinate, an element, or a line.

A search says how far along which lane, and gets values; how they are come by it does not know. All
that one round asks for is one table of points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._formula import coordinate_formula
from ._plans import AxisPlan
from ._run import differentiate
from ._table import TablePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ._evaluate import Evaluator

    Array = npt.NDArray[Any]
    Box = tuple[Array, Array]

_SAFE = 0.999
_AT_X, _ALONG = -1, -2  # as a TablePlan names them


def room(x: Array, box: Box | None) -> tuple[Array, Array]:
    """How far each coordinate can go down and up, like x: a little less than there is."""
    if box is None:
        everywhere = np.full(x.shape, np.inf)
        return everywhere, everywhere
    lower, upper = box
    with np.errstate(over="ignore", invalid="ignore"):  # x may be infinite, which is refused later
        return (x - lower).astype(float) * _SAFE, (upper - x).astype(float) * _SAFE


class Sampler:
    """Values around x, along coordinates; of a fun of numbers, for each element; or along lines.

    lines (L, *x.shape) are directions of any length; box holds the bounds of all coordinates.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        *,
        elements: bool = False,
        lines: Array | None = None,
        box: Box | None = None,
    ) -> None:
        self.evaluator = evaluator
        self.box = box
        self.x = x
        self.is_number = is_number
        self.elements = elements
        formula = coordinate_formula(1, "central", None)
        AxisPlan(formula, x)  # which refuses what can't be displaced
        self.lines = None
        if lines is not None:
            # displacements are then those of the coordinate that moves farthest
            self.lines = np.array([v / (np.abs(v).max(initial=0) or 1) for v in lines], x.dtype)
        self.count = x.size if self.lines is None else len(self.lines)
        self.table = TablePlan(
            formula,
            x,
            is_number,
            elements=elements,
            lines=self.lines,
        )

    def moved(self, x: Array) -> Sampler:
        """The same lanes around another point."""
        return Sampler(
            self.evaluator,
            x,
            self.is_number,
            elements=self.elements,
            lines=self.lines,
            box=self.box,
        )

    def rooms(self) -> tuple[Array, Array]:
        """How far each lane can go back and ahead, safe from rounding."""
        below, above = room(self.x, self.box)
        below, above = below.ravel(), above.ravel()
        if self.lines is None:
            return below, above
        parts = self.lines.reshape(self.count, -1)
        size = np.where(parts != 0, np.abs(parts), 1)
        ends = []
        for back, ahead in ((below, above), (above, below)):
            reach = np.where(parts > 0, ahead, back) / size
            ends.append(np.where(parts != 0, reach, np.inf).min(axis=1, initial=np.inf))
        return ends[1], ends[0]

    def sizes(self, typical: Array | float) -> tuple[Array, Array]:
        """For each lane: what counts as far, and what is lost in rounding."""
        far = np.ravel(np.maximum(np.abs(self.x), typical)).astype(float)
        near = np.ravel(np.spacing(np.abs(self.x))).astype(float)
        if self.lines is not None:
            parts = np.abs(self.lines.reshape(self.count, -1))
            reach = np.where(parts > 0, far / np.where(parts > 0, parts, 1), np.inf)
            far = reach.min(axis=1, initial=np.inf)
            # a direction of zeros leads nowhere, and as far as one likes
            return np.where(np.isfinite(far), far, 1), np.full(self.count, near.max(initial=0))
        return far, near

    def at_x(self) -> Array:
        """The value at x, (1, m); of elements at each, (count, 1)."""
        if self.elements:
            return self._values(np.arange(self.count), self.x.ravel())
        return self._values(_AT_X, 0)

    def along(
        self,
        lanes: Sequence[int] | Array,
        h: Sequence[float] | Array,
        offsets: Sequence[float] | Array,
    ) -> tuple[Array, Array]:
        """Displacements as taken (L, s), and values (L, s, m), at offsets * h on some lanes."""
        numbers = np.asarray(lanes, dtype=np.intp)
        steps = np.asarray(h, dtype=self.x.dtype)[:, None]
        moves = steps * np.asarray(offsets, self.x.dtype)
        if self.lines is None:
            x = self.x.ravel()[numbers, None]
            with np.errstate(over="ignore"):
                nodes = x + moves
            moves = nodes - x
            values = self._values(np.broadcast_to(numbers[:, None], nodes.shape), nodes)
        else:
            values = self._values(np.broadcast_to(_ALONG - numbers[:, None], moves.shape), moves)
        return moves, values.reshape(*moves.shape, -1)

    def _values(self, i: Any, a: Any) -> Array:
        """Rows of values at listed points."""
        self.table.restart()
        self.table.extend(i, a)
        values: Array = differentiate(self.table, self.evaluator, keep=2)[1]
        return values
