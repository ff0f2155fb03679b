"""What the levels of a line say: differences, their bounds, whether they agree, what is noise.

A search sees the levels of its line as differences divided by steps: the odd part of fun, and the
even one, each of which is a polynomial in the square of the step; or, at the edge of a domain, one-
sided differences, a polynomial in the step itself; or mixed differences of two lines. Every
difference comes with a bound, what rounding can do to it at worst: that of the values, and that of
x, which fun may enlarge by its slope. And with what rounding is more likely to do, as far as
witnesses (levels of much shorter steps) have shown.
"""

from libc.math cimport INFINITY, fabs, floor, isfinite, log2, sqrt

from ._combine cimport real
from ._tableau cimport Estimate, extrapolate

cdef extern from *:
    """
    #define AGREE 0.5     /* of two differences: what they may differ by and still agree */
    #define SURELY 4      /* noise is a typical error of values: they may be off by this many */
    #define FARTHER 3.9   /* steps to tell kinks by are this many times as long, or more, */
    #define FARTHEST 17   /* and not longer than this many times; */
    #define ALIKE 0.1     /* jumps of a kink at two of them differ by no more than this part; */
    #define CLOSE 4.1     /* or, of two that curvature is taken out by, not longer than this, */
    #define FLAT 0.25     /* and their mean slopes differ by no more than this part of the jump; */
    #define FAR 512       /* what fun is like beside the kink, steps so many times as long tell */
    """
    const double AGREE, SURELY, FARTHER, FARTHEST, ALIKE, CLOSE, FLAT, FAR


cdef void gather(
    Search* s, const Aim* aim, const Line* line, const real* values, Py_ssize_t m, Py_ssize_t o,
    View* view, real* z, real* odd, real* even,
) noexcept nogil:
    """The finite levels, as differences divided by steps: y of each kind, z, and their bounds."""
    cdef int i, n = 0
    cdef real f0, plus, minus, h, top
    cdef double big, eps, plain
    cdef double half = 0.5 if s.side == 0 else 1
    f0 = 0 if aim.mixed else values[line.here * m + o]
    s.here = fabs(<double>f0)
    view.kinds = 2 if s.side == 0 and not aim.mixed else 1
    for i in range(line.n):
        if line.k[i] >= s.bad:
            break
        h = <real>line.h[i]
        plus = values[line.row[i] * m + o]
        minus = f0
        if aim.mixed:
            eps = plain = <double>values[line.row[i] + 1]
            odd[n] = plus / h
        else:
            if line.side == 0 and s.side <= 0:
                minus = values[(line.row[i] + 1) * m + o]
            if s.side < 0:
                # where bounds leave one side only, its values are the first ones
                minus = plus if line.side else minus
                plus = f0
            big = max(fabs(<double>plus), fabs(<double>minus), fabs(<double>f0))
            plain = aim.unit * big
            eps = plain + aim.unit * <double>line.size * s.slope
            odd[n] = (plus - minus) * <real>half / h
            even[n] = ((plus - f0) + (minus - f0)) * <real>0.5 / h / h
            s.largest = max(s.largest, fabs(<double>(plus - f0)), fabs(<double>(minus - f0)))
        if not isfinite(odd[n]):
            s.bad = line.k[i]
            s.edge = 0
            if s.side == 0 and isfinite(plus) != isfinite(minus):
                s.edge = 1 if isfinite(plus) else -1
            break
        if line.k[i] < s.base or (s.aside and is_jolt(s, line.k[i])):
            continue
        plain = max(s.noise, min(eps, max(plain, 3 * s.amplitude)))
        eps = max(SURELY * s.noise, eps)
        view.at[n] = i
        view.k[n] = line.k[i]
        view.h[n] = <double>h
        if not aim.mixed:
            big = 2 if s.side else 1
            view.bound[0][n] = big * eps / <double>h
            view.noise[0][n] = big * plain / <double>h
            view.bound[1][n] = 2 * eps / <double>h / <double>h
            view.noise[1][n] = 2 * plain / <double>h / <double>h
        else:
            view.bound[0][n] = eps / <double>h
            view.noise[0][n] = plain / <double>h
        n += 1
    view.n = n
    if n:
        top = <real>line.h[view.at[n - 1]]
        for i in range(n):
            z[i] = <real>line.h[view.at[i]] / top
            if s.side == 0 and not aim.mixed:
                z[i] *= z[i]
            elif s.side and aim.mixed:
                z[i] = sqrt(z[i])


cdef bint linked(
    const View* view, const real* odd, const real* even, int a, int b
) noexcept nogil:
    """Do the differences at a step and at a longer one agree, within what rounding can do?"""
    cdef int kind
    cdef const real* y
    cdef double shorter, longer, slack, size
    for kind in range(view.kinds):
        y = odd if kind == 0 else even
        shorter = fabs(<double>y[a])
        longer = fabs(<double>y[b])
        slack = 2 * (view.bound[kind][a] + view.bound[kind][b])
        if kind == 1:
            # curvature counts where it is a part of the change at all
            slack += 0.1 * fabs(<double>odd[a]) / view.h[a]
        size = fabs(<double>(y[b] - y[a]))
        if size > AGREE * max(shorter, longer) + slack and not longer > 2 * shorter > 0:
            return False
    return True


