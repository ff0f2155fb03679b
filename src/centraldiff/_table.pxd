cimport numpy as cnp

from ._plan cimport Plan
from ._terms cimport Formula

cdef enum:
    NONE = -1       # no coordinate
    ALONG = -2      # the first line; the second one is ALONG - 1, and so on

ctypedef union Node:  # a coordinate in the dtype of points, or (d) the multiple of a line
    float f[2]
    double d[2]
    long double g[2]

ctypedef struct Entry:
    Py_ssize_t i, j  # coordinates, or NONE; i may be a line
    Node a, b        # what they become


cdef class TablePlan(Plan):
    cdef Entry* entries
    cdef Py_ssize_t capacity, spread
    cdef char* lines_
    cdef readonly Py_ssize_t n_lines

    cdef int set_table(
        self, Formula formula, cnp.ndarray x, bint is_number, bint elements, cnp.ndarray lines
    ) except -1
    cdef void clear(self) noexcept
    cdef int add(self, Py_ssize_t i, long double a, Py_ssize_t j, long double b) except -1
    cdef int grow(self, Py_ssize_t capacity) except -1
    cdef void put(self, Py_ssize_t i, long double number, Node* node) noexcept
    cdef long double base_of(self, Py_ssize_t i) noexcept
    cdef object moved_to(self, Py_ssize_t i, const Node* node)
    cdef void move_on_line(
        self, Py_ssize_t which, double t, char* point, Py_ssize_t stride
    ) noexcept nogil
