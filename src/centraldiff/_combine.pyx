"""Combination: values of fun -> derivatives. Knows weights and spans, no fun and no points.

Values are rows (one evaluation each) of m outputs. A head of rows (the value at x, for Hessians
the values along the axes too) stays available; the rest comes in units, each of which decides one
column or one entry of the result alone, so that any division into blocks gives the same bits. A
value that is not finite leaves NaN in the entries that need it, and nowhere else. Every kernel has
its NumPy twin in `_twin.py`.
"""

from libc.math cimport NAN, isfinite, sqrt

cdef extern from *:
    """
    #define CENTRALDIFF_QUOTED(...) #__VA_ARGS__
    #define CENTRALDIFF_TEXT(...) CENTRALDIFF_QUOTED(__VA_ARGS__)
    #if defined(__clang__)
    #define CENTRALDIFF_COMPILER __VERSION__
    #elif defined(__GNUC__)
    #define CENTRALDIFF_COMPILER "GCC " __VERSION__
    #elif defined(_MSC_VER)
    #define CENTRALDIFF_COMPILER "MSVC " CENTRALDIFF_TEXT(_MSC_FULL_VER)
    #else
    #define CENTRALDIFF_COMPILER "unknown"
    #endif
    #define CENTRALDIFF_BUILT_WITH CENTRALDIFF_TEXT(CENTRALDIFF_FLAGS)
    """
    const char* CENTRALDIFF_COMPILER
    const char* CENTRALDIFF_BUILT_WITH


cdef inline real term_sum(
    const Terms* terms, const real* head, const real* rows, Py_ssize_t m, Py_ssize_t r,
    const real* spans,
) noexcept nogil:
    """The sum over terms of weight * (value - value) / span, of output r at one set of nodes."""
    cdef const real* weights
    cdef Py_ssize_t k
    cdef real total = 0, difference
    if real is double:
        weights = terms.weights
    else:
        weights = terms.long_weights
    for k in range(terms.q):
        difference = rows[terms.plus[k] * m + r]
        if terms.minus[k] >= 0:
            difference -= rows[terms.minus[k] * m + r]
        elif terms.minus[k] == BASE:
            difference -= head[r]
        total += weights[k] * (difference / spans[k])
    return total


cdef void combine_axis(
    const Terms* terms, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t m, Py_ssize_t n, const real* spans, real* out,
) noexcept nogil:
    """Columns first to last of out (m, n): the sum over terms of weight * (value - value) / span.

    values # IN (last - first) * s rows of m; spans # IN (n, q), for degree > 1 the step.
    """
    cdef const real* rows
    cdef real total
    cdef Py_ssize_t i, r, s = terms.s, q = terms.q
    assert 0 <= first <= last <= n
    if q == 1 and terms.degree == 1:
        combine_single(terms, head, values, first, last, m, n, spans, out)
        return
    for r in range(m):
        for i in range(first, last):
            rows = values + (i - first) * s * m
            total = term_sum(terms, head, rows, m, r, spans + i * q)
            for _ in range(1, terms.degree):
                total /= spans[i * q]
            out[r * n + i] = total if isfinite(total) else NAN


cdef inline void combine_single(
    const Terms* terms, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t m, Py_ssize_t n, const real* spans, real* out,
) noexcept nogil:
    """The same for one term, by far the most common: what it is, is settled before the loops."""
    cdef const real* plus = values + terms.plus[0] * m
    cdef const real* minus = values + terms.minus[0] * m if terms.minus[0] >= 0 else head
    cdef Py_ssize_t i, r, stride = terms.s * m, below = stride if terms.minus[0] >= 0 else 0
    cdef real total, weight
    cdef bint alone = terms.minus[0] < 0 and terms.minus[0] != BASE
    if real is double:
        weight = terms.weights[0]
    else:
        weight = terms.long_weights[0]
    for r in range(m):
        for i in range(last - first):
            total = plus[i * stride + r]
            if not alone:
                total -= minus[i * below + r]
            total = weight * (total / spans[first + i])
            out[r * n + first + i] = total if isfinite(total) else NAN


cdef inline real mixed(
    const Terms* terms, real base, const real* a, const real* b, const real* ab,
) noexcept nogil:
    """h_a * h_b * (second derivative along a and b), from values on a, on b and on a + b.

    Differences from the base value come first: they are small, so their sums round little.
    """
    cdef const real* axis_weights
    cdef const real* pair_weights
    cdef Py_ssize_t k
    cdef real total = 0
    if real is double:
        axis_weights, pair_weights = terms.axis_weights, terms.pair_weights
    else:
        axis_weights, pair_weights = terms.long_axis_weights, terms.long_pair_weights
    for k in range(terms.p):
        total += pair_weights[k] * (ab[k] - base)
    for k in range(terms.s):
        if axis_weights[k] != 0:  # a value that is not needed may well be NaN
            total += axis_weights[k] * ((a[k] - base) + (b[k] - base))
    return total


