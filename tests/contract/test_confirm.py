"""A pattern that misses entries is refused, with the rows; a right one never, whatever fun does."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import centraldiff as cd

N = 12
BAND = abs(np.arange(N)[:, None] - np.arange(N)) <= 1
INF = np.inf


def shifted(x, k):
    """x with every coordinate replaced by its neighbour, or 0."""
    out = np.zeros_like(x)
    if k > 0:
        out[k:] = x[:-k]
    else:
        out[:k] = x[-k:]
    return out


def point(seed=0, scale=1.0):
    return scale * np.random.default_rng(seed).normal(size=N)


def banded(x):
    return np.sin(x) + shifted(x, 1) ** 2 - x * shifted(x, -1)


def lacking(x):
    """Row 3 depends on coordinate 8 too."""
    y = banded(x)
    y[3] += 2 * x[8]
    return y


def number(x):
    return np.sum(np.sin(x)) + np.sum(x[1:] * x[:-1] ** 2)


def number_lacking(x):
    return number(x) + x[3] * x[8]


def gradient_of(fun):
    """Exact to rounding: by the complex step."""

    def grad(x):
        g = np.empty(N, x.dtype)
        for i in range(N):
            z = x.astype(complex)
            z[i] += 1e-30j
            g[i] = fun(z).imag / 1e-30
        return g

    return grad


def rows_named(error):
    text = str(error.value)
    assert "sparsity must hold every entry" in text
    assert "verify_sparsity=False" in text
    return [int(k) for k in re.findall(r"\d+", text.split("depends on more")[1].split("lack")[0])]


OPTIONS = {
    "central": {},
    "order 6": {"order": 6},
    "forward": {"method": "forward"},
    "adaptive": {"method": "adaptive"},
    "wide bounds": {"bounds": (-1e12, 1e12)},
    "noise": {"noise": 1e-12},
    "threads": {"workers": 2},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e4])
def test_missing_entries_of_a_jacobian(options, scale):
    with pytest.raises(cd.ArgumentValueError) as error:
        cd.jacobian(lacking, point(0, scale / 100), sparsity=BAND, **options)
    assert rows_named(error) == [3]


def test_missing_entries_of_a_jacobian_by_the_complex_step():
    """Its own check finds them first, and can't tell which of two things is wrong."""
    with pytest.raises(cd.FunctionValueError, match="or sparsity does not hold every entry"):
        cd.jacobian(lacking, point(), method="complex", sparsity=BAND)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_missing_entries_of_a_hessian_from_values(options):
    with pytest.raises(cd.ArgumentValueError) as error:
        cd.hessian(number_lacking, point(), sparsity=BAND, **options)
    assert rows_named(error) == [3, 8]


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_missing_entries_of_a_hessian_from_gradients(options):
    with pytest.raises(cd.ArgumentValueError) as error:
        cd.hessian(None, point(), grad=gradient_of(number_lacking), sparsity=BAND, **options)
    assert rows_named(error) == [3, 8]


@pytest.mark.parametrize("flag", ["sum_of_terms", "least_squares"])
@pytest.mark.parametrize("operator", [cd.gradient, cd.hessian, cd.value_and_gradient])
@pytest.mark.parametrize("method", ["central", "adaptive"])
def test_missing_entries_of_terms(flag, operator, method):
    with pytest.raises(cd.ArgumentValueError) as error:
        operator(lacking, point(), sparsity=BAND, method=method, **{flag: True})
    assert rows_named(error) == [3]


EVEN = np.arange(N) % 2 == 0
CORNERS = {
    "lower": lambda x: (x, INF),
    "upper": lambda x: (-INF, x),
    "opposite": lambda x: (np.where(EVEN, x, x - 1), np.where(EVEN, x + 1, x)),
    "one": lambda x: (np.where(np.arange(N) == 5, x, -INF), INF),
}


