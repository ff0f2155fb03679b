"""What sparse derivatives refuse says which argument, what came, and what is allowed."""

import importlib
import sys
from contextlib import suppress

import numpy as np
import pytest
import scipy.sparse as sp

import centraldiff as cd

N = 5
X = np.linspace(0.5, 1.5, N)
BAND = abs(np.arange(N)[:, None] - np.arange(N)) <= 1


def fun(x):
    return np.asarray(x) ** 2


def number(x):
    return np.sum(np.asarray(x) ** 2)


def never(x):
    raise AssertionError("called")


@pytest.mark.parametrize("shape", [(N, N + 1), (N + 1, N), (1, N), (N, 1), (0, 0), (2, 2)])
def test_wrong_shapes_name_both(shape):
    pattern = np.ones(shape, bool)
    error = (cd.ArgumentValueError, cd.FunctionValueError)
    with pytest.raises(error) as caught:
        cd.jacobian(fun, X, sparsity=pattern)
    assert "sparsity" in str(caught.value)
    allowed = f"(number of values, {N})" if shape[1] != N else f"{(N,)}"
    assert allowed in str(caught.value)
    assert str(shape) in str(caught.value) or str(shape[0]) in str(caught.value)
    with pytest.raises(error, match="sparsity") as caught:
        cd.hessian(number, X, sparsity=pattern)
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("method", ["central", "forward", "complex", "adaptive"])
def test_number_of_values_does_not_match(method):
    pattern = np.ones((N - 1, N), bool)
    for operator, more in (
        (cd.jacobian, {}),
        (cd.gradient, {"sum_of_terms": True}),
        (cd.gradient, {"least_squares": True}),
        (cd.hessian, {"sum_of_terms": True}),
        (cd.hessian, {"least_squares": True}),
    ):
        if method == "complex" and operator is cd.hessian and "sum_of_terms" in more:
            continue
        with pytest.raises(
            cd.FunctionValueError,
            match=r"sparsity has shape \(4, 5\), so fun must return 4 values, got 5",
        ):
            operator(fun, X, sparsity=pattern, method=method, **more)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (np.full((N, N), np.nan), "NaN"),
        (sp.csr_array(np.full((N, N), np.nan)), "NaN"),
        (BAND.astype(complex), "complex"),
        (BAND.astype(object), "object"),
        (np.ones(N, bool), r"shape \(5,\)"),
        (np.ones((2, 2, 2), bool), r"shape \(2, 2, 2\)"),
        (True, r"shape \(\)"),
        ({}, "dict"),
        (np.ma.masked_array(BAND, BAND), "masked"),
        ([[1, 2], [3]], "sparse array or a dense"),
        ("typo", "'detect', got 'typo'"),
        ("", "'detect', got ''"),
    ],
)
@pytest.mark.parametrize("operator", [cd.jacobian, cd.hessian])
def test_what_is_no_pattern(pattern, said, operator):
    with pytest.raises((cd.ArgumentValueError, cd.ArgumentTypeError), match=said) as caught:
        operator(never, X, sparsity=pattern)
    assert str(caught.value).startswith("sparsity ")
    prepared = cd.Jacobian if operator is cd.jacobian else cd.Hessian
    with pytest.raises((cd.ArgumentValueError, cd.ArgumentTypeError), match=said):
        prepared(never, sparsity=pattern)


@pytest.mark.parametrize("grad", [None, never])
def test_hessian_patterns_are_symmetric(grad):
    for pattern in (np.triu(BAND), sp.csr_array(np.triu(BAND))):
        with pytest.raises(cd.ArgumentValueError, match="sparsity must be symmetric"):
            cd.hessian(never, X, grad=grad, sparsity=pattern)
        with pytest.raises(cd.ArgumentValueError, match="sparsity must be symmetric"):
            cd.Hessian(never, grad=grad, sparsity=pattern)
    with pytest.raises(cd.ArgumentValueError, match=r"square and symmetric, got shape \(4, 5\)"):
        cd.hessian(never, X, grad=grad, sparsity=BAND[:4])


