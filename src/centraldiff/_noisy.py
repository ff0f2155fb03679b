"""Steps for functions with noise: the way of noise= and of step_rule="fdint".

How noisy fun is, and how long steps have to be for that, is found with evaluations; then an
ordinary plan takes these steps, and what the search saw says how far off the result may be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _fdint_steps, _ladder_steps, _twin
from ._error_estimate import error_estimate, value_noise
from ._noise_level import noise_level
from ._plans import PairPlan
from ._result import DerivativeResult, describe
from ._sample import Sampler, room
from ._status import KINK, LIMITED_BY_NOISE, OK, ROUNDING_ONLY
from ._steps import typical_size
from ._steps_found import Steps
from ._way import Found, fixed_steps
from ._witness import call_witnesses

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._plan import Plan
    from ._sample import Box
    from ._task import Task
    from ._witness import Witness

    Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class NoisySteps:
    """The noise of fun as it was given: a number, "estimate", or None for its rounding."""

    noise: float | str | None
    fdint: bool

    @property
    def name(self) -> str:
        return "step_rule='fdint'" if self.fdint else "noise="

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
        noise, steps = self.find(task, evaluator, x, is_number, v)
        h = None if steps is None else steps.along(x, v)
        witnesses = []
        if full_output and h is not None and task.kind in ("pairs", "line pairs"):
            witnesses = call_witnesses(task, evaluator, x, is_number, v, h)
        tell = partial(_describe, kind=task.kind, noise=noise, steps=steps, witnesses=witnesses)
        return fixed_steps(task, evaluator, x, is_number, v, full_output, h, tell)

    def find(
        self, task: Task, evaluator: Evaluator, x: Array, is_number: bool, v: Array | None
    ) -> tuple[Array | float, Steps | None]:
        """The noise of fun, and steps for it; None where the user has given steps."""
        rule = task.options.rule
        typical = typical_size(rule, x)
        elements = task.kind == "elements"
        box = None if task.options.bounds is None else task.options.bounds.fit(x)
        noise: Array | float = 0.0
        if self.noise == "estimate":
            noise = noise_level(
                evaluator, x, is_number, typical=typical, elements=elements, box=box
            )
        elif self.noise is not None:
            noise = np.full((1, 1), self.noise)
        steps = None
        if x.size and not (rule is not None and rule.is_given):
            steps = self._steps(task, evaluator, x, is_number, v, noise, typical, box)
        return noise, steps

    def _steps(
        self,
        task: Task,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        v: Array | None,
        noise: Array | float,
        typical: Array | float,
        box: Box | None,
    ) -> Steps:
        """Steps of all coordinates, or of the line, as a search finds them."""
        along = partial(Sampler, evaluator, x, is_number, box=box)
        line = None if v is None else _with_room(v, x, box)[None]
        lanes = along(elements=task.kind == "elements", lines=line if task.kind == "line" else None)
        if self.fdint:
            return _fdint_steps.search(lanes, task.method, noise, typical)
        look = partial(
            _ladder_steps.search,
            degree=task.formula.degree,
            method=task.method,
            order=task.order,
            noise=noise,
            typical=typical,
        )
        look = partial(look, mixed=task.kind in ("pairs", "line pairs"))
        steps = look(lanes)
        if task.kind != "line pairs":
            return steps
        assert v is not None
        return steps.beside(look(along(lines=line)), v)


@np.errstate(over="ignore", under="ignore")
def _with_room(v: Array, x: Array, box: Box | None) -> Array:
    """The line to search on: v, or where bounds leave it no room the one that leads inside."""
    if box is None:
        return v
    below, above = room(x, box)
    moves = (v != 0) & (below + above > 0)
    if not moves.any():
        return np.zeros_like(v)
    size = np.abs(v[moves])
    ahead = np.where(v > 0, above, below)[moves] / size
    back = np.where(v > 0, below, above)[moves] / size
    inward = np.where(above >= below, np.abs(v), -np.abs(v))
    narrow = max(ahead.min(), back.min()) < 0.1 * np.maximum(ahead, back).min()
    return np.where(moves, inward if narrow else v, 0)


def _describe(
    plan: Plan,
    value: Any,
    values: Array,
    nfev: int,
    *,
    kind: str,
    noise: Array | float,
    steps: Steps | None,
    witnesses: list[Witness],
) -> DerivativeResult:
    """A result whose error holds the noise, and what the search has seen of truncation."""
    result = describe(plan, value, values, nfev)
    truncation, status = None, result.status
    if steps is not None and steps.tells:
        kink = None
        if kind in ("pairs", "line pairs"):
            parts = _by_witnesses(plan, value, values, noise, kind, witnesses)
        else:
            parts = _by_entry(plan, kind, steps)
            kink = _kinks(plan, kind, steps).reshape(np.shape(value))
        truncation, seen = (part.reshape(np.shape(value)) for part in parts)
        known = np.isin(status, (OK, ROUNDING_ONLY))
        status = np.where(known, np.where(seen, OK, LIMITED_BY_NOISE), status)
        if kink is not None:
            truncation = np.maximum(truncation, kink)
            status = np.where(known & (kink > 0), KINK, status)
    error = error_estimate(plan, values, value, noise, truncation)
    return replace(result, error=error, status=status)


@np.errstate(all="ignore")
def _by_witnesses(
    plan: Plan,
    value: Any,
    values: Array,
    noise: Array | float,
    kind: str,
    witnesses: list[Witness],
) -> tuple[Array, Array]:
    """The same for second derivatives of a number, and gradients beside them, from other steps."""
    if not witnesses:  # fun is to be had nowhere else
        return np.full(np.size(value), np.inf), np.zeros(np.size(value), bool)
    whole = isinstance(plan, PairPlan) or getattr(plan, "beside", None) is not None
    off = float(value_noise(values, np.asarray(value).dtype, noise)[0, 0])
    told = [
        witness.truncation(plan, value, off, beside=kind == "pairs" and not whole)
        for witness in witnesses
    ]
    truncation, seen = zip(*told, strict=True)
    return np.max(truncation, axis=0), np.any(seen, axis=0)


def _kinks(plan: Plan, kind: str, steps: Steps) -> Array:
    """Half the difference of the slopes to both sides, for each entry; 0 without a kink."""
    if steps.kink is None:  # not every search sees both sides
        return np.zeros_like(steps.truncation)
    if kind == "line":
        line: Array = steps.kink[:, 0] * np.abs(plan.v).max()  # type: ignore[attr-defined]
        return line
    return _twin.symmetrised(steps.kink) if getattr(plan, "gradients", False) else steps.kink


@np.errstate(all="ignore")
def _by_entry(plan: Plan, kind: str, steps: Steps) -> tuple[Array, Array]:
    """Truncation of each entry, and whether it was more than noise."""
    order = round(1 / plan.formula.exponent) - plan.formula.degree
    if kind == "line":
        # along v, whose farthest coordinate moved by one step
        longest = np.abs(plan.v).max()  # type: ignore[attr-defined]
        truncation, seen = steps.truncation * longest, steps.seen
        return (truncation[:, 0], seen[:, 0])
    taken = np.ravel(plan.axis_steps)  # shorter than was found where bounds are in the way
    truncation = steps.truncation * (taken / steps.h) ** order
    seen = steps.seen
    if getattr(plan, "gradients", False):
        return _twin.symmetrised(truncation), seen | seen.T
    return truncation, seen
