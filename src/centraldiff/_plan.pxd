cimport numpy as cnp

from ._terms cimport Formula


cdef class Plan:
    cdef readonly Py_ssize_t head, unit, units
    cdef readonly tuple shape, point_shape, value_shape
    cdef readonly bint points_are_numbers
    cdef bint grows  # more points will come: their number is not known yet
    cdef readonly Formula formula
    cdef Py_ssize_t fewest  # units to combine at a time, at least
    cdef int ndim
    cdef Py_ssize_t n, n_nodes, n_spans, itemsize, point_bytes, value_size
    cdef int real_type, point_type, value_type
    cdef readonly double bend
    cdef public object box  # (lower, upper) that other points of fun have to obey too, or None
    cdef void* steps_
    cdef void* spans_
    cdef char* base
    cdef char* nodes
    cdef char* line

    cdef int require(self) except -1
    cdef object number(self, long double number)
    cdef int known(self, Py_ssize_t k) except -1
    cdef object array_of(self, char* items, int type_number)
    cdef object as_result(self, object out)
    cdef int take(
        self, Formula formula, cnp.ndarray x, bint is_number, Py_ssize_t n_nodes,
        Py_ssize_t n_spans, bint on_line=*,
    ) except -1
    cdef int lay(self, cnp.ndarray x, cnp.ndarray h) except -1
    cdef long double lay_direction(self, cnp.ndarray x, cnp.ndarray v) except -1
    cdef void move_line(self, double offset, char* point, Py_ssize_t stride) noexcept nogil
    cdef void combine_terms(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, Py_ssize_t n, void* out,
    ) noexcept nogil
    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil
    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil
    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil
    cdef tuple result_shape(self, tuple value_shape)
