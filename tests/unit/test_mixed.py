"""Rules for mixed second derivatives: exact on the polynomials that their order promises."""

from fractions import Fraction

import numpy as np
import pytest

from centraldiff._formula import node_offsets
from centraldiff._mixed import mixed_rule, places_in

SIDES = [(a, b) for a in (0, 1, -1) for b in (0, 1, -1)]


def offsets(side, order):
    return [side * k for k in range(1, order + 2)] if side else node_offsets(2, "central", order)


def mixed(rule, a, b, sides, f):
    """What the rule makes of f(x, y) at 0 with steps of 1."""
    total = Fraction(0)
    for i, j, weight in zip(rule.nodes_a, rule.nodes_b, rule.weights, strict=True):
        span = a[i] * b[j] if rule.by_span else (sides[0] or 1) * (sides[1] or 1)
        value = f(a[i], b[j]) - f(a[i], 0) - f(0, b[j]) + f(0, 0)
        total += Fraction(float(weight)) * value / span
    return float(total)


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("order", [1, 2, 3, 4, 6, 8])
def test_exact_on_polynomials(sides, order):
    if 0 in sides and order % 2:
        return  # there is no such central formula
    a, b = offsets(sides[0], order), offsets(sides[1], order)
    rule = mixed_rule(*sides, order)
    while rule is not None:
        degree = 2 + order - 1  # of the monomials that an error of h**order leaves exact
        for i in range(degree + 1):
            for j in range(degree + 1 - i):
                expected = 1.0 if (i, j) == (1, 1) else 0.0
                found = mixed(rule, a, b, sides, lambda x, y, i=i, j=j: x**i * y**j)
                assert found == pytest.approx(expected, abs=1e-9 * (order + 2) ** degree)
        lower = rule.lower
        if lower is not None:
            picked = places_in(rule, lower)
            np.testing.assert_array_equal(rule.nodes_a[picked], lower.nodes_a)
            np.testing.assert_array_equal(rule.nodes_b[picked], lower.nodes_b)
        rule, order = lower, 1  # at least


@pytest.mark.parametrize(
    ("sides", "order", "cost"),
    [((0, 0), 2, 2), ((1, 1), 1, 1), ((1, -1), 2, 3), ((0, 1), 2, 4), ((0, -1), 4, 16)],
)
def test_cost_of_a_pair(sides, order, cost):
    assert len(mixed_rule(*sides, order).weights) == cost
