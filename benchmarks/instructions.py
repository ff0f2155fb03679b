"""Instructions of the main paths, by callgrind: python benchmarks/instructions.py [--update].

A slow-down shows here without a timer, on any machine: what is compared with instructions.json is
a ratio, to the instructions of the bare calls of fun that central differences need, made from a C
loop in the same run. 10 % more than what is kept there fails. Both are differences between a run of
some calls and one of twice as many, so that what happens once only cancels. An import is compared
with that of NumPy. It needs valgrind, its headers and a C compiler, and takes half a minute.
"""

from __future__ import annotations

import argparse
import collections
import ctypes
import gc
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_suffix(".json")
TOLERANCE = 0.1
MARK = """
#include <valgrind/callgrind.h>
void mark(void) { CALLGRIND_DUMP_STATS; }
"""
# no other threads, sets in the same order each time, nothing compiled to bytecode while counting
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}

Call = Callable[[int], object]  # does something so many times


def loop(call: Callable[[Any], Any], x: Any, each: int = 1) -> Call:
    """``call(x)``, so many times `each`, from a C loop that drops the results."""
    return lambda times: collections.deque(map(call, itertools.repeat(x, times * each)), maxlen=0)


def paths(directory: Path) -> Iterator[tuple[str, int, Call, Call]]:
    """Name, how often to repeat, what is measured, and the bare calls that it is measured in."""
    import numpy as np
    import sparsity
    from cases import decays, first, squares
    from compiled import in_c

    import centraldiff as cd

    two, many = np.array([1.2, -0.7]), np.linspace(0.5, 1.5, 100)

    bare = loop(squares, two, 4)
    yield "gradient, n = 2, prepared", 50, loop(cd.Gradient(squares), two), bare
    yield "gradient, n = 2, one call", 50, loop(lambda x: cd.gradient(squares, x), two), bare
    adaptive = cd.Gradient(squares, method="adaptive")
    yield "gradient, n = 2, adaptive", 5, loop(adaptive, two), bare

    bare = loop(first, many, 200)
    yield "gradient, n = 100, prepared", 10, loop(cd.Gradient(first), many), bare
    vectorized = cd.Gradient(first, vectorized=True)
    yield "gradient, n = 100, vectorized", 10, loop(vectorized, many), bare

    rosen, in_c_loop = in_c(directory)
    gradient = loop(cd.Gradient(rosen), many)
    yield "gradient, n = 100, C function", 10, gradient, lambda times: in_c_loop(many, times)

    x = np.array([1.5, 2.5, 0.7, 0.4])
    yield "Jacobian, 50 by 4, prepared", 20, loop(cd.Jacobian(decays), x), loop(decays, x, 8)

    for n in 10, 30:
        x = many[:n]
        bare = loop(first, x, n * n + n + 1)
        yield f"Hessian, n = {n}, prepared", 10, loop(cd.Hessian(first), x), bare

    x = sparsity.point(300)
    jacobian = loop(cd.Jacobian(np.square), x)
    yield "Jacobian, 300 by 300, prepared", 3, jacobian, loop(np.square, x, 600)

    x = sparsity.point(10_000)
    pattern = sparsity.band(x.size, x.size, (-1, 0, 1))
    jacobian = cd.Jacobian(sparsity.chain, sparsity=pattern)
    bare = loop(sparsity.chain, x, 6)
    yield "Jacobian, tridiagonal, n = 10000, prepared", 3, loop(jacobian, x), bare
    product = cd.Jacobian(sparsity.chain).operator(x).matvec
    bare = loop(sparsity.chain, x, 2)
    yield "J v, n = 10000, operator", 3, loop(product, np.cos(7 * x)), bare


def run(directory: Path) -> None:
    """Under callgrind: everything in turn, with a mark, which writes a file of counts, between."""
    mark = ctypes.CDLL(str(directory / "mark.so")).mark
    mark()
    import_module("numpy")
    mark()
    import_module("centraldiff")
    mark()
    names = []
    for name, times, path, bare in paths(directory):
        names.append((name, times))
        for call in path, bare:
            call(2)  # whatever is remembered from call to call, is
            gc.collect()
            gc.disable()
            mark()
            call(times)
            mark()
            call(2 * times)
            mark()
            gc.enable()
    (directory / "names.json").write_text(json.dumps(names), encoding="utf-8")


def counted() -> dict[str, dict[str, float]]:
    """Instructions of each path, and their ratio to the bare calls."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        source, out = directory / "mark.c", directory / "counts"
        source.write_text(MARK, encoding="utf-8")
        library = directory / "mark.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        again = [sys.executable, __file__, "--run", name]
        environment = os.environ | ENVIRONMENT | {"PYTHONPYCACHEPREFIX": name}
        # once without callgrind, which writes the bytecode
        subprocess.run(again, check=True, env=environment)
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}"]
        subprocess.run([*valgrind, *again], check=True, env=environment)
        totals = []
        for number in itertools.count(1):
            dump = directory / f"counts.{number}"
            if not dump.exists():
                break
            lines = dump.read_text(encoding="utf-8").splitlines()
            totals.append(next(int(line.split()[1]) for line in lines if line[:7] == "totals:"))
        names = json.loads((directory / "names.json").read_text(encoding="utf-8"))
    _, numpy, package, *rest = totals
    found = {"import, over NumPy's": {"instructions": package, "ratio": round(package / numpy, 3)}}
    for i, (name, times) in enumerate(names):
        _, once, twice, _, bare_once, bare_twice = rest[6 * i : 6 * i + 6]
        ratio = (twice - once) / (bare_twice - bare_once)
        instructions = round((twice - once) / times)
        found[name] = {"instructions": instructions, "ratio": round(ratio, 3)}
    return found


def what_counts_depend_on() -> str:
    """Ratios do too, if less: above all on Python's version, least on the compiler."""
    version = subprocess.run(["cc", "-dumpversion"], capture_output=True, text=True, check=True)
    python = ".".join(platform.python_version_tuple()[:2])
    numpy = ".".join(import_module("numpy").__version__.split(".")[:2])
    return f"Python {python}, NumPy {numpy}, cc {version.stdout.strip()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="keep what is counted")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(options.run)
        return 0
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: nothing is counted")
        return 1
    now, kept = what_counts_depend_on(), json.loads(KEPT.read_text(encoding="utf-8"))
    found = counted()
    if options.update:
        kept[now] = found
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        before = found
    else:
        versions = now.rpartition("cc")[0]
        like = now if now in kept else next(filter(lambda k: k.startswith(versions), kept), None)
        if like is None:
            print(f"nothing is kept for {now}: --update keeps it")
            return 1
        print(f"{now}, compared with {like}")
        before = kept[like]
    slower = 0
    print(f"{'instructions':>12}  ratio   kept")
    for name, row in found.items():
        change = row["ratio"] / before[name]["ratio"] - 1
        word = ""
        if abs(change) > TOLERANCE:
            word = "SLOWER" if change > 0 else "faster: --update keeps it"
            slower += change > 0
        ratios = f"{row['ratio']:6.3f} {before[name]['ratio']:6.3f}"
        print(f"{row['instructions']:12}  {ratios}  {name}  {word}")
    return int(slower > 0)


if __name__ == "__main__":
    sys.exit(main())
