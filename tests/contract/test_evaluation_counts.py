"""How often fun is called is part of the contract: exact numbers, as the docstrings give them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

CENTRAL = [
    ("central", None, 2),
    ("central", 2, 2),
    ("central", 4, 4),
    ("central", 6, 6),
    ("central", 8, 8),
]
SIDED = [
    (method, order, order or 1)
    for method in ("forward", "backward")
    for order in (None, 1, 2, 3, 4)
]
SIZES = (1, 2, 5)


class Counter:
    """Calls another function and counts."""

    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return self.function(x)


def calls(operator, function, n, **options):
    """The number of calls; what full_output says has to agree."""
    counter = Counter(function)
    x = np.linspace(0.5, 1.5, n)
    operator(counter, x, **options)
    before, counter.calls = counter.calls, 0
    result = operator(counter, x, full_output=True, **options)
    parts = result[1:] if isinstance(result, tuple) else (result,)
    assert {part.nfev for part in parts} == {counter.calls}
    assert counter.calls == before
    return before


def expected(name, n, method, p):
    """The docstrings' formulas."""
    pairs = n * (n + 1) // 2
    if method == "central":
        first, diagonal, line = p * n, 1 + p * n, p
        hessian, product = 1 + p * pairs, 1 + p + 2 * p * n
    else:
        first, diagonal, line = 1 + p * n, 1 + (p + 1) * n, 1 + p
        hessian, product = 1 + (p + 1) * pairs, (p + 2) + 2 * (p + 1) * n
        if p == 1:
            hessian, product = 1 + n * (n + 3) // 2, 3 + 3 * n
    return {
        "gradient": first,
        "Gradient": first,
        "jacobian": first,
        "Jacobian": first,
        "value_and_gradient": 1 + p * n,
        "hessian": hessian,
        "Hessian": hessian,
        "value_gradient_hessian": hessian,
        "hessian of grad": first,
        "Hessian of grad": first,
        "hessian_diagonal": diagonal,
        "directional_derivative": line,
        "hessian_vector_product of grad": line,
        "hessian_vector_product": product,
    }[name]


@pytest.mark.parametrize(("method", "order", "p"), CENTRAL + SIDED)
@pytest.mark.parametrize("n", SIZES)
def test_number_of_calls(operator, n, method, order, p):
    found = calls(operator, operator.function, n, method=method, order=order)
    assert found == expected(operator.name, n, method, p)


@pytest.mark.parametrize("n", [*SIZES, 30])
def test_numbers_of_calls_by_default(operator, n):
    # written out once more, without the general formulas
    numbers = {
        "value_and_gradient": 2 * n + 1,
        "hessian_diagonal": 2 * n + 1,
        "hessian": n**2 + n + 1,
        "Hessian": n**2 + n + 1,
        "value_gradient_hessian": n**2 + n + 1,
        "directional_derivative": 2,
        "hessian_vector_product of grad": 2,
        "hessian_vector_product": 3 + 4 * n,
    }
    assert calls(operator, operator.function, n) == numbers.get(operator.name, 2 * n)


ANALYTIC = {
    False: lambda x: np.sum(np.sin(x) * np.arange(1, x.size + 1)),
    True: lambda x: np.cos(x) + np.sum(x) ** 2,
}
COMPLEX = {
    "gradient": lambda n: n + 2,
    "Gradient": lambda n: n + 2,
    "jacobian": lambda n: n + 2,
    "Jacobian": lambda n: n + 2,
    "value_and_gradient": lambda n: n + 3,
    "hessian of grad": lambda n: n + 2,
    "Hessian of grad": lambda n: n + 2,
    "directional_derivative": lambda n: 3,
    "hessian_vector_product of grad": lambda n: 3,
}


@pytest.mark.parametrize("n", SIZES)
def test_number_of_calls_of_the_complex_step(operator, n):
    if operator.name not in COMPLEX:
        with pytest.raises(ValueError, match="complex"):
            operator(operator.function, np.ones(n), method="complex")
        return
    found = calls(operator, ANALYTIC[operator.takes_array], n, method="complex")
    assert found == COMPLEX[operator.name](n)


