"""C functions, however they are pointed at: called rightly, or refused and never called."""

import copy
import ctypes
import gc
import pickle
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

NUMBERS = ctypes.POINTER(ctypes.c_double)
PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, NUMBERS)
X = np.array([0.5, 1.25, -0.75, 2.0])


def rosen(x):
    x = np.ravel(x)
    a, b = x[1:] - x[:-1] * x[:-1], 1 - x[:-1]
    return sum(100 * p * p + q * q for p, q in zip(a, b, strict=True))


def rosen_der(x):
    x = np.ravel(x)
    g = np.zeros_like(x)
    for i in range(x.size - 1):
        a = x[i + 1] - x[i] * x[i]
        g[i] += -400 * x[i] * a - 2 * (1 - x[i])
        g[i + 1] += 200 * a
    return g


@pytest.fixture
def scipy_callable():
    return pytest.importorskip("scipy").LowLevelCallable


def as_ctypes(library, scipy_callable):
    return library.rosen


def as_prototype(library, scipy_callable):
    return PROTOTYPE(ctypes.cast(library.rosen, ctypes.c_void_p).value)


def as_low_level_callable(library, scipy_callable):
    return scipy_callable(library.rosen)


def as_capsule(library, scipy_callable):
    return tuple.__getitem__(scipy_callable(library.rosen), 0)


def as_capsule_again(library, scipy_callable):
    return scipy_callable(as_capsule(library, scipy_callable))


FORMS = (as_ctypes, as_prototype, as_low_level_callable, as_capsule, as_capsule_again)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("method", ["central", "forward", "backward", "adaptive"])
def test_every_form_gives_what_python_gives(form, method, library, scipy_callable):
    fun = form(library, scipy_callable)
    assert_allclose(
        cd.gradient(fun, X, method=method), cd.gradient(rosen, X, method=method), rtol=2e-7
    )
    assert_allclose(
        cd.Gradient(fun, method=method)(X), cd.gradient(rosen, X, method=method), rtol=2e-7
    )


def test_every_operator_gives_what_python_gives(operator, library, entries):
    fun, twin, shape = library.rosen, rosen, {}
    if operator.takes_array:
        fun, twin = library.rosen_der, rosen_der
        if operator.argument == "fun":
            shape = {"value_shape": X.size}
    for options in ({}, {"method": "adaptive"}, {"bounds": (-0.75, 2.0)}, {"noise": 1e-13}):
        for order in (None,) if len(options) else (None, 4):
            expected = entries(operator(twin, X, order=order, **options))
            found = entries(operator(fun, X, order=order, **options, **shape))
            assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


def test_counts_are_those_of_the_contract(library, scipy_callable):
    counter = ctypes.c_longlong(0)
    fun = scipy_callable(library.counted, ctypes.cast(ctypes.pointer(counter), ctypes.c_void_p))
    result = cd.gradient(fun, X, full_output=True)
    assert result.nfev == counter.value == 2 * X.size
    result = cd.hessian(fun, X, full_output=True)
    assert result.nfev == X.size**2 + X.size + 1 == counter.value - 2 * X.size


def test_the_shape_of_x_is_that_of_the_result(library):
    x = X.reshape(2, 2)
    assert_array_equal(cd.gradient(library.rosen, x).ravel(), cd.gradient(library.rosen, X))
    assert cd.jacobian(library.products, x, value_shape=(3, 1)).shape == (3, 1, 2, 2)
    assert_allclose(cd.gradient(library.square_root, 4.0), 0.25, rtol=1e-8)
    assert_allclose(cd.derivative(library.square_root, [[4.0], [1.0]]), [[0.25], [0.5]], rtol=1e-8)
    assert_allclose(cd.gradient(library.square_root, np.array(4.0)), 0.25, rtol=1e-8)


def test_user_data(library, scipy_callable):
    weights = np.array([1.0, -2.0, 3.0, 0.5])
    data = weights.ctypes.data_as(ctypes.c_void_p)
    G = cd.Gradient(scipy_callable(library.weighted, data))
    assert_allclose(G(X), weights * np.cos(X), rtol=1e-8)
    weights *= 2  # the function sees it
    assert_allclose(G(X), weights * np.cos(X), rtol=1e-8)


def test_values_that_are_arrays(library):
    J = cd.Jacobian(library.products, value_shape=(3,))
    expected = np.zeros((3, 4))
    for i in range(3):
        expected[i, i % 4] += X[(i + 2) % 4]
        expected[i, (i + 2) % 4] += X[i % 4]
    assert_allclose(J(X), expected, atol=1e-9)
    assert J(X).shape == (3, 4)
    v = np.ones(4)
    along = cd.directional_derivative(library.products, X, v, value_shape=3)
    assert_allclose(along, expected @ v, atol=1e-9)
    assert_allclose(cd.jacobian(library.rosen, X), rosen_der(X), rtol=1e-6)
    assert cd.estimate_noise(library.products, X, value_shape=3).shape == (3,)
    assert_allclose(cd.jacobian(library.products, X, value_shape=0), np.zeros((0, 4)))


