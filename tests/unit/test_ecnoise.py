"""Noise out of difference tables: what is read off seven values, and the walk between spacings."""

import numpy as np
import pytest

from centraldiff import _ecnoise
from centraldiff._ecnoise import FLAT, HIGHEST, LOWEST, SEEN, SHRINK, START, STEEP, read, settle


def values(fun, spacing, x=1.0):
    return np.array([[fun(x + k * spacing)] for k in range(_ecnoise.POINTS)])


def noise_of(fun, x=1.0):
    """What the walk ends with, and the exponents it went through."""
    asked = []

    def rows(wanted, exponent):
        asked.append(exponent)
        return values(fun, START * SHRINK**exponent, x)

    return settle(rows, 1)[0], asked


def test_differences_of_noise_have_its_level_at_every_order():
    rng = np.random.default_rng(0)
    reading = read(rng.normal(10.0, 1e-3, (_ecnoise.POINTS, 4000)))
    # one table is known to a factor; all together they are right
    seen = reading.level[reading.verdict == SEEN]
    assert seen.size > 3500
    assert np.sqrt((seen**2).mean()) == pytest.approx(1e-3, rel=0.1)


@pytest.mark.parametrize(
    ("fun", "spacing", "verdict"),
    [
        (np.exp, 0.1, STEEP),  # a trend, with rounding far below it
        (np.exp, 1e-5, SEEN),  # rounding
        (lambda x: np.round(x, 3), 1e-5, FLAT),
        (lambda x: 2.0, 1.0, FLAT),
        (lambda x: np.nan, 1.0, STEEP),
        (lambda x: np.inf if x > 1.2 else x, 0.1, STEEP),
    ],
)
def test_verdicts(fun, spacing, verdict):
    assert read(values(fun, spacing)).verdict[0] == verdict


def test_no_size_of_values_overflows_or_underflows():
    rng = np.random.default_rng(1)
    table = 1 + 1e-6 * rng.standard_normal((_ecnoise.POINTS, 1))
    level = read(table).level[0]
    for scale in (1e300, 1e-300):
        assert read(scale * table).level[0] == pytest.approx(scale * level, rel=1e-10)


def test_one_function_does_not_touch_another():
    rng = np.random.default_rng(2)
    table = 1 + 1e-6 * rng.standard_normal((_ecnoise.POINTS, 3))
    table[:, 1] = np.nan
    together = read(table)
    for i in (0, 2):
        assert together.level[i] == read(table[:, [i]]).level[0]
    assert np.isnan(together.level[1])


@pytest.mark.parametrize("noise", [1e-12, 1e-8, 1e-4])
@pytest.mark.parametrize("x", [0.0, 1.0])
def test_finds_the_noise_of_a_smooth_function(noise, x):
    rng = np.random.default_rng(3)
    ratios = [
        noise_of(lambda t: np.sin(t) + noise * rng.standard_normal(), x)[0] / noise
        for _ in range(50)
    ]
    assert 0.7 < np.median(ratios) < 1.4
    assert min(ratios) > 0.05
    assert max(ratios) < 4


def test_walks_to_where_noise_shows():
    level, asked = noise_of(
        lambda t: np.round(np.sin(t), 3)
    )  # rounded so far that neighbours are equal
    assert asked == [0, 1]
    assert 1e-4 < level < 1e-3
    level, asked = noise_of(lambda t: np.sin(1e4 * t))  # so fast that it looks like noise
    assert asked[:3] == [0, -1, -2]
    assert level < 1e-10
    level, asked = noise_of(lambda t: 0.0)
    assert (level, asked) == (0, [0, 1])


def test_walks_are_bounded_and_honest():
    rng = np.random.default_rng(4)
    level, asked = noise_of(lambda t: rng.random())
    assert asked == list(range(0, LOWEST - 1, -1))
    assert 0.05 < level < 1
    level, asked = noise_of(lambda t: np.nan)
    assert level == 0
    assert len(asked) == 1 - LOWEST
    # flat and steep in turn: no way to go on, so the jumps that are seen tell
    level, asked = noise_of(lambda t: np.floor(3e5 * (t - 1)) ** 3)
    assert len(asked) <= 1 + HIGHEST - LOWEST
    assert level > 0


def test_where_no_level_is_sure_the_least_that_was_seen_counts():
    walk = _ecnoise._walk(-2)
    next(walk)
    for level in (3e-4, 1e-4):
        walk.send((STEEP, level, False))
    with pytest.raises(StopIteration) as end:
        walk.send((STEEP, 2e-4, False))
    assert end.value.value == 1e-4
