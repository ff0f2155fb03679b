"""Lines to look along: an axis for each coordinate, or v; how far each may go, and to which sides.

A line has levels, steps scale * 2**k, from what the rounding of x leaves visible to what bounds
and the range of x's dtype allow.
"""

cimport numpy as cnp
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.math cimport fabs, fabsl, isfinite, ldexpl, log2

from ._levels cimport Line
from ._table cimport NONE

import numpy as np

cnp.import_array()

cdef extern from *:
    """
    #define TINY 1e-301    /* a coordinate below this says nothing about the scale of fun */
    #define MANTISSA 1.19  /* no step is a round number: fun may have a period that is one */
    #define FIRST 0.38     /* first steps: unit to this power, 1e-6 of x, short enough for most, */
    #define SECOND 0.13    /* and to this one, 1e-2 of x, that see what changes little */
    #define INSIDE 0.97    /* of the room within bounds: the longest step stays clear of rounding */
    """
    const double TINY, MANTISSA, FIRST, SECOND, INSIDE

cdef enum:
    WIDEST = 200        # the longest level
    DEEPEST = 1000      # levels are counted no further, either way
    ABOVE_ROUNDING = 5  # the shortest level moves x by so many powers of 2 of its rounding,
    NEXT_TO_BOUNDS = 4  # or by so many less, where there is little room,
    LITTLE = 6          # which is, as a power of 2, less than this
    ONE_SIDED = 4       # powers of 2 of more room on one side, for that to be the better one
    FROM_ZERO = 17      # powers of 2 below unit, of the shortest level where x is 0

LEAST_SIZE = TINY  # for those who choose scales


