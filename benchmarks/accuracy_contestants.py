"""Who is judged by `accuracy.py`: thin adapters, each calling its library with its defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from accuracy_cases import ArrayCase, Case

import centraldiff as cd

TASKS = ("first", "second", "gradient", "hessian")


class Counted:
    """The function of a case, which counts the points at which it is evaluated."""

    def __init__(self, case: Case | ArrayCase) -> None:
        self.case = case
        self.points = 0

    def one(self, x: Any) -> float:
        """At one point."""
        self.points += 1
        return self.case.fun(x)

    def many(self, x: Any) -> Any:
        """At an array of numbers, or at points (n, ...) of n coordinates: their values (...)."""
        x = np.asarray(x, dtype=float)
        if isinstance(self.case, Case):
            points, shape = x.ravel(), x.shape
        else:
            points, shape = x.reshape(len(x), -1).T, x.shape[1:]
        return np.array([self.one(point) for point in points]).reshape(shape)


@dataclass(frozen=True)
class Answer:
    """A derivative, the error that is claimed (None if there is no such claim), and a word."""

    value: Any
    claimed: Any = None
    status: Any = ""


Adapter = Callable[[Counted, Any], Answer]


@dataclass(frozen=True)
class Contestant:
    """A way of using a library: how it does each of the tasks that it can do."""

    name: str
    tasks: Mapping[str, Adapter]


def _centraldiff(name: str, **options: Any) -> Contestant:
    def adapter(operator: Callable[..., Any], *n: int) -> Adapter:
        def answer(fun: Counted, x: Any) -> Answer:
            result = operator(fun.one, x, *n, **options, full_output=True)
            return Answer(result.value, result.error, result.status)

        return answer

    operators = {
        "first": (cd.derivative, 1),
        "second": (cd.derivative, 2),
        "gradient": (cd.gradient,),
        "hessian": (cd.hessian,),
    }
    tasks = {
        task: adapter(*call)
        for task, call in operators.items()
        if _exists(call[0], options["method"])
    }
    return Contestant(f"centraldiff {name}", tasks)


def _exists(operator: Callable[..., Any], method: str) -> bool:
    x = 1.0 if operator is cd.derivative else [1.0, 2.0]
    try:
        operator(lambda x: float(np.sum(x)), x, method=method)
    except ValueError:
        return False
    return True


def _numdifftools() -> Contestant:
    nd = import_module("numdifftools")

    def adapter(operator: Any, **options: Any) -> Adapter:
        def answer(fun: Counted, x: Any) -> Answer:
            result = operator(fun.many, full_output=True, **options)(x)
            return Answer(result[0], np.reshape(result[1], np.shape(result[0])))

        return answer

    return Contestant(
        "numdifftools",
        {
            "first": adapter(nd.Derivative, n=1),
            "second": adapter(nd.Derivative, n=2),
            "gradient": adapter(nd.Gradient),
            "hessian": adapter(nd.Hessian),
        },
    )


def _jacobi() -> Contestant:
    jacobi = import_module("jacobi").jacobi

    def answer(fun: Counted, x: Any) -> Answer:
        return Answer(*jacobi(fun.many, x))

    return Contestant("jacobi", {"first": answer, "gradient": answer})


def _scipy() -> Contestant:
    module = import_module("scipy.differentiate")
    words = {0: "converged", -1: "error grew", -2: "iterations", -3: "not finite"}

    def adapter(operator: Callable[..., Any], attribute: str) -> Adapter:
        def answer(fun: Counted, x: Any) -> Answer:
            result = operator(fun.many, x)
            status = [words[code] for code in np.ravel(getattr(result, "status", []))]
            return Answer(getattr(result, attribute), result.error, status)

        return answer

    return Contestant(
        "scipy.differentiate",
        {
            "first": adapter(module.derivative, "df"),
            "gradient": adapter(module.jacobian, "df"),
            "hessian": adapter(module.hessian, "ddf"),
        },
    )


def contestants() -> tuple[list[Contestant], dict[str, str]]:
    """Those that there are, and those that there are not, with the reason."""
    makers: dict[str, Callable[[], Contestant]] = {
        "centraldiff order 2": partial(_centraldiff, "order 2", method="central", order=2),
        "centraldiff order 8": partial(_centraldiff, "order 8", method="central", order=8),
        "centraldiff adaptive": partial(_centraldiff, "adaptive", method="adaptive"),
        "numdifftools": _numdifftools,
        "jacobi": _jacobi,
        "scipy.differentiate": _scipy,
    }
    found: list[Contestant] = []
    left_out: dict[str, str] = {}
    for name, make in makers.items():
        try:
            contestant = make()
        except Exception as error:  # whatever an old peer raises with a new NumPy
            left_out[name] = f"{type(error).__name__}: {error}"
            continue
        if contestant.tasks:
            found.append(contestant)
        else:
            left_out[name] = "no such method"
    return found, left_out
