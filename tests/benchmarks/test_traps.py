"""The table of traps: ours fall into none of them with adaptive steps."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "traps.py"
PAGE = Path(__file__).parents[2] / "docs" / "comparison.md"


@pytest.fixture(scope="module")
def table():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [re.split(r" *\| *", line)[1:-1] for line in done.stdout.splitlines()]


def test_adaptive_falls_into_none(table):
    assert table[0][2] == "centraldiff adaptive"
    assert all(float(row[2]) < 1e-4 for row in table[2:])


def test_the_page_has_all_traps(table):
    assert all(f"\n| {row[0]} |" in PAGE.read_text(encoding="utf-8") for row in table[2:])
