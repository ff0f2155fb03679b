"""What the documentation says, run: doctests, README, the files that architecture.md names."""

import doctest
import importlib
import pkgutil
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import centraldiff as cd

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(cd.__path__, "centraldiff.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_doctests(name):
    with np.printoptions(legacy=False):
        result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_doctests_are_found():
    modules = map(importlib.import_module, MODULES)
    assert sum(doctest.testmod(module).attempted for module in modules) > 20


def test_nothing_is_left_to_fill_in():
    assert "@@" not in (ROOT / "README.md").read_text()


def test_every_public_function_has_a_doctest_and_its_sections():
    for name in cd.__all__:
        item = getattr(cd, name)
        text = item.__doc__
        assert text, name
        if callable(item) and name.islower():
            for section in ("Parameters", "Returns", "Raises", "Notes", "Examples"):
                assert f"{section}\n" in text, (name, section)
            assert "valuat" in text, name


def test_readme_examples():
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    names = {"x": np.array([1.0, 2.0]), "buffer": np.empty(2)}
    for block in blocks:
        exec(block, names)
    assert names["buffer"] == pytest.approx([4.0, 1.0])


def test_accuracy_examples():
    names: dict[str, object] = {}
    for block in re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/accuracy.md").read_text(), re.DOTALL
    ):
        exec(block, names)
    assert names["found"].nfev > 9


def test_performance_examples():
    names: dict[str, object] = {}
    for block in re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/performance.md").read_text(), re.DOTALL
    ):
        exec(block, names)
    np.testing.assert_allclose(names["g"], 0, atol=1e-7)
    np.testing.assert_allclose(names["h"], [[4, 2], [2, 0]], atol=1e-6)


def test_sparse_examples(capsys):
    pytest.importorskip("scipy")
    names: dict[str, object] = {}
    for block in re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/sparse.md").read_text(), re.DOTALL
    ):
        exec(block, names)
    assert "lack entries, perhaps" in capsys.readouterr().out
    assert names["B"].shape == (10_000, 10_000)


def test_the_picture_shows_what_color_columns_finds():
    script = runpy.run_path(str(ROOT / "docs/sparse_figures.py"))
    assert script["picture"]() == (ROOT / "docs/figures/sparse_colors.svg").read_text()


def test_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text()
    for mark in ("main command", "test command"):
        assert re.search(rf"<!-- {mark} -->\n```sh\npython3 [^\n]*\n```", text)


def test_architecture_names_every_file():
    text = (ROOT / "docs" / "architecture.md").read_text()
    source = ROOT / "src" / "centraldiff"
    for path in source.iterdir():
        if path.suffix in {".py", ".pyx"}:
            assert path.name in text, path.name


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/architecture.md",
        "docs/performance.md",
        "docs/sparse.md",
    ],
)
def test_links_lead_somewhere(path):
    here = ROOT / path
    for target in re.findall(r"\]\(([^)#]+)\)", here.read_text()):
        if "://" not in target:
            assert (here.parent / target).exists(), target
