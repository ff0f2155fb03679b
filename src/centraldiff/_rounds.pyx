"""Adaptive derivatives: rounds of evaluations, until every entry has what it needs.

lines       directions in which fun is looked at: an axis for each coordinate, or v
levels      displacements scale * 2**k along a line, to both sides, as far as they are wanted
searches    one for each entry: which levels it wants next, and its estimate (`_search.pyx`)

In every round all searches say what they want, all points are listed in one table, an evaluator
gives the values. Only what is wanted is evaluated, and every value once.
"""

cimport numpy as cnp
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Realloc
from libc.math cimport fabs, fabsl, isfinite
from libc.string cimport memcpy, memmove

from ._combine cimport longdouble
from ._evaluate cimport Evaluator
from ._levels cimport FINISHED, NOT_FINITE, Aim, Line, Search, has, insert_level
from ._lines cimport Lines
from ._search cimport advance, look_again, start
from ._table cimport ALONG, NONE, TablePlan
from ._tableau cimport LEVELS

import numpy as np

cnp.import_array()

cdef extern from *:
    """
    #define FINEST 5e-13  /* relative error that is not improved on, where nobody asks for one */
    """
    const double FINEST

cdef enum:
    ROOM = 65536  # searches at a time


cdef class Rounds(Lines):
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
        self.table = table
        table.grows = True
        table.value_shape = table.shape if gradients else None
        self.evaluator = evaluator
        self.elements = elements
        self.aim.n = n
        self.aim.plain = rtol is None and atol is None
        self.aim.rtol = FINEST if rtol is None else rtol
        self.aim.atol = 0 if atol is None else atol
        self.most = -1 if max_nfev is None else max_nfev
        self.set_lines(table.real_type, unit, x, scales, axes, v, lower, upper)

    def __dealloc__(self):
        PyMem_Free(self.searches)
        PyMem_Free(self.values)

    def run(self, noise=None):
        """Evaluate until all is found. noise: of fun's values, to be broadcast to (m, n_lines)."""
        if self.found is not None:
            raise RuntimeError("these searches have been run")
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
            first = self.evaluator.first_values(self.table)
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
        # x itself has to be in fun's domain
        self.evaluator.write_values(self.table, 0, count, rows, self.width, self.spent > 0)
        self.rows += count
        self.spent += count
        self.table.clear()
        return 0

    cdef int keep_rows(self, Py_ssize_t here) except -1:
        """Of the rows from `here` on, keep only those of levels of lines."""
        cdef Py_ssize_t i, row, kept = here
        cdef Line* line
        cdef int at, width
        cdef Py_ssize_t* moved = <Py_ssize_t*>PyMem_Calloc(
            max(self.rows - here, 1), sizeof(Py_ssize_t)
        )
        if moved == NULL:
            raise MemoryError
        for i in range(self.n_lines):
            line = self.lines + i
            for at in range(line.n):
                if line.row[at] >= here:
                    moved[line.row[at] - here] = 2 if line.side == 0 else 1
        row = here
        while row < self.rows:
            width = <int>moved[row - here]
            if width == 0:
                row += 1
                continue
            memmove(
                self.values + kept * self.width, self.values + row * self.width,
                width * self.width,
            )
            moved[row - here] = kept
            kept += width
            row += width
        for i in range(self.n_lines):
            line = self.lines + i
            for at in range(line.n):
                if line.row[at] >= here:
                    line.row[at] = moved[line.row[at] - here]
        PyMem_Free(moved)
        self.rows = kept
        return 0

    cdef bint affordable(self, Py_ssize_t more) noexcept:
        """Do so many more evaluations keep within max_nfev?"""
        return self.most < 0 or (
            self.spent + self.table.unit + self.reserved + more <= self.most
        )

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
        cdef longdouble here
        self.open = 0
        for i in range(first, last):
            of_line = self.searches + (i - first) * self.m
            for o in range(self.m):
                if noise is not None:
                    known = noise[o, i]
                here = self.size_of_value(self.lines[i].here * self.m + o)
                start(of_line + o, &self.aim, self.lines + i, <double>here, known)
                if of_line[o].stage == FINISHED:
                    continue  # a line that does not move
                if not isfinite(here):
                    of_line[o].stage = FINISHED
                    of_line[o].verdict = NOT_FINITE
                else:
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

    cdef longdouble size_of_value(self, Py_ssize_t at) noexcept:
        if self.table.value_type == cnp.NPY_DOUBLE:
            return fabs((<double*>self.values)[at])
        return fabsl((<longdouble*>self.values)[at])

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

    cdef Py_ssize_t price(self, const Line* line, int k) noexcept:
        """How many evaluations a level of a line takes, -1 where there is no place for it."""
        if has(line, k):
            return 0
        if line.n == LEVELS:
            return -1
        return 2 if line.side == 0 else 1

    cdef bint list_level(self, Py_ssize_t i, int k) except -1:
        """The points of one level of a line, unless it has them; False if there is no more."""
        cdef Line* line = self.lines + i
        cdef long double h
        cdef Py_ssize_t price = self.price(line, k)
        if price == 0:
            return True
        if price < 0 or not self.affordable(price):
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
