from ._evaluate cimport Evaluator
from ._plan cimport Plan


cdef class Workers(Evaluator):
    cdef list lanes             # an evaluator for each thread; the first is that of the caller
    # the job: what all threads share while points are evaluated, under the lock; that of `idle`,
    # whose own __exit__ is Python, and so could be interrupted before it opens the lock
    cdef object lock, idle      # idle tells the caller that a part is done
    cdef Py_ssize_t job, busy   # its number; parts that are being evaluated
    cdef Plan plan
    cdef Py_ssize_t start, next, stop, width
    cdef char* values
    cdef bint domain, halted
    cdef object error           # that of the earliest point that failed

    cdef int share(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1
    cdef int run_job(self) except -1
    cdef int call_others(self, Py_ssize_t job) except -1
    cdef Py_ssize_t evaluate_part(
        self, Evaluator lane, Py_ssize_t job, Py_ssize_t wanted
    ) except -1
    cdef int put_away(self, Evaluator lane, object error) except -1
