"""Weights against published tables, order, error constant, printing, refusals."""

import subprocess
import sys
from fractions import Fraction
from math import comb, factorial

import numpy as np
import pytest

import centraldiff as cd

# Fornberg, Math. Comp. 51 (1988), tables 1 (central) and 3 (one-sided): (n, offsets) -> weights
CENTRAL = {
    (1, 2): "-1/2 0 1/2",
    (1, 4): "1/12 -2/3 0 2/3 -1/12",
    (1, 6): "-1/60 3/20 -3/4 0 3/4 -3/20 1/60",
    (1, 8): "1/280 -4/105 1/5 -4/5 0 4/5 -1/5 4/105 -1/280",
    (2, 2): "1 -2 1",
    (2, 4): "-1/12 4/3 -5/2 4/3 -1/12",
    (2, 6): "1/90 -3/20 3/2 -49/18 3/2 -3/20 1/90",
    (2, 8): "-1/560 8/315 -1/5 8/5 -205/72 8/5 -1/5 8/315 -1/560",
    (3, 2): "-1/2 1 0 -1 1/2",
    (3, 4): "1/8 -1 13/8 0 -13/8 1 -1/8",
    (3, 6): "-7/240 3/10 -169/120 61/30 0 -61/30 169/120 -3/10 7/240",
    (4, 2): "1 -4 6 -4 1",
    (4, 4): "-1/6 2 -13/2 28/3 -13/2 2 -1/6",
    (4, 6): "7/240 -2/5 169/60 -122/15 91/8 -122/15 169/60 -2/5 7/240",
}
ONE_SIDED = {
    (1, 1): "-1 1",
    (1, 2): "-3/2 2 -1/2",
    (1, 3): "-11/6 3 -3/2 1/3",
    (1, 4): "-25/12 4 -3 4/3 -1/4",
    (2, 1): "1 -2 1",
    (2, 2): "2 -5 4 -1",
    (2, 3): "35/12 -26/3 19/2 -14/3 11/12",
    (2, 4): "15/4 -77/6 107/6 -13 61/12 -5/6",
    (3, 1): "-1 3 -3 1",
    (3, 2): "-5/2 9 -12 7 -3/2",
    (4, 1): "1 -4 6 -4 1",
    (4, 2): "3 -14 26 -24 11 -2",
}


def weights(text):
    return tuple(Fraction(w) for w in text.split())


@pytest.mark.parametrize(("n", "order"), CENTRAL)
def test_central_weights_are_those_of_fornbergs_table(n, order):
    expected = weights(CENTRAL[n, order])
    reach = len(expected) // 2
    stencil = cd.stencil(range(-reach, reach + 1), n)
    assert stencil.weights == expected
    assert (stencil.n, stencil.order) == (n, order)


@pytest.mark.parametrize(("n", "order"), ONE_SIDED)
def test_one_sided_weights_are_those_of_fornbergs_table(n, order):
    expected = weights(ONE_SIDED[n, order])
    forward = cd.stencil(range(len(expected)), n)
    assert forward.weights == expected
    assert forward.order == order
    # mirrored offsets: derivatives of odd n change sign
    backward = cd.stencil(range(0, -len(expected), -1), n)
    assert backward.weights == tuple((-1) ** n * w for w in expected)


def test_staggered_weights_are_those_of_fornbergs_table():
    # table 2: offsets at half integers
    halves = [Fraction(-3, 2), Fraction(-1, 2), Fraction(1, 2), Fraction(3, 2)]
    assert cd.stencil(halves, 0).weights == weights("-1/16 9/16 9/16 -1/16")
    assert cd.stencil(halves, 1).weights == weights("1/24 -9/8 9/8 -1/24")
    assert cd.stencil(halves, 2).weights == weights("1/2 -1/2 -1/2 1/2")
    assert cd.stencil(halves, 1).order == 4  # symmetric: one more than N - n = 3


@pytest.mark.parametrize(
    ("offsets", "n", "constant"),
    [  # the first term that a Taylor expansion leaves over
        ([-1, 0, 1], 1, Fraction(1, 6)),
        ([-1, 0, 1], 2, Fraction(1, 12)),
        ([-2, -1, 0, 1, 2], 1, Fraction(-1, 30)),
        ([-2, -1, 0, 1, 2], 2, Fraction(-1, 90)),
        ([0, 1], 1, Fraction(1, 2)),
        ([0, -1], 1, Fraction(-1, 2)),
        ([0, 1, 2], 1, Fraction(-1, 3)),
        ([0, 1, 2], 2, Fraction(1)),
    ],
)
def test_error_constant_of_textbook_formulas(offsets, n, constant):
    assert cd.stencil(offsets, n).error_constant == constant


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
@pytest.mark.parametrize(
    "offsets",
    [
        [Fraction(-7, 3), -1, Fraction(1, 2), 4, 5, Fraction(11, 2)],
        range(-3, 4),
        [6, 2, 5, -1, 9, 3],
    ],
)
def test_moments_are_those_that_order_and_constant_promise(offsets, n):
    if n == 0 and 0 in offsets:
        pytest.skip("interpolation at a node has no error")
    stencil = cd.stencil(offsets, n)

    def moment(power):
        return sum(w * o**power for w, o in zip(stencil.weights, stencil.offsets, strict=True))

    for power in range(n + stencil.order):
        assert moment(power) == (factorial(n) if power == n else 0)
    first_left = n + stencil.order
    assert stencil.error_constant == moment(first_left) / factorial(first_left) != 0
    assert stencil.order >= len(stencil.offsets) - n


