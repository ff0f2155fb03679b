#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox"]
# ///
"""Sessions for contributors: `nox` runs the usual ones, `nox -s NAME` one, `nox -l` lists all."""

import os
import re
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"

PROJECT = nox.project.load_toml()
PYTHONS = nox.project.python_versions(PROJECT)  # out of the classifiers
FREE_THREADED = ["3.13t", *(python for python in PYTHONS if python.endswith("t"))]


def _install_groups(session: nox.Session, *groups: str) -> None:
    """Dependency groups, also where pip is older than they are."""
    session.install(*nox.project.dependency_groups(PROJECT, *groups))


def _tests(session: nox.Session, *arguments: str, env: dict[str, str] | None = None) -> None:
    _install_groups(session, "test")
    session.install(".", env=env or {})
    session.run("pytest", "-n", "auto", *arguments, *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The suite against the installed package."""
    _tests(session)


@nox.session(python=FREE_THREADED, default=False)
def freethreaded(session: nox.Session) -> None:
    """The suite without a GIL, then all but numerics, each test in four threads at once."""
    _tests(session)
    session.install("pytest-run-parallel")
    session.run(
        "pytest",
        "--parallel-threads=4",
        "tests/concurrency",
        "tests/contract",
        "tests/properties",
        "tests/unit",
        *session.posargs,
    )


@nox.session(default=False)
def numba(session: nox.Session) -> None:
    """Functions that numba compiles: where numba is not installed, their tests are skipped."""
    _install_groups(session, "numba")
    contract = ["tests/contract/test_jitted.py", "tests/contract/test_jitted_workers.py"]
    _tests(session, *contract, "tests/concurrency/test_jitted_at_once.py", "tests/examples")


@nox.session
def debug(session: nox.Session) -> None:
    """The suite with bounds and None checks in the kernels."""
    _tests(session, env={"CENTRALDIFF_DEBUG": "1"})


@nox.session(default=False)
def sanitize(session: nox.Session) -> None:
    """The suite under AddressSanitizer and UBSan (Linux with gcc), but for its memory limits."""
    flags = {"CENTRALDIFF_SANITIZE": "address,undefined", "CENTRALDIFF_DEBUG": "1"}
    libraries = [
        session.run("gcc", f"-print-file-name=lib{name}.so", external=True, silent=True).strip()
        for name in ("asan", "ubsan")
    ]
    preload = {
        "LD_PRELOAD": " ".join(libraries),
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    _install_groups(session, "test")
    session.install(".", env=flags)
    limits = [f"--ignore=tests/contract/test_{name}.py" for name in ("memory", "sparse_memory")]
    session.run("pytest", "-n", "auto", *limits, *session.posargs, env=preload)


@nox.session
def lint(session: nox.Session) -> None:
    """Style of Python and Cython."""
    _install_groups(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("cython-lint", "src")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict over the package."""
    _install_groups(session, "lint")
    session.install(".")
    session.run("mypy")


@nox.session(default=False)
def benchmarks(session: nox.Session) -> None:
    """Ratios against the bare calls and the installed peers."""
    _install_groups(session, "benchmark")
    session.install(".")
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session(default=False)
def valgrind(session: nox.Session) -> None:
    """The tests of kernels under valgrind's memcheck (Linux): reports that name our extensions."""
    _install_groups(session, "test")
    session.install(".")
    log = Path(session.create_tmp(), "valgrind.log")
    # the search for runs of a tableau is tested on so many that it would take an hour
    tests = session.posargs or ["tests/unit", "--ignore=tests/unit/test_tableau.py"]
    session.run(
        "valgrind",
        "--leak-check=no",
        f"--log-file={log}",
        str(Path(session.virtualenv.bin, "python")),
        "-m",
        "pytest",
        *tests,
        external=True,
        env={"PYTHONMALLOC": "malloc"},
        success_codes=[0, 1],  # its long double has 64 bits: tests of that fail
    )
    # the loader's and the interpreter's too
    reports = re.split(r"\n==\d+== \n", log.read_text(encoding="utf-8"))
    ours = [report for report in reports if "/centraldiff/_" in report]
    if ours:
        session.error("\n\n".join(ours))


@nox.session(python="3.11", default=False)
def minimums(session: nox.Session) -> None:
    """Built and tested with the oldest of everything that pyproject.toml says will do."""
    needs = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
    needs += nox.project.dependency_groups(PROJECT, "test", "numba")
    session.install(*(need.replace(">=", "==") for need in needs))
    session.install("--no-build-isolation", ".")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(python="3.14", default=False)
def nightly(session: nox.Session) -> None:
    """The suite with NumPy and SciPy as they will be: PIP_EXTRA_INDEX_URL says where those are."""
    _install_groups(session, "test")
    session.install("--upgrade", "--pre", "numpy", "scipy")
    session.run("python", "-c", "import numpy; assert 'dev' in numpy.__version__, 'a release'")
    session.install(".")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def workflows(session: nox.Session) -> None:
    """What the code host will run: secure, valid, for the wheels that we mean; the house rules."""
    _install_groups(session, "workflows")
    files = [str(path) for path in sorted(Path(".github/workflows").glob("*.yml"))]
    # with a token the hashes of actions are looked up: whether they are the versions beside them
    offline = [] if "GH_TOKEN" in os.environ else ["--offline"]
    session.run("zizmor", *offline, "--quiet", ".github")
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    session.run(
        "check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"
    )
    session.run("validate-pyproject", "pyproject.toml")  # cibuildwheel brings its schema
    if shutil.which("actionlint"):
        session.run("actionlint", external=True)
    workflow = Path(".github/workflows/wheels.yml").read_text(encoding="utf-8")
    pythons = re.search(r"build: \[(.*)\]", workflow)[1].split(", ")
    platforms = re.findall(r"^ +- (\w+)$", workflow, re.MULTILINE)
    meant = {f"{python}-{platform}" for python in pythons for platform in platforms}
    configured = set()
    for system in ("linux", "macos", "windows"):
        command = ["cibuildwheel", "--platform", system, "--print-build-identifiers", "."]
        configured |= set(session.run(*command, silent=True).split())
    if configured != meant:
        session.error(f"in pyproject.toml or in wheels.yml, not in both: {configured ^ meant}")
    workflow = Path(".github/workflows/ci.yml").read_text(encoding="utf-8")
    tested = re.findall(r'python: "?([\d.]+t)', workflow)
    tested += re.findall(r'"(.*?)"', re.search(r"python: \[(.*)\]", workflow)[1])
    if set(tested) != set(PYTHONS):
        session.error(f"ci.yml tests {tested}, pyproject.toml names {PYTHONS}")
    session.run("repo-review", ".")


@nox.session(default=False)
def wheels(session: nox.Session) -> None:
    """Wheels for the interpreters named after --, repaired, looked through, tested."""
    _install_groups(session, "wheels")
    pythons = session.posargs or [python for python in PYTHONS if shutil.which(f"python{python}")]
    names = [name if "/" in name or name[0] == "-" else f"python{name}" for name in pythons]
    session.run("python", "tools/check_wheels.py", *names)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """The documentation as HTML, warnings being errors; its examples beside all peers."""
    _install_groups(session, "docs", "test", "benchmark")
    session.install(".")
    session.run("sphinx-build", "-W", "--keep-going", "-E", "docs", "build/html")
    session.run("pytest", "tests/codebase/test_docs.py", "tests/codebase/test_migration.py")


@nox.session(python="3.11", default=False)
def instructions(session: nox.Session) -> None:
    """Instructions of the main paths, under callgrind, against those that are kept (--update)."""
    session.install("numpy==2.4.*", "scipy>=1.13", ".")
    session.run("python", "benchmarks/instructions.py", *session.posargs)


@nox.session(python="3.11", default=False)
def coverage(session: nox.Session) -> None:
    """Lines of Python and Cython that the suite runs; in a copy, whose kernels are traced."""
    _install_groups(session, "test", "numba", "coverage")
    copy = Path(session.create_tmp(), "traced")
    shutil.rmtree(copy, ignore_errors=True)
    not_copied = shutil.ignore_patterns(".git", ".nox", ".venv", "build", "*.so")
    shutil.copytree(".", copy, ignore=not_copied)
    session.chdir(copy)
    session.run("python", "setup.py", "build_ext", "--inplace", env={"CENTRALDIFF_COVERAGE": "1"})
    for source in Path("build/cython-coverage/src/centraldiff").glob("*.c"):
        source.rename(Path("src/centraldiff", source.name))  # where Cython's plugin looks
    # sizes that take minutes where each line is traced; memory, which tracing takes too; interrupts
    # and exceptions that are pending while a kernel is traced, which loses them
    fast = "not memory and not quadratic and not long_integers and not python_parts"
    ignored = "--ignore=tests/benchmarks", "--ignore=tests/concurrency"
    tests = session.posargs or ["-k", fast, *ignored]
    session.run("coverage", "run", "-m", "pytest", *tests, env={"PYTHONPATH": "src"})
    session.run("coverage", "report")


@nox.session(python="3.11", default=False)
def mutation(session: nox.Session) -> None:
    """Which changes of the numerics no test sees: all take hours, so give names of mutants."""
    _install_groups(session, "test", "mutation")
    session.install("-e", ".")
    session.run("mutmut", "run", *session.posargs)
    session.run("mutmut", "results")


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """`nox -s fuzz -- 1000000 --seed 3`: so many cases, others for each seed; and hypothesis."""
    _install_groups(session, "test")
    session.install(".")
    session.run("python", "tests/fuzz/run.py", *(session.posargs or ["20000"]))
    session.run("python", "tests/fuzz/shrink.py", "1000")


@nox.session(default=False)
def tsan(session: nox.Session) -> None:
    """Threads under ThreadSanitizer: nox -s tsan --force-python=PATH, as CONTRIBUTING.md says."""
    _install_groups(session, "test")
    # what pip and the compiler of Cython do is not looked at
    session.install(".", env={"CENTRALDIFF_SANITIZE": "thread", "TSAN_OPTIONS": "report_bugs=0"})
    # -s: what passing tests print is where a race is reported; the exit status tells too
    options = f"suppressions={Path('tests/concurrency/tsan.supp').resolve()}"
    forks = "tests/concurrency/test_processes.py"  # which end a process with ThreadSanitizer
    tests = session.posargs or ["tests/concurrency", f"--ignore={forks}"]
    session.run("pytest", "-s", *tests, env={"TSAN_OPTIONS": options})


@nox.session(python="3.11", default=False)
def atheris(session: nox.Session) -> None:
    """The fuzz run led by coverage; it stops at the first finding."""
    _install_groups(session, "test")
    session.install(".", "atheris")
    options = session.posargs or ["-max_total_time=600"]
    session.run("python", "tests/fuzz/guided.py", *options)


def _stress(session: nox.Session, what: str, count: str) -> None:
    _install_groups(session, "test")
    session.install(".")
    session.run("python", "tests/fuzz/stress.py", what, *(session.posargs or [count]))


@nox.session(default=False)
def leaks(session: nox.Session) -> None:
    """So many calls of every operator, in every way, with every kind of callback."""
    _stress(session, "leaks", "1000")


@nox.session(default=False)
def interrupts(session: nox.Session) -> None:
    """So many times Ctrl-C at a random moment of every operator, in every way."""
    _stress(session, "interrupts", "100")


@nox.session(python="3.11", default=False)
def memory(session: nox.Session) -> None:
    """Each of the first allocations of every operator fails, in every way; newer Pythons crash."""
    _stress(session, "memory", "300")


if __name__ == "__main__":
    nox.main()
