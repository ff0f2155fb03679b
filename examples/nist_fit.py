"""Nonlinear least-squares fits of published data, checked against certified answers.

The data are three of the NIST Statistical Reference Datasets (examples/data), one of each level
of difficulty. Each file brings observations, two starting points, and parameters, their standard
deviations and the residual sum of squares, certified to 11 digits. Here

- scipy.optimize.least_squares finds the parameters with ``jac=centraldiff.Jacobian(...)``;
- their standard deviations come from J'J, which is how NIST certifies them;
- and once more from the Hessian of half the residual sum of squares, the observed information.

The two kinds of deviations differ, here by up to 1.5 %: J'J leaves out the curvature of the model
times the residuals, which the Hessian has, so the latter is shown but not held against NIST.

Agreement is in digits, -log10 of the relative error, 11 at most. The exit code is 1 where fewer
digits agree than AT_LEAST says. Needs SciPy.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

import centraldiff as cd

try:
    from scipy.optimize import least_squares
except ImportError:
    sys.exit("nist_fit.py needs SciPy for its fits: python -m pip install scipy")

DATA = Path(__file__).resolve().parent / "data"
# That certified values are rounded to 11 digits leaves 10.3 digits of agreement at worst.
AT_LEAST = {"parameters": 10, "deviations": 10, "sum of squares": 10}
TITLES = ("parameter", "certified", "digits", "dev J'J", "certified", "digits", "dev Hessian")
HEAD = "{:>20} {:>17} {:>6} {:>14} {:>17} {:>6} {:>14}".format(*TITLES)
ROW = "b{} {:17.10e} {:17.10e} {:6.1f} {:14.8e} {:17.10e} {:6.1f} {:14.8e}"


def misra1a(b, x):
    return b[0] * (1 - np.exp(-b[1] * x))


def roszman1(b, x):
    return b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi


def eckerle4(b, x):
    return b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2)


class Dataset(NamedTuple):
    """What a file of NIST says, for n parameters and m observations."""

    x: np.ndarray  # (m,)
    y: np.ndarray  # (m,)
    starts: tuple[np.ndarray, np.ndarray]  # (n,) each
    parameters: np.ndarray  # (n,), certified, as are the next two
    deviations: np.ndarray  # (n,)
    sum_of_squares: float


def read_nist(path):
    """Read a file of NIST; its head says in which lines the numbers are."""
    text = path.read_text(encoding="ascii")
    lines = text.splitlines()

    def columns(title):
        first, last = re.search(rf"{title} +\(lines +(\d+) to +(\d+)\)", text).groups()
        rows = [line.split("=")[-1].split() for line in lines[int(first) - 1 : int(last)]]
        return np.array(rows, dtype=float).T

    y, x = columns("Data")
    start_1, start_2, parameters, deviations = columns("Starting Values")
    sum_of_squares = float(re.search(r"Residual Sum of Squares: +(\S+)", text)[1])
    return Dataset(x, y, (start_1, start_2), parameters, deviations, sum_of_squares)


class Residuals:
    """y - model(b, x) as a function of b, with a count of its evaluations."""

    def __init__(self, model, data):
        self.model, self.data, self.nfev = model, data, 0

    def __call__(self, b):
        self.nfev += 1
        return self.data.y - self.model(b, self.data.x)

    def half_sum_of_squares(self, b):
        return 0.5 * np.sum(self(b) ** 2)


def polish(residuals, b, jacobian, unit):
    """Gauss-Newton steps: J'r = 0 says where the minimum is when the sum of squares is flat."""
    for _ in range(4):
        step = np.linalg.lstsq(jacobian(b) * unit, residuals(b))[0]
        b = b - unit * step
    return b


def deviations(matrix, residuals, b):
    """Standard deviations: of s^2 matrix^-1 the diagonal's root, s^2 the residual variance."""
    variance = 2 * residuals.half_sum_of_squares(b) / (residuals.data.x.size - b.size)
    return np.sqrt(variance * np.diag(np.linalg.inv(matrix)))


def fit(residuals, start):
    """Parameters, deviations from J'J, deviations from the Hessian."""
    # Parameters of size 1e-6 and 1e3 need steps of their own size: typical_x says it.
    jacobian = cd.Jacobian(residuals, typical_x=np.abs(start))
    b = least_squares(residuals, start, jac=jacobian, method="lm", x_scale="jac").x
    # Now the standard deviations are known, and they are the better unit for a step: the width
    # of a peak, say, has nothing to do with the distance of the peak from 0.
    J = jacobian(b)
    unit = deviations(J.T @ J, residuals, b)
    jacobian = cd.Jacobian(residuals, order=4, abs_step=0.03 * unit)
    b = polish(residuals, b, jacobian, unit)
    J = jacobian(b)
    H = cd.hessian(residuals.half_sum_of_squares, b, order=4, abs_step=0.03 * unit)
    return b, deviations(J.T @ J, residuals, b), deviations(H, residuals, b)


def digits(ours, certified):
    """How many digits agree, 11 (all that are certified) at most."""
    error = np.abs(ours - certified) / np.abs(certified)
    return -np.log10(np.maximum(error, 1e-11))


def show(data, agreement, b, from_jacobian, from_hessian, sum_of_squares):
    """Print ours beside what is certified."""
    parameter, deviation, total = agreement.values()
    ours = (b, data.parameters, parameter)
    errors = (from_jacobian, data.deviations, deviation, from_hessian)
    print(HEAD)
    for i, row in enumerate(zip(*ours, *errors, strict=True), 1):
        print(ROW.format(i, *row))
    print(f"sum of squares {sum_of_squares:.10e} {data.sum_of_squares:.10e} {total:.1f}\n")


def check(name, model, data, number):
    """Fit from one start, show it, return whether enough digits agree."""
    residuals = Residuals(model, data)
    b, from_jacobian, from_hessian = fit(residuals, data.starts[number - 1])
    print(f"{name}, start {number}: {residuals.nfev} evaluations of the {data.x.size} residuals")
    sum_of_squares = 2 * residuals.half_sum_of_squares(b)
    agreement = {
        "parameters": digits(b, data.parameters),
        "deviations": digits(from_jacobian, data.deviations),
        "sum of squares": digits(sum_of_squares, data.sum_of_squares),
    }
    show(data, agreement, b, from_jacobian, from_hessian, sum_of_squares)
    return all(np.min(agreement[what]) >= least for what, least in AT_LEAST.items())


def main():
    good = []
    for model in misra1a, roszman1, eckerle4:
        name = model.__name__.capitalize()
        data = read_nist(DATA / f"{name}.dat")
        good += [check(name, model, data, number) for number in (1, 2)]
    stated = ", ".join(f"{what} {least:g}" for what, least in AT_LEAST.items())
    print(f"{sum(good)} of {len(good)} fits agree to the digits stated: {stated}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
