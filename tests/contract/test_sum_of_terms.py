"""Functions that are sums of terms, or of squares: each derivative out of few evaluations."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

N = 9
INF = np.inf
ODD = np.arange(N) % 2 == 1


def rosen_terms(x):
    """Those of Rosenbrock's function: twice as many less two."""
    a, b = x[1:] - x[:-1] * x[:-1], 1 - x[:-1]
    return np.concatenate([100 * a * a, b * b])


def rosen_pattern(n):
    i = np.arange(n - 1)
    rows, columns = np.concatenate([i, i, i + n - 1]), np.concatenate([i, i + 1, i])
    return sp.coo_array((np.ones(3 * n - 3), (rows, columns)), shape=(2 * n - 2, n))


def rosen(x):
    return rosen_terms(x).sum()


def residuals(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])


def half_of_squares(x):
    r = residuals(x)
    return r @ r / 2


def point(n=N):
    return np.random.default_rng(2).normal(size=n)


def rosen_hessian(x):
    n = len(x)
    h = np.zeros((n, n))
    i = np.arange(n - 1)
    h[i, i] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    h[i + 1, i + 1] += 200
    h[i, i + 1] = h[i + 1, i] = -400 * x[:-1]
    return h


def rosen_gradient(x):
    g = np.zeros(len(x))
    a = x[1:] - x[:-1] ** 2
    g[:-1] = -400 * x[:-1] * a - 2 * (1 - x[:-1])
    g[1:] += 200 * a
    return g


def residual_jacobian(x):
    n = len(x)
    j = np.zeros((2 * n - 2, n))
    i = np.arange(n - 1)
    j[i, i], j[i, i + 1], j[n - 1 + i, i] = -20 * x[:-1], 10, -1
    return j


PATTERN = rosen_pattern(N)
SUM = {"sparsity": PATTERN, "sum_of_terms": True}
SQUARES = {"sparsity": PATTERN, "least_squares": True}
ALL_SQUARES = {"least_squares": True}


class Counted:
    """A function that knows how often it was called, and where it may be called."""

    def __init__(self, fun, bounds=(-INF, INF)):
        self.fun, self.bounds, self.calls = fun, bounds, 0

    def __call__(self, x, *args, **kwargs):
        lower, upper = self.bounds
        assert np.all((np.real(x) >= lower) & (np.real(x) <= upper))
        self.calls += 1
        return self.fun(x, *args, **kwargs)


METHODS = [
    ("central", None),
    ("central", 4),
    ("central", 8),
    ("forward", None),
    ("forward", 3),
    ("backward", None),
    ("backward", 2),
    ("complex", None),
    ("adaptive", None),
]
FIRST_ORDER = {("forward", None): 1e-6, ("backward", None): 1e-6}


def evaluations(method, order, columns, needs_value):
    """Those of a Jacobian with so many columns."""
    if method == "complex":
        return columns + 2 + needs_value
    base = needs_value if method == "central" else 1
    default = {"central": 2}.get(method, 1)
    return base + (order or default) * columns


@pytest.mark.parametrize(("method", "order"), METHODS)
@pytest.mark.parametrize("way", ["sum", "squares", "all squares"])
def test_gradients_and_what_they_cost(method, order, way):
    terms = rosen_terms if way == "sum" else residuals
    options = {"sum": SUM, "squares": SQUARES, "all squares": ALL_SQUARES}[way]
    columns = N if way == "all squares" else 2
    x = point()
    fun = Counted(terms)
    found = cd.gradient(
        fun, x, method=method, order=order, verify_sparsity=False, full_output=True, **options
    )
    assert found.nfev == fun.calls
    if method != "adaptive":
        cost = evaluations(method, order, columns, way != "sum")
        assert fun.calls == cost + (way == "all squares")  # how many residuals?
    expected = rosen_gradient(x) if way == "sum" else residual_jacobian(x).T @ residuals(x)
    tolerance = FIRST_ORDER.get((method, order), 1e-8)
    assert_allclose(found.value, expected, atol=tolerance * abs(expected).max())
    value, gradient = cd.value_and_gradient(fun, x, method=method, order=order, **options)
    assert_array_equal(gradient, found.value)
    assert_allclose(value, rosen(x) if way == "sum" else half_of_squares(x), rtol=1e-14)
    prepared = cd.Gradient(fun, method=method, order=order, **options)
    for _ in range(2):
        fun.calls = 0
        assert_array_equal(prepared(x), found.value)
    if method != "adaptive":
        assert fun.calls == cost


