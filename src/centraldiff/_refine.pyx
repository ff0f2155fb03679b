"""Refining an estimate: which level to add, when to stop, and what to say then."""

from libc.math cimport INFINITY, NAN, fabs, floor, isfinite, ldexp, ldexpl, log2

from ._combine cimport real
from ._levels cimport (
    CONVERGED, FINISHED, KINK, LINK, NO_LEVEL, NOISE, NOT_CONVERGED, NOT_FINITE, ONE_SIDE, SAME,
    SHRUNK, STEP_LOST, Aim, Line, Outcome, Search, Verdict, View, all_zero, bend, degree_of, has,
    index, jolt, jump_at, kink, natural_size, noise_seen, possible, reach, trusted, two_slopes,
)
from ._tableau cimport Estimate, extrapolate

cdef extern from *:
    """
    #define GAIN 0.35     /* an error has to fall to this part of it for a level to be worth it */
    #define STALLED 0.7   /* an error that has not fallen to this part of the last one */
    #define PLAIN 1e-6    /* relative error below which a derivative is called converged */
    #define FINE 1e-10    /* relative error that is no reason to step further than |x| */
    #define SLIGHT 0.01   /* a part that counts as none: of fun, of a slope, of rounding */
    #define STRAIGHT 0.1  /* of a jump: by how much less slopes beside a kink may change */
    #define FIRM 16       /* times fun at x: what rounding of x does then is worth a look */
    #define AMPLE 1.5     /* a slope that grows as much towards x has no end there */
    """
    const double GAIN, STALLED, PLAIN, FINE, SLIGHT, STRAIGHT, FIRM, AMPLE

cdef enum:
    LOST = 32   # units of x's rounding: no shorter step is worth anything
    EDGE = 32   # steps so many times shorter than the domain allows are so for another reason


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
        if k == 0:
            s.kinked = True
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


cdef void finish(
    Search* s, const Aim* aim, const Line* line, const View* view, const real* odd,
    const real* even,
) noexcept nogil:
    """Settle value, error, and the word on them; or go on to one side, where that promises more."""
    # the domain of fun allows no longer steps, and rounding is what is wrong with those
    cdef bint cramped = (
        s.edge != 0 and not s.kinked and s.rounded
        and s.step * EDGE > line.scale * ldexpl(1, s.bad)
    )
    cdef Outcome both
    cdef bint exists = isfinite(s.value) and (aim.unit <= 1e-18 or isfinite(<double>s.value))
    if s.kinked:
        settle_kink(s, aim, line, view, odd, even)
    elif doubt_smoothness(s, aim, view, odd, even):
        s.verdict = KINK
    elif not exists:
        forget(s)
        s.verdict = NOT_FINITE if s.bad <= line.highest else NOT_CONVERGED
    else:
        doubt_staircase(s, aim, view, odd)
        s.verdict = word(s, aim, line, view, odd, even)
    s.stage = FINISHED
    if cramped and not s.sided:
        both = Outcome(s.verdict, s.value, s.step, s.error, s.base, s.bad)
        if to_one_side(s, aim, line):
            s.both = both
            return
    if not s.kinked:
        take_back(s)


cdef void take_back(Search* s) noexcept nogil:
    """What both sides gave is the result, if the one side is not better."""
    if not s.sided:
        return
    if s.stairs:  # to one side as to both
        s.both.error = max(s.both.error, fabs(<double>s.both.value))
    if not s.both.error < s.error:
        return
    s.side = 0
    s.verdict = s.both.verdict
    s.value = s.both.value
    s.step = s.both.step
    s.error = s.both.error
    s.base = s.both.base
    s.bad = s.both.bad


cdef void forget(Search* s) noexcept nogil:
    """No estimate, so far or any more."""
    s.value = NAN
    s.error = INFINITY
    s.rounded = False
    s.shortest = s.longest = NO_LEVEL


