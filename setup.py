"""The extensions; everything else is in pyproject.toml.

Switches, for developers: CENTRALDIFF_DEBUG=1 turns bounds checks, None checks and assertions on in
the kernels, CENTRALDIFF_COVERAGE=1 traces their lines for coverage.py's Cython plugin,
CENTRALDIFF_SANITIZE=address,undefined compiles them with these sanitizers.
"""

import gzip
import os
import sys
import sysconfig
import tarfile
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.sdist import sdist

debug = os.environ.get("CENTRALDIFF_DEBUG") == "1"
coverage = os.environ.get("CENTRALDIFF_COVERAGE") == "1"
sanitize = os.environ.get("CENTRALDIFF_SANITIZE", "")

macros = [
    ("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
    ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION"),
]
if sys.platform == "win32":
    # which contracts nothing, from Visual Studio 2022 on
    compile_flags, link_flags = ["/fp:precise"], []
    loops, calls, small = "/O2", "/O2", "/O1"
else:
    # a fused multiply-add would round differently from the NumPy twins
    compile_flags, link_flags = ["-g0", "-fno-ident", "-ffp-contract=off"], []
    loops, calls, small = "-O3", "-O2", "-Os"
if sys.platform == "linux":
    link_flags += ["-s", "-Wl,--build-id=none"]  # which would name debug symbols: there are none
if not debug:
    macros += [("CYTHON_WITHOUT_ASSERTIONS", "1")]
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    # Cython's own way to an exception's traceback takes no lock: one exception that two threads
    # raise at once would end in memory that was freed
    macros += [("CYTHON_FAST_THREAD_STATE", "0")]
if coverage:
    macros += [("CYTHON_TRACE_NOGIL", "1")]
if sanitize:
    # a report that does not end the run is lost: pytest shows what passing tests print to nobody
    compile_flags += [f"-fsanitize={sanitize}", "-fno-sanitize-recover=all"]
    compile_flags += ["-fno-omit-frame-pointer", "-g"]
    link_flags = [f"-fsanitize={sanitize}"]
    loops = calls = small = "-O1"

directives = {
    "language_level": 3,
    "boundscheck": debug,
    "wraparound": False,
    "initializedcheck": debug,
    "nonecheck": debug,
    "cdivision": True,  # arithmetic is the same in every build
    "auto_pickle": False,  # what is pickled has a __reduce__
    "binding": False,  # what has signatures that users ask for says binding=True
    "linetrace": coverage,
    "freethreading_compatible": True,  # docs/architecture.md says what that rests on
}
# loops over arrays and what every call passes for speed, the rest, which is mostly handling of
# objects, for size: a third less
modules = [
    (loops, ["_combine", "_lay", "_batch", "_compiled"]),
    (calls, ["_evaluate", "_run"]),
    (
        small,
        [
            "_task",
            "_terms",
            "_plan",
            "_plans",
            "_table",
            "_bounded",
            "_compressed",
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
            "_workers",
        ],
    ),
]  # a list, since systems have the same flags for two of them
UTILITY = "centraldiff._cyutility"  # Cython's own code for memoryviews, once instead of in each


def extension(name: str, source: str, optimise: str) -> Extension:
    return Extension(
        name,
        [source],
        include_dirs=[numpy.get_include()],
        define_macros=[*macros, ("CENTRALDIFF_FLAGS", " ".join([optimise, *compile_flags]))],
        extra_compile_args=[optimise, *compile_flags],
        extra_link_args=link_flags,
    )


extensions = [
    *(
        extension(f"centraldiff.{name}", f"src/centraldiff/{name}.pyx", optimise)
        for optimise, names in modules
        for name in names
    ),
    # Cython names the module after the file that it generates
    extension(UTILITY, f"src/centraldiff/{UTILITY}.c", small),
]


class SourceDistribution(sdist):
    """With SOURCE_DATE_EPOCH the same files give the same bytes, as they do in wheels."""

    def make_archive(self, base_name, format, *args, base_dir=None, **kwargs):
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        if epoch is None or format != "gztar":
            return super().make_archive(base_name, format, *args, base_dir=base_dir, **kwargs)

        def dated(entry: tarfile.TarInfo) -> tarfile.TarInfo:
            entry.mtime, entry.mode = int(epoch), 0o755 if entry.mode & 0o100 else 0o644
            entry.uid, entry.gid, entry.uname, entry.gname = 0, 0, "", ""
            return entry

        path = f"{base_name}.tar.gz"
        with (
            Path(path).open("wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=int(epoch)) as stream,
            tarfile.open(fileobj=stream, mode="w") as archive,
        ):
            for name in sorted(name for name in Path(base_dir).rglob("*") if name.is_file()):
                archive.add(name, filter=dated)
        return path


variant = "-".join(
    name for name, on in [("debug", debug), ("coverage", coverage), ("sanitize", sanitize)] if on
)
setup(
    ext_modules=cythonize(
        extensions,
        build_dir=f"build/cython-{variant or 'plain'}",
        compiler_directives=directives,
        shared_utility_qualified_name=UTILITY,
    ),
    cmdclass={"sdist": SourceDistribution},
    # what an earlier build left behind may have been compiled with other switches
    options={"build_ext": {"force": True, "parallel": os.cpu_count()}},
)
