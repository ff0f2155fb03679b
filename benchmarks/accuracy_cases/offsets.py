"""A large value that does not change, or an x that is large beside what changes fun."""

from __future__ import annotations

import math

from .case import Row

DAY, YEAR = 86400.0, 365.25


def epidemic(m, x):
    """Logistic growth by calendar year."""
    return 8.0 / (1 + m.exp(-(x - 2012.4) / 3.7))


def log_likelihood(m, x):
    """Of a rate, after 50000 events in 1e4 units of time, with its constant."""
    return 50000 * m.log(x) - 1e4 * x - 490000


TABLE: tuple[Row, ...] = (
    ("1e8 + sin(x)", lambda m, x: 1e8 + m.sin(x), (1.0,)),
    ("1e12 + sin(x)", lambda m, x: 1e12 + m.sin(x), (1.0,)),
    ("1e6 + 1e-3 exp(x)", lambda m, x: 1e6 + 1e-3 * m.exp(x), (1.0, 8.0)),
    ("1e4 + x**2", lambda m, x: 1e4 + x**2, (2.0,)),
    ("1e5 + log(x)", lambda m, x: 1e5 + m.log(x), (3.0,)),
    ("100 + sin(x)", lambda m, x: 100 + m.sin(x), (0.3,)),
    ("1000 + exp(-x**2)", lambda m, x: 1000 + m.exp(-(x**2)), (0.4,)),
    ("-1000 + tanh(x)", lambda m, x: -1000 + m.tanh(x), (0.6,)),
    ("1e12 + 1e6 x**3", lambda m, x: 1e12 + 1e6 * x**3, (7.0,)),
    ("1e3 + sin(50 x)", lambda m, x: 1e3 + m.sin(50 * x), (0.21,)),
    ("1e4 + 1 / x", lambda m, x: 1e4 + 1 / x, (0.02,)),
    ("1e3 + a narrow peak", lambda m, x: 1e3 + 1 / (1 + ((x - 1) / 1e-4) ** 2), (1.00007,)),
    ("sin(x - 1e6)", lambda m, x: m.sin(x - 1e6), (1000000.5,)),
    ("sin(x)", lambda m, x: m.sin(x), (1e5 + 0.25, 1e8)),
    ("exp(x - 1000)", lambda m, x: m.exp(x - 1000), (1000.3,)),
    ("(x - 1e5)**3", lambda m, x: (x - 1e5) ** 3, (100001.0,)),
    ("cos(2 pi x)", lambda m, x: m.cos(2 * math.pi * x), (1000.13,)),
    (
        "daily cycle by time stamp",
        lambda m, x: m.sin(2 * math.pi * (x - 1.7e9) / DAY),
        (1700001000.0,),
    ),
    ("transit by Julian date", lambda m, x: m.exp(-(((x - 2459000.5) / 0.1) ** 2)), (2459000.56,)),
    (
        "yearly cycle by Julian date",
        lambda m, x: 9 + 7 * m.sin(2 * math.pi * x / YEAR),
        (2459000.5,),
    ),
    ("growth by calendar year", epidemic, (2015.0,)),
    ("distance by grid coordinate", lambda m, x: m.sqrt((x - 499990.0) ** 2 + 25), (499997.0,)),
    ("standard atmosphere", lambda m, x: 101325 * (1 - 2.25577e-5 * x) ** 5.25588, (10.0,)),
    ("log likelihood of a rate", log_likelihood, (4.6,)),
    ("chi square and noise floor", lambda m, x: 1e7 + 40 * (x - 2.1) ** 2 + 3 * m.exp(x), (2.6,)),
    ("sqrt(1e8 + x)", lambda m, x: m.sqrt(1e8 + x), (3.0,)),
    ("energy of a solution", lambda m, x: -4.3e4 + 0.5 * 310.0 * (x - 1.09) ** 2 - x**3, (1.2,)),
)
