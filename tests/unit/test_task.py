"""Prepared objects: what they keep, and what becomes of it."""

import copy
import pickle

import numpy as np
import pytest

import centraldiff as cd

X = np.array([1.0, 2.0])


def square(x):
    return x[0] ** 2 + x[1] ** 2


def test_prepared_again_it_forgets_the_old_function_and_method():
    G = cd.Gradient(square)
    G(X)
    G.__init__(lambda x: 3 * x[0], method="forward")
    np.testing.assert_allclose(G(X), [3, 0], rtol=1e-7)
    assert len(G.plan(X)) == 3


def test_prepared_again_by_its_own_function():
    def first(x):
        G.__init__(lambda x: 7 * x[1], method="forward")
        return x[0]

    G = cd.Gradient(first)
    G(X)
    np.testing.assert_allclose(G(X), [0, 7], rtol=1e-7, atol=1e-7)


def test_prepared_again_by_its_own_function_with_other_arguments():
    """What calls a function knows its arguments: it must not outlive them."""

    def fun(x, a):
        if a == 1:
            G.__init__(fun, args=(5.0,))
        return a * x[0]

    G = cd.Gradient(fun, args=(1.0,))
    G(X)
    np.testing.assert_allclose(G(X), [5, 0], rtol=1e-7)


def test_prepared_again_while_it_looks_at_x():
    G = cd.Gradient(square, abs_step=1e-4)

    class Treacherous:
        def __array__(self, dtype=None, copy=None):
            G.__init__(square)
            return X.copy()

    for _ in range(100):
        assert len(G.plan(Treacherous())) == 4
        np.testing.assert_allclose(G(Treacherous()), 2 * X, rtol=1e-6)


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda G: pickle.loads(pickle.dumps(G))]
)
@pytest.mark.parametrize("kind", [cd.Gradient, cd.Hessian])
def test_copies_are_prepared_alike_and_share_nothing_that_runs(kind, again):
    G = kind(square, method="central", order=4, typical_x=[1.0, 2.0])
    expected = G(X)
    G.remark = "kept"
    other = again(G)
    np.testing.assert_array_equal(other(X), expected)
    np.testing.assert_array_equal(G(2 * X), other(2 * X))
    assert other.remark == "kept"


def test_it_says_what_it_is():
    assert repr(cd.Gradient(square)) == f"Gradient({square!r})"
    assert repr(cd.gradient_plan(X)) == "<AxisPlan of 4 points, x of shape (2,)>"


def test_what_was_never_initialised_is_refused():
    bare = cd.Gradient.__new__(cd.Gradient)
    for use in (lambda: bare(X), lambda: bare.plan(X), lambda: bare.kwargs):
        with pytest.raises(TypeError, match="not been initialised"):
            use()
    with pytest.raises(TypeError, match="gradient_plan"):
        cd.Plan()
    with pytest.raises(TypeError, match="not been initialised"):
        cd.Plan.__new__(cd.Plan).points()


def test_a_plan_is_set_up_once_and_unharmed_by_an_attempt():
    plan = cd.gradient_plan(X)
    before = plan.points()
    with pytest.raises(TypeError, match="once"):
        plan.__init__(plan.formula, np.ones(100_000))
    np.testing.assert_array_equal(plan.points(), before)
    np.testing.assert_array_equal(plan.x, X)
    assert plan.steps.shape == (2,)


@pytest.mark.parametrize("value", ["no", 1, None, np.ones(3)])
def test_full_output_is_a_flag(value):
    for call in (
        lambda: cd.gradient(square, X, full_output=value),
        lambda: cd.Gradient(square, full_output=value),
        lambda: cd.derivative(np.sin, 1.0, full_output=value),
        lambda: cd.value_and_gradient(square, X, full_output=value),
    ):
        with pytest.raises(TypeError, match="full_output must be True or False"):
            call()


def test_a_prepared_object_tells_what_it_was_made_of():
    prepared = cd.Gradient(square, args=[1], kwargs={"b": 2}, full_output=True)
    assert (prepared.fun, prepared.args, prepared.kwargs) == (square, (1,), {"b": 2})
    assert prepared.full_output is True
    assert cd.Gradient(square).full_output is False
