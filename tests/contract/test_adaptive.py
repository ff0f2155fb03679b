"""method="adaptive": what fun may do, how often it is called, what is left behind."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

X = np.array([0.3, -1.2, 0.8])
ADAPTIVE = {"method": "adaptive"}


def lines_and_pairs(operator, n=X.size):
    """How many lines and pairs of lines an operator looks along."""
    if operator.along_a_line:
        return 1, 0
    if operator.name == "hessian_vector_product":
        return n + 1, n
    pairs = operator.name in ("Hessian", "hessian", "value_gradient_hessian")
    return n, n * (n - 1) // 2 if pairs else 0


def most_evaluations(operator, n=X.size):
    """At x (twice for arrays), 32 levels of two points on each line, 26 on each pair."""
    lines, pairs = lines_and_pairs(operator, n)
    return 2 + 64 * lines + 52 * pairs


def parts_of(result):
    return result[1:] if isinstance(result, tuple) else (result,)


def or_refused(call, *args, **options):
    """A result, or None where max_nfev is refused as too few."""
    try:
        return call(*args, full_output=True, **options)
    except cd.ArgumentValueError as error:
        if "max_nfev" not in str(error):
            raise
        return None


class Counted:
    def __init__(self, fun):
        self.fun, self.calls = fun, 0

    def __call__(self, x):
        self.calls += 1
        return self.fun(x)


# -------------------------------------------------------------------------- what fun may do


@pytest.mark.parametrize("way", ["array", "view", "memoryview", "closure"])
def test_points_that_fun_keeps_never_change(operator, entries, way):
    keep = {
        "array": lambda x: x,
        "view": lambda x: x[...],
        "memoryview": memoryview,
        "closure": lambda x: lambda: x,
    }[way]
    kept, seen = [], []

    def fun(x):
        seen.append(x.copy())
        kept.append(keep(x))
        return operator.function(x)

    result = operator(fun, X, **ADAPTIVE)
    assert_array_equal([np.array(item() if callable(item) else item) for item in kept], seen)
    assert_array_equal(entries(result), entries(operator(operator.function, X, **ADAPTIVE)))


def test_no_point_is_evaluated_twice(number_operator):
    points = []

    def fun(x):
        points.append(x.tobytes())
        return number_operator.function(x)

    number_operator(fun, X, **ADAPTIVE)
    assert len(set(points)) == len(points)


def test_no_point_is_evaluated_twice_for_arrays(array_operator):
    points = []

    def fun(x):
        points.append(x.tobytes())
        return array_operator.function(x)

    array_operator(fun, X, **ADAPTIVE)
    assert len(set(points)) == len(points)


def test_fun_may_return_the_same_buffer_each_time(array_operator, entries):
    # trap 1
    buffer = np.empty(X.shape)

    def fun(x):
        buffer[...] = array_operator.function(x)
        return buffer

    expected = entries(array_operator(array_operator.function, X, **ADAPTIVE))
    assert_array_equal(entries(array_operator(fun, X, **ADAPTIVE)), expected)
    assert np.abs(expected).max() > 0.1


def test_fun_may_return_x_itself(array_operator, entries):
    expected = entries(array_operator(np.copy, X, **ADAPTIVE))
    assert_array_equal(entries(array_operator(lambda x: x, X, **ADAPTIVE)), expected)


def test_fun_may_write_into_x(operator, entries):
    # trap 2
    def fun(x):
        value = operator.function(x.copy())
        x[...] = np.nan
        return value

    x = X.copy()
    expected = entries(operator(operator.function, X, **ADAPTIVE))
    assert_array_equal(entries(operator(fun, x, **ADAPTIVE)), expected)
    assert_array_equal(x, X)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.resize(50, refcheck=False),
        lambda x: x.resize(1, refcheck=False),
        lambda x: x.setflags(write=False),
    ],
    ids=["grow", "shrink", "read-only"],
)
def test_fun_may_change_what_kind_of_array_it_has(operator, entries, change):
    def fun(x):
        assert x.shape == X.shape
        value = operator.function(x.copy())
        change(x)
        return value

    expected = entries(operator(operator.function, X, **ADAPTIVE))
    assert_array_equal(entries(operator(fun, X, **ADAPTIVE)), expected)


def test_fun_of_a_number_gets_floats():
    seen = []
    cd.derivative(lambda x: seen.append(x) or np.sin(x), [0.5, 2.0], **ADAPTIVE)
    assert {type(x) for x in seen} == {float}


def test_the_callers_x_and_bounds_and_v_stay():
    x, v = X.copy(), np.ones(3)
    lower, upper = X - 1, np.nextafter(X, -9)  # x is one ulp beyond

    def fun(x):
        value = float(np.sum(x**3))
        x.fill(0)
        return value

    for function in (cd.directional_derivative, cd.hessian_vector_product):
        function(fun, x, v, bounds=(lower, upper), **ADAPTIVE)
    for function in (cd.gradient, cd.hessian, cd.hessian_diagonal):
        function(fun, x, bounds=(lower, upper), **ADAPTIVE)
    assert_array_equal(x, X)
    assert_array_equal(v, 1)
    assert_array_equal(lower, X - 1)
    assert_array_equal(upper, np.nextafter(X, -9))


def test_fun_may_call_the_object_that_calls_it(prepared):
    other = np.array([0.5, 0.25])
    inner, depth = [], []

    def fun(x):
        if not depth and len(inner) < 40:
            depth.append(1)
            inner.extend((point, derivative(point)) for point in (x.copy(), other))
            depth.pop()
        return prepared.function(x)

    derivative = prepared.prepare(fun, **ADAPTIVE)
    plain = prepared.prepare(prepared.function, **ADAPTIVE)
    assert_array_equal(derivative(X), plain(X))
    assert len(inner) == 40
    for point, result in inner:
        assert_array_equal(result, plain(point))


def test_derivatives_of_derivatives():
    G = cd.Gradient(lambda x: x[0] ** 2 * x[1], **ADAPTIVE)
    H = cd.jacobian(G, [1.0, 2.0], full_output=True, **ADAPTIVE)
    assert (np.abs(H.value - [[4, 2], [2, 0]]) <= 10 * H.error + 1e-9).all()


# ------------------------------------------------------------------------------ exceptions


@pytest.mark.parametrize("error", [KeyError("boo"), KeyboardInterrupt(), GeneratorExit()], ids=repr)
@pytest.mark.parametrize("which", [1, 2, 7, "last"])
def test_exceptions_come_through_with_a_note(operator, which, error):
    error = type(error)(*error.args)
    counted = Counted(operator.function)
    operator(counted, X, **ADAPTIVE)
    which = counted.calls if which == "last" else which
    calls = []

    def fun(x):
        calls.append(1)
        value = operator.function(x.copy())
        x[...] = np.nan
        if len(calls) == which:
            raise error
        return value

    x = X.copy()
    with pytest.raises(type(error)) as caught:
        operator(fun, x, **ADAPTIVE)
    assert caught.value is error
    assert len(calls) == which
    assert_array_equal(x, X)
    (note,) = error.__notes__
    assert note.startswith("centraldiff: in evaluation")
    assert f"of {operator.argument}, at x" in note


def test_the_note_has_the_number_of_the_call():
    calls = []

    def fun(x):
        calls.append(1)
        if len(calls) == 5:
            raise LookupError
        return 1.0

    with pytest.raises(LookupError) as caught:
        cd.gradient(fun, X, **ADAPTIVE)
    assert "evaluation 5 " in caught.value.__notes__[0]


def test_an_object_works_again_after_an_exception(prepared):
    fail = []

    def fun(x):
        if fail and x[2] != X[2]:
            raise ValueError("boo")
        return prepared.function(x)

    derivative = prepared.prepare(fun, **ADAPTIVE)
    expected = derivative(X).copy()
    out = np.full(expected.shape, 7.0)
    for _ in range(3):
        fail.append(1)
        with pytest.raises(ValueError, match="boo"):
            derivative(X, out=out)
        assert_array_equal(out, 7.0)
        fail.clear()
        assert_array_equal(derivative(X), expected)
    assert derivative(X, out=out) is out
    assert_array_equal(out, expected)


@pytest.mark.parametrize(
    ("bad", "error"),
    [(None, TypeError), ("1", TypeError), (1j, TypeError), (np.ones((2, 5)), ValueError)],
    ids=str,
)
@pytest.mark.parametrize("which", [1, 4])
def test_bad_values_of_fun_are_refused_whenever_they_come(operator, bad, error, which):
    if which == 1 and operator.takes_array and operator.argument == "fun" and np.ndim(bad):
        return  # a shape as good as any
    if which == 1 and operator.takes_array and isinstance(bad, complex):
        error = (TypeError, ValueError)
    calls = []

    def fun(x):
        calls.append(1)
        return bad if len(calls) == which else operator.function(x)

    with pytest.raises(error) as caught:
        operator(fun, X, **ADAPTIVE)
    assert isinstance(caught.value, cd.CentraldiffError)
    assert operator.argument in str(caught.value)


# ------------------------------------------------------------------------ how often it is


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rtol": 1e-3},
        {"noise": 1e-8},
        {"noise": "estimate"},
        {"bounds": (-1.2, 0.8)},
        {"typical_x": 5.0},
    ],
    ids=str,
)
def test_nfev_is_the_number_of_calls(operator, options):
    fun = Counted(operator.function)
    result = operator(fun, X, full_output=True, **ADAPTIVE, **options)
    assert {part.nfev for part in parts_of(result)} == {fun.calls}
    assert fun.calls <= most_evaluations(operator) + 100 * ("noise" in options)


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_nfev_of_derivatives(n):
    fun = Counted(np.sin)
    result = cd.derivative(fun, X, n, full_output=True, **ADAPTIVE)
    assert result.nfev == fun.calls <= 3 * 65


LEAST = 3  # what these need at x: one for each element or, for arrays, two


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
@pytest.mark.parametrize("options", [{}, {"noise": 1e-8}, {"rtol": 1e-14}], ids=str)
def test_max_nfev_is_never_exceeded(operator, options):
    needed = Counted(operator.function)
    operator(needed, X, **ADAPTIVE, **options)
    for most in [*range(LEAST, needed.calls, 3), needed.calls, 10**6, 2**62]:
        fun = Counted(operator.function)
        result = or_refused(operator, fun, X, max_nfev=most, **ADAPTIVE, **options)
        if result is None:  # too few to begin with
            continue
        assert {part.nfev for part in parts_of(result)} == {fun.calls}
        assert fun.calls <= most
        for part in parts_of(result):
            finite = np.isfinite(part.value)
            assert (np.asarray(part.error)[finite] >= 0).all()


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
@pytest.mark.parametrize(
    ("call", "most"),
    [
        pytest.param(
            lambda **o: cd.gradient(np.sum, X, noise="estimate", **o),
            20,
            id="noise='estimate'",
        ),
        pytest.param(
            lambda **o: cd.hessian(
                lambda x: np.sin(x) @ [1, 2, 3] + x.prod(), X, bounds=(-2, 0.8), **o
            ),
            39,
            id="a pair at a bound",
        ),
        pytest.param(lambda **o: cd.derivative(np.sin, X, **o), 2, id="elements"),
        pytest.param(lambda **o: cd.jacobian(np.sin, X, **o), 1, id="array"),
    ],
)
def test_max_nfev_is_never_exceeded_here_too(call, most):
    result = or_refused(call, max_nfev=most, **ADAPTIVE)
    assert result is None or result.nfev <= most


@pytest.mark.parametrize("kind", ["constant", "zero", "linear", "nan", "inf", "huge", "tiny"])
@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_hopeless_functions_end_in_time(operator, kind):
    value = {
        "constant": lambda x: 2.0,
        "zero": lambda x: 0.0,
        "linear": lambda x: 3 * x[0] - x[1],
        "nan": lambda x: np.nan,
        "inf": lambda x: np.inf,
        "huge": lambda x: 1e300 * x[0],
        "tiny": lambda x: 1e-300 * x[0],
    }[kind]
    fun = Counted((lambda x: np.full(X.shape, value(x))) if operator.takes_array else value)
    result = operator(fun, X, full_output=True, **ADAPTIVE)
    assert fun.calls <= most_evaluations(operator)
    for part in parts_of(result):
        assert part.nfev == fun.calls
        if kind in ("nan", "inf"):
            assert fun.calls <= 2
            assert (part.status == "not finite").all()
            assert np.isnan(part.value).all()
            continue
        assert (part.error >= 0).all()
        if kind in ("constant", "zero"):
            assert (np.abs(part.value) <= part.error + 1e-300).all()
        if kind == "linear" and not operator.takes_array and part.value.ndim == 1:
            first = "gradient" in operator.name.lower() and part is parts_of(result)[0]
            exact = np.array([3, -1, 0]) if first else 0
            assert (np.abs(part.value - exact) <= 10 * part.error + 1e-300).all()


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
@pytest.mark.parametrize("kind", ["uniform", "integers", "now and then nan", "now and then inf"])
def test_random_functions_end_in_time(operator, kind):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        value = {
            "uniform": rng.random,
            "integers": lambda rng=rng: float(rng.integers(3)),
            "now and then nan": lambda rng=rng: rng.choice([1.0, 2.0, np.nan]),
            "now and then inf": lambda rng=rng: rng.choice([1.0, 2.0, np.inf, -np.inf]),
        }[kind]
        size = X.shape if operator.takes_array else None
        fun = Counted(
            lambda x, value=value, size=size: value() if size is None else np.full(size, value())
        )
        result = operator(fun, X, full_output=True, **ADAPTIVE)
        assert fun.calls <= most_evaluations(operator)
        for part in parts_of(result):
            assert part.nfev == fun.calls
            known = part.status != "not finite"
            assert (np.asarray(part.error)[known] >= 0).all()


# ------------------------------------------------------------------------------ not finite


def test_one_warning_for_all_that_is_not_finite(operator):
    def fun(x):
        value = operator.function(x)
        return value * np.nan if operator.takes_array else np.nan

    with pytest.warns(cd.NotFiniteWarning) as caught:
        result = operator(fun, X, full_output=True, **ADAPTIVE)
    warnings_of_a_part = len(parts_of(result)) if isinstance(result, tuple) else 1
    assert len(caught) <= warnings_of_a_part
    assert caught[0].filename == __file__.replace("test_adaptive.py", "conftest.py")
    assert operator.argument in str(caught[0].message)


def test_one_warning_for_value_gradient_and_hessian():
    with pytest.warns(cd.NotFiniteWarning) as caught:
        cd.value_gradient_hessian(lambda x: np.nan, X, **ADAPTIVE)
    assert len(caught) == 1


def test_one_output_that_is_not_finite_harms_no_other():
    # trap 17
    def whole(x):
        return np.array([np.sin(x[0]), np.cos(x[1]), x[0] * x[1] * x[2]])

    def fun(x):
        a, b, c = whole(x)
        jump = 1.0 if x[2] == X[2] else np.inf
        late = np.sqrt(x[0]) if x[0] > 0.29 else np.nan
        return np.array([a, np.nan, b, jump, c, late])

    with pytest.warns(cd.NotFiniteWarning):
        result = cd.jacobian(fun, X, full_output=True, **ADAPTIVE)
    bad = np.zeros((6, 3), bool)
    bad[1] = bad[3, 2] = True
    assert_array_equal(np.isnan(result.value), bad)
    assert_array_equal(result.status == "not finite", bad)
    exact = np.zeros((6, 3))
    exact[0, 0], exact[2, 1] = np.cos(X[0]), -np.sin(X[1])
    exact[4] = X.prod() / X
    exact[5, 0] = 0.5 / np.sqrt(X[0])
    error = np.abs(result.value - exact)
    assert (error <= 10 * result.error)[~bad].all()
    assert error[~bad].max() < 1e-8


def test_outputs_of_different_scale_have_errors_of_their_own():
    def fun(x):
        return np.array(
            [np.sin(x[0]), np.sin(1e4 * x[0]), 1e12 + np.sin(x[0]), np.exp(1e-6 * x[0])]
        )

    result = cd.jacobian(fun, [0.3], full_output=True, **ADAPTIVE)
    exact = [np.cos(0.3), 1e4 * np.cos(3e3), np.cos(0.3), 1e-6 * np.exp(3e-7)]
    error = np.abs(result.value[:, 0] - exact)
    assert (error <= 10 * result.error[:, 0]).all()
    assert (error[[0, 1, 3]] <= 1e-9 * np.abs(exact)[[0, 1, 3]]).all()
    assert result.error[0, 0] < 1e-3 * result.error[2, 0]


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_what_is_not_finite_is_so_in_word_and_value(operator):
    def fun(x):
        value = operator.function(x)
        return np.where(x[0] == X[0], value, np.nan) if operator.takes_array else (
            value if x[0] == X[0] else np.nan
        )  # fmt: skip

    result = operator(fun, X, full_output=True, **ADAPTIVE)
    for part in parts_of(result):
        assert_array_equal(np.isnan(part.value), part.status == "not finite")


# ------------------------------------------------------------------------ prepared objects


def test_copies_and_pickles_do_the_same(prepared):
    made = prepared.prepare(
        prepared.function, rtol=1e-6, atol=1e-9, max_nfev=500, bounds=(-2, 2), **ADAPTIVE
    )
    value = made(X)
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)), made):
        assert_array_equal(other(X), value)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_prepared_objects_do_not_remember_the_last_point(prepared, dtype):
    made = prepared.prepare(prepared.function, **ADAPTIVE)
    for shape in ((3,), (2, 2), (), (1,), (3,)):
        x = np.full(shape, 0.7, dtype)
        got = made(x)
        fresh = prepared.prepare(prepared.function, **ADAPTIVE)(x)
        assert_array_equal(got, fresh)
        assert got.dtype == dtype


def test_arguments_reach_fun(prepared):
    def fun(x, a, *, b=1.0):
        return a * b * prepared.function(x)

    made = prepared.prepare(fun, args=(2.0,), kwargs={"b": 4.0}, **ADAPTIVE)
    eight = prepared.prepare(lambda x: 8 * prepared.function(x), **ADAPTIVE)
    assert_array_equal(made(X), eight(X))
    twelve = prepared.prepare(lambda x: 12 * prepared.function(x), **ADAPTIVE)
    assert_array_equal(made(X, 3.0), twelve(X))


def test_the_same_inputs_give_the_same_bits(operator, entries):
    once, again = (entries(operator(operator.function, X, **ADAPTIVE)) for _ in range(2))
    assert_array_equal(once, again)
    listed = entries(operator(operator.function, X.tolist(), **ADAPTIVE))
    assert_array_equal(listed, once)


def test_noise_is_estimated_at_the_scale_of_typical_x():
    seen = []

    def fun(x):
        seen.append(abs(x[0]))
        return x[0] ** 2

    cd.gradient(fun, [1e-6], method="adaptive", noise="estimate", typical_x=1e-6)
    assert max(seen) < 1e-5
