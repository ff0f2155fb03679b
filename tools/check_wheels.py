"""Sdist and wheels as a release would have them: ``check_wheels.py [--tests ARGS] PYTHON...``

Built twice from the last commit, with the same bytes each time; the wheels out of the sdist, where
there is neither git nor network, one for each interpreter, made into manylinux wheels, looked
through, installed into new environments, and tested from outside of the source tree.
"""

import argparse
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

import check_contents

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUILD_NEEDS = ["build", *PROJECT["build-system"]["requires"]]
TAG = f"manylinux2014_{platform.machine()}"


def run(*command: object, **options: object) -> str:
    words = [str(word) for word in command]
    print("+", shlex.join(words), flush=True)
    done = subprocess.run(
        words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )
    if done.returncode:
        sys.exit(f"{done.stdout[-5000:]}\nfailed: {shlex.join(words)}")
    return done.stdout


def require(condition: bool, what: str) -> None:
    if not condition:
        sys.exit(f"not as it should be: {what}")
    print("ok:", what, flush=True)


def without_network() -> list[str]:
    """A prefix that runs a command where there is no network, if this machine lets us."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") and not subprocess.run([*prefix, "true"], check=False).returncode:
        return prefix
    print("no unshare here: the network stays")
    return []


def environment(python: str, where: Path, *needs: object) -> Path:
    run(python, "-m", "venv", where)
    run(where / "bin/python", "-m", "pip", "install", "--quiet", "--upgrade", "pip", *needs)
    return where / "bin/python"


def source_distribution(python: Path, where: Path, epoch: dict[str, str]) -> Path:
    """The sdist of the last commit, built in a directory that git knows nothing of."""
    where.mkdir()
    archive = subprocess.run(
        ["git", "archive", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    (where / "tree").mkdir()
    subprocess.run(["tar", "-x", "-C", where / "tree"], input=archive.stdout, check=True)
    command = [
        python,
        "-m",
        "build",
        "--sdist",
        "--no-isolation",
        "--outdir",
        where,
        where / "tree",
    ]
    run(*without_network(), *command, env=epoch)
    return next(where.glob("*.tar.gz"))


def wheel(python: Path, sdist: Path, where: Path, epoch: dict[str, str]) -> Path:
    """A manylinux wheel out of the sdist."""
    where.mkdir()
    with tarfile.open(sdist) as archive:
        archive.extractall(where, filter="data")
    tree = next(path for path in where.iterdir() if path.is_dir())
    command = [python, "-m", "build", "--wheel", "--no-isolation", "--outdir", where / "raw", tree]
    run(*without_network(), *command, env=epoch)
    raw = next((where / "raw").glob("*.whl"))
    run(sys.executable, "-m", "wheel", "unpack", "--dest", where / "unpacked", raw)
    unpacked = next((where / "unpacked").iterdir())
    for extension in unpacked.rglob("*.so"):
        run("patchelf", "--remove-rpath", extension)  # it names a directory of this machine
    run(sys.executable, "-m", "wheel", "pack", "--dest-dir", where / "raw", unpacked, env=epoch)
    command = ["auditwheel", "repair", "-z", "9", "--plat", TAG, "--wheel-dir", where]
    run(*command, raw, env=epoch)
    return next(where.glob("*.whl"))


def look_through(path: Path) -> None:
    require(TAG in path.name, f"the tag of {path.name}")
    wrong = check_contents.wrong_with(path)
    require(not wrong, f"{path.name}, {path.stat().st_size} bytes {wrong or ''}")


def check(interpreter: str, first: Path, second: Path, tests: list[str], work: Path) -> None:
    name = Path(interpreter).name
    version = run(interpreter, "-c", "import sys; print(sys.version.split()[0])").strip()
    work = work / f"{name}-{version}"
    work.mkdir()
    builder = environment(interpreter, work / "builder", *BUILD_NEEDS)
    epoch = dates()
    made = wheel(builder, first, work / "first", epoch)
    again = wheel(builder, second, work / "second", epoch)
    require(made.read_bytes() == again.read_bytes(), f"{made.name} is the same when built again")
    look_through(made)
    tree = next(path for path in (work / "first").iterdir() if (path / "tests").is_dir())
    user = environment(interpreter, work / "user", made)
    run(user, "-m", "pip", "install", "--quiet", "--group", f"{tree / 'pyproject.toml'}:test")
    print(run(user, "-m", "centraldiff", cwd=work))
    print(run(user, "-m", "pytest", "-q", "-n", "auto", *tests, cwd=tree)[-300:])


def dates() -> dict[str, str]:
    """An environment in which what is built bears the date of the last commit."""
    command = ["git", "log", "-1", "--format=%ct"]
    date = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout
    return {**os.environ, "SOURCE_DATE_EPOCH": date.strip()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", default="", help="arguments for pytest, in one string")
    parser.add_argument("python", nargs="+", help="interpreters to build for")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        builder = environment(sys.executable, work / "builder", *BUILD_NEEDS)
        first = source_distribution(builder, work / "first", dates())
        second = source_distribution(builder, work / "second", dates())
        require(first.read_bytes() == second.read_bytes(), f"{first.name} is the same again")
        for interpreter in options.python:
            check(interpreter, first, second, shlex.split(options.tests), work)


if __name__ == "__main__":
    main()
