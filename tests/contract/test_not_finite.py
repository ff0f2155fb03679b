"""A value that is not finite: NaN in the entries that need it, nowhere else; and one warning."""

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

BAD = [math.nan, math.inf, -math.inf]


def warned(function, *args, **options):
    """Result, and the one warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function(*args, **options)
    (warning,) = caught
    assert warning.category is cd.NotFiniteWarning
    assert Path(warning.filename) == Path(__file__)
    return result, str(warning.message)


def spoiled(function, x, i, value):
    """The function, but with that value where coordinate i grows."""

    def fun(point):
        return value if point[i] > x[i] else function(point)

    return fun


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("i", [0, 2, 4])
def test_only_their_entry_of_a_gradient(bad, i):
    # trap 17: one NaN poisons all others
    x = np.arange(1.0, 6.0)
    g, message = warned(cd.gradient, spoiled(lambda x: x @ x, x, i, bad), x)
    clean = cd.gradient(lambda x: x @ x, x)
    assert_array_equal(np.isnan(g), np.arange(5) == i)
    assert_array_equal(np.delete(g, i), np.delete(clean, i))
    assert f"[{i}]" in message
    assert "fun" in message
    assert "1 of 5" in message


def test_coordinates_of_a_matrix_are_named_by_both_indices():
    x = np.ones((2, 3))
    _, message = warned(cd.gradient, lambda x: math.nan if x[1, 2] < 1 else 1.0, x)
    assert "[1, 2]" in message


@pytest.mark.parametrize("bad", BAD)
def test_only_their_entry_of_a_jacobian(bad):
    # trap 17, for one output among several
    x = np.array([1.0, 2.0, 3.0])

    def fun(point):
        values = np.array([point @ point, point[0], point[1] * point[2]])
        if point[1] < x[1]:
            values[2] = bad
        return values

    J, message = warned(cd.jacobian, fun, x)
    expected = np.array([[2, 4, 6], [1, 0, 0], [0, math.nan, 2]])
    assert_allclose(J, expected, rtol=1e-8, atol=1e-8)
    assert "[2, 1]" in message


def test_an_output_that_is_never_finite_leaves_the_others_alone():
    J, message = warned(cd.jacobian, lambda x: np.array([x[0] ** 2, math.nan, x[1]]), [1.0, 2.0])
    assert_allclose(J, [[2, 0], [math.nan, math.nan], [0, 1]], atol=1e-8)
    assert "2 of 6" in message


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("i", [0, 1, 3])
def test_only_row_and_column_of_a_hessian(bad, i):
    x = np.arange(1.0, 5.0)
    function = spoiled(lambda x: (x @ x) ** 2, x, i, bad)
    H, message = warned(cd.hessian, function, x)
    crossed = (np.arange(4) == i)[:, None] | (np.arange(4) == i)
    assert_array_equal(np.isnan(H), crossed)
    assert_array_equal(H[~crossed], cd.hessian(lambda x: (x @ x) ** 2, x)[~crossed])
    assert "7 of 16" in message


def test_only_the_pair_of_a_hessian():
    x = np.arange(1.0, 5.0)

    def fun(point):
        return math.nan if point[1] > x[1] and point[3] > x[3] else point @ point

    H, _ = warned(cd.hessian, fun, x)
    assert {tuple(place) for place in np.argwhere(np.isnan(H)).tolist()} == {(1, 3), (3, 1)}


@pytest.mark.parametrize("bad", BAD)
def test_only_row_and_column_of_a_hessian_of_gradients(bad):
    x = np.arange(1.0, 5.0)

    def grad(point):
        g = 2 * point
        if point[2] > x[2]:
            g[1] = bad
        return g

    H, message = warned(cd.hessian, None, x, grad=grad)
    assert {tuple(place) for place in np.argwhere(np.isnan(H)).tolist()} == {(1, 2), (2, 1)}
    assert "grad" in message


@pytest.mark.parametrize("bad", BAD)
def test_only_their_entry_of_a_diagonal(bad):
    x = np.arange(1.0, 5.0)
    d, message = warned(cd.hessian_diagonal, spoiled(lambda x: x @ x, x, 1, bad), x)
    assert_array_equal(np.isnan(d), [False, True, False, False])
    assert "[1]" in message


def test_only_their_element_of_a_derivative():
    def root(x):
        return math.sqrt(x) if x >= 0 else math.nan

    d, message = warned(cd.derivative, root, [1.0, 0.0, 4.0])
    assert_allclose(d, [0.5, math.nan, 0.25], rtol=1e-8)
    assert "[1]" in message


def test_a_value_at_x_that_is_not_needed_does_no_harm():
    x = np.array([1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        g = cd.gradient(lambda point: math.nan if (point == x).all() else point @ point, x)
    assert_allclose(g, [2, 4], rtol=1e-8)


@pytest.mark.filterwarnings("ignore::centraldiff.NotFiniteWarning")
def test_values_that_are_never_finite(operator, entries):
    value = np.full((2, 3), math.nan) if operator.takes_array else math.nan
    assert np.isnan(entries(operator(lambda x: value, np.ones((2, 3))))).all()


def test_every_operator_warns_once_and_at_the_line_of_the_caller(operator):
    value = np.full(3, math.inf) if operator.takes_array else math.inf
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        operator(lambda x: value, np.ones(3))
        operator(lambda x: value, np.ones(3), full_output=True)
    assert [warning.category for warning in caught] == [cd.NotFiniteWarning] * 2
    # the line that called the function of the package is in the conftest, or here
    assert {Path(warning.filename).parent for warning in caught} == {Path(__file__).parent}
    assert all(operator.argument in str(warning.message) for warning in caught)


def test_the_line_of_the_caller_wherever_the_caller_lives():
    # a name that begins like the package's folder is not in the package
    user = str(Path(cd.__file__).parent) + "_user.py"
    code = compile("def call(G, x):\n\n    return G(x)\n", user, "exec")
    space = {}
    exec(code, space)
    with pytest.warns(cd.NotFiniteWarning) as caught:
        space["call"](cd.Gradient(lambda x: math.nan), np.ones(2))
    assert (caught[0].filename, caught[0].lineno) == (user, 3)


def test_out_is_as_before_when_the_warning_is_an_error(prepared):
    out = np.full((2, 2) if prepared.name != "Gradient" else 2, 7.0)
    value = np.full(2, math.nan) if prepared.takes_array else math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(cd.NotFiniteWarning):
            prepared.prepare(lambda x: value)(np.ones(2), out=out)
    assert_array_equal(out, 7)


def log(x):
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(x[0]) + x[1]


def test_the_edge_of_a_domain_is_no_silent_nonsense():
    # trap 3: the step is longer than x, and log has no values there
    g, message = warned(cd.gradient, log, [1e-10, 1.0])
    assert_allclose(g, [math.nan, 1], rtol=1e-8)
    assert "[0]" in message
    assert "typical_x" in message


@pytest.mark.parametrize("x", [1e-5, 1e-10, 1e-200])
def test_typical_x_fits_the_step_to_a_small_x(x):
    # trap 3: SciPy is 16 % off at 1e-5
    g = cd.gradient(log, [x, 1.0], typical_x=[x, 1.0])
    assert_allclose(g, [1 / x, 1], rtol=1e-8)
    assert_allclose(cd.gradient(log, [x, 1.0], abs_step=[x * 1e-5, 1e-5]), [1 / x, 1], rtol=1e-8)


def test_full_output_says_which_entries():
    result, _ = warned(
        cd.gradient, lambda x: x[0] if x[1] <= 2 else math.inf, [1.0, 2.0], full_output=True
    )
    assert result.status.tolist() == ["rounding only", "not finite"]
    assert np.isnan(result.error[1])
    assert np.isfinite(result.error[0])
    assert np.isfinite(result.step).all()