@pytest.mark.parametrize(
    ("method", "order", "nodes", "corners"),
    [("central", None, 2, 2), ("central", 4, 4, 4), ("forward", None, 2, 1), ("backward", 2, 3, 3)],
)
def test_hessians_of_sums_and_what_they_cost(method, order, nodes, corners):
    """1 + 2 p + 2 P for p colours and P pairs of them, whatever the number of variables."""
    for n in (2, 3, N, 40):
        x = point(n)
        fun = Counted(rosen_terms)
        hessian = cd.hessian(
            fun, x, method=method, order=order, sparsity=rosen_pattern(n), sum_of_terms=True,
            verify_sparsity=False,
        )  # fmt: skip
        assert fun.calls == 1 + 2 * nodes + corners
        expected = rosen_hessian(x)
        scale = 1e-2 if order is None and method == "forward" else 1e-5
        assert_allclose(hessian.toarray(), expected, atol=scale * abs(expected).max())
        assert_array_equal(hessian.toarray() != 0, expected != 0)
        assert_array_equal(hessian.toarray(), hessian.toarray().T)


@pytest.mark.parametrize(("method", "order"), METHODS)
@pytest.mark.parametrize("options", [SQUARES, ALL_SQUARES], ids=["sparse", "dense"])
def test_gauss_newton(method, order, options):
    x = point()
    found = cd.hessian(residuals, x, method=method, order=order, **options)
    j = residual_jacobian(x)
    if "sparsity" in options:
        assert sp.issparse(found)
        assert found.format == "csr"
        found = found.toarray()
    assert type(found) is np.ndarray
    assert_array_equal(found, found.T)
    tolerance = FIRST_ORDER.get((method, order), 1e-8)
    assert_allclose(found, j.T @ j, atol=tolerance * abs(j.T @ j).max())


def test_gauss_newton_keeps_the_shape_of_x():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = cd.hessian(lambda x: (x**2).ravel(), x, least_squares=True)
    assert found.shape == (2, 2, 2, 2)
    assert_allclose(found.reshape(4, 4), np.diag(4 * x.ravel() ** 2), atol=1e-7)
    full = cd.hessian(lambda x: (x**2).ravel(), x, least_squares=True, full_output=True)
    assert full.error.shape == full.status.shape == (2, 2, 2, 2)
    assert cd.hessian(lambda x: [x, x**2], 3.0, least_squares=True) == pytest.approx(37)


@pytest.mark.parametrize("way", ["sum", "squares", "all squares"])
@pytest.mark.parametrize("method", ["central", "forward", "adaptive"])
def test_all_three_out_of_the_same_evaluations(way, method):
    x = point()
    options = {"sum": SUM, "squares": SQUARES, "all squares": ALL_SQUARES}[way]
    fun = Counted(rosen_terms if way == "sum" else residuals)
    value, gradient, hessian = cd.value_gradient_hessian(
        fun, x, method=method, verify_sparsity=False, **options
    )
    calls = fun.calls
    if method != "adaptive":
        fun.calls = 0
        cd.hessian(fun, x, method=method, verify_sparsity=False, **options)
        assert calls == fun.calls + (way != "sum" and method == "central")
    j = residual_jacobian(x)
    expected = {"sum": (rosen(x), rosen_gradient(x), rosen_hessian(x))}.get(
        way, (half_of_squares(x), j.T @ residuals(x), j.T @ j)
    )
    loose = 1e-2 if method == "forward" else 1e-5
    assert_allclose(value, expected[0], rtol=1e-14)
    assert_allclose(gradient, expected[1], atol=loose * abs(expected[1]).max())
    dense = hessian.toarray() if sp.issparse(hessian) else hessian
    assert_allclose(dense, expected[2], atol=loose * abs(expected[2]).max())


def test_values_gradients_and_hessians_of_sparse_hessians():
    """Without terms too: the gradient is free with the Hessian."""
    x = point()
    fun = Counted(rosen)
    pattern = rosen_hessian(x) != 0
    value, gradient, hessian = cd.value_gradient_hessian(
        fun, x, sparsity=pattern, verify_sparsity=False
    )
    assert fun.calls == 1 + 2 * N + 2 * (N - 1)
    assert value == rosen(x)
    assert_allclose(gradient, rosen_gradient(x), rtol=1e-6, atol=1e-4)
    assert_allclose(hessian.toarray(), rosen_hessian(x), rtol=1e-5, atol=1e-3)


