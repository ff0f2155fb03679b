"""From method and order to a formula: which nodes, which terms, which default step."""

from __future__ import annotations

import sys
from functools import lru_cache, wraps
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ._errors import ArgumentTypeError, ArgumentValueError
from ._stencil import stencil
from ._terms import Formula
from ._validation import as_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

# What stands on the right of a term `value - value`, beside the number of a node.
BASE = -1  # the value at x
NOTHING = -2

T = TypeVar("T")

METHODS = ("central", "forward", "backward", "complex", "adaptive")
_SECOND = tuple(method for method in METHODS if method != "complex")
_CENTRAL_ORDERS = (2, 4, 6, 8)
_ONE_SIDED_ORDERS = (1, 2, 3, 4)
_COMPLEX_EXPONENT = 1.25  # the step is 1e-20 in float64: no cancellation, so the shorter the better


def cached(build: Callable[..., T]) -> Callable[..., T]:
    """Keep what was built for options; what can't be a key is for `build` to refuse."""
    remembered = lru_cache(maxsize=256, typed=True)(build)

    @wraps(build)
    def find(*options: Any) -> T:
        try:
            hash(options)
        except TypeError:
            return build(*options)
        return remembered(*options)

    return find


@cached
def coordinate_formula(n: int, method: Any, order: int | None) -> Formula:
    """n-th derivative with respect to one coordinate, the value at x not being a node."""
    if isinstance(method, str) and method == "complex":
        return _complex_formula(n, order)
    offsets = node_offsets(n, method, order)
    if method == "central" and n % 2:
        # antisymmetric: f(x + kh) - f(x - kh) cancels what it can at once, x is not needed
        plus = range(0, len(offsets), 2)
        minus = [node + 1 for node in plus]
    else:
        plus, minus = range(len(offsets)), [BASE] * len(offsets)
    return _formula(n, method, order, offsets, list(plus), list(minus))


@cached
def element_formula(n: int, method: str, order: int | None) -> Formula:
    """n-th derivative of a function of one variable; x is a node of its own."""
    formula = coordinate_formula(n, method, order)
    if not formula.needs_base:
        return formula
    offsets = [*node_offsets(n, method, order), 0]
    plus = list(range(len(offsets) - 1))
    return _formula(n, method, order, offsets, plus, [len(plus)] * len(plus))


@cached
def one_sided_formula(n: int, sign: int, order: int) -> Formula:
    """n-th derivative on one side of x, of any order: what central ones become at a bound."""
    offsets = [sign * k for k in range(1, n + order)]
    below = None if order == 1 else one_sided_formula(n, sign, order - 1)
    nodes = list(range(len(offsets)))
    return _with_terms(n, order, offsets, nodes, [BASE] * len(offsets), below)


@cached
def pair_formula(method: Any, order: int | None) -> Formula:
    """Second derivatives with respect to two coordinates, from values.

    Along the diagonal of two axes f'' is h_i^2 H_ii + 2 h_i h_j H_ij + h_j^2 H_jj: one stencil,
    used on the axes and on the diagonal, gives H_ij (at order 2: Abramowitz & Stegun 25.3.27). One-
    sided of order 1 there is a cheaper one: Dennis & Schnabel (1983), p. 80.
    """
    if isinstance(method, str) and method == "complex":
        raise ArgumentValueError(
            "method='complex' gives first derivatives only: for second ones use hessian with "
            f"grad=, or one of {_SECOND}"
        )
    offsets = node_offsets(2, method, order)
    below = _lower_order(method, order)
    lower = None if below is None else pair_formula(method, below)
    return _pair_formula(offsets, accuracy(2, method, order), method == "central", lower)


@cached
def one_sided_pair_formula(order: int) -> Formula:
    """The same above x, of any order: what central ones become where there are bounds."""
    lower = None if order == 1 else one_sided_pair_formula(order - 1)
    return _pair_formula(list(range(1, 2 + order)), order, False, lower)


def _pair_formula(offsets: list[int], order: int, central: bool, lower: Formula | None) -> Formula:
    """Second derivatives along axes and the diagonals of two."""
    weights = nonbase_weights(2, offsets)
    nodes = list(range(len(offsets)))
    if not central and order == 1:
        # f(x + h_i + h_j) - f(x + h_i) - f(x + h_j) + f(x)
        pair_nodes = [0]
        pair_weights: Sequence[Fraction | int] = [1]
        axis_weights: Sequence[Fraction | int] = [-1, *[0] * (len(offsets) - 1)]
    else:
        pair_nodes = nodes
        pair_weights = [w / 2 for w in weights]
        axis_weights = [-w / 2 for w in weights]
    return Formula(
        2,
        1 / (2 + order),
        offsets,
        nodes,
        [BASE] * len(offsets),
        weights,
        pair_nodes=pair_nodes,
        axis_weights=axis_weights,
        pair_weights=pair_weights,
        lower=lower,
    )


