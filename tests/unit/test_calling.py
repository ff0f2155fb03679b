"""The options that say how fun is called."""

import copy
import pickle

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._calling import Calling, settle_calling
from centraldiff._doors import evaluator_for
from centraldiff._evaluate import Callback
from centraldiff._tasks import task_of


def test_settled():
    assert settle_calling("array", False, None) == Calling()
    assert settle_calling("list", np.False_, None) == Calling("list")
    assert settle_calling("array", True, np.int64(7)) == Calling("array", True, 7)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (("tuple", False, None), ValueError, "x_as must be 'array', 'list' or 'arguments', got 't"),
        ((list, False, None), TypeError, "x_as must be 'array', 'list' or 'arguments', got <"),
        (("array", 1, None), TypeError, "vectorized must be True or False, got int 1"),
        (("list", True, None), ValueError, "x_as must be 'array', got 'list'"),
        (("array", True, 0), ValueError, "batch_size must be from 1 to"),
        (("array", True, 2.0), TypeError, "batch_size must be an integer, got float 2.0"),
        (("array", False, 10), ValueError, "batch_size is for vectorized=True only, got"),
    ],
)
def test_refused(given, error, message):
    with pytest.raises(error, match=message) as caught:
        settle_calling(*given)
    assert isinstance(caught.value, cd.CentraldiffError)


def test_a_task_has_them_beside_its_options():
    task = task_of("axes", "central", None)
    assert task.calling is None
    assert task.with_calling() is task
    assert task.with_calling("array", False, None) is task
    assert task.with_calling("list").calling == Calling("list")
    other = task.with_calling("list").with_options(bounds=(0, 1))
    assert other.calling == Calling("list")
    assert other.options.bounds is not None
    assert other.with_calling(vectorized=True).options == other.options


def square(x):
    return x[0] ** 2 + x[1]


@pytest.mark.parametrize("options", [{"x_as": "list"}, {"vectorized": True, "batch_size": 3}])
@pytest.mark.parametrize("again", [copy.copy, lambda G: pickle.loads(pickle.dumps(G))])
def test_copies_are_called_alike(again, options):
    G = cd.Gradient(square, **options)
    other = again(G)
    assert other.task.calling == G.task.calling == Calling(**options)
    np.testing.assert_array_equal(other([1.0, 2.0]), G([1.0, 2.0]))


@pytest.mark.parametrize("fun", [len, np.sin, lambda x: x, str.upper])
def test_what_can_only_be_called_is_called(fun):
    door = evaluator_for(fun, (), None, scalar=True, name="fun", calling=None)
    assert type(door) is Callback
    assert door.fun is fun
