"""The public API, frozen in api.txt: what callers and subclasses may rely on, and nothing else.

A change of it is meant, or it is a mistake. ``python tests/codebase/test_api.py`` writes the file.
"""

import difflib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

import centraldiff as cd
from centraldiff.compat import recipe

ROOT = Path(__file__).parents[2]
FROZEN = Path(__file__).with_name("api.txt")
PUBLIC = [(cd, cd.__all__), (recipe, ["grad_func_generator", "hessian"])]

# What the rooms of the house tell each other through a Plan or a prepared object.
INTERNAL = {
    "as_value",
    "axis_steps",
    "bend",
    "box",
    "entry_place",
    "formula",
    "head",
    "is_sparse",
    "point_shape",
    "points_are_numbers",
    "shape",
    "spans",
    "task",
    "times",
    "unit",
    "units",
    "value_shape",
}
WHAT_TO_DO = """\
The public API is not what tests/codebase/api.txt says (+ is new, - is gone). If that is meant:
write the file with `python tests/codebase/test_api.py`, put a line into CHANGELOG.md, and see
CONTRIBUTING.md ("The public API") for what has to be deprecated first, and for how long.

"""


def signature_lines(function):
    """A line for each parameter, so that a difference is one line too."""
    signature = inspect.signature(function)
    for name, parameter in signature.parameters.items():
        if name != "self":
            alone = inspect.Signature([parameter])  # which says how it is passed
            yield f"    {str(alone)[1:-1]}"


def call_arguments(cls):
    """Those of a prepared object, which inspect can't see in a compiled class, out of its stub."""
    owner = next(base for base in cls.__mro__ if "__call__" in vars(base))
    stub = Path(cd.__file__).with_name(f"{owner.__module__.rpartition('.')[2]}.pyi")
    return re.search(r"def __call__\(self, (.*)\) ->", stub.read_text(encoding="utf-8"))[1]


def class_lines(cls):
    """Bases, arguments of the constructor, members; of exceptions only what they are."""
    yield f"    bases: {', '.join(base.__name__ for base in cls.__mro__[1:])}"
    if issubclass(cls, BaseException):
        return
    if inspect.isfunction(cls.__init__):  # others are not made by callers
        yield from signature_lines(cls)
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if name == "__call__":
            yield f"    .__call__({call_arguments(cls)})"
        elif name == "__len__":
            yield "    .__len__()"
        elif not name.startswith("_") and name not in INTERNAL:
            yield f"    .{name}{inspect.signature(member) if callable(member) else ''}"


def described():
    """The whole of it, as it is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield f"python {project['requires-python']}"
    yield f"requires {', '.join(project['dependencies'])}"
    for extra, needs in sorted(project["optional-dependencies"].items()):
        yield f"extra {extra}: {', '.join(needs)}"
    for module, names in PUBLIC:
        for name in sorted(names):
            item = getattr(module, name)
            if inspect.isclass(item):
                yield f"\nclass {module.__name__}.{name}"
                yield from class_lines(item)
            else:
                yield f"\nfunction {module.__name__}.{name}"
                yield from signature_lines(item)


def test_the_public_api_is_frozen():
    now = "\n".join(described()).splitlines()
    frozen = FROZEN.read_text(encoding="utf-8").splitlines()
    diff = list(difflib.unified_diff(frozen, now, lineterm="", n=1))
    if diff:
        pytest.fail(WHAT_TO_DO + "\n".join(diff[2:]), pytrace=False)


if __name__ == "__main__":
    FROZEN.write_text("\n".join(described()) + "\n", encoding="utf-8")
