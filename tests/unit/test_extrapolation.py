"""method="adaptive": shapes, dtypes, words, and what is refused."""

import numpy as np
import pytest

import centraldiff as cd
from centraldiff import _status
from centraldiff._evaluate import Callback
from centraldiff._formula import coordinate_formula
from centraldiff._rounds import Rounds
from centraldiff._table import TablePlan

X = np.array([0.3, -1.2, 0.8])
ADAPTIVE = {"method": "adaptive", "full_output": True}
WORDS = {
    _status.CONVERGED,
    _status.ONE_SIDE_ONLY,
    _status.SHRUNK,
    _status.FIXED,
    _status.LIMITED_BY_NOISE,
    _status.NOT_CONVERGED,
    _status.KINK,
    _status.LOST_IN_ROUNDING,
    _status.NOT_FINITE,
}


def number(x):
    flat = np.ravel(x)
    return np.sum(np.arange(1, flat.size + 1) * np.sin(flat)) + np.prod(flat)


def array(x):
    return np.cos(x) + np.sum(x) ** 2


def ones(x):
    return np.ones(np.shape(x))


# name: fun, call, shape of the result by that of x
OPERATORS = {
    "derivative": (np.sin, cd.derivative, lambda s: s),
    "second derivative": (np.sin, lambda f, x, **o: cd.derivative(f, x, 2, **o), lambda s: s),
    "gradient": (number, cd.gradient, lambda s: s),
    "value_and_gradient": (
        number, lambda f, x, **o: cd.value_and_gradient(f, x, **o)[1], lambda s: s,
    ),
    "jacobian": (array, cd.jacobian, lambda s: s + s),
    "hessian": (number, cd.hessian, lambda s: s + s),
    "hessian of grad": (
        array, lambda f, x, **o: cd.hessian(None, x, grad=f, **o), lambda s: s + s,
    ),
    "value_gradient_hessian": (
        number, lambda f, x, **o: cd.value_gradient_hessian(f, x, **o)[2], lambda s: s + s,
    ),
    "hessian_diagonal": (number, cd.hessian_diagonal, lambda s: s),
    "directional_derivative": (
        array, lambda f, x, **o: cd.directional_derivative(f, x, ones(x), **o), lambda s: s,
    ),
    "hessian_vector_product": (
        number, lambda f, x, **o: cd.hessian_vector_product(f, x, ones(x), **o), lambda s: s,
    ),
    "hessian_vector_product of grad": (
        array,
        lambda f, x, **o: cd.hessian_vector_product(None, x, ones(x), grad=f, **o),
        lambda s: s,
    ),
}  # fmt: skip
of_every_operator = pytest.mark.parametrize("name", OPERATORS)


def adaptive(fun, x, n=1, **options):
    return cd.derivative(fun, x, n, method="adaptive", full_output=True, **options)


@of_every_operator
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 1), (2, 2), (0,), (2, 0)], ids=str)
def test_shapes_and_dtypes(name, shape, dtype):
    fun, call, result_shape = OPERATORS[name]
    x = np.full(shape, 0.7, dtype)
    result = call(fun, x, method="adaptive", full_output=True)
    for part in (result.value, result.error, result.step):
        assert np.shape(part) == result_shape(shape)
        assert part.dtype == dtype
    assert np.shape(result.status) == result_shape(shape)
    assert set(np.ravel(result.status)) <= WORDS
    plain = call(fun, x, method="adaptive")
    np.testing.assert_array_equal(plain, result.value)
    assert type(plain) is type(result.value)
    if x.size:
        # float32 values of fun are right to u, and the error knows
        known = call(fun, x.astype(np.float64), method="central", order=6)
        assert (np.abs(plain - known) <= 10 * result.error + 3e-5).all()


@of_every_operator
@pytest.mark.parametrize(
    "x", [2, 2.5, True, np.int64(3), [1, 2], (1.0, 2.0), [[1], [2]], [], np.arange(4)[::2]], ids=str
)
def test_points_of_any_kind(name, x):
    fun, call, result_shape = OPERATORS[name]
    got = call(fun, x, method="adaptive")
    assert np.shape(got) == result_shape(np.shape(x))
    assert np.asarray(got).dtype == float
    same = call(fun, np.array(x, float), method="adaptive")
    np.testing.assert_array_equal(got, same)


def test_the_status_of_a_number_is_an_array():
    assert isinstance(cd.derivative(np.sin, 1.0, full_output=True).status, np.ndarray)
    assert isinstance(adaptive(np.sin, 1.0).status, np.ndarray)


