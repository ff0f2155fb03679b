"""What fun may do: anything. Neither the result, nor fun, nor the caller's data come to harm."""

import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

POINT = np.array([[0.3, -1.2, 2.0], [0.7, 1.1, -0.4]])
KEPT = {  # how fun keeps what it is given, and how it looks at it later
    "array": (lambda x: x, np.array),
    "view": (lambda x: x[...], np.array),
    "transposed": (lambda x: x.T, lambda kept: np.array(kept.T)),
    "reshaped": (lambda x: x.reshape(-1), lambda kept: np.array(kept).reshape(POINT.shape)),
    "memoryview": (memoryview, np.array),
    "iterator": (lambda x: x.flat, lambda kept: np.array(kept.base)),
    "closure": (lambda x: lambda: x, lambda kept: np.array(kept())),
}


@pytest.mark.parametrize("way", KEPT)
def test_points_that_fun_keeps_never_change(operator, entries, way):
    keep, look = KEPT[way]
    kept, seen = [], []

    def fun(x):
        seen.append(x.copy())
        kept.append(keep(x))
        return operator.function(x)

    result = operator(fun, POINT)
    assert_array_equal([look(item) for item in kept], seen)
    assert_array_equal(entries(result), entries(operator(operator.function, POINT)))


def test_points_that_fun_keeps_are_distinct_and_those_of_the_plan(planned):
    kept = []

    def fun(x):
        kept.append(x)
        return planned.function(x)

    planned(fun, POINT)
    assert len({id(x) for x in kept}) == len({x.ctypes.data for x in kept}) == len(kept)
    assert_array_equal(kept, planned.plan(POINT).points())


def test_points_that_fun_keeps_now_and_then_never_change(operator, entries):
    kept = []

    def fun(x):
        if len(kept) % 3 == 0:
            kept.append((x, x.copy()))
        else:
            kept.append((x[0, 1:], x[0, 1:].copy()))
        return operator.function(x)

    result = operator(fun, POINT)
    for x, seen in kept:
        assert_array_equal(x, seen)
    assert_array_equal(entries(result), entries(operator(operator.function, POINT)))


def test_a_weak_reference_is_dead_or_shows_the_old_numbers(operator):
    seen = []

    def fun(x):
        for reference, numbers in seen:
            if reference() is not None:
                assert_array_equal(reference(), numbers)
        seen.append((weakref.ref(x), x.copy()))
        return operator.function(x)

    operator(fun, POINT)
    assert len(seen) > 1


def test_fun_may_write_into_x(operator, entries):
    # trap 2: peers are wrong by 2x to 1e10, four of them change the caller's x too
    def fun(x):
        value = operator.function(x.copy())
        x[...] = np.nan
        return value

    x = POINT.copy()
    assert_array_equal(entries(operator(fun, x)), entries(operator(operator.function, POINT)))
    assert_array_equal(x, POINT)


def turn(x):
    x.resize(x.shape[::-1], refcheck=False)


def grow(x):
    x.resize(50, refcheck=False)


def shrink(x):
    x.resize(1, refcheck=False)


def flatten(x):
    x.resize(x.size, refcheck=False)


def become_integers(x):
    x.dtype = np.int64


def become_swapped(x):
    x.dtype = x.dtype.newbyteorder()


def become_read_only(x):
    x.setflags(write=False)


@pytest.mark.parametrize(
    "change",
    [turn, grow, shrink, flatten, become_integers, become_swapped, become_read_only],
    ids=lambda change: change.__name__,
)
@pytest.mark.filterwarnings("ignore:Setting the:DeprecationWarning")
@pytest.mark.parametrize("shape", [(2, 3), (6,), (1, 6)])
def test_fun_may_change_what_kind_of_array_it_has(operator, entries, change, shape):
    given = set()

    def fun(x):
        given.add((type(x), x.shape, x.dtype, x.flags.writeable, x.flags.c_contiguous))
        value = operator.function(x.copy())
        change(x)
        return value

    x = POINT.reshape(shape).copy()
    result = operator(fun, x)
    assert given == {(np.ndarray, shape, np.dtype(float), True, True)}
    assert_array_equal(entries(result), entries(operator(operator.function, x)))


def test_fun_may_return_x_or_a_view_of_it(array_operator, entries):
    for fun in (lambda x: x, lambda x: x[...], lambda x: np.flip(x)):
        expected = entries(array_operator(lambda x, fun=fun: fun(x).copy(), POINT))
        assert_array_equal(entries(array_operator(fun, POINT)), expected)
        assert np.any(expected != 0)


