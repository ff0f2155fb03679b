"""The results as a table to read, as Markdown, and as JSON. Ratios only, and nothing that tells
whose machine it was but the name of its processor.
"""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from contestants import Contestant, packages
from measure import Effort, Row, Table

import centraldiff

HEADER = ("", "time", "+-", "limit", "evaluations", "calls", "abs. error", "rel. error", "peak kB")

LEGEND = """\
Time is in units of the bare calls of fun, as many as central differences need (2 n, for a Hessian
n^2 + n + 1), made from a C loop: 1 would be a derivative that costs nothing beside them. It is the
best of all repetitions; contestants and unit take turns, in random order. +- is how far the even
and the odd repetitions differ; the control is a second series of bare calls over the first: what it
is off 1 is what ratios cannot tell apart within one run. Neither shows how runs differ: with the
cheapest functions another process may well give ratios 10 % apart, so a limit is met only if
several runs meet it. Evaluations are points at which fun was evaluated, calls how often it was
called. Errors are the largest of all entries at five points, the relative one among entries that
are not 0. Peak is what Python and NumPy allocate at most during preparation and one call."""


def processor() -> str:
    """The name of the processor, or at least its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (names or [platform.processor()])[0] or platform.machine()


def versions() -> dict[str, str]:
    """Python and every package that takes part, as far as it is installed."""
    found = {"python": platform.python_version(), "centraldiff": centraldiff.__version__}
    for package in packages():
        try:
            found.setdefault(package, version(package))
        except PackageNotFoundError:
            continue
    return found


def text(table: Table) -> str:
    """One case, aligned."""
    cells = [HEADER, *(_cells(row) for row in table.rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(HEADER))]
    lines = [f"{table.case.name} (control {table.control:.3f})"]
    for row in cells:
        rest = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join(["", row[0].ljust(widths[0]), *rest]))
    lines += [f"  {name} failed: {why}" for name, why in table.failed.items()]
    return "\n".join(lines) + "\n"


def markdown(tables: list[Table], contestants: list[Contestant], about: dict[str, Any]) -> str:
    """All cases, with what was measured and how each contestant was called."""
    listed = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    parts = [
        "# Benchmarks",
        LEGEND,
        f"{listed}; {about['processor']}; {about['repetitions']} repetitions.",
        "\n".join(f"- {contestant.name}: {contestant.how}" for contestant in contestants),
    ]
    if about["left_out"]:
        parts.append("Left out, because they do not import: " + ", ".join(about["left_out"]) + ".")
    for table in tables:
        lines = [HEADER, ("---", *("---:" for _ in HEADER[1:])), *map(_cells, table.rows)]
        parts.append(f"## {_capital(table.case.name)}")
        parts.append(f"Control: {table.control:.3f}.")
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in lines))
        parts += [f"{name} failed: {why}" for name, why in _failures(table).items()]
    return "\n\n".join(parts) + "\n"


def write(
    directory: Path,
    tables: list[Table],
    contestants: list[Contestant],
    left_out: dict[str, str],
    effort: Effort,
) -> None:
    """results.md and results.json in `directory`."""
    about = {
        "versions": versions(),
        "platform": f"{sys.platform} {platform.machine()}",
        "processor": processor(),
        "repetitions": effort.repetitions,
        "left_out": sorted(left_out),
    }
    cases = [
        {
            "case": table.case.name,
            "kind": table.case.kind,
            "n": table.case.x.size,
            "unit_calls": table.case.evaluations,
            "control": table.control,
            "rows": [asdict(row) for row in table.rows],
            "failed": _failures(table),
        }
        for table in tables
    ]
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "results.md").write_text(markdown(tables, contestants, about), encoding="utf-8")
    with (directory / "results.json").open("w", encoding="utf-8") as file:
        json.dump({**about, "cases": cases}, file, indent=1)


def _cells(row: Row) -> tuple[str, ...]:
    limit = ""
    if row.limit is not None:
        limit = f"{row.limit:g} {'met' if row.ratio <= row.limit else 'MISSED'}"
    relative = "-" if row.relative_error is None else f"{row.relative_error:.1e}"
    return (
        row.contestant,
        f"{row.ratio:.3f}" if row.ratio < 10 else f"{row.ratio:.1f}",
        f"{100 * row.spread:.1f}%",
        limit,
        str(row.evaluations),
        str(row.calls),
        f"{row.absolute_error:.1e}",
        relative,
        f"{row.memory / 1000:.1f}",
    )


def _failures(table: Table) -> dict[str, str]:
    """What failed, with the type of the exception only: its message may hold paths."""
    return {name: why.partition(":")[0] for name, why in table.failed.items()}


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
