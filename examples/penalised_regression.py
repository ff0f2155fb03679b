"""A long series made smooth: penalised regression by Newton's method, from values alone.

Of a series y with noise and outliers the trend b minimises

    sum of huber(y[i] - b[i]) + weight * sum of (b[i-1] - 2 b[i] + b[i+1])**2

where huber(t) = sqrt(1 + t**2) - 1 is the pseudo-Huber loss: squares where t is small, absolute
values where it is large, so that outliers do not draw the trend away. With squares instead it is
the smoother of E. T. Whittaker (Proc. Edinburgh Math. Soc. 41, 1923), one linear system.
There are as many parameters as values, by default 100 000.

The function is a sum of terms that depend on one or three parameters each; three colours are enough
for all. So its gradient takes 6 evaluations, and its Hessian 13, whatever the length; the function
that is evaluated holds no derivative. At the end the Hessian is compared with the one from calls of
a gradient written by hand. The series is made up, with a fixed seed, so that the true trend is
known. The exit code is 1 where Newton's method does not converge, or where the Hessians differ.

python penalised_regression.py [length]. Needs SciPy.
"""

import sys
import time

import numpy as np

import centraldiff as cd

try:
    import scipy.sparse as sp
    from scipy.sparse.linalg import splu
except ImportError:
    sys.exit("penalised_regression.py needs SciPy: python -m pip install scipy")

WEIGHT = 1e4
SMALL = 1e-6  # entries of the gradient; the losses have slopes of 1 at most
MOST = 50  # iterations


def series(length):
    """A trend of waves, and the series: noise of 0.5, 3 % outliers."""
    rng = np.random.default_rng(2)
    t = np.arange(length)
    trend = sum(3 * np.sin(2 * np.pi * t / period) for period in (length, 2000, 700))
    outliers = np.where(rng.random(length) < 0.03, rng.normal(0, 20, length), 0)
    return trend, trend + rng.normal(0, 0.5, length) + outliers


def huber(t):
    return np.sqrt(1 + t * t) - 1


class Regression:
    """The terms, and for comparison the gradient of their sum; both count their evaluations."""

    def __init__(self, y):
        self.y, self.nfev, self.ngev = y, 0, 0
        n = len(y)
        fit = sp.eye_array(n)
        bends = sp.diags_array([1.0, -2.0, 1.0], offsets=[0, 1, 2], shape=(n - 2, n))
        self.bends = sp.csr_array(bends)
        self.pattern = sp.vstack([fit, bends], format="csr")

    def terms(self, b):
        self.nfev += 1
        bends = b[:-2] - 2 * b[1:-1] + b[2:]
        return np.concatenate([huber(self.y - b), WEIGHT * bends**2])

    def gradient(self, b):
        self.ngev += 1
        t = b - self.y
        return t / np.sqrt(1 + t * t) + 2 * WEIGHT * self.bends.T @ (self.bends @ b)


def newton(regression):
    """The trend, by Newton's method.

    Also: the Hessian as an object, the number of iterations, the largest entry of the gradient,
    seconds for derivatives and for linear systems.
    """
    options = {"sparsity": regression.pattern, "sum_of_terms": True}
    gradient = cd.Gradient(regression.terms, **options)
    hessian = cd.Hessian(regression.terms, **options)
    differences = solving = 0.0
    b = regression.y.copy()
    f = regression.terms(b).sum()
    iterations = 0
    while True:
        began = time.perf_counter()
        g = gradient(b)
        norm = np.abs(g).max()
        if norm < SMALL or iterations == MOST:
            differences += time.perf_counter() - began
            return b, hessian, iterations, norm, (differences, solving)
        iterations += 1
        H = hessian(b)
        between = time.perf_counter()
        differences += between - began
        step = -splu(H.tocsc(), permc_spec="NATURAL").solve(g)
        solving += time.perf_counter() - between
        b, f = search(regression, b, f, step, g @ step)


def search(regression, b, f, step, slope):
    """The first of b + step, b + step / 2, ... that makes the sum small enough (Armijo)."""
    length = 1.0
    while True:
        new = b + length * step
        value = regression.terms(new).sum()
        if value <= f + 1e-4 * length * slope + 1e-13 * abs(f) or length < 1e-6:
            return new, value
        length /= 2


def main(length):
    trend, y = series(length)
    regression = Regression(y)
    m, n = regression.pattern.shape
    print(f"{n} parameters, {m} terms in {cd.color_columns(regression.pattern).max() + 1} colours")
    b, hessian, iterations, norm, (differences, solving) = newton(regression)
    print(f"Newton: {iterations} iterations, {regression.nfev} evaluations of the terms")
    print(f"  largest entry of the gradient {norm:.0e}")
    print(f"  seconds {differences:.2f} derivatives, {solving:.2f} linear solver")
    off, before = (np.sqrt(np.mean((series - trend) ** 2)) for series in (b, y))
    print(f"  root mean square distance from the true trend {off:.3f}, of the series {before:.3f}")

    regression.nfev = 0
    H = hessian(b)
    pattern = regression.bends.T @ regression.bends
    by_calls = cd.hessian(None, b, grad=regression.gradient, sparsity=pattern)
    apart = abs(H - by_calls).max() / abs(by_calls).max()
    print(f"Hessian at the end: {H.nnz} entries, {regression.nfev} evaluations")
    print(
        f"  {regression.ngev} calls of a gradient give the same within {apart:.0e} of the largest"
    )
    return 0 if norm < SMALL and apart < 1e-5 else 1


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if number < 3:
        sys.exit("the length must be 3 or more")
    sys.exit(main(number))
