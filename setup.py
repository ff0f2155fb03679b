"""The extensions; everything else is in pyproject.toml.

Switches, for developers: CENTRALDIFF_DEBUG=1 turns bounds checks, None checks and assertions on in
the kernels, CENTRALDIFF_COVERAGE=1 traces their lines for coverage.py's Cython plugin,
CENTRALDIFF_SANITIZE=address,undefined compiles them with these sanitizers.
"""

import os
import sys

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup

debug = os.environ.get("CENTRALDIFF_DEBUG") == "1"
coverage = os.environ.get("CENTRALDIFF_COVERAGE") == "1"
sanitize = os.environ.get("CENTRALDIFF_SANITIZE", "")

macros = [
    ("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
    ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION"),
]
if sys.platform == "win32":
    compile_flags, link_flags = ["/O2", "/fp:precise"], []
else:
    # a fused multiply-add would round differently from the NumPy twins
    compile_flags, link_flags = ["-O3", "-g0", "-ffp-contract=off"], []
if not debug:
    macros += [("CYTHON_WITHOUT_ASSERTIONS", "1")]
if coverage:
    macros += [("CYTHON_TRACE_NOGIL", "1")]
if sanitize:
    compile_flags += [f"-fsanitize={sanitize}", "-fno-omit-frame-pointer", "-g", "-O1"]
    link_flags += [f"-fsanitize={sanitize}"]

directives = {
    "language_level": 3,
    "boundscheck": debug,
    "wraparound": False,
    "initializedcheck": debug,
    "nonecheck": debug,
    "cdivision": True,  # arithmetic is the same in every build
    "linetrace": coverage,
    "freethreading_compatible": True,  # docs/architecture.md says what that rests on
}
extensions = [
    Extension(
        f"centraldiff.{name}",
        [f"src/centraldiff/{name}.pyx"],
        include_dirs=[numpy.get_include()],
        define_macros=macros,
        extra_compile_args=compile_flags,
        extra_link_args=link_flags,
    )
    for name in (
        "_combine",
        "_terms",
        "_lay",
        "_plan",
        "_plans",
        "_table",
        "_bounded",
        "_csr",
        "_ordering",
        "_color",
        "_symmetric_color",
        "_recover",
        "_tableau",
        "_levels",
        "_settle",
        "_refine",
        "_search",
        "_lines",
        "_rounds",
        "_pair_rounds",
        "_listed",
        "_evaluate",
        "_compiled",
        "_batch",
        "_workers",
        "_run",
        "_task",
    )
]
variant = "-".join(
    name for name, on in [("debug", debug), ("coverage", coverage), ("sanitize", sanitize)] if on
)
setup(
    ext_modules=cythonize(
        extensions, build_dir=f"build/cython-{variant or 'plain'}", compiler_directives=directives
    ),
    # what an earlier build left behind may have been compiled with other switches
    options={"build_ext": {"force": True, "parallel": os.cpu_count()}},
)
