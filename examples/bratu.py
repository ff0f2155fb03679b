"""The Bratu problem on a grid, at its fold: Newton's method with a sparse Jacobian, and without.

    -Laplace u = lambda exp(u) in the unit square, u = 0 on its boundary,

is a model of combustion: for small lambda there are two solutions, for lambda beyond the fold none.
Near the fold lambda is no good parameter, so here the largest value of u, which is in the middle,
is given, and lambda is sought with u: n = side**2 + 1 unknowns, by default 261 122. With the five
points of the Laplacian each row of the Jacobian has six entries, the last in the dense column of
lambda.

- cd.Jacobian(..., sparsity=pattern), and SciPy's direct solver;
- cd.Jacobian(...).operator(x), which takes no pattern and no memory, two evaluations for each
  product, and GMRES, preconditioned by the Laplacian (which sine transforms invert).

At the fold lambda = 6.80812442259, and u is 1.3916612 in the middle: J. H. Bolstad & H. B. Keller,
"A multigrid continuation method for elliptic problems with folds", SIAM J. Sci. Stat. Comput. 7
(1986). The five points have an error O(h**2), h = 1/(side + 1): lambda is off by 1.5 h**2. The
exit code is 1 where it is by more than 2 h**2, or where the two ways differ by more than 1e-9.

python bratu.py [side]: so many points along a side, an odd number. Needs SciPy.
"""

import sys
import time

import numpy as np

import centraldiff as cd

try:
    import scipy.sparse as sp
    from scipy.fft import dstn, idstn
    from scipy.sparse.linalg import LinearOperator, gmres, splu
except ImportError:
    sys.exit("bratu.py needs SciPy: python -m pip install scipy")

PUBLISHED_LAMBDA, PUBLISHED_MAXIMUM = 6.80812442259, 1.3916612
SMALL = 1e-13  # residuals, in units of u


class Bratu:
    """h**2 times the residual of the equation, then that of the height.

    A function of u and lambda, in one array; it counts its evaluations.
    """

    def __init__(self, side, height):
        self.side, self.height, self.h, self.nfev = side, height, 1 / (side + 1), 0

    def __call__(self, x):
        self.nfev += 1
        u, strength = x[:-1].reshape(self.side, self.side), x[-1]
        residual = np.empty_like(x)
        r = residual[:-1].reshape(u.shape)
        np.exp(u, out=r)
        r *= -strength * self.h**2
        r += 4 * u
        r[1:] -= u[:-1]
        r[:-1] -= u[1:]
        r[:, 1:] -= u[:, :-1]
        r[:, :-1] -= u[:, 1:]
        residual[-1] = u[self.side // 2, self.side // 2] - self.height
        return residual

    def pattern(self):
        """Five points, a dense column for lambda, and a row with one entry for the height."""
        one, n = sp.eye_array(self.side), self.side**2
        line = sp.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=one.shape)
        grid = sp.kron(one, line) + sp.kron(line, one)
        middle = sp.coo_array(([1.0], ([0], [n // 2])), shape=(1, n))
        return sp.block_array([[grid, np.ones((n, 1))], [middle, None]], format="csr")

    def start(self):
        """A bubble of the right height."""
        line = np.sin(np.pi * self.h * np.arange(1, self.side + 1))
        return np.append(self.height * np.outer(line, line), 5.0)


class Direct:
    """Newton steps out of a sparse Jacobian."""

    def __init__(self, bratu):
        self.jacobian = cd.Jacobian(bratu, sparsity=bratu.pattern())
        self.differences = self.solving = 0.0

    def step(self, x, residual):
        began = time.perf_counter()
        J = self.jacobian(x)
        between = time.perf_counter()
        step = splu(J.tocsc()).solve(residual)
        self.differences += between - began
        self.solving += time.perf_counter() - between
        return step


class Krylov:
    """Newton steps out of products with the Jacobian."""

    def __init__(self, bratu):
        self.jacobian = cd.Jacobian(bratu)
        self.products, self.solving = 0, 0.0
        self.side = bratu.side
        wave = 2 - 2 * np.cos(np.pi * bratu.h * np.arange(1, self.side + 1))
        self.eigenvalues = wave[:, None] + wave  # of the Laplacian, times h**2
        self.scale = bratu.h**2

    def without_exp(self, r):
        """What solves the equation without its right side; the last unknown has a scale only."""
        r = np.ravel(r)
        waves = dstn(r[:-1].reshape(self.side, self.side), type=1)
        u = idstn(waves / self.eigenvalues, type=1)
        return np.append(u.ravel(), r[-1] / self.scale)

    def step(self, x, residual):
        began = time.perf_counter()
        A = self.jacobian.operator(x)

        def product(v):
            self.products += 1
            return A @ v

        counted = LinearOperator(A.shape, matvec=product, dtype=x.dtype)
        preconditioner = LinearOperator(A.shape, matvec=self.without_exp, dtype=x.dtype)
        step, _ = gmres(counted, residual, M=preconditioner, rtol=1e-8, restart=60, maxiter=1)
        self.solving += time.perf_counter() - began
        return step


def newton(bratu, way):
    """The solution, and the largest residual before each iteration and at the end."""
    x, norms = bratu.start(), []
    while True:
        residual = bratu(x)
        norms.append(np.abs(residual).max())
        if norms[-1] < SMALL or len(norms) > 12:
            return x, norms
        x = x - way.step(x, residual)


def show(name, bratu, x, norms):
    """How Newton's method went, and how far lambda is from what is published."""
    off = abs(x[-1] - PUBLISHED_LAMBDA)
    print(f"{name}: {len(norms) - 1} iterations, {bratu.nfev} evaluations of the residual")
    print(f"  residuals  {' '.join(f'{norm:.0e}' for norm in norms)}")
    print(f"  lambda     {x[-1]:.8f}, published {PUBLISHED_LAMBDA:.8f}")
    print(f"  difference {off:.1e} = {off / bratu.h**2:.1f} h**2")
    return norms[-1] < SMALL and off < 2 * bratu.h**2


def main(side):
    print(f"{side} x {side} points, u in the middle {PUBLISHED_MAXIMUM}")
    bratu = Bratu(side, PUBLISHED_MAXIMUM)
    pattern = bratu.pattern()
    began = time.perf_counter()
    colors = cd.color_columns(pattern).max() + 1
    seconds = time.perf_counter() - began
    print(f"{pattern.shape[1]} unknowns, {pattern.nnz} entries: ", end="")
    print(f"{colors} colours, found in {seconds:.2f} s\n")

    direct = Direct(bratu)
    x, norms = newton(bratu, direct)
    good = show("sparse Jacobian", bratu, x, norms)
    print(f"  seconds    {direct.differences:.2f} Jacobians, {direct.solving:.2f} linear solver\n")

    bratu = Bratu(side, PUBLISHED_MAXIMUM)
    krylov = Krylov(bratu)
    y, norms = newton(bratu, krylov)
    good &= show("operator, GMRES", bratu, y, norms)
    print(f"  seconds    {krylov.solving:.2f} for {krylov.products} products")
    apart = np.abs(x - y).max()
    print(f"\nthe two solutions differ by {apart:.0e}")
    return 0 if good and apart < 1e-9 else 1


if __name__ == "__main__":
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 511
    if points < 3 or points % 2 == 0:
        sys.exit("the number of points along a side must be odd, and 3 or more")
    sys.exit(main(points))
