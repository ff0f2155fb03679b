from ._combine cimport longdouble
from ._evaluate cimport Evaluator
from ._levels cimport Line, Search
from ._lines cimport Lines
from ._table cimport TablePlan


cdef class Rounds(Lines):
    cdef readonly TablePlan table
    cdef Evaluator evaluator
    cdef Search* searches        # of the lines searched now, (lines, m)
    cdef char* values            # rows of m numbers
    cdef readonly Py_ssize_t m, rows
    cdef Py_ssize_t capacity, width, most, spent
    cdef Py_ssize_t reserved  # evaluations that are left for others
    cdef Py_ssize_t block  # lines searched at a time
    cdef Py_ssize_t open  # searches that are not finished
    cdef bint idle
    cdef tuple found
    cdef readonly tuple value_shape
    cdef bint elements

    cdef int evaluate_here(self) except -1
    cdef int reserve(self, Py_ssize_t more) except -1
    cdef int evaluate(self) except -1
    cdef bint affordable(self, Py_ssize_t more) noexcept
    cdef int keep_rows(self, Py_ssize_t here) except -1
    cdef int search_lines(self, object noise) except -1
    cdef bint go_round(self) except -1
    cdef int search_block(self, Py_ssize_t first, Py_ssize_t last, object noise) except -1
    cdef longdouble size_of_value(self, Py_ssize_t at) noexcept
    cdef int go_on(self, Search* s, const Line* line, Py_ssize_t o) except -1
    cdef int list_levels(self, Py_ssize_t i, Search* s) except -1
    cdef Py_ssize_t price(self, const Line* line, int k) noexcept
    cdef bint list_level(self, Py_ssize_t i, int k) except -1
    cdef int list_point(self, const Line* line, long double t) except -1


cdef tuple empty_found(tuple shape, int value_type)
cdef int put(tuple found, Py_ssize_t at, const Search* s, int value_type) except -1
