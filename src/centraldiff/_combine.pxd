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

cdef enum Side:  # where a coordinate's nodes are; AS_ASKED: by the plan's own formula
    BELOW = -1
    AS_ASKED = 0
    ABOVE = 1
    NOWHERE = 2    # bounds leave it no room

ctypedef struct Colors:  # columns in groups that are displaced together; numbers of a Groups
    Py_ssize_t p
    const int* color                  # (n) the group of a column
    const int* column_start           # (p + 1)
    const int* columns                # (n) by group
    const int* entry_start            # (p + 1)
    const int* entries                # those that are read from values, by group
    const int* row                    # (entries of the pattern)
    const int* column                 # (entries of the pattern)
    const int* mirror                 # (entries of the pattern), or NULL: the place of (j, i)
    const unsigned char* readable     # (entries of the pattern): are they read from values
    Py_ssize_t eliminated             # entries that others have to be taken out of, in this order
    const int* elimination            # (eliminated)
    const int* other_start            # (eliminated + 1)
    const int* others                 # those that are taken out

ctypedef struct Blend:  # second derivatives of each output, out of pairs of groups
    Py_ssize_t pairs                  # of groups
    const int* a                      # (pairs) groups
    const int* b                      # (pairs)
    const int* start                  # (pairs + 1) of the parts below
    const int* row                    # an output,
    const int* i                      # its column of group a,
    const int* j                      # and of group b,
    const int* entry                  # and the entry that it is part of, sorted
    const int* mirror                 # (entries of the result)
    Py_ssize_t diagonals              # parts of the diagonal, sorted by entry
    const int* diagonal_row
    const int* diagonal_column
    const int* diagonal_entry

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

cdef void combine_colors(
    const Terms* terms, const Terms* near, const signed char* side, const Colors* c,
    bint gradients, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t m, const real* spans, Py_ssize_t width, real* out,
) noexcept nogil

cdef void symmetrise_entries(const Colors* c, const real* steps, real* out) noexcept nogil

cdef void combine_blend(
    const Terms* terms, const signed char* side, const Blend* blend, const Colors* c,
    const real* head, const real* values, Py_ssize_t first, Py_ssize_t last, Py_ssize_t m,
    const real* steps, real* out,
) noexcept nogil

cdef void combine_blend_diagonal(
    const Terms* terms, const signed char* side, const Blend* blend, const Colors* c,
    const real* head, Py_ssize_t m, const real* steps, real* out,
) noexcept nogil

cdef void symmetrise(real* out, Py_ssize_t n) noexcept nogil

cdef void find_pair(Py_ssize_t pair, Py_ssize_t n, Py_ssize_t* i, Py_ssize_t* j) noexcept nogil
