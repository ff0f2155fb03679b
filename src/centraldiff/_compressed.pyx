"""Plans for derivatives whose zeros are known: many coordinates are displaced at a time.

Columns of a Jacobian that no output has in common are displaced together, as a *group*: each value
belongs to one of them. So a Jacobian takes as many units as there are groups (colours), whatever
the number of columns; entries are read from values, and the result is the array of all entries, in
the order of the pattern (CSR).

    plan        head            a unit                      the result
    ColorPlan   x, if needed    one group at its nodes      entries of a Jacobian, or of a Hessian
                                                            from gradient calls
    BlendPlan   x, all groups   two groups at their nodes   entries of a Hessian from values, or
                                                            from terms whose sum is the function

Near bounds each column has a *side*: its own formula, or one on one side of x with as many nodes.
(In a BlendPlan all columns have the same formula, and differ in its direction only.) Nodes are not
stored, so that a plan needs three or four vectors.
"""

cimport cython
cimport numpy as cnp
from libc.limits cimport INT_MAX
from libc.string cimport memcpy

from ._combine cimport (
    combine_blend, combine_blend_diagonal, combine_colors, longdouble,
    symmetrise_entries,
)
from ._lay cimport lay_moves, move_columns
from ._plan cimport Plan
from ._terms cimport Formula

from types import MappingProxyType

import numpy as np

from ._errors import ArgumentValueError, FunctionValueError
from ._plan_checks import coordinate

cnp.import_array()


@cython.internal
cdef class Owner:
    """What kernels read behind pointers; in `arrays` Python may see it, and not change it."""

    def __cinit__(self):
        self.owned = {}
        self.arrays = MappingProxyType(self.owned)

    cdef int once(self) except -1:
        """Plans hold pointers into what there is."""
        if self.owned:
            raise TypeError("groups and blends are set up once")
        return 0

    cdef int own(self, str name, object array, const int** pointer) except -1:
        """The numbers of an array as C ints, which stay where they are."""
        array = np.asarray(array)
        if array.dtype != np.intc and array.size and array.max() > INT_MAX:
            raise ArgumentValueError(
                f"sparsity leads to more than {INT_MAX} entries, which are not numbered here"
            )
        self.owned[name] = kept = np.ascontiguousarray(array, np.intc)
        kept.flags.writeable = False
        pointer[0] = <const int*>cnp.PyArray_DATA(<cnp.ndarray>kept)
        return 0


@cython.final
cdef class Groups(Owner):
    """Columns of a pattern in groups, and which entries are read from which group.

    colors (n); by_color: starts (p + 1) and entries, group by group. For symmetric patterns also
    mirror and readable (entries of the pattern), and where entries can't be read directly the order
    of elimination, with what has to be taken out of each: elimination, other_start, others.
    """

    def __init__(
        self, pattern, colors, starts, entries, *, mirror=None, readable=None, elimination=None,
    ):
        self.once()
        self.pattern = pattern
        self.p = self.c.p = len(starts) - 1
        colors = np.asarray(colors)
        self.own("color", colors, &self.c.color)
        self.own("columns", np.argsort(colors, kind="stable"), &self.c.columns)
        starts_of_colors = np.searchsorted(np.sort(colors), np.arange(self.p + 1))
        self.own("column_start", starts_of_colors, &self.c.column_start)
        self.own("entry_start", starts, &self.c.entry_start)
        self.own("entries", entries, &self.c.entries)
        self.own("row", pattern.rows(), &self.c.row)
        self.own("column", pattern.indices, &self.c.column)
        if mirror is not None:
            self.own("mirror", mirror, &self.c.mirror)
            self.owned["readable"] = readable = np.ascontiguousarray(readable, np.uint8)
            readable.flags.writeable = False
            self.c.readable = <const unsigned char*>cnp.PyArray_DATA(<cnp.ndarray>readable)
        if elimination is not None:
            order, other_start, others = elimination
            self.c.eliminated = len(order)
            self.own("elimination", order, &self.c.elimination)
            self.own("other_start", other_start, &self.c.other_start)
            self.own("others", others, &self.c.others)