def test_values_come_with_their_derivatives():
    f, g = cd.value_and_gradient(number, X, method="adaptive")
    assert f == number(X)
    np.testing.assert_array_equal(g, cd.gradient(number, X, method="adaptive"))
    f, g, H = cd.value_gradient_hessian(number, X, method="adaptive", full_output=True)
    assert f == number(X)
    exact = np.arange(1, 4) * np.cos(X) + np.prod(X) / X
    assert (np.abs(g.value - exact) <= 10 * g.error).all()
    assert g.nfev == H.nfev
    np.testing.assert_array_equal(H.value, cd.hessian(number, X, method="adaptive"))


def test_hessians_are_symmetric_bit_for_bit():
    for H in (
        cd.hessian(number, X, method="adaptive", full_output=True),
        cd.hessian(None, X, grad=array, method="adaptive", full_output=True),
    ):
        for part in (H.value, H.error, H.status):
            np.testing.assert_array_equal(part, part.T)


# ---------------------------------------------------------------------------------- words


def sqrt_from_0(x):
    return np.sqrt(x) if x >= 0 else np.nan


def exp_from_1(x):
    return np.exp(x) if x >= 1 else np.nan


WORDS_OF = [
    (np.sin, 1.0, {}, "converged"),
    (lambda x: 3.0, 1.0, {}, "converged"),
    (exp_from_1, 1.0, {}, "one side only"),
    (np.exp, 1.0, {"bounds": (1, 2)}, "one side only"),
    (np.exp, 1.0, {"bounds": (0.999, 1.001)}, "shrunk at a bound"),
    (np.exp, 1.0, {"bounds": (1, 1)}, "fixed"),
    (np.sin, 1.0, {"noise": 1e-3}, "limited by noise"),
    (np.sin, 1.0, {"rtol": 1e-15}, "limited by noise"),
    (abs, 0.0, {}, "kink suspected"),
    (lambda x: np.nan, 1.0, {}, "not finite"),
    (lambda x: np.inf, 1.0, {}, "not finite"),
    (lambda x: 1.0 if x == 2 else np.nan, 2.0, {}, "not finite"),
]


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
@pytest.mark.parametrize(("fun", "x", "options", "word"), WORDS_OF)
def test_words(fun, x, options, word):
    result = adaptive(fun, x, **options)
    assert result.status == word
    assert np.isnan(result.value) == (word == "not finite")
    if word == "fixed":
        assert (result.value, result.error, result.step) == (0, 0, 0)
    else:
        assert result.error > 0


def test_too_few_evaluations_are_no_fault_of_fun():
    # filterwarnings = error: a NotFiniteWarning is a failure too
    result = adaptive(np.exp, 1.0, max_nfev=5)
    assert result.status == "not converged"


def test_tolerances_save_evaluations_and_are_kept():
    tight = adaptive(np.exp, 1.0)
    for options in ({"rtol": 1e-3}, {"atol": 1e-3}, {"rtol": 1e-3, "atol": 1e-6}):
        loose = adaptive(np.exp, 1.0, **options)
        assert loose.nfev <= tight.nfev
        assert loose.status == "converged"
        assert loose.error <= 1e-3 * np.e
        assert abs(loose.value - np.e) <= 10 * loose.error
    for options in ({"rtol": 0}, {"rtol": 0, "atol": 0}):
        best = adaptive(np.exp, 1.0, **options)
        assert best.error <= tight.error
        assert best.status == "limited by noise"  # 0 is what nothing reaches


def test_typical_x_is_the_scale_of_coordinates_near_0():
    fun = lambda x: np.sin(1e-6 * x)  # noqa: E731
    result = adaptive(fun, 0.0, typical_x=1e6)
    assert abs(result.value - 1e-6) <= 10 * result.error
    assert abs(result.value - 1e-6) <= 1e-17
    assert result.step > 1e3
    # it is the least: a coordinate that is larger keeps its own size
    same = adaptive(np.sin, 5.0, typical_x=1e-3)
    assert same.value == adaptive(np.sin, 5.0).value


