"""Plans whose points are listed."""

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._evaluate import Callback
from centraldiff._formula import coordinate_formula
from centraldiff._table import TablePlan

FORMULA = coordinate_formula(1, "central", None)
X = np.array([[1.0, -2.0], [0.5, 3.0]])
TYPES = [np.float32, np.float64, np.longdouble]


def seen(plan):
    """What fun is called with, through an evaluator."""
    points = []
    fun = lambda x: points.append(np.array(x)) or 0.0  # noqa: E731
    from centraldiff._run import differentiate

    with pytest.raises(TypeError, match="no derivative"):
        plan.combine(np.zeros(len(plan)))
    differentiate(plan, Callback(fun))
    return np.array(points)


@pytest.mark.parametrize("dtype", TYPES)
def test_listed_points_are_x_with_those_coordinates_changed(dtype):
    x = X.astype(dtype)
    third = dtype(1) / dtype(3)
    plan = TablePlan(FORMULA, x)
    plan.extend([-1, 0, 2, 1], [0, third, 7, -third], [-1, -1, 3, 2], [0, 0, third, 5])
    expected = np.repeat(x[None], 4, axis=0).reshape(4, -1)
    expected[1, 0] = third
    expected[2, [2, 3]] = [7, third]
    expected[3, [1, 2]] = [-third, 5]
    assert len(plan) == 4
    np.testing.assert_array_equal(plan.points(), expected.reshape(4, 2, 2))
    np.testing.assert_array_equal(seen(plan), expected.reshape(4, 2, 2))


@pytest.mark.parametrize("dtype", TYPES)
def test_points_along_lines_and_one_coordinate_beside(dtype):
    x = X.astype(dtype)
    lines = np.array([np.full((2, 2), 0.1), [[0.0, 0.3], [0, 0]]], dtype)
    plan = TablePlan(FORMULA, x, lines=lines)
    plan.extend([-2, -3, -2], [2, -1, 0.5], [-1, -1, 3], [0, 0, 9])
    points = plan.points()
    np.testing.assert_array_equal(points[0], x + dtype(2) * lines[0])
    np.testing.assert_array_equal(points[1], x - lines[1])
    last = x + dtype(0.5) * lines[0]
    last[1, 1] = 9
    np.testing.assert_array_equal(points[2], last)


def test_elements_are_numbers():
    plan = TablePlan(FORMULA, X, elements=True)
    plan.extend([0, 3, 3], [1.5, 3.0, 2.5])
    np.testing.assert_array_equal(seen(plan), [1.5, 3.0, 2.5])


def test_emptied_and_filled_again():
    plan = TablePlan(FORMULA, X)
    for count in (0, 1, 15, 16, 17, 1000, 3):
        plan.restart()
        assert len(plan) == 0
        plan.extend(np.zeros(count, int), np.arange(count))
        assert len(plan) == count
        np.testing.assert_array_equal(plan.points()[:, 0, 0], np.arange(count))


def test_words():
    plan = TablePlan(FORMULA, X, lines=np.ones((1, 2, 2)))
    plan.extend([-1, 1, 0, -2, -2], [0, -1.5, 0.75, -0.5, 2], [-1, -1, 3, -1, 2], [0, 0, 4, 0, 0])
    assert [plan.place(k) for k in range(5)] == [
        "at x",
        "at x[0, 1] displaced by +0.5",
        "at x[0, 0] displaced by -0.25 and x[1, 1] displaced by +1",
        "at x displaced by -0.5 steps along v",
        "at x displaced by +2 steps along v and x[1, 0] displaced by -0.5",
    ]
    with pytest.raises(cd.ArgumentValueError, match="from 0 to 4"):
        plan.place(5)


@pytest.mark.parametrize(("i", "j"), [(4, -1), (0, 4), (-2, -1)])
def test_what_is_not_there_is_refused(i, j):
    with pytest.raises(cd.ArgumentValueError, match="no such"):
        TablePlan(FORMULA, X).extend(i, 1.0, j, 1.0)


@pytest.mark.parametrize("dtype", TYPES)
def test_of_complex_points_a_node_is_the_imaginary_part(dtype):
    x = X.astype(dtype)
    plan = TablePlan(coordinate_formula(1, "complex", None), x, lines=x[None])
    plan.extend([1, -2], [1e-20, 3e-20])
    expected = np.stack([x, x]).astype(plan.points().dtype)
    expected[0, 0, 1] += 1j * dtype(1e-20)
    expected[1] += 1j * (dtype(3e-20) * x)
    np.testing.assert_array_equal(plan.points(), expected)
    assert plan.place(0) == "at x[0, 1] displaced by +1e-20i"
