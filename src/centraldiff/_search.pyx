"""The search for steps: which levels an entry of an adaptive derivative needs, and when to stop.

From below: the first two steps are short enough for most functions, and their differences have to
agree, within what rounding can do, or steps get shorter until they do (LINK). How far the two
still differ tells the scale of the function; the first levels to extrapolate from lie within it
(FILL). Then one level after the other is added, a longer one where rounding dominates the error, a
shorter one, or one in between, where truncation does, while that gains something (REFINE).

The two shortest levels are witnesses that stand apart from the rest. What they show against the
extrapolated value is noise, unless still shorter steps confirm them: then fun has structure that
the longer steps have missed. Nothing here calls fun or owns memory: `advance` says which levels
are wanted next, from the values of those that are there.
"""

from libc.math cimport INFINITY, fabs, floor, log2
from libc.string cimport memset

from ._combine cimport real
from ._levels cimport (
    APART, FILL, FINISHED, FIXED, LINK, NOT_CONVERGED, NOT_FINITE, REFINE, SAME, Aim, Line, Search,
    View, degree_of, gather, has, index, jump_at, linked, possible, reach, scale_of, want,
)
from ._refine cimport refine
from ._settle cimport finish, first_levels, forget, take_back, to_one_side
from ._tableau cimport LEVELS

cdef extern from *:
    """
    #define TOP 0.15      /* the longest of the first steps, relative to the function's scale */
    #define SIMILAR 0.1   /* part of a slope that what agrees by noise alone differs by more than */
    #define CHANCE 0.01   /* the same of two slopes: noise hardly makes them agree as well */
    #define LOUD 32       /* times noise: a change of fun that is well seen */
    """
    const double TOP, SIMILAR, CHANCE, LOUD

cdef enum:
    SHORTER = 8    # levels down, where values are not finite
    DEEPER = 9     # levels down, where differences do not agree
    FURTHER = 10   # levels up, at most, by what the scale allows

cdef void start(
    Search* s, const Aim* aim, const Line* line, double here, double noise
) noexcept nogil:
    """A new search, with the first levels that it wants; here: the size of fun at x."""
    cdef int k
    memset(s, 0, sizeof(Search))
    s.stage = LINK
    s.verdict = NOT_CONVERGED
    s.side = line.side
    s.bad = s.known_bad = line.highest + 1
    s.stride = 1
    s.resolved = aim.mixed
    s.here = here
    s.noise = noise
    s.amplitude = s.last = INFINITY
    forget(s)
    if line.highest <= line.lowest:
        s.stage = FINISHED  # no room for distinct points: it does not move
        s.verdict = FIXED
        s.value = s.error = 0
        return
    first_levels(s, aim, line)
    want(s, s.low)
    want(s, s.high)
    if aim.mixed:  # the scale is known from the lines
        s.stage = REFINE
        for k in range(s.high + 1, min(0, line.highest) + 1):
            want(s, k)


cdef void look_again(Search* s) noexcept nogil:
    """Let a finished search judge its levels for another derivative, without asking for more."""
    if s.verdict == FIXED or s.verdict == NOT_FINITE:
        return  # no levels to judge
    s.stage = REFINE
    s.spent = s.probed = s.witnessed = True
    s.probing = s.sided = s.stairs = False
    s.edge = 0
    s.last = INFINITY
    forget(s)


cdef int advance(
    Search* s, const Aim* aim, const Line* line, const real* values, Py_ssize_t m, Py_ssize_t o,
) noexcept nogil:
    """Go on with the levels that are there; how many more are wanted (s.want), 0 at the end.

    values # IN rows of m numbers, of which column o is this search's.
    """
    cdef real z[LEVELS]
    cdef real y[2][LEVELS]
    cdef View view
    s.wants = 0
    while s.wants == 0 and s.stage != FINISHED:
        gather(s, aim, line, values, m, o, &view, z, y[0], y[1])
        if s.stage == LINK:
            link(s, aim, line, &view, y[0], y[1])
        elif s.stage == FILL:
            fill(s, aim, line, &view, y[0], y[1])
        else:
            refine(s, aim, line, &view, z, y[0], y[1])
    return s.wants


