"""The tableau kernel against its twin, and the twin against interpolation in exact fractions."""

from fractions import Fraction

import numpy as np
import pytest

from centraldiff import _twin
from centraldiff._tableau import best_run

EPS = np.finfo(float).eps
DTYPES = [np.float64, np.longdouble]


def levels(rng, n, base=4.0, dtype=np.float64):
    """Squares of steps, ascending, some of them several times as long as the one before."""
    powers = np.cumsum(rng.integers(1, 4, n))
    z = dtype(base) ** (powers - powers[-1])
    return (z * dtype(1 + rng.uniform(-1e-3, 1e-3))).astype(dtype)


def differences(rng, z, noise):
    """What differences look like: a smooth function of z, with noise."""
    smooth = rng.normal() * np.exp(rng.normal() * z) + rng.normal() / (2 + z)
    return (smooth + noise * rng.uniform(-1, 1, len(z))).astype(z.dtype)


def exact_weights(z, degree):
    """By Gauss's elimination in fractions: sum over j of w_j z_j^i is 1 for i = degree, else 0."""
    z = [Fraction(float(node)) for node in z]
    n = len(z)
    rows = [[node**i for node in z] + [Fraction(i == degree)] for i in range(n)]
    for k in range(n):
        pivot = next(r for r in range(k, n) if rows[r][k] != 0)
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for r in range(n):
            if r != k:
                factor = rows[r][k]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


@pytest.mark.parametrize("degree", [0, 1, 2, 4])
@pytest.mark.parametrize("n", [5, 6, 8])
def test_the_twins_weights_are_those_of_the_polynomial_through_all(degree, n):
    rng = np.random.default_rng(n)
    for _ in range(5):
        z = levels(rng, n)
        exact = np.array([float(w) for w in exact_weights(z, degree)])
        np.testing.assert_allclose(_twin.run_weights(z, degree), exact, rtol=40 * EPS)
        # signs alternate: that is why the kernel may add up sizes on its way
        assert (np.sign(exact[1:]) == -np.sign(exact[:-1])).all()


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: np.dtype(d).name)
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("base", [2.0, 4.0])
def test_the_kernel_is_its_twin(degree, base, dtype):
    rng = np.random.default_rng(2024 + degree)
    apart = 64 if base == 4 else 8
    same = 0
    for _ in range(60):
        n = int(rng.integers(degree + 2, 9))
        z = levels(rng, n, base, dtype)
        size = 10.0 ** rng.uniform(-16, -6)
        y = differences(rng, z, size * (rng.random() < 0.7))
        noise = size / np.sqrt(z.astype(float))
        bound = 3 * noise
        got = best_run(z, y, noise, bound, degree, degree + 2, apart)
        twin = _twin.extrapolate(z, y, noise, bound, degree, degree + 2, apart)
        assert (got is None) == (twin is None) == (n < degree + 2)
        chosen = {(run.first, run.last): run for run in _twin.extrapolation_runs(
            z, y, noise, bound, degree, apart
        )}[got[:2]]  # fmt: skip
        # weights times values cancel: their rounding is the only difference of the two
        weights = abs(_twin.run_weights(z[chosen.first : chosen.last + 1], degree))
        slack = 200 * float(
            np.finfo(dtype).eps * (weights @ abs(y[chosen.first : chosen.last + 1]))
        )
        assert abs(got[2] - chosen.value) <= slack
        assert got[3] == pytest.approx(chosen.error, rel=1e-9, abs=10 * slack)
        assert got[4] == pytest.approx(chosen.rounding, rel=1e-10)
        assert got[5] == pytest.approx(chosen.truncation, rel=1e-9, abs=4 * slack)
        # it is the best run: no other one is better by more than rounding
        assert got[3] <= twin.error * (1 + 1e-9) + 20 * slack
        same += got[:2] == twin[:2]
    assert same > 50


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_polynomials_are_exact_and_truncation_is_seen(degree):
    z = 4.0 ** np.arange(-6, 1)
    y = 3 + 5 * z - 7 * z**2
    quiet = np.zeros(len(z))
    first, last, value, _, rounding, truncation = best_run(z, y, quiet, quiet, degree, 3)
    assert abs(value - [3, 5, -7][degree]) <= 1e3 * EPS * 4.0 ** (2 * degree * 2)
    assert rounding == 0
    assert last - first >= degree + 1
    # through two levels the line is off by more than the third shows, or by as much
    _, _, value, error, _, truncation = best_run(z[-3:], y[-3:], quiet[-3:], quiet[-3:], 0, 2)
    assert abs(value - 3) <= max(error, truncation)


