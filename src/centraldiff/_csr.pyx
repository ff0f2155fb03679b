"""Compressed rows: checked, sorted, transposed; everything by counting, in O(nonzeros).

indptr (m + 1), indices (nnz): the entries of row i have the columns indices[indptr[i]:indptr[i+1]].
"""

from libc.stdint cimport int32_t

import numpy as np


def compressed(const index[::1] rows, const index[::1] columns, Py_ssize_t m):
    """indptr, indices of entries that come in any order; those of a row stay in theirs."""
    dtype = np.int32 if index is int32_t else np.int64
    cdef index[::1] start = np.zeros(m + 1, dtype), sorted_ = np.empty(len(rows), dtype)
    cdef Py_ssize_t k
    with nogil:
        for k in range(rows.shape[0]):
            start[rows[k] + 1] += 1
        for k in range(m):
            start[k + 1] += start[k]
        for k in range(rows.shape[0]):
            sorted_[start[rows[k]]] = columns[k]
            start[rows[k]] += 1
        shift(&start[0], m)
    return np.asarray(start), np.asarray(sorted_)


def transposed(const index[::1] indptr, const index[::1] indices, Py_ssize_t n):
    """indptr, indices of the transpose with n rows, whose indices are sorted."""
    dtype = np.int32 if index is int32_t else np.int64
    cdef Py_ssize_t m = indptr.shape[0] - 1, i, k
    cdef index[::1] start = np.zeros(n + 1, dtype), rows = np.empty(len(indices), dtype)
    with nogil:
        for k in range(indices.shape[0]):
            start[indices[k] + 1] += 1
        for k in range(n):
            start[k + 1] += start[k]
        for i in range(m):
            for k in range(indptr[i], indptr[i + 1]):
                rows[start[indices[k]]] = <index>i
                start[indices[k]] += 1
        shift(&start[0], n)
    return np.asarray(start), np.asarray(rows)


cdef void shift(index* start, Py_ssize_t count) noexcept nogil:
    """Ends of parts back to their starts."""
    cdef Py_ssize_t k
    for k in range(count, 0, -1):
        start[k] = start[k - 1]
    start[0] = 0


def state(const index[::1] indptr, const index[::1] indices, Py_ssize_t n):
    """2: each row is sorted without duplicates; 1: it is not; 0: these are no rows of length n."""
    cdef Py_ssize_t m = indptr.shape[0] - 1, i, k
    cdef int found = 2
    if m < 0 or indptr[0] != 0 or indptr[m] != indices.shape[0]:
        return 0
    with nogil:
        for i in range(m):
            if indptr[i + 1] < indptr[i]:
                found = 0
        if found:  # then the rows do not reach beyond indices
            for i in range(m):
                for k in range(indptr[i], indptr[i + 1]):
                    if not 0 <= indices[k] < n:
                        found = 0
                    elif found and k > indptr[i] and indices[k] <= indices[k - 1]:
                        found = 1
    return found


def without_duplicates(const index[::1] indptr, const index[::1] indices):
    """indptr, indices of sorted rows where each column is left once."""
    dtype = np.int32 if index is int32_t else np.int64
    cdef Py_ssize_t m = indptr.shape[0] - 1, i, k, count = 0
    cdef index[::1] start = np.zeros(m + 1, dtype), kept = np.empty(len(indices), dtype)
    with nogil:
        for i in range(m):
            for k in range(indptr[i], indptr[i + 1]):
                if k == indptr[i] or indices[k] != indices[k - 1]:
                    kept[count] = indices[k]
                    count += 1
            start[i + 1] = <index>count
    return np.asarray(start), np.asarray(kept)[:count].copy()