BOUNDS = {
    "lower": lambda x: (x, INF),
    "upper": lambda x: (-INF, x),
    "opposite": lambda x: (np.where(ODD, x, x - 1), np.where(ODD, x + 1, x)),
    "some fixed": lambda x: (np.where(ODD, x, -INF), np.where(ODD, x, INF)),
    "all fixed": lambda x: (x, x),
    "narrow": lambda x: (x - 1e-3, x + 1e-4),
}


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("way", ["sum", "squares", "all squares"])
@pytest.mark.parametrize(("method", "order"), METHODS)
def test_bounds(bounds, way, method, order):
    """Nobody goes outside, what is fixed is 0, and the rest is as right as it says."""
    x = point()
    lower, upper = (np.broadcast_to(side, N) for side in bounds(x))
    free = lower < upper
    fun = Counted(rosen_terms if way == "sum" else residuals, (lower, upper))
    options = {"sum": SUM, "squares": SQUARES, "all squares": ALL_SQUARES}[way]
    options = {**options, "method": method, "order": order, "bounds": (lower, upper)}
    j = residual_jacobian(x)
    expected = rosen_gradient(x) if way == "sum" else j.T @ residuals(x)
    expected = np.where(free, expected, 0)
    found = cd.gradient(fun, x, full_output=True, **options)
    tolerance = FIRST_ORDER.get((method, order), 1e-7) * (abs(expected).max() + 1)
    assert (abs(found.value - expected) <= found.error + tolerance).all()
    assert (found.value[~free] == 0).all()
    assert (found.status[~free] == "fixed").all()
    assert (found.status[free] != "fixed").all()
    assert_array_equal(cd.value_and_gradient(fun, x, **options)[1], found.value)
    if way == "sum" and method == "complex":
        return
    found = cd.hessian(fun, x, full_output=True, **options)
    value, error = (
        part.toarray() if sp.issparse(part) else part for part in (found.value, found.error)
    )
    expected = rosen_hessian(x) if way == "sum" else j.T @ j
    expected = np.where(free[:, None] & free, expected, 0)
    loose = 1e-2 if method in ("forward", "backward") and order is None else 1e-5
    assert (abs(value - expected) <= error + loose * abs(expected).max()).all()
    assert_array_equal(value, value.T)


