"""The ladder's problems: formulas, with values from a sampler.

Hessians need more than second differences on axes through x tell. Those of sin(x) exp(y) at x = 0
have no truncation at all, however long the steps, but its mixed derivative has. So lanes go through
a point beside x, about as far from it on each axis as steps will be long; and where the stencil is
symmetric, the first derivative out of the same values is looked at too: what its truncation, and
the distance over which the function changes, say of the fourth derivative counts as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _twin
from ._error_estimate import term_amplification
from ._formula import (
    BASE,
    accuracy,
    coordinate_formula,
    gradient_beside_hessian,
    node_offsets,
    one_sided_formula,
)
from ._ladder import UP, Lane, Problem, Rung, climb_all, spacing
from ._sample import room
from ._stencil import stencil
from ._steps import rounding_unit
from ._steps_found import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ._sample import Sampler
    from ._terms import Formula

    Array = npt.NDArray[Any]

_FARTHEST = 0.5  # of x's size: longer steps are a matter of typical_x
_SHORTEST = 1e-20  # of x's size, where x is 0


@dataclass(frozen=True, slots=True)
class Mixed(Problem):
    """Second differences along one axis, for mixed derivatives; the first derivative is beside."""

    constant: float = 0.0  # truncation of the first derivative, per h^p f^(p+1)

    def truncation(self, rung: Rung, upper: Rung) -> Array:
        second, first = np.abs(rung.derivative - upper.derivative) / self.gain
        noise = (rung.noise + upper.noise)[1] / self.gain
        unit = self.constant * np.float64(rung.h) ** self.order  # may be infinite, without an error
        odd = max(first - noise, 0) / unit  # f^(p+1)
        if odd:
            # f^(p+1) changes by itself over the length on which f' or f'' become it
            slope, curve = np.abs(rung.derivative[::-1])
            length = max(
                (slope / odd) ** (1 / self.order), (curve / odd) ** (1 / (self.order - 1)), rung.h
            )
            second = max(second, unit * odd / length)
        return np.array([second, first])


@np.errstate(all="ignore")
def search(
    sampler: Sampler,
    *,
    degree: int,
    method: str,
    order: int | None,
    noise: Array | float,
    typical: Array | float,
    mixed: bool = False,
) -> Steps:
    """Steps for derivatives of a degree, where the noise is (m, 1), of elements (1, n).

    Lanes that have no room for the stencil that is asked for get that of the same order on one side
    of x, as plans do.
    """
    p = accuracy(degree, method, order)
    level = np.atleast_2d(np.transpose(noise))  # a row for all lanes, or one for each
    floor = float(rounding_unit(sampler.x.dtype))
    base = sampler.at_x()
    share = np.maximum(_share(base, np.fmax(level, floor * np.abs(base))), floor)
    if mixed:
        aside = sampler.moved(_aside(sampler, typical, share[0] ** (1 / (degree + p))))
        base_aside = aside.at_x()
        if np.isfinite(base_aside).all():
            sampler, base = aside, base_aside
    far, near = sampler.sizes(typical)
    first = far * share ** (1 / (degree + p))
    # noise makes up for the size of high derivatives only where steps are long
    longest = far * _FARTHEST * max(1.0, degree / 2)
    sides, longest = _sides(sampler, degree, p, method, first, longest)
    shortest = np.maximum(16 * near, far * _SHORTEST)
    m = base.shape[1]
    h = np.maximum(first, shortest).astype(sampler.x.dtype)
    searched = (
        (longest > shortest) & np.isfinite(longest) & (first > 0)
    )  # else there is no room, and the plan has to see what it can do
    truncation = np.zeros((m, h.size))
    seen, kink = np.zeros((m, h.size), bool), np.zeros((m, h.size))
    for side in np.unique(sides[searched]).tolist():
        group = np.flatnonzero(searched & (sides == side))
        formulas = _formulas(degree, method, order, side)
        symmetric = mixed and side == 0 and method == "central"
        if symmetric:
            formulas.append(gradient_beside_hessian(method, order))
        values = _differences(sampler, group, formulas, base, level, floor)
        problem = Problem(degree, p, values)
        if symmetric:
            nodes = [0, *node_offsets(degree, method, order)]
            problem = Mixed(degree, p, values, abs(float(stencil(nodes, 1).error_constant)))
        lanes = _lanes(problem, first[group], longest[group], shortest[group])
        for lane in lanes:
            lane.excluded = np.array([False, True]) if symmetric else False
        for i, one in zip(group.tolist(), climb_all(problem, lanes), strict=True):
            h[i] = one.h
            truncation[:, i], seen[:, i] = one.truncation[:m], one.seen[:m]
            kink[:, i] = 0 if one.kink is None else one.kink[:m]
    return Steps(h, truncation, seen, kink)


def _formulas(degree: int, method: str, order: int | None, side: int) -> list[Formula]:
    """The formula of lanes on a side of x, 0 being where the method wants to be."""
    if side == 0:
        return [coordinate_formula(degree, method, order)]
    return [one_sided_formula(degree, side, accuracy(degree, method, order))]


def _sides(
    sampler: Sampler, degree: int, p: int, method: str, first: Array, longest: Array
) -> tuple[npt.NDArray[np.int8], Array]:
    """The side of x that each lane is searched on (0: as asked), and its longest step there."""
    below, above = sampler.rooms()
    one_sided = degree + p - 1
    ahead, back = above / one_sided, below / one_sided
    asked = {
        "central": np.minimum(above, below) / (one_sided // 2),
        "forward": ahead,
        "backward": back,
    }[method]
    other = np.where(ahead >= back, 1, -1)
    most = np.maximum(ahead, back)
    wanted = np.minimum(longest, first * spacing(degree + p) ** 2)
    leaves = (asked < wanted) & (asked < most)
    sides = np.where(leaves, other, 0).astype(np.int8)
    return sides, np.minimum(longest, np.where(leaves, most, asked))


def _aside(sampler: Sampler, typical: Array | float, relative: float) -> Array:
    """A point beside x: every other coordinate moves the other way, as far as there is room."""
    x = sampler.x
    sign = np.where(np.arange(x.size) % 2, -1, 1).reshape(x.shape)
    move = np.where(x != 0, np.abs(x), typical) * relative
    below, above = room(x, sampler.box)
    sign = np.where(np.where(sign > 0, above, below) < move, np.where(above < below, -1, 1), sign)
    moved: Array = x + sign * np.minimum(move, np.where(sign > 0, above, below) / 2)
    return np.asarray(moved, x.dtype)  # a number becomes a scalar on the way


def _differences(
    sampler: Sampler,
    group: npt.NDArray[np.intp],
    formulas: list[Formula],
    base: Array,
    level: Array,
    floor: float,
) -> Callable[[list[int], list[float]], list[Rung]]:
    """What a Problem wants to be told: rungs of some lanes of a group."""
    offsets = formulas[0].arrays()["offsets"]

    def difference(lanes: list[int], h: list[float]) -> list[Rung]:
        numbers = group[lanes]
        moves, rows = sampler.along(numbers, h, offsets)
        here = base[numbers] if len(base) > 1 else base
        noise = level[numbers] if len(level) > 1 else level
        largest = np.maximum(np.abs(rows).max(axis=1), np.abs(here))
        off = np.fmax(noise, np.where(np.isfinite(largest), floor * largest, 0))
        off = np.where(np.isfinite(here), off, np.inf)  # no derivative without a value
        derivatives, errors = [], []
        for formula in formulas:
            spans = _spans(formula, moves)
            derivatives.append(_twin.combine_axis(here, rows, spans, formula).T)
            errors.append(off * term_amplification(formula, spans)[:, None])
        derivative, error = np.hstack(derivatives), np.hstack(errors)
        slopes = _slopes(offsets, moves, rows, here, off) if formulas[0].degree == 1 else None
        return [
            Rung(h[i], derivative[i], error[i], slopes and (slopes[0][i], slopes[1][i]))
            for i in range(len(lanes))
        ]

    return difference


def _slopes(
    offsets: Array, moves: Array, rows: Array, here: Array, off: Array
) -> tuple[Array, Array] | None:
    """How much slopes to both sides differ (L, m), and the noise of that; None on one side of x."""
    ahead, back = np.flatnonzero(offsets == 1), np.flatnonzero(offsets == -1)
    if not (ahead.size and back.size):
        return None
    i, j = ahead[0], back[0]
    to, fro = moves[:, i, None], moves[:, j, None]
    gap = (rows[:, i] - here) / to - (rows[:, j] - here) / fro
    return gap, off * (2 / np.abs(to) + 2 / np.abs(fro))


def _spans(formula: Formula, moves: Array) -> Array:
    """What the terms are divided by, (L, q), where nodes are displaced by moves (L, s)."""
    arrays = formula.arrays()
    if formula.degree > 1:
        h = moves[:, 0] / arrays["offsets"][0]
        return np.repeat(h[:, None], len(arrays["plus"]), axis=1)
    minus = arrays["minus"]
    return moves[:, arrays["plus"]] - np.where(minus == BASE, 0, moves[:, minus])


def _share(base: Array, off: Array) -> Array:
    """How much of fun's size is noise: for all lanes, or for each element."""
    share = off / np.maximum(np.abs(base), off)
    share = np.where(np.isfinite(share), share, np.nan)
    return np.array(
        [np.median(row[~np.isnan(row)]) if (row == row).any() else 1.0 for row in share]
    )


def _lanes(problem: Problem, first: Array, longest: Array, shortest: Array) -> list[Lane]:
    """A ladder for each lane: where it begins, and how far it reaches."""
    a = problem.spacing
    first = np.minimum(first, longest / a)
    up = np.floor(np.log(longest / first) / np.log(a) - 1 + 1e-9)
    down = np.ceil(np.log(shortest / first) / np.log(a))
    return [
        Lane(float(first[i]), int(min(down[i], 0)), int(min(max(up[i], 0), UP)))
        for i in range(len(first))
    ]
