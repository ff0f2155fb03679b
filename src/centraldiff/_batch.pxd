cimport numpy as cnp
from cpython.ref cimport PyObject

from ._evaluate cimport Evaluator
from ._plan cimport Plan


cdef class Batch(Evaluator):
    cdef tuple args
    cdef dict kwargs
    cdef Py_ssize_t given_size, size  # points in one call: as the user wants it, and for this plan
    cdef object points                # the array that fun was given last
    cdef tuple points_shape
    cdef PyObject* points_descr
    cdef int points_type, points_flags

    cdef cnp.ndarray points_for(self, Plan plan, Py_ssize_t count)
    cdef object call(self, Plan plan, Py_ssize_t start, Py_ssize_t stop)
    cdef int evaluate_blocks(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1
    cdef int evaluate_block(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1
    cdef int agree(self, Plan plan, Py_ssize_t start, object array) except -1
