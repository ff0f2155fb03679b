"""Functions that numba compiles, in several threads: the same numbers, exceptions and counts."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

numba = pytest.importorskip("numba")

X = np.array([0.3, -1.2, 2.0, 0.7])
WAYS = {
    "central": {},
    "order 4": {"order": 4},
    "adaptive": {"method": "adaptive"},
    "noise": {"noise": 1e-9},
    "estimated noise": {"noise": "estimate"},
    "bounds": {"bounds": (-1.2, 2.0)},
}
WORKERS = 3


# one evaluation takes longer than what other threads are not called for


@numba.njit
def slow_number(x):
    total = 0.0
    for k in range(20_000):
        total += np.sin(x[k % x.size] + k)
    return total * 1e-2 + x[0] * x[1]


@numba.njit
def slow_array(x):
    """Its Jacobian is symmetric."""
    waste = 0.0
    for k in range(20_000):
        waste += np.sin(x[k % x.size] + k)
    return np.cos(x) + np.sum(x) ** 2 + 0 * waste


@numba.njit
def slow_sine(t):
    waste = 0.0
    for k in range(20_000):
        waste += np.sin(t + k)
    return np.sin(t) + 0 * waste


@numba.njit
def slow_until(x):
    waste = 0.0
    for k in range(20_000):
        waste += np.sin(x[k % x.size] + k)
    if x[2] != 2:
        raise ValueError("two")
    return x[0] + 0 * waste


def cost(result):
    parts = result if isinstance(result, tuple) else (result,)
    return [part.nfev for part in parts if isinstance(part, cd.DerivativeResult)]


@pytest.mark.parametrize("way", WAYS)
def test_every_operator(operator, entries, way):
    fun = slow_array if operator.takes_array else slow_number
    expected = operator(fun, X, full_output=True, **WAYS[way])
    found = operator(fun, X, workers=WORKERS, full_output=True, **WAYS[way])
    assert_array_equal(entries(found), entries(expected))
    assert cost(found) == cost(expected)


@pytest.mark.parametrize("method", ["central", "forward", "adaptive", "complex"])
def test_derivatives_of_numbers(method):
    expected = cd.derivative(slow_sine, X, method=method)
    assert_array_equal(cd.derivative(slow_sine, X, method=method, workers=WORKERS), expected)


def test_the_complex_step():
    expected = cd.gradient(slow_number, X, method="complex")
    assert_array_equal(cd.gradient(slow_number, X, method="complex", workers=WORKERS), expected)


def test_prepared_and_called_at_points_of_several_kinds(prepared):
    fun = slow_array if prepared.takes_array else slow_number
    one, several = prepared.prepare(fun), prepared.prepare(fun, workers=WORKERS)
    for x in (X, X[:2], X, X.astype(np.float32)):
        assert_array_equal(several(x), one(x))


@pytest.mark.parametrize("method", ["central", "adaptive"])
def test_an_exception_has_the_note_of_one_thread(method):
    notes = []
    for workers in (None, WORKERS):
        with pytest.raises(ValueError, match="two") as caught:
            cd.gradient(slow_until, X, method=method, workers=workers)
        notes.append(caught.value.__notes__)
    assert notes[0] == notes[1]
    assert len(notes[0]) == 1
