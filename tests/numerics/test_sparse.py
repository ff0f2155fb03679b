"""Sparse derivatives are as right as they say, whichever way they are found."""

import numpy as np
import pytest
import scipy.sparse as sp

import centraldiff as cd

N = 12
INF = np.inf
BAND = abs(np.arange(N)[:, None] - np.arange(N)) <= 1
ODD = np.arange(N) % 2 == 1
L = np.longdouble


def fun(x):
    """The gradient of `number`."""
    g = np.exp(x / 2) / 2
    g[1:] += np.sin(x[:-1]) * np.cos(x[1:])
    g[:-1] += np.cos(x[:-1]) * np.sin(x[1:])
    return g


def number(x):
    return terms(x).sum()


def terms(x):
    return np.concatenate([np.exp(x / 2), np.sin(x[:-1]) * np.sin(x[1:])])


TERMS = np.vstack([np.eye(N), np.eye(N - 1, N) + np.eye(N - 1, N, 1)]) > 0


def matrix(x):
    """Its Hessian."""
    h = np.diag(np.exp(x / 2) / 4)
    i = np.arange(N - 1)
    both = np.sin(x[:-1]) * np.sin(x[1:])
    h[i, i] -= both
    h[i + 1, i + 1] -= both
    h[i, i + 1] = h[i + 1, i] = np.cos(x[:-1]) * np.cos(x[1:])
    return h


def point(seed=0):
    return np.random.default_rng(seed).uniform(-2, 2, N)


def jacobian(x, fun=fun, **options):
    return cd.jacobian(fun, x, sparsity=BAND, **options)


def from_gradients(x, fun=fun, **options):
    return cd.hessian(None, x, grad=fun, sparsity=BAND, **options)


def from_values(x, fun=number, **options):
    return cd.hessian(fun, x, sparsity=BAND, **options)


def from_terms(x, fun=terms, **options):
    return cd.hessian(fun, x, sparsity=TERMS, sum_of_terms=True, **options)


WAYS = {
    "jacobian": jacobian,
    "gradients": from_gradients,
    "values": from_values,
    "terms": from_terms,
}
EVERY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
BOUNDS = {
    "none": lambda x: None,
    "lower": lambda x: (x, INF),
    "upper": lambda x: (-INF, x),
    "opposite": lambda x: (np.where(ODD, x, x - 1), np.where(ODD, x + 1, x)),
    "one": lambda x: (np.where(np.arange(N) == 5, x, -INF), INF),
}
# How much more than it says an error may be: fun's own rounding is a few units of its value.
ROUNDING = 4


def off_and_error(way, x, bounds=None, **options):
    found = way(x, full_output=True, bounds=bounds, **options)
    assert found.value.nnz == found.error.nnz == len(found.status)
    off = abs(found.value.data - matrix(x)[BAND])
    return off, found.error.data, found.status


@EVERY
@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize(
    ("method", "order"), [("central", 4), ("central", 8), ("forward", 3), ("adaptive", None)]
)
def test_errors_hold(way, bounds, method, order):
    held = []
    for seed in range(10):
        x = point(seed)
        off, error, status = off_and_error(way, x, bounds(x), method=method, order=order)
        held.append(off <= error)
        if bounds is BOUNDS["none"]:
            assert (off <= ROUNDING * error).all()
        assert set(status) <= {"ok", "converged", "one side only", "not converged"}
    # as for dense ones: one-sided differences add up rounding of fun itself
    assert np.mean(held) > (0.95 if way in (jacobian, from_gradients) else 0.9)


@EVERY
def test_adaptive_reaches_all_digits(way):
    off, error, status = off_and_error(way, point(), method="adaptive")
    assert (status == "converged").all()
    assert off.max() < (1e-10 if way in (from_values, from_terms) else 1e-11)
    assert error.max() < 1e-8


