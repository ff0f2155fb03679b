"""The replacement of the widely copied recipe: its names, signatures, defaults and types."""

import inspect

import numpy as np
import pytest

import centraldiff as cd
from centraldiff.compat import recipe


def quadratic(point):
    return point[0] ** 2 + 3 * point[0] * point[1]


def test_signatures_are_those_of_the_recipe():
    generator = inspect.signature(recipe.grad_func_generator)
    assert [(p.name, p.default) for p in generator.parameters.values()][1] == ("eps", 1e-5)
    assert next(iter(generator.parameters)) == "func"
    hessian = inspect.signature(recipe.hessian)
    assert list(hessian.parameters) == ["func", "point", "eps"]
    assert hessian.parameters["point"].default == [0, 0]
    assert hessian.parameters["eps"].default == 1e-5


def test_gradient_is_float32_and_right():
    g = recipe.grad_func_generator(quadratic)([1, 2])
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, [8, 3], rtol=1e-6)


def test_hessian_is_float32_symmetric_and_right():
    matrix = recipe.hessian(quadratic, [1, 2])
    assert matrix.dtype == np.float32
    assert (matrix == matrix.T).all()
    # rounding at a step of 1e-5: 4 * 1e-16 * |f| / 1e-10
    np.testing.assert_allclose(matrix, [[2, 3], [3, 0]], atol=3e-5)


def test_default_point_is_the_origin_and_stays_it():
    np.testing.assert_allclose(recipe.hessian(quadratic), [[2, 3], [3, 0]], atol=1e-6)
    assert inspect.signature(recipe.hessian).parameters["point"].default == [0, 0]


@pytest.mark.parametrize(
    ("point", "kind"), [([1.0, 2.0], list), (np.array([1.0, 2.0]), np.ndarray)]
)
def test_func_is_handed_what_the_recipe_handed_it(point, kind):
    seen = []

    def func(at):
        seen.append(type(at))
        return at[0] * at[1]

    recipe.grad_func_generator(func)(point)
    recipe.hessian(func, point)
    assert set(seen) == {kind}


def test_lists_that_func_writes_into_are_its_own():
    point = [1.0, 2.0]

    def func(at):
        value = at[0] * at[1]
        at[0] = 99.0
        return value

    np.testing.assert_allclose(recipe.grad_func_generator(func)(point), [2, 1], rtol=1e-6)
    assert point == [1.0, 2.0]


def test_gradient_function_passes_arguments_on():
    g = recipe.grad_func_generator(lambda at, a, b=0.0: a * at[0] + b * at[1])
    np.testing.assert_allclose(g([1, 2], 3.0, b=4.0), [3, 4], rtol=1e-6)


def test_evaluations():
    count = 0

    def func(at):
        nonlocal count
        count += 1
        return at[0] * at[1] * at[2]

    recipe.grad_func_generator(func)([1, 2, 3])
    assert count == 2 * 3
    count = 0
    recipe.hessian(func, [1, 2, 3])
    assert count == 3**2 + 3 + 1


def test_step_is_eps():
    seen = []
    recipe.grad_func_generator(lambda at: seen.append(list(at)) or 0.0, eps=0.25)([1, 2])
    assert seen == [[1.25, 2], [0.75, 2], [1, 2.25], [1, 1.75]]


def test_bad_func_is_named():
    with pytest.raises(cd.ArgumentTypeError, match="func must be callable"):
        recipe.grad_func_generator(3)
    with pytest.raises(TypeError, match="func must be callable"):
        recipe.hessian(None, [1, 2])