def test_fun_may_return_a_number_that_is_a_view_of_x(number_operator, entries):
    result = number_operator(lambda x: x[0, 1, ...], POINT)
    assert_array_equal(entries(result), entries(number_operator(lambda x: float(x[0, 1]), POINT)))


def test_fun_may_return_the_same_buffer_each_time(array_operator, entries):
    # trap 1: six of six peers return zeros
    buffer = np.empty(POINT.shape)

    def fun(x):
        buffer[...] = array_operator.function(x)
        return buffer

    expected = entries(array_operator(array_operator.function, POINT))
    assert_array_equal(entries(array_operator(fun, POINT)), expected)
    assert np.abs(expected).max() > 0.1


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, object])
def test_the_same_buffer_of_any_type(dtype):
    # trap 1 again, where the values have to be converted on the way
    buffer = np.empty(3, dtype)

    def fun(x):
        buffer[:] = np.rint(1000 * x)
        return buffer

    J = cd.jacobian(fun, [1.0, 2.0, 3.0], abs_step=0.25)
    assert_array_equal(J, 1000 * np.eye(3))


def test_fun_may_return_the_same_number_object_each_time(number_operator, entries):
    box = np.zeros(())

    def fun(x):
        box[...] = number_operator.function(x)
        return box

    expected = entries(number_operator(number_operator.function, POINT))
    assert_array_equal(entries(number_operator(fun, POINT)), expected)


def test_fun_may_call_the_object_that_calls_it(prepared):
    x, other = POINT.ravel().copy(), np.array([0.5, 0.25])
    inner, depth = [], []

    def fun(x):
        if len(depth) < 2:
            depth.append(1)
            for point in (x.copy(), other):
                inner.append((point, derivative(point)))
            depth.pop()
        return prepared.function(x)

    derivative = prepared.prepare(fun)
    plain = prepared.prepare(prepared.function)
    assert_array_equal(derivative(x), plain(x))
    assert len(inner) > 20
    for point, result in inner[:200]:
        assert_array_equal(result, plain(point))


def test_derivatives_of_derivatives():
    G = cd.Gradient(lambda x: x[0] ** 2 * x[1], order=4)
    H = cd.jacobian(G, [1.0, 2.0], order=4)
    assert_allclose(H, [[4, 2], [2, 0]], atol=1e-7)


def test_x_and_v_stay_as_they_are():
    x, v = POINT.copy(), np.ones_like(POINT)
    for function in (cd.directional_derivative, cd.hessian_vector_product):
        for fail in (False, True):

            def fun(x, fail=fail):
                value = float(np.sum(x**3))
                x.fill(0)
                if fail:
                    raise RuntimeError
                return value

            try:
                function(fun, x, v)
            except RuntimeError:
                assert fail
            assert_array_equal(x, POINT)
            assert_array_equal(v, 1)


def test_read_only_x_is_fine_and_fun_may_still_write(operator, entries):
    x = POINT.copy()
    x.setflags(write=False)

    def fun(x):
        value = operator.function(x.copy())
        x += 1
        return value

    assert_array_equal(entries(operator(fun, x)), entries(operator(operator.function, POINT)))


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_fun_may_be_finite_on_both_sides_and_then_on_neither():
    # the search then ends with no level left to look at: the sanitized build sees if it does
    been_far = []

    def fun(x):
        been_far.append(x < -0.01)
        return np.nan if x < -0.01 or (x > 0 and any(been_far)) else float(np.sin(x))

    for n in (1, 2, 3):
        been_far.clear()
        found = cd.derivative(fun, 0.0, n=n, method="adaptive", full_output=True)
        assert found.error >= 0


@pytest.mark.parametrize(
    "options",
    [
        {"method": "adaptive"},
        {"noise": 1e-6},
        {"sparsity": np.ones((6, 6))},
        {"sparsity": "detect"},
        {"sparsity": np.ones((6, 6)), "bounds": (POINT.ravel() - 1e-3, POINT.ravel())},
    ],
    ids=str,
)
def test_fun_may_write_into_the_x_of_the_caller(options):
    x = POINT.ravel().copy()

    def fun(given):
        x[...] = 7
        return np.sin(given)

    def plain(given):
        return np.sin(given)

    found, expected = (cd.jacobian(f, p, **options) for f, p in ((fun, x), (plain, POINT.ravel())))
    if "sparsity" in options:
        found, expected = found.toarray(), expected.toarray()
    assert_array_equal(found, expected)
