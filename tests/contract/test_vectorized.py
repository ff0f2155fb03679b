"""vectorized=True: the same numbers out of few calls, whatever fun does with its points."""

import math
import weakref

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
    "estimated noise": {"noise": "estimate"},
    "bounds": {"bounds": (-1.2, 2.0)},
}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def many(fun):
    """fun of one point, for many."""
    return lambda x, *args: np.stack([fun(x[..., j], *args) for j in range(x.shape[-1])], axis=-1)


def cost(result):
    parts = result if isinstance(result, tuple) else (result,)
    return {part.nfev for part in parts if isinstance(part, cd.DerivativeResult)}


@pytest.mark.parametrize("x", [FLAT, POINT, POINT[..., None], 0.5, np.array(0.5)])
def test_same_bits_as_one_at_a_time(operator, entries, way, x):
    fun = operator.function
    expected = operator(fun, x, full_output=True, **way)
    calls = []

    def of_many(x):
        calls.append(x.shape[-1])
        return many(fun)(x)

    found = operator(of_many, x, vectorized=True, full_output=True, **way)
    assert_array_equal(entries(found), entries(expected))
    looked_after = way.get("noise") != "estimate" and max(calls) > 1
    assert cost(found) == {sum(calls)}
    assert cost(found) == {count + looked_after for count in cost(expected)}


@pytest.mark.parametrize("method", ["central", "adaptive"])
def test_fixed_coordinates(operator, entries, method):
    options = {"bounds": (FLAT, FLAT + (np.arange(6) > 0)), "method": method}
    found = operator(many(operator.function), FLAT, vectorized=True, **options)
    assert_array_equal(entries(found), entries(operator(operator.function, FLAT, **options)))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_blocks_of_any_size(operator, entries, way, size):
    calls = []

    def fun(x):
        calls.append(x.shape[-1])
        return many(operator.function)(x)

    found = operator(fun, FLAT, vectorized=True, batch_size=size, **way)
    assert_array_equal(entries(found), entries(operator(operator.function, FLAT, **way)))
    assert max(calls) <= size
    assert size < 10 or len(calls) < 40


@pytest.mark.parametrize("n", [1, 2, 3, 6])
@pytest.mark.parametrize("method", ["central", "forward", "adaptive"])
@pytest.mark.parametrize("x", [0.5, [0.5, 1.5, 3.0], [[0.25], [1.0]]])
def test_derivatives_of_one_variable(n, method, x):
    expected = cd.derivative(math.exp, x, n, method=method)
    found = cd.derivative(many(math.exp), x, n, method=method, vectorized=True)
    assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("method", ["central", "complex", "forward"])
def test_other_types(dtype, method):
    def number(x):
        return x[0] * x[1] ** 2 + np.sin(x[2])

    def array(x):
        return np.stack([x * x[0], np.exp(-x)])

    kind = np.result_type(dtype, np.complex64) if method == "complex" else np.dtype(dtype)
    seen = []

    def watched(x):
        seen.append(x.dtype)
        return number(x)

    x = np.array([0.5, 1.5, -0.25], dtype)
    for given, function in ((watched, cd.gradient), (array, cd.jacobian)):
        one = array if given is array else number
        expected = function(one, x, method=method)
        found = function(given, x, method=method, vectorized=True)
        assert found.dtype == dtype
        tight = {np.float32: 2e-3, np.float64: 1e-8, np.longdouble: 1e-11}[dtype]
        assert_allclose(found, expected, atol=tight)
    assert seen[0] == kind
    H = cd.hessian(None, x, grad=lambda x: x**3, method=method, vectorized=True)
    assert_allclose(H, np.diag(3 * x**2), atol=5e-3 if dtype == np.float32 else 1e-6)


