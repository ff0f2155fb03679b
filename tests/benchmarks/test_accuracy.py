"""The accuracy benchmark: its references are right, it counts honestly, it prints its tables."""

from __future__ import annotations

import importlib
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

mpmath = pytest.importorskip("mpmath")

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = ("accuracy_cases", "accuracy_contestants", "accuracy_judge", "accuracy_report", "accuracy")


@pytest.fixture(scope="module")
def bench() -> Iterator[SimpleNamespace]:
    """The modules of the benchmark, which is a folder of scripts and not a package."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in NAMES})
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in [name for name in sys.modules if name.partition(".")[0] in NAMES]:
            del sys.modules[name]


def case_of(bench, name):
    cases = [*bench.accuracy_cases.CASES, *bench.accuracy_cases.ARRAY_CASES]
    return next(case for case in cases if case.name == name)


def test_there_are_enough_of_each_kind(bench):
    cases, arrays = bench.accuracy_cases.CASES, bench.accuracy_cases.ARRAY_CASES
    names = [case.name for case in [*cases, *arrays]]
    assert len(cases) >= 220
    assert len(arrays) >= 20
    assert min(Counter(case.category for case in cases).values()) >= 25
    assert len(set(names)) == len(names)


CLOSED_FORMS = {
    "exp(x) at 0.7": (lambda m, x: m.exp(x), lambda m, x: m.exp(x)),
    "log(x) at 1e-10": (lambda m, x: 1 / x, lambda m, x: -1 / x**2),
    "sin(1e+06 x) at 1.0": (
        lambda m, x: 10**6 * m.cos(10**6 * x),
        lambda m, x: -(10**12) * m.sin(10**6 * x),
    ),
    "asin(x) at 0.9999": (
        lambda m, x: 1 / m.sqrt(1 - x**2),
        lambda m, x: x / m.sqrt(1 - x**2) ** 3,
    ),
    "x - sin(x) at 0.02": (lambda m, x: 1 - m.cos(x), lambda m, x: m.sin(x)),
    "1e8 + sin(x) at 1.0": (lambda m, x: m.cos(x), lambda m, x: -m.sin(x)),
    "gamma(x) at 1.7": (
        lambda m, x: m.gamma(x) * m.psi(0, x),
        lambda m, x: m.gamma(x) * (m.psi(0, x) ** 2 + m.psi(1, x)),
    ),
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_references_are_the_closed_forms_to_50_digits(bench, name):
    case = case_of(bench, name)
    with mpmath.workdps(80):
        x = mpmath.mpf(case.x)
        for value, form in zip((case.first, case.second), CLOSED_FORMS[name], strict=True):
            exact = form(mpmath.mp, x)
            assert abs(value - exact) < abs(exact) * mpmath.mpf(10) ** -50


def test_references_of_arrays_are_the_closed_forms(bench):
    case = case_of(bench, "exp(1e4 x0) cos(1e-4 x1)")
    with mpmath.workdps(80):
        a, b = mpmath.mpf(1e4), mpmath.mpf(1e-4)
        u, v = a * mpmath.mpf(case.x[0]), b * mpmath.mpf(case.x[1])
        e, c, s = mpmath.exp(u), mpmath.cos(v), mpmath.sin(v)
        exact = [
            a * e * c,
            -b * e * s,
            a * a * e * c,
            -a * b * e * s,
            -a * b * e * s,
            -b * b * e * c,
        ]
        for value, form in zip([*case.gradient, *case.hessian.ravel()], exact, strict=True):
            assert abs(value - form) < abs(form) * mpmath.mpf(10) ** -50


def test_what_is_zero_in_a_hessian_is_exactly_zero(bench):
    optimize = pytest.importorskip("scipy.optimize")
    case = case_of(bench, "Rosenbrock, n = 10")
    x = np.array(case.x)
    np.testing.assert_allclose(case.gradient.astype(float), optimize.rosen_der(x), rtol=1e-12)
    hessian = case.hessian.astype(float)
    np.testing.assert_allclose(hessian, optimize.rosen_hess(x), rtol=1e-12, atol=0)


def test_a_reference_on_which_two_steps_differ_is_refused(bench):
    with pytest.raises(ArithmeticError, match="50 digits"):
        bench.accuracy_cases.exact.exact_derivative(lambda m, x: m.log(x), 1e-100, 1)


def test_no_function_is_nan_where_it_is_differentiated(bench):
    for case in [*bench.accuracy_cases.CASES, *bench.accuracy_cases.ARRAY_CASES]:
        assert math.isfinite(case.fun(case.x)), case.name


def test_hard_is_what_rounding_forbids(bench):
    assert case_of(bench, "1e12 + sin(x) at 1.0").hard(1)
    for name in ("1e8 + sin(x) at 1.0", "sin(1e+06 x) at 1.0", "log(x) at 1e-20"):
        case = case_of(bench, name)
        assert not case.hard(1), name
        assert not case.hard(2), name
    cases = [case for case in bench.accuracy_cases.CASES if case.category == "smooth"]
    assert sum(case.hard(n) for case in cases for n in (1, 2)) <= 2


def test_scale_tells_apart_units_of_gradient_and_of_hessian(bench):
    answers = {"hessian": lambda fun, x: bench.accuracy_contestants.Answer(case.hessian + 1e-3)}
    case = case_of(bench, "exp(1e4 x0) cos(1e-4 x1)")
    contestant = bench.accuracy_contestants.Contestant("off by a thousandth", answers)
    verdict = bench.accuracy_judge.judge(contestant, "hessian", case)
    np.testing.assert_array_equal(verdict.wrong, [[False, True], [True, True]])
    assert verdict.overall < 1e-6


@pytest.mark.parametrize(
    ("value", "claimed", "wrong", "silent"),
    [
        (math.exp(0.7), 0.0, False, False),
        (math.exp(0.7) * 1.01, 1e-9, True, True),
        (math.exp(0.7) * 1.01, 0.01, True, False),
        (math.exp(0.7) * 1.01, math.nan, True, False),
        (math.exp(0.7) * 1.01, None, True, True),
        (math.nan, 1e-9, True, False),
    ],
)
def test_wrong_and_silent(bench, value, claimed, wrong, silent):
    def answer(fun, x):
        fun.one(x)
        fun.many([x, x + 1])
        return bench.accuracy_contestants.Answer(value, claimed, "fine")

    contestant = bench.accuracy_contestants.Contestant("fixed", {"first": answer})
    verdict = bench.accuracy_judge.judge(contestant, "first", case_of(bench, "exp(x) at 0.7"))
    assert verdict.evaluations == 3
    assert (bool(verdict.wrong), bool(verdict.silent)) == (wrong, silent)
    summary = bench.accuracy_judge.summarise("fixed", [verdict, verdict])
    assert (summary.wrong, summary.silent) == (2 * wrong, 2 * silent)
    assert summary.not_finite == 2 * math.isnan(value)


def test_what_a_contestant_raises_is_a_derivative_that_is_not_finite(bench):
    def answer(fun, x):
        raise OSError

    contestant = bench.accuracy_contestants.Contestant("broken", {"gradient": answer})
    verdict = bench.accuracy_judge.judge(contestant, "gradient", case_of(bench, "Beale"))
    assert verdict.status == "raised OSError"
    assert verdict.wrong.all()
    assert not verdict.silent.any()


def test_prints_tables_and_the_worst_cases(bench, capsys):
    bench.accuracy.main(["--category", "peaks", "--contestant", "centraldiff", "--worst", "2"])
    shown = capsys.readouterr().out
    assert "first: 33 cases" in shown
    assert "second: 33 cases" in shown
    assert "gradient" not in shown.partition("Errors are relative")[0]
    assert "worst of centraldiff order 2" in shown
    assert "jacobi  " not in shown
    bench.accuracy.main(["--category", "multivariate", "--task", "gradient"])
    shown = capsys.readouterr().out
    assert "entry median" in shown
    assert "centraldiff order 8" in shown


def test_a_method_that_does_not_exist_is_left_out_by_name(bench, monkeypatch):
    def refuses(*args, **kwargs):
        raise ValueError("method")

    for operator in ("derivative", "gradient", "hessian"):
        monkeypatch.setattr(bench.accuracy_contestants.cd, operator, refuses)
    found, left_out = bench.accuracy_contestants.contestants()
    assert left_out["centraldiff adaptive"] == "no such method"
    assert not [contestant for contestant in found if contestant.name.startswith("centraldiff")]
