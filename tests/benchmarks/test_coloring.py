"""The benchmark of colourings runs; nothing here is about how fast anything is."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "coloring.py"


def test_colors_are_compared():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "tridiagonal, n = 1000" in done.stdout
    assert "5-point grid, 30 x 30" in done.stdout
    assert done.stdout.count("times SciPy") == 8
