"""What fun may return, and what is refused, with a message that says what came."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

X = np.array([1.0, 2.0, 3.0])


def refused(error, words, function, *args, **options):
    with pytest.raises(error) as caught:
        function(*args, **options)
    assert isinstance(caught.value, cd.CentraldiffError)
    for word in words:
        assert word in str(caught.value)
    assert "in evaluation" in caught.value.__notes__[0]


THRESHOLD = 6500  # the value at the point itself, so that neighbours lie on both sides


class Float(float):
    """A subclass."""


# trap 9: ints, 0-d, one element, one column
AS_NUMBER = {
    "int": round,
    "float": float,
    "subclass": Float,
    "bool": lambda f: bool(f > THRESHOLD),
    "float16": lambda f: np.float16(f / 1000),
    "float32": np.float32,
    "float64": np.float64,
    "longdouble": np.longdouble,
    "int8": lambda f: np.int8(f // 100),
    "int64": np.int64,
    "uint64": np.uint64,
    "np.bool": lambda f: np.bool_(f > THRESHOLD),
    "fraction": Fraction,
    "decimal": Decimal,
    "0-d": np.array,
    "0-d ints": lambda f: np.array(round(f)),
    "one element": lambda f: np.array([f]),
    "(1, 1)": lambda f: np.array([[f]]),
    "list": lambda f: [f],
    "nested list": lambda f: [[round(f)]],
    "tuple": lambda f: (f,),
    "object array": lambda f: np.array([Fraction(f)], object),
    "huge int": lambda f: round(f) * 10**30,
    "swapped": lambda f: np.array(f, np.dtype(float).newbyteorder()),
}


@pytest.mark.parametrize("kind", AS_NUMBER)
def test_numbers_of_every_kind(number_operator, entries, kind):
    convert = AS_NUMBER[kind]

    def fun(x):
        return 500 * (x[0] + 2 * x[1] * x[2]) * x[0]

    # steps as long as these, so that even bools and small integers change
    result = number_operator(lambda x: convert(fun(x)), X, abs_step=0.25)
    expected = number_operator(lambda x: float(np.ravel(convert(fun(x)))[0]), X, abs_step=0.25)
    assert_allclose(entries(result), entries(expected), rtol=1e-12)
    assert np.any(entries(result) != 0)


@pytest.mark.parametrize("kind", AS_NUMBER)
def test_numbers_of_every_kind_from_a_function_of_a_number(kind):
    convert = AS_NUMBER[kind]
    d = cd.derivative(lambda x: convert(1000 * x * x), 2.5, abs_step=0.5)
    expected = float(np.ravel(convert(9000.0))[0]) - float(np.ravel(convert(4000.0))[0])
    assert_allclose(d, expected, rtol=1e-12)
    assert d != 0


# trap 9 again: peers make integer arrays for the output, and lose what comes after the point
AS_ARRAY = {
    "list": (list, (3,)),
    "tuple": (tuple, (3,)),
    "ints": (lambda y: y.astype(int), (3,)),
    "list of ints": (lambda y: [int(v) for v in y], (3,)),
    "column": (lambda y: y[:, None], (3, 1)),
    "row": (lambda y: y[None], (1, 3)),
    "float32": (lambda y: y.astype(np.float32), (3,)),
    "longdouble": (lambda y: y.astype(np.longdouble), (3,)),
    "strided": (lambda y: np.repeat(y, 2)[::2], (3,)),
    "reversed": (lambda y: y[::-1].copy()[::-1], (3,)),
    "bools": (lambda y: y > 2000, (3,)),
    "Fortran": (lambda y: np.asfortranarray(np.outer(y, [1, 2])), (3, 2)),
    "objects": (lambda y: np.array([Fraction(v) for v in y], object), (3,)),
    "swapped": (lambda y: y.astype(y.dtype.newbyteorder()), (3,)),
    "number": (lambda y: float(y[0]), ()),
    "0-d": (lambda y: np.array(y[1]), ()),
    "empty": (lambda y: y[:0], (0,)),
    "np.matrix": (lambda y: y.view(np.matrix), (1, 3)),
    "one element": (lambda y: y[:1], (1,)),
    "first int, then floats": (lambda y: [1000, *y[1:].tolist()] if y[0] > 1000 else y, (3,)),
}


@pytest.mark.parametrize("kind", AS_ARRAY)
def test_arrays_of_every_kind(kind):
    convert, shape = AS_ARRAY[kind]
    for prepare in (
        lambda f: lambda x: cd.jacobian(f, x, abs_step=0.25),
        lambda f: cd.Jacobian(f, abs_step=0.25),
    ):
        J = prepare(lambda x: convert(1000 * x * x[0]))(X)
        assert J.shape == (*shape, 3)
        assert J.dtype == np.float64
        expected = prepare(lambda x: np.asarray(convert(1000 * x * x[0])).astype(float))(X)
        assert_array_equal(J, expected)
        assert np.any(J != 0) or not J.size


def test_values_in_float32_from_a_float64_point():
    # trap 8: peers return exactly 0; a step for that rounding unit is right to its accuracy
    def fun(x):
        return float(np.sum(np.square(x.astype(np.float32))))

    assert_allclose(cd.gradient(fun, X), 2 * X, rtol=0.3)
    assert_allclose(cd.gradient(fun, X, rel_step=5e-3), 2 * X, rtol=1e-3)
    assert_allclose(cd.gradient(lambda x: np.float32(x @ x), X, rel_step=5e-3), 2 * X, rtol=1e-3)


def test_a_float32_point_gets_steps_for_float32():
    # trap 8: fun hides its float32 behind a Python float
    g = cd.gradient(lambda x: float(np.sum(x * x)), X.astype(np.float32))
    assert g.dtype == np.float32
    assert_allclose(g, 2 * X, rtol=1e-3)


BAD = {
    "None": (None, ["None", "number"]),
    "text": ("1.0", ["real numbers", "'1.0'"]),
    "bytes": (b"1", ["real numbers"]),
    "complex": (1 + 0j, ["real numbers", "complex128"]),
    "np.complex64": (np.complex64(1), ["real numbers", "complex64"]),
    "complex array": (np.ones(1, complex), ["real numbers", "complex128", "real part"]),
    "dict": ({"a": 1.0}, ["real numbers", "dict"]),
    "date": (np.datetime64("2020-01-01"), ["real numbers"]),
    "object": (np.array([None], object), ["real numbers", "NoneType"]),
    "text inside": (np.array(["1"], object), ["real numbers", "'1'"]),
    "records": (np.zeros(1, "f8,f8"), ["real numbers"]),
    "ragged": ([[1.0], [1.0, 2.0]], ["must return"]),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_real_number(operator, kind):
    value, words = BAD[kind]
    refused(TypeError, [operator.argument, "must return", *words], operator, lambda x: value, X)


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_real_number_after_good_ones(operator, kind):
    value, words = BAD[kind]
    calls = []

    def fun(x):
        calls.append(1)
        return operator.function(x) if len(calls) < 2 else value

    refused(TypeError, [operator.argument, "must return", *words], operator, fun, X)
    assert len(calls) == 2


@pytest.mark.parametrize("value", [10**400, -(10**400)], ids=["plus", "minus"])
def test_an_int_beyond_the_range_of_floats(number_operator, value):
    refused(
        (TypeError, ValueError, OverflowError),
        ["fun", "must return"],
        number_operator,
        lambda x: value,
        X,
    )


@pytest.mark.parametrize("value", [np.ones(3), [1.0, 2.0], np.ones((2, 1)), []])
def test_an_array_is_refused_where_a_number_is_needed(number_operator, value):
    words = ["fun must return one number", str(np.shape(value))]
    if "radient" in number_operator.name and "essian" not in number_operator.name:
        words.append("jacobian")
    refused(ValueError, words, number_operator, lambda x: value, X)


@pytest.mark.parametrize(
    "second", [np.ones(2), np.ones((3, 1)), np.ones((1, 3)), np.ones(4), 1.0, np.ones(0)]
)
def test_a_shape_that_changes_is_refused(second):
    calls = []

    def fun(x):
        calls.append(1)
        return np.ones(3) if len(calls) != 3 else second

    words = ["fun", "shape", "first evaluation", "(3,)", str(np.shape(second))]
    refused(ValueError, words, cd.jacobian, fun, X)


@pytest.mark.parametrize("operator_name", ["hessian", "hessian_vector_product", "Hessian"])
@pytest.mark.parametrize("g", [np.ones(2), np.ones((3, 1)), 1.0, np.ones((3, 3))])
def test_a_gradient_of_the_wrong_shape_is_refused(operator_name, g):
    def call():
        if operator_name == "Hessian":
            return cd.Hessian(None, grad=lambda x: g)(X)
        v = [X] if "product" in operator_name else []
        return getattr(cd, operator_name)(None, X, *v, grad=lambda x: g)

    refused(ValueError, ["grad", "shape", "x has", "(3,)", str(np.shape(g))], call)


# trap 7: the complex step through these is silently 0 elsewhere
NOT_ANALYTIC = {
    "abs": lambda x: abs(x[0]) * 2.0,
    "conj": lambda x: np.conj(x[0]) * 2,
    "norm": np.linalg.norm,
    "real": lambda x: x.real[0] ** 2,
    "vdot": lambda x: np.vdot(x, x).real,
    "offset": lambda x: 1e6 + abs(x[0]),  # much larger than what depends on x
    "float": lambda x: x[0].real * x[1],
}


@pytest.mark.parametrize("kind", NOT_ANALYTIC)
def test_the_complex_step_refuses_what_is_not_analytic(kind):
    fun = NOT_ANALYTIC[kind]
    with pytest.raises(cd.FunctionValueError, match="analytic"):
        cd.gradient(fun, X, method="complex")


def test_the_complex_step_refuses_one_output_beside_a_large_one():
    # trap 7 behind an output of another size
    with pytest.raises(cd.FunctionValueError, match="analytic"):
        cd.jacobian(lambda x: np.array([1e10 * x[0], abs(x[0])]), X, method="complex")


@pytest.mark.parametrize("steepness", [1e2, 1e4, 1e6, 1e8])
def test_the_complex_step_does_not_refuse_steep_analytic_functions(steepness):
    g = cd.gradient(lambda x: np.sin(steepness * x[0]), [0.3], method="complex")
    assert_allclose(g, [steepness * math.cos(steepness * 0.3)], rtol=1e-6)


def test_a_derivative_by_complex_steps_at_a_number():
    assert_allclose(cd.derivative(np.exp, 0.5, method="complex"), math.exp(0.5), rtol=1e-14)


def test_a_kink_is_zero_and_no_crash(number_operator, entries):
    # trap 13: abs at 0
    assert np.isfinite(
        entries(number_operator(lambda x: float(np.abs(x).sum()), np.zeros(2)))
    ).all()
    assert_array_equal(cd.gradient(lambda x: np.abs(x).sum(), np.zeros(2)), [0, 0])
