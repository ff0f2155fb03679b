# cython: binding=True
"""Plans: where fun is needed. A plan knows no fun, and stores no dense (points, n) matrix.

    len(plan) points = head points, whose values are kept, then `units` times `unit` points,
    each unit deciding one column or one entry of the result alone.

    plan          head                       a unit                         the result
    AxisPlan      x (where needed)           one coordinate, s nodes        value shape + x.shape
    ElementPlan   -                          one number, s nodes            value shape + x.shape
    LinePlan      x (where needed)           a direction, s nodes           value shape
    PairPlan      x, all axes                two coordinates at once        x.shape + x.shape
    LinePairPlan  x, the direction           one axis, and it + direction   x.shape

Point k is written into a buffer that holds x (`displace`): few numbers move, whatever n is. What a
displaced coordinate becomes, its node, is laid out once in x's own dtype; from then on nodes are
moved as items of so many bytes, so that one code serves every dtype. Steps and spans, by which the
combination divides, are differences of numbers as they were stored, after rounding.
"""

cimport cython
cimport numpy as cnp
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.string cimport memcpy

from ._combine cimport combine_axis, longdouble
from ._lay cimport lay_axes, lay_line, move_along
from ._terms cimport Formula

import numpy as np

from ._errors import ArgumentValueError
from ._plan_checks import checked_range, checked_values, coordinate, no_step

cnp.import_array()


