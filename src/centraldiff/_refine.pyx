"""Refining an estimate: which level to add, and when to stop."""

from libc.math cimport INFINITY, fabs, floor, ldexp, log2

from ._combine cimport real
from ._levels cimport (
    NO_LEVEL, SAME, Aim, Line, Search, View, all_zero, degree_of, has, index, jolt, jump_at, kink,
    kink_and_curvature, natural_size, noise_seen, possible, reach, trusted,
)
from ._settle cimport finish
from ._tableau cimport Estimate, extrapolate

cdef extern from *:
    """
    #define GAIN 0.35     /* an error has to fall to this part of it for a level to be worth it */
    #define STALLED 0.7   /* an error that has not fallen to this part of the last one */
    #define FINE 1e-10    /* relative error that is no reason to step further than |x| */
    #define SLIGHT 0.01   /* a part that counts as none: of a slope, of rounding */
    #define STRAIGHT 0.1  /* of a jump: by how much less slopes beside a kink may change */
    #define FIRM 16       /* times fun at x: what rounding of x does then is worth a look */
    """
    const double GAIN, STALLED, FINE, SLIGHT, STRAIGHT, FIRM


cdef void probe(
    Search* s, const Line* line, const View* view, const real* z, const real* odd,
    const real* even, int n,
) noexcept nogil:
    """Noise, or structure that longer steps miss? A still shorter step tells."""
    cdef int kind, low
    cdef const real* y
    cdef bint same = True
    cdef double jump, old, shift
    if not s.probing:
        low = view.k[0] - s.far
        if low < line.lowest:
            low = view.k[0] - 1
        s.probing = low >= line.lowest and reach(s, line, low)
        if s.probing:
            s.base = low
            return
        s.probed = s.noisy = True
        s.noise = max(s.noise, 2 * s.seen)
        return
    s.probing = False
    s.probed = True
    for kind in range(view.kinds):
        y = odd if kind == 0 else even
        shift = 2 * (view.bound[kind][0] + view.bound[kind][1])
        if n > 2:  # what the longer of the two may still be off by truncation
            shift += 2 * fabs(<double>(y[2] - y[1])) * <double>(z[1] / z[2])
        if s.far >= 4 and s.off[kind] > 0:
            # noise would be so much more of a shorter step; what converges is as far off as before
            if fabs(<double>(y[0] - <real>s.guess[kind])) <= ldexp(s.off[kind], s.far - 4):
                continue
        same = same and fabs(<double>(y[0] - y[1])) <= shift
    if same and not (odd[0] == 0 and (view.kinds == 1 or even[0] == 0)):
        return  # structure: the levels above it will have to agree with it
    if view.kinds == 1 and s.off[0] > 0 and go_deeper(s, line, view, odd):
        return
    if view.kinds == 2:
        jump = fabs(<double>even[0]) * view.h[0]
        old = fabs(<double>even[1]) * view.h[1]
        if (
            max(jump, old) < SAME * min(jump, old) and jump > 1e-3 * fabs(<double>odd[0])
            and fabs(<double>(odd[0] - odd[1])) < STRAIGHT * jump
        ):
            s.kinked = True
            return
        s.seen = max(s.seen, jump * view.h[0])
    s.noisy = True
    s.noise = max(s.noise, 2 * s.seen)
    s.last = INFINITY


cdef bint go_deeper(
    Search* s, const Line* line, const View* view, const real* odd
) noexcept nogil:
    """Is it one step up or down, nearer to x than all levels? Then shorter ones may be before it.

    Values that are off by the same at the two shortest levels are hardly noise. Where that is so
    down to the shortest level there can be, fun jumps at x. Where the shortest is off by less,
    it may be before the step: one more tells.
    """
    cdef double shorter = <double>(odd[0] - <real>s.guess[0]) * view.h[0]
    cdef double longer = <double>(odd[1] - <real>s.guess[0]) * view.h[1]
    cdef double most = 0.1 * fabs(longer)
    cdef bint same, less = fabs(shorter) < fabs(longer)
    cdef int k
    most += view.bound[0][0] * view.h[0] + view.bound[0][1] * view.h[1]
    same = fabs(shorter - longer) <= most < fabs(longer)
    if not same and (s.fallen or not (less or s.stepped)):
        return False
    k = max(view.k[0] - (s.far if same else 2), line.lowest)
    s.fallen = s.fallen or not same
    s.stepped = same
    s.probing = k < view.k[0] and reach(s, line, k)
    if s.probing:
        s.probed = False
        s.base = k
    elif same:
        s.kinked = True
    return s.probing or s.kinked


