"""Functions without any difficulty, of sizes near 1."""

from __future__ import annotations

import math

from .case import Row


def black_scholes(m, spot, volatility):  # a call, struck at 100, one year, 3 %
    up = (m.log(spot / 100) + 0.03 + volatility**2 / 2) / volatility
    return spot * normal(m, up) - 100 * math.exp(-0.03) * normal(m, up - volatility)


def normal(m, x):
    return (1 + m.erf(x / math.sqrt(2))) / 2


def horner(m, x):
    value = 0
    for coefficient in (0.5, -1.25, 2.0, 0.75, -3.0, 1.5):
        value = value * x + coefficient
    return value


TABLE: tuple[Row, ...] = (
    ("exp(x)", lambda m, x: m.exp(x), (-3.0, 0.7, 20.0)),
    ("sin(x)", lambda m, x: m.sin(x), (0.5, 2.0)),
    ("cos(x)", lambda m, x: m.cos(x), (1.0, 1e-12)),
    ("sinh(x)", lambda m, x: m.sinh(x), (1.5,)),
    ("tanh(x)", lambda m, x: m.tanh(x), (0.3, 2.0)),
    ("atan(x)", lambda m, x: m.atan(x), (0.5, 30.0)),
    ("erf(x)", lambda m, x: m.erf(x), (0.4, 1.2)),
    ("gamma(x)", lambda m, x: m.gamma(x), (1.7, 6.3)),
    ("log(x)", lambda m, x: m.log(x), (1.5, 1e5)),
    ("sqrt(x)", lambda m, x: m.sqrt(x), (2.0, 50.0)),
    ("x**2.5", lambda m, x: x**2.5, (3.0,)),
    ("x**x", lambda m, x: x**x, (1.3,)),
    ("x**3 - 2 x + 1", lambda m, x: x**3 - 2 * x + 1, (0.5, 2.5)),
    ("polynomial of degree 5", horner, (-0.8, 1.9)),
    ("x**4", lambda m, x: x**4, (1000.0,)),
    ("1 / (1 + x**2)", lambda m, x: 1 / (1 + x**2), (0.2, 4.0)),
    ("x / (1 + x)", lambda m, x: x / (1 + x), (0.7,)),
    ("sqrt(1 + x**2)", lambda m, x: m.sqrt(1 + x**2), (0.3, 10.0)),
    ("logistic", lambda m, x: 1 / (1 + m.exp(-x)), (-2.0, 0.5, 6.0)),
    ("softplus", lambda m, x: m.log(1 + m.exp(x)), (-1.0, 3.0)),
    ("exp(-x**2)", lambda m, x: m.exp(-(x**2)), (0.5, 2.0)),
    ("x exp(-x)", lambda m, x: x * m.exp(-x), (0.4, 3.0)),
    ("sin(x) / x", lambda m, x: m.sin(x) / x, (1.0, 4.0)),
    ("exp(sin(x))", lambda m, x: m.exp(m.sin(x)), (1.0,)),
    ("log(cosh(x))", lambda m, x: m.log(m.cosh(x)), (0.8,)),
    ("GELU", lambda m, x: x * normal(m, x), (-1.2, 0.6)),
    ("Lennard-Jones", lambda m, x: 4 * (x**-12 - x**-6), (1.05, 1.6)),
    ("Morse", lambda m, x: (1 - m.exp(-1.2 * (x - 1.4))) ** 2, (1.1, 2.3)),
    ("Kepler's equation", lambda m, x: x - 0.3 * m.sin(x), (1.0,)),
    ("call by spot", lambda m, x: black_scholes(m, x, 0.2), (90.0, 105.0)),
    ("call by volatility", lambda m, x: black_scholes(m, 95, x), (0.2,)),
)
