"""Sub-interpreters: refused with ImportError, by NumPy or by the extensions themselves."""

import subprocess
import sys
from pathlib import Path

import pytest

import centraldiff as cd

HERE = Path(cd.__file__).parent

PROGRAM = """
import sys
from importlib.util import find_spec

try:
    import _interpreters as interpreters
    create = lambda: interpreters.create({isolated} and "isolated" or "legacy")
    run = interpreters.exec
except ImportError:  # before 3.13
    import _xxsubinterpreters as interpreters
    create = lambda: interpreters.create(isolated={isolated})
    run = interpreters.run_string

import centraldiff

inside = '''
import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

def refused(load):
    try:
        load()
    except ImportError as error:
        return bool(str(error))
    return False

def load_alone(path):  # as if NumPy could be had
    name = "centraldiff." + path.name.partition(".")[0]
    loader = ExtensionFileLoader(name, str(path))
    loader.exec_module(module_from_spec(spec_from_loader(name, loader)))

assert refused(lambda: __import__("centraldiff"))
assert refused(lambda: __import__("centraldiff"))
paths = [p for p in Path({here!r}).iterdir() if p.suffix in (".so", ".pyd")]
assert len(paths) > 20, paths
for path in paths:
    assert refused(lambda: load_alone(path)), path
print("refused")
'''
for _ in range(2):
    inner = create()
    failed = run(inner, inside)
    assert failed is None, failed
    interpreters.destroy(inner)
assert (centraldiff.gradient(lambda x: x @ x, [1.0, 2.0]).round(6) == [2, 4]).all()
print("main")
"""


@pytest.mark.parametrize("isolated", [True, False])
def test_refused(isolated):
    pytest.importorskip("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(isolated=isolated, here=str(HERE))],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["refused", "refused", "main"]
