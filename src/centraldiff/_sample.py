"""Values of fun along lanes, for searches: a lane is a coordinate, an element, or the line x + t v.

A search says how far along which lane, and gets values; how they are come by it does not know. All
that one round asks for is one table of points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._formula import coordinate_formula
from ._run import differentiate
from ._table import TablePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ._evaluate import Callback

    Array = npt.NDArray[Any]

_AT_X, _ALONG = -1, -2  # as a TablePlan names them


class Sampler:
    """Values around x, along each coordinate; of a fun of numbers, each element; or along v."""

    def __init__(
        self,
        evaluator: Callback,
        x: Array,
        is_number: bool,
        *,
        elements: bool = False,
        v: Array | None = None,
    ) -> None:
        self.evaluator = evaluator
        self.x = x
        self.elements = elements
        self.line = None
        if v is not None:
            longest = np.abs(v).max(initial=0)
            # displacements are then those of the coordinate that moves farthest
            self.line = v / longest if longest else v
        self.count = x.size if v is None else 1
        self.table = TablePlan(
            coordinate_formula(1, "central", None),
            x,
            is_number,
            elements=elements,
            lines=None if self.line is None else self.line[None],
        )

    def sizes(self, typical: Array | float) -> tuple[Array, Array]:
        """For each lane: what counts as far, and what is lost in rounding."""
        far = np.ravel(np.maximum(np.abs(self.x), typical)).astype(float)
        near = np.ravel(np.spacing(np.abs(self.x))).astype(float)
        if self.line is not None:
            part = np.abs(self.line.ravel())
            far = np.min(far[part > 0] / part[part > 0], initial=np.inf, keepdims=True)
            near = near.max(initial=0, keepdims=True)
        return far, near

    def at_x(self) -> Array:
        """The value at x, (1, m); of elements at each, (count, 1)."""
        if self.elements:
            return self._values(np.arange(self.count), self.x.ravel())
        return self._values(_AT_X, 0)

    def along(
        self, lanes: Sequence[int] | Array, h: Sequence[float] | Array, offsets: Sequence[float]
    ) -> tuple[Array, Array]:
        """Displacements as taken (L, s), and values (L, s, m), at offsets * h on some lanes."""
        numbers = np.asarray(lanes, dtype=np.intp)
        steps = np.asarray(h, dtype=self.x.dtype)[:, None]
        moves = steps * np.asarray(offsets, self.x.dtype)
        if self.line is None:
            x = self.x.ravel()[numbers, None]
            nodes = x + moves
            moves = nodes - x
            values = self._values(np.broadcast_to(numbers[:, None], nodes.shape), nodes)
        else:
            values = self._values(_ALONG, moves)
        return moves, values.reshape(*moves.shape, -1)

    def _values(self, i: Any, a: Any) -> Array:
        """Rows of values; that some are not finite is no news here."""
        self.table.restart()
        self.table.extend(i, a)
        checking, self.evaluator.checking = self.evaluator.checking, True
        try:
            values: Array = differentiate(self.table, self.evaluator, keep=1)[1]
        finally:
            self.evaluator.checking = checking
        return values
