"""Formulas of physics, chemistry, engineering and economics in the units that people use."""

from __future__ import annotations

import math

from .case import Row

H, HBAR, C, K = 6.62607015e-34, 1.054571817e-34, 299792458.0, 1.380649e-23
E, EPS0, R, F = 1.602176634e-19, 8.8541878128e-12, 8.314462618, 96485.33212
EV, M_E, COULOMB = E, 9.1093837015e-31, 8.9875517923e9
SUN, EARTH = 1.32712440018e20, 3.986004418e14  # G M


def planck_wavelength(m, x):
    return 2 * H * C**2 / x**5 / (m.exp(H * C / (K * 5800.0) / x) - 1)


def planck_frequency(m, x):
    return 2 * H / C**2 * x**3 / (m.exp(H / (K * 5800.0) * x) - 1)


def argon(m, x):
    return 4 * 1.65e-21 * ((3.4e-10 / x) ** 12 - (3.4e-10 / x) ** 6)


def maxwell(m, x):
    a = 4.65e-26 / (2 * K * 300.0)
    return 4 * math.pi * (a / math.pi) ** 1.5 * x**2 * m.exp(-a * x**2)


def present_value(m, x):
    return sum(1.2e6 / (1 + x) ** year for year in range(1, 21)) - 1e7


def hill(m, x):
    return 1 / (1 + (2.5e-9 / x) ** 4)


TABLE: tuple[Row, ...] = (
    ("Planck by wavelength", planck_wavelength, (4e-7, 1e-5)),
    ("Planck by frequency", planck_frequency, (5e14, 1e12)),
    ("Planck by temperature", lambda m, x: 1 / (m.exp(H * C / K / 5e-7 / x) - 1), (3000.0,)),
    ("plate capacitor", lambda m, x: EPS0 * 1e-4 / x, (1e-6,)),
    ("capacitors in series", lambda m, x: 47e-12 * x / (47e-12 + x), (1e-11,)),
    ("charge energy", lambda m, x: (1e-9) ** 2 / (2 * x), (3e-12,)),
    ("RC discharge", lambda m, x: 5 * m.exp(-x / 1e-6), (4e-7, 3e-9)),
    ("1 GHz tone", lambda m, x: m.sin(2 * math.pi * 1e9 * x), (1.3e-9, 7.43e-8)),
    ("LC resonance", lambda m, x: 1 / (2 * math.pi * m.sqrt(1e-6 * x)), (1e-10,)),
    ("diode", lambda m, x: 1e-12 * (m.exp(x / 0.025) - 1), (0.1, 0.6, 0.75)),
    ("solar cell", lambda m, x: x * (3e-2 - 1e-12 * (m.exp(x / 0.025) - 1)), (0.55,)),
    ("thermistor", lambda m, x: 1e4 * m.exp(3950.0 * (1 / x - 1 / 298.15)), (310.0,)),
    ("Johnson noise", lambda m, x: m.sqrt(4 * K * 300.0 * 1e4 * x), (5e4,)),
    ("period of a planet", lambda m, x: 2 * math.pi * m.sqrt(x**3 / SUN), (1.496e11,)),
    ("solar potential", lambda m, x: -SUN / x, (1.496e11, 5.8e12)),
    ("vis-viva", lambda m, x: m.sqrt(SUN * (2 / x - 1 / 2.3e11)), (1.496e11,)),
    ("gravity over ground", lambda m, x: EARTH / (6.371e6 + x) ** 2, (4e5, 10.0)),
    ("hydrogen, Coulomb", lambda m, x: -COULOMB * E**2 / x, (5.29e-11,)),
    ("hydrogen, effective", lambda m, x: HBAR**2 / M_E / x**2 - COULOMB * E**2 / x, (2e-10,)),
    ("argon dimer", argon, (3.6e-10, 5e-10)),
    ("photon energy", lambda m, x: H * C / x, (5e-7,)),
    ("de Broglie", lambda m, x: H / m.sqrt(2 * M_E * EV * x), (100.0,)),
    ("Fermi function", lambda m, x: 1 / (m.exp((x - 5.0 * EV) / (K * 300.0)) + 1), (8.05e-19,)),
    ("Boltzmann factor", lambda m, x: m.exp(-x / (K * 300.0)), (4e-21,)),
    ("Maxwell's speeds", maxwell, (500.0,)),
    ("Stefan-Boltzmann", lambda m, x: 5.670374419e-8 * x**4, (5772.0,)),
    ("Arrhenius", lambda m, x: 1e13 * m.exp(-8e4 / (R * x)), (300.0, 900.0)),
    ("Nernst", lambda m, x: R * 310.0 / F * m.log(x / 0.14), (4e-3,)),
    ("pH", lambda m, x: -m.log(x) / math.log(10), (4e-8,)),
    ("Michaelis-Menten", lambda m, x: 2e-6 * x / (5e-5 + x), (1e-5,)),
    ("Hill", hill, (1e-9,)),
    ("ideal gas", lambda m, x: R * 300.0 / x, (1e-3,)),
    ("van der Waals", lambda m, x: R * 300.0 / (x - 4.3e-5) - 0.364 / x**2, (2e-4,)),
    ("Antoine", lambda m, x: m.exp(23.2 - 3816.4 / (x - 46.1)), (350.0,)),
    ("barometric", lambda m, x: 101325 * m.exp(-x / 8434.0), (5000.0,)),
    ("kinetic energy", lambda m, x: M_E * C**2 * (1 / m.sqrt(1 - (x / C) ** 2) - 1), (1.5e8,)),
    ("dipole field", lambda m, x: 2e-7 * 0.8 / x**3, (0.05,)),
    ("present value", present_value, (0.08,)),
    ("gross product", lambda m, x: 2e12 * m.exp(0.023 * x), (15.0,)),
)
