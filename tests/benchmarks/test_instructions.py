"""Counting instructions: what needs no valgrind of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "instructions.py"


def test_without_valgrind_it_says_so():
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env=os.environ | {"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "valgrind is not installed" in done.stdout


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_what_is_kept_is_what_is_counted(tmp_path, monkeypatch):
    pytest.importorskip("scipy")
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import instructions

    names = [name for name, *_ in instructions.paths(tmp_path)]
    for kept in json.loads(SCRIPT.with_suffix(".json").read_text(encoding="utf-8")).values():
        assert list(kept) == ["import, over NumPy's", *names]
        assert all(row["ratio"] > 0 for row in kept.values())
