from ._combine cimport real
from ._levels cimport Aim, Line, Search, View

cdef void finish(
    Search* s, const Aim* aim, const Line* line, const View* view, const real* odd,
    const real* even,
) noexcept nogil
cdef void forget(Search* s) noexcept nogil
cdef void take_back(Search* s) noexcept nogil
cdef bint to_one_side(Search* s, const Aim* aim, const Line* line) noexcept nogil
cdef void first_levels(Search* s, const Aim* aim, const Line* line) noexcept nogil
