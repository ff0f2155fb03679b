"""Hessians of functions with noise: are their errors honest where mixed terms dominate?"""

import numpy as np
import pytest

import centraldiff as cd

# g(t) with its first two derivatives, smooth near the t that are drawn below
FACTORS = [
    (np.sin, np.cos, lambda t: -np.sin(t)),
    (np.exp, np.exp, np.exp),
    (lambda t: t, lambda t: 1.0, lambda t: 0.0),
    (lambda t: t**2, lambda t: 2 * t, lambda t: 2.0),
    (lambda t: t**3, lambda t: 3 * t**2, lambda t: 6 * t),
    (lambda t: 1 / t, lambda t: -1 / t**2, lambda t: 2 / t**3),
    (lambda t: t**-2, lambda t: -2 / t**3, lambda t: 6 / t**4),
    (np.log, lambda t: 1 / t, lambda t: -1 / t**2),
    (np.sqrt, lambda t: 0.5 * t**-0.5, lambda t: -0.25 * t**-1.5),
    (lambda t: 1 / (1 + t**2), lambda t: -2 * t / (1 + t**2) ** 2,
     lambda t: (6 * t**2 - 2) / (1 + t**2) ** 3),
]  # fmt: skip


class Products:
    """A sum of products of functions of the coordinates, which have scales of their own."""

    def __init__(self, seed, eps):
        rng = self.rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 5))
        self.scale = 10.0 ** rng.uniform(-3, 3, n)
        self.t = rng.uniform(0.4, 2.5, n)
        self.x = self.scale * self.t
        self.terms = []
        for _ in range(int(rng.integers(1, 4))):
            which = rng.permutation(n)[: int(rng.integers(2, n + 1))]
            chosen = rng.integers(0, len(FACTORS), n)
            self.terms.append((rng.normal() * 10.0 ** rng.uniform(-1, 1), which, chosen))
        self.eps = 0.0
        self.eps = eps * abs(self(self.x))

    def __call__(self, x):
        t = x / self.scale
        clean = sum(
            c * np.prod([FACTORS[g[i]][0](t[i]) for i in which]) for c, which, g in self.terms
        )
        return float(clean) + self.eps * self.rng.uniform(-1, 1)

    @property
    def hessian(self):
        n = len(self.t)
        H = np.zeros((n, n))
        for c, which, g in self.terms:
            for i in which:
                for j in which:
                    degrees = np.zeros(n, int)
                    degrees[i] += 1
                    degrees[j] += 1
                    parts = [FACTORS[g[k]][degrees[k]](self.t[k]) for k in which]
                    H[i, j] += c * np.prod(parts)
        return H / np.outer(self.scale, self.scale)

    @property
    def gradient(self):
        g = np.zeros(len(self.t))
        for c, which, chosen in self.terms:
            for i in which:
                parts = [FACTORS[chosen[k]][int(k == i)](self.t[k]) for k in which]
                g[i] += c * np.prod(parts)
        return g / self.scale


# Where x is far below typical_x, one-sided steps of order 2 are the first to be too long.
WAYS = {
    "central": ({}, 1.0),
    "central, order 4": ({"order": 4}, 1.0),
    "forward": ({"method": "forward"}, 1.0),
    "forward, order 2": ({"method": "forward", "order": 2}, 0.99),
}


@pytest.mark.parametrize("noise", ["known", "estimate"])
@pytest.mark.parametrize("name", WAYS)
@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning", "ignore::RuntimeWarning")
def test_errors_of_mixed_derivatives_are_honest(name, noise):
    options, part = WAYS[name]
    ratios = {"Hessian": [], "gradient": [], "product": []}
    for seed in range(60):
        eps = 10.0 ** np.random.default_rng(seed).uniform(-12, -4)
        fun = Products(1000 + seed, eps)
        said = fun.eps if noise == "known" else "estimate"
        _, g, H = cd.value_gradient_hessian(fun, fun.x, noise=said, full_output=True, **options)
        v = fun.scale * fun.rng.normal(size=fun.x.size)
        Hv = cd.hessian_vector_product(fun, fun.x, v, noise=said, full_output=True, **options)
        for key, found, true in (
            ("Hessian", H, fun.hessian),
            ("gradient", g, fun.gradient),
            ("product", Hv, fun.hessian @ v),
        ):
            known = found.status != "not finite"
            ratios[key].extend((np.abs(found.value - true) / found.error)[known])
    for key, those in ratios.items():
        assert np.mean(np.array(those) < 10) >= part, key
        assert np.median(those) > 0.1  # and no scare


@pytest.mark.parametrize(
    ("fun", "x", "true"),
    [
        (lambda x: (x[0] / x[1]) ** 2, [1e4, 30.0], -4e4 / 30.0**3),
        (lambda x: 1e2 * (x[0] - 1) ** 2 + 1e2 * (x[1] - 1) ** 2 + x[0] ** 2 * x[1] ** 3,
         [1.0, 1.0], 6.0),
    ],
)  # fmt: skip
def test_where_the_diagonal_shows_nothing_of_mixed_truncation(fun, x, true):
    found = cd.hessian(fun, x, noise=1e-10, full_output=True)
    assert abs(found.value[0, 1] - true) <= 3 * found.error[0, 1]
    assert found.status[0, 1] == "ok"
