"""Time in units of bare calls, evaluations, errors, memory.

The unit is the time of the bare calls of fun, from a C loop, as many as central differences need.
Contestants are called from the same kind of loop, in the same process, in turns: each repetition
times the unit and every contestant once, so that whatever else the machine does falls on all alike.
The best of all repetitions counts.

Two precautions, because ratios near 1 are at stake. The order is random, not merely rotated: if
everyone always followed the same neighbour, the one after the largest would always find the caches
cold (that alone made the unit 2 % slower, and so every contestant look faster). And each gets some
untimed calls first. As a control the bare calls take part twice: the second, over the first, would
be 1 on a perfect machine, and what it is off by is how far a ratio can be trusted.
"""

from __future__ import annotations

import collections
import gc
import itertools
import math
import random
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from cases import Case
from contestants import Contestant, Function, Run


@dataclass(frozen=True)
class Effort:
    """How often to repeat, and how long (in seconds) one contestant is timed each time at least."""

    repetitions: int
    slot: float


FULL = Effort(repetitions=200, slot=2e-3)
QUICK = Effort(repetitions=6, slot=3e-4)


@dataclass(frozen=True)
class Row:
    """What is known of one contestant in one case; errors are None where there is no such thing."""

    contestant: str
    ratio: float  # best time over the best time of the unit
    spread: float  # how far apart the ratios of the even and the odd repetitions are, relative
    limit: float | None
    evaluations: int  # points
    calls: int  # of fun: fewer than evaluations where it is called with batches
    absolute_error: float
    relative_error: float | None
    memory: int  # bytes, peak of preparation and one call


@dataclass(frozen=True)
class Table:
    """One case, measured; `failed` are contestants that raised, with what they raised."""

    case: Case
    control: float  # bare calls over bare calls
    rows: list[Row]
    failed: dict[str, str]


def seconds(call: Callable[..., Any], args: tuple[Any, ...], times: int) -> float:
    """Time of ``call(*args)``, so many times over, from a C loop that drops the results."""
    repeated = [itertools.repeat(arg, times) for arg in args]
    start = time.perf_counter()
    collections.deque(map(call, *repeated), maxlen=0)
    return time.perf_counter() - start


def _loops(run: Run, slot: float) -> int:
    once = min(seconds(run.call, run.args, 1) for _ in range(3))
    return max(1, math.ceil(slot / max(once, 1e-7)))


def best_times(case: Case, runs: list[Run], effort: Effort) -> Any:
    """Seconds per call, (2, 2 + runs): even and odd repetitions; unit, control, runs."""
    needed = case.evaluations
    bare = Run(case.fun, (case.x,))
    units = _loops(bare, effort.slot / needed) * needed
    turns = [bare, bare, *runs]
    loops = [units, units, *(_loops(run, effort.slot) for run in runs)]
    order = list(range(len(turns)))
    rng = random.Random(case.name)
    times = np.full((2, len(turns)), np.inf)
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()  # as timeit does
    try:
        for repetition in range(effort.repetitions):
            rng.shuffle(order)
            half = times[repetition % 2]
            for i in order:
                call, args = turns[i].call, turns[i].args
                if half[i] < 5 * effort.slot:  # what takes longer warms itself
                    seconds(call, args, math.ceil(loops[i] / 4))
                half[i] = min(half[i], seconds(call, args, loops[i]) / loops[i])
            if repetition % 10 == 9:
                gc.collect()
    finally:
        if collecting:
            gc.enable()
    times[:, :2] *= needed
    return times


def count(contestant: Contestant, case: Case) -> tuple[int, int]:
    """Evaluations (points) and calls of fun for one derivative, without those of `prepare`."""
    points = calls = 0
    fun = contestant.function(case)

    def counted(x: Any) -> Any:
        nonlocal points, calls
        calls += 1
        points += np.asarray(x).size // case.x.size
        return fun(x)

    run = contestant.prepare[case.kind](counted, case.x)
    points = calls = 0
    run.call(*run.args)
    return points, calls


def errors(contestant: Contestant, case: Case) -> tuple[float, float | None]:
    """The largest absolute error at all points of a case, and the largest relative one.

    Relative errors are those of the entries whose exact value is not 0, if there are any.
    """
    absolute, relative = [], []
    for x in case.points():
        run = contestant.prepare[case.kind](contestant.function(case), x)
        exact = np.asarray(case.exact(x), dtype=float)
        value = np.asarray(run.read(run.call(*run.args)), dtype=float)
        if value.shape != exact.shape:
            raise ValueError(f"derivative of shape {value.shape}, expected {exact.shape}")
        off = np.abs(value - exact)
        absolute.append(off.max())
        there = exact != 0
        relative.extend(off[there] / np.abs(exact[there]))
    return float(np.max(absolute)), float(np.max(relative)) if relative else None


def memory(prepare: Callable[[Function, Any], Run], fun: Function, x: Any) -> int:
    """Peak of what Python and NumPy allocate for preparation and one call, in bytes.

    What is made once for a process, such as caches, is not in it: it is there before.
    """
    run = prepare(fun, x)
    run.call(*run.args)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        run = prepare(fun, x)
        run.call(*run.args)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def measure(case: Case, contestants: list[Contestant], effort: Effort) -> Table:
    """One case with all contestants that have this kind of derivative."""
    known: dict[str, tuple[Run, tuple[int, int], tuple[float, float | None], int]] = {}
    failed: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for contestant in contestants:
            if case.kind not in contestant.prepare:
                continue
            prepare, fun = contestant.prepare[case.kind], contestant.function(case)
            try:
                known[contestant.name] = (
                    prepare(fun, case.x),
                    count(contestant, case),
                    errors(contestant, case),
                    memory(prepare, fun, case.x),
                )
            except Exception as error:
                failed[contestant.name] = f"{type(error).__name__}: {error}"
        times = best_times(case, [run for run, *_ in known.values()], effort)
    ratios = times[:, 2:] / times[:, :1]
    best = times.min(axis=0)
    rows = []
    for i, (name, (_, counts, off, peak)) in enumerate(known.items()):
        ratio = float(best[2 + i] / best[0])
        spread = float(abs(ratios[0, i] - ratios[1, i]) / ratio)
        rows.append(Row(name, ratio, spread, case.limits.get(name), *counts, *off, peak))
    return Table(case, float(best[1] / best[0]), rows, failed)