OPTIONS = {
    "rel_step": {"rel_step": 1e-4},
    "abs_step": {"abs_step": np.linspace(1e-5, 1e-4, N)},
    "typical_x": {"typical_x": 10.0},
    "a rule": {"step_rule": "sas"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("kind", [SUM, SQUARES, ALL_SQUARES], ids=["sum", "squares", "all"])
def test_steps_are_those_that_were_asked_for(options, kind):
    x = point()
    fun = rosen_terms if "sum_of_terms" in kind else residuals
    plain = cd.jacobian(fun, x, full_output=True, **options)
    found = cd.gradient(fun, x, full_output=True, **kind, **options)
    assert_array_equal(np.broadcast_to(found.step, N), np.broadcast_to(plain.step, N))
    weights = np.ones(2 * N - 2) if "sum_of_terms" in kind else residuals(x)
    assert_allclose(found.value, plain.value.T @ weights, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("noise", [1e-8, "estimate"])
def test_noise(noise):
    x = point()
    found = cd.gradient(rosen_terms, x, noise=noise, full_output=True, **SUM)
    assert (abs(found.value - rosen_gradient(x)) <= found.error + 1e-9).all()
    found = cd.hessian(residuals, x, noise=noise, full_output=True, **SQUARES)
    j = residual_jacobian(x)
    assert (abs(found.value.toarray() - j.T @ j) <= found.error.toarray() + 1e-9).all()


def test_noise_of_terms_has_no_steps_for_second_derivatives():
    with pytest.raises(cd.ArgumentValueError, match="no meaning for the Hessian of a sum"):
        cd.hessian(rosen_terms, point(), noise=1e-8, **SUM)


def test_ways_of_calling():
    x = point()
    expected = cd.hessian(rosen_terms, x, **SUM)

    def same(fun, **options):
        assert_array_equal(cd.hessian(fun, x, **SUM, **options).data, expected.data)
        gradient = cd.gradient(fun, x, **SUM, **options)
        assert_array_equal(gradient, cd.gradient(rosen_terms, x, **SUM))

    same(rosen_terms, workers=3)
    same(rosen_terms, vectorized=True)
    same(rosen_terms, vectorized=True, batch_size=1)
    same(lambda x: rosen_terms(np.array(x)).tolist(), x_as="list")
    same(lambda *x: rosen_terms(np.array(x)), x_as="arguments")
    same(lambda x, a, b: a * rosen_terms(x) + b, args=(1.0,), kwargs={"b": 0.0})


def test_terms_of_any_shape_and_dtype():
    x = point().reshape(3, 3)

    def terms(x):
        return rosen_terms(x.ravel()).reshape(4, 4)

    assert_allclose(
        cd.gradient(terms, x, **SUM), rosen_gradient(x.ravel()).reshape(3, 3), rtol=1e-7
    )
    single = x.astype(np.float32)
    gradient = cd.gradient(terms, single, **SUM)
    assert gradient.dtype == np.float32
    assert_allclose(gradient, rosen_gradient(x.ravel()).reshape(3, 3), rtol=0.01, atol=0.5)
    longer = x.astype(np.longdouble)
    value, gradient = cd.value_and_gradient(terms, longer, **SUM)
    assert gradient.dtype == np.longdouble
    assert value.dtype == np.longdouble


def test_functions_of_nothing_and_of_one_number():
    empty = np.zeros((3, 0), bool)
    assert cd.gradient(lambda x: np.ones(3), [], sparsity=empty, sum_of_terms=True).shape == (0,)
    assert cd.hessian(lambda x: np.ones(3), [], sparsity=empty, sum_of_terms=True).shape == (0, 0)
    column = np.ones((2, 1), bool)
    found = cd.gradient(lambda x: [x**2, x**3], 2.0, sparsity=column, sum_of_terms=True)
    assert found == pytest.approx(16)
    found = cd.hessian(lambda x: [x**2, x**3], 2.0, sparsity=column, sum_of_terms=True)
    assert found.toarray() == pytest.approx(14)
    nothing = np.zeros((2, 3), bool)
    found = cd.gradient(lambda x: np.ones(2), np.ones(3), sparsity=nothing, sum_of_terms=True)
    assert_array_equal(found, np.zeros(3))
    found = cd.hessian(lambda x: np.ones(2), np.ones(3), sparsity=nothing, sum_of_terms=True)
    assert found.nnz == 0


def test_terms_that_are_not_finite():
    """Only coordinates of that term are NaN."""
    x = np.arange(1.0, N + 1)

    def terms(x):
        with np.errstate(invalid="ignore"):
            return np.concatenate([np.diff(x) ** 2, np.sqrt(x - 4.0)[3:4]])

    pattern = np.eye(N, dtype=bool) | np.eye(N, k=1, dtype=bool)
    pattern[N - 1] = np.arange(N) == 3
    with pytest.warns(cd.NotFiniteWarning, match=r"at \[8, 3\]"):
        gradient = cd.gradient(terms, x, sparsity=pattern, sum_of_terms=True)
    assert_array_equal(np.isnan(gradient), np.arange(N) == 3)


def test_a_million_variables_cost_as_many_evaluations_as_ten():
    for n in (10, 1000):
        fun = Counted(rosen_terms)
        x = np.linspace(0.5, 1.5, n)
        options = {"sparsity": rosen_pattern(n), "sum_of_terms": True, "verify_sparsity": False}
        cd.gradient(fun, x, **options)
        assert fun.calls == 4
        fun.calls = 0
        cd.hessian(fun, x, **options)
        assert fun.calls == 7


def test_detected_patterns():
    x = point()
    found = cd.hessian(rosen_terms, x, sparsity="detect", sum_of_terms=True)
    assert_allclose(found.toarray(), rosen_hessian(x), rtol=1e-5, atol=1e-3)
    found = cd.gradient(residuals, x, sparsity="detect", least_squares=True)
    assert_allclose(found, residual_jacobian(x).T @ residuals(x), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("option", ["sum_of_terms", "least_squares"])
def test_a_function_that_returns_the_sum_itself_is_refused(option):
    with pytest.raises(cd.FunctionValueError, match="must return an array of terms or residuals"):
        cd.gradient(lambda x: (x**2).sum(), [1.0, 2.0], sparsity=[[1, 1]], **{option: True})
    with pytest.raises(cd.FunctionValueError, match="got a number"):
        cd.hessian(lambda x: (x**2).sum(), [1.0, 2.0], least_squares=True)


def test_the_structure_of_a_product_is_that_of_the_pattern():
    pattern = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) <= 1

    def residuals(x):
        y = x**2
        y[1:] += x[:-1] ** 2
        return y

    H = cd.Hessian(residuals, sparsity=pattern, least_squares=True, full_output=True)
    first = H(np.ones(5)).value
    for x in (np.ones(5), np.arange(5) % 2.0, np.zeros(5)):
        found = H(x)
        for part in (found.value, found.error):
            assert part.indptr.tolist() == first.indptr.tolist()
            assert part.indices.tolist() == first.indices.tolist()
        assert len(found.status) == first.nnz
        J = np.diag(2 * x) + np.diag(2 * x[:-1], -1)
        assert np.abs(found.value.toarray() - J.T @ J).max() < 1e-8


@pytest.mark.parametrize("options", [{}, {"sparsity": "detect"}])
def test_data_of_another_length(options):
    def residuals(x, data):
        return x[0] * data - x[1]

    G = cd.Gradient(residuals, least_squares=True, **options)
    for length in (3, 4, 2):
        data, x = np.arange(1.0, length + 1), np.array([1.5, 0.5])
        r = residuals(x, data)
        assert np.allclose(G(x, data), [data @ r, -r.sum()])
    with pytest.raises(cd.ArgumentValueError, match="no plan"):
        G.plan([1.0, 2.0])
