cimport numpy as cnp
from cpython.ref cimport PyObject

from ._listed cimport Lister
from ._plan cimport Plan

cdef extern from *:
    """
    /* A limit that another thread may lower meanwhile. Under a GIL threads take turns. */
    #ifdef Py_GIL_DISABLED
    #define CD_LIMIT(p) _Py_atomic_load_ssize_relaxed(p)
    #define CD_SET_LIMIT(p, k) _Py_atomic_store_ssize_relaxed(p, k)
    #else
    #define CD_LIMIT(p) (*(p))
    #define CD_SET_LIMIT(p, k) (*(p) = (k))
    #endif
    """
    Py_ssize_t CD_LIMIT(Py_ssize_t*)
    void CD_SET_LIMIT(Py_ssize_t*, Py_ssize_t)

cdef enum Form:  # of what fun is given
    ARRAY
    NUMBER
    LIST
    ARGUMENTS


cdef class Evaluator:
    cdef readonly bint scalar
    cdef readonly tuple value_shape
    cdef readonly str name
    cdef readonly Py_ssize_t nfev
    cdef readonly object fun
    cdef readonly int extra
    cdef public double noise
    # where fun raised an exception: the first of how many points, 0 if it was not fun that did
    cdef Py_ssize_t failed, failed_count
    cdef Py_ssize_t aside   # evaluations before that one that were not of points before that one
    cdef Py_ssize_t limit   # points from this one on are not wanted any more: another thread failed
    cdef public bint allow_complex  # of values the real part counts, whatever the plan

    cdef object first_values(self, Plan plan)
    cdef tuple expected_shape(self, Plan plan)
    cdef int write_values(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1
    cdef int begin(self, Plan plan) except -1
    cdef object first(self, Plan plan)
    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1
    cdef int evaluate_domain(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1
    cdef Py_ssize_t together(self) noexcept
    cdef Py_ssize_t at_once(self) noexcept
    cdef int follow(self, Evaluator lead) except -1
    cdef int account_for(self, Evaluator other) except -1


cdef class Callback(Evaluator):
    cdef tuple args
    cdef tuple names, values
    cdef bint check_signals
    cdef object point
    cdef PyObject* point_descr
    cdef int point_type, point_flags
    cdef Form form, wanted
    cdef Lister lister
    cdef Py_ssize_t n_positional
    cdef PyObject* keywords
    cdef PyObject** argv
    cdef PyObject* few[8]

    cdef int set_up(
        self, object fun, tuple args, dict kwargs, bint scalar, str name
    ) except -1
    cdef int lay_arguments(self, Py_ssize_t first) except -1
    cdef int begin_form(self, Plan plan) except -1
    cdef int write_form(self, Plan plan, Py_ssize_t k) except -1
    cdef int new_point(self, Plan plan) except -1
    cdef bint may_be_complex(self, Plan plan)
    cdef int store_number(self, Plan plan, Py_ssize_t k, object value, char* row) except -1
    cdef int store_array(self, Plan plan, Py_ssize_t k, object value, char* row) except -1


cdef object needed_part(Plan plan, Py_ssize_t k, object values)
cdef cnp.ndarray new_array(tuple shape, int type_number)
cdef void put_nan(Plan plan, char* row, Py_ssize_t width) noexcept
