"""Formulas as the kernels read them: plain numbers behind pointers."""

cimport cython
from libc.float cimport DBL_EPSILON, FLT_EPSILON, LDBL_EPSILON
from libc.math cimport pow

from ._combine cimport BASE

import numpy as np


@cython.final
cdef class Formula:
    """A stencil made ready for the kernels: terms weight * (value - value) / span over s nodes."""

    def __init__(
        self, int degree, double exponent, offsets, plus, minus, weights, bint imaginary=False,
        pair_nodes=(), axis_weights=(), pair_weights=(), Formula lower=None,
    ):
        self.definition = (
            degree, exponent, offsets, plus, minus, weights, imaginary, pair_nodes, axis_weights,
            pair_weights, lower,
        )
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

    def __reduce__(self):
        return Formula, self.definition

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
