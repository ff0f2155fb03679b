cimport numpy as cnp

from ._plan cimport Plan
from ._terms cimport Formula


cdef class AxisPlan(Plan):
    cdef readonly bint gradients
    cdef bint is_within(self, const double* lower, const double* upper) noexcept
    cdef bint move(self, object x) except -1
    cdef int set_up(
        self, Formula formula, cnp.ndarray x, bint is_number, cnp.ndarray h, bint with_value,
        bint gradients, bint scalar,
    ) except -1


cdef class PairPlan(Plan):
    cdef int set_up(self, Formula formula, cnp.ndarray x, bint is_number, cnp.ndarray h) except -1