cdef void settle_kink(
    Search* s, const Aim* aim, const Line* line, const View* view, const real* odd,
    const real* even,
) noexcept nogil:
    """At a kink: the slope between those to both sides, and half of how far they differ."""
    cdef int far = max(kink(view, odd, even, view.n), 0)
    s.verdict = KINK
    s.step = line.h[view.at[0]]
    s.value = odd[0] if aim.n == 1 else NAN
    s.error = INFINITY
    if aim.n == 1 and not (view.n > 1 and fabs(<double>odd[0]) > AMPLE * fabs(<double>odd[1])):
        # where values jump there is no end
        s.error = max(jump_at(view, even, 0), jump_at(view, even, far)) + view.bound[0][0]


cdef bint doubt_smoothness(
    Search* s, const Aim* aim, const View* view, const real* odd, const real* even
) noexcept nogil:
    """Slopes to both sides, and second derivatives, have to fall together; True if these do not."""
    cdef int first = index(view, s.shortest), last = index(view, s.longest)
    cdef double variation
    if aim.n > 2:
        return False
    if s.kink_near and 0 <= first < view.n - 1:
        # or the kink is among the steps that were used
        variation = fabs(<double>(even[first + 1] - even[first]))
        s.error = max(s.error, variation * (2 if aim.n == 2 else view.h[first]))
    if view.kinds == 2 and first >= 0:
        variation = bend(view, odd, last) * (1 if aim.n == 2 else view.h[first])
        if aim.n == 1:
            variation = max(variation, two_slopes(view, odd, even, first))
        if variation > s.error:
            s.error = variation
            return True
    return False


cdef void doubt_staircase(
    Search* s, const Aim* aim, const View* view, const real* odd
) noexcept nogil:
    """Steps near the rounding of x may see nothing but what rounding inside fun makes of it.

    So it may be where longer ones do not agree with them, and what they see is small.
    """
    cdef int last = index(view, s.longest), i
    cdef double seen = 0
    if last < 0 or s.longest >= aim.low or not (s.deep and s.resolved or s.stairs):
        return
    for i in range(last + 1):
        seen = max(seen, fabs(<double>odd[i]) * view.h[i])
    if seen < SLIGHT * s.here:
        s.stairs = True
        s.error = max(s.error, fabs(<double>s.value))


cdef Verdict word(
    const Search* s, const Aim* aim, const Line* line, const View* view, const real* odd,
    const real* even,
) noexcept nogil:
    """The word on a value that is there."""
    cdef double allowed = max(aim.atol, aim.rtol * fabs(<double>s.value))
    cdef int last = index(view, s.longest)
    if aim.plain:
        allowed = fabs(<double>s.value)
        if aim.n < 3 and last >= 0:  # what higher derivatives could be says little about them
            allowed = max(allowed, natural_size(s, aim, view, odd, even, last))
        allowed *= PLAIN
    if s.error <= allowed or (s.largest == 0 and s.error <= PLAIN and not aim.mixed):
        if s.side:
            return ONE_SIDE
        if line.shrunk and 4 * s.step > ldexpl(line.scale, line.highest):
            return SHRUNK
        return CONVERGED
    if s.step < LOST * aim.unit * line.size:
        return STEP_LOST
    return NOISE if s.rounded else NOT_CONVERGED


cdef bint to_one_side(Search* s, const Aim* aim, const Line* line) noexcept nogil:
    """At the edge of fun's domain, go on with differences to the side where fun is finite."""
    if s.side or s.edge == 0 or aim.mixed:
        return False
    s.side = s.edge
    s.sided = True
    s.both.error = INFINITY
    forget(s)
    s.edge = 0
    s.bad = line.highest + 1
    first_levels(s, aim, line)
    s.last = s.amplitude = INFINITY
    s.spent = s.halved = s.probed = s.probing = s.resolved = s.witnessed = False
    s.stage = LINK
    reach(s, line, s.low)
    reach(s, line, s.high)
    return True


cdef void first_levels(Search* s, const Aim* aim, const Line* line) noexcept nogil:
    """Two to begin with: apart as they should be, where there is room for that."""
    s.high = min(aim.high, line.highest)
    s.low = max(min(aim.low, s.high - 6), line.lowest)
    s.base = s.low
