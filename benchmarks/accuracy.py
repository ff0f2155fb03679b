"""How right derivatives are, and how honest: python benchmarks/accuracy.py [--worst N] ...

Hundreds of functions whose derivatives are known to 50 digits (`accuracy_cases`), by several
methods and libraries. Needs mpmath; peers take part if they are installed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from accuracy_cases import ARRAY_CASES, CASES, CATEGORIES
from accuracy_contestants import TASKS, contestants
from accuracy_judge import ORDERS, judge, summarise
from accuracy_report import COLUMNS, LEGEND, table, worst


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each kind of derivative."""
    parser = argparse.ArgumentParser(description="Accuracy of derivatives and of claimed errors.")
    parser.add_argument("--category", choices=CATEGORIES, help="only these functions")
    parser.add_argument("--task", choices=TASKS, help="only this derivative")
    parser.add_argument("--contestant", default="", help="only those whose name holds this")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list the N worst cases")
    options = parser.parse_args(arguments)
    found, left_out = contestants()
    for name, why in left_out.items():
        print(f"left out: {name} ({why})")
    for task in TASKS if options.task is None else [options.task]:
        cases = [
            case
            for case in (CASES if task in ORDERS else ARRAY_CASES)
            if options.category in (None, case.category)
        ]
        if not cases:
            continue
        summaries, lists = [], []
        for contestant in found:
            if options.contestant not in contestant.name or task not in contestant.tasks:
                continue
            verdicts = [judge(contestant, task, case) for case in cases]
            summaries.append(summarise(contestant.name, verdicts))
            lists.append(worst(contestant.name, verdicts, options.worst))
        kind = "numbers" if task in ORDERS else "arrays"
        print(table(f"{task}: {len(cases)} cases", summaries, COLUMNS[kind]))
        if options.worst:
            print("\n".join(lists))
    print(LEGEND)


if __name__ == "__main__":
    main()
