"""Text is UTF-8, whatever a system takes for its own encoding (Windows)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("benchmarks", "docs", "examples", "src", "tests", "tools")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", [*FILES, ROOT / "noxfile.py"], ids=lambda path: path.name)
def test_files_are_opened_with_an_encoding(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = getattr(getattr(node, "func", None), "attr", None)
        if called in ("read_text", "write_text"):
            assert any(keyword.arg == "encoding" for keyword in node.keywords), node.lineno