def test_fun_gets_the_points_of_the_plan(planned):
    seen = []

    def fun(x):
        seen.append(x)
        assert x.flags.c_contiguous
        assert x.flags.writeable
        return many(planned.function)(x)

    planned(fun, POINT, vectorized=True, batch_size=5)
    points = np.concatenate([np.moveaxis(x, -1, 0) for x in seen if x.shape[-1] > 1])
    expected = planned.plan(POINT).points()
    alone = [x for x in seen if x.shape[-1] == 1]
    assert len(seen) - len(alone) >= len(expected) // 5
    rows = {row.tobytes() for row in points} | {np.array(x[..., 0]).tobytes() for x in alone}
    assert rows == {row.tobytes() for row in expected}


def test_no_coordinates():
    assert cd.gradient(lambda x: x.sum(axis=0), [], vectorized=True).shape == (0,)
    assert cd.hessian(lambda x: x.sum(axis=0), [], vectorized=True).shape == (0, 0)
    assert cd.jacobian(lambda x: np.ones((2, x.shape[-1])), [], vectorized=True).shape == (2, 0)


def test_args_and_kwargs():
    def fun(x, a, *, b):
        return a * x[0] + b * x[1]

    options = {"args": (3.0,), "kwargs": {"b": 2.0}, "vectorized": True}
    assert_allclose(cd.gradient(fun, [1.0, 2.0], **options), [3, 2])
    G = cd.Gradient(fun, **options)
    for _ in range(2):
        assert_allclose(G(np.array([1.0, 2.0])), [3, 2])
        assert_allclose(G(np.array([1.0, 2.0]), 5.0), [5, 2])


def test_a_prepared_object_looks_after_fun_once():
    calls = []

    def fun(x):
        calls.append(x.shape[-1])
        return x[0] * x[1]

    G = cd.Gradient(fun, vectorized=True, full_output=True)
    assert [G(FLAT[:2]).nfev, G(FLAT[1:3]).nfev, G(FLAT).nfev] == [5, 4, 12]
    assert calls == [4, 1, 4, 12]


@pytest.mark.parametrize(("n", "largest"), [(10, 20), (1000, 20), (2560, 8), (2561, 1)])
def test_how_many_points_are_in_a_call(n, largest):
    calls = []

    def fun(x):
        calls.append(x.shape[-1])
        return x[0] * x[1]

    cd.gradient(fun, np.ones(n), vectorized=True)
    assert max(calls) == largest
    assert sum(calls) == 2 * n + (largest > 1)


def test_estimates_of_noise():
    def fun(x):
        return np.round(np.sin(x[0]) + x[1], 6)

    assert cd.estimate_noise(fun, [1.0, 2.0], vectorized=True) == cd.estimate_noise(fun, [1.0, 2.0])


# What fun may do.


@pytest.mark.parametrize("keep", [lambda x: x, lambda x: x[...], memoryview, lambda x: x.T])
def test_points_that_fun_keeps_never_change(operator, entries, keep):
    kept, seen = [], []

    def fun(x):
        seen.append(x.copy())
        kept.append(keep(x))
        return many(operator.function)(x)

    result = operator(fun, FLAT, vectorized=True, batch_size=4)
    for item, copy in zip(kept, seen, strict=True):
        array = np.array(item)
        assert_array_equal(array if array.shape == copy.shape else array.T, copy)
    assert_array_equal(entries(result), entries(operator(operator.function, FLAT)))


def reshape(x):
    x.shape = (x.size,)


@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x.fill(np.nan),
        lambda x: x.sort(axis=-1),
        lambda x: x.resize(1, refcheck=False),
        lambda x: x.setflags(write=False),
        lambda x: setattr(x, "mine", 1) if hasattr(x, "__dict__") else None,
        lambda x: x.byteswap(inplace=True),
        lambda x: np.negative(x, out=x),
        reshape,
    ],
)
def test_points_may_be_spoilt(operator, entries, spoil):
    def fun(x):
        value = many(operator.function)(x)
        spoil(x)
        return value

    result = operator(fun, FLAT, vectorized=True, batch_size=4)
    assert_array_equal(entries(result), entries(operator(operator.function, FLAT)))


