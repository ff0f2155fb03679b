"""Adaptive derivatives: rounds of evaluations, until every entry has what it needs.

lines       directions in which fun is looked at: an axis for each coordinate, or v
levels      displacements scale * 2**k along a line, to both sides, as far as they are wanted
searches    one for each entry: which levels it wants next, and its estimate (`_search.pyx`)
pairs       of lines, for mixed derivatives: their levels are those of the two lines at once

In every round all searches say what they want, all points are listed in one table, an evaluator
gives the values. Only what is wanted is evaluated, and every value once.
"""

cimport cython
cimport numpy as cnp
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Realloc
from libc.math cimport NAN, fabs, fabsl, isfinite, ldexpl, log2, sqrt
from libc.string cimport memcpy, memmove

from ._combine cimport longdouble, real
from ._evaluate cimport Evaluator
from ._levels cimport FINISHED, KINK, NOT_FINITE, Aim, Line, Search
from ._search cimport advance, look_again, start
from ._table cimport ALONG, NONE, TablePlan
from ._tableau cimport LEVELS

import numpy as np

cnp.import_array()

cdef extern from *:
    """
    #define TINY 1e-301    /* a coordinate below this says nothing about the scale of fun */
    #define MANTISSA 1.19  /* no step is a round number: fun may have a period that is one */
    """
    const double MANTISSA, TINY

cdef enum:
    WIDEST = 200

cdef struct Pair:
    Py_ssize_t i, j      # lines
    int shift_i, shift_j # level 0 of the pair, as a level of each line
    int sign_i, sign_j   # where it is one-sided
    int n
    Py_ssize_t row[LEVELS]


