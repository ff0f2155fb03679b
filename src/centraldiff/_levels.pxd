from libc.math cimport fabs
from libc.string cimport memmove

from ._combine cimport real
from ._tableau cimport LEVELS

cdef extern from *:
    """
    #define SAME 1.1   /* slopes to both sides that differ by the same at all steps, nearly */
    """
    const double SAME

cdef enum:
    WANTS = 16         # levels, at most, that a search asks for at a time
    MOST = LEVELS - 6  # levels of a line, of its own; pairs may add some
    NO_LEVEL = 10000   # more than any level
    APART = 6          # levels between the first two

cdef enum Stage:
    LINK      # are steps short enough to see what fun is like at x?
    FILL      # the first levels to extrapolate from
    REFINE
    FINISHED

cpdef enum Verdict:  # the words for them are in _extrapolation.py; of two, the later counts
    CONVERGED
    ONE_SIDE
    SHRUNK
    FIXED
    NOISE
    NOT_CONVERGED
    KINK
    STEP_LOST
    NOT_FINITE

ctypedef struct Line:  # levels: steps scale * 2**k along one line, and where their values are
    Py_ssize_t axis          # the coordinate, or < 0: which line
    int side                 # 1 or -1: where bounds leave one side only
    int lowest, highest      # levels that there can be
    bint shrunk              # `highest` is due to bounds
    double size              # of x on this line: what its rounding moves x by, over the unit
    long double scale
    Py_ssize_t here          # row of the value at x
    int n
    int k[LEVELS]            # ascending
    long double h[LEVELS]
    Py_ssize_t row[LEVELS]   # of the value at + h, - h comes next; (pairs: of the difference)

ctypedef struct Aim:  # what all searches of a run have in common
    int n                    # which derivative
    bint mixed               # of pairs of lines: values are mixed differences already
    bint plain               # no tolerance was asked for
    double unit, rtol, atol
    int low, high            # the levels to begin with

ctypedef struct Outcome:  # of a search, and which levels it has seen to come to it
    Verdict verdict
    long double value, step
    double error
    int base, bad
    bint resolved

ctypedef struct Search:  # for one entry of the result
    Stage stage
    int side                 # 0: both sides, 1, -1
    int low, high, base
    int bad, known_bad       # the shortest level that is not finite
    int edge                 # 1, -1: there only the values on this side are finite
    int stride, far
    bint spent               # no evaluations are left
    bint deep                # first steps did not agree, far shorter ones had to
    bint leapt               # to the scale of 1, from x near 0
    bint confirmed           # a last look, next to the shortest steps there are
    bint resolved, halved, probed, probing, witnessed, noisy, kinked
    bint stairs              # it may be rounding inside fun what short steps see
    bint kink_near           # longer steps see one
    bint stepped, fallen     # short ones on one side are off by the same, one by less
    int jolts                # levels that have been asked for to tell a kink from noise,
    int jolt[2]              # which ones,
    bint aside               # and whether they are looked at no more, as there was none
    double noise             # of each value: given, or found
    double natural           # what an error may be compared with where the value is near 0
    double here              # size of fun at x
    double off[2]            # how far the shortest level was from what longer ones predict,
    long double guess[2]     # and that prediction, of the odd and the even part
    double slope, amplitude, last, largest, seen
    Verdict verdict
    long double value, step
    double error
    bint rounded             # most of the error is rounding
    int shortest, longest    # levels that the value is made of
    bint sided               # it has gone on to one side,
    Outcome both             # and this is what both sides gave
    int wants
    int want[WANTS]

ctypedef struct View:  # of the levels as one search sees them
    int n
    int kinds                   # 2: odd and even parts of fun; 1: one-sided or mixed differences
    int at[LEVELS]              # which level of the line
    int k[LEVELS]
    double h[LEVELS]
    double bound[2][LEVELS]     # that rounding keeps y within
    double noise[2][LEVELS]     # what it is more likely to do, by what has been seen

cdef int degree_of(const Aim* aim, int side) noexcept nogil

cdef void gather(
    Search* s, const Aim* aim, const Line* line, const real* values, Py_ssize_t m, Py_ssize_t o,
    View* view, real* z, real* odd, real* even,
) noexcept nogil

cdef bint linked(
    const View* view, const real* odd, const real* even, int a, int b
) noexcept nogil

cdef double scale_of(
    const View* view, const real* odd, const real* even, int a, int b, bint squares
) noexcept nogil

cdef int trusted(const View* view, const real* odd, const real* even) noexcept nogil

cdef double noise_seen(
    Search* s, const View* view, const real* z, const real* odd, const real* even, int n,
    double apart,
) noexcept nogil

cdef int jolt(const View* view, const real* even, int n) noexcept nogil

cdef int kink(const View* view, const real* odd, const real* even, int n) noexcept nogil

cdef int kink_and_curvature(
    const View* view, const real* odd, const real* even, int n
) noexcept nogil

cdef double two_slopes(
    const View* view, const real* odd, const real* even, int b
) noexcept nogil

cdef double bend(const View* view, const real* odd, int last) noexcept nogil

cdef inline double jump_at(const View* view, const real* even, int i) noexcept nogil:
    """Half of how far the slopes to both sides differ, over the step of a level."""
    return fabs(<double>even[i]) * view.h[i]

cdef bint all_zero(const real* odd, const real* even, int n, int kinds) noexcept nogil

cdef double natural_size(
    const Search* s, const Aim* aim, const View* view, const real* odd, const real* even, int i
) noexcept nogil


cdef inline bint has(const Line* line, int k) noexcept nogil:
    cdef int i
    for i in range(line.n):
        if line.k[i] == k:
            return True
    return False


cdef inline int insert_level(Line* line, int k, long double h, Py_ssize_t row) noexcept nogil:
    """Level k joins a line that has room for it and does not have it; at which place."""
    cdef int at = line.n
    while at > 0 and line.k[at - 1] > k:
        at -= 1
    memmove(line.k + at + 1, line.k + at, (line.n - at) * sizeof(int))
    memmove(line.h + at + 1, line.h + at, (line.n - at) * sizeof(long double))
    memmove(line.row + at + 1, line.row + at, (line.n - at) * sizeof(Py_ssize_t))
    line.k[at] = k
    line.h[at] = h
    line.row[at] = row
    line.n += 1
    return at


cdef inline int index(const View* view, int k) noexcept nogil:
    cdef int i
    for i in range(view.n):
        if view.k[i] == k:
            return i
    return -1


cdef inline void want(Search* s, int k) noexcept nogil:
    if s.wants < WANTS:
        s.want[s.wants] = k
        s.wants += 1


cdef inline bint possible(const Search* s, const Line* line, int k) noexcept nogil:
    return line.lowest <= k < s.bad and line.n < MOST and not s.spent and not has(line, k)


cdef inline bint reach(Search* s, const Line* line, int k) noexcept nogil:
    """Can level k be had? It is wanted then, unless it is there."""
    if has(line, k):
        return True
    if possible(s, line, k):
        want(s, k)
        return True
    return False
