"""The extensions; everything else is in pyproject.toml.

Switches, for developers: CENTRALDIFF_DEBUG=1 turns Cython's bounds and None checks and C's assert
on, CENTRALDIFF_COVERAGE=1 traces Cython lines, CENTRALDIFF_SANITIZE=address,undefined compiles with
these sanitizers.
"""

import os
import sys

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup

debug = os.environ.get("CENTRALDIFF_DEBUG") == "1"
coverage = os.environ.get("CENTRALDIFF_COVERAGE") == "1"
sanitize = os.environ.get("CENTRALDIFF_SANITIZE")

macros = [
    ("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
    ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION"),
]
if sys.platform == "win32":
    compile_flags, link_flags = ["/O2", "/fp:precise"], []
else:
    # a fused multiply-add would round differently from the NumPy twins
    compile_flags, link_flags = ["-O3", "-g0", "-ffp-contract=off"], []
if debug:
    compile_flags += ["-UNDEBUG"] if sys.platform != "win32" else []
if coverage:
    macros += [("CYTHON_TRACE", "1"), ("CYTHON_USE_SYS_MONITORING", "0")]
if sanitize:
    compile_flags += [f"-fsanitize={sanitize}", "-fno-omit-frame-pointer", "-g", "-O1"]
    link_flags += [f"-fsanitize={sanitize}"]

setup(
    ext_modules=cythonize(
        [
            Extension(
                f"centraldiff.{name}",
                [f"src/centraldiff/{name}.pyx"],
                include_dirs=[numpy.get_include()],
                define_macros=macros,
                extra_compile_args=compile_flags,
                extra_link_args=link_flags,
            )
            for name in ("_combine", "_terms", "_plan", "_plans", "_evaluate", "_task")
        ],
        build_dir="build/cython",
        compiler_directives={
            "language_level": 3,
            "boundscheck": debug,
            "wraparound": False,
            "initializedcheck": debug,
            "nonecheck": debug,
            "cdivision": not debug,
            "linetrace": coverage,
            "embedsignature": True,
            "freethreading_compatible": True,
        },
    )
)
