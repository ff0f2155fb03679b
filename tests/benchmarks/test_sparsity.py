"""The benchmark of sparse derivatives compares what is the same; nothing about how fast it is."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

import centraldiff as cd

pytest.importorskip("scipy")
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def sparsity():
    sys.path.insert(0, str(BENCHMARKS))
    before = set(sys.modules)
    try:
        yield importlib.import_module("sparsity")
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in set(sys.modules) - before:
            if not name.startswith(("scipy", "numpy")):
                sys.modules.pop(name, None)


def test_both_ways_give_the_same(sparsity):
    x = sparsity.point(30)
    ours, theirs = (way(x).toarray() for way in sparsity.tridiagonal(30).values())
    np.testing.assert_allclose(ours, theirs, atol=1e-8)
    np.testing.assert_allclose(ours, cd.jacobian(sparsity.chain, x), atol=1e-8)


def test_the_gradient_is_that_of_the_function(sparsity):
    x = sparsity.point(12)
    np.testing.assert_allclose(
        sparsity.rosen_gradient(x), cd.gradient(sparsity.rosen, x), atol=1e-6
    )


def test_turns(sparsity):
    times = sparsity.in_turns(sparsity.tridiagonal(30), sparsity.point(30), 3)
    assert list(times) == ["scipy 3-point", "Jacobian"]
    assert all(len(found) == 3 and min(found) > 0 for found in times.values())


@pytest.mark.thread_unsafe(reason="traces memory of the process")
def test_vectors_are_counted(sparsity):
    x, pattern = sparsity.point(20_000), sparsity.band(20_000, 20_000, (-1, 0, 1))
    jacobian = cd.Jacobian(sparsity.chain, sparsity=pattern)
    assert 0 < sparsity.vectors_beside(jacobian, sparsity.chain, x) < 6


@pytest.mark.thread_unsafe(reason="replaces the arguments of the process")
def test_all_of_it(sparsity, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["sparsity.py", "--quick"])
    sparsity.main()
    said = capsys.readouterr().out
    assert "evaluations              6, the first time 8\n" in said
    assert "from values              799 evaluations" in said
    assert "from gradients           6 evaluations" in said
    assert "Gradient                 4 evaluations" in said
    assert "Hessian                  7 evaluations" in said