TERMS = [cd.gradient, cd.value_and_gradient, cd.hessian, cd.value_gradient_hessian]
PREPARED = [cd.Gradient, cd.Hessian]


@pytest.mark.parametrize("operator", TERMS + PREPARED)
class TestSums:
    def call(self, operator, **options):
        if operator in PREPARED:
            return operator(never, **options)
        return operator(never, X, **options)

    def test_terms_need_their_pattern(self, operator):
        with pytest.raises(cd.ArgumentValueError, match="sum_of_terms needs sparsity"):
            self.call(operator, sum_of_terms=True)

    def test_not_both(self, operator):
        with pytest.raises(cd.ArgumentValueError, match="sum_of_terms and least_squares"):
            self.call(operator, sum_of_terms=True, least_squares=True, sparsity=BAND)

    @pytest.mark.parametrize("name", ["sum_of_terms", "least_squares", "verify_sparsity"])
    @pytest.mark.parametrize("value", [None, 1, "yes", np.ones(2)])
    def test_flags_are_bools(self, operator, name, value):
        with pytest.raises(cd.ArgumentTypeError, match=f"{name} must be True or False, got"):
            self.call(operator, **{"sparsity": BAND, name: value})

    @pytest.mark.parametrize("pattern", [np.full((3, N), np.nan), "typo", np.ones(N)])
    def test_what_is_no_pattern(self, operator, pattern):
        with pytest.raises(cd.ArgumentValueError, match=r"^sparsity "):
            self.call(operator, sum_of_terms=True, sparsity=pattern)


def test_bools_of_numpy_are_bools():
    options = {"sparsity": np.eye(N), "sum_of_terms": np.True_, "verify_sparsity": np.False_}
    assert cd.gradient(fun, X, **options) == pytest.approx(2 * X)


@pytest.mark.parametrize("operator", [cd.gradient, cd.Gradient])
def test_gradients_of_numbers_have_no_pattern(operator):
    with pytest.raises(cd.ArgumentValueError, match="sum_of_terms=True or least_squares=True"):
        operator(never, **({"x": X} if operator is cd.gradient else {}), sparsity=BAND)


@pytest.mark.parametrize("flag", ["sum_of_terms", "least_squares"])
def test_gradients_tell_nothing_of_terms(flag):
    with pytest.raises(cd.ArgumentTypeError, match=f"{flag}=True .*grad must be None"):
        cd.hessian(None, X, grad=never, sparsity=BAND, **{flag: True})
    with pytest.raises(cd.ArgumentTypeError, match=f"{flag}=True .*grad must be None"):
        cd.Hessian(None, grad=never, sparsity=BAND, **{flag: True})


def test_second_derivatives_by_the_complex_step_need_gradients():
    for options in ({}, {"sum_of_terms": True}):
        with pytest.raises(cd.ArgumentValueError, match="complex"):
            cd.hessian(never, X, method="complex", sparsity=BAND, **options)


def test_there_is_no_plan_of_what_is_to_be_found_out():
    for options, said in (
        ({"sparsity": "detect"}, "sparsity='detect'"),
        ({"sparsity": BAND, "method": "adaptive"}, "adaptive"),
        ({"sparsity": BAND, "noise": 1e-8}, "noise"),
    ):
        with pytest.raises(cd.ArgumentValueError, match=f"{said}.*no plan"):
            cd.Jacobian(never, **options).plan(X)


def test_plans_of_another_size():
    jacobian = cd.Jacobian(fun, sparsity=BAND)
    for x in (np.ones(N - 1), np.ones(N + 1), 1.0, []):
        with pytest.raises(
            cd.ArgumentValueError, match=r"sparsity must have shape .*got shape \(5, 5\)"
        ):
            jacobian(x)
        with pytest.raises(
            cd.ArgumentValueError, match=r"sparsity must have shape .*got shape \(5, 5\)"
        ):
            jacobian.plan(x)


