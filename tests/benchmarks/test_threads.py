"""The benchmark of threads runs; nothing here is about how fast anything is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "threads.py"


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_threads_and_processes():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "two threads" in done.stdout
