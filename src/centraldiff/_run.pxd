from ._evaluate cimport Evaluator
from ._plan cimport Plan

cdef object run(Plan plan, Evaluator evaluator, object out, int keep, bint quiet=*)
