"""Functions with noise: how far derivatives are off, against the best step and what they say."""

import numpy as np
import pytest

import centraldiff as cd

EPS = (1e-10, 1e-8, 1e-6, 1e-4)
SEEDS = range(25)


class Sines:
    """Sums of sines along coordinates, or along any direction, with noise that has a seed."""

    def __init__(self, seed, n, eps, mixed=False):
        rng = self.rng = np.random.default_rng(1000 * n + seed)
        self.A = rng.uniform(-2, 2, (4, n)) if mixed else np.diag(rng.uniform(0.5, 3, n))
        self.phase = rng.uniform(0, 6, len(self.A))
        self.x = rng.uniform(-2, 2, n)
        self.eps = eps
        self.gaussian = seed % 2

    def noise(self, shape=()):
        draw = self.rng.standard_normal if self.gaussian else lambda s: self.rng.uniform(-1, 1, s)
        return self.eps * draw(shape)

    def values(self, x):
        return np.sin(self.A @ x + self.phase)

    def __call__(self, x):
        return float(self.values(x).sum() + self.noise())

    def array(self, x):
        return self.values(x) + self.noise(len(self.A))

    def grad(self, x):
        return self.A.T @ np.cos(self.A @ x + self.phase) + self.noise(x.size)

    @property
    def jacobian(self):
        return np.cos(self.A @ self.x + self.phase)[:, None] * self.A

    @property
    def hessian(self):
        return -(self.A.T * np.sin(self.A @ self.x + self.phase)) @ self.A

    def best_gradient_error(self):
        """What is to be expected of a central difference with the best step for all coordinates."""
        errors = []
        for h in np.geomspace(1e-6, 1, 100):
            w = np.diag(self.A)
            truncation = (np.sin(w * h) / h - w) * np.cos(w * self.x + self.phase)
            noise = self.eps * (1 if self.gaussian else 3**-0.5) / (np.sqrt(2) * h)
            errors.append(np.sqrt((truncation**2 + noise**2).sum()))
        return min(errors)


@pytest.mark.parametrize("noise", ["known", "estimate"])
@pytest.mark.parametrize("n", [1, 3, 20])
@pytest.mark.parametrize("eps", EPS)
def test_gradients_are_near_the_best_step_and_say_how_far_off_they_are(eps, n, noise):
    to_best, to_reported = [], []
    for seed in SEEDS:
        fun = Sines(seed, n, eps)
        said = eps if noise == "known" else noise
        result = cd.gradient(fun, fun.x, noise=said, full_output=True)
        off = np.abs(result.value - fun.jacobian.sum(axis=0))
        to_best.append(np.linalg.norm(off) / fun.best_gradient_error())
        to_reported.extend(off / result.error)
    assert np.median(to_best) < 1.3
    assert max(to_best) < 8
    assert 0.2 < np.median(to_reported) < 0.7
    assert max(to_reported) < 5


# What is asked for, its truth, and the largest ratios (99 %, all) of true to reported error.
CASES = {
    "gradient of order 4": (
        lambda f, **o: cd.gradient(f, f.x, order=4, **o),
        lambda f: f.jacobian.sum(axis=0),
        (3, 5),
    ),
    "forward": (
        lambda f, **o: cd.gradient(f, f.x, method="forward", **o),
        lambda f: f.jacobian.sum(axis=0),
        (3, 6),
    ),
    "jacobian": (lambda f, **o: cd.jacobian(f.array, f.x, **o), lambda f: f.jacobian, (3, 6)),
    "hessian": (lambda f, **o: cd.hessian(f, f.x, **o), lambda f: f.hessian, (2.5, 9)),
    "hessian of order 4": (
        lambda f, **o: cd.hessian(f, f.x, order=4, **o),
        lambda f: f.hessian,
        (2.5, 9),
    ),
    "hessian of grad": (
        lambda f, **o: cd.hessian(None, f.x, grad=f.grad, **o),
        lambda f: f.hessian,
        (3, 5),
    ),
    "hessian_diagonal": (
        lambda f, **o: cd.hessian_diagonal(f, f.x, **o),
        lambda f: np.diag(f.hessian),
        (4, 9),
    ),
    "directional_derivative": (
        lambda f, **o: cd.directional_derivative(f.array, f.x, np.arange(1.0, f.x.size + 1), **o),
        lambda f: f.jacobian @ np.arange(1.0, f.x.size + 1),
        (3, 5),
    ),
    "hessian_vector_product": (
        lambda f, **o: cd.hessian_vector_product(f, f.x, np.arange(1.0, f.x.size + 1), **o),
        lambda f: f.hessian @ np.arange(1.0, f.x.size + 1),
        (2.5, 9),
    ),
    "hessian_vector_product of grad": (
        lambda f, **o: cd.hessian_vector_product(
            None, f.x, np.arange(1.0, f.x.size + 1), grad=f.grad, **o
        ),
        lambda f: f.hessian @ np.arange(1.0, f.x.size + 1),
        (3, 5),
    ),
    "gradient beside a Hessian": (
        lambda f, **o: cd.value_gradient_hessian(f, f.x, **o)[1],
        lambda f: f.jacobian.sum(axis=0),
        (3, 8),
    ),
}


