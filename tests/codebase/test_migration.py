"""docs/migration.md: each row of its tables, theirs against ours."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "migration.md").read_text(encoding="utf-8")
INTRODUCTION, *SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
CODE = r"```python\n(.*?)```"
ROW = r"^\| `(.+?)` \| `(.+?)` \| (\S*) ?\|"


def rows():
    for section in SECTIONS:
        title, setup = section.partition("\n")[0], "".join(re.findall(CODE, section, re.DOTALL))
        for theirs, ours, within in re.findall(ROW, section, re.MULTILINE):
            yield pytest.param(setup, theirs, ours, within, id=f"{title}: {theirs}")


def test_rows_are_found():
    lines = re.findall(r"^\| `", PAGE, re.MULTILINE)
    assert len(list(rows())) == len(lines) > 30


@pytest.mark.parametrize(("setup", "theirs", "ours", "within"), list(rows()))
def test_row(setup, theirs, ours, within):
    for package in re.findall(r"^(?:import|from) (\w+)", setup, re.MULTILINE):
        pytest.importorskip(package, exc_type=ImportError)
    if "scipy import differentiate" in setup:
        pytest.importorskip("scipy", minversion="1.15")
    names: dict[str, object] = {}
    with warnings.catch_warnings(action="ignore"):  # of theirs
        exec(re.search(CODE, INTRODUCTION, re.DOTALL)[1] + setup, names)
        expected = np.squeeze(eval(theirs, names))
    found = np.asarray(eval(ours, names))
    assert found.shape == expected.shape
    if within:
        assert np.abs(found - expected).max() <= float(within) * np.abs(expected).max()
