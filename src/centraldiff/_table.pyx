"""A plan whose points are listed: for methods that find out as they go where fun is needed.

Each point is x with at most two coordinates displaced, or x moved along a line (one of a few that
the plan holds), and then one coordinate. A coordinate is given as what it becomes, its node, not as
how far it moves: so it is checked against bounds before, and is exactly that when fun sees it. (Of
complex points, whose real part stays x, the node is the imaginary part.) The list can be emptied
and filled again; once it has grown it needs no new memory.
"""

cimport cython
cimport numpy as cnp
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from libc.string cimport memcpy, memset

from ._lay cimport move_along
from ._plan cimport Plan
from ._terms cimport Formula

import numpy as np

from ._plan_checks import coordinate, table_columns

cnp.import_array()


@cython.no_gc
cdef class TablePlan(Plan):
    """Listed points; what their values amount to is up to whoever lists them.

    lines: array (L, *x.shape), directions that points may be moved along. With `elements` fun
    takes one number at a time, and the table says which element of x becomes which number.
    """

    def __init__(
        self, Formula formula not None, cnp.ndarray x not None, bint is_number=False, *,
        bint elements=False, cnp.ndarray lines=None,
    ):
        self.set_table(formula, x, is_number, elements, lines)

    cdef int set_table(
        self, Formula formula, cnp.ndarray x, bint is_number, bint elements, cnp.ndarray lines
    ) except -1:
        self.take(formula, x, is_number or elements, 0, 0)
        memset(self.steps_, 0, self.n * self.value_size)
        self.units = 1
        self.spread = 1
        if elements:
            self.point_shape = ()
            self.point_bytes = self.itemsize
            self.spread = 0
        if lines is not None:
            self.n_lines = cnp.PyArray_DIM(lines, 0)
            rows = np.ascontiguousarray(lines, cnp.PyArray_DescrFromType(self.real_type))
            self.lines_ = <char*>PyMem_Malloc(cnp.PyArray_NBYTES(rows))
            if self.lines_ == NULL:
                raise MemoryError
            memcpy(self.lines_, cnp.PyArray_DATA(<cnp.ndarray>rows), cnp.PyArray_NBYTES(rows))
        return 0

    def __dealloc__(self):
        PyMem_Free(self.entries)
        PyMem_Free(self.lines_)

    cdef void clear(self) noexcept:
        """No points; the memory stays."""
        self.unit = 0

    cdef int add(self, Py_ssize_t i, long double a, Py_ssize_t j, long double b) except -1:
        """One more point: x with coordinate i at a and coordinate j at b.

        i, j may be NONE; i may be ALONG - l: x moved by a times line l (before j is set to b).
        """
        if self.unit == self.capacity:
            self.grow(max(16, 2 * self.capacity))
        assert ALONG - self.n_lines < i < self.n and NONE <= j < self.n and (j < 0 or i != j)
        cdef Entry* entry = self.entries + self.unit
        entry.i = i
        entry.j = j
        self.put(i, a, &entry.a)
        self.put(j, b, &entry.b)
        self.unit += 1
        return 0

    cdef void put(self, Py_ssize_t i, long double number, Node* node) noexcept:
        cdef bint imaginary = self.formula.terms.imaginary
        cdef long double here = self.base_of(i) if imaginary and i >= 0 else 0
        if i <= ALONG:
            node.d[0] = <double>number
        elif self.real_type == cnp.NPY_DOUBLE:
            node.d[0], node.d[imaginary] = <double>here, <double>number
        elif self.real_type == cnp.NPY_FLOAT:
            node.f[0], node.f[imaginary] = <float>here, <float>number
        else:
            node.g[0], node.g[imaginary] = here, number

    cdef long double base_of(self, Py_ssize_t i) noexcept:
        """The real part of coordinate i of x."""
        cdef const char* item = self.base + i * self.itemsize
        if self.real_type == cnp.NPY_DOUBLE:
            return (<const double*>item)[0]
        if self.real_type == cnp.NPY_FLOAT:
            return (<const float*>item)[0]
        return (<const long double*>item)[0]

    cdef int grow(self, Py_ssize_t capacity) except -1:
        memory = <Entry*>PyMem_Realloc(self.entries, capacity * sizeof(Entry))
        if memory == NULL:
            raise MemoryError
        self.entries = memory
        self.capacity = capacity
        return 0

    def restart(self):
        """No points; the memory stays. There will be more."""
        self.grows = True
        self.clear()

    def extend(self, i, a, j=None, b=None):
        """More points: arrays of coordinates and nodes, as `add` takes them one by one."""
        self.require()
        columns = table_columns(
            i, a, NONE if j is None else j, 0 if b is None else b, ALONG - self.n_lines + 1, self.n
        )
        cdef const Py_ssize_t[::1] i_view = columns[0], j_view = columns[2]
        cdef const long double[::1] a_view = columns[1], b_view = columns[3]
        cdef Py_ssize_t k
        for k in range(i_view.shape[0]):
            self.add(i_view[k], a_view[k], j_view[k], b_view[k])

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        cdef const Entry* entry = self.entries + k
        cdef Py_ssize_t size = self.itemsize
        assert 0 <= k < self.head + self.unit
        if entry.i >= 0:
            memcpy(point + entry.i * stride * self.spread, &entry.a, size)
        elif entry.i <= ALONG:
            self.move_on_line(ALONG - entry.i, entry.a.d[0], point, stride)
        if entry.j >= 0:
            memcpy(point + entry.j * stride * self.spread, &entry.b, size)

    cdef void move_on_line(
        self, Py_ssize_t which, double t, char* point, Py_ssize_t stride
    ) noexcept nogil:
        cdef const char* line = self.lines_ + which * self.n * self.itemsize
        if self.real_type == cnp.NPY_DOUBLE:
            move_along(
                &self.formula.terms, <const double*>self.base, <const double*>line, t, self.n,
                point, stride,
            )
        elif self.real_type == cnp.NPY_FLOAT:
            move_along(
                &self.formula.terms, <const float*>self.base, <const float*>line, t, self.n,
                point, stride,
            )
        else:
            move_along(
                &self.formula.terms, <const long double*>self.base, <const long double*>line, t,
                self.n, point, stride,
            )

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        """Nothing: all that a run of a table gives is values."""

    cdef tuple result_shape(self, tuple value_shape):
        return (0,)

    def combine(self, values):
        """A table alone knows no derivative."""
        raise TypeError("a table of points has no derivative of its own")

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        self.known(k)
        cdef const Entry* entry = self.entries + k
        words = []
        if entry.i <= ALONG:
            words.append(f"x displaced by {entry.a.d[0]:+g} steps along v")
        elif entry.i >= 0:
            words.append(self.moved_to(entry.i, &entry.a))
        if entry.j >= 0:
            words.append(self.moved_to(entry.j, &entry.b))
        return f"at {' and '.join(words) or 'x'}"

    cdef object moved_to(self, Py_ssize_t i, const Node* node):
        """How a message names a coordinate that is displaced."""
        cdef bint imaginary = self.formula.terms.imaginary
        cdef long double there
        if self.real_type == cnp.NPY_DOUBLE:
            there = node.d[imaginary]
        elif self.real_type == cnp.NPY_FLOAT:
            there = node.f[imaginary]
        else:
            there = node.g[imaginary]
        step = <double>(there if imaginary else there - self.base_of(i))
        return f"{coordinate(self.shape, i)} displaced by {step:+.3g}{'i' if imaginary else ''}"