@cython.no_gc
cdef class Plan:
    """Where fun is needed, and what its values there amount to.

    ``len(plan)`` is the exact number of evaluations, ``plan.points(start, stop)`` gives the points
    themselves, ``plan.combine(values)`` the derivative. Made by `gradient_plan` and `hessian_plan`.
    """

    def __init__(self):
        raise TypeError("plans are made by gradient_plan, hessian_plan, and prepared objects")

    def __dealloc__(self):
        PyMem_Free(self.steps_)  # the start of the block

    cdef int require(self) except -1:
        """What __new__ alone leaves behind is no plan, and has no memory to read."""
        if self.steps_ == NULL:
            raise TypeError("this plan has not been initialised")
        return 0

    def __len__(self):
        return self.head + self.units * self.unit

    def __repr__(self):
        return f"<{type(self).__name__} of {len(self)} points, x of shape {self.shape}>"

    @property
    def x(self):
        """The point itself: a copy, of x's shape, in the dtype of the points."""
        return self.array_of(self.base, self.point_type)

    @property
    def steps(self):
        """The step of each coordinate as it was taken, of x's shape and dtype."""
        return self.axis_steps

    @property
    def axis_steps(self):
        """The same, also where the plan takes one step along a line."""
        return self.as_result(self.array_of(<char*>self.steps_, self.value_type))

    @property
    def spans(self):
        """What the terms of each unit (one row, or one for each coordinate) are divided by."""
        self.require()
        cdef Py_ssize_t q = self.formula.terms.q
        cdef cnp.ndarray array = np.empty(
            (self.n_spans // q, q), cnp.PyArray_DescrFromType(self.value_type)
        )
        memcpy(cnp.PyArray_DATA(array), self.spans_, cnp.PyArray_NBYTES(array))
        return array

    def points(self, start=0, stop=None):
        """Where fun is needed: the points themselves, all of them or some.

        Parameters
        ----------
        start, stop : int, optional
            The first one, and the one after the last.

        Returns
        -------
        ndarray
            Of shape (stop - start,) + x.shape.

        Raises
        ------
        ValueError
            There are no such points.
        """
        self.require()
        cdef Py_ssize_t first, last, k
        cdef char* row
        first, last = checked_range(start, stop, len(self))
        points = np.empty(
            (last - first, *self.point_shape), cnp.PyArray_DescrFromType(self.point_type)
        )
        row = <char*>cnp.PyArray_DATA(points)
        for k in range(first, last):
            memcpy(row, self.base, self.point_bytes)
            self.displace(k, row, self.itemsize)
            row += self.point_bytes
        return points

    def combine(self, values):
        """The derivative out of the values at all points.

        Parameters
        ----------
        values : array_like
            Of shape (len(plan),) + the shape that fun returns.

        Returns
        -------
        ndarray or scalar
            What the operator returns that the plan is for.

        Raises
        ------
        ValueError, TypeError
            Values of another shape, or that are not real numbers.
        """
        self.require()
        array = checked_values(
            values, len(self), self.value_shape, head=self.head,
            imaginary=self.formula.terms.imaginary,
        )
        cdef cnp.ndarray rows = np.ascontiguousarray(
            array, cnp.PyArray_DescrFromType(self.value_type)
        )
        cdef tuple value_shape = array.shape[1:]
        cdef Py_ssize_t m = 1
        cdef char* data = <char*>cnp.PyArray_DATA(rows)
        cdef cnp.ndarray out = np.empty(
            self.result_shape(value_shape), cnp.PyArray_DescrFromType(self.value_type)
        )
        for length in value_shape:
            m *= length  # not out of rows, which may be none
        self.combine_units(
            data, data + self.head * m * self.value_size, 0, self.units, m, cnp.PyArray_DATA(out)
        )
        self.finish(data, m, cnp.PyArray_DATA(out))
        return self.as_result(out)

    def entry_place(self, Py_ssize_t k, tuple shape):
        """The index of entry k of a result of that shape."""
        return tuple(int(i) for i in np.unravel_index(k, shape))

    @property
    def is_sparse(self):
        """Whether the result is the entries of a pattern."""
        return False

    def times(self, derivative, v):
        """A derivative times v (n), and what the sizes of its terms add up to, for each row."""
        matrix = np.reshape(derivative, (-1, v.size))
        sizes = np.empty(len(matrix), matrix.dtype)
        for i, row in enumerate(matrix):  # no second matrix
            sizes[i] = np.abs(row) @ np.abs(v)
        return matrix @ v, sizes

    cdef object number(self, long double number):
        """A number of the type that values are combined in."""
        cdef cnp.ndarray array = np.empty((), cnp.PyArray_DescrFromType(self.value_type))
        if self.value_type == cnp.NPY_LONGDOUBLE:
            (<long double*>cnp.PyArray_DATA(array))[0] = number
        else:
            (<double*>cnp.PyArray_DATA(array))[0] = <double>number
        return array[()]

    cdef int known(self, Py_ssize_t k) except -1:
        """Is there a point k?"""
        if not 0 <= k < len(self):
            raise ArgumentValueError(f"k must be from 0 to {len(self) - 1}, got {k}")
        return 0

    cdef object array_of(self, char* items, int type_number):
        self.require()
        cdef cnp.ndarray array = np.empty(self.shape, cnp.PyArray_DescrFromType(type_number))
        memcpy(cnp.PyArray_DATA(array), items, cnp.PyArray_NBYTES(array))
        return array

    def as_value(self, value):
        """A value of fun as the caller gets it: in x's dtype."""
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(value).astype(cnp.PyArray_DescrFromType(self.real_type))[()]

    cdef object as_result(self, object out):
        """What the caller gets: x's dtype, a scalar where there are no axes."""
        if self.value_type != self.real_type:
            with np.errstate(over="ignore", under="ignore"):
                out = out.astype(cnp.PyArray_DescrFromType(self.real_type))
        return out if out.ndim else out[()]

    cdef int take(
        self, Formula formula, cnp.ndarray x, bint is_number, Py_ssize_t n_nodes,
        Py_ssize_t n_spans, bint on_line=False,
    ) except -1:
        """Take formula and x over, with one block of memory for all that depends on x.

        Steps, spans, x, nodes, the displacement of a line: the widest type comes first, so that
        nothing after it is out of alignment.
        """
        if self.steps_ != NULL:
            raise TypeError("a plan is set up once")
        self.formula = formula
        self.fewest = 16  # neighbouring columns of a result share lines of the cache
        self.ndim = cnp.PyArray_NDIM(x)
        self.n = cnp.PyArray_SIZE(x)
        self.shape = (self.n,) if self.ndim == 1 else (<object>x).shape
        self.point_shape = self.shape
        self.points_are_numbers = is_number
        self.n_nodes = n_nodes
        self.n_spans = n_spans
        self.real_type = self.point_type = cnp.PyArray_TYPE(x)
        self.value_type = cnp.NPY_DOUBLE
        self.value_size = sizeof(double)
        if self.real_type == cnp.NPY_LONGDOUBLE:
            self.value_type = cnp.NPY_LONGDOUBLE
            self.value_size = sizeof(long double)
        self.itemsize = cnp.PyArray_ITEMSIZE(x)
        if formula.terms.imaginary:
            self.itemsize *= 2
            self.point_type += cnp.NPY_CFLOAT - cnp.NPY_FLOAT
        self.point_bytes = self.n * self.itemsize
        self.steps_ = PyMem_Malloc(
            (self.n + n_spans) * self.value_size
            + ((1 + on_line) * self.n + n_nodes) * self.itemsize
        )
        if self.steps_ == NULL:
            raise MemoryError
        self.spans_ = <char*>self.steps_ + self.n * self.value_size
        self.base = <char*>self.spans_ + n_spans * self.value_size
        self.nodes = self.base + self.point_bytes
        self.line = self.nodes + n_nodes * self.itemsize
        points = x
        if formula.terms.imaginary:
            points = x.astype(cnp.PyArray_DescrFromType(self.point_type))
        memcpy(self.base, cnp.PyArray_DATA(<cnp.ndarray>points), self.point_bytes)
        return 0

    cdef int lay(self, cnp.ndarray x, cnp.ndarray h) except -1:
        """Steps, and where there is room for them nodes and spans; `h` None means default steps."""
        cdef void* point = cnp.PyArray_DATA(x)
        cdef void* given = NULL if h is None else cnp.PyArray_DATA(h)
        cdef char* nodes = self.nodes if self.n_nodes else NULL
        cdef Py_ssize_t laid
        if self.real_type == cnp.NPY_DOUBLE:
            laid = lay_axes(
                &self.formula.terms, <const double*>point, <const double*>given, self.n,
                self.steps_, self.spans_, <double*>nodes,
            )
        elif self.real_type == cnp.NPY_FLOAT:
            laid = lay_axes(
                &self.formula.terms, <const float*>point, <const float*>given, self.n,
                self.steps_, self.spans_, <float*>nodes,
            )
        else:
            laid = lay_axes(
                &self.formula.terms, <const long double*>point, <const long double*>given, self.n,
                self.steps_, self.spans_, <long double*>nodes,
            )
        if laid < self.n:
            raise no_step(
                coordinate(self.shape, laid), (<object>x).flat[laid],
                None if h is None else (<object>h).flat[laid], self.formula.terms.farthest,
            )
        return 0

    cdef long double lay_direction(self, cnp.ndarray x, cnp.ndarray v) except -1:
        """The line that fun is evaluated on; v times what it is."""
        cdef void* point = cnp.PyArray_DATA(x)
        cdef void* along = cnp.PyArray_DATA(v)
        cdef long double t
        if self.real_type == cnp.NPY_DOUBLE:
            t = lay_line(
                &self.formula.terms, <const double*>point, <const double*>along, self.n,
                self.steps_, <double*>self.line, &self.bend,
            )
        elif self.real_type == cnp.NPY_FLOAT:
            t = lay_line(
                &self.formula.terms, <const float*>point, <const float*>along, self.n,
                self.steps_, <float*>self.line, &self.bend,
            )
        else:
            t = lay_line(
                &self.formula.terms, <const long double*>point, <const long double*>along,
                self.n, self.steps_, <long double*>self.line, &self.bend,
            )
        if t < 0:
            raise ArgumentValueError(
                "the step along v is lost in rounding for the large coordinates of x, where it "
                "has to be short for the small ones; scale x, or give typical_x or abs_step"
            )
        return t

    cdef void move_line(self, double offset, char* point, Py_ssize_t stride) noexcept nogil:
        """point = x + offset * line."""
        if self.real_type == cnp.NPY_DOUBLE:
            move_along(
                &self.formula.terms, <const double*>self.base, <const double*>self.line, offset,
                self.n, point, stride,
            )
        elif self.real_type == cnp.NPY_FLOAT:
            move_along(
                &self.formula.terms, <const float*>self.base, <const float*>self.line, offset,
                self.n, point, stride,
            )
        else:
            move_along(
                &self.formula.terms, <const long double*>self.base,
                <const long double*>self.line, offset, self.n, point, stride,
            )

    cdef void combine_terms(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, Py_ssize_t n, void* out,
    ) noexcept nogil:
        """combine_axis with this plan's formula, for a result of n columns."""
        if self.value_type == cnp.NPY_DOUBLE:
            combine_axis(
                &self.formula.terms, <const double*>head, <const double*>values, first, last,
                m, n, <const double*>self.spans_, <double*>out,
            )
        else:
            combine_axis(
                &self.formula.terms, <const longdouble*>head, <const longdouble*>values, first,
                last, m, n, <const longdouble*>self.spans_, <longdouble*>out,
            )

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        """Write point k into a buffer that holds x, its coordinates `stride` bytes apart."""

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        """Write what the units first to last decide into `out`; `values` are theirs alone."""
        self.combine_terms(head, values, first, last, m, self.n, out)

    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil:
        """Complete `out`, once all units are in."""

    cdef tuple result_shape(self, tuple value_shape):
        """Shape of the result, where fun returns arrays of `value_shape`."""
        return value_shape + self.shape
