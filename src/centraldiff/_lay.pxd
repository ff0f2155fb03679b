from ._combine cimport Terms, longdouble

ctypedef fused real_x:  # the types that x may have
    float
    double
    longdouble

cdef Py_ssize_t lay_axes(
    const Terms* terms, const real_x* x, const real_x* given, Py_ssize_t n,
    void* steps, void* spans, real_x* nodes,
) noexcept nogil

cdef long double lay_line(
    const Terms* terms, const real_x* x, const real_x* v, Py_ssize_t n, const void* steps,
    real_x* line, double* bend,
) noexcept nogil

cdef bint all_within(
    const double* items, Py_ssize_t n, Py_ssize_t each, const double* lower, const double* upper,
) noexcept nogil

cdef void move_along(
    const Terms* terms, const real_x* x, const real_x* line, double offset, Py_ssize_t n,
    char* point, Py_ssize_t stride,
) noexcept nogil

cdef void lay_moves(
    const Terms* terms, const Terms* near, const signed char* side, const real_x* x, Py_ssize_t n,
    const void* steps, Py_ssize_t width, void* spans,
) noexcept nogil

cdef void move_columns(
    const Terms* terms, const Terms* near, const signed char* side, const real_x* x,
    const void* steps, const int* columns, Py_ssize_t count, Py_ssize_t node, char* point,
    Py_ssize_t stride,
) noexcept nogil
