"""Which evaluation of fun a note says: the number of all that were made, in every way."""

import re

import numpy as np
import pytest

import centraldiff as cd

X = np.array([0.3, -1.2, 2.0])
WAYS = {
    "central": {},
    "forward": {"method": "forward"},
    "complex": {"method": "complex"},
    "adaptive": {"method": "adaptive"},
    "noise": {"noise": 1e-6},
    "estimate": {"noise": "estimate"},
    "fdint": {"step_rule": "fdint"},
    "adaptive, estimate": {"method": "adaptive", "noise": "estimate"},
}


SECOND = (
    "Hessian",
    "hessian",
    "hessian_diagonal",
    "value_gradient_hessian",
    "hessian_vector_product",
)


def numbers_in(error):
    """The first and the last evaluation that the only note names."""
    (note,) = error.__notes__
    first, last = re.match(r"centraldiff: in evaluations? (\d+)(?: to (\d+))? of ", note).groups()
    return int(first), int(last or first)


def raised(call):
    """The exception of fun, None where it is not called so often."""
    try:
        call()
    except LookupError as error:
        return error
    return None


class Raising:
    """Raises at the k-th call; counts the points of all calls, and of the last one."""

    def __init__(self, fun, k):
        self.fun, self.k = fun, k
        self.calls = self.points = self.last = 0

    def __call__(self, x):
        self.calls += 1
        self.last = x.shape[1] if x.ndim > 1 else 1
        self.points += self.last
        if self.calls == self.k:
            raise LookupError("the one")
        return self.fun(x)


@pytest.mark.parametrize("way", WAYS)
def test_one_point_at_a_time(operator, way):
    options = WAYS[way]
    if way in ("complex", "fdint") and operator.name in SECOND:
        pytest.skip("first derivatives only")
    for k in range(1, 400):
        fun = Raising(operator.function if operator.takes_array else number, k)
        error = raised(lambda: operator(fun, X, **options))  # noqa: B023
        if error is None:
            break
        assert numbers_in(error) == (k, k), error.__notes__
    assert 2 < k < 399


def number(x):
    return np.sum(np.sin(x)) + x[0] * x[1] * x[2]


@pytest.mark.parametrize("size", [1, 2, 5, None])
@pytest.mark.parametrize("way", WAYS)
def test_many_points_at_once(way, size):
    for k in range(1, 400):
        fun = Raising(lambda x: np.sin(x).sum(axis=0) + x[0] * x[1], k)
        many = {"vectorized": True, "batch_size": size, **WAYS[way]}
        error = raised(lambda: cd.gradient(fun, X, **many))  # noqa: B023
        if error is None:
            break
        assert numbers_in(error) == (fun.points - fun.last + 1, fun.points), error.__notes__
    assert 2 < k < 399


@pytest.mark.parametrize("calling", [{}, {"vectorized": True, "batch_size": 3}], ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_threads_number_as_one_does(way, calling):
    def slow(x):
        for _ in range(20):
            np.linalg.inv(np.eye(20))
        return np.sin(x).sum(axis=0) + x[0] * x[1]

    def notes(workers, beyond):
        def fun(x):
            if beyond == (x[2] != X[2]).any():
                raise LookupError("the one")
            return slow(x)

        with pytest.raises(LookupError) as caught:
            cd.gradient(fun, X, workers=workers, **calling, **WAYS[way])
        return caught.value.__notes__

    for beyond in (True, False):
        assert notes(2, beyond) == notes(None, beyond)
