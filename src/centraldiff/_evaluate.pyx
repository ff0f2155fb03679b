"""Evaluation: how fun is called where a plan wants it, and the plain way to do it.

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
from cpython.list cimport PyList_GET_ITEM
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport Py_DECREF, PyObject
from libc.math cimport NAN
from libc.string cimport memcpy

from ._fresh cimport cd_is_fresh
from ._listed cimport Lister
from ._plan cimport Plan

import numpy as np

from ._errors import ArgumentValueError, is_outside_domain, note_evaluation
from ._validation import as_number, as_values

cnp.import_array()

cdef extern from *:
    """
    #include "numpy/arrayscalars.h"

    /* PyObject_Vectorcall without the check of the result, which the caller makes. */
    static inline PyObject *
    cd_call(PyObject *fun, PyObject *const *args, size_t n, PyObject *names) {
        vectorcallfunc call = PyVectorcall_Function(fun);
        n |= PY_VECTORCALL_ARGUMENTS_OFFSET;
        return call ? call(fun, args, n, names) : PyObject_Vectorcall(fun, args, n, names);
    }

    /* float or numpy.float64, seen without a walk through base classes. */
    static inline int cd_is_double(PyObject *o) {
        return Py_TYPE(o) == &PyFloat_Type || Py_TYPE(o) == &PyDoubleArrType_Type;
    }

    static inline char *cd_data(PyObject *o) { return PyArray_BYTES((PyArrayObject *)o); }

    #define CD_NO_LIMIT PY_SSIZE_T_MAX
    #define CD_IS_FLOAT32(o) PyArray_IsScalar(o, Float)
    #define CD_FLOAT32(o) PyArrayScalar_VAL(o, Float)
    """
    PyObject* cd_call(PyObject*, PyObject**, size_t, PyObject*) except NULL
    bint cd_is_double(PyObject*)
    char* cd_data(PyObject*)
    bint CD_IS_FLOAT32(object)
    float CD_FLOAT32(object)
    const Py_ssize_t NO_LIMIT "CD_NO_LIMIT"
    object PyArray_Scalar(void*, cnp.dtype, object)

cdef extern from "Python.h":
    bint PyFunction_Check(object)
    bint PyFloat_Check(object)
    double PyFloat_AS_DOUBLE(PyObject*)


cdef inline int write_point(Callback self, Plan plan, Py_ssize_t k) except -1:
    """Point k becomes what fun will be given. A function, so that C inlines it into the loop."""
    cdef char* data
    if self.form != ARRAY:
        return self.write_form(plan, k)
    if self.argv[1] == NULL or not cd_is_fresh(
        self.argv[1], self.point_descr, self.point_flags, plan.ndim, plan.n, plan.shape
    ):
        self.new_point(plan)
    data = cd_data(self.argv[1])
    memcpy(data, plan.base, plan.point_bytes)
    plan.displace(k, data, plan.itemsize)
    return 0


cdef class Evaluator:
    """Calls fun at the points of a plan. It holds what a run changes: one run at a time.

    A run asks for `first_values` and `write_values`. How they come about, `first`, `evaluate`,
    `evaluate_domain`, is for evaluators to say, and for those that are made of others to ask of
    them: exceptions get their note once, on the way out.

    noise: how much values at one point may differ from call to call; extra: evaluations that it
    will make beyond those that it is asked for.
    """

    def __cinit__(self):
        self.limit = NO_LIMIT

    cdef object first_values(self, Plan plan):
        """`first`; an exception says where fun raised it."""
        cdef Py_ssize_t before = self.nfev
        self.failed_count = self.aside = 0
        try:
            return self.first(plan)
        except BaseException as error:
            add_note(error, self, plan, before + 1)
            raise

    cdef tuple expected_shape(self, Plan plan):
        """The shape that values have to have, None if nothing says so: that of the first ones.

        Since nfev is 0 when an operator is called, what came before then does not count.
        """
        if plan.value_shape is not None:
            return plan.value_shape
        return self.value_shape if self.nfev else None

    cdef int write_values(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1:
        """`evaluate`, or `evaluate_domain`; an exception says where fun raised it."""
        cdef Py_ssize_t before = self.nfev
        self.failed_count = self.aside = 0
        try:
            if domain:
                self.evaluate_domain(plan, start, stop, values, width)
            else:
                self.evaluate(plan, start, stop, values, width)
        except BaseException as error:
            add_note(error, self, plan, before + self.failed - start + 1)
            raise
        return 0

    cdef int begin(self, Plan plan) except -1:
        """Get ready for the points of a plan, which may be of another kind than the last one's."""

    cdef object first(self, Plan plan):
        """The values of an array-valued fun at point 0, which tell the shape of all others."""
        raise NotImplementedError

    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        """Rows, of that many bytes, of values at points start to stop, in the plan's value type.

        Where fun raises, `failed` is the point, and the values of all before it are there.
        """
        raise NotImplementedError

    cdef int evaluate_domain(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        """`evaluate`, with NaN where fun raises what says that a point is outside its domain."""
        cdef Py_ssize_t k = start
        while k < min(stop, CD_LIMIT(&self.limit)):
            try:
                self.evaluate(plan, k, stop, values + (k - start) * width, width)
                return 0
            except (ArithmeticError, ValueError) as error:
                if not is_outside_domain(error):
                    raise
            k = self.failed + 1
            put_nan(plan, values + (k - 1 - start) * width, width)
        return 0

    cdef Py_ssize_t together(self) noexcept:
        """How many points have to be evaluated at a time, for the same bits in any division."""
        return 1

    cdef Py_ssize_t at_once(self) noexcept:
        """How many points it can make use of, if it gets so many in one go."""
        return self.together()

    cdef int follow(self, Evaluator lead) except -1:
        """Take over what another one for the same fun has learnt from its first values."""
        self.value_shape = lead.value_shape
        return 0

    cdef int account_for(self, Evaluator other) except -1:
        """Another one has evaluated for this one."""
        self.nfev = other.nfev
        self.failed = other.failed
        self.failed_count = other.failed_count
        return 0


@cython.final
cdef class Callback(Evaluator):
    """A Python callable, called once for each point."""

    def __cinit__(self):
        self.argv = self.few

    def __init__(
        self, fun, tuple args=(), dict kwargs=None, *, bint scalar=True, str name="fun",
        str x_as="array",
    ):
        self.set_up(fun, args, kwargs, scalar, name)
        if x_as != "array":
            self.wanted = LIST if x_as == "list" else ARGUMENTS
            self.lister = Lister()

    cdef int set_up(
        self, object fun, tuple args, dict kwargs, bint scalar, str name
    ) except -1:
        self.fun = fun
        self.args = args
        self.scalar = scalar
        self.name = name
        # the interpreter looks for signals inside a Python function, and nowhere else
        self.check_signals = not PyFunction_Check(fun)
        self.n_positional = 1 + len(args)
        self.keywords = NULL
        if kwargs:
            self.names = tuple(kwargs)
            self.values = tuple(kwargs.values())
            self.keywords = <PyObject*>self.names
        if args or kwargs:
            self.lay_arguments(1)
        return 0

    cdef int lay_arguments(self, Py_ssize_t first) except -1:
        """The arguments after the `first` ones, in order; argv[0] is room that a callee may use."""
        cdef Py_ssize_t i, n
        self.n_positional = first + len(self.args)
        n = self.n_positional + (len(self.values) if self.keywords else 0)
        if self.argv != self.few:
            PyMem_Free(self.argv)
            self.argv = self.few
        if n >= 8:
            self.argv = <PyObject**>PyMem_Malloc((1 + n) * sizeof(PyObject*))
            if self.argv == NULL:
                self.argv = self.few
                raise MemoryError
            self.argv[1] = NULL
        for i in range(len(self.args)):
            self.argv[1 + first + i] = <PyObject*>self.args[i]
        for i in range(n - self.n_positional):
            self.argv[1 + self.n_positional + i] = <PyObject*>self.values[i]
        return 0

    def __dealloc__(self):
        if self.argv != self.few:
            PyMem_Free(self.argv)

    cdef int begin(self, Plan plan) except -1:
        cdef Form form = NUMBER if plan.points_are_numbers else self.wanted
        if self.point_type != plan.point_type or form != self.form:
            self.point = None
            self.argv[1] = NULL
            self.point_type = plan.point_type
            self.form = form
        return 0 if self.lister is None else self.begin_form(plan)

    cdef int begin_form(self, Plan plan) except -1:
        """Get ready for lists or arguments."""
        cdef Py_ssize_t first = 1
        if self.form == ARGUMENTS:
            if plan.ndim > 1:
                raise ArgumentValueError(
                    "x_as='arguments' is for a number or an x of one axis, whose coordinates are "
                    f"the arguments of {self.name}; got x of shape {plan.shape}"
                )
            first = plan.n
        # without coordinates argv[1] is one of args, which `begin` may have taken away
        if first == 0 or self.n_positional != first + len(self.args):
            self.lay_arguments(first)
        if self.form != NUMBER:
            self.lister.begin(plan)
        return 0

    cdef int write_form(self, Plan plan, Py_ssize_t k) except -1:
        """Point k as something else than an array."""
        cdef PyObject* items
        cdef Py_ssize_t i
        if self.form == NUMBER:
            self.point = number_at(plan, k)
            self.argv[1] = <PyObject*>self.point
            return 0
        items = self.lister.at(plan, k)
        if self.form == LIST or plan.ndim == 0:
            self.argv[1] = items
            return 0
        for i in range(plan.n):
            self.argv[1 + i] = PyList_GET_ITEM(<object>items, i)
        return 0

    cdef object first(self, Plan plan):
        try:
            write_point(self, plan, 0)
            value = adopted(
                cd_call(<PyObject*>self.fun, self.argv + 1, self.n_positional, self.keywords)
            )
            array = as_values(
                self.name, value, self.may_be_complex(plan), self.expected_shape(plan)
            )
        except BaseException:
            self.nfev += 1
            self.failed = 0
            self.failed_count = 1
            raise
        self.value_shape = array.shape
        self.nfev += 1
        return needed_part(plan, 0, array).copy()

    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        cdef bint plain = (
            self.scalar and plan.value_type == cnp.NPY_DOUBLE and not plan.formula.terms.imaginary
        )
        cdef Py_ssize_t k = start
        cdef PyObject* value
        try:
            for k in range(start, stop):
                if k >= CD_LIMIT(&self.limit):
                    stop = k
                    break
                write_point(self, plan, k)
                value = cd_call(
                    <PyObject*>self.fun, self.argv + 1, self.n_positional, self.keywords
                )
                if plain and cd_is_double(value):
                    (<double*>values)[0] = PyFloat_AS_DOUBLE(value)
                    Py_DECREF(<object>value)
                elif self.scalar:
                    self.store_number(plan, k, adopted(value), values)
                else:
                    self.store_array(plan, k, adopted(value), values)
                if self.check_signals:
                    PyErr_CheckSignals()
                values += width
        except BaseException:
            self.nfev += k - start + 1
            self.failed = k
            self.failed_count = 1
            raise
        self.nfev += stop - start
        return 0

    cdef int new_point(self, Plan plan) except -1:
        """An array that nobody else has."""
        cdef cnp.ndarray array = new_array(plan.shape, plan.point_type)
        self.point_descr = <PyObject*>cnp.PyArray_DESCR(array)
        self.point_flags = cnp.PyArray_FLAGS(array)
        self.point = array
        self.argv[1] = <PyObject*>array
        return 0

    cdef inline bint may_be_complex(self, Plan plan):
        return plan.formula.terms.imaginary or self.allow_complex

    cdef int store_number(self, Plan plan, Py_ssize_t k, object value, char* row) except -1:
        """Write the number that fun returned."""
        cdef bint may_be_complex = self.may_be_complex(plan)
        cdef bint imaginary = plan.formula.terms.imaginary and k >= plan.head
        cdef double number
        if PyFloat_Check(value):
            number = 0 if imaginary else PyFloat_AS_DOUBLE(<PyObject*>value)
        elif CD_IS_FLOAT32(value):
            number = 0 if imaginary else CD_FLOAT32(value)
        elif may_be_complex and PyComplex_Check(value):
            number = PyComplex_ImagAsDouble(value) if imaginary else PyComplex_RealAsDouble(value)
        else:
            array = as_number(self.name, value, may_be_complex)
            return copy_row(needed_part(plan, k, array), row)
        if plan.value_type == cnp.NPY_LONGDOUBLE:
            (<long double*>row)[0] = number
        else:
            (<double*>row)[0] = number
        return 0

    cdef int store_array(self, Plan plan, Py_ssize_t k, object value, char* row) except -1:
        """Copy the array that fun returned."""
        if (
            cnp.PyArray_CheckExact(value)
            and cnp.PyArray_TYPE(value) == plan.value_type
            and cnp.PyArray_ISCARRAY_RO(value)
            and not plan.formula.terms.imaginary
            and value.shape == self.value_shape
        ):
            return copy_row(value, row)
        array = as_values(self.name, value, self.may_be_complex(plan), self.value_shape)
        return copy_row(needed_part(plan, k, array), row)


cdef void put_nan(Plan plan, char* row, Py_ssize_t width) noexcept:
    """A row of values that are not there."""
    cdef Py_ssize_t i
    for i in range(width // plan.value_size):
        if plan.value_type == cnp.NPY_DOUBLE:
            (<double*>row)[i] = NAN
        else:
            (<long double*>row)[i] = NAN


cdef inline object adopted(PyObject* new_reference):
    """A new reference, to be counted down where it goes out of scope."""
    owned = <object>new_reference
    Py_DECREF(owned)
    return owned


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
    values = np.imag(values) if plan.formula.terms.imaginary and k >= plan.head else np.real(values)
    return np.asarray(values, cnp.PyArray_DescrFromType(plan.value_type), order="C")


cdef inline int copy_row(cnp.ndarray array, char* row) except -1:
    memcpy(row, cnp.PyArray_DATA(array), cnp.PyArray_NBYTES(array))
    return 0


cdef int add_note(error, Evaluator evaluator, Plan plan, Py_ssize_t number) except -1:
    """Say on an exception where fun raised it: what evaluation that was, of all in this call.

    In threads others may have been made meanwhile: it is the number that it has in one thread.
    """
    cdef Py_ssize_t k = evaluator.failed
    # points of one plan, and no others: it knows how many there are
    cdef bint is_all = not plan.grows and number == k + 1 and evaluator.aside == 0
    if evaluator.failed_count:
        note_evaluation(
            error, evaluator.name, number + evaluator.aside, evaluator.failed_count,
            len(plan) if is_all else None, plan.place(k),
        )
    return 0


cdef cnp.ndarray new_array(tuple shape, int type_number):
    """An uninitialised array."""
    cdef cnp.npy_intp n
    if len(shape) == 1:
        n = shape[0]
        return cnp.PyArray_SimpleNew(1, &n, type_number)
    return np.empty(shape, cnp.PyArray_DescrFromType(type_number))
