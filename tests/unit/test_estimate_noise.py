"""estimate_noise: of numbers, arrays, rounded, constant and hopeless functions."""

import numpy as np
import pytest

import centraldiff as cd

U = 2.0**-53


def test_of_a_number_is_a_number_and_of_an_array_one_for_each_output():
    rng = np.random.default_rng(0)
    noise = cd.estimate_noise(lambda x: np.sin(x).sum() + 1e-6 * rng.normal(), [1.0, 2.0])
    assert np.ndim(noise) == 0
    assert 2e-7 < noise < 3e-6

    def fun(x):
        levels = np.array([[1e-3, 1e-6], [1e-9, 0.0]])
        return np.sin(x.sum()) + levels * rng.normal(size=(2, 2))

    noise = cd.estimate_noise(fun, np.ones((3, 2)))
    assert noise.shape == (2, 2)
    np.testing.assert_array_less(noise / [[1e-3, 1e-6], [1e-9, U]], 5)
    np.testing.assert_array_less(0.1, noise / [[1e-3, 1e-6], [1e-9, U / 4]])


@pytest.mark.parametrize("x", [1.0, np.array([1.0, -3.0]), [5], np.float32(1)])
def test_is_the_same_each_time(x):
    fun = lambda x: float(np.sum(np.sin(1e3 * np.asarray(x, float))))  # noqa: E731
    assert cd.estimate_noise(fun, x) == cd.estimate_noise(fun, x)


@pytest.mark.parametrize(
    "fun", [lambda x: 3.0, lambda x: 3 * x[0], lambda x: np.exp(x[0] + x[1]), lambda x: x @ x]
)
def test_exact_functions_have_the_noise_of_rounding(fun):
    x = np.array([1.0, 2.0])
    noise = cd.estimate_noise(fun, x)
    assert U * abs(fun(x)) <= noise < 20 * U * abs(fun(x))


def test_zero_only_where_the_function_is():
    assert cd.estimate_noise(lambda x: 0.0, 1.0) == 0
    assert cd.estimate_noise(lambda x: np.array([0.0, 1e-200]), 1.0)[1] > 0


def test_float32_inside():
    noise = cd.estimate_noise(lambda x: float(np.exp(np.float32(x)).sum()), np.array([1.0, 0.5]))
    assert 5e-9 < noise / (np.e + np.exp(0.5)) < 2e-7


def test_printed_digits():
    noise = cd.estimate_noise(lambda x: float(f"{np.sin(x):.3g}"), 1.0)
    assert 1e-4 < noise < 1e-3


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_in_the_dtype_of_x(dtype):
    noise = cd.estimate_noise(lambda x: np.sin(x).sum(), np.array([1, 2], dtype))
    assert noise.dtype == dtype
    assert 0.1 < noise / (np.finfo(dtype).eps / 2) < 100


def test_number_of_evaluations():
    rng = np.random.default_rng(1)
    for fun, most in [
        (lambda x: np.sin(x[0]) + 1e-5 * rng.uniform(-1, 1), 25),
        (lambda x: rng.random(), 61),
        (lambda x: 2.0, 25),
        (lambda x: np.sin(1e5 * x[0]), 73),
    ]:
        calls = []
        cd.estimate_noise(lambda x, fun=fun, calls=calls: calls.append(1) or fun(x), [1.0, 2.0])
        assert 13 <= len(calls) <= most


def test_typical_x_says_how_far_apart_points_are():
    seen = []
    fun = lambda x: seen.append(x) or np.sin(1e6 * x)  # noqa: E731
    cd.estimate_noise(fun, 0.0, typical_x=1e-6)
    assert 1e-10 < max(map(abs, seen)) < 1e-7


def test_random_and_empty():
    rng = np.random.default_rng(2)
    assert 0.03 < cd.estimate_noise(lambda x: rng.random(), [1.0, 1.0]) < 1
    assert cd.estimate_noise(lambda x: 2.0, np.zeros(0)) == 2 * U


def test_not_finite():
    with pytest.warns(cd.NotFiniteWarning, match="at x itself"):
        noise = cd.estimate_noise(lambda x: np.array([np.nan, np.sin(x)]), 1.0)
    assert np.isnan(noise[0])
    assert noise[1] > 0
    # a neighbour that is not finite is no news
    assert cd.estimate_noise(lambda x: np.log(x) if x > 0 else np.nan, 1e-200) > 0


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((None, 1.0), TypeError, "fun must be callable"),
        ((np.sin, "1"), TypeError, "x must be"),
        ((np.sin, [1.0, np.nan]), ValueError, "x must be finite"),
        ((lambda x: 1j * x, 1.0), TypeError, "fun must return real numbers"),
        ((lambda x: None, 1.0), TypeError, "got None"),
    ],
)
def test_refusals(arguments, error, words):
    with pytest.raises(error, match=words):
        cd.estimate_noise(*arguments)
    with pytest.raises(ValueError, match="typical_x"):
        cd.estimate_noise(np.sin, 1.0, typical_x=-1)