cdef void refine(
    Search* s, const Aim* aim, const Line* line, const View* view, const real* z,
    const real* odd, const real* even,
) noexcept nogil:
    """The best estimate so far; one more level where that would make it better."""
    cdef int degree = degree_of(aim, s.side), n = trusted(view, odd, even), k
    cdef int kind = 1 if view.kinds == 2 and aim.n % 2 == 0 else 0
    cdef const real* y = even if kind else odd
    cdef double apart = 64 if s.side == 0 else 8  # 8 in the step
    cdef Estimate best
    if view.kinds == 2:
        k = kink(view, odd, even, n)
        if k < 0 and s.noise > 0:
            k = kink_and_curvature(view, odd, even, n)
        if k == 0:
            s.kinked = True
        elif k > 0 and 4 * view.bound[1][k - 1] * view.h[k - 1] > jump_at(view, even, k):
            at_kink(s, line, view, even, k)
            return
        elif k > 0:
            n = k  # levels that do not see it are left
            s.kink_near = True
        elif not s.kinked and not s.aside and not s.probing and look_for_kink(
            s, line, view, even, n
        ):
            return
    if s.kinked:
        finish(s, aim, line, view, odd, even)
        return
    if not aim.mixed:
        s.seen = max(s.seen, noise_seen(s, view, z, odd, even, n, apart))
        if s.seen > 0 and not s.probed:
            probe(s, line, view, z, odd, even, n)
            return
    if (
        n < view.n and all_zero(odd, even, n, view.kinds)
        and not one_sided_change(view, odd, even, n)
    ):
        # values come in steps that short ones do not see: that is noise, of the size of one
        s.noise = max(s.noise, 2 * fabs(<double>odd[n]) * view.h[n])
        if view.kinds == 2:
            s.noise = max(s.noise, 2 * fabs(<double>even[n]) * view.h[n] * view.h[n])
        s.probed = s.noisy = True
        return
    if s.fallen or s.side == 0 and (s.noise > 0 or aim.n == 1 or aim.mixed):
        n = regular(y, view.bound[kind], n)
    if extrapolate(
        z, y, view.noise[kind], view.bound[kind], n, degree, 2 + degree, apart, &best
    ):
        take(s, aim, line, view, &best, degree)
        k = next_level(s, aim, line, view, &best, odd, even)
    else:
        k = one_more(s, line, view, n)
        if k == NO_LEVEL and degree == 0 and view.n > 0:
            take_one(s, aim, line, view, <double>y[0], view.bound[kind][0])
    if k == NO_LEVEL:
        finish(s, aim, line, view, odd, even)
        return
    if s.resolved:
        s.base = min(s.base, k)
    reach(s, line, k)


cdef int regular(const real* y, const double* bound, int n) noexcept nogil:
    """How many levels, from the shortest on, differ by more and more, as those of a series do.

    Where steps pass the scale of fun they no longer grow with z, and what still longer steps add to
    a run is little, whatever it is: that is no truncation that falls.
    """
    cdef int i
    cdef double before
    for i in range(2, n):
        before = fabs(<double>(y[i - 1] - y[i - 2]))
        if before > 2 * (bound[i - 1] + bound[i - 2]) and fabs(<double>(y[i] - y[i - 1])) < before:
            return i
    return n


cdef void at_kink(
    Search* s, const Line* line, const View* view, const real* even, int b
) noexcept nogil:
    """Noise hides from all shorter levels what level b sees: is the kink at x, or beside it?

    The shortest level that noise does not blind tells, if it is not among them.
    """
    cdef double room = jump_at(view, even, b) / (4 * view.bound[1][b] * view.h[b])
    cdef int k = view.k[b] - max(<int>log2(room), 0)
    if k == view.k[b] or not possible(s, line, k) or not reach(s, line, k):
        s.kinked = True
        s.base = view.k[b]


cdef bint look_for_kink(
    Search* s, const Line* line, const View* view, const real* even, int n
) noexcept nogil:
    """Is there more to do? Where a level sees something two more, not much longer, may tell."""
    cdef int b = jolt(view, even, n), k, twice
    if b >= 0 and s.jolts < 2:
        k = view.k[b] + 2
        twice = index(view, k)
        if twice >= 0 and 2 * jump_at(view, even, twice) > jump_at(view, even, b):
            k -= 1
        if possible(s, line, k):
            s.jolt[s.jolts] = k
            s.jolts += 1
            return reach(s, line, k)
    s.aside = s.jolts > 0
    return s.aside


cdef bint one_sided_change(
    const View* view, const real* odd, const real* even, int n
) noexcept nogil:
    """Does fun change on one side only, from level n on? Then there is a kink not far from x."""
    cdef int i
    for i in range(n, view.n):
        if view.kinds == 1 or (
            fabs(fabs(<double>odd[i]) - fabs(<double>even[i]) * view.h[i])
            > SLIGHT * fabs(<double>odd[i])
        ):
            return False
    return True