@pytest.mark.parametrize("corner", CORNERS.values(), ids=CORNERS)
@pytest.mark.parametrize("kind", ["jacobian", "values", "gradients", "terms"])
def test_at_bounds(corner, kind):
    """Missing entries are found there too, right patterns are right, and nobody goes outside."""
    x = point()
    lower, upper = (np.broadcast_to(side, N) for side in corner(x))

    def run(fun):
        def inside(y):
            assert (y >= lower).all()
            assert (y <= upper).all()
            return fun(y)

        options = {"sparsity": BAND, "bounds": (lower, upper)}
        if kind == "jacobian":
            return cd.jacobian(inside, x, **options)
        if kind == "values":
            return cd.hessian(inside, x, **options)
        if kind == "gradients":
            return cd.hessian(None, x, grad=inside, **options)
        return cd.hessian(inside, x, sum_of_terms=True, **options)

    right, wrong = (number, number_lacking) if kind == "values" else (banded, lacking)
    if kind == "gradients":
        right, wrong = gradient_of(number), gradient_of(number_lacking)
    run(right)
    with pytest.raises(cd.ArgumentValueError) as error:
        run(wrong)
    assert 3 in rows_named(error)


@pytest.mark.parametrize("steep", [1, 100, 1e4])
def test_missing_entries_where_fun_is_steep(steep):
    def fun(x):
        y = banded(x)
        y[3] += np.sin(steep * x[8])
        return y

    with pytest.raises(cd.ArgumentValueError):
        cd.jacobian(fun, point(), sparsity=BAND)
    with pytest.raises(cd.ArgumentValueError):
        cd.hessian(lambda x: number(x) + x[3] * np.sin(steep * x[8]), point(), sparsity=BAND)


def test_missing_entries_of_a_noisy_function():
    rng = np.random.default_rng(1)
    with pytest.raises(cd.ArgumentValueError) as error:
        cd.jacobian(lambda x: lacking(x) + 1e-8 * rng.normal(size=N), point(), sparsity=BAND)
    assert rows_named(error) == [3]


def minmod(a, b):
    return np.where(a * b > 0, np.where(abs(a) < abs(b), a, b), 0)


RNG = np.random.default_rng(7)
FUNCTIONS = {
    "smooth": banded,
    "abs": lambda x: abs(x - shifted(x, 1)) + abs(shifted(x, -1)),
    "minmod": lambda x: minmod(x - shifted(x, 1), shifted(x, -1) - x),
    "max of three": lambda x: np.max([x, shifted(x, 1), shifted(x, -1)], axis=0),
    "square root": lambda x: np.sqrt(abs(x - shifted(x, 1))) + shifted(x, -1),
    "steep": lambda x: np.tanh(1e6 * (x - shifted(x, 1))) + np.sin(1e5 * shifted(x, -1)),
    "rounded": lambda x: np.round(x, 6) + shifted(x, 1),
    "steps": np.floor,
    "constant": lambda x: np.ones(N),
    "float32": lambda x: np.sin(x.astype(np.float32)).astype(float) * shifted(x, 1),
    "cancellation": lambda x: (x**2 + 1e8) - 1e8 + shifted(x, 1),
    "rounding of all in each": lambda x: np.diff(np.cumsum(np.append(1e6, x))),
    "transforms": lambda x: np.fft.ifft(np.fft.fft(x)).real ** 2,
    "noise 1e-4": lambda x: banded(x) + 1e-4 * RNG.normal(size=N),
    "noise 1e-8": lambda x: banded(x) + 1e-8 * RNG.normal(size=N),
    "noise 1e-12": lambda x: banded(x) + 1e-12 * RNG.normal(size=N),
}
POINTS = {
    "any": point(3),
    "equal": np.ones(N),
    "zeros": np.zeros(N),
    "small": point(4, 1e-8),
    "large": point(5, 1e8),
    "all sizes": 10.0 ** np.random.default_rng(6).uniform(-8, 8, N),
    "ties": np.random.default_rng(6).integers(-1, 2, N).astype(float),
}


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
@pytest.mark.parametrize("x", POINTS.values(), ids=POINTS)
@pytest.mark.parametrize("fun", FUNCTIONS.values(), ids=FUNCTIONS)
def test_right_patterns_of_jacobians_are_never_refused(fun, x):
    for options in (*OPTIONS.values(), {"noise": "estimate"}, {"bounds": (x, INF)}):
        cd.jacobian(fun, x, sparsity=BAND, **options)


