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
    searches = [find_interval(float(guess[i]), float(far[i])) for i in range(count)]
    wanted = {i: next(search) for i, search in enumerate(searches)}
    found: dict[int, Interval] = {}
    curves: dict[tuple[int, float], Array] = {}
    while wanted:
        lanes, tried = list(wanted), list(wanted.values())
        _, rows = sampler.along(lanes, tried, (1, -1))
        for i, h, (plus, minus) in zip(lanes, tried, rows, strict=True):
            forward, backward = (plus - here[i]) / h, (here[i] - minus) / h
            curves[i, h] = (forward - backward) / h
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
    for i, one in found.items():
        if one.phi is not None:
            truncation[i] = np.abs(curves[i, one.phi]) * one.one_sided / 2
    found_steps = [found[i].central if central else found[i].one_sided for i in range(count)]
    steps = np.array(found_steps, sampler.x.dtype)
    return Steps(steps, truncation.T, truncation.T > 0, tells=not central)


def _size(differences: Array) -> float:
    """The root mean square of differences in units of noise; infinite beyond fun's domain."""
    if not differences.size:
        return 0.0
    size = float(np.sqrt(np.mean(differences**2)))
    return size if np.isfinite(size) else np.inf
