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
from libc.float cimport DBL_EPSILON, FLT_EPSILON, LDBL_EPSILON
from libc.math cimport isfinite, pow
from libc.string cimport memcpy

from ._combine cimport (
    BASE, Terms, combine_axis, combine_diagonal, combine_line, combine_pairs, longdouble,
    row_of_pair, symmetrise,
)

import numpy as np

from ._errors import ArgumentTypeError, ArgumentValueError

cnp.import_array()

ctypedef fused real_x:  # the types that x may have
    float
    double
    longdouble


@cython.final
cdef class Formula:
    """A stencil made ready for the kernels: terms weight * (value - value) / span over s nodes."""

    def __init__(
        self, int degree, double exponent, offsets, plus, minus, weights, *, bint imaginary=False,
        pair_nodes=(), axis_weights=(), pair_weights=(), Formula lower=None,
    ):
        self.lower = lower
        self.needs_base = BASE in minus
        self.offsets = np.array(offsets, dtype=np.float64)
        self.plus = np.array(plus, dtype=np.intp)
        self.minus = np.array(minus, dtype=np.intp)
        self.pair_nodes = np.array(pair_nodes, dtype=np.intp)
        self.weights, self.long_weights = rounded(weights)
        self.axis_weights, self.long_axis_weights = rounded(axis_weights)
        self.pair_weights, self.long_pair_weights = rounded(pair_weights)
        self.terms.degree = degree
        self.terms.imaginary = imaginary
        self.terms.exponent = exponent
        self.terms.relative_float = pow(FLT_EPSILON / 2, exponent)
        self.terms.relative_double = pow(DBL_EPSILON / 2, exponent)
        self.terms.relative_long = pow(<double>(LDBL_EPSILON / 2), exponent)
        self.terms.farthest = max(abs(float(offset)) for offset in offsets)
        self.terms.s = len(self.offsets)
        self.terms.q = len(self.plus)
        self.terms.p = len(self.pair_nodes)
        self.terms.offsets = &self.offsets[0]
        self.terms.plus = &self.plus[0]
        self.terms.minus = &self.minus[0]
        self.terms.weights = &self.weights[0]
        self.terms.long_weights = &self.long_weights[0]
        if self.terms.p:
            self.terms.pair_nodes = &self.pair_nodes[0]
            self.terms.axis_weights = &self.axis_weights[0]
            self.terms.pair_weights = &self.pair_weights[0]
            self.terms.long_axis_weights = &self.long_axis_weights[0]
            self.terms.long_pair_weights = &self.long_pair_weights[0]

    @property
    def degree(self):
        """Which derivative."""
        return self.terms.degree

    @property
    def exponent(self):
        """The default relative step is the rounding unit to this power."""
        return self.terms.exponent

    @property
    def imaginary(self):
        """Whether points are complex and the imaginary part of values counts."""
        return self.terms.imaginary

    @property
    def sizes(self):
        """Nodes of an axis, terms, nodes of the diagonal of two axes."""
        return self.terms.s, self.terms.q, self.terms.p

    def arrays(self):
        """All numbers of the formula by name, in the widest type: for the twins."""
        return {
            "offsets": np.asarray(self.offsets),
            "plus": np.asarray(self.plus),
            "minus": np.asarray(self.minus),
            "weights": np.asarray(self.long_weights),
            "pair_nodes": np.asarray(self.pair_nodes),
            "axis_weights": np.asarray(self.long_axis_weights),
            "pair_weights": np.asarray(self.long_pair_weights),
        }


def rounded(fractions):
    """Fractions as float64 and as longdouble, each rounded once."""
    return (
        np.array([float(f) for f in fractions], dtype=np.float64),
        np.array(
            [np.longdouble(f.numerator) / np.longdouble(f.denominator) for f in fractions],
            dtype=np.longdouble,
        ),
    )


# ---- laying out: typed, without the GIL -------------------------------------------------------

cdef inline void put(real_x number, void* items, Py_ssize_t i) noexcept nogil:
    """Store a number of x's type in the type that values are combined in."""
    if real_x is longdouble:
        (<long double*>items)[i] = number
    else:
        (<double*>items)[i] = number


