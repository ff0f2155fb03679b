from ._combine cimport real
from ._levels cimport Aim, Line, Search, View

cdef void refine(
    Search* s, const Aim* aim, const Line* line, const View* view, const real* z,
    const real* odd, const real* even,
) noexcept nogil
