"""Formulas as one writes them first, which lose digits in float64."""

from __future__ import annotations

from .case import Row


def cosine_series(m, x):
    term, total = 1, 1
    for k in range(1, 25):
        term = -term * x * x / ((2 * k - 1) * (2 * k))
        total = total + term
    return total


def exponential_series(m, x):
    term, total = 1, 1
    for k in range(1, 60):
        term = -term * x / k
        total = total + term
    return total


def variance(m, x):
    """Mean of squares less square of the mean, of three numbers and x."""
    numbers = (10.1, 9.7, 10.4, x)
    return sum(v**2 for v in numbers) / 4 - (sum(numbers) / 4) ** 2


def seventh_power(m, x):
    """(x - 1)**7, expanded."""
    x2 = x * x
    x4 = x2 * x2
    return x4 * x2 * x - 7 * x4 * x2 + 21 * x4 * x - 35 * x4 + 35 * x2 * x - 21 * x2 + 7 * x - 1


def heron(m, x):
    """Area of a thin triangle."""
    s = (x + 5 + 5) / 2
    return m.sqrt(s * (s - 5) * (s - 5) * (s - x))


def law_of_cosines(m, x):
    """Great circle by the law of cosines, latitudes 0.7 and 0.71."""
    return m.acos(0.49 * 0.5 + 0.75 * m.cos(x))


TABLE: tuple[Row, ...] = (
    ("(1 - cos(x)) / x**2", lambda m, x: (1 - m.cos(x)) / x**2, (0.5, 0.05, 1e-5)),
    ("(exp(x) - 1) / x", lambda m, x: (m.exp(x) - 1) / x, (1e-2, 1e-4)),
    ("(exp(x) - 1 - x) / x**2", lambda m, x: (m.exp(x) - 1 - x) / x**2, (0.1, 1e-6)),
    ("log(1 + x) / x", lambda m, x: m.log(1 + x) / x, (1e-3,)),
    ("log(1 + x)", lambda m, x: m.log(1 + x), (1e-8,)),
    ("exp(x) - 1", lambda m, x: m.exp(x) - 1, (1e-8, 1e-3)),
    ("(exp(x) - exp(-x)) / 2", lambda m, x: (m.exp(x) - m.exp(-x)) / 2, (1e-2,)),
    (
        "tanh by exponentials",
        lambda m, x: (m.exp(x) - m.exp(-x)) / (m.exp(x) + m.exp(-x)),
        (0.01,),
    ),
    ("cosh(x) - 1", lambda m, x: m.cosh(x) - 1, (1e-3,)),
    ("x - sin(x)", lambda m, x: x - m.sin(x), (0.02, 0.3)),
    ("tan(x) - sin(x)", lambda m, x: m.tan(x) - m.sin(x), (0.02,)),
    ("exp(-x) + x - 1", lambda m, x: m.exp(-x) + x - 1, (1e-2,)),
    ("1 - tanh(x)", lambda m, x: 1 - m.tanh(x), (5.0, 9.0, 18.0)),
    ("1 - erf(x)", lambda m, x: 1 - m.erf(x), (1.5, 3.0)),
    ("sqrt(x + 1) - sqrt(x)", lambda m, x: m.sqrt(x + 1) - m.sqrt(x), (100.0, 1e6)),
    ("log(x + 1) - log(x)", lambda m, x: m.log(x + 1) - m.log(x), (1e3,)),
    ("atan(x + 1) - atan(x)", lambda m, x: m.atan(x + 1) - m.atan(x), (50.0,)),
    ("1 / x - 1 / (x + 1)", lambda m, x: 1 / x - 1 / (x + 1), (1e3,)),
    ("smaller root", lambda m, x: (-x + m.sqrt(x**2 + 4)) / 2, (20.0, 1e3)),
    ("difference quotient", lambda m, x: (m.sin(x + 1e-4) - m.sin(x)) / 1e-4, (1.0,)),
    ("shorter quotient", lambda m, x: (m.sin(x + 1e-10) - m.sin(x)) / 1e-10, (1.0,)),
    ("second difference", lambda m, x: m.exp(x + 0.01) - 2 * m.exp(x) + m.exp(x - 0.01), (0.5,)),
    ("mean of squares", variance, (9.9,)),
    ("(x - 1)**7, expanded", seventh_power, (1.8, 1.1, 1.001)),
    ("cosine series", cosine_series, (2.0, 9.0)),
    ("exp(-x), series", exponential_series, (3.0, 8.0, 18.0)),
    ("Heron", heron, (9.999,)),
    ("law of cosines", law_of_cosines, (0.4,)),
    ("log(exp(x) + exp(-x)) - x", lambda m, x: m.log(m.exp(x) + m.exp(-x)) - x, (3.0,)),
)
