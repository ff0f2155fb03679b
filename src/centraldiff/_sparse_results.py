"""From the entries of a sparse derivative to what the caller gets: a matrix, sums, products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._entries import column_sums, severity, worst
from ._pattern import as_csr
from ._result import DerivativeResult

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._entries import Entries

    Array = npt.NDArray[Any]


def matrix_of(entries: Entries, nfev: int, full_output: bool) -> Any:
    """The derivative as a CSR array."""
    value = as_csr(entries.pattern, entries.data)
    if not full_output:
        return value
    told = entries.told
    assert told is not None
    error = as_csr(entries.pattern, told.error)
    return DerivativeResult(value, error, nfev, told.step, told.status)


def gradient_of(
    entries: Entries, weights: Array | None, nfev: int, x: Array, full_output: bool
) -> Any:
    """The sum of the rows of a Jacobian, each times its weight (m), in x's shape."""
    column, rows = entries.pattern.indices, entries.pattern.rows()
    by = np.ones(1) if weights is None else weights[rows]

    def summed(data: Array) -> Any:
        total = column_sums(data * by, column, x.size).astype(x.dtype)
        return total.reshape(x.shape)[()]

    gradient = summed(entries.data)
    if not full_output:
        return gradient
    told = entries.told
    assert told is not None
    by = np.abs(by)
    status = worst(told.status, column, x.size).reshape(x.shape)
    return DerivativeResult(gradient, summed(told.error), nfev, told.step, status)


def product_of(entries: Entries, nfev: int, x: Array, is_sparse: bool, full_output: bool) -> Any:
    """J' J, of the shape of a Hessian, and what errors of J do to it."""
    pattern = entries.pattern
    n = pattern.shape[1]

    def matrix(data: Array) -> Any:
        return as_csr(pattern, data) if is_sparse else data.reshape(pattern.shape)

    def shaped(square: Any) -> Any:
        if not is_sparse:
            return square.reshape(x.shape * 2)[()]
        square = square.tocsr()
        square.sort_indices()
        return square

    jacobian = matrix(entries.data)
    product = shaped(jacobian.T @ jacobian)
    if not full_output:
        return product
    told = entries.told
    assert told is not None
    off, size = matrix(told.error), matrix(np.abs(entries.data))
    error = off.T @ size + size.T @ off + off.T @ off
    words = worst(told.status, pattern.indices, n)
    i, j = np.arange(n)[:, None], np.arange(n)
    if is_sparse:
        i, j = np.repeat(np.arange(n), np.diff(product.indptr)), product.indices
    status = np.where(severity(words[i]) >= severity(words[j]), words[i], words[j])
    if not is_sparse:
        status = status.reshape(x.shape * 2)
    return DerivativeResult(product, shaped(error), nfev, told.step, status)