cdef double scale_of(
    const View* view, const real* odd, const real* even, int a, int b, bint squares
) noexcept nogil:
    """The step over which differences change by themselves, by two of them; 0 if unknown.

    Differences that are a power of the step say nothing: fun may be one, of any scale.
    """
    cdef int kind
    cdef const real* y
    cdef double least = 0, change, size, rounding, scale, power
    for kind in range(view.kinds):
        y = odd if kind == 0 else even
        size = fabs(<double>y[a])
        change = fabs(<double>(y[b] - y[a]))
        rounding = 2 * (view.bound[kind][a] + view.bound[kind][b])
        if change > rounding and size > 2 * view.bound[kind][a]:
            power = log2(fabs(<double>y[b]) / size) / log2(view.h[b] / view.h[a])
            if 0.95 < power < 4.05 and fabs(power - floor(power + 0.5)) < 0.05:
                continue
            scale = size / change
            scale = view.h[b] * (sqrt(scale) if squares else scale)
            least = scale if least == 0 else min(least, scale)
    return least


cdef int trusted(const View* view, const real* odd, const real* even) noexcept nogil:
    """How many levels, from the shortest on, agree each with the one before."""
    cdef int i
    for i in range(1, view.n):
        if not linked(view, odd, even, i - 1, i):
            return i
    return view.n


cdef double noise_seen(
    Search* s, const View* view, const real* z, const real* odd, const real* even, int n,
    double apart,
) noexcept nogil:
    """Noise that the two shortest levels show beyond their bounds against longer steps; or 0.

    Also sets s.amplitude, what they show at all (if that says anything), and s.far, how much
    shorter a step would settle whether it is noise.
    """
    cdef Estimate guess, slope
    cdef const real* y
    cdef double steep, curved, seen = 0, shown = 0, off, beyond, size, far = 0
    cdef int kind, i, a, power, samples = 0
    for kind in range(view.kinds):
        y = odd if kind == 0 else even
        power = kind + 1
        for i in range(min(n, 2)):
            a = i + 1
            while a < n and <double>z[i] * apart > <double>z[a]:
                a += 1
            if n - a < 3 or not extrapolate(
                z + a, y + a, view.bound[kind] + a, view.bound[kind] + a, n - a, 0, 3, apart,
                &guess,
            ):
                continue
            off = fabs(<double>(y[i] - <real>guess.value))
            steep = INFINITY
            if view.kinds == 1 and extrapolate(  # then longer steps tell a slope in z too
                z + a, y + a, view.bound[kind] + a, view.bound[kind] + a, n - a, 1, 3, apart,
                &slope,
            ):
                steep = 3 * slope.error * <double>z[i]
            a += guess.first
            size = view.h[i] if power == 1 else view.h[i] * view.h[i] / 2
            if guess.error < 0.3 * view.bound[kind][i]:
                shown = max(shown, off * size)
                samples += 1
            beyond = off - guess.rounding - 3 * guess.truncation
            curved = 2 * fabs(<double>(y[a] - <real>guess.value)) * <double>(z[i] / z[a])
            if steep < curved:
                beyond += fabs(<double>(
                    y[i] - <real>guess.value - <real>slope.value * z[i]
                )) - off - steep
            else:
                beyond -= curved
            if beyond > 1.5 * view.bound[kind][i]:
                seen = max(seen, beyond * size)
                if i == 0 and not s.probing:
                    s.off[kind] = off
                    s.guess[kind] = guess.value
                if beyond > 3 * view.bound[kind][i]:
                    far = max(far, log2(beyond / view.bound[kind][i] / 3) / power)
    s.amplitude = shown if samples > 1 else INFINITY
    s.far = min(max(<int>far, 1), 6)
    return seen


cdef bint is_jolt(const Search* s, int k) noexcept nogil:
    """Has that level been asked for only to tell a kink from noise?"""
    cdef int i
    for i in range(s.jolts):
        if s.jolt[i] == k:
            return True
    return False


cdef int jolt(const View* view, const real* even, int n) noexcept nogil:
    """The shortest level whose slopes to both sides differ by more than curvature explains, or -1.

    Where fun is smooth, how far they differ falls with the step; at a kink it does not, of noise
    it rises.
    """
    cdef int b, c
    for b in range(n - 1):
        if jump_at(view, even, b) <= 4 * view.bound[1][b] * view.h[b]:
            continue
        c = b + 1
        while c < n - 1 and view.h[c] < FARTHER * view.h[b]:
            c += 1
        if (
            view.h[c] >= FARTHER * view.h[b]
            and jump_at(view, even, b) > 2.5 * fabs(<double>even[c]) * view.h[b]
        ):
            return b
    return -1


