"""Mixed second derivatives where one or both of two coordinates have a stencil on one side only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ._formula import node_offsets, nonbase_weights
from ._terms import rounded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class MixedRule:
    """The sum of weight * ((f_ab - f_a) - (f_b - f_0)) over some pairs (a, b) of axis nodes.

    `by_span`: each term is divided by how far its two nodes are from x; otherwise by the two steps,
    with the signs of their sides. Nodes of `lower`, a rule of lower order, are among these.
    """

    nodes_a: npt.NDArray[np.intp]
    nodes_b: npt.NDArray[np.intp]
    weights: npt.NDArray[np.longdouble]
    by_span: bool
    lower: MixedRule | None


def places_in(rule: MixedRule, lower: MixedRule) -> list[int]:
    """Where the pairs of nodes of a lower rule are among those of a rule."""
    pairs = list(zip(rule.nodes_a.tolist(), rule.nodes_b.tolist(), strict=True))
    wanted = zip(lower.nodes_a.tolist(), lower.nodes_b.tolist(), strict=True)
    return [pairs.index(pair) for pair in wanted]


@cache
def mixed_rule(side_a: int, side_b: int, order: int) -> MixedRule:
    """The rule for sides 0 (central), +1, -1, on the nodes that second derivatives have there."""
    if bool(side_a) == bool(side_b):
        return _diagonal_rule(side_a != 0, order)
    return _product_rule(side_a != 0, order, side_b != 0, order)


def _diagonal_rule(one_sided: bool, order: int) -> MixedRule:
    """Both alike: one stencil along the diagonal of the two axes, as `pair_formula` has it."""
    below = order - 1 if one_sided else order - 2
    nodes = list(range(len(_offsets(2, one_sided, order))))
    weights = [w / 2 for w in nonbase_weights(2, _offsets(2, one_sided, order))]
    if order == 1:  # Dennis & Schnabel (1983), p. 80
        nodes, weights = [0], [weights[0] * 0 + 1]
    lower = _diagonal_rule(one_sided, below) if below > 0 else None
    return _rule(nodes, nodes, weights, False, lower)


def _product_rule(sided_a: bool, order_a: int, sided_b: bool, order_b: int) -> MixedRule:
    """The product of two stencils for first derivatives, each of its own order."""
    a, b = _offsets(1, sided_a, order_a), _offsets(1, sided_b, order_b)
    places = [(i, j) for i in range(len(a)) for j in range(len(b))]
    weights_a, weights_b = nonbase_weights(1, a), nonbase_weights(1, b)
    weights = [weights_a[i] * a[i] * weights_b[j] * b[j] for i, j in places]
    below_a, below_b = _below(sided_a, order_a), _below(sided_b, order_b)
    lower = None
    if (below_a, below_b) != (order_a, order_b):
        lower = _product_rule(sided_a, below_a, sided_b, below_b)
    return _rule([i for i, _ in places], [j for _, j in places], weights, True, lower)


def _below(one_sided: bool, order: int) -> int:
    """The next lower order that there is, or the same."""
    return max(order - 1, 1) if one_sided else max(order - 2, 2)


def _offsets(n: int, one_sided: bool, order: int) -> list[int]:
    return list(range(1, n + order)) if one_sided else node_offsets(n, "central", order)


def _rule(
    a: list[int], b: list[int], weights: Sequence[Fraction], by_span: bool, lower: Any
) -> MixedRule:
    return MixedRule(np.array(a), np.array(b), rounded(weights)[1], by_span, lower)
