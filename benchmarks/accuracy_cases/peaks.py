"""Narrow peaks, steps and kinks, at their flanks: a feature of width w at x of size 1 and more."""

from __future__ import annotations

from .case import Row


def lorentz(w):
    return f"Lorentz, w = {w:g}", lambda m, x: 1 / (1 + ((x - 0.5) / w) ** 2)


def gauss(w, centre=0.5):
    name = f"Gauss, w = {w:g} at {centre:g}"
    return name, lambda m, x: m.exp(-(((x - centre) / w) ** 2) / 2)


def step(w):
    return f"tanh step, w = {w:g}", lambda m, x: m.tanh((x - 1) / w)


def logistic(w):
    return f"logistic step, w = {w:g}", lambda m, x: 1 / (1 + m.exp(-(x - 0.3) / w))


def hyperbola(w):
    return f"rounded |x - 1|, w = {w:g}", lambda m, x: m.sqrt((x - 1) ** 2 + w**2)


def fano(m, x):
    e = (x - 2) / 1e-4
    return (e + 1.5) ** 2 / (e**2 + 1)


def doublet(m, x):
    return 1 / (1 + ((x - 0.5) / 1e-4) ** 2) + 0.6 / (1 + ((x - 0.5003) / 1e-4) ** 2)


def fringes(m, x):
    """Transmission of an interferometer of finesse 1500."""
    return 1 / (1 + 1e6 * m.sin(x) ** 2)


TABLE: tuple[Row, ...] = (
    (*lorentz(1e-3), (0.5007, 0.51)),
    (*lorentz(1e-4), (0.50007,)),
    (*lorentz(1e-5), (0.500007, 0.49998)),
    (*lorentz(1e-6), (0.5000007,)),
    (*gauss(1e-3), (0.5005, 0.498)),
    (*gauss(1e-4), (0.50017,)),
    (*gauss(1e-5), (0.500006,)),
    (*gauss(1e-6), (0.5000017,)),
    (*gauss(1e-4, 1000.0), (1000.00013,)),
    (*step(1e-3), (1.0005,)),
    (*step(1e-4), (0.99992,)),
    (*step(1e-6), (1.0000008,)),
    (*logistic(1e-3), (0.302,)),
    (*logistic(1e-5), (0.300007,)),
    (*hyperbola(1e-3), (1.0007,)),
    (*hyperbola(1e-6), (0.9999993,)),
    ("erf edge", lambda m, x: m.erf((x - 0.2) / 1e-4), (0.20006,)),
    ("atan step", lambda m, x: m.atan((x - 4) / 1e-5), (4.000008,)),
    ("softplus, w = 1e-4", lambda m, x: 1e-4 * m.log(1 + m.exp((x - 1) / 1e-4)), (1.0001,)),
    ("sech**2", lambda m, x: 1 / m.cosh((x - 0.7) / 1e-5) ** 2, (0.700004,)),
    ("peak on a slope", lambda m, x: 2 * x + m.exp(-(((x - 0.6) / 1e-3) ** 2)), (0.6004,)),
    ("peak on a parabola", lambda m, x: x**2 + 0.01 / (1 + ((x - 3) / 1e-4) ** 2), (3.00008,)),
    ("dip", lambda m, x: 1 - 0.9 / (1 + ((x - 0.25) / 1e-5) ** 2), (0.250008,)),
    ("Fano resonance", fano, (2.00007,)),
    ("doublet", doublet, (0.5001,)),
    ("fringes", fringes, (3.1418, 6.284)),
    ("von Mises, kappa = 1e6", lambda m, x: m.exp(1e6 * (m.cos(x - 1) - 1)), (1.0006,)),
    ("Breit-Wigner", lambda m, x: 1 / ((x**2 - 91.19**2) ** 2 + (91.19 * 2.5) ** 2), (92.1,)),
    ("narrow resonance", lambda m, x: 1 / ((x**2 - 9) ** 2 + 1e-8), (3.00002,)),
)
