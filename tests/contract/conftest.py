"""Every operator under one signature, so that one test holds for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import centraldiff as cd


def smooth_number(x: Any, *args: Any, **kwargs: Any) -> float:
    """A number that depends on every coordinate in its own way."""
    flat = np.ravel(x)
    weights = np.arange(1.0, flat.size + 1)
    return float(np.sum(weights * np.sin(flat)) + np.prod(flat))


def smooth_array(x: Any, *args: Any, **kwargs: Any) -> Any:
    """An array of x's shape, and the gradient of something: its Jacobian is symmetric."""
    return np.cos(x) + np.sum(x) ** 2


@dataclass(frozen=True)
class Operator:
    """``prepare(fun, **options)(x)`` is the derivative; `argument` is what it calls fun."""

    name: str
    prepare: Callable[..., Callable[..., Any]]
    takes_array: bool = False  # fun returns an array like x rather than a number
    argument: str = "fun"
    plan: Callable[..., Any] | None = None

    @property
    def function(self) -> Callable[..., Any]:
        return smooth_array if self.takes_array else smooth_number

    @property
    def along_a_line(self) -> bool:
        return self.name in ("directional_derivative", "hessian_vector_product of grad")

    def __call__(self, fun: Any, x: Any, **options: Any) -> Any:
        return self.prepare(fun, **options)(x)


def of_function(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda fun, **options: lambda x: function(fun, x, **options)


def of_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda fun, **options: lambda x: function(None, x, grad=fun, **options)


def along_ones(function: Callable[..., Any]) -> Callable[..., Any]:
    def prepare(fun: Any, **options: Any) -> Callable[..., Any]:
        return lambda x: function(fun, x, np.ones(np.shape(x)), **options)

    return prepare


def hv_of_gradient(fun: Any, **options: Any) -> Callable[..., Any]:
    return lambda x: cd.hessian_vector_product(None, x, np.ones(np.shape(x)), grad=fun, **options)


def hessian_plan_of_gradient(x: Any, **options: Any) -> Any:
    return cd.hessian_plan(x, from_gradients=True, **options)


PREPARED = (
    Operator("Gradient", cd.Gradient, plan=cd.gradient_plan),
    Operator("Jacobian", cd.Jacobian, takes_array=True, plan=cd.gradient_plan),
    Operator("Hessian", cd.Hessian, plan=cd.hessian_plan),
    Operator(
        "Hessian of grad",
        lambda fun, **options: cd.Hessian(None, grad=fun, **options),
        takes_array=True,
        argument="grad",
        plan=hessian_plan_of_gradient,
    ),
)
FUNCTIONS = (
    Operator("gradient", of_function(cd.gradient), plan=cd.gradient_plan),
    Operator("value_and_gradient", of_function(cd.value_and_gradient)),
    Operator("jacobian", of_function(cd.jacobian), takes_array=True, plan=cd.gradient_plan),
    Operator("hessian", of_function(cd.hessian), plan=cd.hessian_plan),
    Operator(
        "hessian of grad",
        of_gradient(cd.hessian),
        takes_array=True,
        argument="grad",
        plan=hessian_plan_of_gradient,
    ),
    Operator("hessian_diagonal", of_function(cd.hessian_diagonal)),
    Operator("value_gradient_hessian", of_function(cd.value_gradient_hessian)),
    Operator("directional_derivative", along_ones(cd.directional_derivative), takes_array=True),
    Operator("hessian_vector_product", along_ones(cd.hessian_vector_product)),
    Operator("hessian_vector_product of grad", hv_of_gradient, takes_array=True, argument="grad"),
)
EVERY = PREPARED + FUNCTIONS


def names(operators: Any) -> list[str]:
    return [operator.name for operator in operators]


@pytest.fixture(params=EVERY, ids=names(EVERY))
def operator(request: Any) -> Operator:
    """Each operator but `derivative`, which calls fun with one number at a time."""
    return request.param


@pytest.fixture(params=PREPARED, ids=names(PREPARED))
def prepared(request: Any) -> Operator:
    """Each operator that is prepared once and called often."""
    return request.param


OF_NUMBERS = tuple(operator for operator in EVERY if not operator.takes_array)
OF_ARRAYS = tuple(operator for operator in EVERY if operator.takes_array)


@pytest.fixture(params=OF_NUMBERS, ids=names(OF_NUMBERS))
def number_operator(request: Any) -> Operator:
    """Each operator whose fun returns a number."""
    return request.param


@pytest.fixture(params=OF_ARRAYS, ids=names(OF_ARRAYS))
def array_operator(request: Any) -> Operator:
    """Each operator whose fun returns an array."""
    return request.param


PLANNED = tuple(operator for operator in EVERY if operator.plan is not None)


@pytest.fixture(params=PLANNED, ids=names(PLANNED))
def planned(request: Any) -> Operator:
    """Each operator that has a public plan."""
    return request.param


def entries(result: Any) -> Any:
    """All numbers of a result in one vector, also of those that return several arrays."""
    parts = result if isinstance(result, tuple) else (result,)
    return np.concatenate([np.ravel(getattr(part, "value", part)) for part in parts])


@pytest.fixture(name="entries")
def entries_fixture() -> Callable[[Any], Any]:
    return entries
