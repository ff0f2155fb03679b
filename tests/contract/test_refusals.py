"""What is refused: the builtin type of the error, and a message that names the argument, what came,
and what is allowed."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

X = np.array([1.0, 2.0])


def refused(error, words, function, *args, **options):
    """The call raises that builtin error, of this package, with all these words in the message."""
    with pytest.raises(error) as caught:
        function(*args, **options)
    assert isinstance(caught.value, cd.CentraldiffError)
    for word in words:
        assert word in str(caught.value)


BAD_X = {
    "text": ("1, 2", TypeError, ["x ", "real numbers", "'1, 2'"]),
    "list of text": (["1", "2"], TypeError, ["x ", "real numbers", "list"]),
    "bytes": (b"12", TypeError, ["x ", "real numbers"]),
    "None": (None, TypeError, ["x ", "real numbers", "NoneType"]),
    "None inside": ([1.0, None], TypeError, ["x ", "real numbers", "NoneType"]),
    "complex number": (1j, TypeError, ["x ", "real numbers", "complex"]),
    "complex array": (np.ones(2, complex), TypeError, ["x ", "real numbers", "complex128"]),
    "complex64 array": (np.ones(2, np.complex64), TypeError, ["x ", "real numbers", "complex64"]),
    "ragged": ([[1, 2], [3]], (TypeError, ValueError), ["x "]),
    "masked": (np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, ["x ", "masked"]),
    "dict": ({"a": 1}, TypeError, ["x ", "real numbers", "dict"]),
    "set": ({1.0}, TypeError, ["x ", "real numbers", "set"]),
    "dates": (np.array(["2020-01-01"], "M8[D]"), TypeError, ["x ", "real numbers", "datetime64"]),
    "records": (np.zeros(2, "f8,f8"), TypeError, ["x ", "real numbers"]),
    "NaN": ([1.0, np.nan], ValueError, ["x must be finite", "nan", "x[1]"]),
    "inf": ([np.inf, 1.0], ValueError, ["x must be finite", "inf", "x[0]"]),
    "matrix with -inf": ([[1.0, 2.0], [-np.inf, 0.0]], ValueError, ["finite", "-inf", "x[1, 0]"]),
    "NaN number": (np.nan, ValueError, ["x must be finite", "nan"]),
    "float32 NaN": (np.array([1, np.nan], np.float32), ValueError, ["finite", "nan", "x[1]"]),
    "huge int": ([10**400], (ValueError, TypeError), ["x "]),
}


@pytest.mark.parametrize("kind", BAD_X)
def test_bad_x(operator, kind):
    x, error, words = BAD_X[kind]
    calls = []
    with pytest.raises(error) as caught:
        operator(lambda x: calls.append(1), x)
    # where a direction of x's shape is made up, v may be what is blamed first
    assert isinstance(caught.value, cd.CentraldiffError) or "inhomogeneous" in str(caught.value)
    if isinstance(caught.value, cd.CentraldiffError):
        assert all(word in str(caught.value) for word in words), str(caught.value)
    assert not calls


@pytest.mark.parametrize("kind", BAD_X)
def test_bad_x_of_derivative(kind):
    x, error, words = BAD_X[kind]
    refused(error, [word for word in words if "[" not in word], cd.derivative, np.sin, x)


@pytest.mark.parametrize(
    "options", [{}, {"rel_step": 1e-4}, {"typical_x": 2.0}, {"abs_step": 1e-4}]
)
def test_x_is_blamed_whatever_the_steps(number_operator, options):
    refused(
        ValueError, ["x must be finite", "x[1]"], number_operator, np.sum, [1, np.nan], **options
    )


def test_a_prepared_object_that_knows_x_still_looks_at_it(prepared):
    for method in ("central", "complex"):
        if method == "complex" and prepared.name == "Hessian":
            continue
        derivative = prepared.prepare(
            (lambda x: x * x) if prepared.takes_array else (lambda x: x[0] * x[1]), method=method
        )
        expected = derivative(X)
        refused(TypeError, ["x ", "real numbers", "complex128"], derivative, X + 1j)
        refused(ValueError, ["x must be finite", "x[0]"], derivative, np.array([np.nan, 1]))
        refused(TypeError, ["x ", "real numbers"], derivative, "abc")
        assert_array_equal(derivative(X), expected)


BAD_OPTIONS = [
    ({"method": "centre"}, ValueError, ["method", "'centre'", "central", "complex"]),
    ({"method": "2-point"}, ValueError, ["method", "'2-point'", "central"]),
    ({"method": None}, TypeError, ["method", "None", "central"]),
    ({"method": 3}, TypeError, ["method", "3", "central"]),
    ({"method": ["central"]}, TypeError, ["method", "['central']"]),
    ({"order": 3}, ValueError, ["order", "3", "(2, 4, 6, 8)"]),
    ({"order": 10}, ValueError, ["order", "10"]),
    ({"order": 0}, ValueError, ["order", "0"]),
    ({"order": -2}, ValueError, ["order", "-2"]),
    ({"order": 2.0}, TypeError, ["order", "integer", "2.0"]),
    ({"order": "2"}, TypeError, ["order", "integer", "'2'"]),
    ({"order": True}, TypeError, ["order", "integer", "True"]),
    ({"order": [2]}, TypeError, ["order", "integer", "[2]"]),
    ({"method": "forward", "order": 6}, ValueError, ["order", "6", "(1, 2, 3, 4)", "forward"]),
    *(
        ({name: value}, error, [name, *words])
        for name in ("rel_step", "abs_step", "typical_x")
        for value, error, words in [
            (0.0, ValueError, ["positive", "0.0"]),
            (-1e-3, ValueError, ["positive", "-0.001"]),
            (np.nan, ValueError, ["finite", "nan"]),
            (np.inf, ValueError, ["finite", "inf"]),
            ([1e-3, -1.0], ValueError, ["positive", "-1.0"]),
            ([1e-3] * 3, ValueError, ["(2,)", "(3,)"]),
            ([[1e-3, 1e-3]], ValueError, ["(2,)", "(1, 2)"]),
            ("small", TypeError, ["real numbers", "'small'"]),
            (1j, TypeError, ["real numbers", "complex"]),
            ({}, TypeError, ["real numbers", "dict"]),
        ]
    ),
    ({"abs_step": 0.1, "rel_step": 0.1}, ValueError, ["abs_step", "rel_step", "not both"]),
    ({"abs_step": 0.1, "typical_x": 0.1}, ValueError, ["abs_step", "typical_x", "not both"]),
    ({"args": 5}, TypeError, ["args", "int 5", "tuple"]),
    ({"args": "ab"}, TypeError, ["args", "str 'ab'", "tuple"]),
    ({"args": None}, TypeError, ["args", "None", "tuple"]),
    ({"kwargs": [("a", 1)]}, TypeError, ["kwargs", "dict", "list"]),
    ({"kwargs": {1: 2}}, TypeError, ["kwargs", "dict", "str keys", "{1: 2}"]),
]


@pytest.mark.parametrize(
    ("options", "error", "words"), BAD_OPTIONS, ids=lambda value: str(value)[:30]
)
def test_bad_options(operator, options, error, words):
    refused(error, words, operator, operator.function, X, **options)


@pytest.mark.parametrize(
    ("options", "error", "words"), BAD_OPTIONS, ids=lambda value: str(value)[:30]
)
def test_bad_options_of_derivative(options, error, words):
    refused(error, words, cd.derivative, np.sin, X, **options)


@pytest.mark.parametrize("name", ["bound", "steps", "workers_", "h"])
def test_unknown_options(operator, name):
    with pytest.raises(TypeError, match=name):
        operator(operator.function, X, **{name: 1})


@pytest.mark.parametrize("fun", [5, "sum", [np.sum], np.ones(2), None])
@pytest.mark.parametrize("x", [X, 2.0, []], ids=["array", "number", "empty"])
def test_fun_that_can_not_be_called(operator, fun, x):
    if fun is None and operator.argument == "grad":
        return  # no grad= at all is what None says
    refused(TypeError, [operator.argument, "callable", type(fun).__name__], operator, fun, x)


@pytest.mark.parametrize("fun", [5, None])
def test_fun_of_derivative_that_can_not_be_called(fun):
    refused(TypeError, ["fun", "callable"], cd.derivative, fun, 1.0)


@pytest.mark.parametrize("function", [cd.directional_derivative, cd.hessian_vector_product])
@pytest.mark.parametrize(
    ("v", "error", "words"),
    [
        ([1.0], ValueError, ["v ", "(2,)", "(1,)"]),
        (1.0, ValueError, ["v ", "(2,)", "()"]),
        ([[1.0, 2.0]], ValueError, ["v ", "(2,)", "(1, 2)"]),
        ([1.0, np.nan], ValueError, ["v ", "finite", "nan", "1"]),
        ([np.inf, 1.0], ValueError, ["v ", "finite", "inf", "0"]),
        ("ab", TypeError, ["v ", "real numbers", "'ab'"]),
        (None, TypeError, ["v ", "real numbers"]),
        ([1j, 2], TypeError, ["v ", "real numbers", "complex"]),
    ],
)
def test_bad_v(function, v, error, words):
    refused(error, words, function, np.sum, X, v)


@pytest.mark.parametrize(
    ("n", "error", "words"),
    [
        (0, ValueError, ["n ", "1", "10", "0"]),
        (11, ValueError, ["n ", "10", "11"]),
        (-1, ValueError, ["n ", "-1"]),
        (1.0, TypeError, ["n ", "integer", "1.0"]),
        (True, TypeError, ["n ", "integer", "True"]),
        ("1", TypeError, ["n ", "integer", "'1'"]),
        (None, TypeError, ["n ", "integer", "None"]),
    ],
)
def test_bad_n(n, error, words):
    refused(error, words, cd.derivative, np.sin, 1.0, n)


@pytest.mark.parametrize("n", [2, 3])
def test_no_higher_derivative_by_complex_steps(n):
    refused(
        ValueError, ["complex", "first", str(n)], cd.derivative, np.sin, 1.0, n, method="complex"
    )


def test_no_order_for_complex_steps():
    refused(
        ValueError, ["order", "complex", "4"], cd.gradient, np.sum, X, method="complex", order=4
    )


def test_bad_out(prepared):
    calls = []

    def fun(x):
        calls.append(1)
        return prepared.function(x)

    derivative = prepared.prepare(fun)
    shape = derivative(X).shape
    read_only = np.empty(shape)
    read_only.setflags(write=False)
    for out, error, words in [
        (np.empty((*shape, 1)), ValueError, [str(shape), str((*shape, 1)), "float64"]),
        (np.empty(shape, np.float32), ValueError, ["float64", "float32"]),
        (np.empty(shape, int), ValueError, ["float64", "int64"]),
        (read_only, ValueError, ["writeable", "read-only"]),
        ([0.0, 0.0], TypeError, ["NumPy array", "list"]),
        (0, TypeError, ["NumPy array", "int"]),
    ]:
        calls.clear()
        refused(error, ["out", *words], derivative, X, out=out)
        assert len(calls) <= 1  # one tells a Jacobian's shape


def test_out_of_any_layout(prepared):
    derivative = prepared.prepare(prepared.function)
    expected = derivative(X)
    for out in (
        np.empty(expected.shape, order="F"),
        np.empty((2 * len(expected), *expected.shape[1:]))[::2],
        np.empty(expected.shape)[::-1],
    ):
        assert derivative(X, out=out) is out
        assert_array_equal(out, expected)


def test_out_may_be_x_itself():
    x = X.copy()
    assert cd.Gradient(lambda x: x @ x)(x, out=x) is x
    assert_array_equal(x, cd.gradient(lambda x: x @ x, X))


@pytest.mark.parametrize("value", [np.zeros(2), np.zeros((2, 2)), np.array("array"), None, 1])
@pytest.mark.parametrize("option", ["method", "x_as"])
def test_what_is_no_name_is_refused_as_such(operator, option, value):
    refused(TypeError, [f"{option} must be ", repr(value)], operator, np.sum, X, **{option: value})


@pytest.mark.parametrize("option", ["method", "x_as"])
def test_what_is_no_name_is_refused_as_such_by_derivative(option):
    value = np.zeros(2)
    refused(TypeError, [f"{option} must be "], cd.derivative, np.sin, X, **{option: value})
    if option == "x_as":
        refused(TypeError, ["x_as must be "], cd.estimate_noise, np.sin, X, x_as=value)


@pytest.mark.parametrize("window", [(2**64,), (0, 10**30), (-(2**70),), (0, 1.5), ("0",), (0, -1)])
def test_points_that_a_plan_has_not(window):
    with pytest.raises(cd.CentraldiffError, match=r"start|stop"):
        cd.gradient_plan(X).points(*window)


class NoArray:
    """What NumPy itself refuses."""

    def __array__(self, dtype=None, copy=None):
        return 1.0


@pytest.mark.parametrize("values", [[[1], [2, 3]], NoArray()], ids=["ragged", "no array"])
def test_values_that_are_no_array(values):
    refused(TypeError, ["values must be"], cd.hessian_plan(X).combine, values)


def test_x_has_too_many_axes(operator):
    with pytest.raises(cd.ArgumentValueError, match="at most 32 axes, got 33"):
        operator(operator.function, np.ones((1,) * 33), bounds=(0, 2))


def test_32_axes(operator, entries):
    x = np.ones((1,) * 32)
    assert entries(operator(operator.function, x, bounds=(0, 2))).size <= 3


def test_values_have_too_many_axes():
    refused(ValueError, ["fun", "32 axes"], cd.jacobian, lambda x: x.reshape((1,) * 33), [1.0])


@pytest.mark.parametrize("bounds", [(np.inf, np.inf), (None, -np.inf), ([0, np.inf], np.inf)])
def test_bounds_that_leave_no_room(operator, bounds):
    with pytest.raises(cd.ArgumentValueError, match="bounds must leave room"):
        operator(operator.function, X, bounds=bounds)


def test_fun_resizes_out():
    out = np.empty(2)

    def fun(x):
        out.resize(5, refcheck=False)
        return 1.0

    refused(ValueError, ["out", "(5,)"], cd.Gradient(fun), X, out=out)
