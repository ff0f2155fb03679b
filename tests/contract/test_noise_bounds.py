"""noise= within bounds: no search leaves them, and errors stay honest there."""

import numpy as np
import pytest

import centraldiff as cd

NOISE = 1e-7
X = np.array([0.3, -1.2, 0.8])
TINY = 1e-9

BOUNDS = {
    "on a lower bound": ([0.3, -3, -3], [3, 3, 3]),
    "on upper bounds": ([-3, -3, -3], [0.3, -1.2, 3]),
    "in a corner": (X, X + 2),
    "just inside": (X - TINY, np.inf),
    "a narrow box": (X - 0.01, X + 0.02),
    "a tiny box": (X - TINY, X + 2 * TINY),
    "one fixed": ([-3, -1.2, -3], [3, -1.2, 3]),
    "one on each side": ([0.3, -3, -3], [3, -1.2, 3]),
    "no bounds in the way": (-50, 50),
}


class Noisy:
    """A function with noise that minds where it is called."""

    def __init__(self, operator, lower, upper):
        self.operator = operator
        self.lower, self.upper = lower, upper
        self.rng = np.random.default_rng(0)

    def exact(self, x):
        if self.operator.takes_array:
            return np.cos(x) + np.sum(x) ** 2
        return float(np.sin(x).sum() + np.prod(x))

    def __call__(self, x):
        assert (x >= self.lower).all()
        assert (x <= self.upper).all()
        return self.exact(x) + NOISE * self.rng.uniform(-1, 1, np.shape(self.exact(x)))


@pytest.mark.parametrize("kind", BOUNDS)
@pytest.mark.parametrize("noise", [NOISE, "estimate"])
@pytest.mark.parametrize("method", ["central", "forward"])
def test_never_outside_and_honest(operator, kind, noise, method):
    bounds = tuple(np.broadcast_to(np.asarray(side, float), X.shape) for side in BOUNDS[kind])
    fun = Noisy(operator, *bounds)
    result = operator(fun, X, noise=noise, bounds=bounds, method=method, full_output=True)
    exact = operator(fun.exact, X, bounds=bounds, full_output=True)
    free = operator(fun.exact, X, order=6)
    parts, ends, wholes = (r[1:] if isinstance(r, tuple) else (r,) for r in (result, exact, free))
    for part, end, whole in zip(parts, ends, wholes, strict=True):
        fixed = end.status == "fixed"
        np.testing.assert_array_equal(part.status == "fixed", fixed)
        np.testing.assert_array_equal(part.value[fixed], 0)
        np.testing.assert_array_equal(part.error[fixed], 0)
        whole = end.value if kind == "one fixed" else whole
        assert (np.abs(part.value - whole) <= 8 * part.error + 1e-6 * fixed).all()
        if kind not in ("a tiny box", "a narrow box"):
            assert (part.error < 0.6).all()


@pytest.mark.parametrize("kind", BOUNDS)
def test_estimate_noise_stays_inside(kind):
    bounds = tuple(np.broadcast_to(np.asarray(side, float), X.shape) for side in BOUNDS[kind])
    rng = np.random.default_rng(1)

    def fun(x):
        assert (x >= bounds[0]).all()
        assert (x <= bounds[1]).all()
        return np.sin(x).sum() + NOISE * rng.standard_normal()

    noise = cd.estimate_noise(fun, X, bounds=bounds)
    assert NOISE / 8 < noise < 5 * NOISE
    assert cd.estimate_noise(np.sum, X, bounds=(X, X)) > 0


@pytest.mark.parametrize("method", ["central", "forward", "backward"])
@pytest.mark.parametrize("kind", BOUNDS)
def test_fdint_stays_inside(kind, method):
    lower, upper = (np.broadcast_to(np.asarray(side, float), X.shape) for side in BOUNDS[kind])

    def fun(x):
        assert (x >= lower).all()
        assert (x <= upper).all()
        return np.exp(x).sum()

    g = cd.gradient(fun, X, step_rule="fdint", method=method, bounds=(lower, upper))
    free = lower < upper
    tolerance = 1e-5 if kind != "a tiny box" else 1e-4
    np.testing.assert_allclose(g[free], np.exp(X)[free], rtol=tolerance)


def test_derivatives_at_a_bound():
    rng = np.random.default_rng(2)

    def log(x):
        assert 1 <= x <= 3
        return np.log(x) + 1e-9 * rng.uniform(-1, 1)

    x = np.array([1.0, 1.00001, 2.0, 3.0])
    for n in (1, 2, 3):
        result = cd.derivative(log, x, n, noise=1e-9, bounds=(1, 3), full_output=True)
        exact = (-1.0) ** (n - 1) * [1, 1, 2][n - 1] / x**n
        assert (np.abs(result.value - exact) <= 3 * result.error).all()
        assert (result.error < 0.05).all()
        assert result.status[0] == result.status[3] == "one side only"
