"""The way from a plan to a derivative: plans and evaluators that do not fit, masks, empty x."""

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._evaluate import Callback, Evaluator
from centraldiff._run import differentiate

X = np.array([1.0, 2.0, 3.0])


def test_numbers_do_not_fit_a_plan_for_gradients():
    plan = cd.hessian_plan(X, from_gradients=True)
    with pytest.raises(TypeError, match="needs arrays"):
        differentiate(plan, Callback(np.sum))


def test_shapes_can_not_be_told_without_points():
    with pytest.raises(TypeError, match="without points"):
        differentiate(cd.gradient_plan([]), Callback(np.sum, scalar=False))


def test_an_evaluator_that_evaluates_nothing_gives_no_derivative():
    with pytest.raises(NotImplementedError):
        differentiate(cd.gradient_plan(X), Evaluator())


def test_neither_may_be_missing():
    with pytest.raises(TypeError):
        differentiate(None, Callback(np.sum))
    with pytest.raises(TypeError):
        differentiate(cd.gradient_plan(X), None)


def test_combine_refuses_masked_values():
    values = np.ma.array(np.arange(6.0), mask=[0, 0, 1, 0, 0, 0])
    with pytest.raises(TypeError, match="masked"):
        cd.gradient_plan(X).combine(values)


def test_the_first_values_are_copied_before_user_code_runs_again():
    buffer = np.array([1.0, 2.0, 3.0])

    class Meddling(np.ndarray):
        @property
        def shape(self):
            buffer.resize((1,), refcheck=False)
            return (3, 3)

    out = np.zeros((3, 3)).view(Meddling)
    # fun's own values have another shape by now
    with pytest.raises(ValueError, match="shape"):
        cd.Jacobian(lambda x: buffer)(X, out=out)


@pytest.mark.parametrize("order", [2, 4, 8])
def test_empty_x_with_full_output(order):
    for result in (
        cd.gradient(lambda x: 1.0, [], order=order, full_output=True),
        cd.jacobian(lambda x: np.ones(2), [], order=order, full_output=True),
        cd.derivative(np.sin, [], 2, order=order, full_output=True),
        cd.hessian(lambda x: 1.0, [], order=order, full_output=True),
        cd.hessian(None, [], grad=lambda x: x, order=order, full_output=True),
    ):
        assert result.value.size == result.error.size == 0
