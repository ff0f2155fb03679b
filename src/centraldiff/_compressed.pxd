cimport numpy as cnp

from ._combine cimport Blend, Colors
from ._plan cimport Plan
from ._terms cimport Formula


cdef class Owner:
    cdef readonly object arrays   # by name, not to be changed
    cdef dict owned               # the same
    cdef int once(self) except -1
    cdef int own(self, str name, object array, const int** pointer) except -1


cdef class Groups(Owner):
    cdef readonly object pattern
    cdef readonly Py_ssize_t p
    cdef Colors c


cdef class Blends(Owner):
    cdef readonly object pattern
    cdef Blend b


cdef class ColorPlan(Plan):
    cdef readonly Groups groups
    cdef readonly bint gradients
    cdef readonly object sides    # of each column (Side), or None
    cdef readonly Formula near    # the formula of columns on one side
    cdef const signed char* side
    cdef Py_ssize_t width         # spans of a column
    cdef int set_groups(
        self, Formula formula, cnp.ndarray x, bint is_number, cnp.ndarray h, Groups groups,
        Formula near, object sides, Py_ssize_t width,
    ) except -1
    cdef int lay_spans(self, cnp.ndarray x) except -1
    cdef void move_group(
        self, Py_ssize_t group, Py_ssize_t node, char* point, Py_ssize_t stride
    ) noexcept nogil


cdef class BlendPlan(ColorPlan):
    cdef readonly Blends blends