@pytest.mark.parametrize("seed", [804, 1719, 2523, 3428])
def test_noise_that_looks_like_a_slope_once(seed):
    """One of 850 seeds: three differences of noise that are in proportion to their steps."""
    rng = np.random.default_rng(seed)
    cd.jacobian(lambda x: banded(x) + 1e-8 * rng.normal(size=N), POINTS["ties"], sparsity=BAND)


SUMS = {
    "sum": number,
    "near zero by cancellation": lambda x: number(x) - number(POINTS["any"]),
    "shifted": lambda x: number(x) + 1e6,
    "abs": lambda x: np.abs(np.diff(x)).sum(),
    "max": lambda x: np.maximum(x[1:], x[:-1]).sum(),
    "float32": lambda x: float(np.sum(np.sin(x.astype(np.float32)))),
    "noise 1e-4": lambda x: number(x) + 1e-4 * RNG.normal(),
    "noise 1e-8": lambda x: number(x) + 1e-8 * RNG.normal(),
    "noise 1e-12": lambda x: number(x) + 1e-12 * RNG.normal(),
}


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
@pytest.mark.parametrize("x", POINTS.values(), ids=POINTS)
@pytest.mark.parametrize("fun", SUMS.values(), ids=SUMS)
def test_right_patterns_of_hessians_are_never_refused(fun, x):
    for options in (*OPTIONS.values(), {"bounds": (x, INF)}):
        cd.hessian(fun, x, sparsity=BAND, **options)


def test_quadratics_whose_value_is_far_below_its_terms():
    """f is 1e-3 of what it is the sum of: its rounding is more than its own last digits."""
    rng = np.random.default_rng(11)
    for _ in range(100):
        c, d, x = rng.normal(size=(3, N))

        def fun(x, c=c, d=d):
            return (c[1:] * x[1:] * x[:-1]).sum() + (d * np.exp(x / 2)).sum()

        off = fun(x) * (1 - 1e-3)
        cd.hessian(lambda x, off=off, fun=fun: fun(x) - off, x, sparsity=BAND, method="forward")


@pytest.mark.thread_unsafe(reason="calls are counted in one place")
class TestCost:
    """Two evaluations, once for each object."""

    def counted(self, fun):
        def count(x):
            self.calls += 1
            return fun(x)

        self.calls = 0
        return count

    def cost(self, call):
        self.calls = 0
        call()
        return self.calls

    @pytest.mark.parametrize("kind", ["jacobian", "values", "gradients", "terms"])
    def test_two_evaluations_and_only_once(self, kind):
        fun = {"values": number, "gradients": gradient_of(number)}.get(kind, banded)
        counted = self.counted(fun)

        def prepared(**options):
            if kind == "jacobian":
                return cd.Jacobian(counted, sparsity=BAND, **options)
            if kind == "gradients":
                return cd.Hessian(None, grad=counted, sparsity=BAND, **options)
            if kind == "terms":
                return cd.Gradient(counted, sparsity=BAND, sum_of_terms=True, **options)
            return cd.Hessian(counted, sparsity=BAND, **options)

        x = point()
        derivative = prepared()
        first, second = (self.cost(lambda: derivative(x)) for _ in range(2))
        without = prepared(verify_sparsity=False)
        assert first - second == 2
        assert second == self.cost(lambda: without(x)) == self.cost(lambda: without(x))

    def test_one_more_for_a_hessian_from_values_in_a_corner(self):
        hessian = cd.Hessian(self.counted(number), sparsity=BAND, bounds=(point(), INF))
        first, second = (self.cost(lambda: hessian(point())) for _ in range(2))
        assert first - second == 3

    def test_what_was_refused_is_looked_at_again(self):
        jacobian = cd.Jacobian(lacking, sparsity=BAND)
        for _ in range(2):
            with pytest.raises(cd.ArgumentValueError):
                jacobian(point())

    def test_functions_do_so_each_time(self):
        counted = self.counted(banded)
        assert self.cost(lambda: cd.jacobian(counted, point(), sparsity=BAND)) == 6 + 2


