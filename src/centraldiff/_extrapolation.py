"""method="adaptive": steps and extrapolation per entry, until each is as good as it can be.

What fun is evaluated for is decided in `_rounds.pyx` and `_search.pyx`; here a task becomes lines
to look along, and what was found on them the result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import ArgumentValueError
from ._levels import Verdict
from ._lines import LEAST_SIZE
from ._pair_rounds import PairRounds
from ._result import DerivativeResult, warn
from ._rounds import Rounds
from ._settle import PLAIN_ERROR
from ._status import (
    CONVERGED,
    FIXED,
    KINK,
    LIMITED_BY_NOISE,
    LOST_IN_ROUNDING,
    NOT_CONVERGED,
    NOT_FINITE,
    ONE_SIDE_ONLY,
    SHRUNK,
)
from ._steps import rounding_unit, typical_size
from ._table import TablePlan
from ._twin import symmetrised
from ._validation import fit_scale
from ._way import Found

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._options import Options
    from ._task import Task

    Array = npt.NDArray[Any]

_WORDS = {
    Verdict.CONVERGED: CONVERGED,
    Verdict.ONE_SIDE: ONE_SIDE_ONLY,
    Verdict.SHRUNK: SHRUNK,
    Verdict.FIXED: FIXED,
    Verdict.NOISE: LIMITED_BY_NOISE,
    Verdict.NOT_CONVERGED: NOT_CONVERGED,
    Verdict.KINK: KINK,
    Verdict.STEP_LOST: LOST_IN_ROUNDING,
    Verdict.NOT_FINITE: NOT_FINITE,
}
_WORD_OF = np.array([_WORDS[Verdict(k)] for k in range(len(_WORDS))])
# as plain numbers, since NumPy takes microseconds to compare with an enum
_FIXED, _KINK, _NOT_FINITE = map(int, (Verdict.FIXED, Verdict.KINK, Verdict.NOT_FINITE))
_NOT_CONVERGED = int(Verdict.NOT_CONVERGED)
OF_FIXED = (0, 0, 0, _FIXED)  # value, error, step, verdict
_OF_PAIRS = ("pairs", "line pairs")
MOST_FOR_NOISE = 73  # evaluations of an estimate
_ROOMY = 0.1  # sizes of a coordinate: who has so much room needs no other direction
_LITTLE = 0.1  # of the room that two directions would have


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """Adaptive steps, with what the user asks of the error."""

    options: Options

    @property
    def name(self) -> str:
        return "method='adaptive'"

    def run(
        self,
        task: Task,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        v: Array | None,
        full_output: bool,
    ) -> Found:
        x = x.copy()  # looked at after calls of fun, which may change the caller's
        before, found = evaluator.nfev, None
        parts = [v] if v is None else _with_room(self.options, x, v)
        for k, part in enumerate(parts):
            share = self._share(len(parts) - k, evaluator.nfev - before)
            search, _ = share.searched(task, evaluator, x, is_number, part)
            if isinstance(search, PairRounds):
                along = _second_derivatives(search, x)
            else:
                along = _spread(search, search.lines_found(), x)
            found = along if found is None else _sum(found, along)
        assert found is not None
        if task.gradients:
            found = _held(found, x, self.options, task.kind)
        if task.gradients and task.kind == "axes":
            found = _symmetric(found, x, self.options)
        result = as_result(found, x, evaluator, full_output)
        value = gradient = None
        if task.with_value:
            value = search.table.as_value(search.value)
        if task.with_value and task.kind == "pairs":
            first = _spread(search, search.lines_found(1), x)
            gradient = as_result(first, x, evaluator, full_output, quiet=True)
        return Found(result, value, gradient)

    def _share(self, lines: int, spent: int) -> Extrapolation:
        """The same for the first of so many lines that are left."""
        most = self.options.max_nfev
        if most is None:
            return self
        return Extrapolation(replace(self.options, max_nfev=(most - spent) // lines))

    def searched(
        self,
        task: Task,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        v: Array | None,
        pairs: tuple[Array, Array] | None = None,
    ) -> tuple[Rounds, Array | None]:
        """Searches that are done; of the pairs of coordinates that are asked for, which were made.

        Without `pairs` all; with them those whose coordinates are not fixed.
        """
        if not np.isfinite(x).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
            name = f"x[{', '.join(map(str, place))}]" if place else "x"
            raise ArgumentValueError(f"x must be finite, got {x[place]!s} at {name}")
        given = _lines(self.options, x, v, task.kind)
        listed = None
        if pairs is not None:
            line_of = np.full(x.size, -1)
            axes = given.get("axes", np.arange(x.size))
            line_of[axes] = np.arange(len(axes))
            listed = np.flatnonzero((line_of[pairs[0]] >= 0) & (line_of[pairs[1]] >= 0))
            given["pairs"] = tuple(line_of[side[listed]] for side in pairs)
        self._require_evaluations(task, x, given, evaluator)
        before = evaluator.nfev
        noise = self._noise(task, evaluator, x, is_number, given)
        search = self._search(task, evaluator, x, is_number, given, evaluator.nfev - before)
        search.run(noise)
        return search, listed

    def _require_evaluations(
        self, task: Task, x: Array, given: dict[str, Any], evaluator: Evaluator
    ) -> None:
        """Refuse a max_nfev that leaves no room for the first steps of each line and pair."""
        most = self.options.max_nfev
        if most is None:
            return
        lines = given["scales"].size if "scales" in given else x.size
        heres = lines if task.kind == "elements" else 1
        pairs = 0
        if task.kind in _OF_PAIRS:
            pairs = lines - 1 if "v" in given else lines * (lines - 1) // 2
            if "pairs" in given:
                pairs = len(given["pairs"][0])
        # of a single point there is nothing to check, nor of values that may be off by anything
        checks = evaluator.extra if lines and self.options.noise != "estimate" else 0
        least = heres + 4 * lines + 8 * pairs + checks
        if self.options.noise == "estimate":
            least += MOST_FOR_NOISE * heres
        if most < least:
            wants = f"{heres} at x, 4 for each of {lines} coordinate{'s' * (lines != 1)}"
            if "v" in given:
                wants = f"{heres} at x, 4 for each of {lines} direction{'s' * (lines != 1)}"
            if pairs:
                wants += f", 8 for each of {pairs} mixed derivative{'s' * (pairs != 1)}"
            if self.options.noise == "estimate":
                wants += f", {MOST_FOR_NOISE * heres} for noise='estimate'"
            if checks:
                wants += f", {checks} for the check of vectorized=True"
            raise ArgumentValueError(
                f"max_nfev must be at least {least} here ({wants}), got {most}"
            )

    def _search(
        self,
        task: Task,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        given: dict[str, Any],
        spent: int,
    ) -> Rounds:
        """Lines to look along, and pairs of them where the task is about pairs."""
        options = self.options
        elements = task.kind == "elements"
        most = options.max_nfev
        if most is not None:
            # what the estimate of noise has taken, and what looking after fun will
            most -= spent + evaluator.extra
        line = given["v"][None].reshape(1, *x.shape) if "v" in given else None
        return (PairRounds if task.kind in _OF_PAIRS else Rounds)(
            TablePlan(task.formula, x, is_number, elements=elements, lines=line),
            evaluator,
            x.ravel(),
            task.formula.degree,
            elements=elements,
            gradients=task.gradients,
            unit=float(rounding_unit(x.dtype)),
            rtol=options.rtol,
            atol=options.atol,
            max_nfev=most,
            **given,
        )

    def _noise(
        self,
        task: Task,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        given: dict[str, Any],
    ) -> Array | float | None:
        """Noise of fun's values, one for each output, or for each element that is not fixed."""
        noise = self.options.noise
        if not isinstance(noise, str):
            return noise
        from ._noise_level import noise_level

        options = self.options
        elements = task.kind == "elements"
        box = None if options.bounds is None else options.bounds.fit(x)
        typical = typical_size(options.rule, x)
        level = noise_level(evaluator, x, is_number, typical=typical, elements=elements, box=box)
        return level[:, given["axes"]] if elements and "axes" in given else level


