"""What errors say beside the argument's name: where the mistake may come from."""

import numpy as np
import pytest
from scipy.optimize import Bounds

import centraldiff as cd


def f(x):
    return float(np.sum(np.square(x)))


PAIRS = "of a list of (low, high) pairs that is tuple(zip(*pairs))"


@pytest.mark.parametrize(
    ("x", "bounds"),
    [
        ([1.0, 2.0, 3.0], [(0, 5), (0, 5), (0, 5)]),  # not two
        ([1.0, 0.0], [(0, 5), (-1, 1)]),  # crossed, read as (lower, upper)
        ([1.0, 2.0, 3.0], [(0, 5), (0, 5)]),  # another shape than x
        ([5.0, 30.0], [(0, 10), (2, 50)]),  # x would be inside
    ],
)
def test_bounds_given_as_pairs(x, bounds):
    with pytest.raises(cd.ArgumentValueError, match="bounds") as caught:
        cd.gradient(f, x, bounds=bounds)
    assert PAIRS in str(caught.value)
    if len(bounds) == len(x):
        pairs = tuple(zip(*bounds, strict=True))
        np.testing.assert_allclose(cd.gradient(f, x, bounds=pairs), np.multiply(2, x), rtol=1e-9)


def test_x_outside_says_what_scipy_needs():
    for bounds in ((0.0, 1.0), Bounds([0.0, 0.0], [1.0, 1.0]), ([0.0, 0.0], [1.0, 1.0])):
        with pytest.raises(cd.ArgumentValueError, match="keep_feasible=True") as caught:
            cd.gradient(f, [0.5, 1.5], bounds=bounds)
        assert "pairs" not in str(caught.value)
    with pytest.raises(cd.ArgumentValueError, match="keep_feasible=True"):
        cd.gradient(f, [0.5, 30.0], bounds=Bounds([0, 1], [10, 20]))


def test_fdint_says_what_came():
    with pytest.raises(cd.ArgumentValueError, match="got a derivative of degree 2;"):
        cd.hessian(f, [1.0], step_rule="fdint")
    with pytest.raises(cd.ArgumentValueError, match="got order=4;"):
        cd.gradient(f, [1.0], step_rule="fdint", order=4)


def adaptive(**options):
    return {"method": "adaptive", "max_nfev": 2, **options}


@pytest.mark.parametrize(
    ("derivative", "words"),
    [
        (lambda **o: cd.gradient(f, [1.0, 2.0], **o), "9 here (1 at x, 4 for each of 2 coord"),
        (lambda **o: cd.hessian(f, [1.0, 2.0], **o), "8 for each of 1 mixed derivative)"),
        (lambda **o: cd.gradient(f, 1.0, noise="estimate", **o), "73 for noise='estimate'"),
        (
            lambda **o: cd.directional_derivative(f, [1.0, 2.0], [1.0, 1.0], **o),
            "4 for each of 1 direction)",
        ),
    ],
)
def test_max_nfev_says_what_is_needed_and_for_what(derivative, words):
    with pytest.raises(cd.ArgumentValueError, match="max_nfev must be at least") as caught:
        derivative(**adaptive())
    assert words in str(caught.value)


def many(x):
    return np.sum(x**2, axis=0)


FIXED = {"bounds": ([1.0, 2.0], [1.0, 2.0])}


@pytest.mark.parametrize(
    ("derivative", "x", "options", "least", "checked"),
    [
        (cd.gradient, [1.0], {}, 5, True),
        (cd.gradient, [1.0], {"batch_size": 3}, 5, True),
        (cd.gradient, [1.0], {"workers": 2}, 5, True),
        (cd.gradient, [1.0], {"batch_size": 1}, 5, False),
        (cd.gradient, [1.0], {"noise": "estimate"}, 78, False),
        (cd.gradient, [1.0], {"noise": 1e-9}, 5, True),
        (cd.gradient, [], {}, 1, False),
        (cd.gradient, [1.0, 2.0], FIXED, 1, False),
        (cd.hessian, [], {}, 1, False),
        (cd.hessian, [1.0, 2.0], {}, 17, True),
        (cd.hessian, [1.0, 2.0], FIXED, 1, False),
        (cd.derivative, [1.0], {}, 5, True),
    ],
)
def test_the_check_of_vectorized_is_named_where_there_is_one(
    derivative, x, options, least, checked
):
    def call(most):
        given = {"method": "adaptive", "full_output": True, "max_nfev": most, **options}
        fun = np.sin if derivative is cd.derivative else many
        return derivative(fun, np.array(x), vectorized=True, **given)

    most = least + checked
    assert call(most).nfev <= most
    if most == 1:
        return
    with pytest.raises(cd.ArgumentValueError, match=f"at least {most} here") as caught:
        call(most - 1)
    words = str(caught.value)
    assert ("1 for the check of vectorized=True" in words) == checked
    assert f"got {most - 1}" in words


@pytest.mark.parametrize("most", [0, -3])
def test_max_nfev_that_no_point_can_do_with(most):
    with pytest.raises(cd.ArgumentValueError, match=r"at least .* 1 \+ 4 n") as caught:
        cd.gradient(f, [1.0], **adaptive(max_nfev=most))
    assert f"got {most}" in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda f: cd.gradient(f, [1, 2], typical_x=[1, 0]),
            r"typical_x .* got 0\.0 at index \(1,\)",
        ),
        (
            lambda f: cd.gradient(f, [1, 2], abs_step=[-1, 1]),
            r"abs_step .* got -1\.0 at index \(0,\)",
        ),
        (lambda f: cd.gradient(f, [1, None]), r"x must be real numbers, got .* at index \(1,\)"),
        (lambda f: cd.gradient(lambda x: (f(x), x), [1, 2]), "got a tuple of 2"),
        (lambda f: cd.hessian(lambda x: x, [1, 2]), "a gradient goes into grad="),
    ],
)
def test_what_is_wrong_and_where(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(lambda x: float(np.sum(x)))


def test_advice_where_values_are_not_finite():
    def edge(x):
        return np.log(x[0]) if x[0] > 1 else np.nan

    with pytest.warns(cd.NotFiniteWarning, match="typical_x or abs_step, or method='forward'"):
        cd.gradient(edge, [1.0])
    for options in ({"method": "backward"}, {"method": "backward", "order": 2}):
        with pytest.warns(cd.NotFiniteWarning, match="domain method='adaptive'"):
            cd.gradient(edge, [1.0], **options)
    with pytest.warns(cd.NotFiniteWarning, match="or differences of them, are not finite"):
        cd.gradient(lambda x: 1e308 if x[0] > 1 else -1e308, [1.0])
