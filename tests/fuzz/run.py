"""Many cases: ``python tests/fuzz/run.py 1000000 --seed 3``; one: ``--only 1234 --seed 3``."""

from __future__ import annotations

import argparse
import collections
import faulthandler
import gc
import multiprocessing
import random
import sys
import traceback
from typing import Any

import cases
import judge

BLOCK = 5_000  # cases of one process: a crash ends no more than these
SECONDS = 120  # for a hundred cases: else something hangs


def case_of(seed: int, index: int) -> cases.Case:
    return cases.draw(random.Random(f"{seed}/{index}").choice)


def block(seed: int, start: int, stop: int, place: Any, counts: Any) -> None:
    """Cases start to stop, in a process of its own."""
    sys.unraisablehook = lambda unraisable: None  # what fun raises inside a C function
    faulthandler.enable()
    tally: collections.Counter[str] = collections.Counter()
    for index in range(start, stop):
        place.value = index
        if index % 100 == 0:
            faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            tally[judge.judge(case_of(seed, index))] += 1
        except judge.VoidError:
            tally["void"] += 1
        except BaseException:
            tally["FINDING"] += 1
            print(f"FINDING --seed {seed} --only {index}", case_of(seed, index), flush=True)
            print(traceback.format_exc()[-1500:], flush=True)
    gc.collect()
    counts.put(tally)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    if given.only is not None:
        case = case_of(given.seed, given.only)
        print(case)
        print(judge.judge(case))
        return 0
    context = multiprocessing.get_context("spawn")
    place, total = context.Value("q", lock=False), collections.Counter()
    start, end = given.start, given.start + given.count
    while start < end:
        stop = min(start + BLOCK, end)
        counts = context.SimpleQueue()
        arguments = (given.seed, start, stop, place, counts)
        process = context.Process(target=block, args=arguments)
        process.start()
        process.join()
        if process.exitcode:
            total["CRASH"] += 1
            stop = place.value + 1  # what came before it in the block is not counted
            print(f"CRASH {process.exitcode} --seed {given.seed} --only {place.value}")
            print(case_of(given.seed, place.value), flush=True)
        else:
            total += counts.get()
        start = stop
        print(f"{stop - given.start} of {given.count}", file=sys.stderr, flush=True)
    tried = total.total() - total["void"]
    print(f"{tried} cases ({total['void']} could not be set up), seed {given.seed}:", flush=True)
    for outcome, number in total.most_common():
        print(f"{number:10} {outcome}")
    return 1 if total["FINDING"] or total["CRASH"] else 0


if __name__ == "__main__":
    sys.exit(main())
