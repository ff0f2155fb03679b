cimport numpy as cnp
from cpython.ref cimport PyObject

from ._plan cimport Plan


cdef class Lister:
    cdef object point   # the list that fun was given last
    cdef list items     # the coordinates of x, which most points have in common
    cdef double* room   # a point as doubles
    cdef Py_ssize_t n
    cdef cnp.ndarray array  # a point of any other kind

    cdef int begin(self, Plan plan) except -1
    cdef PyObject* at(self, Plan plan, Py_ssize_t k) except NULL
    cdef PyObject* nested(self, Plan plan, Py_ssize_t k) except NULL
