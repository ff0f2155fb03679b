"""Derivatives as linear operators of SciPy: products with vectors, with or without a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._doors import evaluator_for
from ._pattern import require_scipy
from ._result import DerivativeResult
from ._sparse_values import values_at
from ._task import Task
from ._validation import as_point

if TYPE_CHECKING:
    from ._task import Prepared


def operator_at(prepared: Prepared, x: Any, args: tuple[Any, ...]) -> Any:
    """The derivative at x as a ``scipy.sparse.linalg.LinearOperator``."""
    linalg = require_scipy("scipy.sparse.linalg")

    task = prepared.task
    if task.structure is not None:
        matrix = prepared(x, *args)
        if isinstance(matrix, DerivativeResult):
            matrix = matrix.value
        if task.structure.is_sparse:
            return linalg.aslinearoperator(matrix)
        n = np.size(x)
        return linalg.aslinearoperator(np.reshape(matrix, (n, n)))
    point, is_number = as_point(x)
    point = point.copy()  # the caller may change x
    line = _line_task(task)
    args = args or prepared.args

    def product(v: Any) -> Any:
        given = float(point) if is_number else point
        along = np.reshape(v, point.shape)
        return np.ravel(line.run(prepared.fun, given, args, prepared.kwargs, False, along))

    if task.gradients or task.kind == "pairs":  # symmetric
        shape = (point.size, point.size)
        return linalg.LinearOperator(shape, matvec=product, rmatvec=product, dtype=point.dtype)

    def transposed(v: Any) -> Any:
        raise NotImplementedError(
            "J' v can't be had by differences along directions: give sparsity=, with which the "
            "operator is made of a matrix, or use the Jacobian itself"
        )

    evaluator = evaluator_for(
        prepared.fun, args, prepared.kwargs, scalar=False, name="fun", calling=task.calling
    )
    m = values_at(evaluator, point, is_number).size
    return linalg.LinearOperator(
        (m, point.size), matvec=product, rmatvec=transposed, dtype=point.dtype
    )


def _line_task(task: Task) -> Task:
    """The task of products with a vector, by the same method and options."""
    return Task(
        task.formula,
        "line pairs" if task.kind == "pairs" else "line",
        task.method,
        task.order,
        options=task.options,
        calling=task.calling,
        scalar=task.scalar,
        gradients=task.gradients,
    )
