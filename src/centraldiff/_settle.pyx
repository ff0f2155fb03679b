"""The end of a search: its value, its error and the word on them; or going on to one side."""

from libc.math cimport INFINITY, NAN, fabs, isfinite, ldexpl, log2

from ._combine cimport real
from ._levels cimport (
    APART, CONVERGED, FINISHED, KINK, LINK, NO_LEVEL, NOISE, NOT_CONVERGED, NOT_FINITE, ONE_SIDE,
    SHRUNK, STEP_LOST, Aim, Line, Outcome, Search, Verdict, View, bend, index, jump_at, kink,
    natural_size, reach, two_slopes,
)

cdef extern from *:
    """
    #define PLAIN 1e-6    /* relative error below which a derivative is called converged */
    #define SMALL 0.01    /* part of fun; what is less may be what rounding makes of it */
    #define AMPLE 1.5     /* a slope that grows as much towards x has no end there */
    """
    const double PLAIN, SMALL, AMPLE

PLAIN_ERROR = PLAIN  # for those who take means of what was found

cdef enum:
    LOST = 32   # units of x's rounding: no shorter step is worth anything
    EDGE = 32   # steps so many times shorter than the domain allows are so for another reason


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
        s.verdict = word(s, aim, line, view, odd, even, cramped)
    s.stage = FINISHED
    if cramped and not s.sided:
        both = Outcome(s.verdict, s.value, s.step, s.error, s.base, s.bad, s.resolved)
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
    s.resolved = s.both.resolved


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
    if seen < SMALL * s.here:
        s.stairs = True
        s.error = max(s.error, fabs(<double>s.value))


cdef Verdict word(
    const Search* s, const Aim* aim, const Line* line, const View* view, const real* odd,
    const real* even, bint cramped,
) noexcept nogil:
    """The word on a value that is there."""
    cdef double allowed = max(aim.atol, aim.rtol * fabs(<double>s.value))
    cdef int last = index(view, s.longest)
    if aim.plain:
        allowed = fabs(<double>s.value)
        # what higher derivatives could be says little about them; nor do steps that fun cuts short
        if aim.n < 3 and last >= 0 and not cramped:
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
    cdef int low = aim.low
    if s.noise > aim.unit * s.here:  # of shorter ones noise would leave nothing to be seen
        low = 0
        if s.noise < s.here:
            low = <int>(aim.low * log2(s.noise / s.here) / log2(aim.unit))
    s.high = min(aim.high, line.highest)
    s.low = max(min(low, s.high - APART), line.lowest)
    s.base = s.low