def _lines(options: Options, x: Array, v: Array | None, kind: str) -> dict[str, Any]:
    """Scales of all lines, which coordinates they are, and bounds: where they are not the default.

    The scale of a coordinate is its size, or 1 where that is next to nothing; typical_x is the
    least. That of a line is what moves no coordinate by more than its own.
    """
    given: dict[str, Any] = {}
    if options.rule is None and options.bounds is None and v is None:
        return given
    size = np.abs(x)
    size = np.where(size.astype(np.longdouble) < LEAST_SIZE, 1, size)
    if options.rule is not None and options.rule.typical is not None:
        size = np.maximum(np.abs(x), fit_scale("typical_x", options.rule.typical, x))
    size = size.ravel().astype(np.longdouble)
    axes = np.arange(x.size)
    if options.bounds is not None:
        sides = [np.ascontiguousarray(side).ravel() for side in options.bounds.fit(x)]
        given["lower"], given["upper"] = sides
        axes = np.flatnonzero(sides[0] < sides[1])
    if v is not None:
        along = np.zeros(x.size, x.dtype)  # coordinates that are fixed do not move with the others
        along[axes] = v.ravel()[axes]
        given["v"] = along
        moved = np.flatnonzero(along)
        line = np.ones(1, np.longdouble)
        if moved.size:
            with np.errstate(over="ignore"):
                line = (size[moved] / np.abs(along[moved])).min(keepdims=True)
        axes = axes if kind == "line pairs" else axes[:0]
        size = np.concatenate([line, size[axes]])
        given["scales"] = size
    else:
        given["scales"] = size[axes]
    given["axes"] = axes
    return given


