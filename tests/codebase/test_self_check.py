"""``python -m centraldiff`` says what is installed, and notices what is wrong."""

import runpy
import subprocess
import sys

import numpy as np
import pytest

import centraldiff as cd


def test_it_says_what_a_report_of_a_bug_has_to_say():
    command = [sys.executable, "-m", "centraldiff"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert lines["centraldiff"] == cd.__version__
    assert lines["NumPy"] == np.__version__
    assert lines["GIL"] in ("on", "off")
    assert lines["compiler"]
    assert lines["flags"]
    assert lines["self-check"] == "passed"


def test_it_fails_where_a_derivative_is_wrong(monkeypatch, capsys):
    real = cd.jacobian
    monkeypatch.setattr(cd, "jacobian", lambda fun, x: real(fun, x) * (1 + 1e-7))
    with pytest.raises(SystemExit) as end:
        runpy.run_module("centraldiff", run_name="__main__")
    assert end.value.code == 1
    said = capsys.readouterr().out
    assert "WRONG: Jacobian is off by 1e-07" in said
    assert "self-check   failed" in said


def test_nan_is_not_right(monkeypatch, capsys):
    monkeypatch.setattr(cd, "jacobian", lambda fun, x: np.full((2, 2), np.nan))
    with pytest.raises(SystemExit) as end:
        runpy.run_module("centraldiff", run_name="__main__")
    assert end.value.code == 1
