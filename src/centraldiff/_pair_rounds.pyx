"""Mixed derivatives: pairs of lines, at levels of both lines at once.

A mixed difference is what fun does along the two lines together, without what it does along each of
them alone: f(a + b) - f(a) - f(b) + f, its mean over both sides. It is the product of the steps and
the mixed derivative, and a polynomial in the square of their scale: a search as for lines finds
what it tends to. Level 0 of a pair are the steps that suit the two lines; only the corners, and
levels that a line has not had so far, have to be evaluated.

There are many pairs, so they are searched in blocks: all that is kept of a block is what it has
found, and values of lines, which other pairs may want.
"""

cimport cython
cimport numpy as cnp
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Realloc
from libc.math cimport INFINITY, NAN, fabs, sqrt
from libc.string cimport memmove, memset

from ._combine cimport longdouble, real
from ._levels cimport FINISHED, FIXED, KINK, Aim, Line, Search, Verdict, insert_level
from ._rounds cimport Rounds, empty_found, put
from ._search cimport advance, start
from ._table cimport ALONG
from ._tableau cimport LEVELS

import numpy as np

cnp.import_array()

cdef enum:
    PAIRS = 4096  # pairs searched at a time: some 2 kB each
    FIRST_POINTS = 8  # that a pair wants to begin with

cdef struct Pair:
    Py_ssize_t i, j      # lines
    int shift_i, shift_j  # level 0 of the pair, as a level of each line
    int sign_i, sign_j   # where it is one-sided
    Py_ssize_t row[LEVELS]


