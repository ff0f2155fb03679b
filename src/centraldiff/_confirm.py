"""Does the pattern hold all that fun depends on? One derivative along a random direction tells.

An entry that the pattern lacks goes into another one of its row and group, or into none; then the
matrix times a direction is not the derivative along it. Where the two differ, perhaps by a kink, or
by steps that suit one of them only, nothing is raised before it is proved: an output must not
change at all while every coordinate that the pattern gives it stays where it is. Where it does
change, it may be by noise: only a change in proportion to the length of the move is a dependence.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ._entries import column_sums
from ._errors import ArgumentValueError
from ._formula import coordinate_formula
from ._pattern import require_rows
from ._plans import LinePlan
from ._run import differentiate
from ._sparse_values import values_at
from ._steps import rounding_unit, size_of, typical_size
from ._within import within

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ._entries import Entries
    from ._evaluate import Evaluator
    from ._pattern import Pattern
    from ._task import Task

    Array = npt.NDArray[Any]
    Change = tuple[float, float, float]  # its slope, what rounding may make of it, its step

_APART = 1e-6  # of the size of the terms of a sum; kinks and truncation may be as much
_TRUNCATED, _FARTHEST_APART = 100, 0.1  # that many times the truncation, up to so much
_TRUNCATED_ALONG = 10  # times the square of a step: truncation of the derivative along a line
_PROOF = 1e-7  # of the size of the terms: what an output may seem to change by that does not
_SEEN = 0.01  # of the same: what is to be seen beside noise, by longer steps if need be,
_LONG = 0.1  # of the size of a coordinate at most
_PROVED = 4  # rows at most, for each of which some moves are evaluated
_ROUNDING = 64  # units of fun's values
_LONGEST, _SHORTER, _LENGTHS = 256, 16, 7  # moves that prove a dependence, in default steps
_FAR, _NEARER, _PLACES = 0.08, 8, 8  # the same for mixed differences, in sizes of a coordinate
_HALF, _HALF_WAY = 2, 0.5  # where noise hides short moves: the next one, and the longest
_CLEAR = 1e-9  # relative to fun: noise that hides none of the usual ones
_CENTRAL = {-1: 1, 0: -2, 1: 1}  # second differences, both of order 2
_ONE_SIDED = {0: 2, 1: -5, 2: 4, 3: -1}
_IN_A_ROW, _ALIKE = 3, 0.2  # lengths at which slopes must be the same, and how much so


def confirm(task: Task, entries: Entries, evaluator: Evaluator, x: Array, is_number: bool) -> bool:
    """Raise where the pattern misses entries. Two evaluations, where it does not.

    False if values that are not finite have left some of it in the dark.

    Two more, of longer steps, with noise that hides too much (Hessians from values have one step).
    Three for a Hessian from values at bounds that leave some coordinate no room on both sides. More
    where the derivative is far off, by steps too long or a kink.
    """
    look = _Look(task, evaluator, x, is_number)
    if task.kind == "pairs" and task.scalar:
        return _confirm_products(look, entries)
    of = entries
    if task.kind == "pairs":
        assert entries.beside is not None
        of = entries.beside
    return _confirm_rows(look, of.pattern, of.data)


class _Look:
    """What fun does along directions: by real central differences, one-sided at bounds."""

    def __init__(self, task: Task, evaluator: Evaluator, x: Array, is_number: bool) -> None:
        self.task, self.evaluator = task, evaluator
        self.x, self.is_number = x, is_number
        options = task.options
        self.box = None if options.bounds is None else options.bounds.fit(x)
        self.size = size_of(x, typical_size(options.rule, x))
        rng = np.random.default_rng(20)
        self.v, self.another = self._direction(rng), self._direction(rng)
        self.unit = float(rounding_unit(x.dtype))
        noise = options.noise
        self.told = noise if isinstance(noise, float) else 0.0
        self.apart = max(_APART, min(_TRUNCATED * self._truncation(), _FARTHEST_APART))

    def _direction(self, rng: np.random.Generator) -> Array:
        """A random one (x.shape), as long as x in every coordinate, and to where there is room."""
        x = self.x
        v = self.size * rng.uniform(0.5, 1, x.shape) * rng.choice([-1.0, 1.0], x.shape)
        if self.box is not None:
            lower, upper = self.box
            with np.errstate(over="ignore"):
                inward = np.where(upper - x >= x - lower, 1, -1)
                near = (x - lower < self.size) | (upper - x < self.size)
            v = np.where(near, np.abs(v) * inward, v)
            v = np.where(lower < upper, v, 0)
        return np.asarray(v, x.dtype)

    def _truncation(self) -> float:
        """How large the truncation of entries by fixed steps is, relative to them: at a guess."""
        formula, options = self.task.formula, self.task.options
        if self.task.method == "adaptive" or formula.imaginary or not self.x.size:
            return 0.0
        relative = self.unit**formula.exponent
        if options.rule is not None:
            with np.errstate(over="ignore"):
                relative = float((options.rule.steps(self.x, formula.exponent) / self.size).max())
        with np.errstate(over="ignore"):
            return float(np.power(relative, round(1 / formula.exponent) - formula.degree))

    def apart_by(self, length: float) -> float:
        """How far apart, relative to its size, a derivative may be by steps of that length."""
        return max(self.apart, min(_TRUNCATED_ALONG * length**2, _FARTHEST_APART))

    def along(self, v: Array, steps: float = 1) -> tuple[Array, Array, float]:
        """The derivative along v (x.shape) of all outputs, the rounding in it, flat; its step."""
        plan: Any = LinePlan(
            coordinate_formula(1, "central", None),
            self.x, self.is_number, v,
            np.asarray(self.x.dtype.type(steps * self.unit ** (1 / 3)) * self.size),
            gradients=self.task.gradients,
        )  # fmt: skip
        if self.box is not None:
            plan = within(plan, *self.box, scalar=False)
        self.evaluator.allow_complex = self.task.formula.imaginary
        try:
            derivative, values = differentiate(plan, self.evaluator, keep=2, quiet=True)
        finally:
            self.evaluator.allow_complex = False
        largest = np.abs(values).max(axis=0, initial=0)
        off = np.fmax(_ROUNDING * self.unit * largest, self.told)
        step = float(plan.steps) or 1.0
        with np.errstate(over="ignore"):
            return np.ravel(derivative), off / step, step

    def raise_for(self, missing: list[int], doubtful: int | None) -> None:
        """The error that names the rows; doubtful: of how many in all, None if that is unknown."""
        if not missing:
            return
        rows = ", ".join(map(str, sorted(missing)))
        more = "others" if doubtful is None else f"{doubtful - len(missing)} others"
        if doubtful == len(missing):
            more = ""
        raise ArgumentValueError(
            "sparsity must hold every entry that may differ from 0, but "
            f"{self.evaluator.name} depends on more: row{'s' * (len(missing) > 1)} {rows} "
            f"{'lack' if len(missing) > 1 else 'lacks'} entries"
            f"{f', perhaps {more} too' if more else ''}; sparsity='detect' guesses the pattern, "
            "verify_sparsity=False turns this check off"
        )


def _confirm_rows(look: _Look, pattern: Pattern, data: Array) -> bool:
    """By one derivative of all outputs; what looks wrong is proved output by output."""
    row, v = pattern.rows(), look.v.ravel()
    with np.errstate(over="ignore", invalid="ignore"):
        parts = data * v[pattern.indices]
        expected = column_sums(parts, row, pattern.shape[0])
        size = column_sums(np.abs(parts), row, pattern.shape[0])
    derivative, noise, _ = look.along(look.v)
    require_rows(pattern, derivative.size, look.evaluator.name)  # where all coordinates are fixed
    apart, default = look.apart, look.unit ** (1 / 3)
    with np.errstate(all="ignore"):
        longer = min(np.max(noise / (_SEEN * size), initial=1), _LONG / default)
    longest, shorter = _LONGEST, _SHORTER
    if look.told and longer > 1:
        longest, shorter = _LONG / default, _HALF
        derivative, noise, _ = look.along(look.v, longer)
        apart = look.apart_by(longer * default)
    with np.errstate(invalid="ignore"):
        off = np.abs(derivative - expected)
        doubtful = np.flatnonzero(off > apart * size + noise)
    missing = []
    for r in doubtful[np.argsort(-off[doubtful])][:_PROVED]:
        own = pattern.indices[pattern.indptr[r] : pattern.indptr[r + 1]]
        least = _PROOF * max(size[r], abs(derivative[r]))

        def moves_it(v: Array, r: int = r, own: Array = own, least: float = least) -> bool:
            others = v.copy()
            others.flat[own] = 0

            def change(k: int) -> Change:
                slopes, rounding, step = look.along(others, longest / shorter**k)
                return slopes[r], least + rounding[r], step

            return _is_dependence(change, _LENGTHS)

        if moves_it(look.v) and moves_it(look.another):
            missing.append(int(r))
    look.raise_for(missing, len(doubtful))
    return bool(np.isfinite(off).all())


def _confirm_products(look: _Look, entries: Entries) -> bool:
    """A Hessian from values, by one second derivative; where that looks wrong row by row.

    Then a coordinate and all that the pattern does not couple it with move: their mixed difference
    is 0 to rounding, however far they go.
    """
    assert entries.values is not None
    here = float(entries.values[0])
    with np.errstate(all="ignore"):
        invisible = np.fmax(_ROUNDING * look.unit, np.float64(4 * look.told) / abs(here))
    length = min(float(invisible) ** 0.25, _LONG)
    x, v = look.x.ravel(), look.v.ravel() * look.x.dtype.type(length)
    weights = _CENTRAL
    if look.box is not None:
        lower, upper = (side.ravel() for side in look.box)
        with np.errstate(over="ignore"):
            least = np.minimum(x - lower, upper - x)
        if (least[v != 0] < 2 * np.abs(v[v != 0])).any():
            weights = _ONE_SIDED
            with np.errstate(over="ignore"):
                room = np.where(v > 0, upper - x, x - lower) / x.dtype.type(len(weights))
            v = np.sign(v) * np.minimum(np.abs(v), room)

    def value(move: Array) -> float:
        with np.errstate(over="ignore"):
            point = (x + move).reshape(look.x.shape)
        if not np.isfinite(point).all():
            return math.nan
        return float(values_at(look.evaluator, point, look.is_number)[0])

    values = {k: value(v * x.dtype.type(k)) if k else here for k in weights}
    pattern = entries.pattern
    with np.errstate(over="ignore", invalid="ignore"):
        parts = entries.data * v[pattern.rows()] * v[pattern.indices]
        expected, size = parts.sum(), np.abs(parts).sum()
    largest = max(map(abs, values.values()))
    rounding = (_ROUNDING * look.unit * largest + 4 * look.told) * max(map(abs, weights.values()))
    off = abs(sum(weight * values[k] for k, weight in weights.items()) - float(expected))
    if not off > look.apart_by(length) * size + rounding * (1 + len(parts) ** 0.5):
        return bool(np.isfinite(off))
    missing = _rows_that_lack(look, pattern, value, here, float(invisible) < _CLEAR)
    look.raise_for(missing, None if len(missing) == _PROVED else len(missing))
    return True


def _rows_that_lack(
    look: _Look, pattern: Pattern, value: Callable[[Array], float], here: float, clear: bool
) -> list[int]:
    """Up to _PROVED coordinates that are coupled with what the pattern does not give them.

    value: fun(x + move); clear: noise hides no mixed difference of the usual moves.
    """
    longest, nearer = (_FAR, _NEARER) if clear else (_HALF_WAY, _HALF)
    one = look.x.dtype.type(1)
    fars = [v.ravel() * (one * longest) for v in (look.v, look.another)]
    if look.box is not None:
        x, (lower, upper) = look.x.ravel(), (side.ravel() for side in look.box)
        with np.errstate(over="ignore"):
            rooms = [np.where(far > 0, upper - x, x - lower) * (one / 2) for far in fars]
        fars = [np.sign(f) * np.fmin(np.abs(f), room) for f, room in zip(fars, rooms, strict=True)]

    def moves_it(i: int, far: Array) -> bool:
        own, others = np.zeros_like(far), far.copy()
        own[i] = far[i]
        others[i] = 0
        others[pattern.indices[pattern.indptr[i] : pattern.indptr[i + 1]]] = 0

        def change(k: int) -> Change:
            part = one / nearer**k
            values = value(part * (own + others)), value(part * own), value(part * others), here
            mixed = (values[0] - values[1]) - (values[2] - values[3])
            least = _ROUNDING * look.unit * max(map(abs, values)) + 4 * look.told
            step = float(part * part)
            return mixed / step, least / step, step

        return _is_dependence(change, _PLACES)

    missing: list[int] = []
    for i in np.flatnonzero(fars[0]).tolist():
        if all(moves_it(i, far) for far in fars):
            missing.append(i)
        if len(missing) == _PROVED:
            break
    return missing


def _is_dependence(change: Callable[[int], Change], lengths: int) -> bool:
    """Whether change(k), for moves that get shorter with k, is in proportion to their lengths.

    Noise is not: from one length to the next its slope grows as the move gets shorter. Nothing
    is evaluated any more once the longest move changes nothing.
    """
    slopes: list[float] = []
    last = np.inf
    for k in range(lengths):
        slope, least, step = change(k)
        if abs(slope) > least:
            if step < 0.75 * last:  # bounds may have shortened both to the same length
                slopes.append(slope)
        elif k == 0:
            return False
        else:
            slopes.clear()
        last = step
        row = slopes[-_IN_A_ROW:]
        if len(row) == _IN_A_ROW and max(row) - min(row) <= _ALIKE * abs(slope):
            return True
    return False
