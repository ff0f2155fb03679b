"""x and fun at the ends of what floating point can hold: a result or an error of this package."""

import warnings
from contextlib import suppress

import numpy as np
import pytest

import centraldiff as cd


def sizes(dtype):
    """Subnormal, nearly so, in between, and nearly or really the largest there is."""
    numbers = np.finfo(dtype)
    least, most = numbers.tiny, numbers.max / dtype(1.05)
    middle = np.sqrt(most)
    return (
        *(numbers.smallest_subnormal * dtype(1000), least * dtype(1e4), 1 / middle),
        *(dtype(1), middle, most / dtype(1e4), most),
    )


SIZES = {dtype: sizes(dtype) for dtype in (np.float32, np.float64, np.longdouble)}
WAYS = (
    {},
    {"order": 4},
    {"method": "forward"},
    {"method": "backward", "order": 2},
    {"method": "complex"},
    {"method": "adaptive"},
    {"noise": 1e-6},
    {"noise": "estimate"},
    {"noise": "estimate", "order": 4},
    {"noise": "estimate", "method": "forward"},
    {"noise": "estimate", "method": "adaptive"},
    {"step_rule": "fdint"},
    {"step_rule": "sas"},
)


def functions(dtype, size, value):
    """Numbers and arrays as large as `value`, that change over the size of x."""
    half, none = dtype(0.5), dtype(0)

    def curve(x):
        with np.errstate(all="ignore"):
            t = np.ravel(x) / size if size > 1e-30 else np.ravel(x) * dtype(1e30)
            return value * (half + half * t * t[::-1] + half * t)

    def number(x):
        with np.errstate(all="ignore"):
            return curve(x).sum() + none

    def array(x):
        return curve(x).reshape(np.shape(x))

    return number, array


