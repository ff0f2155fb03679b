"""Who takes part: thin adapters to one signature, each calling its library as its documentation
recommends. What can be settled before x is known, or has to be settled once only, is settled in
`prepare` and not timed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
import recipe
from cases import Case, Kind

import centraldiff as cd

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Run:
    """What is timed is ``call(*args)``; `read`, untimed, takes the derivative out of its result."""

    call: Callable[..., Any]
    args: tuple[Any, ...]
    read: Callable[[Any], Any] = np.asarray


@dataclass(frozen=True)
class Contestant:
    """A library, or one way of using it: `prepare` for each kind of derivative that it has."""

    name: str
    how: str
    prepare: Mapping[Kind, Callable[[Function, Any], Run]]
    batched: bool = False

    def function(self, case: Case) -> Function:
        """What of a case this contestant differentiates."""
        return case.batched if self.batched else case.fun


def _centraldiff() -> list[Contestant]:
    one_shot: dict[Kind, Callable[[Function, Any], Run]] = {
        "gradient": lambda fun, x: Run(cd.gradient, (fun, x)),
        "jacobian": lambda fun, x: Run(cd.jacobian, (fun, x)),
        "hessian": lambda fun, x: Run(cd.hessian, (fun, x)),
    }
    # an operator made once and called with many points; no out=, which is an extra
    prepared: dict[Kind, Callable[[Function, Any], Run]] = {
        "gradient": lambda fun, x: Run(cd.Gradient(fun), (x,)),
        "jacobian": lambda fun, x: Run(cd.Jacobian(fun), (x,)),
        "hessian": lambda fun, x: Run(cd.Hessian(fun), (x,)),
    }
    return [
        Contestant("centraldiff one-shot", "`gradient(fun, x)`, `jacobian`, `hessian`", one_shot),
        Contestant("centraldiff prepared", "`Gradient(fun)` made once, then `(x)`", prepared),
    ]


def _recipe() -> list[Contestant]:
    prepare: dict[Kind, Callable[[Function, Any], Run]] = {
        "gradient": lambda fun, x: Run(recipe.gradient, (fun, x)),
        "hessian": lambda fun, x: Run(recipe.hessian, (fun, x)),
    }
    return [Contestant("NumPy recipe", "as in recipe.py; it has no Jacobian", prepare)]


def _scipy() -> list[Contestant]:
    # What scipy.optimize calls for jac="3-point". It knows f(x) already and passes it on as f0, so
    # that evaluation is neither timed nor counted here. SciPy has no Hessian from values there.
    approx = import_module("scipy.optimize._numdiff").approx_derivative

    def differences(fun: Function, x: Any) -> Run:
        return Run(partial(approx, method="3-point", f0=fun(x)), (fun, x))

    return [
        Contestant(
            "scipy 3-point",
            '`approx_derivative(fun, x, method="3-point", f0=f0)`, f0 not counted',
            {"gradient": differences, "jacobian": differences},
        )
    ]


def _scipy_differentiate() -> list[Contestant]:
    # Defaults: order 8, steps from 0.5 down, until the tolerance is met. It wants a function of
    # x of shape (n, ...) and evaluates many points in each call: points are what is counted.
    module = import_module("scipy.differentiate")

    def jacobian(fun: Function, x: Any) -> Run:
        return Run(module.jacobian, (fun, x), attrgetter("df"))

    def hessian(fun: Function, x: Any) -> Run:
        return Run(module.hessian, (fun, x), attrgetter("ddf"))

    return [
        Contestant(
            "scipy.differentiate",
            "`jacobian(fun, x).df`, `hessian(fun, x).ddf`, fun on whole batches of points",
            {"gradient": jacobian, "jacobian": jacobian, "hessian": hessian},
            batched=True,
        )
    ]


def _statsmodels() -> list[Contestant]:
    # Central differences have to be asked for; approx_hess3 is the Hessian that models use.
    module = import_module("statsmodels.tools.numdiff")
    fprime = partial(module.approx_fprime, centered=True)

    def first(fun: Function, x: Any) -> Run:
        return Run(fprime, (x, fun))

    def hessian(fun: Function, x: Any) -> Run:
        return Run(module.approx_hess3, (x, fun))

    return [
        Contestant(
            "statsmodels",
            "`approx_fprime(x, fun, centered=True)`, `approx_hess3(x, fun)`",
            {"gradient": first, "jacobian": first, "hessian": hessian},
        )
    ]


def _numdifftools() -> list[Contestant]:
    # Objects made once, with the default steps and extrapolation.
    nd = import_module("numdifftools")
    prepare: dict[Kind, Callable[[Function, Any], Run]] = {
        "gradient": lambda fun, x: Run(nd.Gradient(fun), (x,)),
        "jacobian": lambda fun, x: Run(nd.Jacobian(fun), (x,)),
        "hessian": lambda fun, x: Run(nd.Hessian(fun), (x,)),
    }
    return [Contestant("numdifftools", "`Gradient(fun)` made once, then `(x)`", prepare)]


def _jacobi() -> list[Contestant]:
    # The only call it has: derivative and error estimate. No Hessian.
    jacobi = import_module("jacobi").jacobi

    def first(fun: Function, x: Any) -> Run:
        return Run(jacobi, (fun, x), itemgetter(0))

    return [Contestant("jacobi", "`jacobi(fun, x)[0]`", {"gradient": first, "jacobian": first})]


def _optimagic() -> list[Contestant]:
    # Defaults: central, one process. f0 is passed where it is taken, as for SciPy, not counted.
    om = import_module("optimagic")

    def first(fun: Function, x: Any) -> Run:
        return Run(partial(om.first_derivative, f0=fun(x)), (fun, x), attrgetter("derivative"))

    def second(fun: Function, x: Any) -> Run:
        return Run(partial(om.second_derivative, f0=fun(x)), (fun, x), attrgetter("derivative"))

    return [
        Contestant(
            "optimagic",
            "`first_derivative(fun, x, f0=f0)`, `second_derivative`, f0 not counted",
            {"gradient": first, "jacobian": first, "hessian": second},
        )
    ]


# by the distribution whose version is reported
_MAKERS: dict[str, list[Callable[[], list[Contestant]]]] = {
    "centraldiff": [_centraldiff],
    "numpy": [_recipe],
    "scipy": [_scipy, _scipy_differentiate],
    "statsmodels": [_statsmodels],
    "optimagic": [_optimagic],
    "numdifftools": [_numdifftools],
    "jacobi": [_jacobi],
}


def contestants() -> tuple[list[Contestant], dict[str, str]]:
    """Those that can be imported, and the others by name with the reason.

    A peer may fail to import for any reason, an old one with a new NumPy for instance.
    """
    found: list[Contestant] = []
    left_out: dict[str, str] = {}
    for package, makers in _MAKERS.items():
        try:
            found += [contestant for make in makers for contestant in make()]
        except Exception as error:
            if package == "centraldiff":
                raise
            left_out[package] = f"{type(error).__name__}: {error}"
    return found, left_out


def packages() -> list[str]:
    """Distributions that take part if they are installed."""
    return list(_MAKERS)