@cython.final
cdef class PairRounds(Rounds):
    """Searches along lines, and then for pairs of them."""

    cdef Line* pair_lines        # these four: of the pairs searched now
    cdef Pair* pairs
    cdef Search* pair_searches
    cdef char* mixed             # two numbers for each level of a pair: difference, its bound
    cdef readonly Py_ssize_t n_pairs
    cdef Py_ssize_t mixed_rows, mixed_capacity
    cdef tuple found_pairs
    cdef const Py_ssize_t[::1] listed_i, listed_j
    cdef bint listed
    cdef Aim of_pairs

    def __init__(self, *args, pairs=None, **kwargs):
        """As `Rounds`; pairs of all axes, or, where there is v, of v with each axis.

        pairs: of lines (i, j), instead of all.
        """
        cdef Py_ssize_t n, block
        super().__init__(*args, **kwargs)
        self.block = self.n_lines  # pairs look at the searches and values of all lines
        n = self.n_lines - self.along
        self.n_pairs = n if self.along else n * (n - 1) // 2
        if pairs is not None:
            self.listed = True
            self.listed_i, self.listed_j = (np.ascontiguousarray(p, np.intp) for p in pairs)
            self.n_pairs = len(self.listed_i)
        self.of_pairs = self.aim
        self.of_pairs.mixed = True
        # in levels below the ones that suit the lines
        self.of_pairs.low, self.of_pairs.high = -6, -2
        block = max(min(self.n_pairs, PAIRS), 1)
        self.pairs = <Pair*>PyMem_Calloc(block, sizeof(Pair))
        self.pair_lines = <Line*>PyMem_Calloc(block, sizeof(Line))
        self.pair_searches = <Search*>PyMem_Calloc(block, sizeof(Search))
        if not self.pairs or not self.pair_lines or not self.pair_searches:
            raise MemoryError

    def __dealloc__(self):
        PyMem_Free(self.pairs)
        PyMem_Free(self.pair_lines)
        PyMem_Free(self.pair_searches)
        PyMem_Free(self.mixed)

    def run(self, noise=None):
        """Evaluate until all is found. noise: of fun's values, to be broadcast to (m, n_lines)."""
        Rounds.run(self, noise)
        self.search_pairs()

    cdef int search_pairs(self) except -1:
        """One search for each pair of lines; so many pairs at a time as have room."""
        cdef Py_ssize_t i = 0, j = 0, p, first = 0, count, here
        self.found_pairs = empty_found((self.n_pairs,), self.table.value_type)
        while first < self.n_pairs:
            count = min(self.n_pairs - first, <Py_ssize_t>PAIRS)
            for p in range(count):
                if self.listed:
                    i, j = self.listed_i[first + p], self.listed_j[first + p]
                else:
                    j += 1
                    if j == self.n_lines:
                        i += 1
                        j = i + 1
                self.pairs[p].i, self.pairs[p].j = i, j
            self.reserved = self.reserve_for(self.n_pairs - first - count, self.n_pairs - first)
            here = self.rows
            self.search_block_of_pairs(count)
            for p in range(count):
                put(self.found_pairs, first + p, self.pair_searches + p, self.table.value_type)
            self.keep_rows(here)
            first += count
        return 0

    cdef Py_ssize_t reserve_for(self, Py_ssize_t later, Py_ssize_t pairs) noexcept:
        """Evaluations that are left for the last of so many pairs, where max_nfev limits them.

        They are enough to begin with, or, where there are too few for all, as many for each.
        """
        cdef Py_ssize_t left = max(self.most - self.spent, 0)
        if self.most < 0:
            return 0
        return min(FIRST_POINTS * later, <Py_ssize_t>(<double>left * later / pairs))

    cdef int search_block_of_pairs(self, Py_ssize_t count) except -1:
        """The pairs at hand, all in step, within the scales that the lines have."""
        cdef Py_ssize_t p
        cdef Search* s
        self.open = self.mixed_rows = 0
        for p in range(count):
            s = self.pair_searches + p
            if self.set_pair(p):
                start(s, &self.of_pairs, self.pair_lines + p, 0, 0)
                s.natural = self.natural_size(p)
                self.open += s.stage != FINISHED
                self.list_pair_levels(p, s)
            else:
                s.stage = FINISHED
                s.verdict = self.of_lines(p)
                s.value = 0 if s.verdict == FIXED else NAN
                s.error = 0 if s.verdict == FIXED else INFINITY
                s.step = 0
        while self.go_round():
            for p in range(count):
                s = self.pair_searches + p
                if s.stage == FINISHED:
                    continue
                s.wants = 0
                s.spent = s.spent or self.idle
                if self.table.value_type == cnp.NPY_DOUBLE:
                    self.mix(<double*>self.values, <double*>self.mixed, p)
                    self.advance_pair(p, <const double*>self.mixed)
                else:
                    self.mix(<longdouble*>self.values, <longdouble*>self.mixed, p)
                    self.advance_pair(p, <const longdouble*>self.mixed)
                self.open += s.stage != FINISHED
                self.list_pair_levels(p, s)
        return 0

    cdef int advance_pair(self, Py_ssize_t p, const real* mixed) noexcept:
        return advance(self.pair_searches + p, &self.of_pairs, self.pair_lines + p, mixed, 1, 0)

    cdef int list_pair_levels(self, Py_ssize_t p, Search* s) except -1:
        """The points that a search of a pair wants."""
        cdef int which
        for which in range(s.wants):
            if not self.list_pair_level(p, s.want[which]):
                s.spent = True
        return 0

    cdef Verdict of_lines(self, Py_ssize_t p) noexcept:
        """The worse word on the two lines of a pair."""
        cdef const Search* a = self.searches + self.pairs[p].i
        cdef const Search* b = self.searches + self.pairs[p].j
        if a.verdict == FIXED or b.verdict == FIXED:
            return FIXED
        return a.verdict if a.verdict > b.verdict else b.verdict

    cdef bint set_pair(self, Py_ssize_t p) except -1:
        """Levels and sides of a pair, from what its lines have found; False if they have not."""
        cdef Pair* pair = self.pairs + p
        cdef Line* both = self.pair_lines + p
        cdef const Search* a = self.searches + pair.i
        cdef const Search* b = self.searches + pair.j
        if a.step == 0 or b.step == 0 or KINK in (a.verdict, b.verdict):
            return False
        pair.shift_i = self.level_of(self.lines + pair.i, a.step)
        pair.shift_j = self.level_of(self.lines + pair.j, b.step)
        memset(both, 0, sizeof(Line))
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
        while both.highest > both.lowest and not self.pair_fits(
            pair, both.side, self.step(self.lines + pair.i, both.highest + pair.shift_i),
            self.step(self.lines + pair.j, both.highest + pair.shift_j),
        ):
            both.highest -= 1
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
        cdef int at
        cdef long double s = self.step(a, k + pair.shift_i), t = self.step(b, k + pair.shift_j)
        cdef Py_ssize_t at_a = self.price(a, k + pair.shift_i)
        cdef Py_ssize_t at_b = self.price(b, k + pair.shift_j)
        if both.n == LEVELS or at_a < 0 or at_b < 0 or not self.pair_fits(pair, both.side, s, t):
            return False
        if not self.affordable(at_a + at_b + (2 if both.side == 0 else 1)):
            return False
        self.list_level(pair.i, k + pair.shift_i)
        self.list_level(pair.j, k + pair.shift_j)
        at = insert_level(both, k, s * t, self.mixed_row())
        memmove(pair.row + at + 1, pair.row + at, (both.n - 1 - at) * sizeof(Py_ssize_t))
        pair.row[at] = self.rows + self.table.unit
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
        """Mixed differences of the levels that have new values."""
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

    def pairs_found(self):
        """Value, error, step, verdict of every pair: arrays (n_pairs,)."""
        return self.found_pairs


cdef inline real on_line(const Line* line, int k, const real* values, int sign) noexcept nogil:
    """The value of a level of a line, on one of its sides."""
    cdef int i = 0
    while line.k[i] != k:
        i += 1
    return values[line.row[i] + (1 if line.side == 0 and sign < 0 else 0)]
