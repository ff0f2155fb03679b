"""Which entries of a matrix may differ from zero, and SciPy, where one asks for it."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._csr import compressed, state, transposed, without_duplicates
from ._errors import (
    ArgumentTypeError,
    ArgumentValueError,
    FunctionValueError,
    MissingPackageError,
)

if TYPE_CHECKING:
    import numpy.typing as npt

_ALLOWED = (
    "must be a SciPy sparse array or a dense 2-D array of bools or real numbers "
    "(what is not 0 is an entry)"
)


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Places of a matrix (m, n), row by row, sorted and without duplicates.

    indptr (m + 1) and indices (nnz) are read-only and of one type: int32, or int64 where nnz or a
    length needs it. The entries of row i are in the columns ``indices[indptr[i]:indptr[i + 1]]``.
    """

    shape: tuple[int, int]
    indptr: npt.NDArray[Any]
    indices: npt.NDArray[Any]

    def __post_init__(self) -> None:
        self.indptr.flags.writeable = self.indices.flags.writeable = False

    @property
    def nnz(self) -> int:
        """The number of entries."""
        return len(self.indices)

    def rows(self) -> npt.NDArray[Any]:
        """The row of each entry, (nnz,)."""
        rows = np.arange(self.shape[0], dtype=self.indices.dtype)
        return np.repeat(rows, np.diff(self.indptr))

    def transposed(self) -> Pattern:
        """The pattern of the transpose, in O(nnz)."""
        m, n = self.shape
        return Pattern((n, m), *transposed(self.indptr, self.indices, n))

    def with_diagonal(self) -> Pattern:
        """The square pattern with all of its diagonal, in O(nnz)."""
        m, n = self.shape
        rows, diagonal = self.rows(), np.arange(m, dtype=self.indices.dtype)
        if np.count_nonzero(rows == self.indices) == m:
            return self
        rows, columns = np.append(rows, diagonal), np.append(self.indices, diagonal)
        return _of_rows("pattern", (m, n), *compressed(rows, columns, m))

    def with_transposed(self) -> Pattern:
        """The square pattern with all that its transpose has, in O(nnz)."""
        rows = self.rows()
        both = np.append(rows, self.indices), np.append(self.indices, rows)
        return _of_rows("pattern", self.shape, *compressed(*both, self.shape[0]))


def require_rows(pattern: Pattern, count: int, name: str) -> None:
    """An error unless the function of that name returns a value for each row."""
    if count != pattern.shape[0]:
        raise FunctionValueError(
            f"sparsity has shape {pattern.shape}, so {name} must return {pattern.shape[0]} "
            f"values, got {count}"
        )


def full_pattern(m: int, n: int) -> Pattern:
    """All entries of a matrix (m, n)."""
    dtype = _index_type(m * n, m, n)
    return Pattern((m, n), np.arange(m + 1, dtype=dtype) * n, np.tile(np.arange(n, dtype=dtype), m))


def as_pattern(name: str, sparsity: object) -> Pattern:
    """The pattern of a SciPy sparse array or matrix (what is stored), or of a dense 2-D array."""
    # what SciPy has made can only be there if SciPy is loaded
    issparse = getattr(sys.modules.get("scipy.sparse"), "issparse", None)
    if issparse is not None and issparse(sparsity):
        return _of_sparse(name, sparsity)
    return _of_dense(name, sparsity)


