ctypedef long double longdouble

ctypedef fused real:  # the types that values are combined in
    double
    longdouble

cdef enum:
    BASE = -1      # a term is taken against the value at x itself
    NOTHING = -2   # a term stands alone (complex step)

ctypedef struct Terms:  # the numbers of a Formula, which owns them
    int degree
    bint imaginary
    double exponent, farthest
    double relative_float, relative_double, relative_long  # default step, relative to x
    Py_ssize_t s, q, p                # nodes of an axis, terms, nodes of a diagonal
    const double* offsets             # (s)
    const Py_ssize_t* plus            # (q)
    const Py_ssize_t* minus           # (q), or BASE, or NOTHING
    const Py_ssize_t* pair_nodes      # (p)
    const double* weights             # (q)
    const double* axis_weights        # (s)
    const double* pair_weights        # (p)
    const long double* long_weights
    const long double* long_axis_weights
    const long double* long_pair_weights

ctypedef struct Sparse:  # the numbers of SparseTerms, which own them
    Py_ssize_t entries
    const Py_ssize_t* start           # (entries + 1) terms of each entry
    const Py_ssize_t* place           # (entries) where it goes
    const Py_ssize_t* mirror          # (entries) where it goes too
    const Py_ssize_t* power           # (entries) how often it is divided
    const Py_ssize_t* values          # (terms, 4) of the difference of differences, or NOTHING
    const double* weights             # (terms)
    const double* spans               # (terms, 2)
    const double* divisors            # (entries)
    const long double* long_weights
    const long double* long_spans
    const long double* long_divisors

cdef void combine_axis(
    const Terms* terms, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t m, Py_ssize_t n, const real* spans, real* out,
) noexcept nogil

cdef void combine_pairs(
    const Terms* terms, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t n, const real* steps, real* out,
) noexcept nogil

cdef void combine_diagonal(
    const Terms* terms, const real* head, Py_ssize_t n, const real* spans, real* out,
) noexcept nogil

cdef void combine_line(
    const Terms* terms, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    const real* steps, long double t, real* out,
) noexcept nogil

cdef void combine_sparse(
    const Sparse* sparse, const real* values, Py_ssize_t m, Py_ssize_t n, real* out,
) noexcept nogil

cdef void symmetrise(real* out, Py_ssize_t n) noexcept nogil

cdef void find_pair(Py_ssize_t pair, Py_ssize_t n, Py_ssize_t* i, Py_ssize_t* j) noexcept nogil
