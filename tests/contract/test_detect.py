"""Patterns that are guessed from calls of fun."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import rosen, rosen_der

import centraldiff as cd
from centraldiff._calling import Calling
from centraldiff._dependence import descend
from centraldiff._detect import detected
from centraldiff._doors import evaluator_for
from centraldiff._evaluate import Callback


class Counted:
    """A fun that counts its calls."""

    def __init__(self, fun):
        self.fun = fun
        self.calls = 0

    def __call__(self, x, *args, **kwargs):
        self.calls += 1
        return self.fun(x, *args, **kwargs)


def band(n, *offsets):
    return sum(np.eye(n, k=k, dtype=int) for k in offsets)


def shown(*args, **kwargs):
    return cd.sparsity_pattern(*args, **kwargs).toarray().astype(int)


def tridiagonal(x):
    y = np.exp(-x) - 2 * x
    y[1:] += x[:-1]
    y[:-1] += x[1:] ** 2
    return y


def grid(x):
    """A nonlinear diffusion equation on a square."""
    u = np.pad(x.reshape(8, 8), 1)
    inside = u[1:-1, 1:-1]
    sides = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2]
    return sides - 4 * inside + np.exp(inside)


def grid_pattern():
    one, side = np.eye(8, dtype=int), band(8, -1, 1)
    return np.kron(one, one) + np.kron(side, one) + np.kron(one, side)


def upwind(x):
    """Differences from where the wind comes, which is the sign of x."""
    return x * np.where(x > 0, x - np.roll(x, 1), np.roll(x, -1) - x)


def cyclic(n, *offsets):
    return sum(np.roll(np.eye(n, dtype=int), k, axis=1) for k in offsets)


def by_hand(x):
    """Numbers only, with if."""
    a, b, c = (float(number) for number in x)
    return [math.sin(a) if a > 0 else a * a, abs(b) * c, max(c, 0.0)]


def refuses_nan(x):
    if np.isnan(x).any():
        raise ValueError("NaN")
    return tridiagonal(x)


def same_buffer():
    buffer = np.empty(9)

    def fun(x):
        buffer[:] = tridiagonal(x)
        x[:] = 7.0
        return buffer

    return fun


STORED = np.where(np.random.default_rng(3).random((30, 40)) < 0.06, 0.5, 0.0)
X = np.linspace(-1.5, 2.0, 40)

# fun, x, pattern
JACOBIANS = {
    "elements": (np.sin, X, np.eye(40, dtype=int)),
    "tridiagonal": (tridiagonal, X, band(40, -1, 0, 1)),
    "pentadiagonal": (rosen_der, X, band(40, -1, 0, 1)),
    "grid": (grid, np.linspace(0.1, 1.0, 64), grid_pattern()),
    "grid at 0": (grid, np.zeros((8, 8)), grid_pattern()),
    "dense": (lambda x: np.cos(x) * np.sum(x), X, np.ones((40, 40), int)),
    "arrow": (
        lambda x: np.concatenate([[np.sum(x**2)], x[1:] * x[0]]),
        X,
        np.eye(40, dtype=int) | (np.arange(40) == 0) | (np.arange(40)[:, None] == 0),
    ),
    "dense matrix": (lambda x: STORED @ x, X, (STORED != 0).astype(int)),
    "dense matrix, curved": (lambda x: np.tanh(STORED @ x**3), X, (STORED != 0).astype(int)),
    "sparse matrix": (
        lambda x: scipy.sparse.csr_array(STORED) @ x,
        X,
        (STORED != 0).astype(int),
    ),
    "where": (upwind, np.abs(X) + 1, cyclic(40, -1, 0, 1)),
    "where, mixed signs": (upwind, X, cyclic(40, -1, 0, 1)),
    "relu": (lambda x: np.maximum(x, 0), X, np.eye(40, dtype=int)),
    "relu, never active": (lambda x: np.maximum(x, 0), -1 - X**2, np.eye(40, dtype=int)),
    "relu that hides NaN": (lambda x: np.fmax(x, 0), -1 - X**2, np.eye(40, dtype=int)),
    "sum of relu": (lambda x: [np.maximum(x, 0).sum()], X, np.ones((1, 40), int)),
    "largest": (lambda x: [x.max(), x[:20].min()], X, [[1] * 40, [1] * 20 + [0] * 20]),
    "numbers": (by_hand, [1.0, -2.0, -0.5], [[1, 0, 0], [0, 1, 1], [0, 0, 1]]),
    "raises for NaN": (refuses_nan, X, band(40, -1, 0, 1)),
    "replaces NaN": (lambda x: tridiagonal(np.nan_to_num(x)), X, band(40, -1, 0, 1)),
    "constants": (lambda x: [1.0, x[1], 2.0], np.ones(3), [[0] * 3, [0, 1, 0], [0] * 3]),
    "products at 0": (lambda x: x[:-1] * x[1:], np.zeros(6), band(6, 0, 1)[:-1]),
    "squares at 0": (lambda x: x**2, np.zeros(6), np.eye(6)),
    "edge of the domain": (lambda x: np.sqrt(x), np.zeros(6), np.eye(6)),
    "edge, with exceptions": (
        lambda x: [math.sqrt(int(1e9 * t)) for t in x],  # also of NaN
        np.zeros(16),
        np.eye(16),
    ),
    "both edges, without NaN": (
        lambda x: np.sqrt(np.nan_to_num(x * (1 - x), nan=1.0)),
        np.arange(16) % 2,
        np.eye(16),
    ),
    "weak, in another branch": (
        lambda x: [x[0] * x[1] * x[2], x[0] + 1e-9 * np.fmin(x[1], 0), x[3]],
        np.ones(4),
        [[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]],
    ),
    "both edges": (
        lambda x: [math.sqrt(t) * math.sqrt(1 - t) for t in x],
        np.array([0.0, 1.0, 0.5, 1.0, 0.0]),
        np.eye(5),
    ),
    "scales": (lambda x: x * np.roll(x, 1), np.logspace(-12, 12, 25), cyclic(25, -1, 0)),
    "same buffer": (same_buffer(), np.linspace(0.0, 1.0, 9), band(9, -1, 0, 1)),
    "one value": (lambda x: x[0] * x[2], np.ones(3), [[1, 0, 1]]),
    "one coordinate": (lambda x: [x[0], 1.0], [2.0], [[1], [0]]),
    "a number": (lambda x: x**2, 3.0, [[1]]),
    "a constant": (lambda x: 1.0, 3.0, [[0]]),
    "a list of int": (lambda x: x[:2] * x[1:], [1, 0, 2], [[1, 1, 0], [0, 1, 1]]),
    "no coordinates": (lambda x: np.ones(3), [], np.empty((3, 0))),
    "no values": (lambda x: [], np.ones(4), np.empty((0, 4))),
    "shapes": (lambda x: x.sum(axis=0), np.ones((2, 3)), np.tile(np.eye(3), 2)),
    "float32": (tridiagonal, X.astype(np.float32), band(40, -1, 0, 1)),
    "longdouble": (tridiagonal, X.astype(np.longdouble), band(40, -1, 0, 1)),
    "whole numbers": (lambda x: np.floor(1e4 * x).astype(int), X, np.eye(40)),
}


@pytest.mark.thread_unsafe(reason="one of them returns the same array each time")
@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobian(name):
    fun, x, expected = JACOBIANS[name]
    np.testing.assert_array_equal(shown(fun, x), expected)


def coupled(x):
    return np.sum(np.sin(x[:-3] * x[3:]))


HESSIANS = {
    "rosen": (rosen, np.linspace(-1.0, 1.0, 20), band(20, -1, 0, 1)),
    "rosen at 0": (rosen, np.zeros(7), band(7, -1, 0, 1)),
    "third neighbours": (coupled, np.linspace(0.5, 1.0, 17), band(17, -3, 0, 3)),
    "linear": (np.sum, np.ones(6), np.eye(6)),
    "constant": (lambda x: 1.0, np.ones(6), np.eye(6)),
    "dense": (lambda x: np.sum(x) ** 3, np.ones(9), np.ones((9, 9))),
    "arrow": (
        lambda x: np.sum(x[0] * x**2),
        np.ones(9),
        np.eye(9, dtype=int) | (np.arange(9) == 0) | (np.arange(9)[:, None] == 0),
    ),
    "logarithms": (lambda x: math.log(x[0] * x[1] + x[2]) + x[3], [1, 1, 1, 0], None),
    "product of 3 at 0": (lambda x: x[0] * x[1] * x[2], np.zeros(4), None),
    "in float32": (lambda x: float(np.sum(np.float32(x) ** 3)), np.linspace(1, 2, 8), np.eye(8)),
    "float32": (rosen, np.linspace(-1, 1, 9, dtype=np.float32), band(9, -1, 0, 1)),
    "matrix": (lambda x: np.sum(x[0] * x[1]), np.ones((2, 3)), np.kron(np.ones((2, 2)), np.eye(3))),
    "barrier": (
        lambda x: -np.sum(np.log(np.diff(x))),
        np.linspace(1.0, 1.3, 12),
        band(12, -1, 0, 1),
    ),
    "edge of the domain": (
        lambda x: np.sqrt(x[0] - x[1]) + x[2] ** 2,
        np.ones(3),
        [[1, 1, 0], [1, 1, 0], [0, 0, 1]],
    ),
    "huge": (
        lambda x: np.exp(700 * x[0] * x[1]) + x[2] ** 2,
        np.ones(3),
        [[1, 1, 0], [1, 1, 0], [0, 0, 1]],
    ),
    "tiny": (rosen, np.full(6, 1e-9), band(6, -1, 0, 1)),
    "large offset": (lambda x: 1e6 + rosen(x), np.ones(12), band(12, -1, 0, 1)),
    "one coordinate": (lambda x: x[0] ** 2, [1.0], [[1]]),
    "a number": (lambda x: x**2, 1.0, [[1]]),
    "no coordinates": (lambda x: 1.0, [], np.empty((0, 0))),
}
HESSIANS["logarithms"] = (
    *HESSIANS["logarithms"][:2],
    [[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]],
)
HESSIANS["product of 3 at 0"] = (*HESSIANS["product of 3 at 0"][:2], HESSIANS["logarithms"][2])


@pytest.mark.parametrize("name", HESSIANS)
def test_hessian(name):
    fun, x, expected = HESSIANS[name]
    np.testing.assert_array_equal(shown(fun, x, of="hessian"), expected)


def test_result_is_a_csr_array_of_true():
    pattern = cd.sparsity_pattern(tridiagonal, np.ones(5))
    assert isinstance(pattern, scipy.sparse.csr_array)
    assert pattern.dtype == bool
    assert pattern.data.all()
    assert pattern.has_canonical_format


def test_evaluations_of_a_tridiagonal_jacobian():
    fun = Counted(tridiagonal)
    assert cd.sparsity_pattern(fun, np.linspace(-1, 1, 1024)).nnz == 3 * 1024 - 2
    assert fun.calls == 91


def test_evaluations_of_a_dense_jacobian():
    fun = Counted(lambda x: np.cos(x) * np.sum(x))
    assert cd.sparsity_pattern(fun, np.linspace(-1, 1, 64)).nnz == 64**2
    assert fun.calls <= 2 * 64 + 10


def test_nan_probing_ends_early_where_it_tells_nothing():
    fun = Counted(lambda x: np.eye(256) @ x)
    assert cd.sparsity_pattern(fun, np.linspace(-1, 1, 256)).nnz == 256
    assert fun.calls < 64


def test_evaluations_of_a_banded_hessian():
    fun = Counted(rosen)
    pattern = cd.sparsity_pattern(fun, np.linspace(-1, 1, 200), of="hessian")
    assert pattern.nnz == 3 * 200 - 2
    assert fun.calls <= 12 * 200


def test_many_coordinates():
    fun = Counted(tridiagonal)
    n = 50_000
    pattern = cd.sparsity_pattern(fun, np.linspace(-1, 1, n))
    assert pattern.nnz == 3 * n - 2
    assert fun.calls < 150


def test_same_each_time_whatever_the_random_state():
    def fun(x):
        points.append(x.copy())
        return upwind(x)

    seen = []
    for seed in (1, 2):
        np.random.seed(seed)
        points: list[np.ndarray] = []
        cd.sparsity_pattern(fun, X)
        seen.append(np.array(points))
    np.testing.assert_array_equal(*seen)


def test_random_state_is_left_alone():
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    cd.sparsity_pattern(upwind, X)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_x_is_unchanged():
    x = X.copy()
    cd.sparsity_pattern(same_buffer(), x[:9])
    np.testing.assert_array_equal(x, X)


def test_arguments_are_passed_on():
    def fun(x, matrix, *, power):
        return matrix @ x**power

    expected = (STORED != 0).astype(int)
    np.testing.assert_array_equal(shown(fun, X, args=(STORED,), kwargs={"power": 3}), expected)


@pytest.mark.parametrize("of", ["jacobian", "hessian"])
def test_exception_at_x_reaches_the_caller(of):
    def fun(x):
        raise KeyError("at x")

    with pytest.raises(KeyError) as caught:
        cd.sparsity_pattern(fun, X, of=of)
    assert caught.value.__notes__ == ["centraldiff: in evaluation 1 of 1 of fun, at x"]


@pytest.mark.parametrize("of", ["jacobian", "hessian"])
@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("after", [0, 1, 5, 30])
def test_interrupts_pass(of, exception, after):
    def fun(x):
        if counted.calls > after:
            raise exception
        return tridiagonal(x) if of == "jacobian" else rosen(x)

    counted = Counted(fun)
    with pytest.raises(exception):
        cd.sparsity_pattern(counted, X, of=of)
    assert counted.calls == after + 1


@pytest.mark.parametrize("of", ["jacobian", "hessian"])
def test_exceptions_everywhere_but_at_x(of):
    def fun(x):
        if (x != X).any():
            raise RuntimeError("elsewhere")
        return x if of == "jacobian" else 1.0

    with pytest.raises(cd.FunctionValueError, match="at points near x") as caught:
        cd.sparsity_pattern(fun, X, of=of)
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_domain_that_is_left_by_long_displacements():
    def fun(x):
        if np.abs(x - X).max() > 1e-3 * np.abs(X).max():
            raise RuntimeError("too far")
        return tridiagonal(x)

    np.testing.assert_array_equal(shown(fun, X), band(40, -1, 0, 1))


def test_hessian_whose_domain_is_left_by_long_displacements():
    x = np.linspace(0.5, 1.0, 9)

    def fun(at):
        if np.abs(at - x).max() > 0.02:
            raise RuntimeError("too far")
        return rosen(at)

    np.testing.assert_array_equal(shown(fun, x, of="hessian"), band(9, -1, 0, 1))


def test_rows_that_are_never_finite():
    def fun(x):
        y = tridiagonal(x)
        y[3] = np.nan
        return y

    expected = band(40, -1, 0, 1)
    expected[3] = 0
    with pytest.warns(cd.NotFiniteWarning, match=r"1 of its 40 values \(the first at index 3\)"):
        pattern = shown(fun, X)
    np.testing.assert_array_equal(pattern, expected)


def test_rows_that_are_finite_elsewhere():
    x = np.array([1.0, -1.0, 2.0])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(shown(np.sqrt, x), np.eye(3))


def test_rows_that_are_infinite_at_x():
    with np.errstate(over="ignore"):
        pattern = shown(lambda x: [np.exp(1e4 * x[0] * x[1]), x[2]], np.ones(3))
    np.testing.assert_array_equal(pattern, [[1, 1, 0], [0, 0, 1]])


def test_noise_is_seen_by_nan():
    random = np.random.default_rng(5)
    pattern = shown(lambda x: tridiagonal(x) + 1e-9 * random.normal(size=x.size), X)
    np.testing.assert_array_equal(pattern, band(40, -1, 0, 1))


def test_noise_without_nan_is_refused():
    random = np.random.default_rng(5)
    with pytest.raises(cd.FunctionValueError, match="same values at the same point"):
        cd.sparsity_pattern(lambda x: refuses_nan(x) + random.normal(size=x.size), X)


def test_a_branch_that_is_nowhere_taken_is_missing():
    """What the docstring says."""
    pattern = shown(lambda x: [x[0] if x[1] < 1e6 else x[2]], np.ones(3))
    np.testing.assert_array_equal(pattern, [[1, 0, 0]])


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        (0.0, np.inf),
        (-np.inf, 0.0),
        (-1e-9, 1e-9),
        (np.linspace(-1, -0.5, 12), 0.0),
        (-0.0, 1e-300),
    ],
)
def test_bounds(scalar, lower, upper):
    def fun(x):
        assert not (x < lower).any()
        assert not (x > upper).any()
        inside.append(not np.isnan(x).any())
        y = x / scale
        return np.sum(y[1:] * y[:-1]) if scalar else tridiagonal(np.nan_to_num(y))

    lower, upper = np.broadcast_to(lower, 12), np.broadcast_to(upper, 12)
    scale = np.minimum(upper - lower, 1)
    x = np.where(np.arange(12) % 2, np.clip(0, lower, upper), np.clip(scale / 3, lower, upper))
    inside: list[bool] = []
    pattern = detected(Callback(fun, scalar=scalar), x, False, (lower, upper))
    assert inside.count(False) <= 1
    found = np.zeros((12, 12), int)
    found[pattern.rows(), pattern.indices] = 1
    np.testing.assert_array_equal(found, band(12, -1, 0, 1))


def test_coordinates_that_are_fixed():
    def fun(x):
        assert x[1] == 2.0 or np.isnan(x[1])
        return [x[0] * x[1], x[1] * x[2]]

    x = np.array([1.0, 2.0, 3.0])
    box = np.array([0.0, 2.0, 0.0]), np.array([9.0, 2.0, 9.0])
    assert detected(Callback(fun, scalar=False), x, False, box).indices.tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize("calling", [{"workers": 2}, {"vectorized": True}, {"x_as": "list"}])
def test_other_evaluators(calling):
    def fun(x):
        x = np.asarray(x)
        return np.concatenate([x[1:] * x[:-1], x[:1]])

    evaluator = evaluator_for(fun, (), None, scalar=False, name="fun", calling=Calling(**calling))
    pattern = detected(evaluator, np.linspace(1.0, 2.0, 9), False)
    assert pattern.nnz == 17


def test_c_function(library):
    pattern = shown(library.rosen, np.linspace(0.5, 1.0, 12), of="hessian")
    np.testing.assert_array_equal(pattern, band(12, -1, 0, 1))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (((tridiagonal, X), {"of": "gradient"}), ValueError, "of must be .* got 'gradient'"),
        (((tridiagonal, X), {"of": 2}), TypeError, "of must be .* got 2"),
        ((("tridiagonal", X), {}), TypeError, "fun must be callable"),
        (((tridiagonal, ["a"]), {}), TypeError, "x must be"),
        (((tridiagonal, [1.0, np.nan]), {}), ValueError, r"x must be finite, got nan at x\[1\]"),
        (((tridiagonal, X), {"args": 3}), TypeError, "args must be"),
        (((tridiagonal, X), {"of": "hessian"}), ValueError, "fun must return one number"),
        (((lambda x: None, X), {}), TypeError, "fun must return a number or an array"),
        (((lambda x: x * 1j, X), {}), TypeError, "fun must return real numbers"),
    ],
)
def test_refusals(arguments, error, text):
    args, kwargs = arguments
    with pytest.raises(error, match=text) as caught:
        cd.sparsity_pattern(*args, **kwargs)
    assert isinstance(caught.value, cd.CentraldiffError)


@pytest.mark.thread_unsafe(reason="a module is taken away")
def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    fun = Counted(tridiagonal)
    with pytest.raises(ImportError, match="pip install scipy"):
        cd.sparsity_pattern(fun, X)
    assert fun.calls == 0


patterns = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(st.sets(st.integers(0, n - 1), max_size=5).map(sorted), min_size=1, max_size=40),
        st.integers(0, 2**32 - 1),
    )
)
OUTER = (np.sin, lambda t: t, lambda t: t**2, np.tanh, abs)


@given(patterns)
@settings(max_examples=150, deadline=None)
def test_any_pattern_is_found(case):
    n, rows, seed = case
    random = np.random.default_rng(seed)
    weights = random.uniform(0.5, 2, (len(rows), n)) * random.choice([-1, 1], (len(rows), n))
    outer = [OUTER[k] for k in random.integers(0, len(OUTER), len(rows))]
    expected = np.zeros((len(rows), n), int)
    for i, row in enumerate(rows):
        expected[i, row] = 1

    def fun(x):
        return [f(w[r] @ x[r]) for f, w, r in zip(outer, weights, rows, strict=True)]

    np.testing.assert_array_equal(shown(fun, random.normal(size=n)), expected)


@given(patterns)
@settings(max_examples=50, deadline=None)
def test_any_hessian_is_found(case):
    n, rows, seed = case
    random = np.random.default_rng(seed)
    weights = random.uniform(0.5, 2, (len(rows), n)) * random.choice([-1, 1], (len(rows), n))
    expected = np.eye(n, dtype=int)
    for row in rows:
        expected[np.ix_(row, row)] = 1

    def fun(x):
        return sum(np.exp(w[r] @ x[r] / 8) for w, r in zip(weights, rows, strict=True))

    np.testing.assert_array_equal(shown(fun, random.normal(size=n), of="hessian"), expected)


def test_a_pattern_found_from_gradient_calls_is_symmetric():
    """The second gradient is none of any function: what it lacks below its diagonal is there."""
    x = np.linspace(0.5, 1.5, 6)
    found = cd.hessian(None, x, grad=rosen_der, sparsity="detect")
    np.testing.assert_array_equal(found.toarray() != 0, band(6, -1, 0, 1))
    found = cd.hessian(None, [3.0, 2.0], grad=lambda x: [x[0] * x[1], x[1]], sparsity="detect")
    np.testing.assert_allclose(found.toarray(), [[2, 1.5], [1.5, 1]], rtol=1e-9)


@pytest.mark.parametrize("of", ["jacobian", "hessian"])
def test_bounds_hold_all_points(of):
    x = np.array([1.0, 2.0, 0.5, 3.0])
    lower, upper = x - np.array([[0, 1e-3, 0.1, 1], [-1, 0, -0.1, -np.inf]])

    def fun(y):
        outside = ~((y >= lower) & (y <= upper)) & ~np.isnan(y)
        assert not outside.any()
        values = np.append(np.sqrt(y[1:] - lower[1:]) * y[:-1], y[0])
        return values if of == "jacobian" else float(np.sum(values**2))

    free = cd.sparsity_pattern(lambda y: np.append(y[1:] * y[:-1], y[0]), x)
    found = cd.sparsity_pattern(fun, x, of=of, bounds=(lower, upper)).toarray()
    if of == "jacobian":
        np.testing.assert_array_equal(found, free.toarray())
    else:
        assert found[np.abs(np.subtract.outer(range(4), range(4))) <= 1].all()
    with pytest.raises(ValueError, match="x must be within bounds"):
        cd.sparsity_pattern(fun, x + 1, of=of, bounds=(lower, upper))


def test_what_is_lost_in_a_larger_block_makes_no_column_that_is_not_there():
    def answers(mask):
        lost = mask[2] and not mask[0]
        return np.array([mask[4] or lost, mask[0] or mask[1]])

    rows, columns = descend(5, 2, np.ones(2, bool), answers)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 4), (1, 0), (1, 1)]
