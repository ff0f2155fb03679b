"""Compiled functions: called without the GIL, and without a Python object for each evaluation.

Two kinds, one loop: a C function that somebody points at (`Pointer`), and a function that numba has
compiled, behind a small C function made for it (`Jitted`). What fun does to the point it is given
is its own affair: the numbers are written anew for each evaluation, into memory that is ours.

`evaluate_range` needs no GIL, and of the evaluator only what does not change during a run, so
several threads may run it at once, each with a `Lane` of its own. It comes back early now and then,
for whoever called it to look for signals (Ctrl-C), by time: it reads the clock after so many
evaluations as took a fraction of a millisecond before.
"""

cimport cython
cimport numpy as cnp
from cpython.dict cimport PyDict_Next
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.pycapsule cimport (
    PyCapsule_GetContext, PyCapsule_GetName, PyCapsule_GetPointer,
)
from cpython.ref cimport PyObject
from libc.limits cimport INT_MAX
from libc.math cimport NAN
from libc.stdint cimport uintptr_t
from libc.string cimport memcpy

from ._evaluate cimport CD_LIMIT, Callback, Evaluator
from ._plan cimport Plan

import numpy as np

from ._errors import ArgumentTypeError, ArgumentValueError, FunctionValueError

cnp.import_array()

cdef extern from *:
    """
    #ifdef _WIN32
    #define WIN32_LEAN_AND_MEAN
    #define NOMINMAX
    #include <windows.h>
    static double cd_seconds(void) {
        LARGE_INTEGER now, frequency;
        QueryPerformanceCounter(&now);
        QueryPerformanceFrequency(&frequency);
        return (double)now.QuadPart / (double)frequency.QuadPart;
    }
    #else
    #include <time.h>
    static double cd_seconds(void) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec + 1e-9 * now.tv_nsec;
    }
    #endif

    /* Has fun left an exception behind? A thread may look at its own state without the GIL. */
    #if PY_VERSION_HEX >= 0x030C0000
    #define CD_HAS_RAISED(thread) ((thread)->current_exception != NULL)
    #else
    #define CD_HAS_RAISED(thread) ((thread)->curexc_type != NULL)
    #endif

    typedef double (*cd_number)(int, double *);
    typedef double (*cd_number_of_data)(int, double *, void *);
    typedef void (*cd_array)(int, double *, int, double *, void *);
    typedef int (*cd_entry)(Py_ssize_t *, void *, void **, Py_ssize_t, Py_ssize_t *, int, double *);
    """
    double cd_seconds() noexcept nogil
    bint CD_HAS_RAISED(PyThreadState*) noexcept nogil
    PyThreadState* PyThreadState_Get()
    ctypedef double (*cd_number)(int, double*) noexcept nogil
    ctypedef double (*cd_number_of_data)(int, double*, void*) noexcept nogil
    ctypedef void (*cd_array)(int, double*, int, double*, void*) noexcept nogil
    ctypedef int (*cd_entry)(
        Py_ssize_t*, void*, void**, Py_ssize_t, Py_ssize_t*, int, double*
    ) noexcept nogil

SIGNATURES = (
    "double (int, double *)",
    "double (int, double *, void *)",
    "void (int, double *, int, double *, void *)",
)

cdef enum Signature:  # places in SIGNATURES
    NUMBER
    NUMBER_OF_DATA
    ARRAY

cpdef enum Part:  # of what a jitted function returns, for `entry` of _jitted.py
    REAL           # complex values are refused
    OF_COMPLEX     # the real part
    IMAGINARY

cdef enum:
    FEW = 16   # evaluations that a run begins with, at most, until it knows how long they take
    LINE = 64  # of the cache: written anew each time, points are better not astride

cdef double GLANCE = 2.5e-4  # seconds between two looks at the clock, roughly
cdef double WHILE = 0.02     # seconds between two looks for signals


def capsule_contents(capsule):
    """Name (or None), pointer and context of a PyCapsule, as numbers."""
    cdef const char* name = PyCapsule_GetName(capsule)
    cdef void* pointer = PyCapsule_GetPointer(capsule, name)
    cdef void* context = PyCapsule_GetContext(capsule)
    text = None if name == NULL else (<bytes>name).decode("utf-8", "replace")
    return text, <uintptr_t>pointer, <uintptr_t>context


cdef extern from *:
    """
    static int cd_raise_pending(void) { return PyErr_Occurred() ? -1 : 0; }
    """
    int raise_pending "cd_raise_pending"() except -1