cdef class Lines:
    """Lines through x, within bounds."""

    def __dealloc__(self):
        PyMem_Free(self.lines)

    cdef int set_lines(
        self, int real_type, double unit, cnp.ndarray x, cnp.ndarray scales, cnp.ndarray axes,
        cnp.ndarray v, cnp.ndarray lower, cnp.ndarray upper,
    ) except -1:
        """x, v, lower, upper: flat, of the real type; scales: of v, if there is one, and all axes.

        Without scales there is a line for every coordinate, at the scale of its size.
        """
        cdef Py_ssize_t i
        cdef long double size
        self.real_type = real_type
        self.x = x
        self.v = v
        self.lower, self.upper = lower, upper
        self.along = v is not None
        self.n_lines = cnp.PyArray_SIZE(x) if scales is None else scales.size
        self.axes = np.arange(self.n_lines) if axes is None else axes
        self.aim.unit = unit
        self.aim.low = <int>(FIRST * log2(unit) - 0.5)
        self.aim.high = <int>(SECOND * log2(unit) - 0.5)
        self.lines = <Line*>PyMem_Calloc(max(self.n_lines, 1), sizeof(Line))
        if self.lines == NULL:
            raise MemoryError
        for i in range(self.n_lines):
            if scales is None:
                size = fabsl(self.number(x, i))
                self.set_line(i, i, size if size >= TINY else 1)
            else:
                self.set_line(i, NONE if i < self.along else axes[i - self.along], scales[i])
        return 0

    cdef int set_line(self, Py_ssize_t i, Py_ssize_t axis, long double scale) except -1:
        """Where line i may go: its scale, its sides, its levels."""
        cdef Line* line = self.lines + i
        cdef int least
        cdef Py_ssize_t place
        cdef double most = 0, size = 0
        line.axis = axis
        line.scale = scale * MANTISSA
        if line.axis >= 0:
            line.size = fabs(<double>self.number(self.x, line.axis))
        else:
            for place in range(cnp.PyArray_SIZE(self.x)):
                size = max(size, fabs(<double>self.number(self.x, place)))
                most = max(most, fabs(<double>self.number(self.v, place)))
            line.size = size / most if most > 0 else size
        if self.lower is not None and axis >= 0:  # where there is no more room, that is the scale
            line.scale = min(line.scale, INSIDE * max(
                self.number(self.upper, axis) - self.number(self.x, axis),
                self.number(self.x, axis) - self.number(self.lower, axis),
            ))
        line.lowest = <int>log2(self.aim.unit) - FROM_ZERO
        if line.size > 0:  # a few units of x's rounding
            size = log2(self.aim.unit * line.size / <double>line.scale)
            # the size may be infinite
            line.lowest = <int>max(-DEEPEST, min(DEEPEST, size)) + ABOVE_ROUNDING
        line.highest = WIDEST
        least = line.lowest
        if self.lower is not None:
            if line.size > 0:
                least -= NEXT_TO_BOUNDS  # that is better than nothing
            self.choose_side(line)
        while line.highest > least and not (
            (line.side < 0 or self.fits(line, line.highest, 1))
            and (line.side > 0 or self.fits(line, line.highest, -1))
        ):
            line.highest -= 1
        if line.highest < line.lowest + LITTLE:
            line.lowest = least
            while line.lowest < line.highest and self.step(line, line.lowest) == 0:
                line.lowest += 1
        # bounds are in the way where the longest of the usual first steps does not fit
        line.shrunk = self.step(line, line.highest) < ldexpl(scale, self.aim.high + 4)
        return 0

    cdef int choose_side(self, Line* line) except -1:
        """One side, where bounds leave far more room there than on both."""
        cdef int k = self.aim.high
        cdef bint plus = self.fits(line, k, 1), minus = self.fits(line, k, -1)
        if plus != minus:
            line.side = 1 if plus else -1
        elif not plus:
            if self.room(line, 1) > self.room(line, -1) + ONE_SIDED:
                line.side = 1
            elif self.room(line, -1) > self.room(line, 1) + ONE_SIDED:
                line.side = -1
        return 0

    cdef int room(self, const Line* line, int sign) noexcept:
        """The longest level that bounds leave on one side."""
        cdef int k = line.highest
        while k > line.lowest and not self.fits(line, k, sign):
            k -= 1
        return k

    cdef inline long double number(self, cnp.ndarray array, Py_ssize_t i) noexcept:
        """An item of an array in x's dtype."""
        cdef void* items = cnp.PyArray_DATA(array)
        if self.real_type == cnp.NPY_DOUBLE:
            return (<double*>items)[i]
        if self.real_type == cnp.NPY_FLOAT:
            return (<float*>items)[i]
        return (<long double*>items)[i]

    cdef inline long double rounded(self, long double number) noexcept:
        """To x's dtype."""
        if self.real_type == cnp.NPY_DOUBLE:
            return <double>number
        if self.real_type == cnp.NPY_FLOAT:
            return <float>number
        return number

    cdef long double step(self, const Line* line, int k) noexcept:
        """The step of a level; on an axis one that is representable from x."""
        cdef long double h = self.rounded(ldexpl(line.scale, k))
        cdef long double size
        if line.axis < 0:
            return <double>h  # as tables keep it
        size = fabsl(self.number(self.x, line.axis))
        return self.rounded(self.rounded(size + h) - size)

    cdef long double node(self, const Line* line, Py_ssize_t i, long double t) noexcept:
        """What coordinate i becomes at a displacement t along a line."""
        if line.axis >= 0:
            return self.rounded(self.number(self.x, i) + t)
        return self.rounded(
            self.number(self.x, i) + self.rounded(self.rounded(t) * self.number(self.v, i))
        )

    cdef bint fits(self, const Line* line, int k, int sign) noexcept:
        """Is the point of that level finite, and within bounds?"""
        cdef long double t = sign * self.step(line, k)
        cdef Py_ssize_t i = line.axis
        if i >= 0:
            return self.within(i, self.node(line, i, t))
        for i in range(cnp.PyArray_SIZE(self.x)):
            if not self.within(i, self.node(line, i, t)):
                return False
        return True

    cdef bint within(self, Py_ssize_t i, long double node) noexcept:
        if not isfinite(node):
            return False
        if self.lower is None:
            return True
        return self.number(self.lower, i) <= node <= self.number(self.upper, i)
