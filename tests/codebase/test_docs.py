"""What the documentation says, run: doctests, examples of pages, links, names of files."""

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
DOCS = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))]
PAGES = ["README.md", "CONTRIBUTING.md", *DOCS]
# these have tests of their own, the one since it needs a compiler, the other for its tables
ELSEWHERE = {"docs/compiled.md", "docs/migration.md"}
EXAMPLES = [
    p
    for p in PAGES
    if p not in ELSEWHERE and "```python\n" in (ROOT / p).read_text(encoding="utf-8")
]
# what has to be so when a page is through, if it does not say it itself
AFTER = {
    "README.md": "abs(buffer - [4, 1]).max() < 1e-8",
    "docs/accuracy.md": "found.nfev > 9",
    "docs/performance.md": "max(abs(g).max(), abs(h - [[4, 2], [2, 0]]).max()) < 1e-6",
    "docs/sparse.md": "B.shape == (10_000, 10_000) and 'lack entries, perhaps' in printed",
}
BLOCK = r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?"
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
    assert "@@" not in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_public_function_has_a_doctest_and_its_sections():
    for name in cd.__all__:
        item = getattr(cd, name)
        text = item.__doc__
        assert text, name
        if callable(item) and name.islower():
            for section in ("Parameters", "Returns", "Raises", "Notes", "Examples"):
                assert f"{section}\n" in text, (name, section)
            assert "valuat" in text, name


@pytest.mark.parametrize("path", EXAMPLES)
def test_examples(path, capsys):
    """Blocks of Python, one after the other; a block of text below one is what it prints."""
    names: dict[str, object] = {"x": np.array([1.0, 2.0]), "buffer": np.empty(2), "printed": ""}
    for code, expected in re.findall(BLOCK, (ROOT / path).read_text(encoding="utf-8"), re.DOTALL):
        if re.search(r"^(import|from) scipy", code, re.MULTILINE):
            pytest.importorskip("scipy", reason="the rest of the page needs SciPy")
        exec(code, names)
        out = capsys.readouterr().out
        assert not expected or out == expected
        names["printed"] += out
    assert eval(AFTER.get(path, "True"), names)


def test_examples_are_found():
    assert {"README.md", "docs/index.md", "docs/howto/scipy.md", *AFTER} <= set(EXAMPLES)


def test_the_reference_has_every_public_name():
    text = (ROOT / "docs/reference/index.rst").read_text(encoding="utf-8")
    for name in [*cd.__all__, "grad_func_generator"]:
        assert re.search(rf"^(   |\.\. autoexception:: ){name}$", text, re.MULTILINE), name


def test_the_picture_shows_what_color_columns_finds():
    script = runpy.run_path(str(ROOT / "docs/sparse_figures.py"))
    shown = ROOT / "docs/figures/sparse_colors.svg"
    assert script["picture"]() == shown.read_text(encoding="utf-8")


def test_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for mark in ("main command", "test command"):
        assert re.search(rf"<!-- {mark} -->\n```sh\npython3 [^\n]*\n```", text)


def test_architecture_names_every_file():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "centraldiff"
    for path in source.iterdir():
        if path.suffix in {".py", ".pyx"}:
            assert path.name in text, path.name


@pytest.mark.parametrize("path", PAGES)
def test_links_lead_somewhere(path):
    here = ROOT / path
    for target in re.findall(r"\]\(([^)#]+)", here.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (here.parent / target).exists(), target