@pytest.mark.parametrize("operator", [cd.jacobian, cd.Jacobian])
def test_it_can_be_turned_off(operator):
    if operator is cd.Jacobian:
        found = cd.Jacobian(lacking, sparsity=BAND, verify_sparsity=False)(point())
    else:
        found = cd.jacobian(lacking, point(), sparsity=BAND, verify_sparsity=False)
    assert found.nnz == BAND.sum()


def test_at_most_four_rows_are_named():
    with pytest.raises(cd.ArgumentValueError, match="others too") as error:
        cd.jacobian(lambda x: banded(x) + x[0], point(), sparsity=BAND)
    assert len(rows_named(error)) == 4


def test_what_was_not_finite_is_not_confirmed():
    pattern = np.eye(3)

    def fun(x):
        return np.append(np.nan if x[0] > 1 else x[0] * x[1], x[1:])

    J = cd.Jacobian(fun, sparsity=pattern)
    with pytest.warns(cd.NotFiniteWarning):
        J([2.0, 1.0, 1.0])
    with pytest.raises(cd.ArgumentValueError, match="row 0 lacks entries"):
        J([0.5, 1.0, 1.0])


def test_each_size_is_confirmed():
    counts = []

    def fun(x):
        counts.append(x.size)
        return x**2

    J = cd.Jacobian(fun, sparsity="detect")
    found = []
    for n in (3, 4, 3, 4):
        counts.clear()
        assert J(np.ones(n)).shape == (n, n)
        found.append(len(counts))
    assert found[0] == found[2]
    assert found[1] == found[3]
    counts.clear()
    J(np.ones(4))
    assert len(counts) == 2


def test_threads_with_several_sizes_on_one_object():
    J = cd.Jacobian(lambda x: x**2, sparsity="detect")

    def work(n):
        x = np.arange(1.0, n + 1)
        return all(np.allclose(J(x).toarray(), np.diag(2 * x)) for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, [2, 3, 4, 5] * 4))


def coupled(x):
    return 5 * np.square(x).sum() + np.square(x.sum())


@pytest.mark.parametrize("x", [[1.0, 2.0, 3.0], [-1.4, 0.7, 1.3]])
@pytest.mark.parametrize(
    ("dtype", "options"),
    [
        (np.float32, {}),
        (np.float64, {"noise": 1e-6}),
        (np.float64, {"noise": 1e-4}),
        (np.float64, {"noise": 1e-6, "method": "adaptive"}),
    ],
    ids=str,
)
def test_noise_does_not_hide_what_a_pattern_lacks(x, dtype, options):
    """Whoever looks by steps that suit 16 digits sees nothing of it."""
    rng = np.random.default_rng(0)
    noise = options.get("noise", 0)

    def values(x):
        lacking = np.array([x[0] + 0.3 * x[1], x[1], x[2]])
        return lacking + noise * rng.uniform(-1, 1, 3)

    with pytest.raises(ValueError, match="sparsity must hold every entry"):
        cd.hessian(
            lambda x: coupled(x) + noise * rng.uniform(-1, 1),
            np.array(x, dtype), sparsity=np.eye(3), **options,
        )  # fmt: skip
    with pytest.raises(ValueError, match=r"sparsity must hold every entry.*row 0"):
        cd.jacobian(values, np.array(x, dtype), sparsity=np.eye(3), **options)