def test_functions_that_return_something_else():
    with pytest.raises(cd.FunctionTypeError):
        cd.jacobian(lambda x: "text", X, sparsity=BAND)
    with pytest.raises((cd.FunctionTypeError, cd.FunctionValueError)):
        cd.hessian(fun, X, sparsity=BAND)  # an array
    with pytest.raises((cd.FunctionTypeError, cd.FunctionValueError)):
        cd.hessian(None, X, grad=number, sparsity=BAND)
    shapes = iter([N, N - 1] * 5)
    with pytest.raises(cd.FunctionValueError):
        cd.jacobian(lambda x: np.ones(next(shapes)), X, sparsity=BAND)


@pytest.mark.thread_unsafe(reason="takes SciPy away")
@pytest.mark.parametrize(
    "pattern", [BAND, BAND.tolist(), "detect"], ids=["array", "list", "detect"]
)
def test_without_scipy(monkeypatch, pattern):
    """The error says how to get it; what needs none works without."""
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    monkeypatch.setitem(sys.modules, "scipy.sparse.linalg", None)
    for operator in (cd.jacobian, cd.hessian):
        with pytest.raises(cd.MissingPackageError, match="pip install scipy"):
            operator(never, X, sparsity=pattern)
    for prepared in (cd.Jacobian, cd.Hessian):
        with pytest.raises(ImportError, match="pip install scipy"):
            prepared(never, sparsity=pattern)
        with pytest.raises(ImportError, match="pip install scipy"):
            prepared(never).operator(X)
    assert cd.jacobian(fun, X).shape == (N, N)
    assert cd.hessian(fun, X, least_squares=True).shape == (N, N)
    assert importlib.import_module("centraldiff") is cd


@pytest.mark.parametrize(
    ("given", "least"),
    [({}, 15), ({"noise": "estimate"}, 15 + 3 * 73), ({"vectorized": True}, 18)],
    ids=str,
)
def test_too_few_evaluations_for_the_groups(given, least):
    def jacobian(most):
        options = {"method": "adaptive", "sparsity": BAND, "max_nfev": most, "full_output": True}
        return cd.Jacobian(fun, **options, **given)

    with pytest.raises(cd.ArgumentValueError, match=rf"at least {least} here .* got {least - 1}$"):
        jacobian(least - 1)(X)
    prepared = jacobian(least)
    prepared(X)  # the pattern is confirmed beside these evaluations
    assert prepared(X).nfev <= least


@pytest.mark.parametrize("recovery", [np.ones(2), np.zeros(0), sp.eye_array(2), None, 1])
def test_what_is_no_recovery(recovery):
    with pytest.raises(cd.ArgumentTypeError, match="recovery must be"):
        cd.color_symmetric(BAND, recovery=recovery)


@pytest.mark.parametrize("value", [1.0, np.ones(2), np.ones((N, 1))], ids=np.shape)
def test_detection_of_what_is_no_gradient(value):
    # a pattern that is not square is no pattern of a Hessian: its transpose has other columns
    with pytest.raises(cd.FunctionValueError, match="shape that x has"):
        cd.hessian(None, X, grad=lambda x: value + 0 * x[0], sparsity="detect")


@pytest.mark.parametrize("method", ["central", "adaptive"])
def test_number_of_values_where_all_is_fixed(method):
    with pytest.raises(cd.FunctionValueError, match="must return 5 values, got 10"):
        cd.jacobian(lambda x: np.append(x, x), X, sparsity=BAND, method=method, bounds=(X, X))


def test_what_fun_returned_in_another_call_does_not_count():
    G = cd.Gradient(
        lambda x: 1.0 if x.ndim == 1 else np.ones(1),
        sum_of_terms=True, sparsity=np.ones((1, 0)), method="adaptive", verify_sparsity=False,
    )  # fmt: skip
    empty = np.zeros((1, 0))
    assert G(empty).shape == empty.shape
    with suppress(cd.FunctionValueError):
        G(empty[0])
    assert G(empty).shape == empty.shape


@pytest.mark.parametrize("rows", [1, N + 1])
def test_number_of_terms_of_a_hessian(rows):
    with pytest.raises(cd.FunctionValueError, match=f"must return {rows} values, got {N}"):
        cd.hessian(fun, X, method="adaptive", sparsity=np.ones((rows, N)), sum_of_terms=True)
