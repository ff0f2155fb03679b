"""Points as lists of Python numbers, for functions that look at one coordinate after the other.

A function of Python arithmetic runs twice as fast on a list, whose items are Python floats already.
Python floats never change, so those that points have in common are made once; the list itself
is handed out again only if nobody else holds it.
"""

cimport cython
cimport numpy as cnp
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport PyObject
from libc.stdint cimport int64_t
from libc.string cimport memcmp, memcpy

from ._fresh cimport CD_HELD_ONCE  # no-cython-lint: used in the C code below
from ._plan cimport Plan

import numpy as np

cnp.import_array()

cdef extern from *:
    """
    /* Is it a list of n items still, that nobody else holds? */
    static inline int cd_list_is_free(PyObject *o, Py_ssize_t n) {
        return PyList_CheckExact(o) && CD_HELD_ONCE(o) && PyList_GET_SIZE(o) == n;
    }

    /* Item i of a list that nobody else holds becomes another object, whose reference it takes. */
    static inline void cd_put(PyObject *list, Py_ssize_t i, PyObject *item) {
        PyObject *old = PyList_GET_ITEM(list, i);
        PyList_SET_ITEM(list, i, item);
        Py_XDECREF(old);
    }
    """
    bint cd_list_is_free(PyObject*, Py_ssize_t)
    void cd_put(PyObject*, Py_ssize_t, PyObject*)

cdef extern from "Python.h":
    list PyList_New(Py_ssize_t)
    PyObject* PyList_GET_ITEM(PyObject*, Py_ssize_t)
    PyObject* PyFloat_FromDouble(double) except NULL
    double PyFloat_AS_DOUBLE(PyObject*)
    void Py_INCREF(PyObject*)


@cython.final
cdef class Lister:
    """Makes the points of a plan lists, nested where x has several axes."""

    def __dealloc__(self):
        PyMem_Free(self.room)

    cdef int begin(self, Plan plan) except -1:
        """Get ready for the points of a plan."""
        cdef const double* base = <const double*>plan.base
        cdef Py_ssize_t i
        cdef double number
        self.array = None
        if plan.ndim != 1 or plan.point_type != cnp.NPY_DOUBLE:
            self.array = np.empty(plan.shape, cnp.PyArray_DescrFromType(plan.point_type))
            return 0
        if self.room == NULL or self.n != plan.n:
            PyMem_Free(self.room)
            self.room = <double*>PyMem_Malloc(max(plan.n, 1) * sizeof(double))
            if self.room == NULL:
                raise MemoryError
            self.n = plan.n
            self.items = [0.0] * plan.n
        for i in range(plan.n):
            number = PyFloat_AS_DOUBLE(PyList_GET_ITEM(<PyObject*>self.items, i))
            if memcmp(&number, base + i, sizeof(double)):  # as bits: -0 is not 0
                cd_put(<PyObject*>self.items, i, PyFloat_FromDouble(base[i]))
        return 0

    cdef PyObject* at(self, Plan plan, Py_ssize_t k) except NULL:
        """Point k, in a list that nobody else has: a borrowed reference."""
        cdef const int64_t* base = <const int64_t*>plan.base  # compared as bits
        cdef const int64_t* here = <const int64_t*>self.room
        cdef PyObject* items = <PyObject*>self.items
        cdef PyObject* point = <PyObject*>self.point
        cdef PyObject* item
        cdef Py_ssize_t i
        if self.array is not None:
            return self.nested(plan, k)
        memcpy(self.room, base, plan.point_bytes)
        plan.displace(k, <char*>self.room, sizeof(double))
        if not cd_list_is_free(point, self.n):
            self.point = PyList_New(self.n)
            point = <PyObject*>self.point
        for i in range(self.n):
            item = PyList_GET_ITEM(items, i)
            if here[i] != base[i]:
                item = PyFloat_FromDouble(self.room[i])
            elif PyList_GET_ITEM(point, i) != item:
                Py_INCREF(item)
            else:
                continue
            cd_put(point, i, item)
        return point

    cdef PyObject* nested(self, Plan plan, Py_ssize_t k) except NULL:
        """Point k, of any shape and type."""
        cdef char* data = <char*>cnp.PyArray_DATA(self.array)
        memcpy(data, plan.base, plan.point_bytes)
        plan.displace(k, data, plan.itemsize)
        self.point = self.array.tolist()
        return <PyObject*>self.point