def test_points_may_be_watched():
    watched = []

    def fun(x):
        watched.append(weakref.ref(x))
        return x[0] * x[1]

    cd.gradient(fun, FLAT, vectorized=True, batch_size=2)
    assert [item() for item in watched if item() is not None] == []
    assert len(watched) == 7


def test_fun_may_return_its_argument_or_a_view_of_it():
    assert_allclose(cd.jacobian(lambda x: x, FLAT, vectorized=True, batch_size=4), np.eye(6))
    J = cd.jacobian(lambda x: x[::-1], FLAT, vectorized=True)
    assert_allclose(J, np.eye(6)[::-1])
    assert_allclose(cd.gradient(lambda x: x[2], FLAT, vectorized=True), np.eye(6)[2])
    assert_allclose(cd.jacobian(lambda x: x, POINT, vectorized=True).reshape(6, 6), np.eye(6))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.longdouble, object])
def test_fun_may_return_the_same_buffer(dtype):
    buffer = np.empty(600, dtype)  # trap 1

    def fun(x):
        out = buffer[: x.size].reshape(x.shape)
        out[...] = np.rint(1000 * x)
        return out

    for size in (None, 1, 2, 4):
        x = np.array([1.0, 2.0, 3.0])
        J = cd.jacobian(fun, x, abs_step=0.25, vectorized=True, batch_size=size)
        assert_array_equal(J, 1000 * np.eye(3))


def test_fun_may_call_the_object_that_calls_it():
    depth = []

    def fun(x):
        if not depth:
            depth.append(1)
            assert_allclose(G([4.0, 1.0, 2.0]), [8, 2, 4])
            depth.pop()
        return np.sum(x**2, axis=0)

    G = cd.Gradient(fun, vectorized=True)
    for _ in range(3):
        assert_allclose(G([1.0, 2.0, 3.0]), [2, 4, 6])


def test_what_fun_raises_says_which_evaluations():
    def fun(x):
        if x.shape[-1] == 3 or x.shape[-1] == 1:
            raise RuntimeError("mine")
        return x[0]

    with pytest.raises(RuntimeError, match="mine") as caught:
        cd.gradient(fun, [1.0, 2.0, 3.0, 4.0], vectorized=True, batch_size=3)
    note = "centraldiff: in evaluations 1 to 3 of 8 of fun, 3 points at once"
    assert caught.value.__notes__ == [note]
    with pytest.raises(RuntimeError, match="mine") as caught:  # alone
        cd.gradient(fun, [1.0, 2.0], vectorized=True)
    assert "in evaluation 5 of fun, at x[0] displaced by" in caught.value.__notes__[0]


def test_the_note_of_a_search_is_that_of_one_point_a_call():
    notes = []
    for options in ({}, {"vectorized": True, "batch_size": 1}, {"vectorized": True}):
        calls = []

        def fun(x):
            calls.extend(range(x.shape[1] if x.ndim > 1 else 1))  # noqa: B023
            if np.any(x[1] > 1):
                raise LookupError(len(calls))  # noqa: B023
            return np.exp(x).sum(axis=0)

        with pytest.raises(LookupError) as caught:
            cd.gradient(fun, np.ones(2), method="adaptive", **options)
        notes += caught.value.__notes__
    assert notes[0] == notes[1]
    assert notes[0].startswith("centraldiff: in evaluation 6 of fun, at x[1] displaced")
    assert notes[2].startswith("centraldiff: in evaluations 2 to 9 of fun, 8 points at once")


def test_adaptive_steps_avoid_what_lies_outside_the_domain():
    def fun(x):
        return math.log(x[0]) + x[1]

    options = {"method": "adaptive", "full_output": True}
    expected = cd.gradient(fun, [1e-3, 2.0], **options)
    found = cd.gradient(many(fun), [1e-3, 2.0], vectorized=True, **options)
    assert_array_equal(found.value, expected.value)
    assert found.nfev == expected.nfev + 1
    with pytest.raises(ValueError, match=r"positive input|math domain error"):
        cd.gradient(many(fun), [-1.0, 2.0], vectorized=True, **options)