def test_a_value_that_is_left_out_is_no_number(library):
    with pytest.warns(cd.NotFiniteWarning, match="4 of 12"):
        J = cd.jacobian(library.forgets, X, value_shape=3)
    assert np.isfinite(J[:2]).all()
    assert np.isnan(J[2]).all()


def test_what_is_written_into_x_does_no_harm(library):
    x = X.copy()
    for order in (None, 4):
        assert_array_equal(
            cd.gradient(library.scribbles, x, order=order),
            cd.gradient(library.rosen, x, order=order),
        )
    assert_array_equal(cd.hessian(library.scribbles, x), cd.hessian(library.rosen, x))
    assert_array_equal(x, X)


def test_not_finite(library):
    x = np.array([-1.0, 2.0])
    with pytest.warns(cd.NotFiniteWarning, match="2 of 2"):
        assert np.isnan(cd.gradient(library.square_root, x)).all()
    result = cd.gradient(library.square_root, [1e-7, 2.0], method="adaptive", full_output=True)
    assert_allclose(result.value, [0.5 / np.sqrt(1e-7), 1], rtol=1e-6)


def test_large_blocks(library):
    x = np.linspace(0.5, 1.5, 3000)
    assert_allclose(cd.gradient(library.rosen, x), rosen_der(x), atol=1e-4)


class Signatures:
    """ctypes functions at the address of one that takes a number: to call them would be wrong."""

    D, N, P = ctypes.c_double, ctypes.c_int, ctypes.c_void_p
    ALL = (
        (D, (D,)),
        (D, (NUMBERS,)),
        (D, (N, D)),
        (D, (NUMBERS, N)),
        (D, (N, P)),
        (D, (ctypes.c_long, NUMBERS)),
        (D, (ctypes.c_uint, NUMBERS)),
        (D, (N, ctypes.POINTER(ctypes.c_float))),
        (D, (N, NUMBERS, NUMBERS)),
        (D, (N, NUMBERS, ctypes.py_object)),
        (D, (N, NUMBERS, P, P)),
        (ctypes.c_float, (N, NUMBERS)),
        (ctypes.c_int, (N, NUMBERS)),
        (None, (N, NUMBERS)),
        (None, (N, NUMBERS, N, NUMBERS)),
        (D, (N, NUMBERS, N, NUMBERS, P)),
        (None, (N, NUMBERS, NUMBERS, N, P)),
        (D, ()),
    )


@pytest.mark.parametrize("signature", Signatures.ALL)
def test_wrong_signatures_are_refused(signature, library, operator):
    restype, argtypes = signature
    fun = ctypes.CFUNCTYPE(restype, *argtypes)(ctypes.cast(library.wrong, ctypes.c_void_p).value)
    with pytest.raises(cd.ArgumentTypeError, match=r"signature.*allowed are 'double"):
        operator(fun, X)


@pytest.mark.thread_unsafe(reason="it changes what a ctypes function says of itself")
def test_what_does_not_tell_its_signature_is_refused(library):
    with pytest.raises(cd.ArgumentTypeError, match="argtypes are not set"):
        cd.gradient(library.wrong, X)
    library.wrong.argtypes = (ctypes.c_int, NUMBERS)  # restype is int by default
    with pytest.raises(
        cd.ArgumentTypeError, match=r"signature 'c_int|signature 'int \(int, double"
    ):
        cd.gradient(library.wrong, X)
    library.wrong.argtypes = None


def test_wrong_capsules_are_refused(scipy_callable):
    capsules = pytest.importorskip("scipy.special.cython_special").__pyx_capi__
    for capsule in capsules.values():
        with pytest.raises(cd.ArgumentTypeError, match="fun is a C function of signature"):
            cd.gradient(capsule, X)
    datetime = pytest.importorskip("_datetime").datetime_CAPI
    with pytest.raises(cd.ArgumentTypeError, match=r"signature 'datetime.datetime_CAPI'"):
        cd.gradient(datetime, X)


def test_a_capsule_without_a_name_is_refused():
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p,) * 3
    with pytest.raises(cd.ArgumentTypeError, match="without a name"):
        cd.gradient(new(1, None, None), X)


def test_null_pointers_are_refused():
    with pytest.raises(cd.ArgumentValueError, match="null pointer"):
        cd.gradient(PROTOTYPE(0), X)
    with pytest.raises(cd.ArgumentValueError, match="null pointer"):
        cd.Gradient(PROTOTYPE())


def test_functions_that_need_the_gil_are_refused():
    fun = ctypes.PYFUNCTYPE(ctypes.c_double, ctypes.c_int, NUMBERS)(lambda n, x: 0.0)
    with pytest.raises(cd.ArgumentTypeError, match="needs the GIL"):
        cd.gradient(fun, X)


