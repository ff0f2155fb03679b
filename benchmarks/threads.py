"""Two threads against one, of a compiled function: python benchmarks/threads.py [--quick].

What a machine allows at the moment, two processes tell that do the same work side by side: a
second process for nothing would be 2.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from compiled import in_c

import centraldiff as cd

N = 3000
LIMIT = 1.6  # what the project has set itself, where two processes reach 1.8 or more
SECONDS = 0.2
PATIENCE = 60  # seconds


def work(directory: Path, start: Any, answers: Any) -> None:
    """Gradients for some time, beside another process."""
    gradient, x = cd.Gradient(in_c(directory)[0]), np.linspace(0.5, 1.5, N)
    gradient(x)
    start.wait(PATIENCE)
    answers.put(rate(lambda: gradient(x)))


def rate(call: Callable[[], object]) -> float:
    """Calls in a second."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() < began + SECONDS:
        call()
        count += 1
    return count / (time.perf_counter() - began)


def two_processes(directory: Path) -> float:
    """Gradients a second, of both."""
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(2), context.Queue()
    processes = []
    for which in range(2):
        own = directory / str(which)  # each compiles its own
        own.mkdir(exist_ok=True)
        processes.append(context.Process(target=work, args=(own, start, answers)))
    for process in processes:
        process.start()
    total = sum(answers.get(timeout=PATIENCE) for _ in processes)
    for process in processes:
        process.join()
    return float(total)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repetition, no limit checked")
    quick = parser.parse_args().quick
    x = np.linspace(0.5, 1.5, N)
    with tempfile.TemporaryDirectory() as name:
        fun = in_c(Path(name))[0]
        one, two = cd.Gradient(fun), cd.Gradient(fun, workers=2)
        if not (one(x) == two(x)).all():
            raise SystemExit("two threads give other bits than one")
        ratios, controls = [], []
        for _ in range(1 if quick else 7):
            alone = rate(lambda: one(x))
            ratios.append(rate(lambda: two(x)) / alone)
            controls.append(two_processes(Path(name)) / alone)
    gain, control = float(np.median(ratios)), float(np.median(controls))
    print(f"rosen in C, n = {N}: two threads {gain:.2f}, two processes {control:.2f} times one")
    if not quick and control > 1.8 and gain < LIMIT:
        raise SystemExit(f"two threads should be {LIMIT} times as fast")


if __name__ == "__main__":
    main()