# -------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"rtol": -1e-3}, ValueError, ["rtol", "0 or more", "-0.001"]),
        ({"rtol": np.nan}, ValueError, ["rtol", "nan"]),
        ({"rtol": np.inf}, ValueError, ["rtol", "finite", "inf"]),
        ({"rtol": "tight"}, TypeError, ["rtol", "tight"]),
        ({"rtol": [1e-3, 1e-3, 1e-3]}, ValueError, ["rtol", "number", "(3,)"]),
        ({"atol": -1e-3}, ValueError, ["atol", "0 or more", "-0.001"]),
        ({"atol": np.nan}, ValueError, ["atol", "nan"]),
        ({"atol": 1j}, TypeError, ["atol", "complex"]),
        ({"max_nfev": 0}, ValueError, ["max_nfev", "0"]),
        ({"max_nfev": -3}, ValueError, ["max_nfev", "-3"]),
        ({"max_nfev": 99.5}, TypeError, ["max_nfev", "integer", "99.5"]),
        ({"max_nfev": True}, TypeError, ["max_nfev", "integer", "True"]),
        ({"order": 4}, ValueError, ["order", "adaptive", "4"]),
        ({"rel_step": 1e-3}, ValueError, ["rel_step", "adaptive", "typical_x"]),
        ({"abs_step": 1e-3}, ValueError, ["abs_step", "adaptive", "typical_x"]),
        ({"step_rule": "sas"}, ValueError, ["step_rule", "adaptive"]),
        ({"step_rule": "fdint"}, ValueError, ["step_rule", "adaptive"]),
        ({"step_rule": "dennis-schnabel"}, ValueError, ["step_rule", "adaptive"]),
        ({"step_rule": "newton"}, ValueError, ["step_rule", "newton"]),
        ({"typical_x": 0}, ValueError, ["typical_x", "positive"]),
        ({"typical_x": [1.0, 2.0]}, ValueError, ["typical_x", "(3,)", "(2,)"]),
        ({"bounds": (1, 0)}, ValueError, ["bounds", "lower <= upper"]),
        ({"noise": -1.0}, ValueError, ["noise", "positive", "-1.0"]),
    ],
)  # fmt: skip
def test_options_that_are_refused(options, error, words):
    calls = []

    def fun(x):
        calls.append(1)
        return 1.0

    for call in (
        lambda: cd.gradient(fun, X, method="adaptive", **options),
        lambda: cd.Gradient(fun, method="adaptive", **options)(X),
        lambda: cd.Hessian(fun, method="adaptive", **options)(X),
        lambda: cd.derivative(fun, X, 3, method="adaptive", **options),
        lambda: cd.hessian_vector_product(fun, X, X, method="adaptive", **options),
    ):
        with pytest.raises(error) as caught:
            call()
        assert isinstance(caught.value, cd.CentraldiffError)
        assert all(word in str(caught.value) for word in words), str(caught.value)
    assert not calls


@pytest.mark.parametrize(
    "call",
    [
        lambda: cd.gradient_plan(X, method="adaptive"),
        lambda: cd.hessian_plan(X, method="adaptive"),
        lambda: cd.hessian_plan(X, from_gradients=True, method="adaptive"),
        lambda: cd.Gradient(number, method="adaptive").plan(X),
        lambda: cd.Hessian(number, method="adaptive").plan(X),
        lambda: cd.Jacobian(array, method="adaptive", rtol=1e-3).plan(X),
    ],
)
def test_there_is_no_plan(call):
    with pytest.raises(cd.ArgumentValueError, match=r"method='adaptive' .* no plan"):
        call()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_x_has_to_be_finite(bad):
    with pytest.raises(cd.ArgumentValueError, match=r"x must be finite, got .* at x\[1\]"):
        cd.gradient(number, [1.0, bad], method="adaptive")
    with pytest.raises(cd.ArgumentValueError, match="x must be finite"):
        cd.derivative(np.sin, bad, method="adaptive")


# ---------------------------------------------------------------------- fixed coordinates


@pytest.mark.parametrize("name", [name for name in OPERATORS if "grad" not in name])
def test_fixed_coordinates_get_0_at_no_cost(name):
    fun, call, _ = OPERATORS[name]
    seen = []

    def spy(x):
        seen.append(np.array(x))
        return fun(x)

    result = call(
        spy, X, bounds=([-9, X[1], -9], [9, X[1], 9]), method="adaptive", full_output=True
    )
    free = call(fun, X, method="adaptive", full_output=True)
    if name == "directional_derivative":
        exact = -np.sin(X) * [1, 0, 1] + 2 * X.sum() * 2
        assert (np.abs(result.value - exact) <= 10 * result.error).all()
    else:
        for part in (result.value, result.error, result.step):
            assert (part[..., 1] == 0).all()
        assert (result.status[..., 1] == "fixed").all()
    if seen[0].ndim:
        assert {point[1] for point in seen} == {X[1]}
    assert result.nfev < free.nfev or name == "directional_derivative"


def test_a_fixed_coordinate_and_a_hessian_of_gradient_calls():
    def grad(x):
        return np.full(2, x.sum())

    bounds = ([1, -9], [1, 9])
    H = cd.hessian(None, [1.0, 1.0], grad=grad, bounds=bounds, method="adaptive", full_output=True)
    assert H.value[1, 1] == pytest.approx(1)
    assert H.status.tolist() == [["fixed", "fixed"], ["fixed", "converged"]]


