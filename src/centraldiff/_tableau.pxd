from ._combine cimport real

cdef enum:
    LEVELS = 32  # steps of different lengths, at most, that one entry is extrapolated from

ctypedef struct Estimate:  # what a run of neighbouring levels says
    long double value
    double error       # all in all
    double rounding    # of it: what errors of the values can do, at worst
    double truncation  # of it: how far the longest step still changes the value
    int first, last    # which levels

cdef bint extrapolate(
    const real* z, const real* y, const double* noise, const double* bound, int n, int degree,
    int fewest, double apart, Estimate* best,
) noexcept nogil
