"""Summaries as tables to read, and the worst cases one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from accuracy_judge import Summary, Verdict

Column = tuple[str, Callable[[Summary], str]]

COMMON: tuple[Column, ...] = (
    ("median", lambda s: f"{s.median:.0e}"),
    ("95 %", lambda s: f"{s.quantile:.0e}"),
    ("evaluations", lambda s: f"{s.evaluations:.1f}"),
    ("not finite", lambda s: str(s.not_finite)),
    ("wrong", lambda s: str(s.wrong)),
    ("silent", lambda s: str(s.silent)),
)
COLUMNS: dict[str, tuple[Column, ...]] = {
    "numbers": (*COMMON, ("hard, silent", lambda s: str(s.hard_silent))),
    "arrays": (
        *COMMON,
        ("entries", lambda s: str(s.entries)),
        ("off", lambda s: str(s.off)),
        ("entry median", lambda s: f"{s.own_median:.0e}"),
    ),
}

LEGEND = """\
Errors are relative; of arrays, the largest error by the largest exact entry. Evaluations are means.
Wrong: off by more than 1e-6, or not finite. Silent: wrong, finite, and the claimed error is less
than a tenth of the error. Hard cases are those where no central difference gets six digits; they
count in the last column only. In arrays it is entries that are counted, wrong by the largest entry
of the gradient, or of their row or column of the Hessian; off and the entry median are by the entry
itself."""


def table(title: str, summaries: Sequence[Summary], columns: Sequence[Column]) -> str:
    """One line for each contestant."""
    lines = [("", *(header for header, _ in columns))]
    lines += [(s.contestant, *(cell(s) for _, cell in columns)) for s in summaries]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [title]
    for first, *rest in lines:
        cells = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        text.append("  ".join(["", first.ljust(widths[0]), *cells]))
    return "\n".join(text) + "\n"


def worst(contestant: str, verdicts: Sequence[Verdict], count: int) -> str:
    """The cases with the largest errors, each with its worst entry."""
    ordered = sorted(verdicts, key=lambda verdict: -verdict.relative.max())
    text = [f"  worst of {contestant}"]
    for verdict in ordered[:count]:
        at = np.unravel_index(np.argmax(verdict.relative), verdict.value.shape)
        claimed = "nothing" if verdict.claimed is None else f"{verdict.claimed[at]:.1e}"
        text.append(
            f"    {verdict.relative[at]:.0e}  {verdict.case.name}"
            f"{list(map(int, at)) if at else ''}{' (hard)' if verdict.hard else ''}:"
            f" true {float(verdict.exact[at]):.10g}, value {verdict.value[at]:.10g},"
            f" error {verdict.error[at]:.1e}, claimed {claimed}, {verdict.evaluations} evaluations"
            f"{', ' if verdict.status else ''}{verdict.status}"
        )
    return "\n".join(text) + "\n"
