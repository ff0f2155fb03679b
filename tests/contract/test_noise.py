"""noise= and step_rule="fdint": what they cost, what they refuse, what they say."""

import copy
import pickle

import numpy as np
import pytest

import centraldiff as cd

NOISE = 1e-6


class Noisy:
    """A function with noise, that counts its calls and remembers where they were."""

    def __init__(self, takes_array, noise=NOISE):
        self.takes_array = takes_array
        self.rng = np.random.default_rng(0)
        self.noise = noise
        self.points = []

    def __call__(self, x):
        self.points.append(np.array(x))
        if self.takes_array:
            return np.cos(x) + np.sum(x) ** 2 + self.noise * self.rng.uniform(-1, 1, np.shape(x))
        return float(np.sin(x).sum() + np.prod(x) + self.noise * self.rng.uniform(-1, 1))


X = np.array([0.3, -1.2, 0.8])


def searched(name, n, points, lanes_points):
    """Evaluations of a search: at x (and beside it), then `points` for every step of a lane."""
    extra = {"hessian": 2, "Hessian": 2, "value_gradient_hessian": 2, "hessian_vector_product": 4}
    return extra.get(name, 1) + points * lanes_points


@pytest.mark.parametrize("method", ["central", "forward", "backward"])
@pytest.mark.parametrize("order", [None, 2, 4])
def test_evaluations_are_counted_and_bounded(operator, method, order):
    fun = Noisy(operator.takes_array)
    result = operator(fun, X, noise=NOISE, method=method, order=order, full_output=True)
    parts = result[1:] if isinstance(result, tuple) else (result,)
    assert {part.nfev for part in parts} == {len(fun.points)}
    plain, bare = Noisy(operator.takes_array), Noisy(operator.takes_array)
    operator(plain, X, method=method, order=order)
    operator(bare, X, noise=NOISE, method=method, order=order)
    extra = len(bare.points) - len(plain.points)
    # an error of mixed derivatives takes the derivatives once more by other steps, or twice
    mixed = operator.name in {"hessian", "Hessian", "value_gradient_hessian"}
    mixed = mixed or operator.name == "hessian_vector_product"
    assert (len(fun.points) - len(bare.points)) / len(plain.points) in ((1, 2) if mixed else (0,))
    # p points for each step, one more for second derivatives by one-sided differences
    p = order or (2 if method == "central" else 1)
    from_values = operator.name in {
        "hessian",
        "Hessian",
        "value_gradient_hessian",
        "hessian_diagonal",
        "hessian_vector_product",
    }
    points = p + (from_values and method != "central")
    fixed = searched(operator.name, X.size, 0, 0)
    lanes = {"hessian_vector_product": X.size + 1}.get(
        operator.name, 1 if operator.along_a_line else X.size
    )
    assert (extra - fixed) % points == 0
    assert 3 * lanes <= (extra - fixed) / points <= 8 * lanes  # at most 30, mostly 4


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_evaluations_of_derivatives(n):
    fun = Noisy(False)
    result = cd.derivative(lambda t: fun(np.array([t])), X, n, noise=NOISE, full_output=True)
    assert result.nfev == len(fun.points)
    nodes = 2 * ((n + 1) // 2)
    final = nodes + (n % 2 == 0)
    steps = (result.nfev - 3 - 3 * final) / nodes
    assert steps == int(steps)
    assert 9 <= steps <= 30


@pytest.mark.parametrize("kind", ["random", "nan", "constant", "linear", "huge"])
@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
@pytest.mark.parametrize("noise", [NOISE, "estimate"])
def test_hopeless_functions_end_in_time(kind, noise):
    rng = np.random.default_rng(0)
    calls = []
    functions = {
        "random": lambda x: rng.random(),
        "nan": lambda x: np.nan,
        "constant": lambda x: 2.0,
        "linear": lambda x: 3 * x[0] - x[1],
        "huge": lambda x: 1e300 * x[0] ** 3,
    }
    fun = lambda x: calls.append(1) or functions[kind](x)  # noqa: E731
    result = cd.gradient(fun, X, noise=noise, full_output=True)
    assert result.nfev == len(calls) <= 1 + 2 * 30 * 3 + 6 + 73
    if kind == "nan":
        assert (result.status == "not finite").all()
    else:
        assert (result.error > 0).all()
    if kind in ("constant", "linear"):
        true = [3, -1, 0] if kind == "linear" else [0, 0, 0]
        assert (np.abs(result.value - true) <= result.error).all()
        assert (result.status == "limited by noise").all()


def test_every_operator_takes_noise_and_is_right(operator, entries):
    exact = entries(operator(operator.function, X, order=4))
    for noise in (1e-9, "estimate"):
        for options in ({}, {"order": 4}, {"method": "forward", "order": 2}):
            value = entries(operator(operator.function, X, noise=noise, **options))
            np.testing.assert_allclose(value, exact, atol=2e-3)


def test_results_say_what_they_know(operator, entries):
    fun = Noisy(operator.takes_array)
    result = operator(fun, X, noise=NOISE, full_output=True)
    exact = operator(operator.function, X, order=6)
    parts = result[1:] if isinstance(result, tuple) else (result,)
    wholes = exact[1:] if isinstance(exact, tuple) else (exact,)
    noiseless = {"Jacobian", "jacobian"}
    for part, whole in zip(parts, wholes, strict=True):
        assert part.error.shape == part.status.shape == np.shape(part.value)
        assert set(np.ravel(part.status)) <= {"ok", "limited by noise"}
        if operator.takes_array or operator.name in noiseless:
            assert (np.abs(part.value - whole) <= 5 * part.error).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(), (1,), (2, 2), (0,)])
