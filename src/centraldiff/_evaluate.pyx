"""Evaluation: how fun is called where a plan wants it, and the one way from a plan to a result.

An evaluator knows points and values, no weights. What fun may do to the point it is given:
anything. It gets an array that nobody else holds; where it kept the array (or a view of it), or
changed more of it than its numbers, the next point is a new array, otherwise the same one, written
anew from x. What fun returns is copied before fun is called again.
"""

cimport cython
cimport numpy as cnp
from cpython.complex cimport (
    PyComplex_Check, PyComplex_FromDoubles, PyComplex_ImagAsDouble, PyComplex_RealAsDouble,
)
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport PyObject
from libc.math cimport isnan
from libc.string cimport memcpy

from ._plan cimport Plan

import types

import numpy as np

from ._complex_step import verify
from ._result import warn_not_finite
from ._validation import as_number, as_output, as_values

cnp.import_array()

cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030E0000
    #define CD_HELD_ONCE(o) PyUnstable_Object_IsUniquelyReferenced(o)
    #else
    #define CD_HELD_ONCE(o) (Py_REFCNT(o) == 1)
    #endif

    /* Is the array as it was made, and can nobody else see it: no reference, view, weak reference? */
    static inline int cd_is_fresh(PyObject *o, int nd, npy_intp n, int type, int flags) {
        PyArrayObject *a = (PyArrayObject *)o;
        return CD_HELD_ONCE(o)
            && *(PyObject **)((char *)o + Py_TYPE(o)->tp_weaklistoffset) == NULL
            && PyArray_FLAGS(a) == flags && PyArray_NDIM(a) == nd && PyArray_DESCR(a)->type_num == type
            && PyArray_ISNOTSWAPPED(a) && (nd == 1 ? PyArray_DIMS(a)[0] == n : PyArray_SIZE(a) == n);
    }

    /* PyObject_Vectorcall without the check of the result, which the caller makes. */
    static inline PyObject *cd_call(PyObject *fun, PyObject *const *args, size_t n, PyObject *names) {
        vectorcallfunc call = PyVectorcall_Function(fun);
        n |= PY_VECTORCALL_ARGUMENTS_OFFSET;
        return call ? call(fun, args, n, names) : PyObject_Vectorcall(fun, args, n, names);
    }
    """
    bint cd_is_fresh(PyObject*, int, cnp.npy_intp, int, int)
    object cd_call(PyObject*, PyObject**, size_t, PyObject*)

cdef extern from "Python.h":
    bint PyFloat_Check(object)
    double PyFloat_AS_DOUBLE(object)
    bint PyLong_CheckExact(object)
    double PyLong_AsDouble(object) except? -1.0

cdef extern from "numpy/arrayscalars.h":
    """
    #define CD_IS_FLOAT32(o) PyArray_IsScalar(o, Float)
    #define CD_FLOAT32(o) PyArrayScalar_VAL(o, Float)
    """
    bint CD_IS_FLOAT32(object)
    object PyArray_Scalar(void*, cnp.dtype, object)
    float CD_FLOAT32(object)

cdef Py_ssize_t BLOCK = 4096  # values at a time, so that memory beside the result stays O(n)


cdef class Evaluator:
    """Calls fun at the points of a plan. Each run has its own: it holds what a run changes."""

    def differentiate(self, Plan plan, out=None, int keep=0):
        """The derivative that a plan stands for, see `run`."""
        return run(plan, self, out, keep)

    cdef object first(self, Plan plan):
        """The values of an array-valued fun at point 0, which tell the shape of all others."""

    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values
    ) except -1:
        """Rows of values at points start to stop, in the plan's value type."""