cdef void combine_pairs(
    const Terms* terms, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t n, const real* steps, real* out,
) noexcept nogil:
    """Entries (i, j) and (j, i) of out (n, n) for the pairs first to last, i < j, row by row.

    head # IN 1 + n * s values: at x, then along each axis; values # IN (last - first) * p.
    """
    cdef Py_ssize_t pair, i, j, s = terms.s
    cdef real entry
    if first >= last:
        return
    assert 0 <= first and last <= n * (n - 1) // 2
    find_pair(first, n, &i, &j)
    for pair in range(first, last):
        entry = mixed(
            terms, head[0], head + 1 + i * s, head + 1 + j * s, values + (pair - first) * terms.p
        )
        entry = entry / steps[i] / steps[j]
        entry = entry if isfinite(entry) else NAN
        out[i * n + j] = entry
        out[j * n + i] = entry
        j += 1
        if j == n:
            i += 1
            j = i + 1


cdef void combine_diagonal(
    const Terms* terms, const real* head, Py_ssize_t n, const real* spans, real* out,
) noexcept nogil:
    """The diagonal of out (n, n) from the values along the axes; head # IN as for pairs."""
    cdef Py_ssize_t i
    for i in range(n):
        combine_axis(
            terms, head, head + 1 + i * terms.s, 0, 1, 1, 1, spans + i * terms.q,
            out + i * (n + 1),
        )


cdef void combine_line(
    const Terms* terms, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    const real* steps, long double t, real* out,
) noexcept nogil:
    """Entries first to last of H v: second derivatives along each axis and the line x + t v.

    head # IN 1 + s values: at x, then along the line; values # IN s + p for each coordinate.
    """
    cdef Py_ssize_t i
    cdef const real* rows
    cdef real entry
    for i in range(first, last):
        rows = values + (i - first) * (terms.s + terms.p)
        entry = mixed(terms, head[0], head + 1, rows, rows + terms.s) / <real>t / steps[i]
        out[i] = entry if isfinite(entry) else NAN


cdef void combine_sparse(
    const Sparse* sparse, const real* values, Py_ssize_t m, Py_ssize_t n, real* out,
) noexcept nogil:
    """Some entries of out (m, n): sums of weight * ((a - b) - (c - d)) / span / span, any values.

    Of a term's four values the last two, or all but the first, may be NOTHING.
    """
    cdef const real* weights
    cdef const real* spans
    cdef const real* divisors
    cdef const Py_ssize_t* at
    cdef Py_ssize_t e, k, r
    cdef real total, difference
    if real is double:
        weights, spans, divisors = sparse.weights, sparse.spans, sparse.divisors
    else:
        weights, spans, divisors = sparse.long_weights, sparse.long_spans, sparse.long_divisors
    for e in range(sparse.entries):
        for r in range(m):
            total = 0
            for k in range(sparse.start[e], sparse.start[e + 1]):
                at = sparse.values + 4 * k
                difference = values[at[0] * m + r]
                if at[1] >= 0:
                    difference -= values[at[1] * m + r]
                if at[2] >= 0:
                    difference -= values[at[2] * m + r] - values[at[3] * m + r]
                total += weights[k] * (difference / spans[2 * k] / spans[2 * k + 1])
            for _ in range(sparse.power[e]):
                total /= divisors[e]
            total = total if isfinite(total) else NAN
            out[r * n + sparse.place[e]] = total
            out[r * n + sparse.mirror[e]] = total


cdef void symmetrise(real* out, Py_ssize_t n) noexcept nogil:
    """Both triangles of out (n, n) become their mean, in place."""
    cdef Py_ssize_t i, j
    cdef real mean
    for i in range(n):
        for j in range(i):
            mean = (out[i * n + j] + out[j * n + i]) / 2
            out[i * n + j] = mean
            out[j * n + i] = mean


cdef void find_pair(Py_ssize_t pair, Py_ssize_t n, Py_ssize_t* i, Py_ssize_t* j) noexcept nogil:
    """The place (i, j), i < j, of a pair in the upper triangle, read row by row."""
    cdef double width = 2 * n - 1
    cdef Py_ssize_t row = <Py_ssize_t>((width - sqrt(width * width - 8.0 * pair)) / 2)
    # the root is rounded
    while row * (2 * n - row - 1) // 2 > pair:
        row -= 1
    while (row + 1) * (2 * n - row - 2) // 2 <= pair:
        row += 1
    i[0] = row
    j[0] = pair - row * (2 * n - row - 1) // 2 + row + 1