def test_rounding_is_the_sum_of_sizes_of_weights_times_noise():
    z = np.array([1 / 16, 1 / 4, 1.0])
    noise = np.array([3.0, 2.0, 1.0])
    # Lagrange at 0: 64/45, -20/45, 1/45
    weights = np.array([64, -20, 1]) / 45
    *_, rounding, _ = best_run(z, np.ones(3), noise, noise)
    assert rounding == pytest.approx(np.abs(weights) @ noise)


def test_witnesses_count_where_they_contradict_beyond_their_bounds():
    z = 4.0 ** np.arange(-9, 1)
    quiet = np.full(len(z), 1e-12)
    y = np.ones(len(z))
    y[:2] = 5.0  # very short steps say another thing
    assert best_run(z[2:], y[2:], quiet[2:], quiet[2:])[3] < 1e-10
    loud = np.where(np.arange(len(z)) < 2, 10.0, 1e-12)
    # with such noise they may: nothing is held against the others
    assert best_run(z, y, loud, loud)[3] < 1e-10
    # where their bounds are tight, all runs above have to answer for it
    runs = _twin.extrapolation_runs(z, y, quiet, quiet, 0, 64)
    assert min(run.error for run in runs if run.first > 4) > 3.9
    assert _twin.extrapolate(z, y, quiet, quiet, 0, 3, 64)[:2] == best_run(z, y, quiet, quiet)[:2]


def test_a_witness_of_a_slope_counts_by_the_steepness_that_it_asks_for():
    z = np.array([1e-6, 1e-4, 0.01, 0.02, 0.04, 0.08])
    y = 1 + 3 * z + 0.5 * z**2
    quiet = np.full(6, 1e-13)
    assert best_run(z, y, quiet, quiet, 1, 4, 8)[3] < 1e-8
    y[:2] += 1e-5  # a bend between the second level and the third
    found = best_run(z[:6], y, quiet, quiet, 1, 4, 8)
    assert found[3] > 1e-3
    twin = _twin.extrapolate(z, y, quiet, quiet, 1, 4, 8)
    assert found[:2] == twin[:2]
    assert found[3] == pytest.approx(twin.error)


def test_too_few_levels_are_no_run():
    z, y = np.array([0.25, 1.0]), np.ones(2)
    assert best_run(z, y, y, y, 0, 3) is None
    assert best_run(z, y, y, y, 0, 2)[:3] == (0, 1, 1.0)
    assert best_run(z[:1], y[:1], y[:1], y[:1], 0, 1) is None
    assert best_run(z, y, y, y, 1, 2) is None  # a slope has no second one to compare with
    with pytest.raises(ValueError, match="no room"):
        best_run(np.ones(33), np.ones(33), np.ones(33), np.ones(33))
    with pytest.raises(ValueError, match="no room"):
        best_run(z, y, y, y, 10)
    with pytest.raises(ValueError, match="one length"):
        best_run(z, np.ones(3), y, y)


def test_values_that_are_nan_or_infinite_are_never_chosen():
    z = 4.0 ** np.arange(-5, 1)
    quiet = np.full(len(z), 1e-14)
    for bad in (np.nan, np.inf):
        y = np.ones(len(z))
        y[-1] = bad
        _, last, value, *_ = best_run(z, y, quiet, quiet)
        assert last < len(z) - 1
        assert value == 1
        y[:] = bad
        assert best_run(z, y, quiet, quiet) is None


def test_as_many_levels_as_there_can_be():
    rng = np.random.default_rng(3)
    z = 4.0 ** np.arange(-31, 1)
    y = np.exp(z) + 1e-15 / np.sqrt(z) * rng.uniform(-1, 1, 32)
    noise = 1e-15 / np.sqrt(z)
    for degree in range(10):
        found = best_run(z, y, noise, noise, degree, degree + 2)
        assert found is not None
        exact = 1 / float(np.prod(np.arange(1.0, degree + 1)))
        if degree < 4:
            assert abs(found[2] - exact) <= 10 * found[3]
