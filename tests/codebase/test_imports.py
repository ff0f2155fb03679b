"""The house: who may import whom, what is public, what an import costs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import centraldiff as cd

SOURCE = Path(__file__).parents[2] / "src" / "centraldiff"

# A module may import those named here and no others; from the foundation to the roof.
MAY_IMPORT = {
    "_errors": set(),
    "_validation": {"_errors"},
    "_stencil": {"_errors", "_validation"},
    "_steps": {"_errors", "_validation"},
    "_bounds": {"_errors", "_validation"},
    "_options": {"_errors", "_validation", "_steps", "_bounds", "_way", "_extrapolation", "_noisy"},
    "_status": set(),
    "_combine": set(),
    "__main__": {"_combine"},
    "_terms": {"_combine"},
    "_lay": {"_combine"},
    "_plan_checks": {"_errors", "_validation"},
    "_plan": {"_combine", "_terms", "_lay", "_errors", "_plan_checks"},
    "_plans": {"_combine", "_lay", "_terms", "_plan", "_plan_checks"},
    "_table": {"_terms", "_lay", "_plan", "_plan_checks"},
    "_formula": {"_errors", "_validation", "_stencil", "_terms"},
    "_bounded": {"_combine", "_terms", "_plan", "_table"},
    "_listing": {"_bounded"},
    "_mixed": {"_formula", "_terms"},
    "_sides": {"_status", "_terms"},
    "_near": {"_formula", "_listing", "_plan", "_sides", "_status", "_terms"},
    "_within_lines": {
        "_errors",
        "_status",
        "_terms",
        "_formula",
        "_mixed",
        "_plan",
        "_plans",
        "_bounded",
        "_listing",
        "_sides",
        "_near",
    },
    "_within": {
        "_mixed",
        "_plan",
        "_plans",
        "_bounded",
        "_listing",
        "_near",
        "_sides",
        "_within_lines",
    },
    "_twin": {"_formula", "_terms"},
    "_error_estimate": {
        "_twin",
        "_bounded",
        "_status",
        "_formula",
        "_terms",
        "_plans",
        "_steps",
    },
    "_result": {"_errors", "_bounded", "_status", "_error_estimate", "_plan"},
    "_fresh": set(),
    "_listed": {"_fresh", "_plan"},
    "_evaluate": {"_errors", "_fresh", "_listed", "_plan", "_validation"},
    "_convention": {"_errors", "_validation"},
    "_batch": {"_convention", "_errors", "_evaluate", "_fresh", "_plan"},
    "_calling": {"_errors", "_validation"},
    "_compiled": {"_errors", "_evaluate", "_plan"},
    "_pointers": {"_compiled", "_errors"},
    "_jitted": {"_compiled", "_errors", "_result"},
    "_doors": {
        "_batch",
        "_calling",
        "_compiled",
        "_errors",
        "_evaluate",
        "_jitted",
        "_pointers",
        "_validation",
        "_workers",
    },
    "_workers": {"_evaluate", "_plan"},
    "_complex_step": {
        "_bounded",
        "_within",
        "_errors",
        "_formula",
        "_plan",
        "_plans",
        "_steps",
        "_evaluate",
    },
    "_run": {"_evaluate", "_plan", "_complex_step", "_result", "_validation"},
    "_way": {
        "_bounded",
        "_formula",
        "_plan",
        "_plans",
        "_evaluate",
        "_run",
        "_result",
        "_validation",
        "_task",
    },
    "_task": {
        "_calling",
        "_doors",
        "_errors",
        "_validation",
        "_terms",
        "_plan",
        "_plans",
        "_evaluate",
        "_lay",
        "_run",
        "_options",
        "_way",
        "_within",
    },
    "_tasks": {"_errors", "_formula", "_structure", "_task"},
    "_csr": set(),
    "_pattern": {"_csr", "_errors"},
    "_ordering": {"_csr"},
    "_color": {"_csr"},
    "_symmetric_color": {"_csr"},
    "_recover": {"_csr"},
    "_recovery": {"_errors", "_pattern", "_recover"},
    "_coloring": {
        "_color",
        "_errors",
        "_ordering",
        "_pattern",
        "_recovery",
        "_symmetric_color",
    },
    "_color_checks": {"_pattern"},
    "_probing": {"_evaluate", "_formula", "_plans", "_sparse_values"},
    "_dependence": {"_coloring", "_csr", "_pattern", "_probing"},
    "_interaction": {"_probing"},
    "_detect": {
        "_bounds",
        "_dependence",
        "_doors",
        "_errors",
        "_evaluate",
        "_interaction",
        "_pattern",
        "_probing",
        "_result",
        "_validation",
    },
    "_tableau": {"_combine"},
    "_levels": {"_combine", "_tableau"},
    "_settle": {"_combine", "_levels"},
    "_refine": {"_combine", "_levels", "_settle", "_tableau"},
    "_search": {"_combine", "_levels", "_refine", "_settle", "_tableau"},
    "_lines": {"_levels", "_table"},
    "_rounds": {
        "_combine",
        "_evaluate",
        "_levels",
        "_lines",
        "_search",
        "_table",
        "_tableau",
    },
    "_pair_rounds": {"_combine", "_levels", "_rounds", "_search", "_table", "_tableau"},
    "_extrapolation": {
        "_levels",
        "_lines",
        "_pair_rounds",
        "_rounds",
        "_settle",
        "_errors",
        "_evaluate",
        "_noise_level",
        "_options",
        "_result",
        "_status",
        "_steps",
        "_table",
        "_task",
        "_twin",
        "_validation",
        "_way",
    },
    "_ecnoise": set(),
    "_kink": set(),
    "_ladder": {"_kink"},
    "_fdint": set(),
    "_steps_found": set(),
    "_sample": {"_evaluate", "_formula", "_plans", "_run", "_table"},
    "_noise_level": {"_ecnoise", "_evaluate", "_sample", "_steps"},
    "_ladder_steps": {
        "_error_estimate",
        "_formula",
        "_ladder",
        "_sample",
        "_stencil",
        "_steps",
        "_steps_found",
        "_terms",
        "_twin",
    },
    "_fdint_steps": {"_fdint", "_sample", "_steps", "_steps_found"},
    "_noisy": {
        "_error_estimate",
        "_evaluate",
        "_fdint_steps",
        "_ladder_steps",
        "_noise_level",
        "_plan",
        "_plans",
        "_result",
        "_sample",
        "_status",
        "_steps",
        "_steps_found",
        "_task",
        "_twin",
        "_way",
        "_witness",
    },
    "_witness": {
        "_bounded",
        "_error_estimate",
        "_errors",
        "_evaluate",
        "_plan",
        "_run",
        "_task",
        "_way",
    },
    "_entries": {"_compressed", "_pattern", "_status"},
    "_structure": {"_errors", "_pattern", "_sparse", "_task", "_validation", "_way"},
    "_compressed": {"_combine", "_errors", "_lay", "_plan", "_plan_checks", "_terms"},
    "_twin_sparse": {"_compressed", "_formula", "_terms"},
    "_sparse_error": {"_compressed", "_error_estimate", "_near", "_status", "_twin_sparse"},
    "_sparse_values": {"_evaluate", "_formula", "_run", "_table"},
    "_compression": {"_coloring", "_compressed", "_errors", "_pattern", "_recovery"},
    "_within_groups": {"_compressed", "_formula", "_sides", "_status"},
    "_confirm": {
        "_entries",
        "_errors",
        "_evaluate",
        "_formula",
        "_pattern",
        "_plans",
        "_run",
        "_sparse_values",
        "_steps",
        "_task",
        "_within",
    },
    "_sparse_results": {"_entries", "_pattern", "_result"},
    "_sparse_lines": {
        "_compressed",
        "_entries",
        "_errors",
        "_evaluate",
        "_extrapolation",
        "_formula",
        "_noisy",
        "_pair_rounds",
        "_pattern",
        "_result",
        "_sparse",
        "_sparse_values",
        "_status",
        "_steps",
        "_task",
        "_twin_sparse",
    },
    "_sparse": {
        "_compressed",
        "_compression",
        "_confirm",
        "_detect",
        "_entries",
        "_errors",
        "_evaluate",
        "_formula",
        "_pattern",
        "_run",
        "_sparse_error",
        "_sparse_lines",
        "_sparse_results",
        "_sparse_values",
        "_structure",
        "_task",
        "_way",
        "_within_groups",
    },
    "_operator": {"_doors", "_pattern", "_result", "_sparse_values", "_task", "_validation"},
}
BELOW = set(MAY_IMPORT)
OPERATORS = {
    "_gradient",
    "_jacobian",
    "_hessian",
    "_derivative",
    "_directional",
    "_estimate_noise",
    "_planning",
}
# Where an import may only name a type.
TYPES_ONLY = {
    ("_entries", "_compressed"),
    ("_entries", "_pattern"),
    ("_structure", "_task"),
    ("_structure", "_way"),
    ("_twin_sparse", "_compressed"),
    ("_twin_sparse", "_terms"),
    ("_sparse_values", "_evaluate"),
    ("_confirm", "_evaluate"),
    ("_confirm", "_task"),
    ("_sparse_lines", "_compressed"),
    ("_sparse_lines", "_evaluate"),
    ("_sparse_lines", "_sparse"),
    ("_sparse", "_evaluate"),
    ("_sparse", "_structure"),
    ("_sparse", "_task"),
    ("_detect", "_evaluate"),
    ("_probing", "_evaluate"),
    ("_extrapolation", "_evaluate"),
    ("_extrapolation", "_options"),
    ("_extrapolation", "_task"),
    ("_result", "_plan"),
    ("_complex_step", "_evaluate"),
    ("_complex_step", "_plan"),
    ("_options", "_way"),
    ("_way", "_evaluate"),
    ("_way", "_task"),
    ("_noisy", "_task"),
    ("_noisy", "_evaluate"),
    ("_noisy", "_plan"),
    ("_witness", "_evaluate"),
    ("_witness", "_plan"),
    ("_witness", "_task"),
    ("_ladder_steps", "_terms"),
    ("_fdint_steps", "_sample"),
    ("_noise_level", "_evaluate"),
    ("_sample", "_evaluate"),
    ("_way", "_plan"),
    ("_near", "_listing"),
    ("_near", "_plan"),
    ("_near", "_terms"),
    ("_sides", "_terms"),
    ("_within", "_plan"),
    ("_within_lines", "_plan"),
    ("_within_lines", "_terms"),
}


def imports(path: Path) -> set[str]:
    """The modules of this package that a file imports when it runs."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return set(re.findall(r"^from \.(\w+) c?import", text, re.MULTILINE))
    found = set()
    tree = ast.parse(text)
    guarded = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and id(node) not in guarded:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
    return found


