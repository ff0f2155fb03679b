"""Which values of fun depend on which coordinates: groups of coordinates, halved level by level.

A level has blocks of coordinates of one size, and pairs (row, block) of which it is known that the
row depends on some coordinate of the block. Halves of blocks that share no row are probed in the
same evaluation: each row that answers has one block that it can mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ._coloring import columns_colored
from ._csr import compressed, transposed
from ._pattern import Pattern
from ._probing import Ends, Probe, StoppedError, ends_elsewhere, ends_near, far, small_steps

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]
    Pairs = tuple[Array, Array]  # rows, and the blocks or columns that they depend on

_COARSE = 8  # blocks from which on a row that depends on all of them is suspicious
_CURVED = 1e-4  # how far from linear fun may be in small steps, relative to its change


class Dependence:
    """What the values (m,) of fun depend on, as far as it has been found.

    x is flat, (n,). `keys` are sorted numbers row * n + column, `unknown` (m,) says of which rows
    nothing could be seen, and `unsteady` (m,) which differ from call to call.
    """

    def __init__(self, probe: Probe, x: Array) -> None:
        self.probe = probe
        self.x = x
        self.values = probe.at(x)
        self.m, self.n = self.values.size, x.size
        self.finite = np.isfinite(self.values)
        self.keys = np.empty(0, np.int64)
        self.unknown = np.ones(self.m, bool)
        self.unsteady = np.zeros(self.m, bool)
        self.trusted = np.zeros(self.m, bool)  # NaN tells of all of x, and is right
        self.stopped: StoppedError | None = None  # the last one

    def find(self) -> None:
        """By displacements near x, then elsewhere, then by NaN."""
        if self.m == 0 or self.n == 0:
            self.unknown[:] = False
            return
        self._near()
        for ends in ends_elsewhere(self.probe, self.x):
            self._elsewhere(ends)
        self._by_nan()

    def pairs(self) -> Pairs:
        """Rows and columns that were found."""
        return self.keys // self.n, self.keys % self.n

    def _near(self) -> None:
        best: tuple[Ends, Array] | None = None
        for ends in ends_near(self.probe, self.x):
            try:
                values = self.probe.quietly(ends.base)
            except StoppedError as error:
                self.stopped = error
                continue
            lost = np.count_nonzero(self.finite & ~np.isfinite(values))
            if best is None or lost < np.count_nonzero(self.finite & ~np.isfinite(best[1])):
                best = ends, values
            if lost == 0 and self._descend_from(ends, values, np.isfinite(values), again=True):
                return
        if best is not None:
            self._descend_from(*best, np.isfinite(best[1]), again=True)

    def _elsewhere(self, ends: Ends) -> None:
        """A few evaluations tell the rows whose changes what was found does not explain."""
        try:
            values = self.probe.quietly(ends.base)
            rows = self._unexplained(ends.base, values)
        except StoppedError as error:
            self.stopped = error
            return
        if self._descend_from(ends, values, rows):
            self.unknown &= ~np.isfinite(values) | self.unsteady

    def _descend_from(self, ends: Ends, values: Array, rows: Array, again: bool = False) -> bool:
        """Add what some rows (m,) depend on between two ends; False where fun raised."""

        def answers(mask: Array) -> Array:
            changed: Array = self.probe.quietly(ends.mixed(mask)) != values
            return changed

        try:
            if again:
                self.unsteady = (self.probe.quietly(ends.base) != values) & np.isfinite(values)
                rows = rows & ~self.unsteady
            found = None
            if rows.any():
                answering = rows & answers(np.ones(self.n, bool))
                found = descend(self.n, self.m, answering, answers)
        except StoppedError as error:
            self.stopped = error
            return False
        self.unknown &= ~rows
        if found is not None:
            self._add(found)
        return True

    def _unexplained(self, base: Array, values: Array) -> Array:
        """Rows (m,) that change by something else than the columns that are known.

        Columns in groups that share no row give derivatives in small steps; these have to tell
        the change in another direction.
        """
        rows, columns = self.pairs()
        open_rows = np.isfinite(values) & ~self.unsteady & ~self._full()
        keep = open_rows[rows]  # full ones would take n colours
        rows, columns = rows[keep], columns[keep]
        if not open_rows.any():
            return open_rows
        colors = color(rows, columns, self.m, self.n)
        one, other = small_steps(self.probe, base)
        step = one - base
        part = np.divide(other - base, step, out=np.zeros_like(step), where=step != 0)
        eps = np.finfo(self.x.dtype).eps
        with np.errstate(all="ignore"):
            change = self.probe.quietly(other) - values
            size = 64 * eps / _CURVED * np.abs(values)
            strange = np.zeros(self.m, bool)
            for mask, mine in by_color(colors, np.arange(self.n), columns):
                differences = self.probe.quietly(np.where(mask, one, base)) - values
                row = rows[mine]  # each of them once
                change[row] -= differences[row] * part[columns[mine]]
                size[row] += np.abs(differences[row])
                differences[row] = 0
                strange |= differences != 0
            strange |= ~(np.abs(change) <= _CURVED * size)
        strange &= open_rows
        return strange

    def _by_nan(self) -> None:
        """Add what NaN tells: also what has no influence at the points that were tried."""
        nan = self.x.dtype.type(np.nan)

        def answers(mask: Array) -> Array:
            return np.isnan(self.probe.quietly(np.where(mask, nan, self.x)))

        try:
            honest = answers(np.ones(self.n, bool)) & ~np.isnan(self.values)
            found = descend(self.n, self.m, honest & ~self._full(), answers, self._without_mixed)
        except StoppedError as error:
            self.stopped = error
            return
        self.unknown &= ~honest
        self._add(found)

    def _without_mixed(self, rows: Array, blocks: Array, shift: int) -> Pairs:
        """Pairs without rows where 0 times NaN seems to be added in, as in a product of matrices.

        Those are rows that depend on all blocks by NaN, and on less than half of them by
        displacements, near ones and far ones.
        """
        count = ((self.n - 1) >> shift) + 1
        mixed = np.bincount(rows, minlength=self.m) == count
        mixed &= ~(self.unsteady | self.trusted)
        if (count < _COARSE and shift) or not mixed.any():
            return rows, blocks
        known, columns = self.pairs()
        mine = mixed[known]
        reached = known[mine] * count + (columns[mine] >> shift)  # sorted, as the keys are
        reached = reached[np.diff(reached, prepend=-1) > 0] // count
        mixed &= 2 * np.bincount(reached, minlength=self.m) < count
        if mixed.any():
            # one of them is the largest, say, and far away each of them is
            answering = self._far_answers(count, shift)
            self.trusted |= mixed & (2 * answering >= count)
            mixed &= ~self.trusted
        keep = ~mixed[rows]
        return rows[keep], blocks[keep]

    def _far_answers(self, count: int, shift: int) -> Array:
        """How many blocks each row (m,) depends on when they are displaced far."""
        answering = np.zeros(self.m, np.int64)
        moved = far(self.probe, self.x)
        for block in range(count):
            mask = np.arange(self.n) >> shift == block
            with suppress(StoppedError):
                answering += self.probe.quietly(np.where(mask, moved, self.x)) != self.values
        return answering

    def _full(self) -> Array:
        """Rows (m,) that are known to depend on all of x."""
        full: Array = np.bincount(self.keys // self.n, minlength=self.m) == self.n
        return full

    def _add(self, found: Pairs) -> None:
        rows, columns = found
        keys = np.sort(np.concatenate([self.keys, rows * self.n + columns]))
        self.keys = keys[np.diff(keys, prepend=-1) > 0]


def descend(
    n: int,
    m: int,
    rows: Array,
    answers: Callable[[Array], Array],
    refine: Callable[[Array, Array, int], Pairs] | None = None,
) -> Pairs:
    """Rows and columns: what the rows in a mask (m,) depend on, which answer to all columns.

    answers(mask (n,)) says which rows (m,) depend on any of some columns. refine(rows, blocks,
    shift) leaves out pairs of a level, whose blocks are columns >> shift.
    """
    shift = (n - 1).bit_length()
    answering = np.flatnonzero(rows)
    blocks = np.zeros(answering.size, np.int64)
    halves = np.zeros(n, np.int64)
    while answering.size and shift:
        colors = color(answering, blocks, m, ((n - 1) >> shift) + 1)
        shift -= 1
        parents, halves = halves, np.arange(n) >> shift
        found = []
        for mask, mine in by_color(colors, parents, blocks):
            for side in (0, 1):
                half = mask & (halves & 1 == side)
                if half.any():
                    hit = mine[answers(half)[answering[mine]]]
                    # a row may answer to a block whose influence was lost in a larger one
                    hit = hit[2 * blocks[hit] + side <= halves[-1]]
                    found.append((answering[hit], 2 * blocks[hit] + side))
        answering, blocks = (np.concatenate(parts) for parts in zip(*found, strict=True))
        if refine is not None:
            answering, blocks = refine(answering, blocks, shift)
    return answering, blocks


def by_color(colors: Array, block_of: Array, blocks: Array) -> Iterator[tuple[Array, Array]]:
    """For each colour the columns (n,) in its blocks, as a mask, and its pairs, as positions."""
    of_column, of_pair = colors[block_of], colors[blocks]
    order = np.argsort(of_pair, kind="stable")
    ends = np.cumsum(np.bincount(of_pair))
    for number, mine in enumerate(np.split(order, ends[:-1]) if ends.size else ()):
        yield of_column == number, mine


def color(rows: Array, blocks: Array, m: int, count: int) -> Array:
    """Colours (count,) of blocks, so that those of one colour share no row; -1 without rows."""
    colors = columns_colored(pattern_of(rows, blocks, (m, count)), "natural")
    colors[np.bincount(blocks, minlength=count) == 0] = -1
    return colors


def pattern_of(rows: Array, columns: Array, shape: tuple[int, int]) -> Pattern:
    """The pattern of entries in any order, none of them twice."""
    longest = max(rows.size, *shape)
    indices = np.int32 if longest <= np.iinfo(np.int32).max else np.int64
    by_columns = compressed(columns.astype(indices), rows.astype(indices), shape[1])
    return Pattern(shape, *transposed(*by_columns, shape[0]))