cdef void combine_colors(
    const Terms* terms, const Terms* near, const signed char* side, const Colors* c,
    bint gradients, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t m, const real* spans, Py_ssize_t width, real* out,
) noexcept nogil:
    """The entries of a sparse matrix that are read from groups first to last.

    values # IN (last - first) * s rows of m; spans # IN (n, width); side # IN (n), or NULL;
    near: the formula of columns on one side. gradients: outputs have sides too.
    """
    cdef Py_ssize_t group, k, e, r, j
    cdef const real* rows
    cdef real total
    for group in range(first, last):
        rows = values + (group - first) * terms.s * m
        for k in range(c.entry_start[group], c.entry_start[group + 1]):
            e = c.entries[k]
            r = c.row[e]
            j = c.column[e]
            assert 0 <= r < m
            if side == NULL or (side[j] == AS_ASKED and not (gradients and side[r] == NOWHERE)):
                total = term_sum(terms, head, rows, m, r, spans + j * width)
            elif side[j] == NOWHERE or (gradients and side[r] == NOWHERE):
                total = 0
            else:
                total = term_sum(near, head, rows, m, r, spans + j * width)
            out[e] = total if isfinite(total) else NAN


cdef void symmetrise_entries(const Colors* c, const real* steps, real* out) noexcept nogil:
    """Entries that were read twice become their mean; those that were not are what they mirror.

    steps # IN (n), for entries that others of their row and group have to be taken out of.
    """
    cdef Py_ssize_t e, f, k, i
    cdef real mean
    for k in range(c.eliminated):
        e = c.elimination[k]
        mean = out[e]
        for i in range(c.other_start[k], c.other_start[k + 1]):
            f = c.others[i]
            if steps[c.column[e]] > 0:  # else it is fixed
                mean -= out[f] * (steps[c.column[f]] / steps[c.column[e]])
        out[e] = out[c.mirror[e]] = mean if isfinite(mean) else NAN
    for e in range(c.entry_start[c.p] if c.eliminated == 0 else 0):
        k = c.entries[e]
        f = c.mirror[k]
        if not c.readable[f]:
            out[f] = out[k]
        elif f > k:
            mean = (out[k] + out[f]) / 2
            out[k] = out[f] = mean


cdef enum:
    NODES = 16  # of a formula, at most


cdef inline void gather(
    const real* rows, Py_ssize_t m, Py_ssize_t r, Py_ssize_t count, real* out,
) noexcept nogil:
    """The values of one output at some nodes."""
    cdef Py_ssize_t k
    for k in range(count):
        out[k] = rows[k * m + r]


cdef void combine_blend(
    const Terms* terms, const signed char* side, const Blend* blend, const Colors* c,
    const real* head, const real* values, Py_ssize_t first, Py_ssize_t last, Py_ssize_t m,
    const real* steps, real* out,
) noexcept nogil:
    """Entries beside the diagonal that pairs of groups first to last decide, and their mirrors.

    head # IN 1 + p * s rows of m: at x, then along each group; values # IN rows for each pair.
    side # IN (n) on which side of x the nodes are, or NULL.
    """
    cdef Py_ssize_t pair, k, e, r, i, j, s = terms.s, stop
    cdef real a[NODES]
    cdef real b[NODES]
    cdef real ab[NODES]
    cdef real total, part
    assert s <= NODES and terms.p <= NODES
    for pair in range(first, last):
        k = blend.start[pair]
        stop = blend.start[pair + 1]
        while k < stop:
            e = blend.entry[k]
            total = 0
            while k < stop and blend.entry[k] == e:
                r = blend.row[k]
                i = blend.i[k]
                j = blend.j[k]
                k += 1
                if side != NULL and (side[i] == NOWHERE or side[j] == NOWHERE):
                    continue
                gather(head + (1 + c.color[i] * s) * m, m, r, s, a)
                gather(head + (1 + c.color[j] * s) * m, m, r, s, b)
                gather(values + (pair - first) * terms.p * m, m, r, terms.p, ab)
                part = mixed(terms, head[r], a, b, ab) / steps[i] / steps[j]
                total += part if side == NULL or side[i] == side[j] else -part
            total = total if isfinite(total) else NAN
            out[e] = total
            out[blend.mirror[e]] = total


cdef void combine_blend_diagonal(
    const Terms* terms, const signed char* side, const Blend* blend, const Colors* c,
    const real* head, Py_ssize_t m, const real* steps, real* out,
) noexcept nogil:
    """The diagonal, from the values along each group; head # IN as for pairs."""
    cdef const real* weights
    cdef const real* rows
    cdef Py_ssize_t k = 0, e, r, i, q
    cdef real total, part
    if real is double:
        weights = terms.weights
    else:
        weights = terms.long_weights
    while k < blend.diagonals:
        e = blend.diagonal_entry[k]
        total = 0
        while k < blend.diagonals and blend.diagonal_entry[k] == e:
            r = blend.diagonal_row[k]
            i = blend.diagonal_column[k]
            k += 1
            if side != NULL and side[i] == NOWHERE:
                continue
            rows = head + (1 + c.color[i] * terms.s) * m
            part = 0
            for q in range(terms.q):
                part += weights[q] * ((rows[terms.plus[q] * m + r] - head[r]) / steps[i])
            total += part / steps[i]
        out[e] = total if isfinite(total) else NAN


def built():
    """Compiler and flags of this module: what decides how sums are rounded."""
    return CENTRALDIFF_COMPILER.decode(), CENTRALDIFF_BUILT_WITH.decode()
