"""The comparison of ways to call fun compares what is the same; nothing about how fast it is."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def doors():
    sys.path.insert(0, str(BENCHMARKS))
    before = set(sys.modules)
    try:
        yield importlib.import_module("doors")
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in set(sys.modules) - before:
            if not name.startswith(("scipy", "numpy")):
                sys.modules.pop(name, None)


def test_all_ways_give_the_same(doors):
    for case in doors.door_cases():
        results = [way(case.x) for way in case.ways.values()]
        for result in results[1:]:
            np.testing.assert_allclose(result, results[0], rtol=1e-5, atol=2e-2)


def test_ratios(doors):
    effort = doors.Effort(repetitions=2, slot=1e-5)
    ratios = doors.times_faster(doors.door_cases()[0], effort)
    assert list(ratios) == ["array", 'x_as="list"', 'x_as="arguments"']
    assert ratios["array"] == 1
    assert min(ratios.values()) > 0