cdef Py_ssize_t lay_axes(
    const Terms* terms, const real_x* x, const real_x* given, Py_ssize_t n,
    void* steps, void* spans, real_x* nodes,
) noexcept nogil:
    """Steps (n), spans (n, q) and nodes (n, s); returns the first coordinate without a step, or n.

    given # IN n steps, or NULL for the default rule.
    """
    cdef Py_ssize_t i, j, k, s = terms.s, q = terms.q
    cdef real_x size, step, node, other, relative
    if real_x is float:
        relative = terms.relative_float
    elif real_x is double:
        relative = terms.relative_double
    else:
        relative = terms.relative_long
    for i in range(n):
        size = -x[i] if x[i] < 0 else x[i]
        step = given[i] if given else relative * (size if size > 1 else 1)
        if not terms.imaginary:
            # representable, seen from the side where numbers are coarser: x + h, x - h are exact
            step = (size + step) - size
        if not (step > 0 and isfinite(size + <real_x>terms.farthest * step)):
            return i
        put(step, steps, i)
        for j in range(s):
            if terms.imaginary:
                nodes[2 * (i * s + j)] = x[i]
                nodes[2 * (i * s + j) + 1] = <real_x>terms.offsets[j] * step
            else:
                nodes[i * s + j] = x[i] + <real_x>terms.offsets[j] * step
        for k in range(q):
            if terms.imaginary:
                put(<real_x>terms.offsets[terms.plus[k]] * step, spans, i * q + k)
            elif terms.degree > 1:
                put(step, spans, i * q + k)
            else:
                node = nodes[i * s + terms.plus[k]]
                other = x[i] if terms.minus[k] < 0 else nodes[i * s + terms.minus[k]]
                put(node - other, spans, i * q + k)
    return n


cdef void lay_line(
    const Terms* terms, const real_x* x, const real_x* v, double t, Py_ssize_t n,
    void* spans, real_x* line,
) noexcept nogil:
    """The displacement t v (n), and the spans (q): the displacement taken, projected on v."""
    cdef Py_ssize_t i, k
    cdef real_x largest = 0, moved, square, taken, plus, minus
    for i in range(n):
        line[i] = <real_x>t * v[i]
        largest = max(largest, -line[i] if line[i] < 0 else line[i])
    for k in range(terms.q):
        plus = <real_x>terms.offsets[terms.plus[k]]
        minus = 0 if terms.minus[k] < 0 else <real_x>terms.offsets[terms.minus[k]]
        moved = plus - minus
        if largest > 0 and not terms.imaginary:
            taken = 0
            square = 0
            for i in range(n):
                taken += ((x[i] + plus * line[i]) - (x[i] + minus * line[i])) / largest * (line[i] / largest)
                square += (line[i] / largest) * (line[i] / largest)
            moved = taken / square
        put(<real_x>t * moved, spans, k)


cdef inline void move_along(
    const real_x* x, const real_x* line, double offset, bint imaginary, Py_ssize_t n,
    char* point, Py_ssize_t stride,
) noexcept nogil:
    """point = x + offset * line; the imaginary part of it where points are complex."""
    cdef Py_ssize_t i
    for i in range(n):
        if imaginary:
            (<real_x*>(point + i * stride))[1] = <real_x>offset * line[i]
        else:
            (<real_x*>(point + i * stride))[0] = x[i] + <real_x>offset * line[i]


cdef inline void move_to(const char* node, char* place, Py_ssize_t itemsize) noexcept nogil:
    """One coordinate becomes its node, whatever its type."""
    if itemsize == sizeof(double):
        (<double*>place)[0] = (<const double*>node)[0]
    else:
        memcpy(place, node, itemsize)


# ---- the plans --------------------------------------------------------------------------------

