"""Options that stand for a rule or a way: what they give, what is refused."""

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._options import settle
from centraldiff._task import KINDS, Task
from centraldiff._tasks import task_of
from centraldiff._way import Found

X = np.array([0.01, -2.0, 300.0])
U = 2.0**-53


def square(x):
    return (x * x).sum()


@pytest.mark.parametrize(
    ("method", "order", "exponent"), [("central", 2, 1 / 3), ("forward", 1, 1 / 2)]
)
def test_rules_by_name(method, order, exponent):
    step = {"method": method, "order": order, "full_output": True}
    h = cd.gradient(square, X, step_rule="sas", **step).step
    np.testing.assert_allclose(h, U**exponent * (1 + np.abs(X)), rtol=1e-8)
    h = cd.gradient(square, X, step_rule="dennis-schnabel", typical_x=0.1, **step).step
    np.testing.assert_allclose(h, U**exponent * np.maximum(np.abs(X), 0.1), rtol=1e-8)
    h = cd.gradient(square, X, step_rule="dennis-schnabel", **step).step
    np.testing.assert_array_equal(h, cd.gradient(square, X, **step).step)
    np.testing.assert_array_equal(
        cd.gradient_plan(X, method=method, step_rule="sas").points(),
        cd.Gradient(square, method=method, step_rule="sas").plan(X).points(),
    )
    h = cd.hessian(square, X, step_rule="sas", full_output=True).step
    np.testing.assert_allclose(h, U**0.25 * (1 + np.abs(X)), rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"step_rule": "newton"}, ValueError, ["'sas'", "dennis-schnabel", "fdint", "'newton'"]),
        ({"step_rule": 3}, TypeError, ["step_rule", "3", "'sas'"]),
        ({"step_rule": "sas", "typical_x": 1.0}, ValueError, ["sas", "typical_x", "not both"]),
        ({"step_rule": "sas", "rel_step": 1.0}, ValueError, ["sas", "rel_step", "not both"]),
        ({"step_rule": "sas", "abs_step": 1.0}, ValueError, ["sas", "abs_step", "not both"]),
        ({"rtol": 1e-6}, ValueError, ["rtol", "adaptive", "1e-06", "central"]),
        ({"atol": 0}, ValueError, ["atol", "adaptive"]),
        ({"max_nfev": 100}, ValueError, ["max_nfev", "adaptive", "100"]),
        ({"rtol": -1e-6}, ValueError, ["rtol", "0 or more", "-1e-06"]),
        ({"rtol": np.nan}, ValueError, ["rtol", "nan"]),
        ({"atol": [1, 2]}, ValueError, ["atol", "number", "(2,)"]),
        ({"atol": "small"}, TypeError, ["atol", "small"]),
        ({"max_nfev": 0}, ValueError, ["max_nfev", "0"]),
        ({"max_nfev": 10.5}, TypeError, ["max_nfev", "integer"]),
        ({"noise": -1e-6}, ValueError, ["noise", "positive", "-1e-06"]),
        ({"noise": 0}, ValueError, ["noise", "positive", "0.0"]),
        ({"noise": np.nan}, ValueError, ["noise", "nan"]),
        ({"noise": "much"}, ValueError, ["noise", "'estimate'", "'much'"]),
        ({"noise": [1e-6, 1e-6]}, ValueError, ["noise", "(2,)"]),
        ({"noise": 1j}, TypeError, ["noise", "complex"]),
    ],
)
def test_refusals(options, error, words):
    for call in (
        lambda: cd.gradient(square, X, **options),
        lambda: cd.Hessian(square, **options),
        lambda: cd.derivative(np.sin, 1.0, **options),
        lambda: cd.hessian_vector_product(square, X, X, **options),
    ):
        with pytest.raises(error) as caught:
            call()
        assert isinstance(caught.value, cd.CentraldiffError)
        assert all(word in str(caught.value) for word in words), str(caught.value)


def test_without_options_a_task_is_itself():
    task = task_of("axes", "central", None)
    assert task.with_options() is task
    assert task.with_options(*[None] * 9) is task
    assert task.with_options(bounds=(0, 1)) is not task


@pytest.mark.parametrize("kind", KINDS)
def test_a_way_gets_what_the_operator_was_given(kind, monkeypatch):
    class Way:
        name = "a way"

        def run(self, task, evaluator, x, is_number, v, full_output):
            self.seen = (task.kind, x, is_number, v, full_output)
            return Found(np.full(3, 7.0), value=5.0)

    way = Way()
    formula = task_of(kind, "central", None).formula
    monkeypatch.setattr("centraldiff._task.way_for", lambda *options: way)
    task = Task(formula, kind, "central", options=settle(bounds=(0, 2)))
    nudged = np.array([np.nextafter(2, 3), 0.5, 1.0])
    v = [1, 2, 3] if "line" in kind else None
    assert task.run(square, nudged, (), None, False, v).tolist() == [7, 7, 7]
    assert way.seen[0] == kind
    assert way.seen[1].tolist() == [2.0, 0.5, 1.0]
    assert way.seen[2] is False
    assert v is None or way.seen[3].tolist() == v
    with pytest.raises(cd.ArgumentValueError, match="with a way the points"):
        task.plan(nudged)


def test_a_way_behind_prepared_objects(monkeypatch):
    class Way:
        name = "a way"

        def run(self, task, evaluator, x, is_number, v, full_output):
            return Found(np.full(x.shape, 7.0), value=5.0, gradient=6.0)

    # tasks without options are made once and kept: before, that is
    cd.Gradient(square), cd.value_and_gradient(square, X), cd.value_gradient_hessian(square, X)
    monkeypatch.setattr("centraldiff._task.way_for", lambda *options: Way())
    G = cd.Gradient(square, abs_step=0.125)
    out = np.empty(3)
    assert G(X, out=out) is out
    assert out.tolist() == [7, 7, 7]
    assert cd.value_and_gradient(square, X, abs_step=0.125)[0] == 5.0
    assert cd.value_gradient_hessian(square, X, abs_step=0.125)[:2] == (5.0, 6.0)
    with pytest.raises(ValueError, match="out must have shape"):
        G(X, out=np.empty(2))
