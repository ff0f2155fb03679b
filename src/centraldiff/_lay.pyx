"""Laying out what depends on x, in x's own type: steps, nodes, spans, lines."""

from libc.math cimport copysign, copysignf, copysignl, fabs, fabsf, fabsl, isfinite, pow

from ._combine cimport AS_ASKED, BELOW, NOWHERE, Terms, longdouble


cdef inline void put(real_x number, void* items, Py_ssize_t i) noexcept nogil:
    """Store a number of x's type in the type that values are combined in."""
    if real_x is longdouble:
        (<long double*>items)[i] = number
    else:
        (<double*>items)[i] = number


cdef inline real_x get(const real_x* like, const void* items, Py_ssize_t i) noexcept nogil:
    """What `put` has stored."""
    if real_x is longdouble:
        return (<const long double*>items)[i]
    else:
        return <real_x>(<const double*>items)[i]


cdef inline real_x magnitude(real_x number) noexcept nogil:
    """|number| without a branch, which signs that nobody can foresee would make slow."""
    if real_x is float:
        return fabsf(number)
    elif real_x is double:
        return fabs(number)
    else:
        return fabsl(number)


cdef inline real_x with_sign(real_x size, real_x of) noexcept nogil:
    if real_x is float:
        return copysignf(size, of)
    elif real_x is double:
        return copysign(size, of)
    else:
        return copysignl(size, of)


cdef inline real_x relative_step(const real_x* like, const Terms* terms) noexcept nogil:
    """The default step relative to the size of a coordinate."""
    if real_x is float:
        return terms.relative_float
    elif real_x is double:
        return terms.relative_double
    else:
        return terms.relative_long


cdef Py_ssize_t lay_axes(
    const Terms* terms, const real_x* x, const real_x* given, Py_ssize_t n,
    void* steps, void* spans, real_x* nodes,
) noexcept nogil:
    """Steps (n), spans (n, q), nodes (n, s); the first coordinate without a step, or n.

    given # IN n steps, or NULL for the default rule; nodes # OUT, or NULL where only steps count.
    """
    cdef Py_ssize_t laid = lay_steps(terms, x, given, n, steps)
    if laid == n and nodes:
        lay_nodes(terms, x, n, steps, nodes)
        lay_spans(terms, x, n, steps, nodes, spans)
    return laid


cdef Py_ssize_t lay_steps(
    const Terms* terms, const real_x* x, const real_x* given, Py_ssize_t n, void* steps,
) noexcept nogil:
    """given # IN n steps, or NULL for the default rule: a part of max(|x|, 1)."""
    cdef Py_ssize_t i
    cdef real_x size, step, relative
    relative = relative_step(x, terms)
    for i in range(n):
        size = magnitude(x[i])
        step = given[i] if given else relative * (size if size > 1 else 1)
        if not terms.imaginary:
            # representable, seen from the side where numbers are coarser: x + h, x - h are exact
            step = (size + step) - size
        if not (step > 0 and isfinite(size + 2 * <real_x>terms.farthest * step)):
            return i
        put(step, steps, i)
    return n


cdef void lay_nodes(
    const Terms* terms, const real_x* x, Py_ssize_t n, const void* steps, real_x* nodes,
) noexcept nogil:
    """What each coordinate becomes; complex nodes are pairs of numbers."""
    cdef Py_ssize_t i, j, s = terms.s
    cdef real_x offset
    for j in range(s):
        offset = <real_x>terms.offsets[j]
        if terms.imaginary:
            for i in range(n):
                nodes[2 * (i * s + j)] = x[i]
                nodes[2 * (i * s + j) + 1] = offset * get(x, steps, i)
        else:
            for i in range(n):
                nodes[i * s + j] = x[i] + offset * get(x, steps, i)


cdef void lay_spans(
    const Terms* terms, const real_x* x, Py_ssize_t n, const void* steps, const real_x* nodes,
    void* spans,
) noexcept nogil:
    """What differences are divided by: the span that was taken, for higher derivatives the step."""
    cdef Py_ssize_t i, k, plus, minus, s = terms.s, q = terms.q
    cdef real_x offset
    for k in range(q):
        plus = terms.plus[k]
        minus = terms.minus[k]
        offset = <real_x>terms.offsets[plus] if terms.imaginary else 1
        if terms.imaginary or terms.degree > 1:
            for i in range(n):
                put(offset * get(x, steps, i), spans, i * q + k)
        elif minus < 0:
            for i in range(n):
                put(nodes[i * s + plus] - x[i], spans, i * q + k)
        else:
            for i in range(n):
                put(nodes[i * s + plus] - nodes[i * s + minus], spans, i * q + k)


