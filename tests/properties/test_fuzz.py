"""A share of the fuzz run: nothing but the documented errors comes out, and no process dies."""

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / "fuzz" / "run.py"


@pytest.mark.parametrize("start", [0, 10_000_000])
def test_some_cases(start):
    done = subprocess.run(
        [sys.executable, RUN, "400", "--seed", "5", "--start", str(start)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " cases (" in done.stdout
