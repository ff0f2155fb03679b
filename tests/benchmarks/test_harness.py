"""The benchmarks run, count and compare rightly; nothing here is about how fast anything is."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = ("recipe", "cases", "contestants", "measure", "report")


@pytest.fixture(scope="module")
def bench() -> Iterator[dict[str, ModuleType]]:
    """The modules of benchmarks/, which is a folder of scripts and not a package."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        yield {name: importlib.import_module(name) for name in NAMES}
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in NAMES:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def own(bench):
    """The contestants that need nothing but this package and NumPy."""
    return bench["contestants"]._centraldiff() + bench["contestants"]._recipe()


def test_exact_derivatives_agree_with_centraldiff(bench, own):
    for case in bench["cases"].cases():
        absolute, _ = bench["measure"].errors(own[0], case)
        assert absolute < 1e-4 * max(1.0, np.abs(case.exact(case.x)).max()), case.name


def test_batched_functions_agree_with_plain_ones(bench):
    for case in bench["cases"].cases():
        columns = np.stack(case.points(), axis=1)
        one_by_one = np.stack([case.fun(x) for x in case.points()], axis=-1)
        np.testing.assert_allclose(case.batched(columns), one_by_one, rtol=1e-13)


def test_own_evaluations_are_those_of_the_unit(bench, own):
    for case in bench["cases"].cases():
        for contestant in own[:2]:
            assert bench["measure"].count(contestant, case) == (case.evaluations,) * 2


def test_recipe_behaves_like_the_one_that_is_copied(bench):
    calls = []

    def fun(x):
        calls.append(x)
        return x[0] ** 2 * x[1]

    x = np.array([1.5, 2.0, 0.0])
    g = bench["recipe"].gradient(fun, x)
    assert g.dtype == np.float32
    assert len(calls) == 2 * 3
    np.testing.assert_allclose(g, [6.0, 2.25, 0.0], rtol=1e-6)
    calls.clear()
    h = bench["recipe"].hessian(fun, x)
    assert h.dtype == np.float32
    assert len(calls) == 8 * 3**3
    np.testing.assert_allclose(h, [[4, 3, 0], [3, 0, 0], [0, 0, 0]], atol=0.1)


def test_every_contestant_that_imports_gets_every_case_it_takes_part_in_right(bench):
    found, _ = bench["contestants"].contestants()
    case = next(case for case in bench["cases"].cases() if case.kind == "gradient")
    for contestant in found:
        absolute, _ = bench["measure"].errors(contestant, case)
        assert absolute < 1e-5, contestant.name


def test_peers_that_do_not_import_are_left_out_by_name(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "jacobi", None)
    found, left_out = bench["contestants"].contestants()
    assert "jacobi" in left_out
    assert "jacobi" not in [contestant.name for contestant in found]
    assert "centraldiff prepared" in [contestant.name for contestant in found]


def test_measure_and_report(bench, own, tmp_path):
    measure, report = bench["measure"], bench["report"]
    effort = measure.Effort(repetitions=2, slot=1e-5)

    def raises(fun, x):
        raise OSError(f"nothing at {tmp_path}")

    broken = bench["contestants"].Contestant("broken", "not at all", {"gradient": raises})
    table = measure.measure(bench["cases"].cases()[0], [*own, broken], effort)
    assert [row.contestant for row in table.rows] == [contestant.name for contestant in own]
    assert all(row.ratio > 0 and row.memory > 0 for row in table.rows)
    assert list(table.failed) == ["broken"]
    assert "centraldiff prepared" in report.text(table)
    report.write(tmp_path, [table], own, {"absent": "ImportError"}, effort)
    written = (tmp_path / "results.json").read_text(encoding="utf-8")
    data = json.loads(written)
    assert data["repetitions"] == effort.repetitions
    assert {"python", "numpy", "centraldiff"} <= data["versions"].keys()
    assert data["left_out"] == ["absent"]
    assert data["cases"][0]["failed"] == {"broken": "OSError"}
    shown = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "| centraldiff prepared |" in shown
    for secret in (str(tmp_path), str(BENCHMARKS)):
        assert secret not in written + shown
