"""Second derivatives once more, by other steps: what that tells of the truncation of each entry.

Mixed truncation is made of derivatives that no axis shows, so a search along axes can't know it.
The same formula with steps twice as long has 2^p times the truncation and less noise. Where that
leaves bounds or fun's domain, steps half as long are the witness; noise weighs more there. Where
steps are longer than x itself, functions that change over the size of x may have gone by between
all of them, so steps shorter than x are asked too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._bounded import BoundedPlan
from ._error_estimate import amplification
from ._errors import ArgumentValueError, is_outside_domain
from ._run import differentiate
from ._way import beside_hessian

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._plan import Plan
    from ._task import Task

    Array = npt.NDArray[Any]

# Of the difference of two derivatives, at most that much is taken off: it holds the truncation
# 2^p - 1 times only where steps are short enough for the series, and then it is small anyway.
_GAIN = 3.0
_SHORT = 0.25  # of x's size


@dataclass(frozen=True, slots=True)
class Witness:
    """Derivatives by other steps, flat: of the second degree, and the gradient beside a Hessian.

    share: how much of a difference to them is truncation. `noisy`: only what is more than noise
    counts, which is large for steps so short.
    """

    plans: tuple[Plan, ...]
    derivatives: tuple[Array, ...]
    share: float
    noisy: bool = False

    def truncation(
        self, plan: Plan, derivative: Any, noise: float, *, beside: bool
    ) -> tuple[Array, Array]:
        """That of each entry as `plan` has it, and whether it is more than noise; flat.

        beside: plan is that of the gradient.
        """
        other, i = self.plans[int(beside)], int(beside)
        off = np.abs(np.ravel(derivative) - self.derivatives[i])
        least = noise * (np.ravel(amplification(plan)) + np.ravel(amplification(other)))
        if self.noisy:
            off = np.fmax(off - least, 0)
            return self.share * off, off > 0
        off = np.where(np.isfinite(off), off, np.inf)
        return self.share * off, (off > least) & np.isfinite(off)


def call_witnesses(
    task: Task, evaluator: Evaluator, x: Array, is_number: bool, v: Array | None, h: Array
) -> list[Witness]:
    """What the task's second derivatives are by other steps than h; none where fun has none."""
    asked = task.plan_with(x, is_number, v, h)
    taken = np.asarray(np.where(asked.axis_steps > 0, asked.axis_steps, h), x.dtype)
    gain = min(2.0 ** (round(1 / asked.formula.exponent) - asked.formula.degree) - 1, _GAIN)
    found = None
    if not isinstance(asked, BoundedPlan):
        found = _witness(task, evaluator, x, is_number, v, taken * 2, 1 / gain)
    if found is None or isinstance(found.plans[0], BoundedPlan) or not _is_finite(found):
        # other formulas, no longer steps, or none of use
        found = _witness(task, evaluator, x, is_number, v, taken / 2, 1 + 1 / gain) or found
    short = np.where(x != 0, np.minimum(np.abs(x) * x.dtype.type(_SHORT), taken), taken)
    third = None
    if (short < 0.4 * taken).any():  # quadratics get half of x, without a doubt
        third = _witness(task, evaluator, x, is_number, v, short, 1.0, noisy=True)
    return [witness for witness in (found, third) if witness is not None]


def _is_finite(witness: Witness) -> bool:
    return bool(np.isfinite(witness.derivatives[0]).all())


def _witness(
    task: Task, evaluator: Evaluator, x: Array, is_number: bool, v: Array | None, h: Array,
    share: float, noisy: bool = False,
) -> Witness | None:  # fmt: skip
    """One with steps h; None where they can't be taken, or fun raises what `math` does outside."""
    try:
        plan = task.plan_with(x, is_number, v, np.asarray(h, x.dtype))
        derivative, values = differentiate(plan, evaluator, keep=2, quiet=True)
    except ArgumentValueError:
        return None
    except Exception as error:
        if is_outside_domain(error):
            return None
        raise
    plans, derivatives = [plan], [np.ravel(derivative)]
    if task.kind == "pairs":
        plans.append(beside_hessian(task, plan))
        derivatives.append(np.ravel(plans[1].combine(values[: plan.head, 0])))
    return Witness(tuple(plans), tuple(derivatives), share, noisy)
