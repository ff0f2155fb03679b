"""What breaks derivatives silently: each contestant that is installed on each trap, as a table.

Relative errors of first derivatives with default settings: of 1 no digit is right. "raises" is an
exception, "x changed" that the array of the caller is another one afterwards.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from contestants import Contestant, Run, contestants

import centraldiff as cd

Function = Callable[[Any], Any]


class Trap(NamedTuple):
    title: str
    make: Callable[[], Function]  # anew for each contestant, since some remember
    x: list[float]
    exact: Any


def same_buffer() -> Function:
    out = np.empty(2)

    def fun(x: Any) -> Any:
        out[0], out[1] = x[0] * x[1], x[1] ** 2
        return out

    return fun


def writes_into_x(x: Any) -> Any:
    values = np.array([x[0] * x[1], x[1] ** 2])
    x[0] = 7.0
    return values


def single_precision(x: Any) -> Any:
    return np.sin(np.asarray(x, np.float32)).sum(axis=0).astype(float)


def log(x: Any) -> Any:
    return np.log(x[0])


def sine(factor: float) -> Function:
    return lambda x: np.sin(factor * x[0])


PRODUCTS = [[3.0, 2.0], [0.0, 6.0]]
TRAPS = [
    Trap("returns the same buffer each time", same_buffer, [2.0, 3.0], PRODUCTS),
    Trap("writes into x", lambda: writes_into_x, [2.0, 3.0], PRODUCTS),
    Trap("log at 1e-5", lambda: log, [1e-5], [1e5]),
    Trap("log at 1e-10", lambda: log, [1e-10], [1e10]),
    Trap("sin at 1e6", lambda: sine(1.0), [1e6], [math.cos(1e6)]),
    Trap("sin(1e8 x) at 1e-8", lambda: sine(1e8), [1e-8], [1e8 * math.cos(1.0)]),
    Trap("computes in float32", lambda: single_precision, [0.5, 1.0], np.cos([0.5, 1.0])),
]


def runners() -> list[Contestant]:
    adaptive = {"jacobian": lambda fun, x: Run(cd.Jacobian(fun, method="adaptive"), (x,))}
    able = [c for c in contestants()[0] if "jacobian" in c.prepare]
    return [able[0], Contestant("centraldiff adaptive", "", adaptive), *able[2:]]


def outcome(contestant: Contestant, trap: Trap) -> str:
    x, exact = np.array(trap.x), np.asarray(trap.exact)
    try:
        run = contestant.prepare["jacobian"](trap.make(), x)
        x[:] = trap.x  # some adapters call fun too
        found = np.asarray(run.read(run.call(*run.args)), dtype=float)
    except Exception:
        return "raises"
    error = np.abs(found.reshape(exact.shape) - exact).max() / np.abs(exact).max()
    changed = "" if (x == trap.x).all() else ", x changed"
    return f"{max(error, 1e-16):.0e}".replace("e-0", "e-").replace("e+00", "") + changed


def main() -> None:
    warnings.simplefilter("ignore")
    able = runners()
    print("| fun |", " | ".join(c.name for c in able), "|")
    print("|---" * (len(able) + 1) + "|")
    for trap in TRAPS:
        print("|", trap.title, "|", " | ".join(outcome(c, trap) for c in able), "|")


if __name__ == "__main__":
    main()