cdef long double lay_line(
    const Terms* terms, const real_x* x, const real_x* v, Py_ssize_t n, const void* steps,
    real_x* line, double* bend,
) noexcept nogil:
    """The line (n), t v made representable, and t; -1 where a move is lost in rounding.

    bend # OUT how far the line is off t v, relative to the worst coordinate. v may be of any
    length, so only v over its largest entry is computed with.
    """
    cdef Py_ssize_t i
    cdef real_x largest = 0, farthest = 0, t = 0, relative, size, part, step, taken = 0, square = 0
    cdef real_x off, worst = 0
    bend[0] = 0
    for i in range(n):
        largest = max(largest, magnitude(v[i]))
        farthest = max(farthest, magnitude(x[i]))
    if largest == 0:
        for i in range(n):
            line[i] = 0
        return 1
    for i in range(n):
        line[i] = v[i] / largest
    for i in range(n):
        part = magnitude(line[i])
        step = get(x, steps, i)
        if part > 0 and (t == 0 or step / part < t):
            t = step / part
    # All coordinates share one t: it is too long for one of them as (t / scale)**p, too short for
    # another as rounding / t. What balances the two is as much longer as this.
    relative = relative_step(x, terms)
    if not terms.imaginary and farthest * relative > t:
        t *= <real_x>pow(<double>(farthest * relative / t), terms.exponent)
    for i in range(n):
        part = line[i]
        line[i] = t * part
        if not terms.imaginary:
            size = magnitude(x[i])
            step = (size + magnitude(line[i])) - size
            line[i] = with_sign(step, part)
            if step == 0 and magnitude(part) > 1e-3:
                return -1
        taken += line[i] * part
        square += part * part
    t = taken / square  # as it was taken: the line projected on v
    for i in range(n):
        part = t * (v[i] / largest)
        off = magnitude(line[i] - part)
        if off > worst * magnitude(part) and part != 0:
            worst = off / magnitude(part)
    bend[0] = <double>worst
    return <long double>t / <long double>largest


cdef void move_along(
    const Terms* terms, const real_x* x, const real_x* line, double offset, Py_ssize_t n,
    char* point, Py_ssize_t stride,
) noexcept nogil:
    """point = x + offset * line; the imaginary part of it where points are complex."""
    cdef Py_ssize_t i
    for i in range(n):
        if terms.imaginary:
            (<real_x*>(point + i * stride))[1] = <real_x>offset * line[i]
        else:
            (<real_x*>(point + i * stride))[0] = x[i] + <real_x>offset * line[i]


cdef bint all_within(
    const double* items, Py_ssize_t n, Py_ssize_t each, const double* lower, const double* upper,
) noexcept nogil:
    """Are items (n, each) within bounds (n)?"""
    cdef Py_ssize_t i, j
    for i in range(n):
        for j in range(i * each, (i + 1) * each):
            if not lower[i] <= items[j] <= upper[i]:
                return False
    return True


cdef inline real_x moved(real_x x, real_x h, double offset, signed char side) noexcept nogil:
    """The node of a coordinate; below x, offsets count downwards."""
    return x - <real_x>offset * h if side == BELOW else x + <real_x>offset * h


cdef void lay_moves(
    const Terms* terms, const Terms* near, const signed char* side, const real_x* x, Py_ssize_t n,
    const void* steps, Py_ssize_t width, void* spans,
) noexcept nogil:
    """Spans (n, width) of coordinates whose nodes are not stored; side # IN (n), or NULL.

    near: the formula of those on one side, for which offsets count away from x.
    """
    cdef const Terms* own
    cdef Py_ssize_t i, k
    cdef signed char at
    cdef real_x h, end
    for i in range(n):
        at = AS_ASKED if side == NULL else side[i]
        own = terms if at == AS_ASKED else near
        h = get(x, steps, i)
        for k in range(own.q):
            if at == NOWHERE:
                put(<real_x>1, spans, i * width + k)
            elif terms.imaginary:
                put(<real_x>own.offsets[own.plus[k]] * h, spans, i * width + k)
            else:
                end = x[i]
                if own.minus[k] >= 0:
                    end = moved(x[i], h, own.offsets[own.minus[k]], at)
                put(moved(x[i], h, own.offsets[own.plus[k]], at) - end, spans, i * width + k)


cdef void move_columns(
    const Terms* terms, const Terms* near, const signed char* side, const real_x* x,
    const void* steps, const int* columns, Py_ssize_t count, Py_ssize_t node, char* point,
    Py_ssize_t stride,
) noexcept nogil:
    """Some coordinates of a point become their nodes; the imaginary parts of complex points."""
    cdef const Terms* own
    cdef Py_ssize_t i, k
    cdef signed char at
    cdef real_x h
    for k in range(count):
        i = columns[k]
        at = AS_ASKED if side == NULL else side[i]
        if at == NOWHERE:
            continue
        own = terms if at == AS_ASKED else near
        h = get(x, steps, i)
        if terms.imaginary:
            (<real_x*>(point + i * stride))[1] = <real_x>own.offsets[node] * h
        else:
            (<real_x*>(point + i * stride))[0] = moved(x[i], h, own.offsets[node], at)
