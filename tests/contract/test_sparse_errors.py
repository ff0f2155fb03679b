"""What sparse derivatives say of their errors is what dense ones say."""

import numpy as np
import pytest

import centraldiff as cd

pytest.importorskip("scipy")

N = 6
PATTERN = np.abs(np.subtract.outer(np.arange(N), np.arange(N))) <= 1
NOISE = 1e-6
X = np.linspace(0.5, 1.5, N)
FIXED = np.where(np.arange(N) == 2, X, -np.inf), np.where(np.arange(N) == 2, X, np.inf)
ONE_SIDED = np.where(np.arange(N) == 2, X, -np.inf), np.full(N, np.inf)


def parts(x):
    return np.append(x[:-1] ** 2 * np.sin(x[1:]), x[-1] ** 3)


def ripple(x, size):
    """Noise, the same each time: far shorter than any step."""
    return size * np.sin(1e9 * x.sum() + 1e8 * np.arange(N))


def exact_gradient(x):
    g = np.zeros(N)
    g[:-1] = 2 * x[:-1] * np.sin(x[1:])
    g[1:] += x[:-1] ** 2 * np.cos(x[1:])
    g[-1] += 3 * x[-1] ** 2
    return g


OPTIONS = {
    "none": (0, {}),
    "noise": (NOISE, {"noise": NOISE}),
    "noise and steps": (NOISE, {"noise": NOISE, "rel_step": 1e-4}),
    "fixed": (0, {"bounds": FIXED}),
    "one side": (0, {"bounds": ONE_SIDED}),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_the_gradient_beside_a_hessian_says_what_the_dense_one_says(name):
    size, options = OPTIONS[name]

    def fun(x):
        return parts(x).sum() + ripple(x, size)[0]

    _, told, _ = cd.value_gradient_hessian(fun, X, sparsity=PATTERN, full_output=True, **options)
    _, dense, _ = cd.value_gradient_hessian(fun, X, full_output=True, **options)
    if name in ("fixed", "one side"):  # with a pattern all coordinates go one way, and say so
        assert told.status[2] == dense.status[2]
    elif name == "noise":
        assert set(told.status) <= {"ok", "limited by noise"}
    else:
        assert told.status.tolist() == dense.status.tolist()
    off = np.abs(told.value - exact_gradient(X))[told.status != "fixed"]
    if size or name == "one side":  # else the truncation is in no estimate, and a status says so
        assert np.all(off <= told.error[told.status != "fixed"])
    assert np.all(told.error[told.status == "fixed"] == 0)


@pytest.mark.parametrize("name", ["none", "fixed", "one side"])
def test_the_gradient_beside_a_hessian_of_terms_too(name):
    _, options = OPTIONS[name]
    result = cd.value_gradient_hessian(
        parts, X, sparsity=PATTERN, sum_of_terms=True, full_output=True, **options
    )
    expected = {"none": "rounding only", "fixed": "fixed", "one side": "one side only"}[name]
    assert result[1].status[2] == expected
