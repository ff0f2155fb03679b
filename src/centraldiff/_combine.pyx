"""Combination: values of fun -> derivatives. Knows weights and spans, no fun and no points.

Values are rows (one evaluation each) of m outputs. A head of rows (the value at x, for Hessians
the values along the axes too) stays available; the rest comes in units, each of which decides one
column or one entry of the result alone, so that any division into blocks gives the same bits. A
value that is not finite leaves NaN in the entries that need it, and nowhere else. Every kernel has
its NumPy twin in `_twin.py`.
"""

from libc.math cimport NAN, isfinite, sqrt


cdef void combine_axis(
    const Terms* terms, const real* head, const real* values, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t m, Py_ssize_t n, const real* spans, real* out,
) noexcept nogil:
    """Columns first to last of out (m, n): the sum over terms of weight * (value - value) / span.

    values # IN (last - first) * s rows of m; spans # IN (n, q), for degree > 1 the step.
    """
    cdef const real* weights
    cdef const real* rows
    cdef real total, difference
    cdef Py_ssize_t i, j, r, s = terms.s, q = terms.q
    if real is double:
        weights = terms.weights
    else:
        weights = terms.long_weights
    assert 0 <= first <= last <= n
    for r in range(m):
        for i in range(first, last):
            rows = values + (i - first) * s * m
            total = 0
            for j in range(q):
                difference = rows[terms.plus[j] * m + r]
                if terms.minus[j] >= 0:
                    difference -= rows[terms.minus[j] * m + r]
                elif terms.minus[j] == BASE:
                    difference -= head[r]
                total += weights[j] * (difference / spans[i * q + j])
            for _ in range(1, terms.degree):
                total /= spans[i * q]
            out[r * n + i] = total if isfinite(total) else NAN


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
