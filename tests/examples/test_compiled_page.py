"""docs/compiled.md: its C is built, its Python is run, as they stand there."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

PAGE = (Path(__file__).parents[2] / "docs" / "compiled.md").read_text(encoding="utf-8")
WITH_NUMBA, WITH_C = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_in_c(build, tmp_path, monkeypatch):
    pytest.importorskip("scipy")
    (source,) = re.findall(r"```c\n(.*?)```", PAGE, re.DOTALL)
    build(source, tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(WITH_C, names)
    assert_allclose(names["gradient"], names["weights"], rtol=1e-8)
    assert_allclose(names["jacobian"], np.diag([1.0, 2.0]), atol=1e-8)


def test_the_example_with_numba(capsys):
    pytest.importorskip("numba")
    exec(WITH_NUMBA, {})
    assert capsys.readouterr().out == "[-2. -2.  4.]\n"
