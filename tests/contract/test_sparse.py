"""Sparse derivatives: the bits of dense ones, in fewer evaluations, whatever fun does."""

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import rosen, rosen_hess

import centraldiff as cd

N = 10
INF = np.inf
BAND = abs(np.arange(N)[:, None] - np.arange(N)) <= 1
ODD = np.arange(N) % 2 == 1


def fun(x, a=1.0, *, b=0.0):
    """Row i depends on coordinates i - 1 to i + 1."""
    x = np.asarray(x)
    y = np.sin(a * x) + b
    y[1:] += x[:-1] ** 2 * x[1:]
    y[:-1] += np.exp(x[1:]) * x[:-1]
    return y


def number(x):
    return np.sum(np.sin(x)) + np.sum(x[1:] * x[:-1] ** 2)


def grad(x):
    g = np.cos(x)
    g[1:] += x[:-1] ** 2
    g[:-1] += 2 * x[1:] * x[:-1]
    return g


def point(seed=3):
    return np.random.default_rng(seed).normal(size=N)


class Counted:
    def __init__(self, fun):
        self.fun, self.calls, self.lock = fun, 0, threading.Lock()

    def __call__(self, *args, **kwargs):
        with self.lock:
            self.calls += 1
        return self.fun(*args, **kwargs)


