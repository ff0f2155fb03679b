"""fun raises: the exception comes through with a note, and nothing is harmed."""

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

POINT = np.array([[0.3, -1.2, 2.0], [0.7, 1.1, -0.4]])


class StubbornError(Exception):
    """Takes no note."""

    def add_note(self, note):
        raise RuntimeError("no notes here")


class Unusual(BaseException):
    """Not an Exception."""


def raising_at(operator, number, error):
    calls = []

    def fun(x):
        calls.append(1)
        if len(calls) == number:
            raise error
        value = operator.function(x.copy())
        x[...] = np.nan
        return value

    return fun


@pytest.mark.parametrize("number", [1, 2, 5, "last"])
def test_an_exception_harms_nothing_and_says_where(planned, number):
    # trap 18: peers leave x displaced
    number = len(planned.plan(POINT)) if number == "last" else number
    error = KeyError("boo")
    x = POINT.copy()
    with pytest.raises(KeyError) as caught:
        planned(raising_at(planned, number, error), x)
    assert caught.value is error
    assert_array_equal(x, POINT)
    (note,) = error.__notes__
    total = len(planned.plan(POINT))
    assert f"evaluation {number} of {total} of {planned.argument}" in note
    moved = np.argwhere(planned.plan(POINT).points()[number - 1] != POINT)
    for place in moved:
        assert f"x[{place[0]}, {place[1]}] displaced by" in note
    assert len(moved) or note.endswith("at x")


def test_the_note_has_the_displacement():
    def fun(x):
        if x[1] < 2:
            raise ZeroDivisionError
        return 1.0

    with pytest.raises(ZeroDivisionError) as caught:
        cd.gradient(fun, [1.0, 2.0], abs_step=0.125)
    assert re.search(
        r"evaluation 4 of 4 of fun, at x\[1\] displaced by -0\.125", caught.value.__notes__[0]
    )


@pytest.mark.parametrize("name", ["directional_derivative", "hessian_vector_product"])
def test_a_note_for_points_along_a_line(name):
    def fun(x):
        if x[1] != 2:
            raise ZeroDivisionError
        return 1.0

    with pytest.raises(ZeroDivisionError) as caught:
        getattr(cd, name)(fun, [1.0, 2.0], [0.0, 1.0])
    assert re.search(r"evaluation \d of \d+ of fun, .*along v", caught.value.__notes__[0])


def test_a_note_for_a_function_of_a_number():
    with pytest.raises(ZeroDivisionError) as caught:
        cd.derivative(lambda x: 1 / (x - 2.5), [1.0, 2.0], abs_step=0.5)
    assert "evaluation 3 of 4 of fun, at x[1] displaced by +0.5" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        SystemExit(3),
        GeneratorExit(),
        Unusual(),
        StopIteration(),
        StubbornError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_kind_of_exception_comes_through(operator, error):
    x = POINT.copy()
    with pytest.raises(type(error)) as caught:
        operator(raising_at(operator, 2, error), x)
    assert caught.value is error
    assert_array_equal(x, POINT)


def test_an_object_works_again_after_an_exception(prepared):
    x = POINT.ravel().copy()
    fail = []

    def fun(x):
        if fail and x[2] != POINT[0, 2]:
            raise ValueError("boo")
        return prepared.function(x)

    derivative = prepared.prepare(fun)
    expected = derivative(x).copy()
    out = np.full(expected.shape, 7.0)
    for _ in range(3):
        fail.append(1)
        with pytest.raises(ValueError, match="boo"):
            derivative(x, out=out)
        assert_array_equal(out, 7.0)
        fail.clear()
        assert_array_equal(derivative(x), expected)
    assert derivative(x, out=out) is out
    assert_array_equal(out, expected)
