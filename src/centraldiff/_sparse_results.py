"""From the entries of a sparse derivative to what the caller gets: a matrix, sums, products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._entries import column_sums, severity, worst
from ._pattern import as_csr, as_pattern
from ._result import DerivativeResult

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._entries import Entries
    from ._pattern import Pattern

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


def pattern_of_product(pattern: Pattern) -> Pattern:
    """Where J' J may differ from 0, for J of a pattern (m, n)."""
    ones = as_csr(pattern, np.ones(pattern.nnz))
    return as_pattern("sparsity", ones.T @ ones)


def product_of(
    entries: Entries, nfev: int, x: Array, square: Pattern | None, full_output: bool
) -> Any:
    """J' J, of the shape of a Hessian, and what errors of J do to it; sparse if `square` is given.

    All that `square` holds is an entry, also where SciPy's product finds 0 and stores nothing.
    """
    pattern = entries.pattern
    n = pattern.shape[1]

    def matrix(data: Array) -> Any:
        return data.reshape(pattern.shape) if square is None else as_csr(pattern, data)

    def shaped(product: Any) -> Any:
        if square is None:
            return product.reshape(x.shape * 2)[()]
        product = product.tocoo()
        places = square.rows().astype(np.int64) * n + square.indices
        found = np.searchsorted(places, product.row.astype(np.int64) * n + product.col)
        data = np.zeros(square.nnz, product.dtype)
        data[found] = product.data
        return as_csr(square, data)

    jacobian = matrix(entries.data)
    product = shaped(jacobian.T @ jacobian)
    if not full_output:
        return product
    told = entries.told
    assert told is not None
    off, size = matrix(told.error), matrix(np.abs(entries.data))
    error = off.T @ size + size.T @ off + off.T @ off
    words = worst(told.status, pattern.indices, n)
    if square is None:
        i, j = np.arange(n)[:, None], np.arange(n)
    else:
        i, j = square.rows(), square.indices
    status = np.where(severity(words[i]) >= severity(words[j]), words[i], words[j])
    if square is None:
        status = status.reshape(x.shape * 2)
    return DerivativeResult(product, shaped(error), nfev, told.step, status)
