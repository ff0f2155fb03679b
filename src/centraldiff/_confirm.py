"""Does the pattern hold all that fun depends on? One derivative along a random direction tells.

An entry that the pattern lacks goes into another one of its row and group, or into none; then the
matrix times a direction is not the derivative along it. Where the two differ, by kinks perhaps or
by a step that suits one of them only, nothing is raised before it is proved: an output must not
change at all while every coordinate that the pattern gives it stays where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._compressed import BlendPlan
from ._entries import column_sums
from ._errors import ArgumentValueError
from ._formula import coordinate_formula, pair_formula
from ._plans import LinePairPlan, LinePlan
from ._run import differentiate
from ._steps import rounding_unit
from ._validation import fit_scale
from ._within import within

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._entries import Entries, Settled
    from ._evaluate import Evaluator
    from ._pattern import Pattern
    from ._task import Task

    Array = npt.NDArray[Any]

_APART = 1e-5  # of the size of a row's terms: kinks and truncation alone may be as much
_PROOF = 1e-7  # of the same: what an output that doesn't change may seem to change by
_PROVED = 4  # rows, each of which takes two evaluations
_ROUNDING = 64  # units of fun's values
_NOISE_UNTOLD = 1e-3  # of the size of a row's terms, where fun has noise


def confirm(
    task: Task,
    settled: Settled,
    entries: Entries,
    evaluator: Evaluator,
    x: Array,
    is_number: bool,
) -> None:
    """Raise where the pattern misses entries. Two evaluations, where it does not."""
    look = _Look(task, evaluator, x, is_number)
    if task.kind != "pairs":
        _confirm_rows(look, entries.pattern, entries.data)
    elif task.scalar:
        _confirm_products(look, entries.pattern, entries.data)
