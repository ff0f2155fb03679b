"""x_as: fun gets the same numbers as a list, or one by one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

POINT = np.array([[0.3, -1.2, 2.0], [0.7, 1.1, -0.4]])
FLAT = POINT.ravel()
WAYS = {
    "central": {},
    "order 4": {"order": 4},
    "forward": {"method": "forward"},
    "adaptive": {"method": "adaptive"},
    "noise": {"noise": 1e-9},
    "bounds": {"bounds": (-1.2, 2.0)},
    "full": {"full_output": True},
}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def as_array(fun):
    """fun, for whoever calls it with a list."""
    return lambda x, *args: fun(np.array(x), *args)


@pytest.mark.parametrize("x", [FLAT, POINT, FLAT[:0], POINT[..., None], 0.5, np.array(0.5)])
def test_a_list_has_the_numbers_of_the_array(operator, entries, way, x):
    expected = operator(operator.function, x, **way)
    found = operator(as_array(operator.function), x, x_as="list", **way)
    assert_array_equal(entries(found), entries(expected))


def test_arguments_are_the_numbers_of_the_array(operator, entries, way):
    fun = operator.function
    expected = operator(fun, FLAT, **way)
    found = operator(lambda *x: fun(np.array(x)), FLAT, x_as="arguments", **way)
    assert_array_equal(entries(found), entries(expected))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("method", ["central", "complex"])
def test_other_types(dtype, method):
    kind = {np.longdouble: np.longdouble}.get(dtype, float)
    if method == "complex":
        kind = {np.longdouble: np.clongdouble}.get(dtype, complex)
    seen = []

    def fun(x):
        seen.extend(type(item) for item in x)
        return x[0] ** 2 * x[1]

    x = np.array([1.5, 0.25], dtype)
    found = cd.gradient(fun, x, x_as="list", method=method)
    assert found.dtype == dtype
    assert set(seen) - {np.longdouble, float} == {kind} - {np.longdouble, float}
    assert kind in seen
    exact = [0.75, 2.25]
    assert_allclose(found, exact, rtol=2e-4 if dtype == np.float32 else 1e-9)


def test_what_fun_gets():
    seen = []

    def fun(x):
        seen.append(x)
        return 0.0

    cd.gradient(fun, FLAT, x_as="list")
    assert {type(x) for x in seen} == {list}
    assert {type(item) for x in seen for item in x} == {float}
    seen.clear()
    cd.gradient(fun, POINT, x_as="list")
    assert_array_equal(seen, cd.gradient_plan(POINT).points())
    assert {type(row) for x in seen for row in x} == {list}
    seen.clear()
    cd.gradient(fun, 0.5, x_as="list")
    cd.derivative(fun, [0.5, 1.5], x_as="list")
    cd.derivative(fun, [0.5, 1.5], x_as="arguments")
    assert {type(x) for x in seen} == {float}


@pytest.mark.parametrize("x", [POINT, POINT[None]])
def test_arguments_need_one_axis(operator, x):
    with pytest.raises(ValueError, match=r"x_as='arguments' is for .*got x of shape \("):
        operator(operator.function, x, x_as="arguments")


def test_arguments_of_a_number():
    assert_allclose(cd.gradient(lambda x, a: a * x, 2.0, x_as="arguments", args=(3.0,)), 3)
    x = np.array(2.0)
    assert_allclose(cd.gradient(lambda x, a: a * x, x, x_as="arguments", args=(3.0,)), 3)
    assert cd.gradient(lambda: 1.0, [], x_as="arguments").shape == (0,)


@pytest.mark.parametrize("n", [0, 1, 2, 6, 7, 8, 30])
@pytest.mark.parametrize("more", [0, 1, 5, 9])
def test_args_and_kwargs_follow_the_point(n, more):
    args = tuple(range(more))

    def fun(*given, a=None, b=None):
        assert given[n:] == args
        assert (a, b) == ("a", "b")
        return sum(given[:n]) * 3.0

    def of_list(x, *given, **kwargs):
        return fun(*x, *given, **kwargs)

    options = {"args": args, "kwargs": {"b": "b", "a": "a"}}
    x = np.arange(1.0, n + 1)
    assert_allclose(cd.gradient(fun, x, x_as="arguments", **options), np.full(n, 3.0))
    assert_allclose(cd.gradient(of_list, x, x_as="list", **options), np.full(n, 3.0))


def test_one_object_for_points_of_any_size():
    for x_as in ("list", "arguments"):

        def fun(*given, x_as=x_as):
            coordinates = given[0] if x_as == "list" and isinstance(given[0], list) else given[:-1]
            return sum(item**2 for item in coordinates) * given[-1]

        def of_list(x, a):
            return sum(item**2 for item in (x if isinstance(x, list) else [x])) * a

        G = cd.Gradient(fun if x_as == "arguments" else of_list, x_as=x_as, args=(2.0,))
        for x in ([1.0, 2.0], [1.0] * 9, 3.0, [1.0], np.float32([1, 2]), [5.0, 7.0]):
            assert_allclose(G(x), 4 * np.asarray(x), rtol=1e-3)
            assert_allclose(G(x, 1.0), 2 * np.asarray(x), rtol=1e-3)


def test_lists_that_fun_keeps_never_change(operator, entries):
    kept, seen = [], []

    def fun(x):
        kept.append(x)
        seen.append(list(x))
        return operator.function(np.array(x))

    result = operator(fun, FLAT, x_as="list")
    assert kept == seen
    assert len({id(x) for x in kept}) == len(kept)
    assert_array_equal(entries(result), entries(operator(operator.function, FLAT)))


@pytest.mark.parametrize(
    "spoil",
    [
        list.clear,
        list.reverse,
        list.pop,
        lambda x: x.append(1.0),
        lambda x: x.extend(x * 1000),
        lambda x: x.__setitem__(0, "no"),
        lambda x: x.__setitem__(slice(None), [x] * len(x)),
        lambda x: x.__setitem__(slice(None), [np.float64(item) for item in x]),
    ],
)
def test_lists_may_be_spoilt(operator, entries, spoil):
    def fun(x):
        value = operator.function(np.array(x))
        spoil(x)
        return value

    result = operator(fun, FLAT, x_as="list")
    assert_array_equal(entries(result), entries(operator(operator.function, FLAT)))


def test_the_list_may_be_returned():
    assert_allclose(cd.jacobian(lambda x: x, FLAT, x_as="list"), np.eye(6))
    assert_allclose(cd.jacobian(lambda *x: x, FLAT, x_as="arguments"), np.eye(6))


def test_zeros_keep_their_sign():
    seen = []
    cd.gradient(lambda x: seen.append(list(x)) or 0.0, [-0.0, 0.0], x_as="list")
    cd.gradient(lambda x: seen.append(list(x)) or 0.0, [0.0, -0.0], x_as="list")
    assert [str(x[1]) for x in seen[:2]] == ["0.0"] * 2
    assert [str(x[1]) for x in seen[4:6]] == ["-0.0"] * 2
    assert [str(x[0]) for x in seen[2:4]] == ["-0.0"] * 2


@pytest.mark.parametrize("x_as", ["list", "arguments"])
def test_fun_may_call_the_object_that_calls_it(x_as):
    depth = []

    def fun(*given):
        x = given[0] if x_as == "list" else given
        if not depth:
            depth.append(1)
            assert_allclose(G([4.0, 1.0, 2.0]), [8, 2, 4])
            assert_allclose(G([4.0, 1.0]), [8, 2])
            depth.pop()
        return sum(item**2 for item in x)

    G = cd.Gradient(fun, x_as=x_as)
    for _ in range(3):
        assert_allclose(G([1.0, 2.0, 3.0]), [2, 4, 6])


def test_what_fun_raises_says_where():
    def fun(x, y):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine") as caught:
        cd.gradient(fun, [1.0, 2.0], x_as="arguments")
    assert "evaluation 1 of 4 of fun, at x[0] displaced by" in caught.value.__notes__[0]
    with pytest.raises(TypeError) as caught:  # three coordinates for two parameters
        cd.gradient(fun, [1.0, 2.0, 3.0], x_as="arguments")


def test_estimates_of_noise():
    def fun(x):
        return round(sum(np.sin(x)), 6)

    expected = cd.estimate_noise(fun, [1.0, 2.0])
    assert cd.estimate_noise(fun, [1.0, 2.0], x_as="list") == expected
    assert cd.estimate_noise(lambda *x: fun(x), [1.0, 2.0], x_as="arguments") == expected


@pytest.mark.parametrize("method", ["central", "complex"])
def test_no_coordinate_and_other_arguments(method):
    # the complex step calls fun with real points too, and so lays arguments anew
    given = []

    def fun(*args, **kwargs):
        given.append((args, kwargs))
        return 1.0

    J = cd.directional_derivative(
        fun, [], [], x_as="arguments", args=(1, 2), kwargs={"k": 3}, method=method
    )
    assert J == 0
    assert set(map(str, given)) == {"((1, 2), {'k': 3})"}