def test_a_python_function_behind_a_pointer():
    fun = PROTOTYPE(lambda n, x: sum(x[i] ** 2 for i in range(n)))
    assert_allclose(cd.gradient(fun, X), 2 * X, rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"args": (1,)}, cd.ArgumentTypeError, "args must be empty.*user_data"),
        ({"kwargs": {"a": 1}}, cd.ArgumentTypeError, "kwargs must be empty.*user_data"),
        ({"method": "complex"}, cd.ArgumentValueError, "complex"),
        ({"vectorized": True}, cd.ArgumentValueError, "vectorized=True is for Python functions"),
        ({"x_as": "list"}, cd.ArgumentValueError, "x_as='list' is for Python functions"),
    ],
)
def test_options_that_a_c_function_cannot_have(options, error, match, library):
    with pytest.raises(error, match=match):
        cd.gradient(library.rosen, X, **options)


@pytest.mark.parametrize("dtype", [np.float32, np.longdouble])
def test_x_must_be_double(dtype, library):
    if np.dtype(dtype) == np.float64:
        pytest.skip("longdouble is double here")
    with pytest.raises(cd.ArgumentTypeError, match=r"x must be of dtype float64, got (float|long)"):
        cd.gradient(library.rosen, X.astype(dtype))
    assert_allclose(cd.gradient(library.rosen, [1, 2]), rosen_der(np.array([1.0, 2.0])), rtol=1e-8)


def test_shapes_of_values_that_do_not_fit(library):
    with pytest.raises(cd.ArgumentTypeError, match=r"must return one number.*jacobian"):
        cd.gradient(library.products, X)
    with pytest.raises(cd.ArgumentValueError, match="only value_shape can tell"):
        cd.jacobian(library.products, X)
    with pytest.raises(cd.ArgumentValueError, match="returns one number"):
        cd.jacobian(library.rosen, X, value_shape=3)
    with pytest.raises(cd.ArgumentValueError, match="value_shape is for C functions"):
        cd.jacobian(np.square, X, value_shape=4)
    with pytest.raises(cd.ArgumentValueError, match="value_shape is for C functions"):
        cd.jacobian(lambda x: x, X, value_shape=4)
    with pytest.raises(cd.FunctionValueError, match=r"grad must return.*\(4,\), got \(\)"):
        cd.hessian(None, X, grad=library.rosen)
    for value_shape, error in ((-1, ValueError), (2.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="value_shape must be"):
            cd.jacobian(library.products, X, value_shape=value_shape)


@pytest.mark.parametrize(
    ("value_shape", "words"),
    [
        (2**31 - 1, None),  # no more than the C function can be told of: memory decides
        ((2**20, 2**20), "at most 2147483647 values, got (1048576, 1048576)"),
        ((2**31 - 1,) * 3, "at most 2147483647 values"),
        ((2**31 - 1, 0, 2**31 - 1, 2**31 - 1), "at most 2147483647 values"),  # NumPy refuses it too
        ((1,) * 33, "a number or at most 32 lengths, got 33"),
    ],
)
def test_more_values_than_there_can_be(value_shape, words, library):
    if words is None:
        assert cd.Jacobian(library.products, value_shape=value_shape) is not None
        return
    with pytest.raises(cd.ArgumentValueError) as caught:
        cd.Jacobian(library.products, value_shape=value_shape)
    assert f"value_shape must be {words}" in str(caught.value)
    with pytest.raises(cd.ArgumentValueError, match="value_shape must be"):
        cd.estimate_noise(library.products, X, value_shape=value_shape)


def test_what_is_pointed_at_stays_there():
    def prepared():
        fun = PROTOTYPE(lambda n, x: x[0] ** 2)
        return cd.Gradient(fun), weakref.ref(fun)

    G, seen = prepared()
    gc.collect()
    assert seen() is not None
    assert_allclose(G(X)[0], 1, rtol=1e-9)
    del G
    gc.collect()
    assert seen() is None


def test_prepared_at_points_of_other_sizes(library):
    G = cd.Gradient(library.rosen)
    for x in (X, X[:2], np.linspace(0, 1, 50), X.reshape(2, 2), [1, 2], X):
        assert_allclose(np.ravel(G(x)), rosen_der(np.asarray(x, float)), atol=1e-5)
    J = cd.Jacobian(library.products, value_shape=2)
    for x in (X, X[:3], X):
        assert J(x).shape == (2, len(x))


def test_what_cannot_be_pickled_says_so(library):
    with pytest.raises((TypeError, ValueError, pickle.PicklingError)):
        pickle.dumps(cd.Gradient(library.rosen))
    assert_array_equal(copy.copy(cd.Gradient(library.rosen))(X), cd.gradient(library.rosen, X))


def test_terms_of_a_c_function_are_as_many_as_the_pattern_has_rows(library):
    """products: each coordinate with the one after the next."""
    pattern = np.eye(4, dtype=int) + np.roll(np.eye(4, dtype=int), 2, axis=1)
    x = np.array([1.0, 2.0, 3.0, 4.0])
    found = cd.gradient(library.products, x, sparsity=pattern, sum_of_terms=True)
    assert_allclose(found, 2 * np.roll(x, 2), rtol=1e-9)
