"""Functions of several variables: test problems of optimisation, likelihoods, fits, physics."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

from . import data
from .exact import Expression


def mixed_scales(m, x):
    return m.exp(1e4 * x[0]) * m.cos(1e-4 * x[1])


def rosenbrock(m, x):
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def rosenbrock_in_units(m, x):  # micrometres and megapascals, given in metres and pascals
    return rosenbrock(m, (1e6 * x[0], 1e-6 * x[1]))


def beale(m, x):
    return sum((y - x[0] * (1 - x[1] ** k)) ** 2 for k, y in ((1, 1.5), (2, 2.25), (3, 2.625)))


def wood(m, x):
    a, b, c, d = x
    return (
        100 * (b - a**2) ** 2
        + (1 - a) ** 2
        + 90 * (d - c**2) ** 2
        + (1 - c) ** 2
        + 10 * (b + d - 2) ** 2
        + (b - d) ** 2 / 10
    )


def powell_singular(m, x):
    a, b, c, d = x
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def brown_badly_scaled(m, x):
    return (x[0] - 1e6) ** 2 + (x[1] - 2e-6) ** 2 + (x[0] * x[1] - 2) ** 2


def helical_valley(m, x):
    turn = m.atan(x[1] / x[0]) / (2 * math.pi)
    return 100 * ((x[2] - 10 * turn) ** 2 + (m.sqrt(x[0] ** 2 + x[1] ** 2) - 1) ** 2) + x[2] ** 2


def himmelblau(m, x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def branin(m, x):
    a, b = x
    fit = b - 5.1 / (4 * math.pi**2) * a**2 + 5 / math.pi * a - 6
    return fit**2 + 10 * (1 - 1 / (8 * math.pi)) * m.cos(a) + 10


def ackley(m, x):
    n = len(x)
    far = m.exp(-0.2 * m.sqrt(sum(v**2 for v in x) / n))
    return -20 * far - m.exp(sum(m.cos(2 * math.pi * v) for v in x) / n) + 20 + math.e


def rastrigin(m, x):
    return sum(10 + v**2 - 10 * m.cos(2 * math.pi * v) for v in x)


def griewank(m, x):
    product = 1
    for i, v in enumerate(x, start=1):
        product = product * m.cos(v / math.sqrt(i))
    return sum(v**2 for v in x) / 4000 - product + 1


def ill_conditioned_quadratic(m, x):
    u, v = 0.6 * x[0] + 0.8 * x[1], 0.8 * x[0] - 0.6 * x[1]
    return 0.5 * (1e8 * u**2 + v**2) + v


def log_sum_exp(m, x):
    return m.log(sum(m.exp(v) for v in x))


def logistic_likelihood(m, x):
    """Of 24 yes or no, by an intercept and two features."""
    total = 0
    for a, b, yes in zip(data.FIRST, data.SECOND, data.YES, strict=True):
        score = x[0] + x[1] * a + x[2] * b
        total = total + m.log(1 + m.exp(-score if yes else score))
    return total


def gaussian_likelihood(m, x):
    """Of mean and logarithm of sigma."""
    mean, log_sigma = x
    squares = sum((y - mean) ** 2 for y in data.HEIGHTS)
    n = len(data.HEIGHTS)
    return n * (log_sigma + 0.5 * math.log(2 * math.pi)) + squares * m.exp(-2 * log_sigma) / 2


def poisson_likelihood(m, x):
    """Of counts, by a log-linear rate, times given as calendar years."""
    total = 0
    for year, count in zip(data.YEARS, data.COUNTS, strict=True):
        line = x[0] + x[1] * (year - 2000)
        total = total + m.exp(line) - count * line
    return total


def student_likelihood(m, x):
    """Of location, log scale and log degrees of freedom."""
    location, scale, freedom = x[0], m.exp(x[1]), m.exp(x[2])
    each = m.log(m.gamma((freedom + 1) / 2) / m.gamma(freedom / 2) / m.sqrt(freedom * math.pi))
    tails = sum(m.log(1 + ((y - location) / scale) ** 2 / freedom) for y in data.HEIGHTS)
    return (freedom + 1) / 2 * tails - len(data.HEIGHTS) * (each - x[1])


def two_decays(m, x):
    """Squared residuals of two exponentials."""
    fit = ((x[0] * m.exp(-x[1] * t) + x[2] * m.exp(-x[3] * t), t) for t in data.TIMES)
    return sum(
        (value - (1.3 * math.exp(-2.1 * t) + 0.6 * math.exp(-0.3 * t))) ** 2 for value, t in fit
    )


def enzyme(m, x):
    """Squared residuals of Michaelis-Menten rates, in mol and seconds, over their error."""
    rates = ((x[0] * s / (x[1] + s), 2.1e-6 * s / (4.4e-5 + s)) for s in data.SUBSTRATE)
    return sum(((fit - seen) / 2e-8) ** 2 for fit, seen in rates)


def lennard_jones(m, x):
    """Energy of atoms in the plane or in space, coordinates in triples."""
    atoms = [x[i : i + 3] for i in range(0, len(x), 3)]
    energy = 0
    for p, q in combinations(atoms, 2):
        r2 = sum((a - b) ** 2 for a, b in zip(p, q, strict=True))
        energy = energy + 4 * (r2**-6 - r2**-3)
    return energy


def dimer_in_metres(m, x):
    """Argon, in joules, by two coordinates in metres."""
    r2 = x[0] ** 2 + x[1] ** 2
    s6 = (3.4e-10**2 / r2) ** 3
    return 4 * 1.65e-21 * (s6**2 - s6)


def solar_potential(m, x):
    return -1.32712440018e20 / m.sqrt(sum(v**2 for v in x))


def cobb_douglas(m, x):
    return 1.2 * x[0] ** 0.35 * x[1] ** 0.65


def black_scholes(m, x):
    """A call, of spot, strike, volatility, rate and time."""
    spot, strike, volatility, rate, time = x
    spread = volatility * m.sqrt(time)
    up = (m.log(spot / strike) + rate * time) / spread + spread / 2
    discounted = strike * m.exp(-rate * time)
    return spot * _normal(m, up) - discounted * _normal(m, up - spread)


def _normal(m, x):
    return (1 + m.erf(x / math.sqrt(2))) / 2


def van_der_waals(m, x):
    """Pressure of a mole, of volume and temperature."""
    return 8.314462618 * x[1] / (x[0] - 4.3e-5) - 0.364 / x[0] ** 2


def diode_power(m, x):
    """Of voltage, saturation current and thermal voltage."""
    return x[0] * x[1] * (m.exp(x[0] / x[2]) - 1)


def narrow_valley(m, x):
    return x[0] ** 2 + m.sqrt((x[1] - m.sin(x[0])) ** 2 + 1e-6)


def normal_density(m, x):
    a, b = (x[0] - 1) / 1e-3, (x[1] + 2) / 1e3
    return m.exp(-(a**2 - 1.2 * a * b + b**2) / (2 * (1 - 0.36)))


def softmax_loss(m, x):
    """Cross entropy of the second of three classes, whose scores are products of weights."""
    scores = [x[0] * 0.3 + x[1] * 1.7, x[2] * 0.3 + x[3] * 1.7, x[4] * 0.3 + x[5] * 1.7]
    return log_sum_exp(m, scores) - scores[1]


def small_network(m, x):
    """A hidden layer of two, one sample."""
    hidden = [m.tanh(x[0] * 0.7 + x[1]), m.tanh(x[2] * 0.7 + x[3])]
    return (x[4] * hidden[0] + x[5] * hidden[1] + x[6] - 0.4) ** 2


TABLE: tuple[tuple[str, Expression, tuple[float, ...]], ...] = (
    ("exp(1e4 x0) cos(1e-4 x1)", mixed_scales, (1e-5, 1e4)),
    ("Rosenbrock, n = 2", rosenbrock, (-1.2, 1.0)),
    ("Rosenbrock, n = 10", rosenbrock, tuple(0.5 + 0.13 * i for i in range(10))),
    ("Rosenbrock in metres and pascals", rosenbrock_in_units, (1.3e-6, 7e5)),
    ("Beale", beale, (1.0, 0.8)),
    ("Wood", wood, (-3.0, -1.0, -3.0, -1.0)),
    ("Powell singular", powell_singular, (3.0, -1.0, 0.0, 1.0)),
    ("Brown badly scaled, start", brown_badly_scaled, (1.0, 1.0)),
    ("Brown badly scaled, near the end", brown_badly_scaled, (999900.0, 2.1e-6)),
    ("helical valley", helical_valley, (0.8, 0.5, 0.3)),
    ("Himmelblau", himmelblau, (1.2, -0.7)),
    ("Branin", branin, (2.5, 7.0)),
    ("Ackley", ackley, (0.6, -0.85)),
    ("Rastrigin, n = 4", rastrigin, (0.2, -1.3, 2.4, -0.9)),
    ("Griewank, n = 5", griewank, (12.0, -35.0, 4.0, 61.0, -8.0)),
    ("quadratic, condition 1e8", ill_conditioned_quadratic, (0.3, 0.7)),
    ("log-sum-exp, n = 6", log_sum_exp, (0.1, 2.0, -3.0, 1.4, 5.0, 4.2)),
    ("logistic likelihood", logistic_likelihood, (0.2, -0.4, 0.9)),
    ("Gaussian likelihood, log sigma", gaussian_likelihood, (170.0, 2.0)),
    ("Poisson likelihood", poisson_likelihood, (1.5, 0.05)),
    ("Student likelihood", student_likelihood, (174.0, 1.8, 1.1)),
    ("two decays", two_decays, (1.0, 2.5, 0.8, 0.4)),
    ("Michaelis-Menten fit", enzyme, (1.9e-6, 5e-5)),
    ("Lennard-Jones, 3 atoms", lennard_jones, (0.0, 0.1, 0.0, 1.15, 0.0, -0.2, 0.5, 1.1, 0.3)),
    ("argon dimer in metres", dimer_in_metres, (3.1e-10, 2.2e-10)),
    ("solar potential", solar_potential, (1.2e11, -7e10, 3e9)),
    ("Cobb-Douglas", cobb_douglas, (4.2e12, 1.6e8)),
    ("Black-Scholes", black_scholes, (102.0, 95.0, 0.23, 0.03, 0.6)),
    ("van der Waals", van_der_waals, (2.2e-4, 310.0)),
    ("diode power", diode_power, (0.61, 1e-12, 0.0257)),
    ("narrow valley", narrow_valley, (0.7, 0.6449)),
    ("normal density", normal_density, (1.0007, 400.0)),
    ("softmax loss", softmax_loss, (0.5, -0.2, 1.1, 0.3, -0.7, 0.6)),
    ("small network", small_network, (0.8, -0.3, -1.2, 0.5, 1.4, -0.6, 0.1)),
)
