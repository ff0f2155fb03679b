from ._evaluate cimport Evaluator
from ._plan cimport Plan


cdef class Workers(Evaluator):
    cdef object make            # an evaluator for another thread
    cdef Py_ssize_t threads     # the caller's included
    cdef list lanes             # an evaluator for each thread; the first is that of the caller
    cdef object lock            # of all that follows; nothing that can fail is done under it
    # the job: what all threads share while points are evaluated
    cdef Py_ssize_t job, busy   # its number; parts that are being evaluated
    cdef bint waiting           # is the caller, for `finished`
    cdef object finished
    cdef Plan plan
    cdef Py_ssize_t start, next, stop, width
    cdef char* values
    cdef bint domain
    cdef object error           # the exception that counts

    cdef int share(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1
    cdef int wait_for_others(self) except -1
    cdef int call_others(self) except -1
    cdef Py_ssize_t evaluate_part(
        self, Evaluator lane, Py_ssize_t job, Py_ssize_t wanted
    ) except -1
    cdef int put_away(self, Evaluator lane, object error) except -1
    cdef int keep(self, object error, Evaluator where) except -1