@cython.final
cdef class Blends(Owner):
    """What second derivatives are made of: for each pair of groups the parts that it decides.

    pattern: of the result. pairs: arrays a, b (pairs of groups) and start; parts: row, i, j, entry,
    sorted by pair and entry; diagonal: row, column, entry, sorted by entry.
    """

    def __init__(self, pattern, mirror, pairs, parts, diagonal):
        self.once()
        self.pattern = pattern
        self.own("mirror", mirror, &self.b.mirror)
        a, b, start = pairs
        self.b.pairs = len(a)
        self.own("a", a, &self.b.a)
        self.own("b", b, &self.b.b)
        self.own("start", start, &self.b.start)
        row, i, j, entry = parts
        self.own("row", row, &self.b.row)
        self.own("i", i, &self.b.i)
        self.own("j", j, &self.b.j)
        self.own("entry", entry, &self.b.entry)
        row, column, entry = diagonal
        self.b.diagonals = len(row)
        self.own("diagonal_row", row, &self.b.diagonal_row)
        self.own("diagonal_column", column, &self.b.diagonal_column)
        self.own("diagonal_entry", entry, &self.b.diagonal_entry)


@cython.no_gc
cdef class ColorPlan(Plan):
    """One group of columns at a time: sparse Jacobians, sparse Hessians from gradient calls."""

    def __init__(
        self, Formula formula not None, cnp.ndarray x not None, bint is_number, cnp.ndarray h,
        Groups groups not None, *, bint with_value=False, bint gradients=False,
        Formula near=None, sides=None,
    ):
        cdef Py_ssize_t width = formula.terms.q if near is None else max(
            formula.terms.q, near.terms.q
        )
        self.set_groups(formula, x, is_number, h, groups, near, sides, width)
        one_sided = near is not None and near.needs_base and sides is not None
        # without groups x itself is the only point to learn the shape of fun's values from
        self.head = 1 if formula.needs_base or one_sided or with_value or groups.p == 0 else 0
        self.unit = formula.terms.s
        self.units = groups.p
        self.fewest = 1
        self.gradients = gradients
        self.value_shape = self.shape if gradients else None
        self.lay_spans(x)

    cdef int set_groups(
        self, Formula formula, cnp.ndarray x, bint is_number, cnp.ndarray h, Groups groups,
        Formula near, object sides, Py_ssize_t width,
    ) except -1:
        """sides: None, or the Side of each column and its step, 0 where there is none."""
        if groups.pattern is None or groups.pattern.shape[1] != cnp.PyArray_SIZE(x):
            raise ArgumentValueError(f"the groups are not those of {cnp.PyArray_SIZE(x)} columns")
        self.take(formula, x, is_number, 0, cnp.PyArray_SIZE(x) * width)
        self.groups = groups
        self.width = width
        self.near = formula if near is None else near
        self.lay(x, h)
        if sides is not None:
            side, steps = sides
            self.sides = np.ascontiguousarray(side, np.int8)
            self.sides.flags.writeable = False
            self.side = <const signed char*>cnp.PyArray_DATA(<cnp.ndarray>self.sides)
            taken = np.ascontiguousarray(steps, cnp.PyArray_DescrFromType(self.value_type))
            memcpy(self.steps_, cnp.PyArray_DATA(<cnp.ndarray>taken), self.n * self.value_size)
        return 0

    cdef int lay_spans(self, cnp.ndarray x) except -1:
        cdef void* point = cnp.PyArray_DATA(x)
        if self.real_type == cnp.NPY_DOUBLE:
            lay_moves(
                &self.formula.terms, &self.near.terms, self.side, <const double*>point, self.n,
                self.steps_, self.width, self.spans_,
            )
        elif self.real_type == cnp.NPY_FLOAT:
            lay_moves(
                &self.formula.terms, &self.near.terms, self.side, <const float*>point, self.n,
                self.steps_, self.width, self.spans_,
            )
        else:
            lay_moves(
                &self.formula.terms, &self.near.terms, self.side, <const long double*>point,
                self.n, self.steps_, self.width, self.spans_,
            )
        return 0

    @property
    def spans(self):
        """What the terms of each column (a row) are divided by."""
        self.require()
        cdef cnp.ndarray array = np.empty(
            (self.n, self.width), cnp.PyArray_DescrFromType(self.value_type)
        )
        memcpy(cnp.PyArray_DATA(array), self.spans_, cnp.PyArray_NBYTES(array))
        return array

    cdef void move_group(
        self, Py_ssize_t group, Py_ssize_t node, char* point, Py_ssize_t stride
    ) noexcept nogil:
        """All columns of a group become their nodes."""
        cdef const Colors* c = &self.groups.c
        cdef const int* columns = c.columns + c.column_start[group]
        cdef Py_ssize_t count = c.column_start[group + 1] - c.column_start[group]
        assert 0 <= group < c.p and 0 <= node < self.formula.terms.s
        if self.real_type == cnp.NPY_DOUBLE:
            move_columns(
                &self.formula.terms, &self.near.terms, self.side, <const double*>self.base,
                self.steps_, columns, count, node, point, stride,
            )
        elif self.real_type == cnp.NPY_FLOAT:
            move_columns(
                &self.formula.terms, &self.near.terms, self.side, <const float*>self.base,
                self.steps_, columns, count, node, point, stride,
            )
        else:
            move_columns(
                &self.formula.terms, &self.near.terms, self.side, <const long double*>self.base,
                self.steps_, columns, count, node, point, stride,
            )

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        k -= self.head
        if k >= 0:
            self.move_group(k // self.unit, k % self.unit, point, stride)

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        if self.value_type == cnp.NPY_DOUBLE:
            combine_colors(
                &self.formula.terms, &self.near.terms, self.side, &self.groups.c, self.gradients,
                <const double*>head, <const double*>values, first, last, m,
                <const double*>self.spans_, self.width, <double*>out,
            )
        else:
            combine_colors(
                &self.formula.terms, &self.near.terms, self.side, &self.groups.c, self.gradients,
                <const longdouble*>head, <const longdouble*>values, first, last, m,
                <const longdouble*>self.spans_, self.width, <longdouble*>out,
            )

    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil:
        if self.groups.c.mirror == NULL:
            return
        if self.value_type == cnp.NPY_DOUBLE:
            symmetrise_entries(&self.groups.c, <const double*>self.steps_, <double*>out)
        else:
            symmetrise_entries(&self.groups.c, <const longdouble*>self.steps_, <longdouble*>out)

    cdef tuple result_shape(self, tuple value_shape):
        cdef Py_ssize_t rows = self.groups.pattern.shape[0]
        cdef Py_ssize_t m = 1
        for length in value_shape:
            m *= length
        if m != rows:
            raise FunctionValueError(
                f"sparsity has shape {self.groups.pattern.shape}, so fun must return {rows} "
                f"values, got {m}, of shape {value_shape}"
            )
        return (self.groups.pattern.nnz,)

    def combine(self, values):
        """The sparse derivative out of all values: an array (len(plan),) + what fun returns."""
        from ._pattern import as_csr  # which few need

        return as_csr(self.result_pattern, Plan.combine(self, values))

    @property
    def result_pattern(self):
        """The pattern of the result."""
        self.require()
        return self.groups.pattern

    @property
    def is_sparse(self):
        """Whether the result is the entries of a pattern."""
        return True

    def times(self, entries, v):
        """A sparse derivative times v (n), and what the sizes of its terms add up to."""
        from ._entries import column_sums  # which few need

        pattern = self.result_pattern
        rows, parts = pattern.rows(), entries * v[pattern.indices]
        m = pattern.shape[0]
        return column_sums(parts, rows, m), column_sums(np.abs(parts), rows, m)

    def entry_place(self, Py_ssize_t k, tuple shape):
        """Row and column of an entry of the result."""
        pattern = self.result_pattern
        return int(np.searchsorted(pattern.indptr, k, "right")) - 1, int(pattern.indices[k])

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        self.known(k)
        if k < self.head:
            return "at x"
        return f"at x displaced in {self.group_words((k - self.head) // self.unit)}"

    def group_words(self, Py_ssize_t group):
        """How a message names a group."""
        columns = self.groups.arrays["columns"][
            self.groups.c.column_start[group]:self.groups.c.column_start[group + 1]
        ]
        first = ", ".join(coordinate(self.shape, i) for i in columns[:3])
        return first if len(columns) <= 3 else f"{first} and {len(columns) - 3} more"


@cython.no_gc
cdef class BlendPlan(ColorPlan):
    """Two groups of columns at a time: sparse Hessians from values, or from terms of a sum."""

    def __init__(
        self, Formula formula not None, cnp.ndarray x not None, bint is_number, cnp.ndarray h,
        Groups groups not None, Blends blends not None, *, bint scalar=True, sides=None,
    ):
        self.set_groups(formula, x, is_number, h, groups, None, sides, 0)
        self.blends = blends
        self.head = 1 + groups.p * formula.terms.s
        self.unit = formula.terms.p
        self.units = blends.b.pairs
        self.fewest = 1
        self.value_shape = () if scalar else None

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        cdef Py_ssize_t pair, node
        if k >= self.head:
            pair = (k - self.head) // self.unit
            node = self.formula.terms.pair_nodes[(k - self.head) % self.unit]
            self.move_group(self.blends.b.a[pair], node, point, stride)
            self.move_group(self.blends.b.b[pair], node, point, stride)
        elif k > 0:
            self.move_group(
                (k - 1) // self.formula.terms.s, (k - 1) % self.formula.terms.s, point, stride
            )

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        if self.value_type == cnp.NPY_DOUBLE:
            combine_blend(
                &self.formula.terms, self.side, &self.blends.b, &self.groups.c,
                <const double*>head, <const double*>values, first, last, m,
                <const double*>self.steps_, <double*>out,
            )
        else:
            combine_blend(
                &self.formula.terms, self.side, &self.blends.b, &self.groups.c,
                <const longdouble*>head, <const longdouble*>values, first, last, m,
                <const longdouble*>self.steps_, <longdouble*>out,
            )

    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil:
        if self.value_type == cnp.NPY_DOUBLE:
            combine_blend_diagonal(
                &self.formula.terms, self.side, &self.blends.b, &self.groups.c,
                <const double*>head, m, <const double*>self.steps_, <double*>out,
            )
        else:
            combine_blend_diagonal(
                &self.formula.terms, self.side, &self.blends.b, &self.groups.c,
                <const longdouble*>head, m, <const longdouble*>self.steps_, <longdouble*>out,
            )

    cdef tuple result_shape(self, tuple value_shape):
        if self.value_shape is None:
            ColorPlan.result_shape(self, value_shape)
        return (self.blends.pattern.nnz,)

    @property
    def result_pattern(self):
        """The pattern of the result."""
        self.require()
        return self.blends.pattern

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        self.known(k)
        if k == 0:
            return "at x"
        if k < self.head:
            return f"at x displaced in {self.group_words((k - 1) // self.formula.terms.s)}"
        pair = (k - self.head) // self.unit
        return (
            f"at x displaced in {self.group_words(self.blends.b.a[pair])} "
            f"and in {self.group_words(self.blends.b.b[pair])}"
        )
