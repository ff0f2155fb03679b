"""Objects that find something out at their first call, shared from that call on; plans too."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import centraldiff as cd

pytest.importorskip("scipy")
THREADS = 8
ROUNDS = 6
N = 6

chain = np.eye(N - 1, N) + np.eye(N - 1, N, 1)
band = np.eye(N) + np.eye(N, k=1) + np.eye(N, k=-1)


@pytest.fixture(autouse=True)
def _restless():
    """The interpreter changes threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def differences(x):
    return np.sin(x[1:]) * x[:-1]


def total(x):
    return float(np.sum(np.sin(x[1:]) * x[:-1]))


def slopes(x):
    """The gradient of total."""
    found = np.zeros_like(x)
    found[:-1] += np.sin(x[1:])
    found[1:] += np.cos(x[1:]) * x[:-1]
    return found


def rounded(x):
    return float(np.float32(total(x)))  # noise of 1e-8 or so


SPARSE = {
    "Jacobian": lambda **o: cd.Jacobian(differences, sparsity=chain, **o),
    "detected": lambda **o: cd.Jacobian(differences, sparsity="detect", **o),
    "Hessian": lambda **o: cd.Hessian(total, sparsity=band, **o),
    "Hessian of grad": lambda **o: cd.Hessian(None, grad=slopes, sparsity=band, **o),
    "gradient of terms": lambda **o: cd.Gradient(
        differences, sparsity=chain, sum_of_terms=True, **o
    ),
    "Hessian of terms": lambda **o: cd.Hessian(differences, sparsity=chain, sum_of_terms=True, **o),
    "least squares": lambda **o: cd.Hessian(differences, sparsity=chain, least_squares=True, **o),
}
CASES = {
    f"{name} {options or ''}": (make, options)
    for name, make in SPARSE.items()
    for options in ({}, {"method": "adaptive"}, {"bounds": (-9, 9), "workers": 2})
} | {
    "Gradient, noise": (cd.Gradient, {"fun": rounded, "noise": "estimate"}),
    "Hessian, noise": (cd.Hessian, {"fun": rounded, "noise": "estimate"}),
    "Jacobian, noise": (SPARSE["Jacobian"], {"noise": 1e-9}),
    "Gradient, fdint": (cd.Gradient, {"fun": total, "step_rule": "fdint"}),
    "complex": (cd.Jacobian, {"fun": differences, "sparsity": chain, "method": "complex"}),
}


def point(k):
    return np.linspace(0.5, 1.5, N) * (1 + k / 4)


def dense(found):
    return found.toarray() if hasattr(found, "toarray") else found


@pytest.mark.parametrize("case", CASES)
def test_first_called_by_all(case, at_once):
    make, options = CASES[case]
    shared = make(**options)
    expected = [dense(make(**options)(point(k))) for k in range(THREADS)]
    found = at_once(THREADS, lambda k: [dense(shared(point(k))) for _ in range(ROUNDS)])
    for results, alone in zip(found, expected, strict=True):
        for result in results:
            assert_array_equal(result, alone)


@pytest.mark.parametrize("name", ["Jacobian", "Hessian", "Hessian of grad", "Hessian of terms"])
def test_a_wrong_pattern_is_refused_in_every_thread(name, at_once):
    """None sees what another one has not finished to confirm."""
    wrong = {
        "Jacobian": lambda: cd.Jacobian(differences, sparsity=chain > np.eye(N - 1, N)),
        "Hessian": lambda: cd.Hessian(total, sparsity=np.eye(N)),
        "Hessian of grad": lambda: cd.Hessian(None, grad=slopes, sparsity=np.eye(N)),
        "Hessian of terms": lambda: cd.Hessian(
            differences, sparsity=chain > np.eye(N - 1, N), sum_of_terms=True
        ),
    }[name]()

    def work(k):
        for _ in range(ROUNDS):
            with pytest.raises(cd.ArgumentValueError, match="sparsity must hold every entry"):
                wrong(point(k))

    at_once(THREADS, work)


def test_detected_at_points_of_other_shapes(at_once):
    """What was found for one length is not used for another one."""
    shared = cd.Jacobian(differences, sparsity="detect")
    points = [np.linspace(0.5, 1.5, 3 + k % 4) for k in range(THREADS)]
    expected = [dense(cd.Jacobian(differences, sparsity="detect")(x)) for x in points]
    found = at_once(
        THREADS, lambda k: [dense(shared(points[(k + j) % THREADS])) for j in range(THREADS)]
    )
    for k, results in enumerate(found):
        for j, result in enumerate(results):
            assert_array_equal(result, expected[(k + j) % THREADS])


def test_sparsity_pattern(at_once):
    found = at_once(THREADS, lambda k: cd.sparsity_pattern(differences, point(k)).toarray() != 0)
    for pattern in found:
        assert_array_equal(pattern, chain != 0)


def test_estimate_noise(at_once):
    expected = cd.estimate_noise(rounded, point(0))
    assert set(at_once(THREADS, lambda k: cd.estimate_noise(rounded, point(0)))) == {expected}


PLANS = {
    "gradient": lambda: (cd.gradient_plan(point(0)), total, ()),
    "Hessian": lambda: (cd.hessian_plan(point(0)), total, ()),
    "bounds": lambda: (cd.gradient_plan(point(0), bounds=(0.5, 1.5)), total, ()),
    "sparse": lambda: (SPARSE["Jacobian"]().plan(point(0)), differences, (N - 1,)),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan(name, at_once):
    plan, fun, shape = PLANS[name]()

    def work(k):
        for _ in range(ROUNDS):
            values = np.empty((len(plan), *shape))
            for j in range(len(plan)):
                values[j] = fun(plan.points(j, j + 1)[0])
            yield dense(plan.combine(values))

    expected = next(work(0))
    for results in at_once(THREADS, lambda k: list(work(k))):
        for result in results:
            assert_array_equal(result, expected)


@pytest.mark.parametrize("options", [{}, {"workers": 2}], ids=str)
def test_a_compiled_function(options, library, at_once):
    pattern = np.zeros((N - 2, N))
    for i in range(N - 2):
        pattern[i, [i, i + 2]] = 1
    kinds = [
        {"sparsity": pattern, "value_shape": N - 2},
        {"value_shape": N - 2, "method": "adaptive"},
    ]
    for kind in kinds:
        shared = cd.Jacobian(library.products, **kind, **options)
        expected = [dense(cd.Jacobian(library.products, **kind)(point(k))) for k in range(THREADS)]
        found = at_once(THREADS, lambda k, J=shared: [dense(J(point(k))) for _ in range(ROUNDS)])
        for results, alone in zip(found, expected, strict=True):
            for result in results:
                assert_array_equal(result, alone)
