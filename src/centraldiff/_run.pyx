"""The one way from a plan to its derivative: evaluate and combine, block by block."""

cimport numpy as cnp
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.math cimport isnan
from libc.string cimport memcpy

from ._evaluate cimport Evaluator, new_array
from ._plan cimport Plan

import numpy as np

from ._complex_step import verify
from ._result import describe, warn_not_finite
from ._validation import as_output

cnp.import_array()

cdef enum:
    BLOCK = 4096  # values at a time, so that memory beside the result stays O(n)
    ROOM = 64


def differentiate(
    Plan plan not None, Evaluator evaluator not None, out=None, int keep=0, bint quiet=False
):
    """`run`, for Python."""
    return run(plan, evaluator, out, keep, quiet)


def full_result(Plan plan not None, Evaluator evaluator not None, out=None):
    """The derivative that a plan stands for, and all that is known of it; keeps all values."""
    value, values = run(plan, evaluator, out, 2)
    return describe(plan, value, values, evaluator.nfev)


cdef object run(Plan plan, Evaluator evaluator, object out, int keep, bint quiet=False):
    """The derivative that a plan stands for: evaluate and combine, block by block.

    keep 0: the derivative; 1: with it the values of the head; 2: with it all values, as rows.
    quiet: NaN is no news.
    """
    cdef Py_ssize_t width = plan.value_size
    cdef Py_ssize_t m = 1, done = 0, first = 0, last, start, block
    cdef long double room[ROOM]  # small problems need no other memory
    cdef Py_ssize_t needed
    cdef void* memory = NULL
    cdef char* head = <char*>room
    cdef char* units
    cdef cnp.ndarray derivative, seen, kept = None
    cdef tuple value_shape = ()
    plan.require()
    if evaluator.scalar and plan.value_shape:
        raise TypeError(f"this plan needs arrays of shape {plan.value_shape}, not numbers")
    if not evaluator.scalar and len(plan) == 0:
        raise TypeError("a plan without points can't tell the shape of values")
    evaluator.begin(plan)
    if not evaluator.scalar:
        seen = evaluator.first_values(plan)
        done = 1
        value_shape = evaluator.value_shape
        m = cnp.PyArray_SIZE(seen)
        width *= m
    shape = plan.result_shape(value_shape)
    if out is not None:
        require_output(out, shape, plan.real_type)
    block = plan.units
    if keep != 2:
        block = max(BLOCK // max(m * plan.unit, 1), evaluator.at_once() // max(plan.unit, 1))
        block = min(plan.units, max(plan.fewest, block))
    if keep == 2:
        kept = np.empty((len(plan), m), cnp.PyArray_DescrFromType(plan.value_type))
        head = <char*>cnp.PyArray_DATA(kept)
    needed = (plan.head + block * plan.unit) * width
    if keep != 2 and needed > <Py_ssize_t>sizeof(room):
        memory = PyMem_Malloc(needed)
        if memory == NULL:
            raise MemoryError
        head = <char*>memory
    try:
        derivative = new_array(shape, plan.value_type)
        units = head + plan.head * width
        if done:
            memcpy(head, cnp.PyArray_DATA(seen), width)
            seen = None
        if done < plan.head:
            evaluator.write_values(plan, done, plan.head, head + done * width, width, False)
            done = plan.head
        while first < plan.units:
            last = min(first + block, plan.units)
            start = plan.head + first * plan.unit
            done = max(done, start)
            evaluator.write_values(
                plan, done, plan.head + last * plan.unit, units + (done - start) * width, width,
                False,
            )
            plan.combine_units(head, units, first, last, m, cnp.PyArray_DATA(derivative))
            first = last
        plan.finish(head, m, cnp.PyArray_DATA(derivative))
        if keep == 1:
            kept = np.empty((plan.head, m), cnp.PyArray_DescrFromType(plan.value_type))
            memcpy(cnp.PyArray_DATA(kept), head, plan.head * width)
    finally:
        PyMem_Free(memory)
    result = plan.as_result(derivative)
    if plan.formula.terms.imaginary:
        verify(plan, evaluator, result, differentiate)
    if not quiet and has_nan(derivative, plan.value_type):
        warn_not_finite(plan, evaluator.name, result)
    if out is not None:
        # once more: fun may have changed it
        require_output(out, shape, plan.real_type)
        np.copyto(out, result)
        result = out
    return result if keep == 0 else (result, kept)


cdef inline int require_output(object out, tuple shape, int type_number) except -1:
    """`as_output`, of which an ordinary array that fits need not be asked."""
    if not (
        cnp.PyArray_CheckExact(out) and cnp.PyArray_TYPE(out) == type_number
        and cnp.PyArray_ISCARRAY(out) and (<object>out).shape == shape
    ):
        as_output(out, shape, cnp.PyArray_DescrFromType(type_number))
    return 0


cdef inline bint has_nan(cnp.ndarray array, int type_number) noexcept:
    cdef Py_ssize_t i
    for i in range(cnp.PyArray_SIZE(array)):
        if type_number == cnp.NPY_DOUBLE:
            if isnan((<double*>cnp.PyArray_DATA(array))[i]):
                return True
        elif isnan((<long double*>cnp.PyArray_DATA(array))[i]):
            return True
    return False
