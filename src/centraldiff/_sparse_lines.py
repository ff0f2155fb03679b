"""Sparse derivatives by methods that look for their steps: "adaptive", and noise=.

Jacobians: one line for each group of columns. All coordinates of a group move at once, each by its
own size, and every output tells of the one it depends on. Hessians from values: lines along the
axes and pairs of them, those that the pattern has. Hessians of terms: second derivatives along
groups, and along the sum of two, which hold the mixed ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _twin_sparse
from ._entries import Entries, Settled, Told, severity, worst
from ._errors import ArgumentValueError
from ._extrapolation import MOST_FOR_NOISE, OF_FIXED, Extrapolation, apart_too, as_result
from ._formula import coordinate_formula
from ._noisy import NoisySteps
from ._pair_rounds import PairRounds
from ._pattern import require_rows
from ._result import DerivativeResult
from ._sparse_values import values_at
from ._status import (
    CONVERGED,
    FIXED,
    LIMITED_BY_NOISE,
    NOT_CONVERGED,
    OK,
    ONE_SIDE_ONLY,
    ROUNDING_ONLY,
    SHRUNK,
)
from ._steps import size_of, typical_size
from ._task import Task

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._compressed import Groups
    from ._evaluate import Evaluator
    from ._pattern import Pattern
    from ._sparse import Compressed

    Array = npt.NDArray[Any]


def by_lines(
    way: Compressed,
    task: Task,
    settled: Settled,
    evaluator: Evaluator,
    x: Array,
    is_number: bool,
    lines: _Lines | None = None,
) -> Entries:
    """Entries of a Jacobian, or of a Hessian from gradient calls, group by group."""
    groups = settled.groups
    arrays, pattern = groups.arrays, groups.pattern
    reach = _reach(task, x)
    data, error, step = (np.zeros(pattern.nnz, x.dtype) for _ in range(3))
    status = np.full(pattern.nnz, FIXED, "U20")
    values = None
    if lines is None:
        wanted = way.wants_values(task, settled)
        lines = _Lines(task, pattern, evaluator, x, is_number, groups.p, wanted)
        values = values_at(evaluator, x, is_number) if wanted else None
    for group in range(groups.p):
        along = np.where(arrays["color"] == group, reach, 0)
        found = lines.look(along, 1)
        if found is None:
            continue
        read = arrays["entries"][arrays["entry_start"][group] : arrays["entry_start"][group + 1]]
        row, moved = arrays["row"][read], along[arrays["column"][read]]
        free = moved != 0
        read, row, moved = read[free], row[free], moved[free]
        with np.errstate(all="ignore"):  # values of fun may be as large as numbers are
            data[read] = found.value[row] / moved
            error[read] = found.error[row] / np.abs(moved)
            step[read] = found.step[row] * np.abs(moved)
        status[read] = found.status[row]
    if task.gradients:
        data, error, status = _symmetric(task, groups, data, error, status)
    taken = np.zeros(x.size, x.dtype)
    np.maximum.at(taken, pattern.indices, step)
    return Entries(pattern, data, Told(error, status, taken.reshape(x.shape)[()]), values)


def _symmetric(
    task: Task, groups: Groups, data: Array, error: Array, status: Array
) -> tuple[Array, Array, Array]:
    """Means of entries that were read twice, whose errors are as large as they are apart."""
    mirror, read = groups.arrays["mirror"], groups.arrays["readable"] > 0
    other_read = read[mirror]
    none = np.zeros(0, data.dtype)  # of steps: nothing is eliminated
    mean = _twin_sparse.symmetrised_entries(groups, none, data)
    error = _twin_sparse.symmetrised_entries(groups, none, error)
    other = np.where(read & other_read, data[mirror], data)
    error, apart = apart_too(data, other, error, task.options)
    words = np.where(read, status, status[mirror])
    worse = other_read & (severity(status[mirror]) > severity(words))
    words = np.where(worse, status[mirror], words)
    doubted = apart & np.isin(words, (CONVERGED, ONE_SIDE_ONLY, SHRUNK))
    return mean, error, np.where(doubted, NOT_CONVERGED, words)


def by_pairs(
    way: Compressed,
    task: Task,
    settled: Settled,
    evaluator: Evaluator,
    x: Array,
    is_number: bool,
    full_output: bool,
) -> Entries:
    """Entries of a Hessian from values, or of one of terms."""
    if isinstance(way.inner, Extrapolation):
        if task.scalar:
            return _extrapolated(way, way.inner, task, settled, evaluator, x, is_number)
        return _along_sums(way, task, settled, evaluator, x, is_number)
    if not task.scalar:
        raise ArgumentValueError(
            f"{way.name} has no meaning for the Hessian of a sum of terms, each of which would "
            "have steps of its own; give rel_step, abs_step or typical_x, or method='adaptive'"
        )
    assert isinstance(way.inner, NoisySteps)
    noise, steps = way.inner.find(task, evaluator, x, is_number, None)
    h = None if steps is None else steps.along(x, None)
    entries = way.fixed(task, settled, evaluator, x, is_number, full_output, h, noise)
    if entries.told is None or h is None:
        return entries
    # no axis shows the truncation of mixed derivatives: longer steps tell
    other = way.fixed(task, settled, evaluator, x, is_number, False, np.asarray(2 * h))
    if entries.beside is not None and other.beside is not None:
        entries = replace(entries, beside=_with_truncation(entries.beside, other.beside))
    return _with_truncation(entries, other)


def _with_truncation(entries: Entries, other: Entries) -> Entries:
    """Errors that hold what entries by other steps differ by."""
    told = entries.told
    assert told is not None
    with np.errstate(invalid="ignore"):
        off = np.abs(other.data - entries.data)
    off = np.where(np.isfinite(off), off, np.inf)
    off = np.where(told.status == FIXED, 0, off)
    known = np.isin(told.status, (OK, ROUNDING_ONLY))
    seen = np.where(off > told.error, OK, LIMITED_BY_NOISE)
    error = np.where(np.isnan(told.error), np.nan, told.error + off)
    status = np.where(known, seen, told.status)
    return replace(entries, told=told._replace(error=error, status=status))


def _extrapolated(
    way: Compressed,
    inner: Extrapolation,
    task: Task,
    settled: Settled,
    evaluator: Evaluator,
    x: Array,
    is_number: bool,
) -> Entries:
    """Searches along all axes, and for the pairs that the pattern has."""
    assert settled.blends is not None
    pattern, parts = settled.blends.pattern, settled.blends.arrays
    i, entry = parts["diagonal_column"], parts["diagonal_entry"]
    search, listed = inner.searched(task, evaluator, x, is_number, None, (parts["i"], parts["j"]))
    assert isinstance(search, PairRounds)
    place = np.full(x.size, -1)
    place[search.axes] = np.arange(len(search.axes))
    free = place[i] >= 0
    mixed = parts["entry"][listed]
    found = []
    for line, pair, filling in zip(
        search.lines_found(), search.pairs_found(), OF_FIXED, strict=True
    ):
        part = np.full(pattern.nnz, filling, line.dtype)
        part[entry[free]] = line[0, place[i[free]]]
        part[mixed] = part[parts["mirror"][mixed]] = pair
        found.append(part)
    found[2][mixed] = found[2][parts["mirror"][mixed]] = np.sqrt(found[2][mixed])
    result = as_result(found, x, evaluator, True)
    values = beside = None
    if way.wants_values(task, settled):
        first = [np.full(x.size, filling, np.float64) for filling in OF_FIXED]
        for part, line in zip(first, search.lines_found(1), strict=True):
            part[search.axes] = line[0]
        first[3] = first[3].astype(np.intp)
        gradient = as_result(first, x, evaluator, True, quiet=True)
        values = np.ravel(search.value)
        beside = _entries(settled.groups.pattern, gradient)
    return replace(_entries(pattern, result), values=values, beside=beside)


def _entries(pattern: Pattern, found: DerivativeResult) -> Entries:
    return Entries(pattern, found.value, Told(found.error, found.status, found.step))


def _along_sums(
    way: Compressed,
    task: Task,
    settled: Settled,
    evaluator: Evaluator,
    x: Array,
    is_number: bool,
) -> Entries:
    """Second derivatives of all terms along groups a, b and a + b, whose difference is mixed."""
    assert settled.blends is not None
    pattern, parts = settled.blends.pattern, settled.blends.arrays
    color, p = settled.groups.arrays["color"], settled.groups.p
    m = settled.groups.pattern.shape[0]
    reach = _reach(task, x)
    wanted = way.wants_values(task, settled)
    count = p + len(parts["a"]) + p * wanted
    lines = _Lines(task, settled.groups.pattern, evaluator, x, is_number, count, wanted)
    values = values_at(evaluator, x, is_number) if wanted else None
    unknown = DerivativeResult(*(np.zeros(m),) * 2, 0, np.zeros(m), np.full(m, FIXED))
    along = [lines.look(np.where(color == a, reach, 0), 2) or unknown for a in range(p)]
    data, error, step = (np.zeros(pattern.nnz, x.dtype) for _ in range(3))
    words, places = [], []

    def add(
        entry: Array, value: Array, off: Array, both: tuple[Array, Array], steps: Array, word: Any
    ) -> None:
        i, j = both
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            size = reach[i] * reach[j]
            scale = size if i is j else 2 * size
            taken = steps * np.sqrt(np.abs(size))
            np.add.at(data, entry, np.where(scale != 0, value / scale, 0))
            np.add.at(error, entry, np.where(scale != 0, off / np.abs(scale), 0))
            np.maximum.at(step, entry, taken)
        words.append(np.where(scale != 0, word, FIXED))
        places.append(entry)

    row, i, entry = (parts[f"diagonal_{name}"] for name in ("row", "column", "entry"))
    for a in range(p):
        of = color[i] == a
        r, d = row[of], along[a]
        column = i[of]
        add(entry[of], d.value[r], d.error[r], (column, column), d.step[r], d.status[r])
    for pair, (a, b) in enumerate(zip(parts["a"], parts["b"], strict=True)):
        both = lines.look(np.where((color == a) | (color == b), reach, 0), 2) or unknown
        of = slice(parts["start"][pair], parts["start"][pair + 1])
        r, i, j = parts["row"][of], parts["i"][of], parts["j"][of]
        value = (both.value - along[a].value - along[b].value)[r]
        off = (both.error + along[a].error + along[b].error)[r]
        word = both.status[r]
        for other in (along[a].status[r], along[b].status[r]):
            word = np.where(severity(other) > severity(word), other, word)
        add(parts["entry"][of], value, off, (i, j), both.step[r], word)
    place = np.concatenate(places) if places else np.zeros(0, np.intp)
    status = worst(np.concatenate([*words, np.zeros(0, "U20")]), place, pattern.nnz)
    mixed, mirror = parts["entry"], parts["mirror"]
    for part in (data, error, step, status):
        part[mirror[mixed]] = part[mixed]
    beside = None
    if wanted:
        first = Settled(settled.groups, None)
        beside = by_lines(way, task, first, evaluator, x, is_number, lines)
    return Entries(pattern, data, Told(error, status, step), values, beside)


class _Lines:
    """One search after the other along lines, which share what is left of max_nfev."""

    def __init__(
        self,
        task: Task,
        pattern: Pattern,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        count: int,
        at_x: bool,
    ) -> None:
        self.task = task
        self.pattern = pattern
        self.evaluator = evaluator
        self.x, self.is_number = x, is_number
        self.left = count
        self.before = evaluator.nfev
        most, estimates = task.options.max_nfev, task.options.noise == "estimate"
        each = 5 + (MOST_FOR_NOISE if estimates else evaluator.extra)
        least = each * count + at_x
        if most is not None and most < least:
            raise ArgumentValueError(
                f"max_nfev must be at least {least} here ({each} for each of {count} lines that "
                f"groups are displaced along{', 1 at x' * at_x}), got {most}"
            )

    def look(self, along: Array, degree: int) -> DerivativeResult | None:
        """Which derivative is found on a line, flat; None where no coordinate moves."""
        options = self.task.options
        if options.max_nfev is not None:
            rest = options.max_nfev - (self.evaluator.nfev - self.before)
            options = replace(options, max_nfev=rest // self.left)
        self.left -= 1
        if not along.any():
            return None
        formula = self.task.formula
        if formula.degree != degree:
            formula = coordinate_formula(degree, "central", None)
        task = Task(
            formula, "line", self.task.method, self.task.order,
            options=options, scalar=False, gradients=self.task.gradients,
        )  # fmt: skip
        v = along.reshape(self.x.shape)
        assert task.way is not None
        found = task.way.run(task, self.evaluator, self.x, self.is_number, v, True).derivative
        require_rows(self.pattern, np.size(found.value), self.evaluator.name)
        return DerivativeResult(
            np.ravel(found.value), np.ravel(found.error), found.nfev,
            np.broadcast_to(found.step, np.shape(found.value)).ravel(), np.ravel(found.status),
        )  # fmt: skip


def _reach(task: Task, x: Array) -> Array:
    """How far each coordinate goes along a line, flat: its size, inward near bounds; 0 if fixed."""
    reach = size_of(x, typical_size(task.options.rule, x))
    if task.options.bounds is not None:
        lower, upper = task.options.bounds.fit(x)
        with np.errstate(over="ignore", invalid="ignore"):  # infinite x is refused later
            reach = np.where(upper - x >= x - lower, reach, -reach)
        reach = np.where(lower < upper, reach, 0)
    flat: Array = reach.ravel()
    return flat
