"""Derivatives of functions that can only be called, by finite differences.

operators     gradient jacobian hessian derivative directional_derivative ...   what one calls
  validation  the one place that coerces or refuses what a user gives, or fun returns
  formula     stencil (offsets, weights, order) and steps (one for each coordinate)
  plan        where fun is needed
  evaluation  how fun is called there
  combination values -> derivative
  result      the derivative; with full_output its error, its cost, a word on each entry

Beside this walk with steps known beforehand there are two ways that look for them, with searches
which know no fun and say where they want to see it next:

  noise=             how noisy fun is (ECnoise), then a ladder of steps for each coordinate, or
  step_rule="fdint"  second differences; then the walk above with the steps that were found
  method="adaptive"  a search for the scale of fun, then extrapolation over several steps, with a
                     stop, an error and a word for each entry

and one that knows zeros of the derivative, and sums:

  sparsity=          groups of columns are displaced together, entries read from the values
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._derivative import derivative
from ._directional import directional_derivative, hessian_vector_product
from ._errors import (
    ArgumentTypeError,
    ArgumentValueError,
    CentraldiffError,
    FunctionTypeError,
    FunctionValueError,
    MissingPackageError,
    NotCompiledWarning,
    NotFiniteWarning,
)
from ._estimate_noise import estimate_noise
from ._gradient import Gradient, gradient, value_and_gradient
from ._hessian import Hessian, hessian, hessian_diagonal, value_gradient_hessian
from ._jacobian import Jacobian, jacobian
from ._plan import Plan
from ._planning import gradient_plan, hessian_plan
from ._result import DerivativeResult
from ._stencil import Stencil, stencil

if TYPE_CHECKING:
    from ._coloring import color_columns, color_symmetric
    from ._detect import sparsity_pattern

__version__ = "0.1.0"

__all__ = [
    "ArgumentTypeError",
    "ArgumentValueError",
    "CentraldiffError",
    "DerivativeResult",
    "FunctionTypeError",
    "FunctionValueError",
    "Gradient",
    "Hessian",
    "Jacobian",
    "MissingPackageError",
    "NotCompiledWarning",
    "NotFiniteWarning",
    "Plan",
    "Stencil",
    "color_columns",
    "color_symmetric",
    "derivative",
    "directional_derivative",
    "estimate_noise",
    "gradient",
    "gradient_plan",
    "hessian",
    "hessian_diagonal",
    "hessian_plan",
    "hessian_vector_product",
    "jacobian",
    "sparsity_pattern",
    "stencil",
    "value_and_gradient",
    "value_gradient_hessian",
]

# what few need, in modules that take a quarter of the time of the import
_LATER = {
    "color_columns": "._coloring",
    "color_symmetric": "._coloring",
    "sparsity_pattern": "._detect",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(_LATER[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