@cython.no_gc
cdef class Plan:
    """Where fun is needed, and what its values there amount to.

    ``len(plan)`` is the exact number of evaluations, ``plan.points(start, stop)`` gives the points
    themselves, ``plan.combine(values)`` the derivative. Made by `gradient_plan` and `hessian_plan`.
    """

    def __dealloc__(self):
        PyMem_Free(self.steps_)  # the start of the block

    def __len__(self):
        return self.head + self.units * self.unit

    @property
    def x(self):
        """The point itself: a copy, of x's shape, in the dtype of the points."""
        return self.array_of(self.base, self.point_type)

    @property
    def steps(self):
        """The step of each coordinate as it was taken, of x's shape and dtype."""
        return self.as_result(self.array_of(<char*>self.steps_, self.value_type))

    @property
    def spans(self):
        """What the terms of each unit (one row, or one for each coordinate) are divided by."""
        cdef Py_ssize_t q = self.formula.terms.q
        cdef cnp.ndarray array = np.empty(
            (self.n_spans // q, q), cnp.PyArray_DescrFromType(self.value_type)
        )
        memcpy(cnp.PyArray_DATA(array), self.spans_, cnp.PyArray_NBYTES(array))
        return array

    def points(self, Py_ssize_t start=0, stop=None):
        """Points start to stop: an array of shape (stop - start,) + x.shape."""
        cdef Py_ssize_t last = len(self) if stop is None else stop
        cdef Py_ssize_t k
        cdef char* row
        if not 0 <= start <= last <= len(self):
            raise ArgumentValueError(
                f"start and stop must obey 0 <= start <= stop <= {len(self)}, got {start}, {last}"
            )
        points = np.empty(
            (last - start, *self.point_shape), cnp.PyArray_DescrFromType(self.point_type)
        )
        row = <char*>cnp.PyArray_DATA(points)
        for k in range(start, last):
            memcpy(row, self.base, self.point_bytes)
            self.displace(k, row, self.itemsize)
            row += self.point_bytes
        return points

    def combine(self, values):
        """The derivative out of all values: an array (len(plan),) + the shape that fun returns."""
        array = self.checked(values)
        cdef cnp.ndarray rows = np.ascontiguousarray(
            array, cnp.PyArray_DescrFromType(self.value_type)
        )
        cdef tuple value_shape = array.shape[1:]
        cdef Py_ssize_t m = rows.size // max(len(self), 1)
        cdef char* data = <char*>cnp.PyArray_DATA(rows)
        cdef cnp.ndarray out = np.empty(
            self.result_shape(value_shape), cnp.PyArray_DescrFromType(self.value_type)
        )
        self.combine_units(
            data, data + self.head * m * cnp.PyArray_ITEMSIZE(rows), 0, self.units, m, cnp.PyArray_DATA(out)
        )
        self.finish(data, m, cnp.PyArray_DATA(out))
        return self.as_result(out)

    cdef object checked(self, values):
        """Values as a real array of the right shape; of complex ones the part that is needed."""
        array = np.asarray(values)
        if array.ndim == 0 or len(array) != len(self):
            raise ArgumentValueError(
                f"values must have one row for each of the {len(self)} points, "
                f"got shape {array.shape}"
            )
        if self.value_shape is not None and array.shape[1:] != self.value_shape:
            raise ArgumentValueError(
                f"values must have shape {(len(self), *self.value_shape)}, got {array.shape}"
            )
        if array.dtype.kind not in ("fiubc" if self.formula.terms.imaginary else "fiub"):
            raise ArgumentTypeError(f"values must be real numbers, got {array.dtype}")
        if self.formula.terms.imaginary:
            return np.concatenate([array[:self.head].real, array[self.head:].imag])
        return array

    cdef object array_of(self, char* items, int type_number):
        cdef cnp.ndarray array = np.empty(self.shape, cnp.PyArray_DescrFromType(type_number))
        memcpy(cnp.PyArray_DATA(array), items, cnp.PyArray_NBYTES(array))
        return array

    def as_value(self, value):
        """A value of fun as the caller gets it: in x's dtype."""
        return np.asarray(value).astype(cnp.PyArray_DescrFromType(self.real_type))[()]

    cdef object as_result(self, object out):
        """What the caller gets: x's dtype, a scalar where there are no axes."""
        if self.value_type != self.real_type:
            out = out.astype(cnp.PyArray_DescrFromType(self.real_type))
        return out if out.ndim else out[()]

    cdef int take(
        self, Formula formula, object x, bint is_number, Py_ssize_t n_nodes, Py_ssize_t n_spans
    ) except -1:
        """Take formula and x over, with one block of memory for all that depends on x.

        Steps, spans, x, the displacement of a line, nodes: the widest type comes first, so that
        nothing after it is out of alignment.
        """
        cdef cnp.ndarray array = x
        cdef Py_ssize_t value_size = sizeof(double)
        self.formula = formula
        self.ndim = cnp.PyArray_NDIM(array)
        self.n = cnp.PyArray_SIZE(array)
        self.shape = (self.n,) if self.ndim == 1 else x.shape
        self.point_shape = self.shape
        self.points_are_numbers = is_number
        self.n_spans = n_spans
        self.real_type = self.point_type = cnp.PyArray_TYPE(array)
        self.value_type = cnp.NPY_DOUBLE
        if self.real_type == cnp.NPY_LONGDOUBLE:
            self.value_type = cnp.NPY_LONGDOUBLE
            value_size = sizeof(long double)
        self.itemsize = cnp.PyArray_ITEMSIZE(array)
        if formula.terms.imaginary:
            self.itemsize *= 2
            self.point_type += cnp.NPY_CFLOAT - cnp.NPY_FLOAT
        self.point_bytes = self.n * self.itemsize
        if self.steps_ != NULL:
            raise TypeError("a plan is set up once")
        self.steps_ = PyMem_Malloc(
            (self.n + n_spans) * value_size + (2 * self.n + n_nodes) * self.itemsize
        )
        if self.steps_ == NULL:
            raise MemoryError
        self.spans_ = <char*>self.steps_ + self.n * value_size
        self.base = <char*>self.spans_ + n_spans * value_size
        self.line = self.base + self.point_bytes
        self.nodes = self.line + self.point_bytes
        points = x if not formula.terms.imaginary else x.astype(cnp.PyArray_DescrFromType(self.point_type))
        memcpy(self.base, cnp.PyArray_DATA(<cnp.ndarray>points), self.point_bytes)
        return 0

    cdef int lay(self, object x, object h) except -1:
        """Steps, spans and nodes of every coordinate; `h` None means the default steps."""
        cdef void* point = cnp.PyArray_DATA(<cnp.ndarray>x)
        cdef void* given = NULL if h is None else cnp.PyArray_DATA(<cnp.ndarray>h)
        cdef Py_ssize_t laid
        if self.real_type == cnp.NPY_DOUBLE:
            laid = lay_axes(
                &self.formula.terms, <const double*>point, <const double*>given, self.n,
                self.steps_, self.spans_, <double*>self.nodes,
            )
        elif self.real_type == cnp.NPY_FLOAT:
            laid = lay_axes(
                &self.formula.terms, <const float*>point, <const float*>given, self.n,
                self.steps_, self.spans_, <float*>self.nodes,
            )
        else:
            laid = lay_axes(
                &self.formula.terms, <const long double*>point, <const long double*>given, self.n,
                self.steps_, self.spans_, <long double*>self.nodes,
            )
        if laid < self.n:
            raise no_step(self, x, h, laid)
        return 0

    cdef int lay_direction(self, object x, object v, double t) except -1:
        """The displacement along v, and its spans where the line is all there is."""
        cdef void* point = cnp.PyArray_DATA(<cnp.ndarray>x)
        cdef void* along = cnp.PyArray_DATA(<cnp.ndarray>v)
        if self.real_type == cnp.NPY_DOUBLE:
            lay_line(
                &self.formula.terms, <const double*>point, <const double*>along, t, self.n,
                self.spans_, <double*>self.line,
            )
        elif self.real_type == cnp.NPY_FLOAT:
            lay_line(
                &self.formula.terms, <const float*>point, <const float*>along, t, self.n,
                self.spans_, <float*>self.line,
            )
        else:
            lay_line(
                &self.formula.terms, <const long double*>point, <const long double*>along, t, self.n,
                self.spans_, <long double*>self.line,
            )
        return 0

    cdef void move_line(self, double offset, char* point, Py_ssize_t stride) noexcept nogil:
        """point = x + offset * line."""
        cdef bint imaginary = self.formula.terms.imaginary
        if self.real_type == cnp.NPY_DOUBLE:
            move_along(
                <double*>self.base, <double*>self.line, offset, imaginary, self.n, point, stride
            )
        elif self.real_type == cnp.NPY_FLOAT:
            move_along(
                <float*>self.base, <float*>self.line, offset, imaginary, self.n, point, stride
            )
        else:
            move_along(
                <long double*>self.base, <long double*>self.line, offset, imaginary, self.n,
                point, stride,
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
        """Write point k into a buffer that holds x; `stride` bytes from one coordinate to the next."""

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        """Write what the units first to last decide into `out`; `values` are theirs alone."""

    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil:
        """Complete `out`, once all units are in."""

    cdef tuple result_shape(self, tuple value_shape):
        """Shape of the result, where fun returns arrays of `value_shape`."""


@cython.no_gc
cdef class AxisPlan(Plan):
    """One coordinate at a time: gradients, Jacobians, diagonals, Hessians from gradient calls."""

    def __init__(
        self, Formula formula, cnp.ndarray x, bint is_number=False, h=None, *,
        bint with_value=False, bint gradients=False, bint scalar=True,
    ):
        self.set_up(formula, x, is_number, h, with_value, gradients, scalar)

    cdef int set_up(
        self, Formula formula, object x, bint is_number, object h, bint with_value,
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

    cdef bint move(self, object x) except -1:
        """Become the plan at another x, if that has the shape, the type and the steps of this."""
        if (
            not cnp.PyArray_CheckExact(x) or self.ndim != 1 or cnp.PyArray_NDIM(x) != 1
            or self.n != cnp.PyArray_SIZE(x) or cnp.PyArray_TYPE(x) != self.point_type
            or not cnp.PyArray_ISCARRAY_RO(x)
        ):
            return False
        memcpy(self.base, cnp.PyArray_DATA(<cnp.ndarray>x), self.point_bytes)
        self.lay(x, None)
        return True

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        cdef Py_ssize_t node = k - self.head, s = self.unit
        if node >= 0:
            move_to(
                self.nodes + node * self.itemsize,
                point + (node >> 1 if s == 2 else node // s) * stride,  # division is slow
                self.itemsize,
            )

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        self.combine_terms(head, values, first, last, m, self.n, out)

    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil:
        if self.gradients and self.value_type == cnp.NPY_DOUBLE:
            symmetrise(<double*>out, self.n)
        elif self.gradients:
            symmetrise(<longdouble*>out, self.n)

    cdef tuple result_shape(self, tuple value_shape):
        return value_shape + self.shape

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        if k < self.head:
            return "at x"
        i, j = divmod(k - self.head, self.unit)
        return f"at {coordinate(self.shape, i)} {moved(self, i, j)}"


@cython.no_gc
cdef class ElementPlan(Plan):
    """One number at a time: derivatives of functions of one variable."""

    def __init__(self, Formula formula, cnp.ndarray x, h=None):
        self.take(formula, x, True, x.size * formula.terms.s, x.size * formula.terms.q)
        self.point_shape = ()
        self.point_bytes = self.itemsize
        self.unit = formula.terms.s
        self.units = x.size
        self.lay(x, h)

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        move_to(self.nodes + k * self.itemsize, point, self.itemsize)

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        self.combine_terms(head, values, first, last, m, self.n, out)

    cdef tuple result_shape(self, tuple value_shape):
        return value_shape + self.shape

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        i, j = divmod(k, self.unit)
        return f"at {coordinate(self.shape, i)} {moved(self, i, j)}"


@cython.no_gc
cdef class LinePlan(Plan):
    """All coordinates at once, along v: directional derivatives, H v from gradient calls."""

    cdef readonly cnp.ndarray v

    def __init__(
        self, Formula formula, cnp.ndarray x, bint is_number, cnp.ndarray v, double t, *,
        bint gradients=False,
    ):
        self.take(formula, x, is_number, 0, formula.terms.q)
        self.head = 1 if formula.needs_base else 0
        self.unit = formula.terms.s
        self.units = 1
        self.v = v
        self.value_shape = self.shape if gradients else None
        self.lay_direction(x, v, t)

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
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
        if k < self.head:
            return "at x"
        return f"at x displaced by {self.formula.terms.offsets[k - self.head]:+g} steps along v"


@cython.no_gc
cdef class PairPlan(Plan):
    """Two coordinates at a time: Hessians from values."""

    def __init__(self, Formula formula, cnp.ndarray x, bint is_number=False, h=None):
        self.set_up(formula, x, is_number, h)

    cdef int set_up(self, Formula formula, object x, bint is_number, object h) except -1:
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
            i = row_of_pair(pair, self.n)
            j = pair - i * (2 * self.n - i - 1) // 2 + i + 1
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
        if k == 0:
            return "at x"
        if k < self.head:
            i, j = divmod(k - 1, self.formula.terms.s)
            return f"at {coordinate(self.shape, i)} {moved(self, i, j)}"
        pair, r = divmod(k - self.head, self.unit)
        node = self.formula.terms.pair_nodes[r]
        i = row_of_pair(pair, self.n)
        j = pair - i * (2 * self.n - i - 1) // 2 + i + 1
        return (
            f"at {coordinate(self.shape, i)} {moved(self, i, node)} "
            f"and {coordinate(self.shape, j)} {moved(self, j, node)}"
        )


@cython.no_gc
cdef class LinePairPlan(Plan):
    """Each coordinate together with a direction: H v from values."""

    cdef readonly double t

    def __init__(
        self, Formula formula, cnp.ndarray x, bint is_number, cnp.ndarray v, double t, h=None
    ):
        self.take(formula, x, is_number, x.size * formula.terms.s, x.size * formula.terms.q)
        self.t = t
        self.head = 1 + formula.terms.s
        self.unit = formula.terms.s + formula.terms.p
        self.units = x.size
        self.value_shape = ()
        self.lay_direction(x, v, t)
        self.lay(x, h)

    cdef void displace(self, Py_ssize_t k, char* point, Py_ssize_t stride) noexcept nogil:
        cdef Py_ssize_t s = self.formula.terms.s, size = self.itemsize
        cdef Py_ssize_t i, r, node
        if k >= self.head:
            i = (k - self.head) // self.unit
            r = (k - self.head) % self.unit
            node = r if r < s else self.formula.terms.pair_nodes[r - s]
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
                <const double*>self.steps_, self.t, <double*>out,
            )
        else:
            combine_line(
                &self.formula.terms, <const longdouble*>head, <const longdouble*>values, first,
                last, <const longdouble*>self.steps_, self.t, <longdouble*>out,
            )

    cdef tuple result_shape(self, tuple value_shape):
        return self.shape

    def place(self, Py_ssize_t k):
        """Which displacement point k is, in words."""
        if k == 0:
            return "at x"
        if k < self.head:
            return f"at x displaced by {self.formula.terms.offsets[k - 1]:+g} steps along v"
        i, r = divmod(k - self.head, self.unit)
        s = self.formula.terms.s
        node = r if r < s else self.formula.terms.pair_nodes[r - s]
        along = f" and {self.formula.terms.offsets[node]:+g} steps along v" if r >= s else ""
        return f"at {coordinate(self.shape, i)} {moved(self, i, node)}{along}"


# ---- words ------------------------------------------------------------------------------------

def coordinate(tuple shape, Py_ssize_t i):
    """How a message names a coordinate: x, x[3], x[0, 1]."""
    if not shape:
        return "x"
    return f"x[{', '.join(str(place) for place in np.unravel_index(i, shape))}]"


cdef moved(Plan plan, Py_ssize_t i, Py_ssize_t node):
    """How a message names the displacement of a coordinate."""
    step = float(np.ravel(plan.steps)[i]) * plan.formula.terms.offsets[node]
    return f"displaced by {step:+.3g}{'i' if plan.formula.terms.imaginary else ''}"


cdef no_step(Plan plan, x, h, Py_ssize_t i):
    """The error for a coordinate that can't be displaced."""
    name, value = coordinate(plan.shape, i), x.flat[i]
    if not np.isfinite(value):
        return ArgumentValueError(f"x must be finite, got {value!s} at {name}")
    step = "the default step" if h is None else f"the step {h.flat[i]!s}"
    if np.isfinite(value + (0 if h is None else h.flat[i])):
        return ArgumentValueError(
            f"{step} at {name} = {value!s} is lost in rounding; "
            f"steps there must be longer than {np.spacing(abs(value)) / 2!s}"
        )
    return ArgumentValueError(f"{step} at {name} = {value!s} leads beyond the range of {x.dtype}")
