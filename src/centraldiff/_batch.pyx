"""Evaluation of many points at once, for functions that take an array x.shape + (k,).

Points are written in blocks: x into every column, then what the plan displaces. A block is as large
as caches like it, or as the user says, and its array is handed out again only if nobody else
holds it. One point of the first block is evaluated once more alone, which tells functions that
mix points.
"""

cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from cpython.ref cimport PyObject
from libc.math cimport INFINITY
from libc.stdint cimport int64_t
from libc.string cimport memcpy

from ._evaluate cimport CD_LIMIT, Evaluator, needed_part, new_array, put_nan
from ._fresh cimport cd_is_fresh
from ._plan cimport Plan

from ._convention import as_values_of_points, require_agreement
from ._errors import is_outside_domain

cnp.import_array()

cdef enum:
    # Bytes of points in one call. Measured: more is no faster, and from 190 kB on the temporary
    # arrays of fun are too large for the C library to keep: each then costs fresh memory.
    BLOCK = 160 << 10
    # Fewer points than that are slower than one: loops over the last axis are too short then.
    LEAST = 8


cdef inline void fill(
    char* row, const char* item, Py_ssize_t itemsize, Py_ssize_t count
) noexcept nogil:
    """One coordinate of x, the same for all points."""
    cdef Py_ssize_t j = 1, more
    cdef int64_t bits
    if itemsize == 8:
        memcpy(&bits, item, 8)
        for j in range(count):
            (<int64_t*>row)[j] = bits
        return
    memcpy(row, item, itemsize)
    while j < count:  # twice as many each time: the size of an item is not known to the compiler
        more = min(j, count - j)
        memcpy(row + j * itemsize, row, more * itemsize)
        j += more


@cython.final
cdef class Batch(Evaluator):
    """A Python callable of many points, the last axis counting them."""

    def __init__(
        self, fun, tuple args=(), dict kwargs=None, *, bint scalar=True, str name="fun", size=None
    ):
        self.fun = fun
        self.args = args
        self.kwargs = kwargs or {}
        self.scalar = scalar
        self.name = name
        self.given_size = size or 0
        self.extra = self.given_size != 1  # a look at the convention, where there are blocks

    cdef int begin(self, Plan plan) except -1:
        self.size = self.given_size or BLOCK // max(plan.point_bytes, 1)
        if not self.given_size and self.size < LEAST:
            self.size = 1
        return 0

    cdef object first(self, Plan plan):
        self.value_shape = self.expected_shape(plan)
        self.nfev += 1
        array = self.call(plan, 0, 1)
        self.value_shape = array.shape[:array.ndim - 1]
        return array[..., 0].copy()

    cdef Py_ssize_t together(self) noexcept:
        return self.size

    cdef int follow(self, Evaluator lead) except -1:
        self.value_shape = lead.value_shape
        self.extra = 0  # one look at the convention is enough
        return 0

    cdef int evaluate(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        return self.evaluate_blocks(plan, start, stop, values, width, False)

    cdef int evaluate_domain(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width
    ) except -1:
        # block by block, too: points after one that failed do not move to other blocks
        return self.evaluate_blocks(plan, start, stop, values, width, True)

    cdef int evaluate_blocks(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1:
        cdef Py_ssize_t last
        while start < min(stop, CD_LIMIT(&self.limit)):
            last = min(start + self.size, stop)
            if start < plan.head < last:
                last = plan.head  # of complex steps another part of values is needed there
            self.evaluate_block(plan, start, last, values, width, domain)
            values += (last - start) * width
            start = last
        return 0

    cdef int evaluate_block(
        self, Plan plan, Py_ssize_t start, Py_ssize_t stop, char* values, Py_ssize_t width,
        bint domain,
    ) except -1:
        """Rows of values of one block."""
        cdef Py_ssize_t middle, count = stop - start
        cdef cnp.npy_intp shape[2]
        cdef cnp.ndarray rows, array
        try:
            array = self.call(plan, start, stop)
        except BaseException as error:
            if not domain or not is_outside_domain(error):
                self.nfev += count
                raise
            array = None
        if array is None and count == 1:
            self.nfev += 1
            put_nan(plan, values, width)
            return 0
        if array is None:  # which point it is
            middle = start + count // 2
            self.evaluate_block(plan, start, middle, values, width, True)
            return self.evaluate_block(
                plan, middle, stop, values + (middle - start) * width, width, True
            )
        self.nfev += count
        if self.scalar and cnp.PyArray_ISCARRAY_RO(array):
            memcpy(values, cnp.PyArray_DATA(array), count * width)
        else:
            shape[0] = count
            shape[1] = width // plan.value_size
            rows = cnp.PyArray_SimpleNewFromData(2, shape, plan.value_type, values)
            rows[...] = array.reshape(shape[1], count).T
        if self.extra and count > 1:
            self.agree(plan, start, array)
        return 0

    cdef int agree(self, Plan plan, Py_ssize_t start, object array) except -1:
        """Has a point of a block the same value alone? One that no symmetry singles out."""
        cdef Py_ssize_t k = array.shape[array.ndim - 1], j = <Py_ssize_t>(0.382 * k)
        self.extra = 0
        if self.noise == INFINITY:
            return 0
        self.nfev += 1
        array = array.copy()  # fun may write into what it returned
        self.aside = k - j  # if it raises
        alone = self.call(plan, start + j, start + j + 1)[..., 0]
        self.aside = 1
        self.failed = start + j  # if it does not agree
        require_agreement(
            self.name, array, j, alone, plan.place(start + j), plan.n, self.noise
        )
        return 0

    cdef object call(self, Plan plan, Py_ssize_t start, Py_ssize_t stop):
        """What fun returns for some points: an array value shape + (k,), of the type of values."""
        cdef Py_ssize_t j, count = stop - start, size = plan.itemsize
        cdef Py_ssize_t stride = count * size
        cdef cnp.ndarray points = self.points_for(plan, count)
        cdef char* data = <char*>cnp.PyArray_DATA(points)
        points_shape = self.points_shape
        value_shape = () if self.scalar else (
            self.value_shape if plan.value_shape is None else plan.value_shape
        )
        if count == 1:
            memcpy(data, plan.base, plan.point_bytes)
        else:
            for j in range(plan.point_bytes // size):
                fill(data + j * stride, plan.base + j * size, size, count)
        for j in range(count):
            plan.displace(start + j, data + j * size, stride)
        try:
            value = self.fun(points, *self.args, **self.kwargs)
            PyErr_CheckSignals()
            array = as_values_of_points(
                self.name, value, plan.formula.terms.imaginary or self.allow_complex,
                points_shape, value_shape,
            )
        except BaseException:
            self.failed = start
            self.failed_count = count
            raise
        return needed_part(plan, start, array)

    cdef cnp.ndarray points_for(self, Plan plan, Py_ssize_t count):
        """An array for so many points that nobody else has."""
        cdef tuple shape = plan.point_shape + (count,)
        if (
            self.points is None or self.points_type != plan.point_type
            or shape != self.points_shape
            or not cd_is_fresh(
                <PyObject*>self.points, self.points_descr, self.points_flags, len(shape), count,
                shape,
            )
        ):
            self.points = new_array(shape, plan.point_type)
            self.points_shape = shape
            self.points_type = plan.point_type
            self.points_descr = <PyObject*>cnp.PyArray_DESCR(self.points)
            self.points_flags = cnp.PyArray_FLAGS(self.points)
        return self.points
