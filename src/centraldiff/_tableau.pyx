"""Extrapolation to step 0: the tableau, and the run of levels in it that errs least.

y are differences at steps of several lengths, ascending: values of a polynomial in z, the square
of the step (or, of one-sided differences, the step). A derivative is a coefficient of it: the
value at z = 0, or a higher one. Every run of neighbouring levels gives an estimate (Neville's
recursion, for all coefficients up to the one that is asked for), with two errors that are told
apart: rounding, the sum of weights times errors of y; and truncation, seen by leaving the longest
step out. Levels below a run, of much shorter steps, are witnesses: where they contradict it by more
than their own bounds, that is an error too.
"""

from libc.math cimport INFINITY, fabs

from ._combine cimport longdouble, real

import numpy as np

cdef enum:
    COEFFICIENTS = 10  # of one-sided differences the tenth derivative needs as many

cdef extern from *:
    """
    #define LEAST_GAIN 0.1  /* an extrapolation is believed to divide the last change by 10 */
    """
    const double LEAST_GAIN


cdef inline double size_of(real number) noexcept nogil:
    return fabs(<double>number)


cdef bint extrapolate(
    const real* z, const real* y, const double* noise, const double* bound, int n, int degree,
    int fewest, double apart, Estimate* best,
) noexcept nogil:
    """The run of levels with the least error; False where there is none.

    z, y, noise (of each y), bound (that y is surely within, as a witness) # IN (n), z ascending
    degree: which coefficient; fewest: levels in a run; apart: how many times a witness's z fits.
    """
    cdef real coefficients[COEFFICIENTS][LEVELS]   # of the runs that start at each level
    cdef double spread[COEFFICIENTS][LEVELS]       # the same with all weights positive
    cdef double change[LEVELS]                     # by the longest step of each run
    cdef double beyond[LEVELS]                     # error of each run, without its rounding
    cdef real value, shorter, longer, least
    cdef double rounding, truncation, error, gain, ratio, total
    cdef int length, a, b, i
    best.error = INFINITY
    best.first = best.last = -1
    for a in range(n):
        change[a] = -1
        coefficients[0][a] = y[a]
        spread[0][a] = noise[a]
        for i in range(1, degree + 1):
            coefficients[i][a] = 0
            spread[i][a] = 0
    for length in range(1, n):
        for a in range(n - length):
            b = a + length
            least = coefficients[0][a]
            shorter = coefficients[degree][a]       # without the longest step
            longer = coefficients[degree][a + 1]    # without the shortest one
            # from the highest coefficient down: each needs the old one below it
            for i in range(degree, -1, -1):
                value = z[b] * coefficients[i][a] - z[a] * coefficients[i][a + 1]
                total = <double>z[b] * spread[i][a] + <double>z[a] * spread[i][a + 1]
                if i:
                    value += coefficients[i - 1][a + 1] - coefficients[i - 1][a]
                    total += spread[i - 1][a + 1] + spread[i - 1][a]
                coefficients[i][a] = value / (z[b] - z[a])
                spread[i][a] = total / <double>(z[b] - z[a])
            if length <= degree:
                continue
            value = coefficients[degree][a]
            rounding = spread[degree][a]
            truncation = size_of(value - shorter)
            ratio = <double>(z[a] / z[b])
            if <double>z[a] * apart <= <double>z[a + 1]:
                ratio = 1  # nothing confirms a level that stands alone
            gain = 1
            if change[a] > 0:  # how fast changes get smaller tells how far the next one would go
                gain = truncation / change[a] * <double>(z[b] / z[b - 1])
                gain = min(1.0, max(gain, LEAST_GAIN))
            change[a] = truncation
            # without the shortest step far more is off: in the ratio of their squares
            error = max(truncation * gain, size_of(value - longer) * ratio)
            if <double>z[b - 1] * apart <= <double>z[b] and length > degree + 1:
                error = max(error, beyond[a])  # a far step changes little, which says nothing
            beyond[a] = error
            if degree == 0:
                error = max(error, contradiction(z, y, bound, a, value, apart))
            elif degree == 1:
                error = max(error, contradicted_slope(
                    z, y, bound, a, coefficients[0][a], value,
                    spread[0][a] + 3 * size_of(coefficients[0][a] - least), apart,
                ))
            error += rounding
            if length + 1 >= fewest and error < best.error:
                best.value = value
                best.error = error
                best.rounding = rounding
                best.truncation = truncation
                best.first = a
                best.last = b
    return best.first >= 0


cdef inline double contradiction(
    const real* z, const real* y, const double* bound, int a, real value, double apart
) noexcept nogil:
    """How far levels of much shorter steps than level a are from `value`, beyond their bounds."""
    cdef double worst = 0, off
    cdef int i
    for i in range(a):
        if <double>z[i] * apart > <double>z[a]:
            break
        off = size_of(y[i] - value) - 1.5 * bound[i]
        off -= 2 * size_of(y[a] - value) * <double>(z[i] / z[a])
        worst = max(worst, off)
    return worst


cdef inline double contradicted_slope(
    const real* z, const real* y, const double* bound, int a, real start, real slope,
    double doubt, double apart,
) noexcept nogil:
    """The same for a slope in z, of a run that is `start`, give or take `doubt`, at z = 0.

    The longest of the levels that contradict it says how steep it has to be from there on.
    """
    cdef double off
    cdef int i
    for i in range(a - 1, -1, -1):
        if <double>z[i] * apart > <double>z[a]:
            continue
        off = size_of(y[i] - start - slope * z[i]) - 1.5 * bound[i] - doubt
        off -= 2 * size_of(y[a] - start - slope * z[a]) * <double>(z[i] / z[a]) ** 2
        if off > 0:
            return off / <double>z[i]
    return 0


def best_run(
    const real[::1] z, const real[::1] y, const double[::1] noise, const double[::1] bound,
    int degree=0, int fewest=3, double apart=64,
):
    """What `extrapolate` chooses: (first, last, value, error, rounding, truncation), or None.

    Nothing but tests calls this: searches call the kernel.
    """
    cdef Estimate best
    cdef Py_ssize_t n = z.shape[0]
    if not 0 < n <= LEVELS or not 0 <= degree < COEFFICIENTS:
        raise ValueError(f"there is no room for {n} levels and coefficient {degree}")
    if y.shape[0] != n or noise.shape[0] != n or bound.shape[0] != n:
        raise ValueError("z, y, noise and bound must be of one length")
    if not extrapolate(
        &z[0], &y[0], &noise[0], &bound[0], <int>n, degree, fewest, apart, &best
    ):
        return None
    cdef longdouble[::1] value = np.empty(1, np.longdouble)
    value[0] = best.value
    return best.first, best.last, value.base[0], best.error, best.rounding, best.truncation