cdef class Compiled(Evaluator):
    """What all compiled functions have in common: the loop."""

    def __dealloc__(self):
        PyMem_Free(self.memory)

    cdef int make_room(self, Plan plan) except -1:
        """Room for a point of this plan."""
        if self.memory == NULL or self.room != plan.point_bytes:
            PyMem_Free(self.memory)
            self.memory = PyMem_Malloc(plan.point_bytes + LINE)
            if self.memory == NULL:
                raise MemoryError
            self.lane.point = <char*>self.memory + LINE - <uintptr_t>self.memory % LINE
            self.room = plan.point_bytes
            self.lane.stride = 1  # points of another size take another time
        self.lane.stride = min(self.lane.stride, FEW)  # and so may those of another run
        return 0

    cdef Outcome call(self, Plan plan, Py_ssize_t k, char* point, char* row) noexcept nogil:
        """Evaluate fun at point k, which has been written, and store what it returns."""
        return RAISED

    cdef int settle(self, Plan plan, Py_ssize_t k, Py_ssize_t count, char* row) except -1:
        """Point k, evaluation `count`, came out as it should not: raise, or write its value."""
        raise NotImplementedError

    cdef Py_ssize_t evaluate_range(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        Lane* lane,
    ) noexcept nogil:
        """Evaluate from `start` on; the number of the evaluation that is next.

        That is `stop`, or less: when it is time to look for signals, or, with an outcome that is
        not FINE, where the one before it has to be settled.
        """
        cdef Py_ssize_t k = start, pause
        cdef double began = 0, before = 0, now
        cdef char* row = values
        if stop - start > lane.stride:
            began = before = cd_seconds()
        while True:
            pause = min(stop, k + lane.stride)
            while k < pause:
                memcpy(lane.point, plan.base, plan.point_bytes)
                plan.displace(k, lane.point, plan.itemsize)
                lane.outcome = self.call(plan, k, lane.point, row)
                if lane.outcome == FINE and CD_HAS_RAISED(lane.thread):
                    lane.outcome = RAISED
                k += 1
                row += width
                if lane.outcome != FINE:
                    return k
            if k == stop:
                return k
            now = cd_seconds()
            if now - before < GLANCE / 2:
                lane.stride *= 2
            elif now - before > 2 * GLANCE:
                lane.stride = max(1, <Py_ssize_t>(lane.stride * (GLANCE / (now - before))))
            if now - began > WHILE:
                return k
            before = now

    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        cdef Py_ssize_t k = start
        self.lane.thread = PyThreadState_Get()
        try:
            while k < stop:
                with nogil:
                    k = self.evaluate_range(
                        plan, k, stop, values + (k - start) * width, width, &self.lane
                    )
                if self.lane.outcome != FINE:
                    self.settle(
                        plan, k - 1, self.nfev + k - start, values + (k - 1 - start) * width
                    )
                PyErr_CheckSignals()
                if k >= CD_LIMIT(&self.limit):
                    stop = k
        except BaseException:
            self.nfev += k - start
            self.failed = k - 1
            self.failed_count = 1
            raise
        self.nfev += stop - start
        return 0


