"""What is known of a function's structure: zeros of its derivative, terms that it is the sum of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._errors import ArgumentTypeError, ArgumentValueError
from ._validation import as_flag

if TYPE_CHECKING:
    from ._pattern import Pattern
    from ._task import Task
    from ._way import Way

DETECT = "detect"


@dataclass(frozen=True, slots=True)
class Structure:
    """All that the options on structure say.

    `sparsity` is the pattern of the Jacobian, or of the Hessian; where fun returns `terms` whose
    sum is the function, or residuals half the sum of whose `squares` it is, of their Jacobian.
    `goal`: "jacobian", "gradient", "hessian".
    """

    goal: str
    sparsity: Pattern | str | None
    verify: bool
    terms: bool = False
    squares: bool = False

    @property
    def is_sum(self) -> bool:
        """Whether fun returns parts of the function, not itself."""
        return self.terms or self.squares

    @property
    def is_sparse(self) -> bool:
        """Whether the result is a sparse array."""
        return self.goal != "gradient" and self.sparsity is not None

    @property
    def length(self) -> int | None:
        """How many values fun returns, where the pattern tells."""
        if self.sparsity is None or isinstance(self.sparsity, str):
            return None
        is_array = self.goal == "jacobian" or self.is_sum
        return self.sparsity.shape[0] if is_array else None

    def way(self, task: Task, inner: Way | None) -> Way:
        """How a task gets there; inner: the way that it would go without structure."""
        from ._sparse import Compressed  # not needed by most, so not imported by all

        return Compressed(self, task, inner)


def settle_structure(
    goal: str,
    sparsity: object = None,
    verify_sparsity: object = True,
    sum_of_terms: object = False,
    least_squares: object = False,
) -> Structure | None:
    """Structure out of what a user gave; None where that is nothing."""
    if (
        sparsity is None
        and verify_sparsity is True
        and sum_of_terms is False
        and least_squares is False
    ):
        return None
    verify = as_flag("verify_sparsity", verify_sparsity)
    terms = as_flag("sum_of_terms", sum_of_terms)
    squares = as_flag("least_squares", least_squares)
    if terms and squares:
        raise ArgumentValueError(
            "sum_of_terms and least_squares say two things of fun: that it returns terms, and that "
            "it returns residuals; give one of them"
        )
    if sparsity is None:
        if not (terms or squares):
            return None
        if terms:
            raise ArgumentValueError(
                "sum_of_terms needs sparsity, which term depends on which coordinate: a sparse or "
                "boolean array of shape (number of terms, x.size), or 'detect'"
            )
        return Structure(goal, None, verify, terms, squares)
    if goal == "gradient" and not (terms or squares):
        raise ArgumentValueError(
            "sparsity is for functions that return terms or residuals here: give it with "
            "sum_of_terms=True or least_squares=True"
        )
    from ._pattern import as_pattern, require_scipy  # not needed by most, so not imported by all

    if goal != "gradient":
        require_scipy()  # which holds the result
    if isinstance(sparsity, str):
        if sparsity != DETECT:
            raise ArgumentValueError(
                f"sparsity must be a sparse or dense array, or 'detect', got {sparsity!r}"
            )
        return Structure(goal, sparsity, verify, terms, squares)
    pattern = as_pattern("sparsity", sparsity)
    if goal == "hessian" and not (terms or squares) and pattern.shape[0] != pattern.shape[1]:
        raise ArgumentValueError(
            f"sparsity of a Hessian must be square and symmetric, got shape {pattern.shape}; the "
            "pattern of terms or residuals goes with sum_of_terms=True or least_squares=True"
        )
    return Structure(goal, pattern, verify, terms, squares)


def require_values(grad: object, structure: Structure | None) -> None:
    """Terms and residuals are what fun returns: nothing that a gradient function could tell."""
    if grad is not None and structure is not None and (structure.terms or structure.squares):
        name = "sum_of_terms" if structure.terms else "least_squares"
        raise ArgumentTypeError(f"{name}=True is for fun, which returns them: grad must be None")
