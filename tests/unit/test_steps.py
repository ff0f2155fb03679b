"""Steps: by formula and dtype, relative, absolute, scaled; refusals."""

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._steps import rounding_unit, step_rule

DTYPES = [np.float32, np.float64, np.longdouble]


@pytest.mark.parametrize("dtype", DTYPES)
def test_rounding_unit_is_half_the_gap_above_one(dtype):
    u = rounding_unit(np.dtype(dtype))
    one = dtype(1)
    assert one + 2 * u == np.nextafter(one, dtype(2))
    assert one + u == one  # the tie goes to even
    assert u.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("plan", "exponent"),
    [  # DESIGN 3: u^(1/(n+p))
        (lambda x: cd.gradient_plan(x), 1 / 3),
        (lambda x: cd.gradient_plan(x, method="forward"), 1 / 2),
        (lambda x: cd.gradient_plan(x, method="backward", order=3), 1 / 4),
        (lambda x: cd.gradient_plan(x, order=4), 1 / 5),
        (lambda x: cd.gradient_plan(x, order=8), 1 / 9),
        (lambda x: cd.hessian_plan(x), 1 / 4),
        (lambda x: cd.hessian_plan(x, order=6), 1 / 8),
        (lambda x: cd.hessian_plan(x, method="forward"), 1 / 3),
        (lambda x: cd.hessian_plan(x, from_gradients=True), 1 / 3),
    ],
)
def test_default_steps_follow_formula_and_dtype(dtype, plan, exponent):
    x = np.array([0.0, 0.3, -1.0, 250.0, -3e6], dtype)
    steps = plan(x).steps
    assert steps.dtype == dtype
    u = float(rounding_unit(np.dtype(dtype)))
    expected = u**exponent * np.maximum(np.abs(x.astype(float)), 1)
    # made representable: off by at most half a gap of x + h, and u^(1 - exponent) >> that
    np.testing.assert_allclose(steps.astype(float), expected, rtol=4 * u ** (1 - exponent))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", ["central", "forward", "complex"])
def test_the_rule_and_the_compiled_default_are_the_same(dtype, method):
    x = np.array([0.0, 1e-9, 0.7, -1.0, 3.3, -1e5], dtype)
    built_in = cd.gradient_plan(x, method=method)
    by_rule = cd.gradient_plan(x, method=method, typical_x=1.0)
    np.testing.assert_array_equal(built_in.points(), by_rule.points())
    np.testing.assert_array_equal(built_in.steps, by_rule.steps)


def test_relative_steps_are_relative_to_the_larger_of_x_and_typical_x():
    x = np.array([0.0, -0.25, 8.0])
    # powers of two: nothing is rounded
    np.testing.assert_array_equal(
        cd.gradient_plan(x, rel_step=2.0**-10).steps, 2.0**-10 * np.array([1, 1, 8])
    )
    np.testing.assert_array_equal(
        cd.gradient_plan(x, rel_step=2.0**-10, typical_x=[2.0**-20, 0.125, 64]).steps,
        2.0**-10 * np.array([2.0**-20, 0.25, 64]),
    )


def test_absolute_steps_are_taken_as_they_are():
    x = np.array([[0.0, 1.0], [-2.0, 100.0]])
    h = np.array([[0.5, 2.0**-20], [0.25, 0.125]])
    np.testing.assert_array_equal(cd.gradient_plan(x, abs_step=h).steps, h)
    np.testing.assert_array_equal(cd.gradient_plan(x, abs_step=0.25).steps, np.full((2, 2), 0.25))


def test_a_complex_step_needs_no_rounding_to_be_taken():
    steps = cd.gradient_plan([1.0, 2.0], method="complex", abs_step=1e-30).steps
    np.testing.assert_array_equal(steps, [1e-30, 1e-30])


@pytest.mark.parametrize("dtype", DTYPES)
def test_steps_are_in_the_dtype_of_x(dtype):
    x = np.array([1, 2], dtype)
    for rule in (
        step_rule(1e-3, None, None),
        step_rule(None, 1e-3, None),
        step_rule(None, None, 5),
    ):
        h = rule.steps(x, 1 / 3)
        assert h.dtype == dtype
        assert h.shape == x.shape


def test_scales_given_as_integers_or_lists_are_numbers_too():
    np.testing.assert_array_equal(cd.gradient_plan([0.0, 0.0], abs_step=1).steps, [1, 1])
    np.testing.assert_array_equal(cd.gradient_plan([0.0, 0.0], abs_step=[1, 2]).steps, [1, 2])


def test_changing_a_scale_afterwards_changes_nothing():
    h = np.array([0.5, 0.25])
    G = cd.Gradient(lambda x: x[0] ** 3, abs_step=h)
    before = G(np.ones(2))
    h[:] = 0.125
    np.testing.assert_array_equal(G(np.ones(2)), before)
    assert before[0] == 3.25  # (1.5^3 - 0.5^3) / 1


@pytest.mark.parametrize("name", ["rel_step", "abs_step", "typical_x"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (0, ValueError),
        (-1e-3, ValueError),
        (np.nan, ValueError),
        (np.inf, ValueError),
        ([1e-3, 0.0], ValueError),
        ([1e-3, 1e-3, 1e-3], ValueError),
        ([[1e-3, 1e-3]], ValueError),
        ("small", TypeError),
        (1e-3j, TypeError),
        ([1e-3, "x"], TypeError),
    ],
)
def test_refusals_name_the_option(name, value, error):
    with pytest.raises(error, match=name) as caught:
        cd.gradient_plan([1.0, 2.0], **{name: value})
    assert isinstance(caught.value, cd.CentraldiffError)


@pytest.mark.parametrize("other", ["rel_step", "typical_x"])
def test_an_absolute_step_stands_alone(other):
    with pytest.raises(ValueError, match=f"abs_step.*{other}"):
        cd.gradient(np.sum, [1.0], abs_step=1e-3, **{other: 1e-3})


@pytest.mark.parametrize(
    ("x", "options", "words"),
    [
        ([1.0, 1e10], {"abs_step": 1e-8}, r"lost in rounding.*"),
        ([1.0, 1e308], {"abs_step": [1e-3, 1e308]}, "beyond the range"),
        # the nodes exist, their distance does not
        ([1.0, 0.0], {"abs_step": [1e-3, 1e308]}, "beyond the range"),
        ([1.0, np.nan], {}, "x must be finite, got nan"),
        ([1.0, -np.inf], {}, "x must be finite, got -inf"),
    ],
)
def test_steps_that_lead_nowhere_are_refused_with_the_coordinate(x, options, words):
    with pytest.raises(ValueError, match=words) as caught:
        cd.gradient_plan(x, **options)
    assert "x[1]" in str(caught.value)


def test_trap_11_a_step_relative_to_a_tiny_x_is_not_lost():
    # rel_step=1e-6 at x = 1e-13: relative to typical_x = 1, not to x
    assert abs(cd.gradient(lambda x: x * x + 3 * x, 1e-13, rel_step=1e-6) - 3) < 1e-9
    # even where all is tiny a relative step moves x
    slope = cd.gradient(lambda x: 3 * x, 1e-13, rel_step=1e-6, typical_x=1e-13)
    assert abs(slope - 3) < 1e-8  # u / 1e-6