@cython.final
@cython.no_gc
cdef class Adaptive:
    """One adaptive derivative on its way; `run` once, then read the results."""

    cdef readonly TablePlan table
    cdef Evaluator evaluator
    cdef Aim aim
    cdef Line* lines
    cdef Search* searches        # (n_lines, m)
    cdef Line* pair_lines
    cdef Pair* pairs
    cdef Search* pair_searches
    cdef char* values
    cdef char* mixed             # two numbers for each level of a pair: difference, its bound
    cdef readonly Py_ssize_t n_lines, n_pairs, m, rows, mixed_rows
    cdef Py_ssize_t capacity, mixed_capacity, width, most
    cdef readonly tuple value_shape
    cdef cnp.ndarray x, lower, upper, v
    cdef readonly cnp.ndarray axes
    cdef bint elements, along

    def __init__(
        self, TablePlan table not None, Evaluator evaluator not None, cnp.ndarray x not None,
        int n, *, cnp.ndarray scales=None, cnp.ndarray axes=None, cnp.ndarray v=None, bint elements=False,
        bint gradients=False, cnp.ndarray lower=None, cnp.ndarray upper=None, str pairs="none",
        double unit, rtol=None, atol=None, max_nfev=None,
    ):
        """x, lower, upper, v (a line before the axes), all flat and in x's dtype; a scale for each line.

        pairs: "none", "all" of the axes, or "first", the line v with each axis.
        """
        cdef Py_ssize_t i, j, at = 0
        cdef long double size
        self.table = table
        table.value_shape = table.shape if gradients else None
        self.evaluator = evaluator
        self.x = x
        self.v = v
        self.lower, self.upper = lower, upper
        self.elements = elements
        self.along = v is not None
        self.n_lines = cnp.PyArray_SIZE(x) if scales is None else scales.size
        self.axes = np.arange(self.n_lines) if axes is None and pairs != "none" else axes
        self.aim.n = n
        self.aim.unit = unit
        self.aim.plain = rtol is None and atol is None
        self.aim.rtol = 5e-13 if rtol is None else rtol
        self.aim.atol = 0 if atol is None else atol
        self.aim.low = <int>(0.38 * log2(unit) - 0.5)
        self.aim.high = <int>(0.13 * log2(unit) - 0.5)
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
        n_axes = self.n_lines - self.along
        self.n_pairs = {"none": 0, "all": n_axes * (n_axes - 1) // 2, "first": n_axes}[pairs]
        if self.n_pairs:
            self.pairs = <Pair*>PyMem_Calloc(self.n_pairs, sizeof(Pair))
            self.pair_lines = <Line*>PyMem_Calloc(self.n_pairs, sizeof(Line))
            self.pair_searches = <Search*>PyMem_Calloc(self.n_pairs, sizeof(Search))
            if not self.pairs or not self.pair_lines or not self.pair_searches:
                raise MemoryError
            for i in range(1 if pairs == "first" else self.n_lines):
                for j in range(i + 1, self.n_lines):
                    self.pairs[at].i, self.pairs[at].j = i, j
                    at += 1

    def __dealloc__(self):
        PyMem_Free(self.lines)
        PyMem_Free(self.searches)
        PyMem_Free(self.pairs)
        PyMem_Free(self.pair_lines)
        PyMem_Free(self.pair_searches)
        PyMem_Free(self.values)
        PyMem_Free(self.mixed)

    cdef int set_line(self, Py_ssize_t i, Py_ssize_t axis, long double scale) except -1:
        """Where line i may go: its scale, its sides, its levels from the shortest to the longest."""
        cdef Line* line = self.lines + i
        cdef int k = self.aim.high
        cdef bint plus, minus
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
        line.lowest = <int>log2(self.aim.unit) + (5 if line.size > 0 else -17)
        line.highest = WIDEST
        if self.lower is not None:
            plus, minus = self.fits(line, k, 1), self.fits(line, k, -1)
            if not (plus and minus):
                # both sides, if there is some room: differences are better there
                plus, minus = plus and not minus, minus and not plus
                if not plus and not minus:
                    plus = self.room(line, 1) > self.room(line, -1) + 4
                    minus = self.room(line, -1) > self.room(line, 1) + 4
                line.side = 1 if plus else -1 if minus else 0
        while line.highest > line.lowest and not (
            (line.side < 0 or self.fits(line, line.highest, 1))
            and (line.side > 0 or self.fits(line, line.highest, -1))
        ):
            line.highest -= 1
        line.shrunk = self.lower is not None and line.highest < self.aim.high + 4
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
            return h
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
        """Evaluate until all is found. noise: of fun's values, one number or one for each."""
        self.evaluate_here()
        self.search_lines(noise)
        if self.n_pairs:
            self.search_pairs()

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
            self.rows = 1
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
        self.reserve(count)
        self.evaluator.evaluate(
            self.table, 0, count, self.values + self.rows * self.width, self.width
        )
        self.rows += count
        self.table.clear()
        return 0

    cdef bint affordable(self, Py_ssize_t more) noexcept:
        """Do so many more evaluations keep within max_nfev?"""
        return self.most < 0 or self.rows + self.table.unit + more <= self.most

    cdef int search_lines(self, object noise) except -1:
        """One search for each line and output; all lines in step, round by round."""
        cdef Py_ssize_t i, o
        cdef Search* s
        cdef bint busy = True
        cdef int wants
        cdef double floor
        if noise is not None:
            noise = np.broadcast_to(noise, (self.m, self.n_lines))
        self.searches = <Search*>PyMem_Calloc(max(self.n_lines * self.m, 1), sizeof(Search))
        if self.searches == NULL:
            raise MemoryError
        for i in range(self.n_lines):
            for o in range(self.m):
                floor = 0 if noise is None else noise[o, i]
                s = self.searches + i * self.m + o
                start(s, &self.aim, self.lines + i, floor)
                if self.is_finite(self.lines[i].here * self.m + o):
                    self.list_levels(i, s)
                else:
                    s.stage = FINISHED
        while self.table.unit:
            self.evaluate()
            for i in range(self.n_lines):
                for o in range(self.m):
                    s = self.searches + i * self.m + o
                    s.wants = 0
                    if s.stage != FINISHED:
                        self.go_on(s, self.lines + i, o)
                # not before all have seen the same levels
                for o in range(self.m):
                    self.list_levels(i, self.searches + i * self.m + o)
        return 0

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
        cdef int at = line.n
        cdef long double h
        cdef Py_ssize_t points = 2 if line.side == 0 else 1
        while at > 0 and line.k[at - 1] >= k:
            if line.k[at - 1] == k:
                return True
            at -= 1
        if line.n == LEVELS or not self.affordable(points):
            return False
        memmove(line.k + at + 1, line.k + at, (line.n - at) * sizeof(int))
        memmove(line.h + at + 1, line.h + at, (line.n - at) * sizeof(long double))
        memmove(line.row + at + 1, line.row + at, (line.n - at) * sizeof(Py_ssize_t))
        h = self.step(line, k)
        line.k[at] = k
        line.h[at] = h
        line.row[at] = self.rows + self.table.unit
        line.n += 1
        if line.side >= 0:
            self.list_point(line, h)
        if line.side <= 0:
            self.list_point(line, -h)
        return True

    cdef int list_point(self, const Line* line, long double t) except -1:
        if line.axis < 0:
            return self.table.add(ALONG, t, NONE, 0)
        return self.table.add(line.axis, self.node(line, line.axis, t), NONE, 0)

    cdef int search_pairs(self) except -1:
        """One search for each pair of lines, within the scales that the lines have."""
        cdef Py_ssize_t p
        cdef int which
        cdef Aim aim = self.aim
        cdef Search* s
        aim.mixed = True
        aim.low, aim.high = -6, -2  # in levels below the ones that suit the lines
        for p in range(self.n_pairs):
            s = self.pair_searches + p
            if self.set_pair(p):
                start(s, &aim, self.pair_lines + p, 0)
                s.natural = self.natural_size(p)
                for which in range(s.wants):
                    s.spent = s.spent or not self.list_pair_level(p, s.want[which])
            else:
                s.stage = FINISHED
                s.verdict = NOT_FINITE
                s.value = s.error = NAN
        while self.table.unit:
            self.evaluate()
            for p in range(self.n_pairs):
                s = self.pair_searches + p
                if s.stage == FINISHED:
                    continue
                if self.table.value_type == cnp.NPY_DOUBLE:
                    self.mix(<double*>self.values, <double*>self.mixed, p)
                    advance(s, &aim, self.pair_lines + p, <const double*>self.mixed, 1, 0)
                else:
                    self.mix(<longdouble*>self.values, <longdouble*>self.mixed, p)
                    advance(s, &aim, self.pair_lines + p, <const longdouble*>self.mixed, 1, 0)
                for which in range(s.wants):
                    s.spent = s.spent or not self.list_pair_level(p, s.want[which])
        return 0

    cdef bint set_pair(self, Py_ssize_t p) except -1:
        """Levels and sides of a pair, from what its lines have found; False if they have not."""
        cdef Pair* pair = self.pairs + p
        cdef Line* both = self.pair_lines + p
        cdef const Search* a = self.searches + pair.i
        cdef const Search* b = self.searches + pair.j
        if a.verdict in (NOT_FINITE, KINK) or b.verdict in (NOT_FINITE, KINK):
            return False
        pair.shift_i = self.level_of(self.lines + pair.i, a.step)
        pair.shift_j = self.level_of(self.lines + pair.j, b.step)
        both.axis = p
        both.scale = 1
        both.side = 0 if a.side == 0 and b.side == 0 else 1
        pair.sign_i = a.side if a.side else 1
        pair.sign_j = b.side if b.side else 1
        both.lowest = max(
            self.lines[pair.i].lowest - pair.shift_i, self.lines[pair.j].lowest - pair.shift_j
        )
        both.highest = min(
            min(self.lines[pair.i].highest, a.bad - 1) - pair.shift_i,
            min(self.lines[pair.j].highest, b.bad - 1) - pair.shift_j,
        )
        return True

    cdef double natural_size(self, Py_ssize_t p) noexcept:
        """How large a mixed derivative could be, by what fun does along the two lines."""
        cdef const Search* a = self.searches + self.pairs[p].i
        cdef const Search* b = self.searches + self.pairs[p].j
        cdef double s = <double>a.step, t = <double>b.step
        return max(
            sqrt(fabs(<double>a.value)) * sqrt(fabs(<double>b.value)),
            max(a.slope / t, b.slope / s),
        )

    cdef int level_of(self, const Line* line, long double h) noexcept:
        cdef int i
        for i in range(line.n):
            if line.h[i] == h:
                return line.k[i]
        return self.aim.high

    cdef bint list_pair_level(self, Py_ssize_t p, int k) except -1:
        """The points of one level of a pair, and those of its lines that are still missing."""
        cdef Pair* pair = self.pairs + p
        cdef Line* both = self.pair_lines + p
        cdef Line* a = self.lines + pair.i
        cdef Line* b = self.lines + pair.j
        cdef int at = both.n
        cdef long double s = self.step(a, k + pair.shift_i), t = self.step(b, k + pair.shift_j)
        if both.n == LEVELS or not self.affordable(6 if both.side == 0 else 3):
            return False
        if not self.pair_fits(pair, both.side, s, t):
            return False
        if not self.list_level(pair.i, k + pair.shift_i):
            return False
        if not self.list_level(pair.j, k + pair.shift_j):
            return False
        while at > 0 and both.k[at - 1] > k:
            at -= 1
        memmove(both.k + at + 1, both.k + at, (both.n - at) * sizeof(int))
        memmove(both.h + at + 1, both.h + at, (both.n - at) * sizeof(long double))
        memmove(both.row + at + 1, both.row + at, (both.n - at) * sizeof(Py_ssize_t))
        memmove(pair.row + at + 1, pair.row + at, (both.n - at) * sizeof(Py_ssize_t))
        both.k[at] = k
        both.h[at] = s * t
        both.row[at] = self.mixed_row()
        pair.row[at] = self.rows + self.table.unit
        both.n += 1
        self.list_pair_point(a, b, pair.sign_i * s, pair.sign_j * t)
        if both.side == 0:
            self.list_pair_point(a, b, -s, -t)
        return True

    cdef bint pair_fits(self, const Pair* pair, int side, long double s, long double t) noexcept:
        """Are the points within bounds? Two axes are, where each of them is."""
        cdef const Line* a = self.lines + pair.i
        cdef const Line* b = self.lines + pair.j
        if a.axis >= 0:
            return True
        return self.within(
            b.axis, self.corner(a, b, pair.sign_i * s, pair.sign_j * t)
        ) and (side != 0 or self.within(b.axis, self.corner(a, b, -s, -t)))

    cdef long double corner(
        self, const Line* a, const Line* b, long double s, long double t
    ) noexcept:
        """The coordinate of axis b, moved by s along line a, then by t."""
        return self.rounded(self.node(a, b.axis, s) + t)

    cdef int list_pair_point(
        self, const Line* a, const Line* b, long double s, long double t
    ) except -1:
        if a.axis < 0:
            return self.table.add(ALONG, s, b.axis, self.corner(a, b, s, t))
        return self.table.add(a.axis, self.node(a, a.axis, s), b.axis, self.node(b, b.axis, t))

    cdef Py_ssize_t mixed_row(self) except -1:
        """A place for a mixed difference and its bound; the bound is -1 until they are there."""
        cdef Py_ssize_t at = self.mixed_rows
        if at + 2 > self.mixed_capacity:
            needed = max(64, 2 * self.mixed_capacity)
            memory = <char*>PyMem_Realloc(self.mixed, needed * self.table.value_size)
            if memory == NULL:
                raise MemoryError
            self.mixed = memory
            self.mixed_capacity = needed
        if self.table.value_type == cnp.NPY_DOUBLE:
            (<double*>self.mixed)[at + 1] = -1
        else:
            (<longdouble*>self.mixed)[at + 1] = -1
        self.mixed_rows += 2
        return at

    cdef void mix(self, const real* values, real* mixed, Py_ssize_t p) noexcept nogil:
        """Mixed differences of the levels that have new values: without what each line has alone."""
        cdef const Pair* pair = self.pairs + p
        cdef const Line* both = self.pair_lines + p
        cdef const Line* a = self.lines + pair.i
        cdef const Line* b = self.lines + pair.j
        cdef const Search* from_a = self.searches + pair.i
        cdef const Search* from_b = self.searches + pair.j
        cdef real f0 = values[a.here], difference
        cdef const real* corner
        cdef real at_a, at_b
        cdef double big, plain, bound, seen
        cdef int i, q
        for i in range(both.n):
            if mixed[both.row[i] + 1] >= 0:
                continue
            corner = values + pair.row[i]
            difference = 0
            big = fabs(<double>f0)
            for q in range(2 if both.side == 0 else 1):
                at_a = on_line(a, both.k[i] + pair.shift_i, values, -1 if q else pair.sign_i)
                at_b = on_line(b, both.k[i] + pair.shift_j, values, -1 if q else pair.sign_j)
                difference += (corner[q] - at_a) - (at_b - f0)
                big = max(big, fabs(<double>corner[q]))
                big = max(big, fabs(<double>at_a), fabs(<double>at_b))
            difference = difference / 2 if both.side == 0 else difference * (
                pair.sign_i * pair.sign_j
            )
            plain = self.aim.unit * big
            bound = plain + self.aim.unit * (
                <double>a.size * from_a.slope + <double>b.size * from_b.slope
            )
            seen = 3 * max(from_a.amplitude, from_b.amplitude)
            bound = max(min(bound, max(plain, seen)), from_a.noise, from_b.noise)
            mixed[both.row[i]] = difference
            mixed[both.row[i] + 1] = 4 * bound

    def lines_found(self, int n=0):
        """Value, error, step, verdict of every line: arrays (m, n_lines).

        n: another derivative than that looked for, as far as the same values tell it.
        """
        cdef Py_ssize_t i, o
        cdef Aim aim = self.aim
        cdef Search other
        cdef Search* s
        found = empty_found((self.m, self.n_lines), self.table.value_type)
        for i in range(self.n_lines):
            for o in range(self.m):
                s = self.searches + i * self.m + o
                if n:
                    other = s[0]
                    look_again(&other)
                    aim.n = n
                    if self.table.value_type == cnp.NPY_DOUBLE:
                        advance(&other, &aim, self.lines + i, <double*>self.values, self.m, o)
                    else:
                        advance(&other, &aim, self.lines + i, <longdouble*>self.values, self.m, o)
                    s = &other
                put(found, o * self.n_lines + i, s, self.table.value_type)
        return found

    def pairs_found(self):
        """Value, error, step, verdict of every pair: arrays (n_pairs,)."""
        cdef Py_ssize_t p
        found = empty_found((self.n_pairs,), self.table.value_type)
        for p in range(self.n_pairs):
            put(found, p, self.pair_searches + p, self.table.value_type)
        return found

    @property
    def value(self):
        """fun at x, of the shape that it returns."""
        value = np.empty(self.value_shape, cnp.PyArray_DescrFromType(self.table.value_type))
        memcpy(cnp.PyArray_DATA(value), self.values, self.width)
        return value


cdef inline real on_line(const Line* line, int k, const real* values, int sign) noexcept nogil:
    """The value of a level of a line, on one of its sides."""
    cdef int i = 0
    while line.k[i] != k:
        i += 1
    return values[line.row[i] + (1 if line.side == 0 and sign < 0 else 0)]


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