@pytest.mark.parametrize("noise", ["known", "estimate"])
@pytest.mark.parametrize("name", CASES)
def test_errors_are_honest(name, noise):
    derivative, truth, (most, worst) = CASES[name]
    ratios = []
    for eps in EPS:
        for n in (1, 4):
            for seed in SEEDS:
                fun = Sines(seed, n, eps, mixed=True)
                said = eps if noise == "known" else noise
                result = derivative(fun, noise=said, full_output=True)
                assert (result.error < 3e3 * eps**0.25).all()  # and no scare
                ratios.extend(np.ravel(np.abs(result.value - truth(fun)) / result.error))
    assert np.percentile(ratios, 99) < most
    assert max(ratios) < worst


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("eps", [1e-10, 1e-6])
def test_derivatives_of_any_degree(n, eps):
    x = np.linspace(-2, 2, 9)
    rng = np.random.default_rng(n)
    result = cd.derivative(
        lambda t: np.sin(t + 0.1) + eps * rng.standard_normal(), x, n, noise=eps, full_output=True
    )
    off = np.abs(result.value - np.sin(x + 0.1 + n * np.pi / 2))
    assert (off <= 5 * result.error).all()
    # theory: about eps^(2/(n+2)) where truncation and noise balance
    assert np.median(off) < 20 * eps ** (2 / (n + 2))


def test_mixed_derivatives_that_no_axis_through_x_shows():
    rng = np.random.default_rng(0)
    result = cd.hessian(
        lambda x: np.sin(x[0]) * np.exp(x[1]) + 1e-8 * rng.uniform(-1, 1),
        [0.0, 0.5],
        noise=1e-8,
        full_output=True,
    )
    off = np.abs(result.value - np.exp(0.5) * np.array([[0, 1], [1, 0]]))
    assert (off <= 3 * result.error).all()
    assert off.max() < 1e-3


def test_scales_that_are_not_that_of_x():
    rng = np.random.default_rng(1)
    for rate in (1e-1, 30.0, 1e4, 1e9):
        for x in (0.0, 1.0 / rate, 1.0):
            phase = 0.4 - rate * x  # the same place on every sine
            result = cd.gradient(
                lambda t, w=rate, p=phase: np.sin(w * t + p) + 1e-6 * rng.uniform(-1, 1),
                x,
                noise=1e-6,
                full_output=True,
            )
            true = rate * np.cos(0.4)
            assert abs(result.value - true) <= 5 * result.error
            assert abs(result.value / true - 1) < (1e-3 if rate * x < 1e7 else 1)


def test_near_the_edge_of_the_domain():
    rng = np.random.default_rng(2)

    def log(x):
        return np.log(x) + 1e-8 * rng.uniform(-1, 1) if x > 0 else np.nan

    for x in (1e-5, 1e-3, 1.0):
        result = cd.gradient(log, x, noise=1e-8, full_output=True)
        assert abs(result.value - 1 / x) <= 3 * result.error
        assert abs(result.value * x - 1) < 1e-4


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 0.1, 10, 1e3, 1e6])
def test_noise_that_is_not_as_said(factor):
    rng = np.random.default_rng(3)
    ratios = []
    for _ in range(40):
        result = cd.gradient(
            lambda t: np.sin(t) + 1e-6 * rng.standard_normal(),
            1.0,
            noise=1e-6 * factor,
            full_output=True,
        )
        ratios.append(abs(result.value - np.cos(1.0)) / result.error)
        if factor < 1e3:
            assert abs(result.value - np.cos(1.0)) < 0.1
    assert np.percentile(ratios, 90) < 5
    assert max(ratios) < (30 if factor < 1 else 1)


def test_float32_inside():
    def fun(x):
        return float(np.exp(np.float32(x[0])) * np.cos(np.float32(x[1])))

    x = np.array([0.5, 1.0])
    true = np.exp(0.5) * np.array([np.cos(1.0), -np.sin(1.0)])
    assert (cd.gradient(fun, x, rel_step=1e-10) == 0).any()  # what happens without
    result = cd.gradient(fun, x, noise="estimate", full_output=True)
    assert (np.abs(result.value - true) < 1e-4).all()
    assert (np.abs(result.value - true) <= 5 * result.error).all()