@cached
def gradient_beside_hessian(method: str, order: int | None) -> Formula:
    """The first derivative out of the values that a Hessian has along its axes."""
    offsets = node_offsets(2, method, order)
    if method == "central":
        return coordinate_formula(1, method, order)
    plus, minus = list(range(len(offsets))), [BASE] * len(offsets)
    return _formula(1, method, order, offsets, plus, minus)


def node_offsets(n: int, method: str, order: int | None) -> list[int]:
    """Offsets of the nodes beside x itself: 1, -1, 2, -2 or 1, 2 or -1, -2, as far as needed."""
    reach = accuracy(n, method, order)
    if method == "central":
        return list(chain.from_iterable((k, -k) for k in range(1, (n + reach - 1) // 2 + 1)))
    sign = 1 if method == "forward" else -1
    return [sign * k for k in range(1, n + reach)]


def accuracy(n: int, method: str, order: int | None) -> int:
    """The order of accuracy that a method stands for, or an error that names what is allowed."""
    if not isinstance(method, str):
        refuse_method(method)
    if method == "central":
        allowed, default = _CENTRAL_ORDERS, 2
    elif method in ("forward", "backward"):
        allowed, default = _ONE_SIDED_ORDERS, 1
    else:
        refuse_method(method)
    if order is None:
        return default
    order = as_integer("order", order, -sys.maxsize, sys.maxsize)
    if order not in allowed:
        raise ArgumentValueError(
            f"order must be one of {allowed} for method='{method}', got {order}"
        )
    return order


def _lower_order(method: str, order: int | None) -> int | None:
    """The next lower order that the method has, whose nodes are the first of this one's."""
    allowed = _CENTRAL_ORDERS if method == "central" else _ONE_SIDED_ORDERS
    place = 0 if order is None else allowed.index(order)
    return allowed[place - 1] if place else None


def refuse_method(method: object) -> NoReturn:
    """The error for a method that does not exist."""
    if not isinstance(method, str):
        raise ArgumentTypeError(f"method must be a str, one of {METHODS}, got {method!r}")
    raise ArgumentValueError(f"method must be one of {METHODS}, got {method!r}")


def _formula(
    n: int, method: str, order: int | None, offsets: list[int], plus: list[int], minus: list[int]
) -> Formula:
    """A formula of a method, with the one of lower order that is inside."""
    below = _lower_order(method, order)
    lower = None if below is None else coordinate_formula(n, method, below)
    return _with_terms(n, accuracy(n, method, order), offsets, plus, minus, lower)


def _with_terms(
    n: int, order: int, offsets: list[int], plus: list[int], minus: list[int], lower: Formula | None
) -> Formula:
    """A formula whose terms are differences of values.

    The first derivative divides each difference by the span that was taken, so its weights hold
    the nominal span; higher ones divide the whole by powers of the step.
    """
    weights = nonbase_weights(n, offsets)
    terms = []
    for a, b in zip(plus, minus, strict=True):
        span = offsets[a] - (offsets[b] if b >= 0 else 0)
        terms.append(weights[a] * span if n == 1 else weights[a])
    return Formula(n, 1 / (n + order), offsets, plus, minus, terms, lower=lower)


def nonbase_weights(n: int, offsets: list[int]) -> list[Fraction]:
    """Weights of all nodes but x, whose own weight is what makes the sum of all zero."""
    nodes = [offset for offset in offsets if offset]
    weights = dict(zip([*nodes, 0], stencil([*nodes, 0], n).weights, strict=True))
    return [weights[offset] for offset in offsets]


def _complex_formula(n: int, order: int | None) -> Formula:
    """Im f(x + ih) / h (Squire & Trapp 1998)."""
    if order is not None:
        raise ArgumentValueError(
            f"order has no meaning for method='complex', which is exact to rounding, got {order!r}"
        )
    if n != 1:
        raise ArgumentValueError(
            f"method='complex' gives first derivatives only, not those of degree {n}: use one of "
            f"{_SECOND}"
        )
    return Formula(1, _COMPLEX_EXPONENT, [1], [0], [NOTHING], [1], imaginary=True)