def _with_room(options: Options, x: Array, v: Array) -> list[Array]:
    """v, or two directions that it is the sum of, where bounds leave it no room on either side.

    One for the coordinates that can go on along v, one for those that can only go back.
    """
    given = _lines(options, x, v, "line")
    move = given["v"] if options.bounds is not None else np.zeros(0)
    if not move.any():
        return [v]
    with np.errstate(all="ignore"):
        size = given["scales"][0] * np.abs(move)  # of the longest move of each coordinate
        up, down = given["upper"] - x.ravel(), x.ravel() - given["lower"]
        ahead = np.where(move == 0, np.inf, np.where(move > 0, up, down) / size)
        back = np.where(move == 0, np.inf, np.where(move > 0, down, up) / size)
    on = ahead >= back
    parts = [np.where(group, move, 0).reshape(x.shape) for group in (on, ~on)]
    least = min(ahead[on].min(initial=np.inf), back[~on].min(initial=np.inf))
    room = max(ahead.min(), back.min())
    if all(part.any() for part in parts) and room < min(_ROOMY, least * _LITTLE):
        return parts
    return [v]


def _sum(one: list[Array], other: list[Array]) -> list[Array]:
    """Derivatives along two directions: that along their sum."""
    value, error, step, verdict = zip(one, other, strict=True)
    with np.errstate(all="ignore"):
        return [np.add(*value), np.add(*error), np.maximum(*step), np.maximum(*verdict)]


def _spread(search: Rounds, found: tuple[Array, ...], x: Array) -> list[Array]:
    """What was found on lines, for all coordinates: those that are fixed get 0."""
    shape = search.value_shape
    if search.along:
        return [part[:, 0].reshape(shape) for part in found]
    if search.n_lines == x.size:
        return [part.reshape(shape + x.shape) for part in found]
    spread = []
    for part, filling in zip(found, OF_FIXED, strict=True):
        columns = np.full((len(part), x.size), filling, part.dtype)
        columns[:, search.axes] = part
        spread.append(columns.reshape(shape + x.shape))
    return spread


