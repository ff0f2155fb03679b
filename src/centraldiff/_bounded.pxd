cimport numpy as cnp

from ._combine cimport Sparse
from ._table cimport TablePlan


cdef class SparseTerms:
    cdef Sparse sparse
    cdef readonly Py_ssize_t columns
    cdef readonly dict arrays
    cdef dict owned
    cdef void* own(self, str name, dtype) except NULL


cdef class BoundedPlan(TablePlan):
    cdef readonly SparseTerms terms
    cdef object lower_, beside_  # or how to make them
    cdef readonly bint gradients
    cdef readonly object words, v
    cdef object taken
    cdef str result
    cdef readonly bint along, elements
    cdef cnp.ndarray fixed  # as bytes
