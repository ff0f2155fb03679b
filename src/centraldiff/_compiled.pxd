from ._evaluate cimport Callback, Evaluator
from ._plan cimport Plan

cdef extern from *:
    ctypedef struct PyThreadState:
        pass

cpdef enum Outcome:  # what `entry` of _jitted.py says too
    FINE
    RAISED  # fun has set an exception
    MISFIT  # only Python can tell what came

ctypedef struct Lane:  # what a thread needs for itself
    char* point            # room for one
    PyThreadState* thread  # its own, in which fun may have set an exception
    Py_ssize_t stride      # evaluations between two looks at the clock
    Outcome outcome


cdef class Compiled(Evaluator):
    cdef Lane lane
    cdef void* memory
    cdef Py_ssize_t room

    cdef int make_room(self, Plan plan) except -1
    cdef Outcome call(self, Plan plan, Py_ssize_t k, char* point, char* row) noexcept nogil
    cdef Py_ssize_t evaluate_range(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        Lane* lane,
    ) noexcept nogil
    cdef int settle(self, Plan plan, Py_ssize_t k, Py_ssize_t count, char* row) except -1


cdef class Pointer(Compiled):
    cdef object function  # a CFunction, which keeps what it points at
    cdef object asked_shape
    cdef void* address
    cdef void* data
    cdef int signature, count, m


cdef class Jitted(Compiled):
    cdef Callback plain
    cdef object wrapping, wrapped, overloads, overload
    cdef void* address  # NULL: fun is called as Python does
    cdef void** args
    cdef int point_type, x_ndim, m_ndim
    cdef Py_ssize_t x_shape[64]  # as many axes as NumPy has
    cdef Py_ssize_t m_shape[64]

    cdef int take_shape(self, tuple shape) except -1
    cdef int hand_over(self, Py_ssize_t nfev) except -1