def test_interpolation_at_a_node_is_that_node():
    # in a process of its own: a search for the first error term, of which there is none, must end
    code = "import centraldiff as cd; print(*cd.stencil([0, 1, 2], 0).weights)"
    done = subprocess.run(
        [sys.executable, "-c", code], timeout=5, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "0", "0"]


def test_weights_follow_the_order_of_the_offsets():
    assert cd.stencil([1, -1, 0], 2).weights == (1, 1, -2)
    assert cd.stencil([0, 1, -1], 2).offsets == (0, 1, -1)


def test_floats_stand_for_the_fractions_that_they_are():
    stencil = cd.stencil([0.1, -0.1])
    assert stencil.offsets == (Fraction(0.1), Fraction(-0.1))
    assert stencil.weights == (1 / (2 * Fraction(0.1)), -1 / (2 * Fraction(0.1)))


def test_every_kind_of_rational_and_every_iterable_is_taken():
    expected = cd.stencil([-1, Fraction(0), 0.5])
    assert cd.stencil((-1, 0, Fraction(1, 2))) == expected
    assert cd.stencil(o for o in (-1.0, 0, np.float64(0.5))) == expected
    assert cd.stencil(np.array([-1.0, 0.0, 0.5])) == expected
    assert cd.stencil(np.arange(3)) == cd.stencil([0, 1, 2])


def test_numpy_integer_as_n():
    assert cd.stencil([0, 1, 2], np.int64(2)).weights == (1, -2, 1)


def test_high_derivatives_are_alternating_binomials():
    n = 12  # the n-th forward difference
    assert cd.stencil(range(n + 1), n).weights == tuple(
        (-1) ** (n - k) * comb(n, k) for k in range(n + 1)
    )


def test_printed_form_exactly():
    assert (
        str(cd.stencil([-1, 0, 1], 2)) == "(f(x-h) - 2 f(x) + f(x+h)) / h^2, derivative 2, order 2"
    )
    assert str(cd.stencil([-1, 1])) == "(- (1/2) f(x-h) + (1/2) f(x+h)) / h, derivative 1, order 2"
    assert str(cd.stencil([Fraction(-1, 2), Fraction(1, 2)])) == (
        "(- f(x-(1/2)h) + f(x+(1/2)h)) / h, derivative 1, order 2"
    )


def test_a_stencil_is_a_value():
    stencil = cd.stencil([-1, 0, 1])
    assert stencil == cd.stencil([-1, 0, 1]) != cd.stencil([-1, 0, 1], 2)
    assert hash(stencil) == hash(cd.stencil([-1, 0, 1]))
    with pytest.raises(AttributeError):
        stencil.order = 3


@pytest.mark.parametrize(
    ("offsets", "n", "error", "words"),
    [
        ([], 1, ValueError, "offsets.*2.*got 0"),
        ([0], 1, ValueError, "offsets.*got 1"),
        ([0, 1, 2], 3, ValueError, "offsets.*4.*got 3"),
        ([1, 1], 1, ValueError, "offsets must be distinct"),
        ([1, 1.0, 0], 1, ValueError, "offsets must be distinct"),
        ([float("nan"), 1], 1, ValueError, "offsets must be finite, got nan"),
        ([float("inf"), 1], 1, ValueError, "offsets must be finite, got inf"),
        (["1", 0], 1, TypeError, "offsets.*str"),
        ([1j, 0], 1, TypeError, "offsets.*complex"),
        ([None, 0], 1, TypeError, "offsets.*NoneType"),
        (3, 1, TypeError, "offsets.*int"),
        ([0, 1], 1.0, TypeError, "n must be an integer"),
        ([0, 1], True, TypeError, "n must be an integer"),
        ([0, 1], "1", TypeError, "n must be an integer"),
        ([0, 1], -1, ValueError, "n must be from 0"),
    ],
)
def test_refusals_name_the_argument_and_what_came(offsets, n, error, words):
    with pytest.raises(error, match=words) as caught:
        cd.stencil(offsets, n)
    assert isinstance(caught.value, cd.CentraldiffError)


def test_whole_offsets_are_printed_as_such():
    assert "f(x+2h)" in str(cd.stencil([0, 1, 2]))
