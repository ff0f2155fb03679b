"""The way of sparsity=: many columns at a time, and what is made of the entries.

Where steps are known beforehand there is one plan for all. A method that looks for its steps goes
along one line for each group of columns: all its coordinates at once, each by its own size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._compressed import BlendPlan, ColorPlan
from ._compression import jacobian_groups, symmetric_groups, term_blends, value_blends
from ._entries import Entries, Settled, Told
from ._errors import ArgumentValueError, FunctionValueError
from ._formula import gradient_beside_hessian, one_sided_formula
from ._pattern import Pattern, full_pattern
from ._run import differentiate
from ._sparse_error import entry_errors
from ._sparse_lines import by_lines, by_pairs
from ._sparse_results import gradient_of, matrix_of, pattern_of_product, product_of
from ._sparse_values import values_at
from ._way import Found
from ._within_groups import groups_within

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._evaluate import Evaluator
    from ._structure import Structure
    from ._task import Task
    from ._way import Way

    Array = npt.NDArray[Any]


_MOST = 2**31 - 1  # entries, which kernels count as C integers


class Compressed:
    """Sparse Jacobians and Hessians, and derivatives of sums by way of their terms.

    It remembers what it has found out: the pattern, and that it has been confirmed; replaced at
    once, so that threads see one or the other.
    """

    def __init__(self, structure: Structure, task: Task, inner: Way | None) -> None:
        self.structure = structure
        self.inner = inner
        self.settled: Settled | None = None
        if isinstance(structure.sparsity, Pattern):
            self.settled = self._settle(structure.sparsity, task)

    @property
    def name(self) -> str:
        return "sparsity='detect'" if self.inner is None else self.inner.name

    def plan(self, task: Task, x: Array, is_number: bool) -> ColorPlan:
        """The plan of fixed steps at x."""
        if self.inner is not None or self.structure.sparsity == "detect":
            raise ArgumentValueError(
                f"with {self.name} the points depend on the values of fun: there is no plan"
            )
        if not isinstance(self.structure.sparsity, Pattern):
            raise ArgumentValueError(
                "without sparsity least_squares=True has no plan: how many residuals there are is "
                "known when fun has been called"
            )
        assert self.settled is not None
        _require_columns(self.settled, task, x)
        return self.plan_at(task, self.settled, x, is_number)[0]

    def run(
        self,
        task: Task,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        v: Array | None,
        full_output: bool,
    ) -> Found:
        known = self.settled
        if self.inner is not None or known is None or not known.confirmed:
            x = x.copy()  # looked at after calls of fun, which may change the caller's
        given = isinstance(self.structure.sparsity, Pattern)
        if known is not None and (given or known.groups.pattern.shape[1] == x.size):
            settled = known
        else:
            settled = self._settle(self._find_pattern(task, evaluator, x, is_number), task)
        _require_columns(settled, task, x)
        try:
            entries = self._entries(task, settled, evaluator, x, is_number, full_output)
        except FunctionValueError:
            if given or settled is not known:
                raise
            # other args may have other numbers of values, and what was found is not given
            settled = self._settle(self._find_pattern(task, evaluator, x, is_number), task)
            entries = self._entries(task, settled, evaluator, x, is_number, full_output)
        seen = evaluator.value_shape if evaluator.nfev else None  # what came before does not count
        if not task.scalar and seen == () and self.structure.is_sum:
            raise FunctionValueError(
                f"{evaluator.name} must return an array of terms or residuals, got a number; of "
                "one that returns their sum take derivatives without sum_of_terms, least_squares"
            )
        if not settled.confirmed:
            from ._confirm import confirm  # which is needed once

            judged = confirm(task, entries, evaluator, x, is_number)
            settled = settled._replace(confirmed=judged)
        self.settled = settled
        return self._found(task, settled, entries, evaluator, x, full_output)

    def _entries(
        self,
        task: Task,
        settled: Settled,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        full_output: bool,
    ) -> Entries:
        """All entries, by fixed steps or those that the way within finds."""
        if self.inner is None:
            return self.fixed(task, settled, evaluator, x, is_number, full_output)
        if task.kind == "pairs":
            return by_pairs(self, task, settled, evaluator, x, is_number, full_output)
        return by_lines(self, task, settled, evaluator, x, is_number)

    def _settle(self, pattern: Pattern, task: Task) -> Settled:
        """Groups, and where second derivatives come from values pairs of them."""
        if pattern.nnz > _MOST:
            raise ArgumentValueError(
                f"sparsity must have at most {_MOST} entries, got {pattern.nnz} of shape "
                f"{pattern.shape}"
            )
        structure = self.structure
        confirmed = structure.sparsity is None or not structure.verify
        if task.kind == "pairs":
            groups, blends = (value_blends if task.scalar else term_blends)(pattern)
            return Settled(groups, blends, confirmed=confirmed)
        if task.gradients:
            direct = self.inner is not None or task.options.bounds is not None
            return Settled(symmetric_groups(pattern, direct), None, confirmed=confirmed)
        square = None
        if structure.squares and structure.is_sparse:
            square = pattern_of_product(pattern)
        return Settled(jacobian_groups(pattern), None, square, confirmed)

    def plan_at(
        self, task: Task, settled: Settled, x: Array, is_number: bool, h: Array | None = None
    ) -> tuple[ColorPlan, Array | None]:
        """The plan, and near bounds a word on each column."""
        options = task.options
        if h is None and options.rule is not None:
            h = options.rule.steps(x, task.formula.exponent)
        plan: ColorPlan
        if settled.blends is None:
            plan = ColorPlan(
                task.formula, x, is_number, h, settled.groups,
                with_value=self.wants_values(task, settled), gradients=task.gradients,
            )  # fmt: skip
        else:
            plan = BlendPlan(
                task.formula, x, is_number, h, settled.groups, settled.blends, scalar=task.scalar
            )
        word = None
        if options.bounds is not None:
            box = options.bounds.fit(x)
            plan, word = groups_within(plan, *box)
            plan.box = box
        return plan, word

    def wants_values(self, task: Task, settled: Settled) -> bool:
        """Whether the values at x are needed: for f, for gradients of squares, to confirm."""
        if self.structure.squares and self.structure.goal == "gradient":
            return True
        return task.with_value or self.confirms(task, settled)

    def confirms(self, task: Task, settled: Settled) -> bool:
        """Whether a pattern of second derivatives from values is still to be confirmed."""
        return task.kind == "pairs" and not settled.confirmed

    def fixed(
        self,
        task: Task,
        settled: Settled,
        evaluator: Evaluator,
        x: Array,
        is_number: bool,
        full_output: bool,
        h: Array | None = None,
        noise: Array | float = 0.0,
    ) -> Entries:
        """Entries by one plan, of steps h (like x) or those of the task's own rule."""
        plan, word = self.plan_at(task, settled, x, is_number, h)
        wanted = self.wants_values(task, settled)
        keep = 2 if full_output else int(wanted)
        if not keep:
            return Entries(plan.result_pattern, differentiate(plan, evaluator))
        data, values = differentiate(plan, evaluator, keep=keep)
        told = None
        if full_output:
            told = Told(*entry_errors(plan, values, data, word, noise), plan.steps)
        beside = None
        if settled.blends is not None and (task.with_value or not task.scalar) and wanted:
            beside = _beside(task, plan, values, full_output, word, noise)
        at_x = values[0] if wanted else None
        return Entries(plan.result_pattern, data, told, at_x, beside)

    def _find_pattern(self, task: Task, evaluator: Evaluator, x: Array, is_number: bool) -> Pattern:
        """What probing fun tells; without sparsity every residual depends on every coordinate."""
        if self.structure.sparsity is None:
            return full_pattern(values_at(evaluator, x, is_number).size, x.size)
        from ._detect import detected  # not needed by most, so not imported by all

        bounds = task.options.bounds
        box = None if bounds is None else bounds.fit(x)
        pattern = detected(evaluator, x, is_number, box)
        if task.gradients and evaluator.value_shape != x.shape:
            raise FunctionValueError(
                f"grad must return an array of the shape that x has, {x.shape}, "
                f"got {evaluator.value_shape}"
            )
        return pattern.with_transposed() if task.gradients else pattern

    @np.errstate(over="ignore", invalid="ignore")
    def _found(
        self,
        task: Task,
        settled: Settled,
        entries: Entries,
        evaluator: Evaluator,
        x: Array,
        full_output: bool,
    ) -> Found:
        """What the caller gets."""
        squares = self.structure.squares
        value = gradient = None
        if entries.values is not None:
            values = entries.values.astype(np.result_type(entries.values.dtype, x.dtype))
            value = values @ values / 2 if squares else values.sum()
            value = x.dtype.type(value)
        weights = entries.values if squares else None
        if self.structure.goal == "gradient":
            found = gradient_of(entries, weights, evaluator.nfev, x, full_output)
            return Found(found, value)
        if squares:
            found = product_of(entries, evaluator.nfev, x, settled.square, full_output)
        else:
            found = matrix_of(entries, evaluator.nfev, full_output)
        first = entries if squares else entries.beside
        if task.with_value and first is not None:
            gradient = gradient_of(first, weights, evaluator.nfev, x, full_output)
        return Found(found, value, gradient)