@cython.final
cdef class Callback(Evaluator):
    """A Python callable, called once for each point."""

    def __cinit__(self):
        self.argv = self.few

    def __init__(self, fun, tuple args=(), dict kwargs=None, *, bint scalar=True, str name="fun"):
        self.set_up(fun, args, kwargs, scalar, name)

    cdef int set_up(
        self, object fun, tuple args, dict kwargs, bint scalar, str name
    ) except -1:
        cdef Py_ssize_t i, n = 1 + len(args) + (len(kwargs) if kwargs else 0)
        self.fun = fun
        self.args = args
        self.kwargs = kwargs
        self.names = tuple(kwargs) if kwargs else None
        self.scalar = scalar
        self.name = name
        # the interpreter looks for signals between the lines of a Python function, only there
        self.check_signals = type(fun) is not types.FunctionType
        self.n_positional = 1 + len(args)
        if n >= 8:
            self.argv = <PyObject**>PyMem_Malloc((1 + n) * sizeof(PyObject*))
            if self.argv == NULL:
                self.argv = self.few
                raise MemoryError
        # argv[0] is room that a callee may use, argv[1] the point
        for i in range(len(args)):
            self.argv[2 + i] = <PyObject*>args[i]
        if kwargs:
            for i, value in enumerate(kwargs.values()):
                self.argv[1 + self.n_positional + i] = <PyObject*>value
        return 0

    def __dealloc__(self):
        if self.argv != self.few:
            PyMem_Free(self.argv)

    cdef object first(self, Plan plan):
        try:
            self.place(plan, 0)
            array = as_values(self.name, self.call(), plan.formula.terms.imaginary, plan.value_shape)
        except BaseException as error:
            add_note(error, self.name, plan, 0)
            raise
        self.value_shape = array.shape
        self.nfev += 1
        return needed_part(plan, 0, array)

    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values
    ) except -1:
        cdef Py_ssize_t k = start
        cdef Py_ssize_t written
        cdef object value
        try:
            for k in range(start, stop):
                self.place(plan, k)
                value = self.call()
                if self.scalar:
                    written = self.store_number(plan, k, value, values)
                else:
                    written = self.store_array(plan, k, value, values)
                values += written
            self.nfev += stop - start
        except BaseException as error:
            add_note(error, self.name, plan, k)
            raise
        return 0

    cdef inline object call(self):
        """What fun returns for the point in place."""
        cdef object value
        self.argv[1] = <PyObject*>self.point
        value = cd_call(
            <PyObject*>self.fun, self.argv + 1, self.n_positional,
            NULL if self.names is None else <PyObject*>self.names,
        )
        if self.check_signals:
            PyErr_CheckSignals()
        return value

    cdef inline int place(self, Plan plan, Py_ssize_t k) except -1:
        """Point k becomes what fun will be given."""
        cdef char* data
        if plan.points_are_numbers:
            self.point = number_at(plan, k)
            return 0
        if self.point is None or not cd_is_fresh(
            <PyObject*>self.point, plan.ndim, plan.n, plan.point_type, self.point_flags
        ):
            self.new_point(plan)
        data = <char*>cnp.PyArray_DATA(<cnp.ndarray>self.point)
        memcpy(data, plan.base, plan.point_bytes)
        plan.displace(k, data, plan.itemsize)
        return 0

    cdef int new_point(self, Plan plan) except -1:
        """An array that nobody else has."""
        cdef cnp.npy_intp n = plan.n
        cdef cnp.ndarray array
        if plan.ndim == 1:
            array = cnp.PyArray_SimpleNew(1, &n, plan.point_type)
        else:
            array = np.empty(plan.shape, cnp.PyArray_DescrFromType(plan.point_type))
        self.point_flags = cnp.PyArray_FLAGS(array)
        self.point = array
        return 0

    cdef inline Py_ssize_t store_number(
        self, Plan plan, Py_ssize_t k, object value, char* row
    ) except -1:
        """Write the number that fun returned; gives the bytes written."""
        cdef double number
        cdef bint imaginary = plan.formula.terms.imaginary and k >= plan.head
        if PyFloat_Check(value):
            number = 0 if imaginary else PyFloat_AS_DOUBLE(value)
        elif CD_IS_FLOAT32(value):
            number = 0 if imaginary else CD_FLOAT32(value)
        elif PyLong_CheckExact(value):
            number = PyLong_AsDouble(value)
            number = 0 if imaginary else number
        elif plan.formula.terms.imaginary and PyComplex_Check(value):
            number = PyComplex_ImagAsDouble(value) if imaginary else PyComplex_RealAsDouble(value)
        else:
            value = as_number(self.name, value, plan.formula.terms.imaginary)
            return store_long(needed_part(plan, k, value), plan, row)
        if plan.value_type == cnp.NPY_LONGDOUBLE:
            (<long double*>row)[0] = number
            return sizeof(long double)
        (<double*>row)[0] = number
        return sizeof(double)

    cdef Py_ssize_t store_array(self, Plan plan, Py_ssize_t k, object value, char* row) except -1:
        """Copy the array that fun returned; gives the bytes written."""
        cdef cnp.ndarray array
        if (
            cnp.PyArray_CheckExact(value)
            and cnp.PyArray_TYPE(value) == plan.value_type
            and cnp.PyArray_ISCARRAY_RO(value)
            and not plan.formula.terms.imaginary
            and value.shape == self.value_shape
        ):
            array = value
        else:
            array = as_values(self.name, value, plan.formula.terms.imaginary, self.value_shape)
            array = needed_part(plan, k, array)
        memcpy(row, cnp.PyArray_DATA(array), cnp.PyArray_NBYTES(array))
        return cnp.PyArray_NBYTES(array)


