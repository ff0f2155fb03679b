"""What is differentiated: functions, exact derivatives, points, and the project's own limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal

import numpy as np

Kind = Literal["gradient", "jacobian", "hessian"]

TIMES = np.linspace(0.0, 2.0, 50)


@dataclass(frozen=True)
class Case:
    """One table: a derivative of one function at one point.

    `exact` maps x to the exact derivative. `batched` is `fun` for x of shape (n, ...), for peers
    that evaluate many points in one call. `limits` are the ratios that the project has set itself,
    by contestant.
    """

    name: str
    kind: Kind
    fun: Callable[[Any], Any]
    x: Any
    exact: Callable[[Any], Any]
    batched: Callable[[Any], Any]
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def evaluations(self) -> int:
        """Evaluations that central differences need: the unit of time is as many bare calls."""
        n = self.x.size
        return int(n * n + n + 1 if self.kind == "hessian" else 2 * n)

    def points(self) -> list[Any]:
        """Where errors are measured: x and four points near it, so that no one is just lucky."""
        rng = np.random.default_rng(20240229)
        return [self.x] + [self.x * rng.uniform(0.9, 1.1, self.x.shape) for _ in range(4)]


def squares(x: Any) -> Any:
    """About the cheapest function that is one: what is measured is the way of calling it."""
    return x[0] ** 2 + x[1] ** 2


def first(x: Any) -> Any:
    """Cheaper still, and of any number of coordinates."""
    return x[0]


def decays(x: Any) -> Any:
    """Two exponential decays at 50 times, as in a least-squares fit: 4 inputs, 50 outputs."""
    return x[0] * np.exp(-x[1] * TIMES) + x[2] * np.exp(-x[3] * TIMES)


def decays_batched(x: Any) -> Any:
    """`decays` for x of shape (4, ...): values of shape (50, ...)."""
    t = TIMES.reshape((-1,) + (1,) * (x.ndim - 1))
    return x[0] * np.exp(-x[1] * t) + x[2] * np.exp(-x[3] * t)


def decays_jacobian(x: Any) -> Any:
    """Exact Jacobian of `decays`, (50, 4)."""
    fast, slow = np.exp(-x[1] * TIMES), np.exp(-x[3] * TIMES)
    return np.stack([fast, -x[0] * TIMES * fast, slow, -x[2] * TIMES * slow], axis=1)


def _unit_vector(x: Any) -> Any:
    e = np.zeros_like(x)
    e[0] = 1.0
    return e


def _no_curvature(x: Any) -> Any:
    return np.zeros((x.size, x.size))


def _both(limit: float) -> dict[str, float]:
    return {"centraldiff one-shot": limit, "centraldiff prepared": limit}


def _at(n: int) -> Any:
    return np.linspace(0.5, 1.5, n)


def _own_cases() -> list[Case]:
    return [
        Case(
            "gradient of x[0]**2 + x[1]**2, n = 2",
            "gradient",
            squares,
            np.array([1.2, -0.7]),
            lambda x: 2 * x,
            squares,
            {"centraldiff one-shot": 2.0, "centraldiff prepared": 1.4},
        ),
        Case(
            "gradient of x[0], n = 100",
            "gradient",
            first,
            _at(100),
            _unit_vector,
            first,
            {"centraldiff prepared": 1.15},
        ),
        Case(
            "Jacobian of two decays, 50 outputs, n = 4",
            "jacobian",
            decays,
            np.array([1.5, 2.5, 0.7, 0.4]),
            decays_jacobian,
            decays_batched,
        ),
        Case(
            "Hessian of x[0], n = 30", "hessian", first, _at(30), _no_curvature, first, _both(1.4)
        ),
    ]


def _rosen_cases() -> list[Case]:
    scipy = import_module("scipy.optimize")
    rosen, der, hess = scipy.rosen, scipy.rosen_der, scipy.rosen_hess
    limits = {2: _both(1.05), 10: {}, 100: _both(1.03)}
    gradients = [
        Case(f"gradient of rosen, n = {n}", "gradient", rosen, _at(n), der, rosen, limits[n])
        for n in limits
    ]
    name = "Hessian of rosen, n = 10"
    return [*gradients, Case(name, "hessian", rosen, _at(10), hess, rosen, _both(1.03))]


def cases() -> list[Case]:
    """All cases, gradients first; those of SciPy's rosen only where SciPy is installed."""
    found = _own_cases()
    with suppress(ImportError):  # SciPy is then also named among the peers that are left out
        found += _rosen_cases()
    return sorted(found, key=lambda case: ("gradient", "jacobian", "hessian").index(case.kind))
