"""step_rule="fdint" with values from a sampler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._fdint import Interval, Look, find_interval
from ._steps import rounding_unit
from ._steps_found import Steps

if TYPE_CHECKING:
    import numpy.typing as npt

    from ._sample import Sampler

    Array = npt.NDArray[Any]


@np.errstate(all="ignore")
def search(sampler: Sampler, method: str, noise: Array | float, typical: Array | float) -> Steps:
    """Steps for first derivatives; noise (m, 1), of elements (1, n), or 0: their rounding."""
    base = sampler.at_x()
    count = sampler.count
    unit = float(rounding_unit(sampler.x.dtype))
    size = np.abs(base)
    off = np.fmax(np.transpose(noise), unit * size)
    here = np.broadcast_to(base, (count, base.shape[1]))
    floor = np.broadcast_to(off, here.shape)
    far, near = sampler.sizes(typical)
    # 2 (1 + |x|) sqrt(eps / (1 + |f|)), and what rounding of f of size 1 would make it
    share = np.nanmedian(np.where(np.isfinite(here), floor / (1 + np.abs(here)), 0), axis=1)
    guess = np.maximum(2 * far * np.sqrt(np.maximum(share, unit)), 16 * near)
    # where one side has no room, differences are taken about a point on the other
    below, above = sampler.rooms()
    both, one = np.minimum(below, above), np.maximum(below, above) / 2
    aside = (both < 100 * guess) & (both < one)
    longest = np.minimum(far, np.where(aside, one, both))
    nodes = np.where(aside[:, None], np.where(above > below, 1, -1)[:, None] * [1, 2], [1, -1])
    searches = {
        i: find_interval(float(guess[i]), float(longest[i]))
        for i in range(count)
        if longest[i] > 16 * near[i]  # else there is no room, and the plan has to see to it
    }
    wanted = {i: next(search) for i, search in searches.items()}
    found = {i: Interval(float(guess[i]), float(guess[i]), None) for i in range(count)}
    curves: dict[tuple[int, float], Array] = {}
    while wanted:
        lanes, tried = list(wanted), list(wanted.values())
        _, rows = sampler.along(lanes, tried, nodes[lanes])
        for i, h, (plus, minus) in zip(lanes, tried, rows, strict=True):
            forward, backward = (plus - here[i]) / h, (here[i] - minus) / h
            if aside[i]:
                backward = (minus - plus) / h
            curves[i, h] = np.abs(forward - backward) / h
            level = np.fmax(floor[i], unit * np.maximum(np.abs(plus), np.abs(minus)))
            counts = np.isfinite(here[i]) & (level > 0)
            sizes = (_size((d / level)[counts]) for d in (forward, backward, curves[i, h]))
            try:
                wanted[i] = searches[i].send(Look(*sizes))
            except StopIteration as end:
                found[i] = end.value
                del wanted[i]
    central = method == "central"
    truncation = np.zeros(here.shape)
    for i, interval in found.items():
        if interval.phi is not None:
            truncation[i] = curves[i, interval.phi] * interval.one_sided / 2
    found_steps = [found[i].central if central else found[i].one_sided for i in range(count)]
    steps = np.array(found_steps, sampler.x.dtype)
    return Steps(steps, truncation.T, truncation.T > 0, tells=not central)


def _size(differences: Array) -> float:
    """The root mean square of differences in units of noise; infinite beyond fun's domain."""
    if not differences.size:
        return 0.0
    size = float(np.sqrt(np.mean(differences**2)))
    return size if np.isfinite(size) else np.inf