def test_entries_that_are_not_finite():
    with np.errstate(all="ignore"), pytest.warns(cd.NotFiniteWarning):
        g = cd.gradient(lambda x: np.sqrt(x[0]) + x[1], [0.0, 1.0], vectorized=True)
    assert_array_equal(np.isnan(g), [True, False])


@pytest.mark.parametrize("most", [21, 30, 60])
def test_no_more_evaluations_than_wanted(most):
    points = []

    def fun(x):
        points.append(x.shape[-1])
        return np.sum(np.sin(50 * x) + x**2, axis=0)

    found = cd.gradient(
        fun, np.ones(4), vectorized=True, method="adaptive", max_nfev=most, full_output=True
    )
    assert found.nfev == sum(points) <= most
    with pytest.raises(ValueError, match="max_nfev must be at least 18"):
        cd.gradient(fun, np.ones(4), vectorized=True, method="adaptive", max_nfev=17)


# What does not honour the convention.

X = np.linspace(0.5, 1.5, 5)
WRONG_SHAPE = {
    "sums over everything": lambda x: np.sum(x**2),
    "sums over the points": lambda x: np.sum(x**2, axis=-1),
    "keeps an axis": lambda x: np.sum(x**2, axis=0, keepdims=True),
    "returns a number": lambda x: 1.0,
    "takes points first": lambda x: np.sum(x**2, axis=1),
    "transposes": lambda x: x.T,
}
MIXES = {
    "a mean": lambda x: np.sum((x - x.mean()) ** 3 * x, axis=0),
    "a sum": lambda x: np.sum(x**2) + 0 * x[0],
    "a norm": lambda x: x[0] / np.linalg.norm(x),
    "all before": lambda x: np.cumsum(x[0] ** 2 + x[3]),
    "the one before": lambda x: np.sum(np.roll(x, 1, axis=-1) * x[::-1], axis=0),
    "the one after": lambda x: np.sum(np.roll(x, -1, axis=-1) ** 2, axis=0),
    "order": lambda x: np.sum(np.sort(x) * x, axis=0),
    "points reversed": lambda x: np.sum(x**2, axis=0)[::-1],
}


@pytest.mark.parametrize("name", WRONG_SHAPE)
def test_wrong_shapes_are_refused(name):
    fun = WRONG_SHAPE[name]
    with pytest.raises(ValueError, match="must keep the last axis, which counts points") as caught:
        cd.gradient(fun, X, vectorized=True)
    assert "np.sum(x, axis=0)" in str(caught.value)
    assert isinstance(caught.value, cd.FunctionValueError)
    if name not in ("transposes", "keeps an axis"):  # which are arrays for each point
        with pytest.raises(ValueError, match="must keep the last axis, which counts points"):
            cd.jacobian(fun, X, vectorized=True)


def test_values_in_the_place_of_gradients_are_refused():
    message = r"grad must keep the last axis.* it must return shape \(5, 1\), got shape \(1,\)"
    with pytest.raises(ValueError, match=message):
        cd.hessian(None, X, grad=lambda x: x[0], vectorized=True)


@pytest.mark.parametrize("options", [{}, {"order": 4}, {"method": "forward"}, {"noise": 1e-12}])
@pytest.mark.parametrize("name", MIXES)
def test_mixed_points_are_refused(name, options):
    with pytest.raises(ValueError, match="must compute each point for itself: among") as caught:
        cd.gradient(MIXES[name], X, vectorized=True, **options)
    assert "nothing may be summed, sorted or averaged along it" in str(caught.value)


@pytest.mark.parametrize("operator", [cd.jacobian, cd.hessian, cd.hessian_diagonal])
@pytest.mark.parametrize("name", MIXES)
def test_mixed_points_are_refused_by_others(name, operator):
    with pytest.raises(ValueError, match="must compute each point for itself: among"):
        operator(MIXES[name], X, vectorized=True)


