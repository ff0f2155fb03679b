"""Derivatives for scipy.optimize.minimize, next to SciPy's own three-point differences.

The function is Rosenbrock's in five variables, its two constants passed on as ``args``. A
derivative is given to minimize as

- a prepared object: ``jac=cd.Gradient(f)``, ``hess=cd.Hessian(f)``, which take ``args`` too;
- value and gradient in one: ``jac=True`` with a function that calls ``cd.value_and_gradient``;
- Hessian times vector: ``hessp=`` with a function that calls ``cd.hessian_vector_product``.

Evaluations are counted in f itself. Needs SciPy.
"""

import sys

import numpy as np

import centraldiff as cd

try:
    from scipy.optimize import minimize
except ImportError:
    sys.exit("scipy_minimize.py needs SciPy: python -m pip install scipy")

START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
CONSTANTS = (1.0, 100.0)  # the minimum is 0 at x = (1, ..., 1)
WITHIN = 1e-6  # how near the minimum every row has to come
HEAD = " " * 32 + "iterations  evaluations    minimum   distance  converged"
ROW = "{:32}{:10d} {:12d} {:10.1e} {:10.1e}  {}"


class Rosenbrock:
    """sum of c (x[i+1] - x[i]^2)^2 + (a - x[i])^2, with a count of its evaluations."""

    def __init__(self):
        self.nfev = 0

    def __call__(self, x, a, c):
        self.nfev += 1
        return np.sum(c * (x[1:] - x[:-1] ** 2) ** 2 + (a - x[:-1]) ** 2)


def ways(f):
    """Method, function and derivatives for minimize, by name."""

    def value_and_gradient(x, *args):
        return cd.value_and_gradient(f, x, args=args)

    def product(x, v, *args):
        return cd.hessian_vector_product(f, x, v, args=args)

    G, H = cd.Gradient(f), cd.Hessian(f)
    return {
        "BFGS, SciPy's 3-point": ("BFGS", f, {"jac": "3-point"}),
        "BFGS, Gradient": ("BFGS", f, {"jac": G}),
        "BFGS, value_and_gradient": ("BFGS", value_and_gradient, {"jac": True}),
        "trust-exact, Gradient, Hessian": ("trust-exact", f, {"jac": G, "hess": H}),
        "trust-ncg, Gradient, H times v": ("trust-ncg", f, {"jac": G, "hessp": product}),
    }


def main():
    print(HEAD)
    near = True
    f = Rosenbrock()
    for name, (method, fun, derivatives) in ways(f).items():
        f.nfev = 0
        found = minimize(fun, START, CONSTANTS, method, tol=1e-6, **derivatives)
        distance = np.abs(found.x - 1).max()
        print(ROW.format(name, found.nit, f.nfev, found.fun, distance, found.success))
        near &= bool(distance < WITHIN)
    return 0 if near else 1


if __name__ == "__main__":
    sys.exit(main())
