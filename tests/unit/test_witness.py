"""Second derivatives by other steps: which steps those are, and what the witness makes of them."""

import math

import numpy as np
import pytest

import centraldiff as cd

X = np.array([1.0, 2.0])


def searched(fun, x, **options):
    """The result, and all points at which fun was called."""
    points = []
    found = cd.hessian(
        lambda x: (points.append(x.copy()), fun(x))[1], x, noise=1e-8, full_output=True, **options
    )
    return found, np.array(points)


def smooth(x):
    return math.sin(x[0]) * math.exp(0.3 * x[1])


def moved(points, x, steps):
    """How many points have moved along both coordinates, by these steps."""
    return int((np.abs(np.abs(points - x) - steps) <= 1e-6 * steps).all(axis=1).sum())


def test_longer_steps_where_there_is_room():
    found, points = searched(smooth, X)
    assert moved(points, X, 2 * found.step) == 2
    assert moved(points, X, found.step / 2) == 0
    # the search, the witness, the Hessian
    assert found.nfev == len(points)
    assert (len(points) - 2 - 7 - 7) % 2 == 0


def test_only_who_asks_for_the_error_pays_for_it():
    points = []
    H = cd.hessian(lambda x: (points.append(1), smooth(x))[1], X, noise=1e-8)
    found, others = searched(smooth, X)
    np.testing.assert_array_equal(H, found.value)
    assert len(others) - len(points) == 7


def test_shorter_steps_within_bounds():
    box = (X - 0.02, X + 0.02)
    found, points = searched(smooth, X, bounds=box)
    assert moved(points, X, found.step / 2) == 2
    assert (points >= box[0]).all()
    assert (points <= box[1]).all()
    true = math.cos(1.0) * 0.3 * math.exp(0.6)
    assert abs(found.value[0, 1] - true) <= 3 * found.error[0, 1]


@pytest.mark.parametrize("outside", [lambda: np.nan, lambda: math.log(-1.0), lambda: 1 / 0.0])
def test_shorter_steps_within_the_domain(outside):
    asked, _ = searched(smooth, X)
    edge = X + 1.5 * asked.step  # the diagonal by twice the steps is outside

    def fun(x):
        return outside() if (x > edge).all() else smooth(x)

    found, points = searched(fun, X)
    np.testing.assert_array_equal(found.value, asked.value)
    assert moved(points, X, found.step / 2) == 2
    assert np.isfinite(found.error).all()


def test_other_exceptions_come_through():
    asked, _ = searched(smooth, X)

    def fun(x):
        if (x > X + 1.5 * asked.step).all():
            raise ValueError("not what math says")
        return smooth(x)

    with pytest.raises(ValueError, match="not what math says"):
        searched(fun, X)


def test_complex_values_are_refused_there_too():
    asked, _ = searched(smooth, X)

    def fun(x):
        return smooth(x) + 1j if (x > X + 1.5 * asked.step).all() else smooth(x)

    with pytest.raises(cd.FunctionTypeError, match="real number"):
        searched(fun, X)


def test_steps_shorter_than_x_where_those_found_are_longer():
    x = np.array([1e-4, 2e-4])
    found, points = searched(lambda x: x[0] ** 2 + x[0] * x[1], x)
    assert (found.step > x).all()
    assert moved(points, x, x / 4) == 2
