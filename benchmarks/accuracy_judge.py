"""One derivative by one contestant against the exact one, and many of them in a row."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from accuracy_cases import ArrayCase, Case
from accuracy_cases.case import TOLERANCE
from accuracy_contestants import Answer, Contestant, Counted
from mpmath import mpf

ORDERS = {"first": 1, "second": 2}


@dataclass(frozen=True)
class Verdict:
    """What came of one case. Arrays have the derivative's shape, () for a number.

    `error` is absolute, `scale` what it is measured by. An entry is wrong if it is not finite or
    off by more than a millionth of its scale; it is silently so if it is finite and the claimed
    error is less than a tenth of the error. Who claims nothing is always silent.
    """

    case: Case | ArrayCase
    hard: bool
    value: Any
    exact: Any
    error: Any
    scale: Any
    claimed: Any  # None if there is no claim
    status: str
    evaluations: int

    @property
    def relative(self) -> Any:
        """Errors by their scale; infinite where the value is not finite."""
        return _ratio(self.error, self.scale)

    @property
    def own(self) -> Any:
        """Errors by the exact entries themselves, of those that are not 0."""
        size = np.abs(self.exact.astype(float))
        return _ratio(self.error[size > 0], size[size > 0])

    @property
    def overall(self) -> float:
        """The largest error by the largest exact entry."""
        return float(_ratio(self.error, np.abs(self.exact.astype(float)).max()).max())

    @property
    def wrong(self) -> Any:
        """Which entries are."""
        return ~(self.relative <= TOLERANCE)

    @property
    def silent(self) -> Any:
        """Which entries are wrong, and nothing says so."""
        silent = self.wrong & np.isfinite(self.value)
        return silent if self.claimed is None else silent & (self.claimed < self.error / 10)


def judge(contestant: Contestant, task: str, case: Case | ArrayCase) -> Verdict:
    """Let a contestant do it, and look."""
    exact = np.array(getattr(case, task))
    fun = Counted(case)
    x = case.x if isinstance(case, Case) else np.array(case.x)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            answer = contestant.tasks[task](fun, x)
        except Exception as error:
            nothing = np.full(exact.shape, np.nan)
            answer = Answer(nothing, nothing, f"raised {type(error).__name__}")
    value = np.asarray(answer.value, dtype=float).reshape(exact.shape)
    claimed = answer.claimed
    return Verdict(
        case=case,
        hard=isinstance(case, Case) and case.hard(ORDERS[task]),
        value=value,
        exact=exact,
        error=_off(value, exact),
        scale=_scale(exact),
        claimed=claimed if claimed is None else np.asarray(claimed, float).reshape(exact.shape),
        status=", ".join(dict.fromkeys(map(str, np.ravel(answer.status)))),
        evaluations=fun.points,
    )


@dataclass(frozen=True)
class Summary:
    """Many verdicts on one contestant; all but `hard_silent` leave the hard cases out."""

    contestant: str
    cases: int
    median: float  # of the overall relative errors
    quantile: float  # 95 % of them
    evaluations: float
    entries: int
    not_finite: int
    wrong: int
    silent: int
    off: int  # by more than a millionth of themselves
    own_median: float
    hard_silent: int


def summarise(contestant: str, verdicts: Sequence[Verdict]) -> Summary:
    """All in one row."""
    fair = [verdict for verdict in verdicts if not verdict.hard]
    overall = np.array([verdict.overall for verdict in fair])
    own = np.concatenate([np.ravel(verdict.own) for verdict in fair])
    return Summary(
        contestant=contestant,
        cases=len(fair),
        median=float(np.quantile(overall, 0.5, method="lower")),
        quantile=float(np.quantile(overall, 0.95, method="higher")),
        evaluations=float(np.mean([verdict.evaluations for verdict in fair])),
        entries=sum(verdict.value.size for verdict in fair),
        not_finite=sum(int((~np.isfinite(verdict.value)).sum()) for verdict in fair),
        wrong=sum(int(verdict.wrong.sum()) for verdict in fair),
        silent=sum(int(verdict.silent.sum()) for verdict in fair),
        off=int((~(own <= TOLERANCE)).sum()),
        own_median=float(np.quantile(own, 0.5, method="lower")),
        hard_silent=sum(int(verdict.silent.sum()) for verdict in verdicts if verdict.hard),
    )


def _off(value: Any, exact: Any) -> Any:
    """How far values are off, rounded once: mpmath subtracts all the digits that both have."""
    off = [float(abs(mpf(v) - e)) for v, e in zip(value.ravel(), exact.ravel(), strict=True)]
    return np.reshape(off, exact.shape)


def _scale(exact: Any) -> Any:
    """The largest exact entry; in a matrix that of its row or of its column, the smaller one."""
    size = np.abs(exact.astype(float))
    if exact.ndim < 2:
        return np.full(exact.shape, size.max())
    rows = size.max(axis=1)
    return np.minimum.outer(rows, rows)


def _ratio(error: Any, scale: Any) -> Any:
    return np.where(np.isfinite(error), error / scale, np.inf)
