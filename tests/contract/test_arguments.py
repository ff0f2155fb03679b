"""What is passed on to fun after x."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

POINT = np.array([[0.3, -1.2, 2.0], [0.7, 1.1, -0.4]])


def test_args_and_kwargs_reach_fun_as_they_are(operator, entries):
    a, b, seen = object(), [1], []

    def fun(x, *args, **kwargs):
        seen.append((args, kwargs))
        return operator.function(x)

    result = operator(fun, POINT, args=[a, b], kwargs={"key": a, "word": 3})
    assert all(args[0] is a and args[1] is b and len(args) == 2 for args, _ in seen)
    assert all(list(kwargs.items()) == [("key", a), ("word", 3)] for _, kwargs in seen)
    assert_array_equal(entries(result), entries(operator(operator.function, POINT)))


@pytest.mark.parametrize("n_args", [0, 1, 5, 6, 7, 8, 9, 30])
@pytest.mark.parametrize("n_kwargs", [0, 1, 2, 12])
def test_any_number_of_arguments(n_args, n_kwargs):
    args = tuple(range(n_args))
    kwargs = {f"k{i}": i for i in range(n_kwargs)}

    def fun(x, *given, **named):
        assert (given, named) == (args, kwargs)
        return x[0] ** 2

    G = cd.Gradient(fun, args=args, kwargs=kwargs)
    assert_allclose(G(np.array([3.0])), [6.0])
    assert_allclose(G(np.array([4.0])), [8.0])
    assert_allclose(cd.gradient(fun, [3.0], args=args, kwargs=kwargs), [6.0])


def test_arguments_of_a_call_take_the_place_of_args():
    G = cd.Gradient(lambda x, a, b=1.0: a * b * x[0], args=(2.0,), kwargs={"b": 10.0})
    x = np.array([1.0])
    assert_allclose([G(x), G(x, 3.0), G(x)], [[20], [30], [20]])
    assert G.args == (2.0,)


def test_changing_kwargs_later_is_no_use_of_freed_memory():
    # the debug allocator overwrites what is freed, so that a dangling pointer shows itself
    program = """
import numpy as np, centraldiff as cd
G = cd.Gradient(lambda x, a: a[0] * x[0], kwargs={"a": [3.0]})
x = np.array([1.0])
assert abs(G(x)[0] - 3) < 1e-6
try:
    G.kwargs["a"] = [5.0]
except TypeError:
    pass
assert min(abs(G(x)[0] - 3), abs(G(x)[0] - 5)) < 1e-6
def fun(x, a):
    try:
        H.kwargs.clear()
    except (AttributeError, TypeError):
        pass
    return a[0] * x[0]
H = cd.Gradient(fun, kwargs={"a": [3.0]})
assert abs(H(x)[0] - 3) < 1e-6
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]


class Word(str):
    __slots__ = ()


@pytest.mark.parametrize("kind", [Word, np.str_])
def test_words_of_other_types(kind):
    for method in ("central", "forward", "complex", "adaptive"):
        expected = cd.gradient(lambda x: x[0] * x[1], [1.0, 2.0], method=method)
        found = cd.gradient(lambda x: x[0] * x[1], [1.0, 2.0], method=kind(method))
        np.testing.assert_array_equal(found, expected)
    for x_as in ("array", "list"):
        cd.gradient(lambda x: x[0] * x[1], [1.0, 2.0], x_as=kind(x_as))
    assert cd.gradient(lambda x, y: x * y, [1.0, 2.0], x_as=kind("arguments")).shape == (2,)
