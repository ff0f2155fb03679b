"""x of every kind: what fun sees of it, and what the result looks like."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

BASE = np.arange(1.0, 25.0).reshape(4, 6)


def strided():
    return BASE[:, ::3]


def unaligned():
    raw = np.zeros(8 * 6 + 1, np.uint8)
    x = raw[1:].view(np.float64)
    x[:] = BASE[0]
    assert not x.flags.aligned
    return x


def read_only():
    x = BASE.copy()
    x.setflags(write=False)
    return x


# trap 15: what comes, the shape and the type that fun sees and the result has
INPUTS = {
    "list of ints": ([1, 2], (2,), float),
    "list of floats": ([1.5, 2.5], (2,), float),
    "nested list": ([[1, 2], [3, 4]], (2, 2), float),
    "tuple": ((1.0, 2), (2,), float),
    "range": (range(1, 4), (3,), float),
    "bools": ([True, False], (2,), float),
    "integers": (np.array([1, 2], np.int8), (2,), float),
    "unsigned": (np.array([1, 2], np.uint64), (2,), float),
    "0-d": (np.array(2.0), (), float),
    "column": (BASE[:, :1].copy(), (4, 1), float),
    "row": (BASE[:1].copy(), (1, 6), float),
    "matrix": (BASE.copy(), (4, 6), float),
    "three axes": (BASE.reshape(2, 3, 4).copy(), (2, 3, 4), float),
    "empty": (np.empty(0), (0,), float),
    "empty list": ([], (0,), float),
    "empty with axes": (np.empty((2, 0, 3)), (2, 0, 3), float),
    "Fortran": (np.asfortranarray(BASE), (4, 6), float),
    "strided": (strided(), (4, 2), float),
    "reversed": (BASE[0, ::-1], (6,), float),
    "broadcast": (np.broadcast_to(2.0, (3,)), (3,), float),
    "unaligned": (unaligned(), (6,), float),
    "swapped": (BASE[0].astype(BASE.dtype.newbyteorder()), (6,), float),
    "swapped float32": (np.array([1, 2], np.dtype("f4").newbyteorder()), (2,), np.float32),
    "read-only": (read_only(), (4, 6), float),
    "float16": (BASE[0].astype(np.float16), (6,), float),
    "float32": (BASE[0].astype(np.float32), (6,), np.float32),
    "longdouble": (BASE.astype(np.longdouble), (4, 6), np.longdouble),
    "fractions": ([Fraction(1, 2), Fraction(3)], (2,), float),
    "decimals": (np.array([Decimal("0.5"), 2], object), (2,), float),
    "np.matrix": (BASE.view(np.matrix), (4, 6), float),
    "masked, nothing masked": (np.ma.array([1.0, 2.0]), (2,), float),
    "subclass": (np.rec.array(BASE[0].copy()), (6,), float),
}


def polynomial(x):
    return (x * x).sum()


@pytest.mark.parametrize("kind", INPUTS)
def test_what_fun_sees_and_what_comes_back(operator, kind):
    x, shape, dtype = INPUTS[kind]
    before = np.array(x, copy=True)
    seen = []

    def fun(point):
        seen.append(
            (type(point), point.shape, point.dtype, point.flags.carray, point.flags.owndata)
        )
        return point * point if operator.takes_array else polynomial(point)

    result = operator(fun, x)
    assert set(seen) <= {(np.ndarray, shape, np.dtype(dtype), True, True)}
    last = result[-1] if isinstance(result, tuple) else result
    many = {
        "hessian_diagonal": shape,
        "hessian_vector_product": shape,
        "gradient": shape,
        "Gradient": shape,
        "value_and_gradient": shape,
        "directional_derivative": shape,
        "hessian_vector_product of grad": shape,
    }
    assert last.shape == many.get(operator.name, shape + shape)
    assert last.dtype == dtype
    assert_array_equal(np.array(x), before)


@pytest.mark.parametrize("kind", INPUTS)
def test_the_gradient_is_right(kind):
    x, shape, dtype = INPUTS[kind]
    numbers = np.array(x).astype(dtype).reshape(shape)
    tolerance = 10 * float(np.finfo(dtype).eps) ** (2 / 3) * (1 + float(polynomial(numbers)))
    for derivative in (cd.gradient, lambda fun, x: cd.Gradient(fun)(x)):
        assert_allclose(derivative(polynomial, x), 2 * numbers, rtol=0, atol=tolerance)
    J = cd.jacobian(lambda x: x * x, x).reshape(numbers.size, numbers.size)
    assert_allclose(J, np.diag(2 * numbers.ravel()), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("x", "kind", "back"),
    [
        (3, float, np.float64),
        (3.0, float, np.float64),
        (True, float, np.float64),
        (np.float64(3), float, np.float64),
        (np.int32(3), float, np.float64),
        (np.float32(3), np.float32, np.float32),
        (np.longdouble(3), np.longdouble, np.longdouble),
        (np.float16(3), float, np.float64),
        (Fraction(3), float, np.float64),
        (Decimal(3), float, np.float64),
    ],
)
def test_a_number_for_x_is_a_number_for_fun(operator, x, kind, back):
    seen = []

    def fun(point):
        seen.append(type(point))
        return point * point

    result = operator(fun, x)
    assert set(seen) == {kind}
    last = result[-1] if isinstance(result, tuple) else result
    assert type(last) is back
    second = "essian" in operator.name and not operator.takes_array
    assert_allclose(float(last), 2 if second else 2 * float(x), rtol=2e-3)


def test_fun_sees_a_new_array_and_not_the_one_of_the_caller(operator):
    x = np.array([1.0, 2.0])
    seen = []

    def fun(point):
        seen.append(np.shares_memory(point, x))
        return operator.function(point)

    operator(fun, x)
    assert seen
    assert not any(seen)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_the_complex_step_follows_the_type_of_x(dtype):
    seen = set()

    def fun(x):
        seen.add(x.dtype.type)
        return x[0] * x[1]

    g = cd.gradient(fun, np.array([2, 3], dtype), method="complex")
    assert g.dtype == dtype
    assert_allclose(g, [3, 2], rtol=2 * np.finfo(dtype).eps)
    assert seen == {dtype, np.result_type(dtype, np.complex64).type}


SEQUENCE = [
    np.array([1.0, 2.0, 3.0, 4.0]),
    np.array([1, 2, 3, 4], np.float32),
    [1, 2, 3, 4],
    np.array([1.0, 2.0, 3.0, 4.0]),
    np.array([1, 2, 3, 4], np.longdouble),
    np.array([1, 2, 3, 4], np.float32),
    np.array([[1.0, 2.0], [3.0, 4.0]]),
    np.array([[1.0, 2.0, 3.0, 4.0]]),
    np.array([[1.0], [2.0], [3.0], [4.0]]),
    2.0,
    np.array([5.0, 6.0]),
    np.array(2.0),
    np.float32(2),
    np.array([5.0, 6.0, 7.0, 8.0])[::-1],
    np.empty(0),
    np.array([5.0]),
]


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize("method", ["central", "forward", "complex"])
def test_one_object_takes_points_of_every_shape_and_type_in_turn(prepared, method, offset):
    if method == "complex" and not prepared.takes_array and prepared.name != "Gradient":
        method = "backward"
    seen = []

    def fun(x):
        seen.append((type(x), np.shape(x), getattr(x, "dtype", None)))
        return x * x if prepared.takes_array else np.sum(x * x)

    derivative = prepared.prepare(fun, method=method)
    for x in SEQUENCE[offset:] + SEQUENCE[:offset] + SEQUENCE[::-1]:
        seen.clear()
        result, used = derivative(x), list(seen)
        seen.clear()
        expected = prepared.prepare(fun, method=method)(x)
        assert used == seen
        assert result.dtype == expected.dtype
        assert_array_equal(result, expected)


def test_a_step_much_shorter_than_x_is_the_step_and_not_lost():
    # trap 11: rel_step=1e-6 at x = 1e-13 gives 0 elsewhere
    assert_allclose(cd.gradient(np.sum, [1e-13], rel_step=1e-6), [1], rtol=1e-9)
    assert_allclose(cd.gradient(np.sum, [1e-13], rel_step=1e-6, typical_x=1e-13), [1], rtol=1e-9)


@pytest.mark.parametrize("option", [{"abs_step": 1e-20}, {"rel_step": 1e-17}])
def test_a_step_that_is_lost_in_rounding_is_refused(operator, option):
    # trap 11, where x + h is x: neither 0 nor NaN but an error
    with pytest.raises(ValueError, match="step") as caught:
        operator(operator.function, [1.0, 2.0], **option)
    assert "lost in rounding" in str(caught.value)
    assert isinstance(caught.value, cd.CentraldiffError)


@pytest.mark.parametrize("length", [1e-307, 1e-300, 1e-20, 1.0, 1e20, 1e300])
@pytest.mark.parametrize("function", [cd.directional_derivative, cd.hessian_vector_product])
def test_a_direction_of_any_length(function, length):
    v = np.array([3.0, -1.0]) * length
    expected = function(lambda x: x[0] ** 2 * x[1], [1.0, 2.0], v / length)
    found = function(lambda x: x[0] ** 2 * x[1], [1.0, 2.0], v)
    assert_allclose(found / length, expected, rtol=1e-2 if length < 1e-307 else 1e-5)


@pytest.mark.parametrize("function", [cd.directional_derivative, cd.hessian_vector_product])
def test_no_direction_at_all(function):
    assert_array_equal(function(lambda x: x[0] ** 2 * x[1], [1.0, 2.0], [0.0, 0.0]), 0)