FILES = sorted(path for path in SOURCE.iterdir() if path.suffix in {".py", ".pyx", ".pxd"})


@pytest.mark.parametrize("module", sorted({path.stem for path in FILES} - {"__init__"}))
def test_imports_go_one_way(module):
    found = set().union(*(imports(path) for path in FILES if path.stem == module))
    if module in OPERATORS:
        assert found <= BELOW
    else:
        assert found == {name for name in MAY_IMPORT[module] if (module, name) not in TYPES_ONLY}


def test_a_file_is_one_concept():
    lines = {path.name: path.read_text(encoding="utf-8").count("\n") for path in FILES}
    assert not {name: count for name, count in lines.items() if count > 450}


def test_what_few_need_is_not_imported_by_all():
    code = "import sys, centraldiff as cd; print(*sys.modules); print(*dir(cd)); cd.color_columns"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules, names = (set(line.split()) for line in done.stdout.splitlines())
    later = {"_coloring", "_compressed", "_detect", "_extrapolation", "_noisy", "_pattern"}
    assert not modules & {f"centraldiff.{name}" for name in later}
    assert set(cd.__all__) <= names


def test_import_pulls_in_nothing_but_numpy():
    code = (
        "import sys, numpy; before = set(sys.modules); import centraldiff; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    new = set(done.stdout.split())
    assert "centraldiff" in new
    assert not new & {
        "scipy",
        "numba",
        "multiprocessing",
        "concurrent",
        "asyncio",
        "typing_extensions",
    }
