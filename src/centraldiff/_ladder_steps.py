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
)
from ._ladder import UP, Lane, Problem, Rung, climb_all, spacing
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
        odd = max(first - noise, 0) / (self.constant * rung.h**self.order)  # f^(p+1)
        if odd:
            # f^(p+1) changes by itself over the length on which f' or f'' become it
            slope, curve = np.abs(rung.derivative[::-1])
            length = max(
                (slope / odd) ** (1 / self.order), (curve / odd) ** (1 / (self.order - 1)), rung.h
            )
            second = max(second, self.constant * rung.h**self.order * odd / length)
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
    """Steps for derivatives of a degree, where the noise is (m, 1), of elements (1, n)."""
    p = accuracy(degree, method, order)
    level = np.atleast_2d(np.transpose(noise))  # a row for all lanes, or one for each
    floor = float(rounding_unit(sampler.x.dtype))
    base = sampler.at_x()
    share = _share(base, np.fmax(level, floor * np.abs(base)))
    if mixed:
        aside = sampler.moved(_aside(sampler.x, typical, share[0] ** (1 / (degree + p))))
        base_aside = aside.at_x()
        if np.isfinite(base_aside).all():
            sampler, base = aside, base_aside
    formulas = [coordinate_formula(degree, method, order)]
    symmetric = mixed and method == "central"
    if symmetric:
        formulas.append(gradient_beside_hessian(method, order))
    values = _differences(sampler, formulas, base, level, floor)
    problem = Problem(degree, p, values)
    if symmetric:
        slope = stencil([0, *node_offsets(degree, method, order)], 1)
        problem = Mixed(degree, p, values, abs(float(slope.error_constant)))
    lanes = _lanes(sampler, problem, share, typical)
    for lane in lanes:
        lane.excluded = np.array([False, True]) if symmetric else False
    found = climb_all(problem, lanes)
    h = np.array([one.h for one in found], dtype=sampler.x.dtype)
    truncation = np.array([one.truncation for one in found]).T
    seen = np.array([one.seen for one in found]).T
    if symmetric:
        # seen beside x, from where the third derivative changes by the fourth times a step or so
        return Steps(h, truncation[:1], seen[:1], slope=truncation[1:] + 2 * h * truncation[:1])
    return Steps(h, truncation, seen)


def _aside(x: Array, typical: Array | float, relative: float) -> Array:
    """A point beside x: every other coordinate moves the other way."""
    sign = np.where(np.arange(x.size) % 2, -1, 1).reshape(x.shape)
    aside: Array = x + sign * np.maximum(np.abs(x), typical) * relative
    return aside.astype(x.dtype)


def _differences(
    sampler: Sampler, formulas: list[Formula], base: Array, level: Array, floor: float
) -> Callable[[list[int], list[float]], list[Rung]]:
    """What a Problem wants to be told: rungs of some lanes."""
    offsets = formulas[0].arrays()["offsets"]

    def difference(lanes: list[int], h: list[float]) -> list[Rung]:
        moves, rows = sampler.along(lanes, h, offsets)
        here = base[lanes] if len(base) > 1 else base
        noise = level[lanes] if len(level) > 1 else level
        largest = np.maximum(np.abs(rows).max(axis=1), np.abs(here))
        off = np.fmax(noise, np.where(np.isfinite(largest), floor * largest, 0))
        off = np.where(np.isfinite(here), off, np.inf)  # no derivative without a value
        derivatives, errors = [], []
        for formula in formulas:
            spans = _spans(formula, moves)
            derivatives.append(_twin.combine_axis(here, rows, spans, formula).T)
            errors.append(off * term_amplification(formula, spans)[:, None])
        derivative, error = np.hstack(derivatives), np.hstack(errors)
        return [Rung(h[i], derivative[i], error[i]) for i in range(len(lanes))]

    return difference


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


def _lanes(sampler: Sampler, problem: Problem, share: Array, typical: Array | float) -> list[Lane]:
    """A ladder for each lane: where it begins, and how far it reaches."""
    a = spacing(problem.power)
    far, near = sampler.sizes(typical)
    # noise makes up for the size of high derivatives only where their steps are long
    longest = far * _FARTHEST * max(1.0, problem.degree / 2)
    first = np.minimum(far * share ** (1 / problem.power), longest / a)
    shortest = np.maximum(16 * near, far * _SHORTEST)
    up = np.floor(np.log(longest / first) / np.log(a) - 1 + 1e-9)
    down = np.ceil(np.log(shortest / first) / np.log(a))
    return [
        Lane(float(first[i]), int(min(down[i], 0)), int(min(max(up[i], 0), UP)))
        for i in range(sampler.count)
    ]
