"""The benchmark of compiled functions runs; nothing here is about how fast anything is."""

import runpy
import shutil
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "compiled.py"


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_all_agree(tmp_path):
    pytest.importorskip("numba")
    pytest.importorskip("scipy")
    names = runpy.run_path(str(SCRIPT))
    best = names["measure"](10, 1e-5, 1, tmp_path)
    assert len(names["report"](10, best).splitlines()) == 3
