from ._combine cimport real
from ._levels cimport Aim, Line, Search

cdef void start(
    Search* s, const Aim* aim, const Line* line, double here, double noise
) noexcept nogil
cdef void look_again(Search* s) noexcept nogil
cdef int advance(
    Search* s, const Aim* aim, const Line* line, const real* values, Py_ssize_t m, Py_ssize_t o,
) noexcept nogil