@pytest.mark.parametrize(
    ("n", "method", "order", "each"),
    [
        (1, "central", None, 2),
        (1, "central", 4, 4),
        (2, "central", None, 3),
        (2, "central", 4, 5),
        (3, "central", 2, 4),
        (4, "central", 2, 5),
        (10, "central", 8, 17),
        (1, "forward", None, 2),
        (3, "forward", 2, 5),
        (2, "backward", 4, 6),
        (10, "backward", 1, 11),
        (1, "complex", None, 3),
    ],
)
def test_number_of_calls_of_derivative(n, method, order, each):
    for x in (0.5, [0.5], [0.5, 0.7, 0.9]):
        counter = Counter(np.sin)
        result = cd.derivative(counter, x, n, method=method, order=order, full_output=True)
        assert counter.calls == result.nfev == each * np.size(x)


@pytest.mark.parametrize(("method", "order", "p"), [*CENTRAL, *SIDED, ("complex", None, 1)])
@pytest.mark.parametrize("n", SIZES)
def test_length_of_a_plan(planned, n, method, order, p):
    if method == "complex" and planned.name.lower() == "hessian":
        with pytest.raises(ValueError, match="complex"):
            planned.plan(np.ones(n), method=method)
        return
    x = np.linspace(0.5, 1.5, n)
    plan = planned.plan(x, method=method, order=order)
    function = ANALYTIC[planned.takes_array]
    check = 2 if method == "complex" else 0
    assert len(plan) + check == calls(planned, function, n, method=method, order=order)
    assert len(plan.points()) == len(plan)


def test_the_plan_of_a_prepared_operator(prepared):
    x = np.array([0.5, 1.5])
    seen = []

    def fun(x):
        seen.append(x)
        return prepared.function(x)

    derivative = prepared.prepare(fun)
    plan = derivative.plan(x)
    assert not seen
    derivative(x)
    assert len(plan) == len(seen)
    assert_array_equal(plan.points(), seen)


@pytest.mark.parametrize(
    ("operator_name", "most_moved", "at_x"),
    [
        ("gradient", 1, 0),
        ("value_and_gradient", 1, 1),
        ("jacobian", 1, 0),
        ("hessian", 2, 1),
        ("hessian_diagonal", 1, 1),
        ("value_gradient_hessian", 2, 1),
    ],
)
def test_points_differ_from_x_in_few_coordinates(operator_name, most_moved, at_x):
    x = np.array([0.0, 1e-30, -3.0, 1e6])
    seen = []

    def fun(point):
        seen.append(point)
        return float(np.sum(point))

    getattr(cd, operator_name)(fun, x)
    moved = [np.count_nonzero(point != x) for point in seen]
    assert moved.count(0) == at_x
    assert max(moved) == most_moved
    assert len({point.tobytes() for point in seen}) == len(seen)


@pytest.mark.parametrize(
    ("method", "signs"), [("central", {-1, 1}), ("forward", {1}), ("backward", {-1})]
)
@pytest.mark.parametrize("order", [None, 2, 4])
def test_points_lie_on_the_side_that_was_asked_for(number_operator, method, signs, order):
    x = np.array([0.5, -2.0, 0.0])
    seen = []

    def fun(point):
        seen.append(point)
        return float(np.sum(point))

    number_operator(fun, x, method=method, order=order)
    moves = np.sign(np.array(seen) - x)
    assert set(moves[moves != 0].tolist()) == signs


@pytest.mark.parametrize(("frequency", "n_steps"), [(1.0, 1), (1e4, 5), (1e8, 7)])
def test_steep_analytic_functions_need_other_steps_for_their_check(frequency, n_steps):
    counter = Counter(lambda x: np.sin(frequency * x[0]))
    cd.gradient(counter, np.full(1, 0.3), method="complex")
    assert counter.calls == 1 + 2 * n_steps


@pytest.mark.parametrize(
    ("operator_name", "n_calls"),
    [
        ("gradient", 0),
        ("jacobian", 1),
        ("hessian", 1),
        ("hessian_diagonal", 1),
        ("value_and_gradient", 1),
        ("value_gradient_hessian", 1),
    ],
)
def test_number_of_calls_for_an_empty_x(operator_name, n_calls):
    counter = Counter(lambda x: 1.0)
    getattr(cd, operator_name)(counter, [])
    assert counter.calls == n_calls


def test_complex_steps_between_two_bounds():
    """One coordinate can only go up, one only down: the check of fun takes two lines."""
    options = {"method": "complex", "bounds": ([1, -np.inf], [np.inf, 1]), "full_output": True}
    assert cd.gradient(lambda x: x[0] * x[1], [1.0, 1.0], **options).nfev == 2 + 5
    along = cd.directional_derivative(lambda x: x[0] * x[1], [1.0, 1.0], [1.0, 1.0], **options)
    assert along.nfev == 6