cdef void take(
    Search* s, const Aim* aim, const Line* line, const View* view, const Estimate* best,
    int degree,
) noexcept nogil:
    """The estimate of the tableau becomes that of the derivative."""
    cdef long double factor = 1, top = line.h[view.at[view.n - 1]]
    cdef int i
    if not aim.mixed:
        for i in range(2, aim.n + 1):
            factor *= i
    for _ in range(degree):  # z is relative to the longest step (squared, on both sides)
        factor /= top if s.side else top * top
    s.value = best.value * (-factor if s.side < 0 and degree % 2 else factor)
    s.error = best.error * <double>factor
    s.rounded = best.rounding > 0.5 * best.error
    s.step = line.h[view.at[best.last]]
    s.shortest = view.k[best.first]
    s.longest = view.k[best.last]


cdef void take_one(
    Search* s, const Aim* aim, const Line* line, const View* view, double y, double bound
) noexcept nogil:
    """All there is, is one difference: the derivative may be as far off as it is large."""
    cdef int factor = 2 if aim.n == 2 and not aim.mixed else 1
    s.value = factor * y
    s.error = factor * (fabs(y) + bound)
    s.step = line.h[view.at[0]]
    s.rounded = True
    s.shortest = s.longest = view.k[0]


cdef int next_level(
    Search* s, const Aim* aim, const Line* line, const View* view, const Estimate* best,
    const real* odd, const real* even,
) noexcept nogil:
    """Which level makes the error smaller, most likely; NO_LEVEL where none does."""
    cdef int first = view.k[best.first], last = view.k[best.last], above, k, leap
    cdef bint blind  # is the derivative still less than its error?
    cdef double error = best.error, rounding = best.rounding
    cdef double rest = error - rounding
    cdef bint noisy = s.noise > 0  # then differences differ by noise: that is no truncation
    if aim.mixed and all_zero(odd, even, view.n, 1):
        return NO_LEVEL  # fun does not depend on both
    if s.error <= max(aim.atol, aim.rtol * max(fabs(<double>s.value), s.natural)):
        return NO_LEVEL
    if s.bad != s.known_bad:  # the last one led out of the domain
        s.known_bad = s.bad
        s.last = INFINITY
    if not error <= STALLED * s.last:
        return NO_LEVEL
    s.last = error
    if (
        s.amplitude == INFINITY and s.noise == 0 and rest < rounding
        and not s.witnessed and not aim.mixed
        and <double>line.size * s.slope > FIRM * s.here
    ):
        s.witnessed = True  # is rounding as bad as it may be? A shorter step would show it
        k = view.k[0] - 6
        if possible(s, line, k) or (k >= line.lowest and has(line, k)):
            s.last = INFINITY
            return k
    if rest < (2 if noisy else 1) * rounding:
        above = view.k[best.first + 1]
        if above > first + 1:
            k = above - 1
        else:
            if has(line, last + 1):
                return NO_LEVEL
            if (
                not noisy and rest > 0.1 * (1 + degree_of(aim, s.side)) * rounding
                and s.error < fabs(<double>s.value)
            ):
                return NO_LEVEL
            s.stride = min(s.stride + 1, 4) if best.truncation < SLIGHT * rounding else 1
            k = last + 1
            if best.last == view.n - 1 and line.k[line.n - 1] == last:
                k = min(last + s.stride, min(s.bad - 1, line.highest))
            blind = s.largest == 0 or s.error > fabs(<double>s.value)
            if k > 0 and blind and not aim.mixed and not s.leapt:
                # nothing to be seen near x: if that is near 0, a look as far as 1 tells more
                leap = <int>floor(-log2(<double>line.scale)) - 3
                s.leapt = True
                if leap > last:
                    k = leap
                elif s.largest == 0:
                    return NO_LEVEL
            elif k > 0 and s.largest == 0:
                return NO_LEVEL  # constant, as far as one can see
            elif k > 0 and s.error <= FINE * max(
                fabs(<double>s.value), natural_size(s, aim, view, odd, even, best.last)
            ):
                return NO_LEVEL  # good enough to stay near x
    else:
        k = last - 1
        while k > first and has(line, k):
            k -= 1
        if k == first:
            k = first - 1
            if 2 * rounding + rest / (8 if s.side == 0 else 3) > GAIN * error:
                return NO_LEVEL
        elif rounding > GAIN * error:
            return NO_LEVEL
    if k > max(3, <int>-log2(<double>line.scale)) and not aim.mixed:
        return NO_LEVEL  # far beyond x, or beyond 1 where x is next to nothing: that is not at x
    return k if possible(s, line, k) or (k < view.k[0] and has(line, k)) else NO_LEVEL


cdef int one_more(Search* s, const Line* line, const View* view, int n) noexcept nogil:
    """A level more, where there are too few that agree; NO_LEVEL where there can be none."""
    cdef int k, i
    if view.n == 0:
        return NO_LEVEL
    for i in range(min(n, view.n - 1), 0, -1):  # between those that are there
        k = (view.k[i] + view.k[i - 1]) // 2
        if k > view.k[i - 1] and possible(s, line, k):
            return k
    if possible(s, line, view.k[0] - 1):
        return view.k[0] - 1
    k = view.k[view.n - 1] + 1
    return k if n == view.n and possible(s, line, k) else NO_LEVEL