def test_dtypes_and_shapes(dtype, shape):
    x = np.full(shape, 0.7, dtype)
    for noise in (1e-4, "estimate"):
        result = cd.gradient(lambda x: np.sin(x).sum(), x, noise=noise, full_output=True)
        assert np.shape(result.value) == np.shape(result.step) == shape
        assert np.asarray(result.value).dtype == np.asarray(result.error).dtype == dtype
        np.testing.assert_allclose(result.value, np.cos(x), atol=0.01)


@pytest.mark.parametrize(
    "options", [{"rel_step": 1e-3}, {"abs_step": 1e-3}, {"step_rule": "sas"}], ids=str
)
def test_steps_that_are_given_stay_and_noise_is_in_the_error(operator, options):
    quiet = operator(operator.function, X, full_output=True, **options)
    noisy = operator(operator.function, X, full_output=True, noise=1e-3, **options)
    for a, b in zip(
        *(r[1:] if isinstance(r, tuple) else (r,) for r in (quiet, noisy)), strict=True
    ):
        np.testing.assert_array_equal(a.value, b.value)
        np.testing.assert_array_equal(a.step, b.step)
        np.testing.assert_array_equal(a.status, b.status)
        assert a.nfev == b.nfev
        assert (b.error > 100 * a.error).all()


def test_noise_in_the_error_by_hand():
    result = cd.gradient(lambda x: 1.0, [1.0], abs_step=2.0**-4, noise=1e-3, full_output=True)
    assert result.error[0] == pytest.approx(1e-3 * 2**4, rel=1e-12)
    result = cd.hessian_diagonal(
        lambda x: 1.0, [1.0], abs_step=2.0**-4, noise=1e-3, full_output=True
    )
    assert result.error[0] == pytest.approx(4e-3 * 2**8, rel=1e-12)


def test_typical_x_says_how_long_steps_may_be():
    for typical in (1e-3, 1.0, 1e3):
        fun = Noisy(False)
        result = cd.gradient(fun, [0.0, 0.0], noise=1.0, typical_x=typical, full_output=True)
        assert (result.step <= typical / 2).all()
        assert np.abs(fun.points).max() <= typical / 2


def test_the_same_inputs_give_the_same_bits(operator, entries):
    for noise in (1e-9, "estimate"):
        once, again = (entries(operator(operator.function, X, noise=noise)) for _ in range(2))
        np.testing.assert_array_equal(once, again)


def test_prepared_objects(prepared, entries):
    made = prepared.prepare(prepared.function, noise=NOISE)
    value = made(X)
    for other in (copy.copy(made), pickle.loads(pickle.dumps(made)), made):
        np.testing.assert_array_equal(other(X), value)
    out = np.empty_like(value)
    assert made(X, out=out) is out
    np.testing.assert_array_equal(out, value)
    with pytest.raises(ValueError, match="noise"):
        made.plan(X)


