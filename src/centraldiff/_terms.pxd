from ._combine cimport Terms


cdef class Formula:
    cdef Terms terms
    cdef readonly Formula lower
    cdef readonly bint needs_base
    cdef tuple definition
    cdef const double[::1] offsets
    cdef const Py_ssize_t[::1] plus, minus, pair_nodes
    cdef const double[::1] weights, axis_weights, pair_weights
    cdef const long double[::1] long_weights, long_axis_weights, long_pair_weights
