"""Plans for points near bounds: each coordinate with the stencil that fits there."""

cimport cython
cimport numpy as cnp

from libc.string cimport memcpy, memset

from ._combine cimport combine_sparse, longdouble, symmetrise
from ._plan cimport Plan
from ._table cimport TablePlan
from ._terms cimport Formula

import numpy as np

cnp.import_array()


@cython.final
cdef class SparseTerms:
    """What becomes of listed values: entries of a result, each a sum of terms over a few of them.

    entry (terms) sorted, values (terms, 4), weights (terms), spans (terms, 2) as for
    `combine_sparse`; place, mirror, power, divisors of each entry. What has no entry is 0.
    """

    def __init__(self, Py_ssize_t columns, *, entry, values, weights, spans, place, mirror, power,
                 divisors):
        start = np.searchsorted(entry, np.arange(len(place) + 1))
        self.columns = columns
        self.arrays = {
            "start": start, "values": values, "weights": weights, "spans": spans, "place": place,
            "mirror": mirror, "power": power, "divisors": divisors,
        }
        self.owned = {}
        self.sparse.entries = len(place)
        self.sparse.start = <const Py_ssize_t*>self.own("start", np.intp)
        self.sparse.place = <const Py_ssize_t*>self.own("place", np.intp)
        self.sparse.mirror = <const Py_ssize_t*>self.own("mirror", np.intp)
        self.sparse.power = <const Py_ssize_t*>self.own("power", np.intp)
        self.sparse.values = <const Py_ssize_t*>self.own("values", np.intp)
        self.sparse.weights = <const double*>self.own("weights", np.float64)
        self.sparse.spans = <const double*>self.own("spans", np.float64)
        self.sparse.divisors = <const double*>self.own("divisors", np.float64)
        self.sparse.long_weights = <const long double*>self.own("weights", np.longdouble)
        self.sparse.long_spans = <const long double*>self.own("spans", np.longdouble)
        self.sparse.long_divisors = <const long double*>self.own("divisors", np.longdouble)

    cdef void* own(self, str name, dtype) except NULL:
        """The numbers of an array in that type, which stay where they are."""
        array = self.arrays[name]
        if dtype is np.float64:
            with np.errstate(over="ignore", under="ignore"):  # longdouble x has no use for them
                array = array.astype(dtype, order="C")
        else:
            array = np.array(array, dtype, order="C")
        self.owned[name, dtype] = array
        return cnp.PyArray_DATA(<cnp.ndarray>array)

    def amplification(self):
        """What an error of one unit in every value can do, at worst, to each column."""
        a = self.arrays
        used = (a["values"] >= 0).sum(axis=1)
        size = np.abs(a["weights"]) * used / np.abs(a["spans"]).prod(axis=1)
        entries = np.add.reduceat(size, a["start"][:len(a["place"])]) if len(a["place"]) else size
        entries = entries / np.abs(a["divisors"]) ** a["power"]
        columns = np.zeros(self.columns, entries.dtype)
        columns[a["place"]] = columns[a["mirror"]] = entries
        return columns


@cython.no_gc
cdef class BoundedPlan(TablePlan):
    """A table of points within bounds, and the terms that make the derivative out of values there.

    result says what a column is: "columns" a coordinate, "line" a direction, "matrix" two
    coordinates, "entries" a coordinate of a fun that returns numbers. `words` are the statuses of
    columns. `lower` makes the terms of lower order on the same points, `beside` the plan of
    the first derivatives on the first points of this one: few callers want either.
    """

    def __init__(
        self, Formula formula not None, cnp.ndarray x not None, bint is_number, str result not None,
        *, points, SparseTerms terms not None, lower=None, words, steps, fixed,
        taken=None, bint gradients=False, bint elements=False, lines=None, v=None, double bend=0,
        Py_ssize_t head=0, beside=None,
    ):
        self.set_table(formula, x, is_number, elements, lines)
        self.extend(*points)
        self.head = head
        self.unit -= head
        self.terms = terms
        self.lower_ = lower
        self.beside_ = beside
        self.result = result
        self.along = result == "line"
        self.elements = elements
        self.words = words
        self.taken = taken
        self.fixed = np.ascontiguousarray(fixed, np.uint8)
        self.gradients = gradients
        self.bend = bend
        self.v = v
        self.value_shape = self.shape if gradients else (
            () if result in ("matrix", "entries") else None
        )
        cdef cnp.ndarray h = np.ascontiguousarray(
            steps, cnp.PyArray_DescrFromType(self.value_type)
        )
        memcpy(self.steps_, cnp.PyArray_DATA(h), self.n * self.value_size)

    @property
    def lower(self):
        """Terms of lower order on the same points, or None."""
        if not (self.lower_ is None or isinstance(self.lower_, SparseTerms)):
            self.lower_ = self.lower_()
        return self.lower_

    @property
    def beside(self):
        """The plan of the first derivatives on the first points of this one, or None."""
        if not (self.beside_ is None or isinstance(self.beside_, BoundedPlan)):
            self.beside_ = self.beside_()
        return self.beside_

    @property
    def steps(self):
        """The step of each coordinate as it was taken, 0 where it is fixed; along a line that."""
        return self.axis_steps if self.taken is None else self.as_value(self.number(self.taken))

    cdef void combine_units(
        self, const void* head, const void* values, Py_ssize_t first, Py_ssize_t last,
        Py_ssize_t m, void* out,
    ) noexcept nogil:
        # one unit: all values lie behind each other
        memset(out, 0, m * self.terms.columns * self.value_size)
        if self.value_type == cnp.NPY_DOUBLE:
            combine_sparse(
                &self.terms.sparse, <const double*>head, m, self.terms.columns, <double*>out
            )
        else:
            combine_sparse(
                &self.terms.sparse, <const longdouble*>head, m, self.terms.columns,
                <longdouble*>out,
            )

    cdef void finish(self, const void* head, Py_ssize_t m, void* out) noexcept nogil:
        cdef Py_ssize_t i, row = self.terms.columns * self.value_size
        cdef const unsigned char* fixed = <const unsigned char*>cnp.PyArray_DATA(self.fixed)
        if not self.gradients:
            return
        for i in range(self.n):
            if fixed[i]:  # its column is empty already
                memset(<char*>out + i * row, 0, row)
        if self.along:
            return  # a product, not a matrix
        if self.value_type == cnp.NPY_DOUBLE:
            symmetrise(<double*>out, self.n)
        else:
            symmetrise(<longdouble*>out, self.n)

    cdef tuple result_shape(self, tuple value_shape):
        if self.result == "matrix":
            return self.shape + self.shape
        if self.result == "entries":
            return self.shape
        return value_shape if self.result == "line" else value_shape + self.shape

    def combine(self, values):
        """The derivative out of all values: an array (len(plan),) + the shape that fun returns."""
        return Plan.combine(self, values)
