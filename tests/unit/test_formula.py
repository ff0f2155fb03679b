"""Which nodes, which terms and which exponent each method and order stand for."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._formula import (
    BASE,
    NOTHING,
    accuracy,
    coordinate_formula,
    element_formula,
    gradient_beside_hessian,
    node_offsets,
    pair_formula,
)

ORDERS = {"central": (2, 4, 6, 8), "forward": (1, 2, 3, 4), "backward": (1, 2, 3, 4)}
ALL = [(method, order) for method, orders in ORDERS.items() for order in orders]


def signed_nodes(formula):
    """Weight of every node (and of x, under None), out of the terms; for degree 1 times h."""
    arrays = formula.arrays()
    offsets = arrays["offsets"]
    total = {}
    for plus, minus, weight in zip(arrays["plus"], arrays["minus"], arrays["weights"], strict=True):
        other = 0.0 if minus == BASE else offsets[minus]
        if formula.degree == 1:
            weight = weight / (offsets[plus] - other)
        total[float(offsets[plus])] = total.get(float(offsets[plus]), 0) + weight
        total[float(other)] = total.get(float(other), 0) - weight
    return total


@pytest.mark.parametrize(("method", "order"), ALL)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 10])
@pytest.mark.parametrize("make", [coordinate_formula, element_formula])
def test_terms_add_up_to_the_stencil(make, n, method, order):
    formula = make(n, method, order)
    got = signed_nodes(formula)
    exact = cd.stencil([int(o) for o in sorted({*got, 0.0})], n)
    largest = max(abs(float(w)) for w in exact.weights)
    for offset, weight in zip(exact.offsets, exact.weights, strict=True):
        # sums of at most 14 terms, each rounded once
        assert abs(float(got.get(float(offset), 0)) - float(weight)) <= 14 * 2.0**-53 * largest
    assert exact.order == order


@pytest.mark.parametrize(("method", "order"), ALL)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_step_exponent_balances_rounding_and_truncation(n, method, order):
    # u / h^n = h^p
    assert coordinate_formula(n, method, order).exponent == 1 / (n + order)
    assert element_formula(n, method, order).exponent == 1 / (n + order)
    assert pair_formula(method, order).exponent == 1 / (2 + order)


@pytest.mark.parametrize(
    ("n", "method", "order", "offsets"),
    [
        (1, "central", 2, [1, -1]),
        (1, "central", 8, [1, -1, 2, -2, 3, -3, 4, -4]),
        (2, "central", 2, [1, -1]),
        (2, "central", 4, [1, -1, 2, -2]),
        (3, "central", 2, [1, -1, 2, -2]),
        (4, "central", 2, [1, -1, 2, -2]),
        (1, "forward", 1, [1]),
        (1, "forward", 4, [1, 2, 3, 4]),
        (2, "forward", 1, [1, 2]),
        (1, "backward", 2, [-1, -2]),
        (3, "backward", 1, [-1, -2, -3]),
    ],
)
def test_nodes_beside_x(n, method, order, offsets):
    assert node_offsets(n, method, order) == offsets
    assert coordinate_formula(n, method, order).arrays()["offsets"].tolist() == offsets


@pytest.mark.parametrize(("method", "order"), ALL)
def test_number_of_nodes_is_the_promised_number_of_evaluations(method, order):
    s, _, _ = coordinate_formula(1, method, order).sizes
    assert s == order
    s, _, _ = coordinate_formula(2, method, order).sizes
    assert s == (order if method == "central" else order + 1)
    for n in range(1, 11):
        s, _, _ = element_formula(n, method, order).sizes
        central = 2 * ((n + order - 1) // 2) + (n % 2 == 0)
        assert s == (central if method == "central" else n + order)


@pytest.mark.parametrize("order", ORDERS["central"])
def test_odd_central_derivatives_take_pairs_and_no_base(order):
    for n in (1, 3, 5):
        formula = coordinate_formula(n, "central", order)
        arrays = formula.arrays()
        assert not formula.needs_base
        np.testing.assert_array_equal(
            arrays["offsets"][arrays["plus"]], -arrays["offsets"][arrays["minus"]]
        )


@pytest.mark.parametrize(("method", "order"), ALL)
def test_even_and_one_sided_terms_are_against_x_itself(method, order):
    formula = coordinate_formula(2, method, order)
    assert formula.needs_base
    assert set(formula.arrays()["minus"]) == {BASE}
    element = element_formula(2, method, order)
    assert not element.needs_base
    assert element.arrays()["offsets"][-1] == 0


@pytest.mark.parametrize("method", ORDERS)
def test_the_default_order_is_the_lowest(method):
    lowest = ORDERS[method][0]
    assert accuracy(1, method, None) == lowest
    for name, numbers in coordinate_formula(1, method, None).arrays().items():
        np.testing.assert_array_equal(numbers, coordinate_formula(1, method, lowest).arrays()[name])
    assert coordinate_formula(1, method, None).lower is None


@pytest.mark.parametrize(("method", "order"), ALL)
@pytest.mark.parametrize(
    "make",
    [
        lambda m, o: coordinate_formula(1, m, o),
        lambda m, o: coordinate_formula(2, m, o),
        lambda m, o: element_formula(3, m, o),
        pair_formula,
        gradient_beside_hessian,
    ],
)
def test_the_lower_order_has_the_first_nodes_of_this_one(make, method, order):
    formula = make(method, order)
    orders = ORDERS[method]
    if order == orders[0]:
        assert formula.lower is None
        return
    lower = formula.lower
    below = orders[orders.index(order) - 1]
    assert lower.exponent == pytest.approx(1 / (formula.degree + below))
    shared = lower.arrays()["offsets"]
    np.testing.assert_array_equal(formula.arrays()["offsets"][: len(shared)], shared)


@pytest.mark.parametrize(("method", "order"), ALL)
def test_pair_formula_gives_the_mixed_derivative_of_every_monomial_exactly(method, order):
    # h_i h_j f_ij from differences against f(x), for f = s^a t^b with a + b < 2 + order
    arrays = pair_formula(method, order).arrays()
    o, along = arrays["offsets"], arrays["offsets"][arrays["pair_nodes"]]
    for a in range(order + 2):
        for b in range(order + 2 - a):
            if a + b == 0:
                continue
            on_a = o**a if b == 0 else 0 * o
            on_b = o**b if a == 0 else 0 * o
            got = arrays["pair_weights"] @ along ** (a + b) + arrays["axis_weights"] @ (on_a + on_b)
            expected = 1 if (a, b) == (1, 1) else 0
            size = np.abs(arrays["pair_weights"]) @ np.abs(along) ** (a + b)
            assert abs(got - expected) <= 40 * 2.0**-53 * max(size, 1), (a, b)


def test_pair_formula_of_order_2_is_abramowitz_and_stegun_25_3_27():
    arrays = pair_formula("central", 2).arrays()
    np.testing.assert_array_equal(arrays["pair_weights"], [0.5, 0.5])
    np.testing.assert_array_equal(arrays["axis_weights"], [-0.5, -0.5])


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_one_sided_pair_formula_is_dennis_and_schnabels(method):
    formula = pair_formula(method, 1)
    arrays = formula.arrays()
    assert formula.sizes == (2, 2, 1)
    np.testing.assert_array_equal(arrays["pair_weights"], [1])
    np.testing.assert_array_equal(arrays["axis_weights"], [-1, 0])


@pytest.mark.parametrize(("method", "order"), ALL)
def test_the_gradient_beside_a_hessian_uses_its_nodes_and_is_as_accurate(method, order):
    beside = gradient_beside_hessian(method, order)
    hessian = pair_formula(method, order)
    np.testing.assert_array_equal(beside.arrays()["offsets"], hessian.arrays()["offsets"])
    got = signed_nodes(beside)
    for power in range(order + 1):
        moment = sum(float(w) * o**power for o, w in got.items())
        assert abs(moment - factorial(power) * (power == 1)) <= 1e-13 * 5.0**power


def test_the_complex_step_is_one_imaginary_node_that_stands_alone():
    formula = coordinate_formula(1, "complex", None)
    arrays = formula.arrays()
    assert formula.imaginary
    assert formula.sizes == (1, 1, 0)
    assert arrays["minus"].tolist() == [NOTHING]
    assert not formula.needs_base
    # a step of about 1e-20 in float64
    assert 1e-21 < (2.0**-53) ** formula.exponent < 1e-19


def test_weights_are_rounded_once_from_the_fractions():
    weights = coordinate_formula(1, "central", 4).arrays()["weights"]
    # 2/3 * 2 and -1/12 * 4, in the widest type
    expected = [
        np.longdouble(w.numerator) / w.denominator for w in (Fraction(4, 3), Fraction(-1, 3))
    ]
    np.testing.assert_array_equal(weights, expected)


@pytest.mark.parametrize(
    ("method", "order", "error", "words"),
    [
        ("central", 1, ValueError, r"order must be one of \(2, 4, 6, 8\).*got 1"),
        ("central", 3, ValueError, "order must be one of.*got 3"),
        ("central", 10, ValueError, "order must be.*got 10"),
        ("central", 0, ValueError, "order must be.*got 0"),
        ("forward", 5, ValueError, r"order must be one of \(1, 2, 3, 4\).*got 5"),
        ("backward", 6, ValueError, "order must be one of.*got 6"),
        ("central", 2.0, TypeError, "order must be an integer.*2.0"),
        ("central", "2", TypeError, "order must be an integer.*'2'"),
        ("forward", True, TypeError, "order must be an integer.*True"),
        ("complex", 2, ValueError, "order has no meaning.*got 2"),
        ("centrall", None, ValueError, "method must be one of.*centrall"),
        (None, None, TypeError, "method must be a str.*None"),
        (2, None, TypeError, "method must be a str.*2"),
    ],
)
def test_refusals_name_what_is_allowed(method, order, error, words):
    for operator in (cd.gradient, cd.jacobian, cd.hessian, cd.hessian_diagonal, cd.derivative):
        if operator in (cd.hessian, cd.hessian_diagonal) and method == "complex":
            continue
        with pytest.raises(error, match=words) as caught:
            operator(lambda x: 0.0, [1.0], method=method, order=order)
        assert isinstance(caught.value, cd.CentraldiffError)


def test_the_complex_step_has_no_second_derivatives():
    for call in (
        lambda: cd.hessian(np.sum, [1.0], method="complex"),
        lambda: cd.derivative(np.sin, 1.0, 2, method="complex"),
        lambda: cd.hessian_diagonal(np.sum, [1.0], method="complex"),
        lambda: cd.hessian_vector_product(np.sum, [1.0], [1.0], method="complex"),
    ):
        with pytest.raises(ValueError, match=r"complex.*first derivatives only"):
            call()


def test_a_numpy_integer_is_an_order_and_not_a_float_that_equals_it():
    # a cache must not confuse 4 with 4.0 or True with 1
    assert coordinate_formula(1, "central", np.int64(4)).sizes == (4, 2, 0)
    coordinate_formula(1, "central", 4)
    coordinate_formula(1, "forward", 1)
    with pytest.raises(TypeError):
        coordinate_formula(1, "central", 4.0)
    with pytest.raises(TypeError):
        coordinate_formula(1, "forward", True)