cdef void link(
    Search* s, const Aim* aim, const Line* line, const View* view, const real* odd,
    const real* even,
) noexcept nogil:
    """Find two steps that agree: the shorter one is within the scale of the function."""
    cdef int low = index(view, s.low), high, k
    cdef double scale
    if low < 0:  # not finite
        k = s.low - SHORTER
        if k < line.lowest or not reach(s, line, k):
            if not to_one_side(s, aim, line):
                s.stage = FINISHED
                s.verdict = NOT_FINITE if has(line, s.low) else NOT_CONVERGED
                take_back(s)
            return
        s.low = s.base = k
        s.high = k + APART
        reach(s, line, s.high)
        return
    if view.k[low] == s.base and s.slope != fabs(<double>odd[low]):
        s.slope = fabs(<double>odd[low])
        return  # bounds depend on it
    high = index(view, s.high)
    while high < 0 and s.high > s.low:  # not finite, or beyond a bound
        s.high = s.low + (s.high - s.low) // 2
        if s.high > s.low and not has(line, s.high) and reach(s, line, s.high):
            return
        high = index(view, s.high)
    s.resolved = high > low and linked(view, odd, even, low, high)
    if s.resolved:
        scale = scale_of(view, odd, even, low, high, s.side == 0)
        if s.confirmed:  # noise agrees by chance, but hardly as well as that
            s.resolved = (
                fabs(<double>(odd[high] - odd[low])) < CHANCE * fabs(<double>odd[low])
                and jump_at(view, even, low) < SIMILAR * fabs(<double>odd[low])
            )
        elif 0 < TOP * scale < view.h[low]:
            s.resolved = False  # what grows so fast is not seen by so long a step
    if s.deep and s.resolved and view.kinds == 2 and (
        max(fabs(<double>odd[low]), fabs(<double>even[low]) * view.h[low])
        < 4 * view.bound[0][low]
    ):
        s.resolved = False  # too short for anything to be seen: that agrees with everything
        blame(s, view, odd, even)
        s.stage = FILL
        return
    if not s.resolved and not s.halved and s.high - s.low >= 4:
        s.halved = True
        s.high = (s.low + s.high) // 2
        reach(s, line, s.high)
        return
    s.halved = True
    if not s.resolved:
        k = deeper(s, view, odd, even, low)
        if k >= line.lowest and reach(s, line, k):
            s.deep = True
            s.high = s.low
            s.low = s.base = k
            return
        if s.deep and not s.confirmed:
            s.confirmed = True
            s.high = s.low + 1
            if possible(s, line, s.high) and reach(s, line, s.high):
                return
        blame(s, view, odd, even)
    s.stage = FILL


cdef int deeper(
    const Search* s, const View* view, const real* odd, const real* even, int low
) noexcept nogil:
    """The next shorter level to look at: one where noise leaves something to be seen, if told."""
    cdef double seen = max(fabs(<double>odd[low]), fabs(<double>even[low]) * view.h[low])
    cdef int k = s.low - DEEPER
    if s.noise > 0 and seen > 0:
        k = max(k, s.low + <int>floor(log2(LOUD * s.noise / seen / view.h[low])))
    return min(k, s.low - 1)


cdef bint near(const real* y, int n, double limit) noexcept nogil:
    """Are all within a limit of the first?"""
    cdef int i
    for i in range(1, n):
        if fabs(<double>(y[i] - y[0])) > limit:
            return False
    return True


cdef void blame(Search* s, const View* view, const real* odd, const real* even) noexcept nogil:
    """However short steps are, differences do not agree: a kink, or noise."""
    cdef double jump, least = INFINITY, most = 0, amplitude = 0
    cdef double lowest = INFINITY, highest = -INFINITY
    cdef int i, first = 0, n
    s.probed = True
    # steps may be too short for any change to be seen
    while first < view.n - 3 and view.kinds == 2 and (
        max(fabs(<double>odd[first]), fabs(<double>even[first]) * view.h[first])
        < 16 * view.bound[0][first]
    ):
        first += 1
    n = min(view.n, first + 3)
    for i in range(first, n):
        amplitude = max(amplitude, fabs(<double>odd[i]) * view.h[i])
        lowest = min(lowest, <double>odd[i] * view.h[i])
        highest = max(highest, <double>odd[i] * view.h[i])
        if view.kinds == 2:
            jump = fabs(<double>even[i]) * view.h[i]
            amplitude = max(amplitude, jump * view.h[i])
            least = min(least, jump)
            most = max(most, jump)
    if n == first + 3 and view.kinds == 2 and amplitude > 4 * s.noise and (
        0 < most < SAME * least and near(odd + first, 3, SIMILAR * least)  # slopes differ
        or 0 < highest < SAME * lowest or lowest < 0 and lowest > SAME * highest  # values do
    ):
        s.kinked = True
        s.base = view.k[first]
        return
    s.noisy = True
    s.noise = max(s.noise, 2 * amplitude)
    s.high = view.k[view.n - 1]


cdef void fill(
    Search* s, const Aim* aim, const Line* line, const View* view, const real* odd,
    const real* even,
) noexcept nogil:
    """The first levels to extrapolate from: the longest within the scale of the function."""
    cdef double scale = 0
    cdef int degree = degree_of(aim, s.side), top, k, a, b
    s.stage = REFINE
    if s.kinked:
        finish(s, aim, line, view, odd, even)
        return
    a = index(view, s.low)
    b = index(view, s.high)
    if s.resolved and a >= 0 and b > a:
        scale = scale_of(view, odd, even, a, b, s.side == 0)
    if scale > 0:
        top = <int>floor(log2(TOP * scale / <double>line.scale))
    else:
        top = max(s.high, aim.high + 4)
        if s.resolved and b >= 0 and b < view.n - 1:
            top = min(top, view.k[b + 1] - 1)  # that one did not agree
    top = min(top, s.high + FURTHER, s.bad - 1)
    for k in range(top, top - 3 - degree - (2 if s.side else 0), -1):
        if possible(s, line, k):
            want(s, k)
            if s.resolved:
                s.base = min(s.base, k)
