"""A function whose values change their shape while steps are searched for."""

import numpy as np
import pytest

import centraldiff as cd

X = np.array([1.0, 2.0, 3.0])
WAYS = {
    "noise": {"noise": 1e-6},
    "estimate": {"noise": "estimate"},
    "fdint": {"step_rule": "fdint"},
    "fdint, estimate": {"step_rule": "fdint", "noise": "estimate"},
    "adaptive": {"method": "adaptive"},
    "adaptive, estimate": {"method": "adaptive", "noise": "estimate"},
    "complex": {"method": "complex"},
}
CALLINGS = {
    "plain": {},
    "list": {"x_as": "list"},
    "workers": {"workers": 2},
    "vectorized": {"vectorized": True},
    "vectorized, workers": {"vectorized": True, "batch_size": 2, "workers": 2},
}


def changes_after(count, many):
    """Values of shape (1,), in all later calls of shape (3,)."""
    calls = 0

    def fun(x):
        nonlocal calls
        calls += 1
        shape = (1 if calls <= count else 3,) + np.shape(x)[1:] * many
        return x[0] * np.ones(shape)

    return fun


@pytest.mark.parametrize("calling", CALLINGS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("derivative", [cd.jacobian, cd.Jacobian, cd.directional_derivative])
def test_it_is_refused_whenever_it_happens(derivative, way, calling):
    options = {**WAYS[way], **CALLINGS[calling]}
    many = options.get("vectorized", False)

    def call(count):
        fun = changes_after(count, many)
        if derivative is cd.Jacobian:
            return derivative(fun, **options)(X)
        return derivative(fun, X, *[X] * (derivative is not cd.jacobian), **options)

    for count in range(1, 200):
        try:
            call(count)
        except cd.FunctionValueError as error:
            words = str(error)
            assert "shape" in words
            assert "(1," in words
            assert "got shape (3, " in words if many else "got (3,)" in words
        else:
            break  # it has not been called so often
    assert 1 < count < 199


@pytest.mark.parametrize("calling", CALLINGS)
def test_estimates_of_noise(calling):
    many = CALLINGS[calling].get("vectorized", False)
    for count in (1, 2):
        with pytest.raises(cd.FunctionValueError, match="shape"):
            cd.estimate_noise(changes_after(count, many), X, **CALLINGS[calling])


@pytest.mark.parametrize("calling", CALLINGS)
@pytest.mark.parametrize("way", WAYS)
def test_calls_of_a_prepared_object_may_differ(way, calling):
    J = cd.Jacobian(lambda x: np.asarray(x) * 2, **WAYS[way], **CALLINGS[calling])
    for n in (3, 5, 1, 5):
        np.testing.assert_allclose(J(np.arange(1.0, n + 1)), 2 * np.eye(n), atol=1e-6)
