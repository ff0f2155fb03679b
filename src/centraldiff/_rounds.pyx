"""Adaptive derivatives: rounds of evaluations, until every entry has what it needs.

lines       directions in which fun is looked at: an axis for each coordinate, or v
levels      displacements scale * 2**k along a line, to both sides, as far as they are wanted
searches    one for each entry: which levels it wants next, and its estimate (`_search.pyx`)

In every round all searches say what they want, all points are listed in one table, an evaluator
gives the values. Only what is wanted is evaluated, and every value once.
"""

cimport numpy as cnp
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Realloc
from libc.math cimport fabs, fabsl, isfinite, ldexpl, log2
from libc.string cimport memcpy

from ._combine cimport longdouble
from ._evaluate cimport Evaluator
from ._levels cimport FINISHED, NOT_FINITE, Aim, Line, Search, has, insert_level
from ._search cimport advance, look_again, start
from ._table cimport ALONG, NONE, TablePlan
from ._tableau cimport LEVELS

import numpy as np

cnp.import_array()

cdef extern from *:
    """
    #define TINY 1e-301    /* a coordinate below this says nothing about the scale of fun */
    #define MANTISSA 1.19  /* no step is a round number: fun may have a period that is one */
    #define FIRST 0.38     /* first steps: unit to this power, 1e-6 of x, short enough for most, */
    #define SECOND 0.13    /* and to this one, 1e-2 of x, that see what changes little */
    #define INSIDE 0.97    /* of the room within bounds: the longest step stays clear of rounding */
    #define FINEST 5e-13   /* relative error that is not improved on, where nobody asks for one */
    """
    const double MANTISSA, TINY, FIRST, SECOND, INSIDE, FINEST

cdef enum:
    WIDEST = 200  # as a power of 2, of the scale
    ROOM = 65536  # searches at a time
    ABOVE_ROUNDING = 5   # the shortest level moves x by so many powers of 2 of its rounding,
    NEXT_TO_BOUNDS = 4   # or by so many less, where there is little room
    LEVELS_AT_ALL = 6    # as little room as this, as a power of 2, is little
    ONE_SIDED = 4        # powers of 2 of more room on one side, for that to be the better one
    FROM_ZERO = 17       # powers of 2 below unit, of the shortest level where x is 0

# the same for those who make scales
LEAST_SIZE = TINY