def _second_derivatives(search: PairRounds, x: Array) -> list[Array]:
    """The Hessian out of lines and pairs, or H v out of the pairs with v."""
    value, error, product, verdict = search.pairs_found()
    pairs = value, error, np.sqrt(product), verdict  # a step, in units of x, out of two
    n = x.size
    if search.along:
        return [
            _filled(n, search.axes, part, filling).reshape(x.shape)
            for part, filling in zip(pairs, OF_FIXED, strict=True)
        ]
    i, j = np.triu_indices(len(search.axes), 1)
    matrices = []
    for line, pair, filling in zip(search.lines_found(), pairs, OF_FIXED, strict=True):
        matrix = np.full((n, n), filling, line.dtype)
        matrix[search.axes, search.axes] = line[0]
        matrix[search.axes[i], search.axes[j]] = pair
        matrix[search.axes[j], search.axes[i]] = pair
        matrices.append(matrix.reshape(x.shape + x.shape))
    return matrices


def _filled(n: int, axes: Array, part: Array, filling: float) -> Array:
    whole = np.full(n, filling, part.dtype)
    whole[axes] = part
    return whole


def _held(found: list[Array], x: Array, options: Options, kind: str) -> list[Array]:
    """Out of gradient calls: fixed coordinates have no derivative as outputs of grad either."""
    if options.bounds is None or not x.size:
        return found
    rows = [part.reshape(x.size, -1) for part in found]
    fixed = np.equal(*options.bounds.fit(x)).ravel()
    if kind == "axes":
        fixed = rows[3].diagonal() == _FIXED  # or there was no room for distinct points
    for part, filling in zip(rows, OF_FIXED, strict=True):
        part[fixed] = filling
    return [row.reshape(part.shape) for row, part in zip(rows, found, strict=True)]


def _symmetric(found: list[Array], x: Array, options: Options) -> list[Array]:
    """A Hessian out of gradient calls: the mean with its transpose, and the worse word of two."""
    value, error, step, verdict = (part.reshape(x.size, x.size) for part in found)
    error, apart = apart_too(value, value.T, symmetrised(error), options)
    verdict = np.maximum(verdict, verdict.T)
    both = [
        symmetrised(value),
        error,
        step,
        np.where(apart, np.maximum(verdict, _NOT_CONVERGED), verdict),
    ]
    return [part.reshape(x.shape + x.shape) for part in both]


@np.errstate(all="ignore")  # some may be infinite, or be too large for their difference
def apart_too(
    value: Array, other: Array, error: Array, options: Options
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """The error of means of two readings, and where they contradict each other.

    They may not be farther apart than their errors say; where they are, and farther than what
    "converged" allows, none is to be trusted: grad may be wrong.
    """
    apart = np.abs(value - other) / 2
    size = np.fmax(np.abs(value), np.abs(other))
    if options.rtol is None and options.atol is None:
        allowed = PLAIN_ERROR * size
    else:
        allowed = np.fmax((options.rtol or 0) * size, options.atol or 0)
    return np.fmax(error, apart), (apart > error) & (apart > allowed)


def as_result(
    found: list[Array], x: Array, evaluator: Evaluator, full_output: bool, quiet: bool = False
) -> Any:
    """What the caller gets, in x's dtype."""
    value, error, step, verdict = found
    with np.errstate(over="ignore", under="ignore"):
        value, error, step = (part.astype(x.dtype)[()] for part in (value, error, step))
    bad = int((verdict == _NOT_FINITE).sum())
    kinked = int(((verdict == _KINK) & np.isnan(value)).sum())
    if (bad or kinked) and not quiet:
        reason = (
            "returned values that are not finite at x, or on both sides of it"
            if bad
            else "seems to have a kink at x, where it has no such derivative"
        )
        warn(
            f"{evaluator.name} {reason}: {bad + kinked} of {verdict.size} entries of the "
            "derivative are NaN"
        )
    if not full_output:
        return value
    return DerivativeResult(value, error, evaluator.nfev, step, np.asarray(_WORD_OF[verdict]))