@cython.final
cdef class Pointer(Compiled):
    """A C function of one of `SIGNATURES`. It gets x flat, as n numbers, whatever x's shape."""

    def __init__(self, fun, function not None, *, bint scalar, str name, value_shape=None):
        self.fun = fun
        self.function = function
        self.address = <void*><uintptr_t>function.address
        self.data = <void*><uintptr_t>function.data
        self.signature = function.signature
        self.scalar = scalar
        self.name = name
        if scalar and self.signature == ARRAY:
            raise ArgumentTypeError(
                f"{name} must return one number, got a C function of signature "
                f"{SIGNATURES[ARRAY]!r}; for a function that returns an array use "
                "centraldiff.jacobian"
            )
        if value_shape is not None and self.signature != ARRAY:
            raise ArgumentValueError(
                f"value_shape is for C functions of signature {SIGNATURES[ARRAY]!r}; "
                f"{name}, of {SIGNATURES[self.signature]!r}, returns one number"
            )
        self.asked_shape = value_shape

    cdef int begin(self, Plan plan) except -1:
        if plan.formula.terms.imaginary:
            raise ArgumentValueError(
                f"method='complex' needs a {self.name} that takes complex numbers, a C function "
                "takes double; use method='central'"
            )
        if plan.point_type != cnp.NPY_DOUBLE:
            raise ArgumentTypeError(
                f"{self.name} is a C function, which takes double: x must be of dtype float64, "
                f"got {cnp.PyArray_DescrFromType(plan.real_type)}"
            )
        if plan.point_bytes // plan.itemsize > INT_MAX:
            raise ArgumentValueError(
                f"x must have at most {INT_MAX} coordinates for a C function, got {plan.n}"
            )
        self.count = <int>(plan.point_bytes // plan.itemsize)
        return self.make_room(plan)

    cdef object first(self, Plan plan):
        cdef cnp.ndarray values
        shape = () if self.signature != ARRAY else self.asked_shape
        # a gradient is like x, and a number is all that a function of a number can be sure of
        expected = plan.point_shape if self.name == "grad" else plan.value_shape
        if shape is None:
            shape = expected
        if shape is None:
            raise ArgumentValueError(
                f"{self.name} is a C function that writes m values: how many only value_shape can "
                "tell, got None; give it as the shape of these values, say value_shape=3"
            )
        if expected is not None and shape != expected:
            raise FunctionValueError(
                f"{self.name} must return an array of the shape that x has, {expected}, got {shape}"
            )
        values = np.empty(shape)  # which as_shape, or begin, has found short enough for an int
        self.m = <int>cnp.PyArray_SIZE(values)
        self.value_shape = shape
        self.evaluate(plan, 0, 1, <char*>cnp.PyArray_DATA(values), cnp.PyArray_NBYTES(values))
        return values

    cdef int follow(self, Evaluator lead) except -1:
        self.value_shape = lead.value_shape
        self.m = (<Pointer>lead).m
        return 0

    cdef Outcome call(self, Plan plan, Py_ssize_t k, char* point, char* row) noexcept nogil:
        cdef double* x = <double*>point
        cdef double* out = <double*>row
        cdef int i
        if self.signature == NUMBER:
            out[0] = (<cd_number>self.address)(self.count, x)
        elif self.signature == NUMBER_OF_DATA:
            out[0] = (<cd_number_of_data>self.address)(self.count, x, self.data)
        else:
            for i in range(self.m):
                out[i] = NAN  # what fun leaves out is not what happened to be there
            (<cd_array>self.address)(self.count, x, self.m, out, self.data)
        return FINE

    cdef int settle(self, Plan plan, Py_ssize_t k, Py_ssize_t count, char* row) except -1:
        raise_pending()  # by a Cython function
        return 0


def first_overload(fun):
    """What numba compiled of fun first: another object after `fun.recompile()`, None if nothing."""
    return first_value(fun.overloads)


cdef object first_value(object items):
    """Of a dictionary. An iterator of numba's would hash signatures, which takes a microsecond."""
    cdef PyObject* key
    cdef PyObject* value
    cdef Py_ssize_t place = 0
    found = None
    with cython.critical_section(items):
        if PyDict_Next(items, &place, &key, &value):
            found = <object>value
    return found


@cython.final
cdef class Jitted(Compiled):
    """A function that numba compiles, called as C where that can be, else as Python.

    `wrapping` makes a C function for a kind of points, or says why it can't (see `_jitted.py`).
    """

    def __init__(
        self, fun, wrapping not None, tuple args=(), dict kwargs=None, *, bint scalar, str name,
    ):
        self.fun = fun
        self.wrapping = wrapping
        self.overloads = fun.overloads  # cleared and filled again by `fun.recompile()`
        self.scalar = scalar
        self.name = name
        self.plain = Callback(fun, args, kwargs, scalar=scalar, name=name)
        self.m_ndim = -1  # one number

    cdef int begin(self, Plan plan) except -1:
        cdef int ndim = -1 if plan.points_are_numbers else plan.ndim
        cdef Py_ssize_t d
        if (
            self.wrapped is None or plan.point_type != self.point_type or ndim != self.x_ndim
            or self.address != NULL and first_value(self.overloads) is not self.overload
        ):
            dtype = cnp.PyArray_DescrFromType(plan.point_type)
            self.wrapped = self.wrapping.entry(self.name, dtype, ndim)
            self.address = <void*><uintptr_t>self.wrapped.address
            self.args = <void**><uintptr_t>self.wrapped.table
            self.overload = self.wrapped.overload
            self.point_type = plan.point_type
            self.x_ndim = ndim
        for d in range(max(ndim, 0)):
            self.x_shape[d] = plan.point_shape[d]
        self.plain.begin(plan)
        return self.make_room(plan)

    cdef object first(self, Plan plan):
        """The shape of what fun returns is seen from Python: it is what numba can't tell."""
        self.hand_over(self.nfev)
        try:
            values = self.plain.first(plan)
        finally:
            self.account_for(self.plain)
        self.take_shape(self.plain.value_shape)
        return values

    cdef int follow(self, Evaluator lead) except -1:
        self.plain.follow((<Jitted>lead).plain)
        return 0 if self.scalar else self.take_shape(lead.value_shape)

    cdef int take_shape(self, tuple shape) except -1:
        cdef Py_ssize_t d
        self.value_shape = shape
        self.m_ndim = len(shape)
        for d in range(self.m_ndim):
            self.m_shape[d] = shape[d]
        return 0

    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        if self.address != NULL:
            return Compiled.evaluate(self, plan, start, stop, values, width)
        self.hand_over(self.nfev)
        try:
            self.plain.evaluate(plan, start, stop, values, width)
        finally:
            self.account_for(self.plain)
        return 0

    cdef Outcome call(self, Plan plan, Py_ssize_t k, char* point, char* row) noexcept nogil:
        cdef int part = OF_COMPLEX if self.allow_complex else REAL
        if plan.formula.terms.imaginary:
            part = IMAGINARY if k >= plan.head else OF_COMPLEX
        return <Outcome>(<cd_entry>self.address)(
            self.x_shape, point, self.args, self.m_ndim, self.m_shape, part, <double*>row
        )

    cdef int settle(self, Plan plan, Py_ssize_t k, Py_ssize_t count, char* row) except -1:
        """Python tells what it was: the exception as it should be, or what is wrong with values."""
        raise_pending()  # by parts of fun that are Python
        self.hand_over(count - 1)
        return self.plain.evaluate(plan, k, k + 1, row, 0)

    cdef int hand_over(self, Py_ssize_t nfev) except -1:
        """What the evaluator that calls fun as Python has to know."""
        self.plain.nfev = nfev
        self.plain.allow_complex = self.allow_complex
        return 0