cdef class Rounds:
    """Searches along lines; `run` once, then read what they found."""

    def __init__(
        self, TablePlan table not None, Evaluator evaluator not None, cnp.ndarray x not None,
        int n, *, cnp.ndarray scales=None, cnp.ndarray axes=None, cnp.ndarray v=None,
        bint elements=False, bint gradients=False, cnp.ndarray lower=None,
        cnp.ndarray upper=None, double unit, rtol=None, atol=None, max_nfev=None,
    ):
        """x, lower, upper, v (a line before those of the axes): all flat, and in x's dtype.

        scales, of all lines, and axes, the coordinates: by default all, at the scale of their size.
        """
        cdef Py_ssize_t i
        cdef long double size
        self.table = table
        table.grows = True
        table.value_shape = table.shape if gradients else None
        self.evaluator = evaluator
        self.x = x
        self.v = v
        self.lower, self.upper = lower, upper
        self.elements, self.along = elements, v is not None
        self.n_lines = cnp.PyArray_SIZE(x) if scales is None else scales.size
        self.axes = np.arange(self.n_lines) if axes is None else axes
        self.aim.n = n
        self.aim.unit = unit
        self.aim.plain = rtol is None and atol is None
        self.aim.rtol = FINEST if rtol is None else rtol
        self.aim.atol = 0 if atol is None else atol
        self.aim.low = <int>(FIRST * log2(unit) - 0.5)
        self.aim.high = <int>(SECOND * log2(unit) - 0.5)
        self.most = -1 if max_nfev is None else max_nfev
        self.lines = <Line*>PyMem_Calloc(max(self.n_lines, 1), sizeof(Line))
        if self.lines == NULL:
            raise MemoryError
        for i in range(self.n_lines):
            if scales is None:
                size = fabsl(self.number(x, i))
                self.set_line(i, i, size if size >= TINY else 1)
            else:
                self.set_line(i, NONE if i < self.along else axes[i - self.along], scales[i])

    def __dealloc__(self):
        PyMem_Free(self.lines)
        PyMem_Free(self.searches)
        PyMem_Free(self.values)

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
            line.lowest = <int>max(-1000.0, min(1000.0, size)) + ABOVE_ROUNDING
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
        if line.highest < line.lowest + LEVELS_AT_ALL:
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
        if self.table.real_type == cnp.NPY_DOUBLE:
            return (<double*>items)[i]
        if self.table.real_type == cnp.NPY_FLOAT:
            return (<float*>items)[i]
        return (<long double*>items)[i]

    cdef inline long double rounded(self, long double number) noexcept:
        """To x's dtype."""
        if self.table.real_type == cnp.NPY_DOUBLE:
            return <double>number
        if self.table.real_type == cnp.NPY_FLOAT:
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

    def run(self, noise=None):
        """Evaluate until all is found. noise: of fun's values, to be broadcast to (m, n_lines)."""
        self.evaluate_here()
        self.search_lines(noise)

    cdef int evaluate_here(self) except -1:
        """The values at x: row 0, or one row for each line where each has its own x."""
        cdef Py_ssize_t i, at, done = 0
        cdef cnp.ndarray first
        self.table.clear()
        self.m = 1
        self.value_shape = ()
        if self.elements:
            for i in range(self.n_lines):
                self.lines[i].here = i
                at = self.lines[i].axis
                self.table.add(at, self.number(self.x, at), NONE, 0)
        else:
            self.table.add(NONE, 0, NONE, 0)
        self.evaluator.begin(self.table)
        if not self.evaluator.scalar:
            first = self.evaluator.first(self.table)
            self.value_shape = self.evaluator.value_shape
            self.m = cnp.PyArray_SIZE(first)
            done = 1
        self.width = self.m * self.table.value_size
        if done:
            self.reserve(1)
            memcpy(self.values, cnp.PyArray_DATA(first), self.width)
            self.rows = self.spent = 1
            self.table.clear()
            return 0
        return self.evaluate()

    cdef int reserve(self, Py_ssize_t more) except -1:
        """Room for more rows of values."""
        cdef Py_ssize_t needed = self.rows + more
        if needed <= self.capacity:
            return 0
        needed = max(needed, 2 * self.capacity)
        memory = <char*>PyMem_Realloc(self.values, max(needed * self.width, 1))
        if memory == NULL:
            raise MemoryError
        self.values = memory
        self.capacity = needed
        return 0

    cdef int evaluate(self) except -1:
        """The values of all points that are listed, as new rows."""
        cdef Py_ssize_t count = self.table.unit
        cdef char* rows
        self.reserve(count)
        rows = self.values + self.rows * self.width
        if self.spent == 0:
            self.evaluator.evaluate(self.table, 0, count, rows, self.width)
        else:
            self.evaluator.evaluate_domain(self.table, 0, count, rows, self.width)
        self.rows += count
        self.spent += count
        self.table.clear()
        return 0

    cdef bint affordable(self, Py_ssize_t more) noexcept:
        """Do so many more evaluations keep within max_nfev?"""
        return self.most < 0 or self.spent + self.table.unit + more <= self.most

    cdef int search_lines(self, object noise) except -1:
        """One search for each line and output; so many lines at a time as have room."""
        cdef Py_ssize_t first = 0, last, i, o, here = self.rows
        cdef Py_ssize_t block = self.block or max(1, ROOM // max(self.m, 1))
        if noise is not None:
            noise = np.broadcast_to(noise, (self.m, self.n_lines))
        self.found = empty_found((self.m, self.n_lines), self.table.value_type)
        self.searches = <Search*>PyMem_Calloc(
            max(min(block, self.n_lines) * self.m, 1), sizeof(Search)
        )
        if self.searches == NULL:
            raise MemoryError
        while first < self.n_lines:
            last = min(first + block, self.n_lines)
            self.rows = here  # what earlier lines needed is not looked at again
            self.search_block(first, last, noise)
            for i in range(first, last):
                for o in range(self.m):
                    put(
                        self.found, o * self.n_lines + i,
                        self.searches + (i - first) * self.m + o, self.table.value_type,
                    )
            first = last
        return 0

    cdef int search_block(self, Py_ssize_t first, Py_ssize_t last, object noise) except -1:
        """Lines first to last, all in step, round by round."""
        cdef Py_ssize_t i, o
        cdef Search* of_line
        cdef double known = 0
        self.open = 0
        for i in range(first, last):
            of_line = self.searches + (i - first) * self.m
            for o in range(self.m):
                if noise is not None:
                    known = noise[o, i]
                start(of_line + o, &self.aim, self.lines + i, known)
                if not self.is_finite(self.lines[i].here * self.m + o):
                    of_line[o].stage = FINISHED
                    of_line[o].verdict = NOT_FINITE
                elif of_line[o].stage != FINISHED:
                    self.open += 1
                    self.list_levels(i, of_line + o)
        while self.go_round():
            for i in range(first, last):
                of_line = self.searches + (i - first) * self.m
                for o in range(self.m):
                    of_line[o].wants = 0
                    if of_line[o].stage != FINISHED:
                        of_line[o].spent = of_line[o].spent or self.idle
                        self.go_on(of_line + o, self.lines + i, o)
                        self.open += of_line[o].stage != FINISHED
                # not before all have seen the same levels
                for o in range(self.m):
                    self.list_levels(i, of_line + o)
        return 0

    cdef bint go_round(self) except -1:
        """Evaluate what is listed; False if no search is open any more.

        Without points searches end with what they have: they are told so by `idle`.
        """
        if not self.open:
            return False
        self.open = 0
        self.idle = self.table.unit == 0
        if not self.idle:
            self.evaluate()
        return True

    cdef bint is_finite(self, Py_ssize_t at) noexcept:
        if self.table.value_type == cnp.NPY_DOUBLE:
            return isfinite((<double*>self.values)[at])
        return isfinite((<longdouble*>self.values)[at])

    cdef int go_on(self, Search* s, const Line* line, Py_ssize_t o) except -1:
        if self.table.value_type == cnp.NPY_DOUBLE:
            return advance(s, &self.aim, line, <const double*>self.values, self.m, o)
        return advance(s, &self.aim, line, <const longdouble*>self.values, self.m, o)

    cdef int list_levels(self, Py_ssize_t i, Search* s) except -1:
        """The points that a search wants, if no other search has asked for them."""
        cdef int which
        for which in range(s.wants):
            if not self.list_level(i, s.want[which]):
                s.spent = True
        return 0

    cdef bint list_level(self, Py_ssize_t i, int k) except -1:
        """The points of one level of a line, unless it has them; False if there is no more."""
        cdef Line* line = self.lines + i
        cdef long double h
        if has(line, k):
            return True
        if line.n == LEVELS or not self.affordable(2 if line.side == 0 else 1):
            return False
        h = self.step(line, k)
        insert_level(line, k, h, self.rows + self.table.unit)
        if line.side >= 0:
            self.list_point(line, h)
        if line.side <= 0:
            self.list_point(line, -h)
        return True

    cdef int list_point(self, const Line* line, long double t) except -1:
        cdef long double node = t if line.axis < 0 else self.node(line, line.axis, t)
        return self.table.add(ALONG if line.axis < 0 else line.axis, node, NONE, 0)

    def lines_found(self, int n=0):
        """Value, error, step, verdict of every line: arrays (m, n_lines).

        n: another derivative of a scalar fun than that looked for, out of the same values.
        """
        cdef Py_ssize_t i
        cdef Aim aim = self.aim
        cdef Search other
        if not n:
            return self.found
        aim.n = n
        found = empty_found((1, self.n_lines), self.table.value_type)
        for i in range(self.n_lines):
            other = self.searches[i]
            look_again(&other)
            if self.table.value_type == cnp.NPY_DOUBLE:
                advance(&other, &aim, self.lines + i, <double*>self.values, 1, 0)
            else:
                advance(&other, &aim, self.lines + i, <longdouble*>self.values, 1, 0)
            put(found, i, &other, self.table.value_type)
        return found

    @property
    def value(self):
        """fun at x, of the shape that it returns."""
        found = np.empty(self.value_shape, cnp.PyArray_DescrFromType(self.table.value_type))
        memcpy(cnp.PyArray_DATA(found), self.values, self.width)
        return found


cdef tuple empty_found(tuple shape, int value_type):
    wide = cnp.PyArray_DescrFromType(value_type)
    return np.empty(shape, wide), np.empty(shape), np.empty(shape, wide), np.empty(shape, np.int8)


cdef int put(tuple found, Py_ssize_t at, const Search* s, int value_type) except -1:
    """What a search has found, as item `at` of the arrays."""
    cdef void* value = cnp.PyArray_DATA(<cnp.ndarray>found[0])
    cdef void* step = cnp.PyArray_DATA(<cnp.ndarray>found[2])
    if value_type == cnp.NPY_DOUBLE:
        (<double*>value)[at] = <double>s.value
        (<double*>step)[at] = <double>s.step
    else:
        (<longdouble*>value)[at] = s.value
        (<longdouble*>step)[at] = s.step
    (<double*>cnp.PyArray_DATA(<cnp.ndarray>found[1]))[at] = s.error
    (<signed char*>cnp.PyArray_DATA(<cnp.ndarray>found[3]))[at] = s.verdict
    return 0