def only_our_own(derivative, *args, **options):
    """Call it: no warning but this package's, no error but this package's."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", cd.NotFiniteWarning)
        try:
            derivative(*args, **options)
        except cd.CentraldiffError:
            return


def boxes(dtype, x):
    """No bounds; those at the end of the range; those next to x."""
    most = np.finfo(dtype).max
    nearby = np.minimum(x, x / 2), np.full_like(x, most)
    return {}, {"bounds": (-most, most)}, {"bounds": nearby}


def everywhere(dtype):
    """Points, functions there, and bounds: every second pair of sizes, with bounds in turn."""
    for i, size in enumerate(SIZES[dtype]):
        with np.errstate(all="ignore"):
            x = np.array([size, -size], dtype)
            around = boxes(dtype, x)
        for j, value in enumerate(SIZES[dtype]):
            if (i + j) % 2 == 0:
                yield x, functions(dtype, dtype(size), dtype(value)), around[(i + j) // 2 % 3]


@pytest.mark.parametrize("dtype", SIZES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_operator_at_the_ends_of_the_range(operator, way, dtype):
    for x, (number, array), box in everywhere(dtype):
        fun = array if operator.takes_array else number
        only_our_own(operator, fun, x, full_output=True, **way, **box)


@pytest.mark.parametrize("dtype", SIZES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_derivatives_at_the_ends_of_the_range(n, way, dtype):
    for x, (number, _), box in everywhere(dtype):
        only_our_own(cd.derivative, number, x, n, full_output=True, **way, **box)


@pytest.mark.parametrize("dtype", SIZES, ids=lambda dtype: dtype.__name__)
def test_noise_at_the_ends_of_the_range(dtype):
    for x, (number, array), _ in everywhere(dtype):
        only_our_own(cd.estimate_noise, number, x)
        only_our_own(cd.estimate_noise, array, x)


def ones(x):
    return np.ones(x.shape)


@pytest.mark.parametrize("x", [np.finfo(float).max, -np.finfo(float).max])
def test_the_largest_number_has_no_step(x):
    with pytest.raises(cd.ArgumentValueError, match="beyond the range"):
        cd.gradient(lambda x: 1.0, [x])


@pytest.mark.parametrize("bounds", [None, (0, np.inf)])
@pytest.mark.parametrize("x", [[1.0, np.inf], [-np.inf], np.inf])
def test_infinite_points_are_named(x, bounds):
    with pytest.raises(cd.ArgumentValueError, match="x must be"):
        cd.estimate_noise(lambda x: 1.0, x, bounds=bounds)
    with pytest.raises(cd.ArgumentValueError, match="x must be"):
        cd.jacobian(
            ones, x, bounds=bounds, method="adaptive", sparsity=np.eye(np.size(x), dtype=bool)
        )


def test_noise_where_the_typical_x_is_beyond_the_type_of_x():
    x = np.ones(3, np.float32)
    assert np.isfinite(cd.estimate_noise(np.arctan, x, typical_x=1e300)).all()


def test_the_step_of_a_complex_step_may_be_any():
    for steps in ({"abs_step": 1e300}, {"rel_step": 1e300}):
        with suppress(cd.CentraldiffError):
            cd.gradient(lambda x: x[0] * 1e-10, [0.3, 1.0], method="complex", **steps)


def test_patterns_are_confirmed_whatever_the_step():
    J = cd.jacobian(lambda x: 0 * x, np.ones(2), abs_step=1e300, sparsity=np.eye(2))
    assert not J.toarray().any()


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_squares_of_residuals_may_be_infinite():
    value, _ = cd.value_and_gradient(lambda x: 1e308 * x, np.ones(2), least_squares=True)
    assert value == np.inf


def huge(x):
    with np.errstate(over="ignore"):
        return 1e308 * x


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_derivatives_of_1e308():
    for options in ({}, {"sparsity": np.eye(2)}):
        with suppress(cd.CentraldiffError):
            cd.jacobian(huge, np.array([0.5, 3.0]), method="complex", **options)
    with suppress(cd.CentraldiffError):
        v = np.array([1e300])
        cd.directional_derivative(huge, [1.0], v, method="complex")


@pytest.mark.parametrize("large", [1e308, np.finfo(float).max])
@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_hessians_of_sums_at_the_largest_numbers(large):
    def fun(x):
        with np.errstate(all="ignore"):
            return np.sum(np.sin(x)) + np.sum(x) ** 2 * np.ones(3)

    x = np.array([1e8, 1e-300, -2.0, large, 5e-324])
    options = {"sparsity": np.ones((3, 5)), "sum_of_terms": True}
    with suppress(cd.CentraldiffError):
        cd.hessian(fun, x, method="adaptive", **options)


@pytest.mark.parametrize("least", [5e-324, 1e-300])
def test_products_along_directions_of_all_sizes(least):
    x = np.array([least, -0.7])
    with suppress(cd.CentraldiffError):
        cd.hessian_vector_product(lambda x: x @ x, x, x, noise=1e10)


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_patterns_are_confirmed_at_the_largest_numbers():
    def fun(x):
        with np.errstate(all="ignore"):
            return np.sum(np.sin(x)) + 0.5 * np.sum(x) ** 2

    x = np.full(2, np.finfo(float).max)
    with suppress(cd.CentraldiffError):
        cd.hessian(fun, x, method="adaptive", sparsity=np.ones((2, 2)))


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_sparse_derivatives_where_the_typical_x_is_beyond_the_type_of_x():
    x = np.ones(3, np.float32)
    for options in ({"noise": 1e-6}, {"method": "adaptive"}, {}):
        with suppress(cd.CentraldiffError):
            cd.jacobian(np.arctan, x, typical_x=1e300, sparsity=np.eye(3), **options)


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_patterns_are_confirmed_where_values_are_large_and_steps_short():
    x = np.array([-0.7, 0.3])
    with suppress(cd.CentraldiffError):
        cd.jacobian(huge, x, sparsity=np.eye(2), bounds=(x - 1e-15, x + 1e-15))