def test_functions_may_do_what_they_like():
    kept, buffer = [], np.zeros(3)

    def fun(x):
        kept.append(x)
        buffer[:] = np.sin(x)
        return buffer

    x = X.copy()
    J = cd.jacobian(fun, x, noise=NOISE)
    np.testing.assert_allclose(J, np.diag(np.cos(X)), atol=1e-3)
    np.testing.assert_array_equal(x, X)
    assert len({point.tobytes() for point in kept}) > len(kept) // 2

    def spoil(x):
        value = float(np.sin(x).sum())
        x[:] = np.nan
        return value

    np.testing.assert_allclose(cd.gradient(spoil, X, noise=NOISE), np.cos(X), atol=1e-3)


def test_exceptions_come_through_with_a_note():
    def fun(x):
        raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError) as caught:
        cd.gradient(fun, X, noise=NOISE)
    assert "centraldiff: in evaluation 1" in caught.value.__notes__[0]


def test_one_output_that_is_not_finite_harms_no_other():
    def fun(x):
        return np.array([np.sin(x[0]), np.nan, np.cos(x[1]), 1.0 if x[2] == X[2] else np.inf])

    with pytest.warns(cd.NotFiniteWarning):
        result = cd.jacobian(fun, X, noise=1e-9, full_output=True)
    bad = np.zeros((4, 3), bool)
    bad[1] = bad[3, 2] = True
    np.testing.assert_array_equal(np.isnan(result.value), bad)
    np.testing.assert_array_equal(result.status == "not finite", bad)
    exact = np.zeros((4, 3))
    exact[0, 0], exact[2, 1] = np.cos(X[0]), -np.sin(X[1])
    assert (np.abs(result.value - exact) <= 2 * result.error)[~bad].all()


@pytest.mark.parametrize(
    ("noise", "error", "words"),
    [
        (0, ValueError, "noise must be positive and finite, or 'estimate', got 0"),
        (-1e-6, ValueError, "got -1e-06"),
        (np.nan, ValueError, "got nan"),
        (np.inf, ValueError, "got inf"),
        ("auto", ValueError, "'estimate', got 'auto'"),
        (True, TypeError, "got True"),
        ([1e-6, 1e-6], ValueError, "noise must be a number"),
        (1j, TypeError, "noise must be"),
    ],
)
def test_noise_that_is_refused(operator, noise, error, words):
    calls = []
    with pytest.raises(error) as caught:
        operator(calls.append, X, noise=noise)
    assert isinstance(caught.value, cd.CentraldiffError)
    assert words in str(caught.value)
    assert not calls


@pytest.mark.parametrize("option", [{"noise": 1e-6}, {"step_rule": "fdint"}], ids=str)
def test_combinations_that_are_refused(option):
    with pytest.raises(ValueError, match="no meaning for method='complex'"):
        cd.gradient(np.sum, X, method="complex", **option)
    with pytest.raises(ValueError, match="x must be finite"):
        cd.gradient(np.sum, [1.0, np.nan], **option)


def test_fdint_is_for_first_derivatives():
    for call in (
        lambda: cd.hessian(np.sum, X, step_rule="fdint"),
        lambda: cd.gradient(np.sum, X, step_rule="fdint", order=4),
        lambda: cd.gradient(np.sum, X, step_rule="fdint", method="forward", order=2),
        lambda: cd.derivative(np.sin, 1.0, 2, step_rule="fdint"),
    ):
        with pytest.raises(ValueError, match="step_rule='fdint' is for first derivatives"):
            call()
    H = cd.hessian(None, X, grad=np.sin, step_rule="fdint")
    np.testing.assert_allclose(H, np.diag(np.cos(X)), atol=1e-8)
    v = np.ones(3)
    assert cd.directional_derivative(lambda x: x @ x, X, v, step_rule="fdint") == pytest.approx(
        2 * X.sum(), rel=1e-6
    )
    np.testing.assert_allclose(cd.derivative(np.sin, X, step_rule="fdint"), np.cos(X), atol=1e-7)


@pytest.mark.parametrize("x", [0.5, np.array(0.5)])
@pytest.mark.parametrize("noise", [NOISE, "estimate"])
def test_second_derivatives_of_a_function_of_a_number(x, noise):
    fun = Noisy(takes_array=False)
    assert abs(cd.hessian(fun, x, noise=noise) + np.sin(0.5)) < 0.1
    assert abs(cd.hessian_vector_product(fun, x, 1.0, noise=noise) + np.sin(0.5)) < 0.1
    assert abs(cd.value_gradient_hessian(fun, x, noise=noise)[2] + np.sin(0.5)) < 0.1
