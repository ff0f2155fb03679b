"""Waves, up to a million radians per unit, chirps, products of waves."""

from __future__ import annotations

import math

from .case import Row


def weierstrass(m, x):
    return sum(0.5**k * m.cos(3**k * x) for k in range(8))


def wave(w):
    return f"sin({w:g} x)", lambda m, x: m.sin(w * x)


TABLE: tuple[Row, ...] = (
    (*wave(1.0), (1.0,)),
    (*wave(10.0), (1.0,)),
    (*wave(100.0), (1.0, 0.013)),
    (*wave(1e3), (1.0,)),
    (*wave(1e4), (1.0, 0.3)),
    (*wave(1e5), (1.0,)),
    (*wave(1e6), (1.0, 1e-3)),
    ("cos(30 x)", lambda m, x: m.cos(30 * x), (0.7,)),
    ("cos(300 x)", lambda m, x: m.cos(300 * x), (0.7, 12.0)),
    ("cos(3e5 x)", lambda m, x: m.cos(3e5 * x), (0.7,)),
    ("sin(x**2)", lambda m, x: m.sin(x**2), (3.0, 30.0, 1000.0)),
    ("cos(pi x**2 / 2)", lambda m, x: m.cos(math.pi / 2 * x**2), (5.3,)),
    ("sin(1 / x)", lambda m, x: m.sin(1 / x), (0.1, 0.01, 1e-3)),
    ("x**2 sin(1 / x)", lambda m, x: x**2 * m.sin(1 / x), (0.03,)),
    ("sin(exp(x))", lambda m, x: m.sin(m.exp(x)), (3.0, 8.0)),
    ("sin(log(x))", lambda m, x: m.sin(20 * m.log(x)), (0.02,)),
    ("exp(-x) sin(50 x)", lambda m, x: m.exp(-x) * m.sin(50 * x), (0.5, 2.0)),
    ("decaying tone", lambda m, x: m.exp(-0.1 * x) * m.cos(10 * math.pi * x), (1.23,)),
    ("wave and ripple", lambda m, x: m.sin(x) + 1e-3 * m.sin(1000 * x), (0.9,)),
    ("slope and ripple", lambda m, x: x**2 + 1e-6 * m.cos(500 * x), (1.4,)),
    ("cos(x) cos(100 x)", lambda m, x: m.cos(x) * m.cos(100 * x), (0.4,)),
    ("three sines", lambda m, x: m.sin(x) * m.sin(10 * x) * m.sin(100 * x), (0.8,)),
    ("x sin(20 x)", lambda m, x: x * m.sin(20 * x), (2.2,)),
    ("sin(100 x)**3", lambda m, x: m.sin(100 * x) ** 3, (0.506,)),
    (
        "amplitude modulation",
        lambda m, x: (1 + 0.5 * m.cos(2 * math.pi * x)) * m.cos(200 * math.pi * x),
        (0.437,),
    ),
    ("beat", lambda m, x: m.cos(1000 * x) - m.cos(1001 * x), (2.0,)),
    ("diffraction", lambda m, x: (m.sin(200 * x) / (200 * x)) ** 2, (0.05,)),
    ("Chebyshev, degree 40", lambda m, x: m.cos(40 * m.acos(x)), (0.3, 0.99)),
    ("Weierstrass, 8 terms", weierstrass, (0.4,)),
    ("frequency modulation", lambda m, x: m.sin(50 * x + 5 * m.sin(7 * x)), (0.61,)),
)
