"""Sessions for contributors: `nox` runs the first four, `nox -s NAME` one, `nox -l` lists all."""

import nox

nox.options.sessions = ["lint", "types", "tests", "debug"]
nox.options.default_venv_backend = "venv"

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
FREE_THREADED = ["3.13t", "3.14t"]


def _tests(session: nox.Session, *arguments: str, env: dict[str, str] | None = None) -> None:
    session.install("--group", "test")
    session.install(".", env=env or {})
    session.run("pytest", *arguments, *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The suite against the installed package."""
    _tests(session)


@nox.session(python=FREE_THREADED)
def freethreaded(session: nox.Session) -> None:
    """The suite without a GIL, then calling and threads, each test in four threads at once."""
    _tests(session)
    session.install("pytest-run-parallel")
    session.run(
        "pytest",
        "--parallel-threads=4",
        "tests/concurrency",
        "tests/contract",
        "tests/unit",
        *session.posargs,
    )


@nox.session
def numba(session: nox.Session) -> None:
    """Functions that numba compiles: where numba is not installed, their tests are skipped."""
    session.install("--group", "numba")
    contract = ["tests/contract/test_jitted.py", "tests/contract/test_jitted_workers.py"]
    _tests(session, *contract, "tests/concurrency/test_jitted_at_once.py", "tests/examples")


@nox.session
def debug(session: nox.Session) -> None:
    """The suite with bounds and None checks in the kernels."""
    _tests(session, env={"CENTRALDIFF_DEBUG": "1"})


@nox.session
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
    session.install("--group", "test")
    session.install(".", env=flags)
    session.run(
        "pytest",
        "--ignore=tests/contract/test_memory.py",
        "--ignore=tests/contract/test_sparse_memory.py",
        env=preload,
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Style of Python and Cython."""
    session.install("--group", "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("cython-lint", "src")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict over the package."""
    session.install("--group", "lint")
    session.install(".")
    session.run("mypy")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Ratios against the bare calls and the installed peers."""
    session.install("--group", "benchmark")
    session.install(".")
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """`nox -s fuzz -- 1000000`: so many cases, the same ones each time; a few from hypothesis."""
    count = session.posargs[0] if session.posargs else "20000"
    session.install("--group", "test")
    session.install(".")
    session.run("python", "tests/fuzz/run.py", count)
    session.run("python", "tests/fuzz/shrink.py", str(int(count) // 20))
