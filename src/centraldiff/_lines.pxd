cimport numpy as cnp

from ._levels cimport Aim, Line


cdef class Lines:
    cdef Line* lines
    cdef Aim aim  # what a line knows of it: unit, and the levels to begin with
    cdef readonly Py_ssize_t n_lines
    cdef readonly cnp.ndarray axes
    cdef readonly bint along
    cdef int real_type
    cdef cnp.ndarray x, lower, upper, v

    cdef int set_lines(
        self, int real_type, double unit, cnp.ndarray x, cnp.ndarray scales, cnp.ndarray axes,
        cnp.ndarray v, cnp.ndarray lower, cnp.ndarray upper,
    ) except -1
    cdef int set_line(self, Py_ssize_t i, Py_ssize_t axis, long double scale) except -1
    cdef int choose_side(self, Line* line) except -1
    cdef int room(self, const Line* line, int sign) noexcept
    cdef long double number(self, cnp.ndarray array, Py_ssize_t i) noexcept
    cdef long double rounded(self, long double number) noexcept
    cdef long double step(self, const Line* line, int k) noexcept
    cdef long double node(self, const Line* line, Py_ssize_t i, long double t) noexcept
    cdef bint fits(self, const Line* line, int k, int sign) noexcept
    cdef bint within(self, Py_ssize_t i, long double node) noexcept