@EVERY
@pytest.mark.parametrize(("order", "factor"), [(2, 4), (4, 16)])
def test_order_by_slope(way, order, factor):
    """Half the step, 2**p times less error."""
    x = point().astype(L)
    exact = matrix(x)[BAND]
    steps = (2.0**-6, 2.0**-7)
    off = [
        abs(way(x, order=order, abs_step=h, verify_sparsity=False).data - exact).max()
        for h in steps
    ]
    assert off[0] / off[1] == pytest.approx(factor, rel=0.1)


@EVERY
@pytest.mark.parametrize("side", ["lower", "upper", "opposite"])
def test_order_at_bounds(way, side):
    x = point().astype(L)
    exact = matrix(x)[BAND]
    bounds = BOUNDS[side](x)
    off = [
        abs(way(x, abs_step=h, bounds=bounds, verify_sparsity=False).data - exact).max()
        for h in (2.0**-8, 2.0**-9)
    ]
    assert off[0] / off[1] == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize("told", [1e-6, "estimate"])
@pytest.mark.parametrize("bounds", [None, "lower"])
@pytest.mark.parametrize("way", [jacobian, from_gradients, from_values])
def test_noise_is_in_the_error(way, told, bounds):
    rng = np.random.default_rng(1)
    exact = number if way is from_values else fun

    def noisy(x):
        value = exact(x)
        return value + 1e-6 * rng.uniform(-1, 1, np.shape(value))

    x = point()
    off, error, status = off_and_error(way, x, bounds and BOUNDS[bounds](x), fun=noisy, noise=told)
    assert (off <= error * (1 if told == 1e-6 else 3)).mean() > 0.95
    assert (off < 0.2).all()
    assert "rounding only" not in status


@EVERY
def test_words_near_a_bound(way):
    """Only what a bound has changed says so, and 'ok' only what tells its truncation."""
    x = point()
    _, _, status = off_and_error(way, x, BOUNDS["one"](x))
    words = np.zeros((N, N), "U20")
    words[BAND] = status
    assert words[5, 5] == "one side only"
    if way in (jacobian, from_gradients):
        assert words[0, 0] == words[9, 10] == "rounding only"


def residuals(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])


@pytest.mark.parametrize("method", ["central", "adaptive", "forward"])
def test_gauss_newton_solves_and_tells_its_error(method):
    x = np.full(N, 0.5)
    i = np.arange(N - 1)
    pattern = np.zeros((2 * N - 2, N), bool)
    pattern[i, i] = pattern[i, i + 1] = pattern[N - 1 + i, i] = True
    options = {"sparsity": pattern, "least_squares": True, "method": method}
    for _ in range(40):
        _, gradient, product = cd.value_gradient_hessian(residuals, x, **options)
        x = x - sp.linalg.spsolve(product.tocsc(), gradient)
    np.testing.assert_allclose(x, 1, atol=1e-6)
    x = point()
    j = np.zeros(pattern.shape)
    j[i, i], j[i, i + 1], j[N - 1 + i, i] = -20 * x[:-1], 10, -1
    found = cd.hessian(residuals, x, full_output=True, **options)
    off = abs(found.value.toarray() - j.T @ j)
    allowed = 1e-3 if method == "forward" else 0
    assert (off <= found.error.toarray() * ROUNDING + allowed).all()


def test_scales_of_all_sizes():
    """Each column has a step of its own, whoever it shares evaluations with."""
    size = 10.0 ** np.linspace(-6, 6, N)

    def scaled(x):
        y = np.sin(x / size)
        y[1:] += (x[:-1] / size[:-1]) ** 2
        return y

    x = size * np.linspace(0.5, 1.5, N)
    exact = np.diag(np.cos(x / size) / size)
    i = np.arange(N - 1)
    exact[i + 1, i] = 2 * x[:-1] / size[:-1] ** 2
    for options in ({"typical_x": size}, {"method": "adaptive"}):
        found = cd.jacobian(scaled, x, sparsity=BAND, **options).toarray()
        np.testing.assert_allclose(found * size, exact * size, atol=1e-8)
