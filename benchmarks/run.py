"""Run all benchmarks: python benchmarks/run.py [--quick] [--output DIR]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import report
from cases import cases
from contestants import contestants
from measure import FULL, QUICK, measure


def main() -> int:
    """Measure every case, print each as soon as it is there, and write all of them.

    The exit status is 1 if centraldiff itself failed somewhere; slowness is no failure.
    """
    parser = argparse.ArgumentParser(description="centraldiff and its peers, in one process.")
    parser.add_argument("--quick", action="store_true", help="few repetitions: ratios are rough")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).parent / "results",
        metavar="DIR",
        help="where results.md and results.json go (default: results beside this file)",
    )
    options = parser.parse_args()
    effort = QUICK if options.quick else FULL
    found, left_out = contestants()
    for name, why in left_out.items():
        print(f"left out: {name} ({why})")
    tables = []
    for case in cases():
        tables.append(measure(case, found, effort))
        print(report.text(tables[-1]), flush=True)
    report.write(options.output, tables, found, left_out, effort)
    return int(any(name.startswith("centraldiff") for table in tables for name in table.failed))


if __name__ == "__main__":
    sys.exit(main())