cdef int kink(const View* view, const real* odd, const real* even, int n) noexcept nogil:
    """The shortest level that sees a kink, -1 where there is none to be seen.

    At a kink slopes to both sides are the same at three levels, beside what curvature makes of
    them. Near one, the slope to the one side is, at four, while that to the other changes.
    """
    cdef int b, c, both, above, below
    cdef double here, there, curvature, mean, bent
    for b in range(n - 2):
        if jump_at(view, even, b) <= 4 * view.bound[1][b] * view.h[b]:
            continue
        curvature = <double>even[n - 1] if view.h[n - 1] >= FAR * view.h[b] else 0
        here = (<double>even[b] - curvature) * view.h[b]
        both = above = below = 0
        for c in range(b + 1, n):
            there = (<double>even[c] - curvature) * view.h[c]
            if view.h[c] > FARTHEST * view.h[b] or here * there <= 0:
                break
            if fabs(there) < (1 - ALIKE) * fabs(here):
                continue
            mean = <double>(odd[c] - odd[b])
            both += fabs(here - there) < ALIKE * fabs(here) and fabs(mean) < ALIKE * fabs(here)
            bent = here * view.h[c] / view.h[b]
            if fabs(there - bent) > ALIKE * fabs(bent):  # else it may be a bend
                above += fabs(mean + there - here) < ALIKE * fabs(there)
                below += fabs(mean - there + here) < ALIKE * fabs(there)
        if both > 1 or max(above, below) > 2:
            return b
    return -1


cdef int kink_and_curvature(
    const View* view, const real* odd, const real* even, int n
) noexcept nogil:
    """The same where known noise hides all levels at which the kink outweighs curvature.

    How far slopes to both sides differ is extrapolated to step 0, from two levels at a time, so
    that curvature is out of it; what a smooth fun leaves goes with the cube of the step.
    """
    cdef int b, c
    cdef double jump, before = 0, ratio, doubt, room = 0
    for b in range(n - 1):
        c = b + 1
        ratio = view.h[c] / view.h[b]
        jump = (ratio * <double>even[b] * view.h[b] - <double>even[c] * view.h[c]) / (ratio - 1)
        doubt = (ratio * view.bound[1][b] * view.h[b] + view.bound[1][c] * view.h[c]) / (ratio - 1)
        if (
            ratio > CLOSE or fabs(jump) < 2 * doubt
            or fabs(<double>(odd[c] - odd[b])) > FLAT * fabs(jump)
        ):
            before = 0
            continue
        if before != 0 and fabs(jump - before) < room:
            b -= 1
            while (
                b > 0 and 4 * view.bound[1][b - 1] * view.h[b - 1] < fabs(jump)
                and 2 * jump_at(view, even, b - 1) > fabs(jump)
            ):
                b -= 1  # that one sees it too
            return b
        before = jump
        room = max(ALIKE * fabs(jump), doubt)
    return -1


cdef double two_slopes(
    const View* view, const real* odd, const real* even, int b
) noexcept nogil:
    """Half of how far slopes to both sides differ at a level, if the next one says the same; or 0.

    Where rounding hides so much that no more than two levels see a kink, that is all there is.
    """
    cdef double here = jump_at(view, even, b)
    if (
        b < view.n - 1 and here > 4 * view.bound[1][b] * view.h[b]
        and fabs(here - jump_at(view, even, b + 1)) < ALIKE * here
        and fabs(<double>(odd[b + 1] - odd[b])) < ALIKE * here
    ):
        return here
    return 0


cdef double bend(const View* view, const real* odd, int last) noexcept nogil:
    """Half of how far second derivatives to both sides differ; 0 where fun looks smooth.

    The odd part of a smooth fun changes with the square of the step, and with the step itself
    where the second derivative jumps: over four levels, if that is to count.
    """
    cdef int a, seen = 0
    cdef double before, after
    for a in range(last - 1):
        before = <double>(odd[a + 1] - odd[a]) / (view.h[a + 1] - view.h[a])
        after = <double>(odd[a + 2] - odd[a + 1]) / (view.h[a + 2] - view.h[a + 1])
        if fabs(before) * (view.h[a + 1] - view.h[a]) <= 4 * view.bound[0][a]:
            continue
        seen = seen + 1 if fabs(after - before) <= 0.1 * fabs(before) else 0
        if seen == 2:
            return 2 * fabs(before)
    return 0


cdef bint all_zero(const real* odd, const real* even, int n, int kinds) noexcept nogil:
    cdef int i
    for i in range(n):
        if odd[i] != 0 or (kinds == 2 and even[i] != 0):
            return False
    return True


cdef int degree_of(const Aim* aim, int side) noexcept nogil:
    """Which coefficient of the polynomial in z the derivative is."""
    if aim.mixed:
        return 0
    return aim.n - 1 if side else (aim.n - 1) // 2


cdef double natural_size(
    const Search* s, const Aim* aim, const View* view, const real* odd, const real* even, int i
) noexcept nogil:
    """What the derivative could be: what fun varies by over a step, divided by its power."""
    cdef double size = fabs(<double>odd[i])
    cdef int power
    if aim.mixed:
        return s.natural
    if view.kinds == 2:
        size += fabs(<double>even[i]) * view.h[i]
    for power in range(2, aim.n + 1):
        size *= power / view.h[i]
    return size