@pytest.mark.parametrize("name", MIXES)
def test_mixed_points_are_refused_in_large_problems(name):
    with pytest.raises(ValueError, match="must compute each point for itself: among"):
        cd.gradient(MIXES[name], np.linspace(0.5, 1.5, 400), vectorized=True)


@pytest.mark.parametrize("name", MIXES)
def test_mixed_points_are_refused_by_adaptive(name):
    with pytest.raises(ValueError, match="must compute each point for itself: among"):
        cd.gradient(MIXES[name], X, vectorized=True, method="adaptive")


def test_as_many_points_as_coordinates_are_no_disguise():
    # four points of four coordinates: the shape is right, the values are not
    with pytest.raises(ValueError, match="must compute each point for itself"):
        cd.gradient(
            lambda x: np.sum(x**2, axis=1)[: x.shape[-1]], X[:4], vectorized=True, batch_size=4
        )


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match=r"in output 2, alone it has") as caught:
        cd.jacobian(lambda x: np.stack([x[0], x[1], x.mean(axis=1)[0] + x[2]]), X, vectorized=True)
    assert "at x[2] displaced by" in str(caught.value)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_other_finite_points_are_seen_too():
    with pytest.raises(ValueError, match="must compute each point for itself"):
        cd.gradient(lambda x: x[0] * (np.nan if x.shape[-1] > 1 else 1), X, vectorized=True)
    with pytest.raises(ValueError, match="must compute each point for itself"):
        cd.gradient(lambda x: x[0] * (np.nan if x.shape[-1] == 1 else 1), X, vectorized=True)


@pytest.mark.parametrize("value", [None, "text", [["a"] * 10], np.ma.masked_all(10)])
def test_other_values_are_refused_as_ever(value):
    with pytest.raises((TypeError, ValueError), match="fun must"):
        cd.gradient(lambda x: value, X, vectorized=True)


def test_complex_values_are_refused():
    with pytest.raises(TypeError, match="fun must return real numbers, got complex128"):
        cd.gradient(lambda x: x[0] + 1j, X, vectorized=True)


# What is rounded in another order honours it.

RNG = np.random.default_rng(7)
MATRIX = RNG.normal(size=(300, 300))
ROUNDED = {
    "a product of matrices": (cd.jacobian, lambda x: MATRIX @ x),
    "a large one that cancels": (
        cd.jacobian,
        lambda x: 1e8 * (MATRIX @ x - (MATRIX @ np.ones(300)).reshape(-1, *[1] * (x.ndim - 1))),
    ),
    "a sum": (cd.gradient, lambda x: np.sum(np.sin(37 * x), axis=0)),
    "a sum that cancels": (cd.gradient, lambda x: np.sum(x - 1, axis=0) * 1e9),
    "float32": (cd.gradient, lambda x: np.sum(np.sin(x), axis=0, dtype=np.float64)),
    "a form": (cd.gradient, lambda x: np.einsum("i...,ij,j...->...", x, MATRIX, x)),
}


@pytest.mark.parametrize("name", ROUNDED)
@pytest.mark.parametrize("x", [np.ones(300), np.linspace(-1, 1, 300), 1e6 * np.ones(300)])
def test_rounding_is_no_offence(name, x):
    operator, fun = ROUNDED[name]
    expected = operator(fun, x)
    size = np.abs(expected).max()
    assert_allclose(operator(fun, x, vectorized=True), expected, atol=1e-6 * size + 1e-3)


def test_noise_that_is_told_is_no_offence():
    rng = np.random.default_rng(3)

    def fun(x):
        return np.sum(x**2, axis=0) + 1e-6 * rng.normal(size=x.shape[1:])

    with pytest.raises(ValueError, match=r"values that are this noisy need noise="):
        cd.gradient(fun, X, vectorized=True)
    for noise in (1e-6, "estimate"):
        assert_allclose(cd.gradient(fun, X, vectorized=True, noise=noise), 2 * X, atol=0.05)
    assert 1e-7 < cd.estimate_noise(fun, X, vectorized=True) < 1e-5