def test_entries_of_a_fixed_coordinate_are_0_in_a_hessian_of_gradient_calls():
    def grad(x):
        return np.full(2, x.sum())

    bounds = ([1, -9], [1, 9])
    H = cd.hessian(None, [1.0, 1.0], grad=grad, bounds=bounds, method="adaptive")
    assert H[0, 1] == H[1, 0] == 0


def test_all_coordinates_may_be_fixed(recwarn):
    for name in OPERATORS:
        fun, call, _ = OPERATORS[name]
        result = call(fun, X, bounds=(X, X), method="adaptive", full_output=True)
        assert (result.value == 0).all()
        if name not in ("directional_derivative", "hessian_vector_product of grad"):
            assert (result.status == "fixed").all()
    assert not recwarn


@pytest.mark.parametrize(("x", "v"), [([1.0, 2.0], [0.0, 0.0]), ([0.0, 0.0], [0.0, 0.0])])
def test_a_direction_of_zeros(x, v):
    for call in (
        lambda: cd.directional_derivative(number, x, v, method="adaptive"),
        lambda: cd.hessian_vector_product(number, x, v, method="adaptive"),
        lambda: cd.hessian_vector_product(None, x, v, grad=array, method="adaptive"),
    ):
        assert (np.asarray(call()) == 0).all()


def test_a_fixed_coordinate_stays_where_v_moves_the_others():
    seen = []

    def fun(x):
        seen.append(x[1])
        return x @ x

    value = cd.directional_derivative(
        fun, [1.0, 2.0], [1.0, 1.0], bounds=([0, 2], [9, 2]), method="adaptive"
    )
    assert value == pytest.approx(2)
    assert set(seen) == {2.0}


def coupled(x):
    return np.exp(np.sin(x).mean()) + x[0] * x[-1]


MANY = np.linspace(0.5, 1.5, 95)  # 4465 pairs: more than are searched at a time


def test_blocks_of_pairs_change_no_bit_and_evaluate_nothing_twice():
    seen = set()

    def fun(x):
        seen.add(x.tobytes())
        return coupled(x)

    whole = cd.hessian(fun, MANY, **ADAPTIVE)
    assert len(seen) == whole.nfev
    few = [0, 1, 2, 92, 93, 94]  # out of the first block and out of the second one
    lower, upper = MANY.copy(), MANY.copy()
    lower[few], upper[few] = -1e9, 1e9
    part = cd.hessian(coupled, MANY, bounds=(lower, upper), **ADAPTIVE)
    for a, b in ((whole.value, part.value), (whole.error, part.error), (whole.step, part.step)):
        np.testing.assert_array_equal(a[np.ix_(few, few)], b[np.ix_(few, few)])


def test_evaluations_that_run_out_are_shared_by_blocks():
    n = MANY.size
    most = 1 + 4 * n + 4 * n * (n - 1)
    found = cd.hessian(coupled, MANY, max_nfev=most, **ADAPTIVE)
    assert found.nfev <= most
    late = found.value[np.triu_indices(n, 1)][4096:]
    assert np.isfinite(late).mean() > 0.9


def test_searches_are_run_once():
    x = np.ones(1)
    table = TablePlan(coordinate_formula(1, "central", None), x)
    search = Rounds(table, Callback(np.sum), x, 1, unit=2.0**-53)
    search.run()
    with pytest.raises(RuntimeError, match="have been run"):
        search.run()


def test_what_does_not_move_is_fixed_whatever_fun_is_there():
    found = cd.derivative(lambda x: np.inf, 1.0, bounds=(1, np.nextafter(1, 2)), **ADAPTIVE)
    assert (found.value, found.error, found.status) == (0, 0, "fixed")


def test_what_both_sides_gave_is_not_lost_on_one_side():
    def fun(x):
        return np.sin(x) if 1 - 1e-6 <= x <= 1 + 1.5e-6 else np.nan

    # no evaluations are left to find anything on one side
    found = cd.derivative(fun, 1.0, max_nfev=19, **ADAPTIVE)
    assert abs(found.value - np.cos(1)) <= 10 * found.error < 1e-8
    assert found.status == "converged"


@pytest.mark.parametrize("x", [5 + 1e-6, 6.0])
def test_the_gradient_beside_a_hessian_has_levels_of_both_sides(x):
    """Near an edge the Hessian may have looked to one side, in vain, for something better."""
    _, first, _ = cd.value_gradient_hessian(
        lambda x: np.sqrt(x[0] - 5) if x[0] >= 5 else np.nan, [x], **ADAPTIVE
    )
    exact = 0.5 / np.sqrt(x - 5)
    assert abs(first.value[0] - exact) <= first.error[0]
    assert abs(first.value[0] - exact) <= 2e-9 * exact
