"""Near poles, branch points and the edge of the domain."""

from __future__ import annotations

import math

from .case import Row

HALF_PI = math.pi / 2

TABLE: tuple[Row, ...] = (
    ("log(x)", lambda m, x: m.log(x), (1e-3, 1e-6, 1e-10, 1e-20)),
    ("x log(x)", lambda m, x: x * m.log(x), (1e-7,)),
    ("log(x) / log(10)", lambda m, x: m.log(x) / math.log(10), (3e-5,)),
    ("log(x - 5)", lambda m, x: m.log(x - 5), (5.0000001,)),
    ("log(log(x))", lambda m, x: m.log(m.log(x)), (1.001,)),
    ("log(1 - x)", lambda m, x: m.log(1 - x), (0.9999, 0.99999999)),
    ("logit", lambda m, x: m.log(x / (1 - x)), (1e-5, 0.9999)),
    (
        "entropy of a bit",
        lambda m, x: -x * m.log(x) - (1 - x) * m.log(1 - x),
        (1e-6, 0.999),
    ),
    ("Gumbel quantile", lambda m, x: -m.log(-m.log(x)), (1e-4, 0.999)),
    ("log barrier", lambda m, x: x - 1e-3 * m.log(x), (1e-5,)),
    ("sqrt(x)", lambda m, x: m.sqrt(x), (1e-4, 1e-8, 1e-12)),
    ("sqrt(x - 1000)", lambda m, x: m.sqrt(x - 1000), (1000.0001,)),
    ("sqrt(1 - x**2)", lambda m, x: m.sqrt(1 - x**2), (0.99999,)),
    ("sqrt(x) log(x)", lambda m, x: m.sqrt(x) * m.log(x), (1e-6,)),
    ("x**0.1", lambda m, x: x**0.1, (1e-6,)),
    ("x**(1/3)", lambda m, x: x ** (1 / 3), (1e-9,)),
    ("x**1.5", lambda m, x: x**1.5, (1e-5,)),
    ("asin(x)", lambda m, x: m.asin(x), (0.9999, -0.999999)),
    ("acos(x)", lambda m, x: m.acos(x), (0.9999999,)),
    ("acosh(x)", lambda m, x: m.acosh(x), (1.0001,)),
    ("atanh(x)", lambda m, x: m.atanh(x), (0.99999,)),
    ("tan(x)", lambda m, x: m.tan(x), (HALF_PI - 1e-3, HALF_PI - 1e-6, -1.5)),
    ("1 / x", lambda m, x: 1 / x, (1e-3, -1e-5, 1e-8)),
    ("1 / x**2", lambda m, x: 1 / x**2, (1e-4,)),
    ("x**-12 - x**-6", lambda m, x: x**-12 - x**-6, (0.01,)),
    ("1 / (1 - x)", lambda m, x: 1 / (1 - x), (0.99999,)),
    ("1 / (x - 1)**2", lambda m, x: 1 / (x - 1) ** 2, (1.0001,)),
    ("1 / sqrt(1 - x**2)", lambda m, x: 1 / m.sqrt(1 - x**2), (0.9999, 0.99999999)),
    ("1 / sin(x)", lambda m, x: 1 / m.sin(x), (1e-4, 3.1415)),
    ("exp(-1 / x)", lambda m, x: m.exp(-1 / x), (0.002, 0.02)),
    ("exp(1 / x)", lambda m, x: m.exp(1 / x), (0.01,)),
    ("gamma(x)", lambda m, x: m.gamma(x), (1e-5, -0.999, 170.0)),
    ("log(gamma(x))", lambda m, x: m.log(m.gamma(x)), (0.01,)),
)