cdef object number_at(Plan plan, Py_ssize_t k):
    """Point k of a plan whose points are numbers."""
    cdef long double room[2]
    cdef char* item = <char*>room
    memcpy(item, plan.base, plan.point_bytes)
    plan.displace(k, item, plan.itemsize)
    if plan.point_type == cnp.NPY_DOUBLE:
        return (<double*>item)[0]
    if plan.point_type == cnp.NPY_CDOUBLE:
        return PyComplex_FromDoubles((<double*>item)[0], (<double*>item)[1])
    return PyArray_Scalar(item, cnp.PyArray_DescrFromType(plan.point_type), None)


cdef object needed_part(Plan plan, Py_ssize_t k, object values):
    """Values in the type that they are combined in; of complex steps the imaginary part."""
    if plan.formula.terms.imaginary:
        values = np.imag(values) if k >= plan.head else np.real(values)
    return np.asarray(values, cnp.PyArray_DescrFromType(plan.value_type), order="C")


cdef Py_ssize_t store_long(cnp.ndarray number, Plan plan, char* row) except -1:
    memcpy(row, cnp.PyArray_DATA(number), cnp.PyArray_NBYTES(number))
    return cnp.PyArray_NBYTES(number)


cdef int add_note(error, str name, Plan plan, Py_ssize_t k) except -1:
    """Say on an exception where it happened."""
    try:
        error.add_note(
            f"centraldiff: in evaluation {k + 1} of {len(plan)} of {name}, {plan.place(k)}"
        )
    except Exception:
        pass  # an exception that takes no note is worth more than the note
    return 0


cdef object run(Plan plan, Evaluator evaluator, object out, int keep):
    """The derivative that a plan stands for: evaluate and combine, block by block.

    keep 0: the derivative; 1: with it the values of the head; 2: with it all values, as rows.
    """
    cdef Py_ssize_t size = sizeof(double) if plan.value_type == cnp.NPY_DOUBLE else sizeof(long double)
    cdef Py_ssize_t m = 1, done = 0, first = 0, last, start, stop, block
    cdef char* head
    cdef char* row
    cdef void* memory = NULL
    cdef cnp.ndarray derivative, seen, kept = None
    cdef tuple value_shape = ()
    if not evaluator.scalar:
        seen = evaluator.first(plan)
        value_shape = evaluator.value_shape
        m = cnp.PyArray_SIZE(seen)
        done = 1
    shape = plan.result_shape(value_shape)
    if out is not None:
        as_output(out, shape, cnp.PyArray_DescrFromType(plan.real_type))
    block = plan.units if keep == 2 else min(plan.units, max(8, BLOCK // max(m * plan.unit, 1)))
    if keep == 2:
        kept = np.empty((len(plan), m), cnp.PyArray_DescrFromType(plan.value_type))
        head = <char*>cnp.PyArray_DATA(kept)
    else:
        memory = PyMem_Malloc((plan.head + block * plan.unit) * m * size)
        if memory == NULL:
            raise MemoryError
        head = <char*>memory
    try:
        derivative = new_array(shape, plan.value_type)
        row = head + plan.head * m * size
        if done:
            memcpy(head, cnp.PyArray_DATA(seen), m * size)
        if done < plan.head:
            evaluator.evaluate(plan, done, plan.head, head + done * m * size)
            done = plan.head
        while first < plan.units:
            last = min(first + block, plan.units)
            start = plan.head + first * plan.unit
            stop = plan.head + last * plan.unit
            done = max(done, start)
            evaluator.evaluate(plan, done, stop, row + (done - start) * m * size)
            plan.combine_units(head, row, first, last, m, cnp.PyArray_DATA(derivative))
            first = last
        plan.finish(head, m, cnp.PyArray_DATA(derivative))
        if keep == 1:
            kept = np.empty((plan.head, m), cnp.PyArray_DescrFromType(plan.value_type))
            memcpy(cnp.PyArray_DATA(kept), head, plan.head * m * size)
    finally:
        PyMem_Free(memory)
    result = plan.as_result(derivative)
    if plan.formula.terms.imaginary:
        verify(plan, evaluator, result)
    if has_nan(derivative, plan.value_type):
        warn_not_finite(plan, evaluator.name, result)
    if out is not None:
        np.copyto(out, result)
        result = out
    return result if keep == 0 else (result, kept)


cdef inline cnp.ndarray new_array(tuple shape, int type_number):
    cdef cnp.npy_intp n
    if len(shape) == 1:
        n = shape[0]
        return cnp.PyArray_SimpleNew(1, &n, type_number)
    return np.empty(shape, cnp.PyArray_DescrFromType(type_number))


cdef inline bint has_nan(cnp.ndarray array, int type_number) noexcept:
    cdef Py_ssize_t i
    for i in range(cnp.PyArray_SIZE(array)):
        if type_number == cnp.NPY_DOUBLE:
            if isnan((<double*>cnp.PyArray_DATA(array))[i]):
                return True
        elif isnan((<long double*>cnp.PyArray_DATA(array))[i]):
            return True
    return False