FORMATS = ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"]
PATTERNS = {
    **{f"{name}_array": sp.coo_array(BAND).asformat(name) for name in FORMATS},
    **{f"{name}_matrix": sp.coo_matrix(BAND).asformat(name) for name in FORMATS},
    "bools": BAND,
    "numbers": BAND * -2.5,
    "list": BAND.tolist(),
    "fortran": np.asfortranarray(BAND),
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_every_format(pattern):
    found = cd.jacobian(fun, point(), sparsity=pattern)
    assert type(found) is sp.csr_array
    assert found.has_canonical_format
    assert found.dtype == np.float64
    expected = sp.csr_array(BAND)
    assert_array_equal(found.indptr, expected.indptr)
    assert_array_equal(found.indices, expected.indices)
    assert_array_equal(found.toarray(), cd.jacobian(fun, point()))


def test_structure_is_that_of_the_pattern():
    """Also where derivatives are 0, and where the pattern has more than there is."""
    pattern = BAND.copy()
    pattern[0, 9] = pattern[9, 0] = True
    found = cd.jacobian(lambda x: 0 * x, point(), sparsity=pattern)
    assert found.nnz == BAND.sum() + 2
    stored = sp.csr_array((np.zeros(2), [0, 2], [0, 2, 2]), shape=(2, 3))
    assert cd.jacobian(lambda x: np.zeros(2), np.ones(3), sparsity=stored).nnz == 2


def test_results_share_nothing():
    jacobian = cd.Jacobian(fun, sparsity=BAND)
    first, second = jacobian(point()), jacobian(point())
    expected = first.toarray()
    second.data[:] = 0
    second.indices[:] = 0
    second.indptr[:] = 0
    assert_array_equal(first.toarray(), expected)
    assert_array_equal(jacobian(point()).toarray(), expected)


def test_later_changes_of_the_pattern_change_nothing():
    for given in (BAND.copy(), sp.csr_array(BAND), sp.coo_array(BAND)):
        jacobian = cd.Jacobian(fun, sparsity=given)
        before = sp.csr_array(given).toarray()
        expected = jacobian(point()).toarray()
        assert_array_equal(sp.csr_array(given).toarray(), before)
        if sp.issparse(given):
            given.data[:] = 0
            getattr(given, "indices", getattr(given, "col", None))[:] = 0
        else:
            given[:] = False
        assert_array_equal(jacobian(point()).toarray(), expected)


METHODS = [
    *[("central", order) for order in (None, 2, 4, 6, 8)],
    *[(method, order) for method in ("forward", "backward") for order in (None, 1, 2, 3, 4)],
    ("complex", None),
]
BOUNDS = {
    "none": None,
    "wide": (-100.0, 100.0),
    "lower": (point(), INF),
    "upper": (-INF, point()),
    "opposite": (np.where(ODD, point(), -9), np.where(ODD, 9, point())),
    "some fixed": (np.where(ODD, point(), -9), np.where(ODD, point(), 9)),
    "narrow": (point() - 1e-9, point() + 3e-9),
}


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize(("method", "order"), METHODS)
def test_bits_errors_and_words_of_dense_ones(method, order, bounds):
    options = {"method": method, "order": order, "bounds": bounds}

    def inside(x):
        if bounds is not None:
            assert np.all(x.real >= bounds[0])
            assert np.all(x.real <= bounds[1])
        return fun(x)

    dense = cd.jacobian(inside, point(), full_output=True, **options)
    found = cd.jacobian(inside, point(), sparsity=BAND, full_output=True, **options)
    places = BAND.nonzero()
    assert_array_equal(found.value.toarray(), dense.value)
    assert_array_equal(
        cd.jacobian(inside, point(), sparsity=BAND, **options).data, found.value.data
    )
    assert_allclose(found.error.data, dense.error[places], rtol=1e-6, atol=1e-13)
    assert_array_equal(found.status, dense.status[places])
    assert_array_equal(found.step, dense.step)


WAYS = {
    "threads": {"workers": 3},
    "vectorized": {"vectorized": True},
    "blocks": {"vectorized": True, "batch_size": 1},
    "both": {"vectorized": True, "batch_size": 2, "workers": 2},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("bounds", [None, BOUNDS["opposite"]], ids=["free", "bounds"])
@pytest.mark.parametrize(
    ("method", "order"), [("central", 4), ("forward", None), ("complex", None)]
)
def test_ways_of_calling_give_the_same_bits(way, bounds, method, order):
    options = {"method": method, "order": order, "bounds": bounds, "sparsity": BAND}
    found = cd.jacobian(fun, point(), **options, **way)
    assert_array_equal(found.data, cd.jacobian(fun, point(), **options).data)


def test_lists_arguments_and_what_is_passed_on():
    expected = cd.jacobian(fun, point(), args=(2.0,), kwargs={"b": 1.0})
    options = {"args": (2.0,), "kwargs": {"b": 1.0}, "sparsity": BAND}
    ways = (
        (fun, {}),
        (lambda x, a, *, b: fun(x, a, b=b).tolist(), {"x_as": "list"}),
        (lambda *x, b: fun(x[:-1], x[-1], b=b), {"x_as": "arguments"}),
    )
    for function, way in ways:
        found = cd.jacobian(function, point(), **options, **way)
        assert_array_equal(found.toarray(), expected)
    jacobian = cd.Jacobian(fun, **options)
    assert_array_equal(jacobian(point()).toarray(), expected)
    with_others = cd.jacobian(fun, point(), args=(3.0,), kwargs={"b": 1.0})
    assert_array_equal(jacobian(point(), 3.0).toarray(), with_others)


def test_compiled_functions(library):
    n = 12
    i = np.arange(n)
    pattern = np.zeros((n, n), bool)
    pattern[i, i] = pattern[i, (i + 2) % n] = True
    x = np.linspace(0.5, 1.5, n)
    for way in ({}, {"workers": 2}):
        found = cd.jacobian(library.products, x, value_shape=n, sparsity=pattern, **way)
        assert_array_equal(found.toarray(), cd.jacobian(library.products, x, value_shape=n))
    band = abs(i[:, None] - i) <= 1
    found = cd.hessian(library.rosen, x, sparsity=band)
    assert_allclose(found.toarray(), cd.hessian(library.rosen, x), rtol=1e-4, atol=1e-4)
    found = cd.hessian(None, x, grad=library.rosen_der, sparsity=band)
    exact = cd.hessian(None, x, grad=library.rosen_der)
    assert_allclose(found.toarray(), exact, rtol=1e-8, atol=1e-6)


def per_color(method, order):
    if method == "complex":
        return 1, 2
    return order or {"central": 2}.get(method, 1), int(method != "central")


@pytest.mark.parametrize(("method", "order"), METHODS)
def test_evaluations_of_jacobians(method, order):
    counted = Counted(fun)
    each, once = per_color(method, order)
    for options in ({}, {"workers": 2}, {"full_output": True}):
        counted.calls = 0
        found = cd.jacobian(
            counted, point(), method=method, order=order, sparsity=BAND, verify_sparsity=False,
            **options,
        )  # fmt: skip
        assert counted.calls == 3 * each + once
    assert found.nfev == counted.calls


@pytest.mark.parametrize(("method", "order"), METHODS)
def test_evaluations_of_hessians_from_gradients(method, order):
    """Two colours by substitution where bounds do not forbid it, else three."""
    each, once = per_color(method, order)
    for colors, bounds in ((2, None), (3, (-100, 100))):
        counted = Counted(grad)
        cd.hessian(
            None, point(), grad=counted, method=method, order=order, sparsity=BAND,
            verify_sparsity=False, bounds=bounds,
        )  # fmt: skip
        assert counted.calls == colors * each + once


@pytest.mark.parametrize(
    ("method", "order", "axis", "pair"),
    [("central", None, 2, 2), ("central", 4, 4, 4), ("forward", None, 2, 1), ("backward", 3, 4, 4)],
)
def test_evaluations_of_hessians_from_values(method, order, axis, pair):
    counted = Counted(number)
    cd.hessian(counted, point(), method=method, order=order, sparsity=BAND, verify_sparsity=False)
    assert counted.calls == 1 + axis * N + pair * (N - 1)


def test_hessians_from_values_have_the_bits_of_dense_ones():
    for method, order in METHODS[:-1]:
        found = cd.hessian(number, point(), method=method, order=order, sparsity=BAND)
        dense = cd.hessian(number, point(), method=method, order=order)
        assert_array_equal(found.toarray()[BAND], dense[BAND])


def test_hessians_from_gradients_are_those_of_dense_ones():
    for method, order in METHODS:
        options = {"grad": grad, "method": method, "order": order}
        found = cd.hessian(None, point(), sparsity=BAND, **options)
        dense = cd.hessian(None, point(), **options)
        tolerance = 1e-5 if method in ("forward", "backward") and order in (None, 1) else 1e-7
        assert_allclose(found.toarray(), dense * BAND, atol=tolerance)
        assert_array_equal(found.toarray(), found.toarray().T)


def test_x_of_any_kind():
    x = point()
    expected = cd.jacobian(fun, x, sparsity=BAND).data
    for same in (x.tolist(), tuple(x), x.copy()[::-1].copy()[::-1], np.repeat(x, 2)[::2]):
        assert_array_equal(cd.jacobian(fun, same, sparsity=BAND).data, expected)
    frozen = x.copy()
    frozen.flags.writeable = False
    assert_array_equal(cd.jacobian(fun, frozen, sparsity=BAND).data, expected)
    square = x.reshape(2, 5)
    found = cd.jacobian(lambda x: fun(x.ravel()).reshape(5, 2), square, sparsity=BAND)
    assert found.shape == (N, N)
    assert_array_equal(found.data, expected)
    ints = cd.jacobian(fun, [1] * N, sparsity=BAND)
    assert_array_equal(ints.data, cd.jacobian(fun, np.ones(N), sparsity=BAND).data)


def test_dtypes():
    single = cd.jacobian(fun, point().astype(np.float32), sparsity=BAND)
    assert single.dtype == np.float32
    assert_allclose(single.toarray(), cd.jacobian(fun, point()), rtol=0.01, atol=0.01)
    longer = cd.jacobian(fun, point().astype(np.longdouble), sparsity=BAND)
    assert longer.dtype == np.longdouble
    for dtype in (np.float32, np.longdouble):
        x = point().astype(dtype)
        found = cd.jacobian(fun, x, sparsity=BAND)
        assert_array_equal(found.data, cd.jacobian(fun, x)[BAND])


def test_numbers_and_nothing():
    found = cd.jacobian(np.sin, 1.0, sparsity=[[True]])
    assert found.shape == (1, 1)
    assert found.data[0] == cd.jacobian(np.sin, 1.0)
    assert cd.hessian(np.sin, 1.0, sparsity=[[True]]).shape == (1, 1)
    assert cd.jacobian(np.sin, [], sparsity=np.zeros((0, 0))).shape == (0, 0)
    assert cd.jacobian(lambda x: np.ones(3), [], sparsity=np.zeros((3, 0))).shape == (3, 0)
    assert cd.jacobian(lambda x: [], np.ones(3), sparsity=np.zeros((0, 3))).shape == (0, 3)
    assert cd.hessian(lambda x: 1.0, [], sparsity=np.zeros((0, 0))).shape == (0, 0)
    assert cd.hessian(None, [], grad=np.sin, sparsity=np.zeros((0, 0))).shape == (0, 0)
    for method in ("adaptive", "forward", "complex"):
        nothing = cd.jacobian(
            lambda x: np.ones(2, x.dtype), np.ones(3), sparsity=np.zeros((2, 3)), method=method
        )
        assert nothing.nnz == 0


def test_two_rows_are_a_pattern_with_two_rows():
    pattern = np.array([[1, 1, 0, 0], [0, 0, 1, 1]])
    found = cd.jacobian(lambda x: [x[0] * x[1], x[2] + x[3]], np.ones(4), sparsity=pattern)
    assert_allclose(found.toarray(), pattern, atol=1e-9)


def keeping():
    kept = []

    def function(x):
        kept.append(x)
        return fun(x)

    return function


def writing(x):
    y = fun(x)
    x[:] = np.nan
    return y


def reusing():
    buffer = np.empty(N)

    def function(x):
        buffer[:] = fun(x)
        return buffer

    return function


def viewing(x):
    x[:] = fun(x)
    return x


@pytest.mark.parametrize("make", [keeping, lambda: writing, reusing, lambda: viewing])
@pytest.mark.parametrize("method", ["central", "forward", "adaptive"])
def test_what_fun_may_do(make, method):
    x = point()
    found = cd.jacobian(make(), x, sparsity=BAND, method=method)
    assert_array_equal(x, point())
    assert_array_equal(found.data, cd.jacobian(fun, x, sparsity=BAND, method=method).data)


def test_exceptions_name_the_group():
    calls = 0

    def fails(x):
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyError("mine")
        return fun(x)

    jacobian = cd.Jacobian(fails, sparsity=BAND)
    with pytest.raises(KeyError, match="mine") as error:
        jacobian(point())
    (note,) = error.value.__notes__
    assert "evaluation 4 of 6 of fun, at x displaced in x[1], x[4], x[7]" in note
    assert_array_equal(jacobian(point()).toarray(), cd.jacobian(fun, point()))


@pytest.mark.parametrize("kind", ["jacobian", "gradients"])
def test_values_that_are_not_finite(kind):
    def sometimes(x):
        y = fun(x) if kind == "jacobian" else grad(x)
        y[4] = np.nan
        return y

    def derivative():
        if kind == "jacobian":
            return cd.jacobian(sometimes, point(), sparsity=BAND)
        return cd.hessian(None, point(), grad=sometimes, sparsity=BAND, bounds=(-9, 9))

    with pytest.warns(cd.NotFiniteWarning, match=r"\[4, 3\]") as caught:
        found = derivative()
    assert len(caught) == 1
    expected = BAND & (np.arange(N) == 4)[:, None]
    if kind == "jacobian":
        assert_array_equal(np.isnan(found.toarray()), expected)
    else:  # what only row 4 could tell is lost, and the mean of the two too
        assert_array_equal(np.isnan(found.toarray()) & ~(expected | expected.T), np.zeros((N, N)))


def test_there_is_no_out():
    for prepared in (cd.Jacobian(fun, sparsity=BAND), cd.Hessian(number, sparsity=BAND)):
        with pytest.raises(cd.ArgumentTypeError, match="out"):
            prepared(point(), out=np.empty((N, N)))
    gradient = cd.Gradient(fun, sparsity=BAND, sum_of_terms=True)
    out = np.empty(N)
    assert gradient(point(), out=out) is out


@pytest.mark.parametrize("used", [False, True])
def test_copies(used):
    jacobian = cd.Jacobian(fun, sparsity=BAND)
    expected = cd.jacobian(fun, point()).tolist()
    if used:
        jacobian(point())
    for other in (
        copy.copy(jacobian),
        copy.deepcopy(jacobian),
        pickle.loads(pickle.dumps(jacobian)),
    ):
        assert other(point()).toarray().tolist() == expected


def test_threads_share_an_object(at_once):
    points = [point(seed) for seed in range(8)]
    expected = [cd.jacobian(fun, x, sparsity=BAND).data for x in points]
    jacobian = cd.Jacobian(fun, sparsity=BAND)
    for found, right in zip(at_once(8, lambda k: jacobian(points[k]).data), expected, strict=True):
        assert_array_equal(found, right)
    with ThreadPoolExecutor(4) as pool:
        for found, right in zip(pool.map(jacobian, points * 5), expected * 5, strict=True):
            assert_array_equal(found.data, right)


def test_an_object_within_its_own_function():
    def recursive(x):
        nonlocal depth
        depth += 1
        if depth < 4:
            jacobian(x[::-1].copy())
        return fun(x)

    depth = 0
    jacobian = cd.Jacobian(recursive, sparsity=BAND)
    assert_array_equal(jacobian(point()).data, cd.jacobian(fun, point(), sparsity=BAND).data)


def test_detected_patterns_and_words_of_all_entries():
    found = cd.jacobian(fun, point(), sparsity="detect", full_output=True)
    assert_array_equal(found.value.toarray(), cd.jacobian(fun, point()))
    assert found.status.shape == found.value.data.shape
    assert found.error.shape == found.value.shape


@pytest.mark.parametrize("sparsity", ["pattern", "detect"])
@pytest.mark.parametrize("noise", [None, 1e-9, "estimate"])
@pytest.mark.parametrize("kind", ["jacobian", "grad", "values", "terms"])
def test_max_nfev_is_kept_to(kind, noise, sparsity):
    n = 5
    pattern = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= 1
    calls = []

    def parts(x):
        calls.append(0)
        return np.append(np.sin(x[:-1] * 30) * x[1:], x[-1] ** 3)

    def call(**options):
        if kind == "jacobian":
            return cd.jacobian(parts, x, **options)
        if kind == "grad":
            return cd.hessian(None, x, grad=lambda x: 0 * parts(x) + x**3, **options)
        if kind == "values":
            return cd.hessian(lambda x: parts(x).sum(), x, **options)
        return cd.hessian(parts, x, sum_of_terms=True, **options)

    x = np.linspace(0.3, 1.2, n)
    given = {"sparsity": "detect" if sparsity == "detect" else pattern}
    call(**given)
    on_top = len(calls)  # what finding and confirming the pattern takes, and more
    calls.clear()
    options = {"method": "adaptive", "noise": noise, "full_output": True, **given}
    with pytest.raises(cd.ArgumentValueError, match="max_nfev must be at least") as refusal:
        call(max_nfev=3, **options)
    assert "got 3" in str(refusal.value)
    least = int(str(refusal.value).split("at least ")[1].split()[0])
    calls.clear()
    found = call(max_nfev=least, **options)
    assert found.nfev == len(calls) <= least + on_top
    with pytest.raises(cd.ArgumentValueError, match=f"at least {least} here"):
        call(max_nfev=least - 1, **options)


def test_adaptive_pairs_of_a_fixed_coordinate_are_zero():
    x, band = np.linspace(0.5, 1.5, 5), abs(np.arange(5)[:, None] - np.arange(5)) <= 1
    lower, upper = x - 1, x + 1
    lower[2] = upper[2] = x[2]
    options = {"method": "adaptive", "full_output": True}
    found = cd.hessian(rosen, x, sparsity=band, bounds=(lower, upper), **options)
    expected = rosen_hess(x)
    expected[2] = expected[:, 2] = 0
    assert_allclose(found.value.toarray(), expected, rtol=1e-6, atol=1e-6)
    assert found.nfev < cd.hessian(rosen, x, sparsity=band, **options).nfev


@pytest.mark.parametrize("x", [1.0, np.float32(1), np.array(1.0)])
def test_second_derivatives_of_a_number_with_noise(x):
    found = cd.hessian(np.cos, x, noise=1e-6, sparsity=[[1]], full_output=True)
    assert abs(found.value.toarray() + np.cos(1)) < 10 * found.error.toarray()


@pytest.mark.filterwarnings("error:overflow:RuntimeWarning")
@pytest.mark.parametrize("options", [{"method": "adaptive"}, {"noise": "estimate"}], ids=str)
def test_derivatives_beyond_the_range(options):
    """Values may be as large as numbers are."""
    cd.jacobian(
        lambda x: 1e308 * np.tanh(1e3 * x), [1e-3, 2e-3], sparsity=np.eye(2), typical_x=1e-3,
        verify_sparsity=False, **options,
    )  # fmt: skip