def _require_columns(settled: Settled, task: Task, x: Array) -> None:
    """An error unless the pattern has a column for each coordinate."""
    is_hessian = task.gradients or (settled.blends is not None and task.scalar)
    pattern = settled.groups.pattern
    if is_hessian and settled.blends is not None:
        pattern = settled.blends.pattern
    if pattern.shape[1] != x.size:
        raise ArgumentValueError(
            f"sparsity must have shape ({x.size if is_hessian else 'number of values'}, {x.size}) "
            f"for x of {x.size} coordinates, got shape {pattern.shape}"
        )


def _beside(
    task: Task,
    plan: Any,
    values: Array,
    full_output: bool,
    word: Array | None,
    noise: Array | float,
) -> Entries:
    """First derivatives on the first points of a Hessian's plan: x and all groups."""
    steps = np.ravel(plan.axis_steps)
    formula = gradient_beside_hessian(task.method, task.order)
    sides = None
    if plan.sides is not None:
        formula = one_sided_formula(1, 1, plan.formula.sizes[0])
        sides = plan.sides, steps
    axes = ColorPlan(
        formula, np.asarray(plan.x), plan.points_are_numbers,
        np.asarray(plan.axis_steps) if sides is None else None, plan.groups,
        with_value=True, near=formula, sides=sides,
    )  # fmt: skip
    head = values[: plan.head]
    data = axes.combine(head).data
    told = None
    if full_output:
        told = Told(*entry_errors(axes, head, data, word, noise), plan.axis_steps)
    return Entries(axes.result_pattern, data, told)
