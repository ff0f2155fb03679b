"""Shares of the long runs in tests/fuzz, in processes of their own: a crash is a failure too."""

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[1] / "fuzz"


def finds_nothing(*arguments):
    done = subprocess.run([sys.executable, *arguments], cwd=FUZZ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("start", [0, 10_000_000])
def test_nothing_but_documented_errors(start):
    assert " cases (" in finds_nothing("run.py", "400", "--seed", "5", "--start", str(start))


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers here")
def test_interrupts_at_random_moments():
    assert "0 findings" in finds_nothing("stress.py", "interrupts", "2")


@pytest.mark.skipif(
    importlib.util.find_spec("_testcapi") is None or not hasattr(signal, "alarm"),
    reason="no way to make allocations fail",
)
@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="Python itself dies where there is no memory for a function"
)
def test_no_memory():
    assert "0 findings" in finds_nothing("stress.py", "memory", "8")
