cimport numpy as cnp

from ._evaluate cimport Evaluator
from ._levels cimport Aim, Line, Search
from ._table cimport TablePlan


cdef class Rounds:
    cdef readonly TablePlan table
    cdef Evaluator evaluator
    cdef Aim aim
    cdef Line* lines
    cdef Search* searches        # of the lines searched now, (lines, m)
    cdef char* values            # rows of m numbers
    cdef readonly Py_ssize_t n_lines, m, rows
    cdef Py_ssize_t capacity, width, most, spent
    cdef Py_ssize_t block  # lines searched at a time
    cdef Py_ssize_t open  # searches that are not finished
    cdef bint idle
    cdef tuple found
    cdef readonly tuple value_shape
    cdef cnp.ndarray x, lower, upper, v
    cdef readonly cnp.ndarray axes
    cdef bint elements
    cdef readonly bint along

    cdef int set_line(self, Py_ssize_t i, Py_ssize_t axis, long double scale) except -1
    cdef int choose_side(self, Line* line) except -1
    cdef int room(self, const Line* line, int sign) noexcept
    cdef long double number(self, cnp.ndarray array, Py_ssize_t i) noexcept
    cdef long double rounded(self, long double number) noexcept
    cdef long double step(self, const Line* line, int k) noexcept
    cdef long double node(self, const Line* line, Py_ssize_t i, long double t) noexcept
    cdef bint fits(self, const Line* line, int k, int sign) noexcept
    cdef bint within(self, Py_ssize_t i, long double node) noexcept
    cdef int evaluate_here(self) except -1
    cdef int reserve(self, Py_ssize_t more) except -1
    cdef int evaluate(self) except -1
    cdef bint affordable(self, Py_ssize_t more) noexcept
    cdef int search_lines(self, object noise) except -1
    cdef bint go_round(self) except -1
    cdef int search_block(self, Py_ssize_t first, Py_ssize_t last, object noise) except -1
    cdef bint is_finite(self, Py_ssize_t at) noexcept
    cdef int go_on(self, Search* s, const Line* line, Py_ssize_t o) except -1
    cdef int list_levels(self, Py_ssize_t i, Search* s) except -1
    cdef bint list_level(self, Py_ssize_t i, int k) except -1
    cdef int list_point(self, const Line* line, long double t) except -1


cdef tuple empty_found(tuple shape, int value_type)
cdef int put(tuple found, Py_ssize_t at, const Search* s, int value_type) except -1