def require_scipy(module: str = "scipy.sparse") -> Any:
    """A module of SciPy, or an error that says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"sparse arrays need SciPy, which can't be imported ({error}): pip install scipy"
        ) from error


def as_csr(pattern: Pattern, data: npt.NDArray[Any]) -> Any:
    """A SciPy CSR array with these data (nnz,), not copied, and index arrays of its own."""
    parts = (data, pattern.indices.copy(), pattern.indptr.copy())
    array = require_scipy().csr_array(parts, shape=pattern.shape)
    array.has_sorted_indices = array.has_canonical_format = True
    return array


def _of_dense(name: str, sparsity: object) -> Pattern:
    """Whatever its shape: two rows are a matrix with two rows."""
    if np.ma.is_masked(sparsity):
        raise ArgumentTypeError(f"{name} must not have masked entries")
    try:
        array = np.asarray(sparsity)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"{name} {_ALLOWED}: {error}") from None
    _check_kind(name, array.dtype, sparsity)
    if array.ndim != 2:
        raise ArgumentValueError(f"{name} {_ALLOWED}, got shape {array.shape}")
    _check_nan(name, array)
    m, n = array.shape
    entries = array != 0
    counts = np.count_nonzero(entries, axis=1)
    dtype = _index_type(int(counts.sum()), m, n)
    indptr = np.zeros(m + 1, dtype)
    np.cumsum(counts, out=indptr[1:])
    return Pattern((m, n), indptr, np.nonzero(entries)[1].astype(dtype))


def _of_sparse(name: str, sparsity: Any) -> Pattern:
    """What is stored counts, also where it is a zero."""
    shape = tuple(int(length) for length in sparsity.shape)
    _check_kind(name, sparsity.dtype, sparsity)
    if len(shape) != 2:
        raise ArgumentValueError(f"{name} must have two dimensions, got shape {shape}")
    m, n = shape
    if sparsity.format in ("csr", "csc"):
        _check_nan(name, sparsity.data)
        return _of_rows(
            name, (m, n), sparsity.indptr, sparsity.indices, columns=sparsity.format == "csc"
        )
    if sparsity.format == "dia":
        rows, columns = _of_diagonals(name, sparsity)
    else:
        entries = sparsity.tocoo()
        _check_nan(name, entries.data)
        rows, columns = entries.row, entries.col
    dtype = _index_type(len(rows), m, n)
    for places, length in ((rows, m), (columns, n)):
        if len(places) and (places.min() < 0 or places.max() >= length):
            raise ArgumentValueError(f"{name} has entries outside of its shape {shape}")
    rows, columns = (np.ascontiguousarray(part, dtype) for part in (rows, columns))
    return _of_rows(name, (m, n), *compressed(rows, columns, m))


def _of_rows(
    name: str,
    shape: tuple[int, int],
    indptr: npt.NDArray[Any],
    indices: npt.NDArray[Any],
    columns: bool = False,
) -> Pattern:
    """From compressed rows, or columns, with entries in any order."""
    m, n = shape[::-1] if columns else shape
    # copied before they are checked, and checked before a shorter type could hide what is wrong
    as_given = np.int32 if indptr.dtype == indices.dtype == np.int32 else np.int64
    indptr, indices = np.array(indptr, as_given), np.array(indices, as_given)
    order = state(indptr, indices, n) if len(indptr) == m + 1 else 0
    if not order:
        raise ArgumentValueError(f"{name} has entries outside of its shape {shape}")
    dtype = _index_type(len(indices), m, n)
    indptr, indices = indptr.astype(dtype, copy=False), indices.astype(dtype, copy=False)
    if columns:
        indptr, indices = transposed(indptr, indices, n)
    elif order == 1:
        # each transposition sorts what it writes
        indptr, indices = transposed(*transposed(indptr, indices, n), m)
    if order == 1:
        indptr, indices = without_duplicates(indptr, indices)
    return Pattern(shape, indptr, indices)


def _of_diagonals(name: str, sparsity: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Rows and columns of all that lies on stored diagonals (SciPy itself leaves zeros out)."""
    m, n = sparsity.shape
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for offset, data in zip(sparsity.offsets.tolist(), sparsity.data, strict=True):
        column = np.arange(max(0, offset), max(0, min(n, m + offset, len(data))))
        _check_nan(name, data[column])
        rows.append(column - offset)
        columns.append(column)
    return np.concatenate(rows), np.concatenate(columns)


def _index_type(nnz: int, m: int, n: int) -> type[np.signedinteger[Any]]:
    return np.int32 if max(nnz, m, n) <= np.iinfo(np.int32).max else np.int64


def _check_kind(name: str, dtype: np.dtype[Any], given: object) -> None:
    if dtype.kind not in "biuf":
        raise ArgumentTypeError(f"{name} {_ALLOWED}, got {type(given).__name__} of {dtype}")


def _check_nan(name: str, data: npt.NDArray[Any]) -> None:
    if data.dtype.kind == "f" and np.isnan(data).any():
        raise ArgumentValueError(f"{name} {_ALLOWED}, got NaN")
