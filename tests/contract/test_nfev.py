"""nfev is the number of calls: every operator, every method, bounds of all kinds, noise."""

import numpy as np
import pytest

import centraldiff as cd

WAYS = (
    {},
    {"order": 4},
    {"method": "forward"},
    {"method": "backward", "order": 2},
    {"method": "complex"},
    {"method": "adaptive"},
    {"method": "adaptive", "noise": "estimate"},
    {"noise": 1e-6},
    {"noise": "estimate", "order": 4},
    {"step_rule": "fdint"},
    {"step_rule": "fdint", "noise": "estimate"},
)
POINTS = (np.array([0.3, -1.2, 0.8]), np.array(0.7), np.array([]), np.array([[1.0, 2.0], [3, 4]]))


def boxes(x):
    """None, x on one side, hardly any room, none, and some of each."""
    place = np.arange(x.size).reshape(x.shape)
    mixed = np.where(place % 2, x, -5), np.where(place % 3 == 0, x, 5)
    around = None, (x, np.inf), (-np.inf, x), (x - 1e-9, x + 1e-9), (x, x), mixed
    return [{} if box is None else {"bounds": box} for box in around]


class Counted:
    """A function that counts its calls, also those in which it raises."""

    def __init__(self, fun):
        self.fun, self.calls = fun, 0

    def __call__(self, x):
        self.calls += 1
        return self.fun(x)


def number(x):
    flat = np.ravel(x)
    return np.sum(np.arange(1, flat.size + 1) * np.sin(flat)) + np.prod(flat)


@pytest.mark.parametrize("x", POINTS, ids=lambda x: str(x.shape))
@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nfev_is_the_number_of_calls(operator, way, x):
    for box in boxes(x):
        fun = Counted(operator.function if operator.takes_array else number)
        try:
            result = operator(fun, x, full_output=True, **way, **box)
        except cd.ArgumentValueError:  # what has no meaning together
            continue
        parts = result[1:] if operator.name.startswith("value") else (result,)
        assert {part.nfev for part in parts} == {fun.calls}, box


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("n", [1, 2])
def test_nfev_of_derivatives(way, n):
    for x in POINTS:
        for box in boxes(x):
            fun = Counted(np.sin)
            try:
                result = cd.derivative(fun, x, n, full_output=True, **way, **box)
            except cd.ArgumentValueError:
                continue
            assert result.nfev == fun.calls, box


@pytest.mark.parametrize("bounds", [None, (0.0, 1.0)])
def test_calls_that_raise_while_a_complex_step_is_checked_count(bounds):
    def only_complex(x):
        if not np.iscomplexobj(x):
            raise ZeroDivisionError
        return np.sin(x)

    fun = Counted(only_complex)
    result = cd.directional_derivative(
        fun, 1.0, 1.0, method="complex", bounds=bounds, full_output=True
    )
    assert result.nfev == fun.calls > 1


@pytest.mark.parametrize("size", [None, 1, 2])
@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("derivative", [cd.gradient, cd.jacobian])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nfev_is_the_number_of_points_where_a_call_takes_many(derivative, way, size):
    points = 0

    def fun(x):
        nonlocal points
        points += x.shape[-1]
        return np.sin(x).sum(axis=0) if derivative is cd.gradient else np.sin(x)

    for x in POINTS[0], POINTS[0][:1], np.array([]):
        for box in boxes(x):
            points = 0
            given = {"vectorized": True, "batch_size": size, "full_output": True, **way, **box}
            assert derivative(fun, x, **given).nfev == points, box


@pytest.mark.parametrize("size", [None, 1])
@pytest.mark.parametrize("beyond", [np.greater, np.less, np.not_equal])
@pytest.mark.parametrize("derivative", [cd.gradient, cd.jacobian])
def test_points_at_which_the_check_of_a_complex_step_raises_count(derivative, beyond, size):
    points = 0

    def fun(x):
        nonlocal points
        points += x.shape[-1]
        if beyond(x.real, 1).any():
            raise ZeroDivisionError
        return x[0] * 3 if derivative is cd.gradient else x * 3

    given = {"vectorized": True, "batch_size": size, "full_output": True}
    assert derivative(fun, [1.0], method="complex", **given).nfev == points > 1


def test_the_error_of_a_complex_step_does_not_take_the_value_for_its_imaginary_part():
    _, found = cd.value_and_gradient(np.sin, 1.0, method="complex", full_output=True)
    assert found.error < 1e-15
    for bounds in ((0, 2), ([0, 1.0], [2, 1.0])):
        _, found = cd.value_and_gradient(
            lambda x: np.sin(x).sum(), [1.0, 1.0], method="complex", full_output=True, bounds=bounds
        )
        assert (found.error < 1e-15).all()
