"""The kinds of plans: which points there are, and which kernel combines their values."""

cimport cython
cimport numpy as cnp
from libc.string cimport memcpy

from ._combine cimport (
    combine_diagonal, combine_line, combine_pairs, find_pair, longdouble, symmetrise,
)
from ._lay cimport all_within
from ._plan cimport Plan
from ._terms cimport Formula

import numpy as np

from ._plan_checks import coordinate

cnp.import_array()


cdef inline void move_to(const char* node, char* place, Py_ssize_t itemsize) noexcept nogil:
    """One coordinate becomes its node, whatever its type."""
    if itemsize == 8:
        memcpy(place, node, 8)  # one instruction, where the size is known
    else:
        memcpy(place, node, itemsize)


@cython.no_gc
cdef class AxisPlan(Plan):
    """One coordinate at a time: gradients, Jacobians, diagonals, Hessians from gradient calls."""

    def __init__(
        self, Formula formula not None, cnp.ndarray x not None, bint is_number=False,
        cnp.ndarray h=None, *,
        bint with_value=False, bint gradients=False, bint scalar=True,
    ):
        self.set_up(formula, x, is_number, h, with_value, gradients, scalar)

    cdef int set_up(
        self, Formula formula, cnp.ndarray x, bint is_number, cnp.ndarray h, bint with_value,
        bint gradients, bint scalar,
    ) except -1:
        cdef Py_ssize_t n = cnp.PyArray_SIZE(<cnp.ndarray>x)
        self.take(formula, x, is_number, n * formula.terms.s, n * formula.terms.q)
        # without coordinates x itself is the only point to learn the shape of fun's values from
        self.head = 1 if formula.needs_base or with_value or (n == 0 and not scalar) else 0
        self.unit = formula.terms.s
        self.units = n
        self.gradients = gradients
        self.value_shape = self.shape if gradients else None
        return self.lay(x, h)

    cdef bint is_within(self, const double* lower, const double* upper) noexcept:
        """Are all points of this plan in doubles within bounds, if x is?"""
        return all_within(<const double*>self.nodes, self.n, self.unit, lower, upper)

    cdef bint move(self, object x) except -1:
        """Become the plan at another x, if that is an array of this one's length and dtype.

        For plans of default steps: a step that was given need not fit another x.
        """
        if (
            not cnp.PyArray_CheckExact(x) or self.ndim != 1 or cnp.PyArray_NDIM(x) != 1
            or self.n != cnp.PyArray_SIZE(x) or cnp.PyArray_TYPE(x) != self.real_type
            or self.formula.terms.imaginary
            or not cnp.PyArray_ISCARRAY_RO(x)
        ):
            return False
        memcpy(self.base, cnp.PyArray_DATA(<cnp.ndarray>x), self.point_bytes)
        self.lay(x, None)
        return True

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        cdef Py_ssize_t node = k - self.head, s = self.unit
        assert 0 <= k < self.head + self.units * s
        if node >= 0:
            move_to(
                self.nodes + node * self.itemsize,
                point + (node >> 1 if s == 2 else node // s) * stride,  # division is slow
                self.itemsize,
            )

    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil:
        if self.gradients and self.value_type == cnp.NPY_DOUBLE:
            symmetrise(<double*>out, self.n)
        elif self.gradients:
            symmetrise(<longdouble*>out, self.n)

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        self.known(k)
        if k < self.head:
            return "at x"
        i, j = divmod(k - self.head, self.unit)
        return f"at {coordinate(self.shape, i)} {moved(self, i, j)}"


@cython.no_gc
cdef class ElementPlan(Plan):
    """One number at a time: derivatives of functions of one variable."""

    def __init__(self, Formula formula not None, cnp.ndarray x not None, cnp.ndarray h=None):
        self.take(formula, x, True, x.size * formula.terms.s, x.size * formula.terms.q)
        self.point_shape = ()
        self.point_bytes = self.itemsize
        self.unit = formula.terms.s
        self.units = x.size
        self.lay(x, h)

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        assert 0 <= k < self.units * self.unit
        move_to(self.nodes + k * self.itemsize, point, self.itemsize)

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        self.known(k)
        i, j = divmod(k, self.unit)
        return f"at {coordinate(self.shape, i)} {moved(self, i, j)}"


@cython.no_gc
cdef class LinePlan(Plan):
    """All coordinates at once, along v: directional derivatives, H v from gradient calls."""

    cdef readonly cnp.ndarray v
    cdef long double taken  # the step along v

    def __init__(
        self, Formula formula not None, cnp.ndarray x not None, bint is_number,
        cnp.ndarray v not None, cnp.ndarray h=None, *, bint gradients=False,
    ):
        cdef Py_ssize_t k
        cdef long double span
        self.take(formula, x, is_number, 0, formula.terms.q, True)
        self.head = 1 if formula.needs_base else 0
        self.unit = formula.terms.s
        self.units = 1
        self.value_shape = self.shape if gradients else None
        self.v = v
        self.lay(x, h)
        self.taken = self.lay_direction(x, v)
        for k in range(formula.terms.q):
            span = formula.terms.offsets[formula.terms.plus[k]]
            if formula.terms.minus[k] >= 0:
                span -= formula.terms.offsets[formula.terms.minus[k]]
            if self.value_type == cnp.NPY_DOUBLE:
                (<double*>self.spans_)[k] = <double>(span * self.taken)
            else:
                (<long double*>self.spans_)[k] = span * self.taken

    @property
    def steps(self):
        """The step along v, in x's dtype."""
        return self.as_value(self.number(self.taken))

    @property
    def along(self):
        """The displacement of one step along v, of x's shape."""
        return self.array_of(self.line, self.real_type)

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        assert 0 <= k < self.head + self.unit
        if k >= self.head:
            self.move_line(self.formula.terms.offsets[k - self.head], point, stride)

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        self.combine_terms(head, values, first, last, m, 1, out)

    cdef tuple result_shape(self, tuple value_shape):
        return value_shape

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        self.known(k)
        if k < self.head:
            return "at x"
        return f"at x displaced by {self.formula.terms.offsets[k - self.head]:+g} steps along v"


@cython.no_gc
cdef class PairPlan(Plan):
    """Two coordinates at a time: Hessians from values."""

    def __init__(
        self, Formula formula not None, cnp.ndarray x not None, bint is_number=False,
        cnp.ndarray h=None,
    ):
        self.set_up(formula, x, is_number, h)

    cdef int set_up(self, Formula formula, cnp.ndarray x, bint is_number, cnp.ndarray h) except -1:
        cdef Py_ssize_t n = cnp.PyArray_SIZE(<cnp.ndarray>x)
        self.take(formula, x, is_number, n * formula.terms.s, n * formula.terms.q)
        self.head = 1 + n * formula.terms.s
        self.unit = formula.terms.p
        self.units = n * (n - 1) // 2
        self.value_shape = ()
        return self.lay(x, h)

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        cdef Py_ssize_t s = self.formula.terms.s, size = self.itemsize
        cdef Py_ssize_t pair, i, j, node
        if k >= self.head:
            pair = (k - self.head) // self.unit
            node = self.formula.terms.pair_nodes[(k - self.head) % self.unit]
            find_pair(pair, self.n, &i, &j)
            assert 0 <= i < j < self.n
            move_to(self.nodes + (i * s + node) * size, point + i * stride, size)
            move_to(self.nodes + (j * s + node) * size, point + j * stride, size)
        elif k > 0:
            move_to(self.nodes + (k - 1) * size, point + (k - 1) // s * stride, size)

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        if self.value_type == cnp.NPY_DOUBLE:
            combine_pairs(
                &self.formula.terms, <const double*>head, <const double*>values, first, last,
                self.n, <const double*>self.steps_, <double*>out,
            )
        else:
            combine_pairs(
                &self.formula.terms, <const longdouble*>head, <const longdouble*>values, first,
                last, self.n, <const longdouble*>self.steps_, <longdouble*>out,
            )

    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil:
        if self.value_type == cnp.NPY_DOUBLE:
            combine_diagonal(
                &self.formula.terms, <const double*>head, self.n, <const double*>self.spans_,
                <double*>out,
            )
        else:
            combine_diagonal(
                &self.formula.terms, <const longdouble*>head, self.n,
                <const longdouble*>self.spans_, <longdouble*>out,
            )

    cdef tuple result_shape(self, tuple value_shape):
        return self.shape + self.shape

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        self.known(k)
        cdef Py_ssize_t i, j
        if k == 0:
            return "at x"
        if k < self.head:
            i, j = divmod(k - 1, self.formula.terms.s)
            return f"at {coordinate(self.shape, i)} {moved(self, i, j)}"
        pair, r = divmod(k - self.head, self.unit)
        node = self.formula.terms.pair_nodes[r]
        find_pair(pair, self.n, &i, &j)
        return (
            f"at {coordinate(self.shape, i)} {moved(self, i, node)} "
            f"and {coordinate(self.shape, j)} {moved(self, j, node)}"
        )


@cython.no_gc
cdef class LinePairPlan(Plan):
    """Each coordinate together with a direction: H v from values."""

    cdef readonly cnp.ndarray v
    cdef long double taken  # the step along v

    def __init__(
        self, Formula formula not None, cnp.ndarray x not None, bint is_number,
        cnp.ndarray v not None, cnp.ndarray h=None,
    ):
        self.take(
            formula, x, is_number, x.size * formula.terms.s, x.size * formula.terms.q, True
        )
        self.head = 1 + formula.terms.s
        self.unit = formula.terms.s + formula.terms.p
        self.units = x.size
        self.value_shape = ()
        self.v = v
        self.lay(x, h)
        self.taken = self.lay_direction(x, v)

    @property
    def t(self):
        """The step along v."""
        return self.number(self.taken)

    @property
    def along(self):
        """The displacement of one step along v, of x's shape."""
        return self.array_of(self.line, self.real_type)

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        cdef Py_ssize_t s = self.formula.terms.s, size = self.itemsize
        cdef Py_ssize_t i, r, node
        if k >= self.head:
            i = (k - self.head) // self.unit
            r = (k - self.head) % self.unit
            node = r if r < s else self.formula.terms.pair_nodes[r - s]
            assert 0 <= i < self.n and 0 <= node < s
            if r >= s:
                self.move_line(self.formula.terms.offsets[node], point, stride)
                self.move_on(i, node, point + i * stride)
            else:
                move_to(self.nodes + (i * s + node) * size, point + i * stride, size)
        elif k > 0:
            self.move_line(self.formula.terms.offsets[k - 1], point, stride)

    cdef void move_on(self, Py_ssize_t i, Py_ssize_t node, char* place) noexcept nogil:
        """Coordinate i, moved along the line already, moves along its own axis too."""
        cdef Py_ssize_t at = i * self.formula.terms.s + node
        cdef double offset = self.formula.terms.offsets[node]
        if self.real_type == cnp.NPY_DOUBLE:
            (<double*>place)[0] = (<double*>self.nodes)[at] + offset * (<double*>self.line)[i]
        elif self.real_type == cnp.NPY_FLOAT:
            (<float*>place)[0] = (<float*>self.nodes)[at] + <float>offset * (<float*>self.line)[i]
        else:
            (<long double*>place)[0] = (
                (<long double*>self.nodes)[at] + offset * (<long double*>self.line)[i]
            )

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        if self.value_type == cnp.NPY_DOUBLE:
            combine_line(
                &self.formula.terms, <const double*>head, <const double*>values, first, last,
                <const double*>self.steps_, self.taken, <double*>out,
            )
        else:
            combine_line(
                &self.formula.terms, <const longdouble*>head, <const longdouble*>values, first,
                last, <const longdouble*>self.steps_, self.taken, <longdouble*>out,
            )

    cdef tuple result_shape(self, tuple value_shape):
        return self.shape

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        self.known(k)
        if k == 0:
            return "at x"
        if k < self.head:
            return f"at x displaced by {self.formula.terms.offsets[k - 1]:+g} steps along v"
        i, r = divmod(k - self.head, self.unit)
        s = self.formula.terms.s
        node = r if r < s else self.formula.terms.pair_nodes[r - s]
        along = f" and {self.formula.terms.offsets[node]:+g} steps along v" if r >= s else ""
        return f"at {coordinate(self.shape, i)} {moved(self, i, node)}{along}"


cdef moved(Plan plan, Py_ssize_t i, Py_ssize_t node):
    """How a message names the displacement of a coordinate."""
    step = float(np.ravel(plan.steps)[i]) * plan.formula.terms.offsets[node]
    return f"displaced by {step:+.3g}{'i' if plan.formula.terms.imaginary else ''}"
