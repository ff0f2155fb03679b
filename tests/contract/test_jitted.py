"""Functions that numba compiles: called as C, with what Python would have given."""

import gc
import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import centraldiff as cd

numba = pytest.importorskip("numba")

X = np.array([0.5, 1.25, -0.75, 2.0])


@numba.njit
def rosen(x):
    flat = x.ravel()
    total = 0.0
    for i in range(flat.size - 1):
        total += 100 * (flat[i + 1] - flat[i] ** 2) ** 2 + (1 - flat[i]) ** 2
    return total


@numba.njit
def rosen_der(x):
    g = np.zeros_like(x)
    for i in range(x.size - 1):
        a = x[i + 1] - x[i] ** 2
        g[i] += -400 * x[i] * a - 2 * (1 - x[i])
        g[i + 1] += 200 * a
    return g


@numba.njit
def sine(t):
    return np.sin(t)


@numba.njit
def raises(x, limit):
    if x[1] > limit:
        raise ValueError("too far")
    return x[0] * x[1]


@numba.njit
def divides(x):
    return 1 / x[0] + x[1]


@numba.njit
def raises_array(x):
    if x[1] > 1:
        raise IndexError("beyond")
    return x * x


def exact(x):
    return rosen_der.py_func(x)


def calls_of(function):
    """A twin of a dispatcher that counts calls as a Python function; compiled ones don't count."""

    class Counting:
        calls = 0

        def __call__(self, *args, **kwargs):
            Counting.calls += 1
            return function(*args, **kwargs)

    return Counting()


def test_every_operator_gives_what_python_gives(operator, entries):
    fun = rosen_der if operator.takes_array else rosen
    for options in (
        {},
        {"order": 4},
        {"method": "forward"},
        {"method": "adaptive"},
        {"bounds": (-0.75, 2.0)},
        {"noise": 1e-13},
    ):
        expected = entries(operator(fun.py_func, X, **options))
        assert_allclose(entries(operator(fun, X, **options)), expected, rtol=1e-5, atol=1e-4)


def test_the_complex_step():
    assert_allclose(cd.gradient(rosen, X, method="complex"), exact(X), rtol=1e-14)
    assert_allclose(cd.gradient(rosen, X[:2].astype("f"), method="complex"), exact(X[:2]), 1e-5)
    square = numba.njit(lambda x: x * x)
    assert_allclose(cd.jacobian(square, X, method="complex"), np.diag(2 * X), rtol=1e-14)
    absolute = numba.njit(lambda x: np.abs(x[0]) * x[1])
    with pytest.raises(cd.FunctionValueError, match="analytic"):
        cd.gradient(absolute, X, method="complex")


@pytest.mark.parametrize("method", ["central", "forward", "adaptive"])
def test_the_same_number_of_evaluations(method, operator):
    fun = rosen_der if operator.takes_array else rosen
    found = operator(fun, X, method=method, full_output=True)
    expected = operator(fun.py_func, X, method=method, full_output=True)
    parts = [r if isinstance(r, tuple) else (r,) for r in (found, expected)]
    counts = [[getattr(part, "nfev", 0) for part in found] for found in parts]
    if method != "adaptive":  # which may stop elsewhere by a bit
        assert counts[0] == counts[1]


def test_numbers_and_shapes():
    assert_allclose(cd.derivative(sine, [[0.0, 1.0]]), np.cos([[0.0, 1.0]]), rtol=1e-8)
    assert_allclose(cd.gradient(sine, 1.0), np.cos(1.0), rtol=1e-8)
    assert_allclose(cd.jacobian(sine, 1.0), np.cos(1.0), rtol=1e-8)
    of_zero_axes = numba.njit(lambda x: x[()] ** 2)
    assert_allclose(cd.gradient(of_zero_axes, np.array(3.0)), 6.0, rtol=1e-8)
    trace = numba.njit(lambda x: x[0, 0] * x[1, 1])
    assert_allclose(cd.gradient(trace, X.reshape(2, 2)), [[2, 0], [0, 0.5]], atol=1e-9)
    transposed = numba.njit(lambda x: x.T * 2)
    J = cd.jacobian(transposed, X[:2].reshape(1, 2))
    assert_allclose(J, 2 * np.eye(2).reshape(2, 1, 1, 2), atol=1e-9)
    assert cd.gradient(rosen, X.reshape(1, 2, 2)).shape == (1, 2, 2)
    assert cd.jacobian(numba.njit(lambda x: np.sum(x)), X).shape == (4,)
    assert cd.jacobian(numba.njit(lambda x: x[:0]), X).shape == (0, 4)
    assert cd.gradient(numba.njit(lambda x: 1.0), np.empty(0)).shape == (0,)


@pytest.mark.parametrize(
    "returned",
    [
        lambda x: 3,
        lambda x: x[0] > 0,
        lambda x: np.float32(2.5),
        lambda x: x[:1],
        lambda x: x[:1].reshape(1, 1),
    ],
)
def test_what_counts_as_a_number(returned):
    assert_allclose(cd.gradient(numba.njit(returned), X), cd.gradient(returned, X))


@pytest.mark.parametrize(
    "returned",
    [
        lambda x: x,
        lambda x: x[::-2],
        lambda x: np.floor(x).astype(np.int64),
        lambda x: x > 0,
        lambda x: (x[0], x[1] * x[0]),
        lambda x: [x[0], x[1] * x[0]],
        lambda x: x.astype(np.float32),
        lambda x: np.asfortranarray(x.reshape(2, 2)),
    ],
)
def test_what_counts_as_an_array(returned):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cd.jacobian(numba.njit(returned), X)
    assert_allclose(found, cd.jacobian(returned, X), atol=1e-2)


def test_float32():
    x = X.astype(np.float32)
    g = cd.gradient(rosen, x)
    assert g.dtype == np.float32
    assert_allclose(g, exact(X), rtol=2e-3)
    assert_allclose(cd.gradient(sine, np.float32(1)), np.cos(1), rtol=1e-3)


def test_args_and_kwargs():
    scaled = numba.njit(lambda x, a, b, flag, k=2: np.sum(a * x**k) * b if flag else 0.0)
    a, b, k = np.array([1.0, 2, 3, 4]), 0.5, 2
    expected = 2 * a * X * b
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_allclose(cd.gradient(scaled, X, args=(a, b, True)), expected, rtol=1e-7)
        found = cd.gradient(scaled, X, args=(a, b), kwargs={"k": np.int64(k), "flag": True})
        assert_allclose(found, expected, rtol=1e-7)
        assert_allclose(cd.gradient(scaled, X, args=(a, b, False)), 0)
        G = cd.Gradient(scaled, args=(a, b, True))
        assert_allclose(G(X), expected, rtol=1e-7)
        a *= 2  # which the function sees, prepared or not
        assert_allclose(G(X), 2 * expected, rtol=1e-7)
        assert_allclose(G(X, a, 2 * b, True), 4 * expected, rtol=1e-7)
    quadratic = numba.njit(lambda x, A: x @ A @ x)
    A = np.arange(16.0).reshape(4, 4)
    for matrix in (A, np.asfortranarray(A)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", numba.NumbaPerformanceWarning)
            assert_allclose(cd.gradient(quadratic, X, args=(matrix,)), (A + A.T) @ X, rtol=1e-8)


def test_arrays_among_args_may_be_written_into():
    @numba.njit
    def counting(x, counter):
        counter[0] += 1
        return x[0] * x[1]

    counter = np.zeros(1, np.int64)
    cd.gradient(counting, X, args=(counter,))
    assert counter[0] == 2 * X.size


def test_what_is_written_into_x_does_no_harm():
    @numba.njit
    def scribbles(x):
        total = x[0] ** 2 + x[1] * x[2]
        x[:] = np.nan
        return total

    x = X.copy()
    assert_allclose(cd.gradient(scribbles, x), [1, -0.75, 1.25, 0], atol=1e-9)
    assert_array_equal(x, X)


def test_exceptions_arrive_as_they_are():
    fine = cd.gradient(raises, X, args=(2.0,))
    assert_allclose(fine, [1.25, 0.5, 0, 0], atol=1e-9)
    with pytest.raises(ValueError, match="too far") as caught:
        cd.gradient(raises, X, args=(1.25,))
    with pytest.raises(ValueError, match="too far") as twin:
        cd.gradient(raises.py_func, X, args=(1.25,))
    assert caught.value.__notes__ == twin.value.__notes__
    assert "in evaluation 3 of 8 of fun, at x[1] displaced by +" in caught.value.__notes__[0]
    G = cd.Gradient(raises)
    for _ in range(3):
        with pytest.raises(ValueError, match="too far"):
            G(X, 1.25)
        assert_allclose(G(X, 2.0), fine)
    with pytest.raises(IndexError, match="beyond") as caught:
        cd.jacobian(raises_array, np.array([0.5, 1.0, 2.0]))
    assert "in evaluation 3 of 6" in caught.value.__notes__[0]
    with pytest.raises(IndexError, match="beyond") as caught:
        cd.jacobian(raises_array, X)
    assert "in evaluation 1 of 8" in caught.value.__notes__[0]


def test_division_by_zero_is_outside_the_domain():
    x = np.array([0.0, 1.0])
    with pytest.raises(ZeroDivisionError):
        cd.value_and_gradient(divides, x)
    close = np.array([2e-6, 1.0])
    result = cd.gradient(divides, close, method="adaptive", full_output=True)
    assert_allclose(result.value, [-1 / close[0] ** 2, 1], rtol=1e-6)


def test_changing_shapes_are_refused():
    @numba.njit
    def shrinking(x):
        return x[: 3 if x[2] > -0.75 else 4]

    with pytest.raises(cd.FunctionValueError, match=r"first evaluation, \(4,\), got \(3,\)"):
        cd.jacobian(shrinking, X)
    with pytest.raises(cd.FunctionValueError, match="must return one number"):
        cd.gradient(rosen_der, X)
    with pytest.raises(cd.FunctionValueError, match="grad must return an array of the shape"):
        cd.hessian(None, X, grad=numba.njit(lambda x: x[:2]))
    with pytest.raises(cd.FunctionTypeError, match="real numbers"):
        cd.gradient(numba.njit(lambda x: x[0] * 1j), X)
    with pytest.raises(cd.FunctionTypeError, match="real numbers"):
        cd.jacobian(numba.njit(lambda x: x * 1j), X)


NOT_COMPILED = {
    "a string": (numba.njit(lambda x, a: x[0] if a == "b" else x[1]), X, ("b",), "type str"),
    "a tuple": (numba.njit(lambda x, a: x[0] * a[0]), X, ((1, 2),), "type tuple"),
    "a long integer": (numba.njit(lambda x, a: x[0] * a), X, (2**63,), "more than 64 bits"),
    "a strided array": (
        numba.njit(lambda x, a: x[0] * a[0]),
        X,
        (np.ones(4)[::2],),
        "not contiguous, aligned and writeable",
    ),
    "a read-only array": (
        numba.njit(lambda x, a: x[0] * a[0]),
        X,
        (np.broadcast_to(1.0, (1,)),),
        "not contiguous, aligned and writeable",
    ),
    "threads": (numba.njit(lambda x: x[0], parallel=True), X, (), "parallel=True"),
}


@pytest.mark.filterwarnings("ignore::numba.NumbaPerformanceWarning")
@pytest.mark.parametrize("name", NOT_COMPILED)
def test_what_can_not_be_compiled_is_called_as_python(name):
    fun, x, args, why = NOT_COMPILED[name]
    with pytest.warns(cd.NotCompiledWarning, match=f"fun is called as a Python.*{why}") as caught:
        g = cd.gradient(fun, x, args=args)
    assert_allclose(g, cd.gradient(fun.py_func, x, args=args), rtol=1e-9)
    assert caught[0].filename == __file__
    G = cd.Gradient(fun, args=args)
    with pytest.warns(cd.NotCompiledWarning):
        assert_array_equal(G(x), g)
    assert_array_equal(G(x), g)  # a second warning would be an error


@pytest.mark.parametrize(
    ("fun", "why", "error"),
    [
        (lambda x: "text", "fun returns unicode_type", cd.FunctionTypeError),
        (lambda x: None, "fun returns none", cd.FunctionTypeError),
        (lambda x: undefined(x), "NameError: .*undefined", numba.TypingError),  # noqa: F821
        (lambda x, a: x[0], "missing a required argument: 'a'", TypeError),
    ],
)
def test_what_is_wrong_with_fun_is_told_as_from_python(fun, why, error):
    with pytest.warns(cd.NotCompiledWarning, match=why), pytest.raises(error):
        cd.gradient(numba.njit(fun), X)


def test_values_that_only_python_can_take():
    mixed = numba.njit(lambda x: (1, 2 * x[0]))
    with pytest.warns(cd.NotCompiledWarning, match="fun returns Tuple"):
        J = cd.jacobian(mixed, X[:1])
    assert_allclose(J, [[0], [2]], atol=1e-9)


@pytest.mark.parametrize("workers", [None, 2])
@pytest.mark.filterwarnings("ignore::numba.NumbaPendingDeprecationWarning")  # of lists
def test_lists_and_arguments_are_given_as_python_gives_them(workers):
    functions = {
        "arguments": numba.njit(lambda a, b, c, d: a * b),
        "list": numba.njit(lambda x: x[0] * x[1]),
    }
    for x_as, fun in functions.items():
        G = cd.Gradient(fun, x_as=x_as, workers=workers)
        why = f"fun is called as a Python function.*x_as='{x_as}'"
        with pytest.warns(cd.NotCompiledWarning, match=why) as caught:
            assert_allclose(G(X), [1.25, 0.5, 0, 0], atol=1e-9)
        ours = [warning for warning in caught if warning.category is cd.NotCompiledWarning]
        assert [warning.filename for warning in ours] == [__file__]
        G(X)  # a second warning would be an error


def test_batches_are_compiled_as_they_are():
    fun = numba.njit(lambda x: x[0] * x[1])
    assert_allclose(cd.gradient(fun, X, vectorized=True), [1.25, 0.5, 0, 0], atol=1e-9)


SCALE = 2.0


def test_a_function_that_is_compiled_anew():
    global SCALE

    @numba.njit
    def scaled(x):
        return SCALE * x[0]

    G = cd.Gradient(scaled)
    assert_allclose(G(X[:1]), 2, rtol=1e-9)
    SCALE = 5.0
    scaled.recompile()
    assert_allclose(cd.gradient(scaled, X[:1]), 5, rtol=1e-9)
    assert_allclose(G(X[:1]), 5, rtol=1e-9)
    compiled = _compilations()
    G(X)
    cd.gradient(scaled, X)
    assert _compilations() == compiled


def test_it_is_compiled_once():
    fun = numba.njit(lambda x: x[0] ** 2)
    G = cd.Gradient(fun)
    G(X)
    cd.gradient(rosen, X)
    compiled = _compilations()
    for n in (1, 2, 100):
        G(np.ones(n))
        cd.gradient(fun, np.ones(n))
    cd.hessian(fun, X)
    pickle.loads(pickle.dumps(cd.Gradient(rosen)))(X)
    assert _compilations() == compiled


def _compilations():
    from centraldiff import _jitted

    return _jitted._compiled.cache_info().misses


def test_prepared_objects_are_pickled():
    G = pickle.loads(pickle.dumps(cd.Gradient(raises, args=(5.0,), order=4)))
    assert_allclose(G(X), [1.25, 0.5, 0, 0], atol=1e-9)


def test_a_function_may_come_back_to_python():
    G = cd.Gradient(sine)

    @numba.njit
    def calls_back(x):
        with numba.objmode(y="float64"):
            y = G(x[0])
        return 2 * y

    assert_allclose(cd.gradient(calls_back, np.array([1.0]))[0], -2 * np.sin(1.0), rtol=1e-4)


def test_exceptions_from_python_parts():
    @numba.njit
    def calls_back(x):
        with numba.objmode(y="float64"):
            y = float([][3])
        return y + x[0]

    with pytest.raises(IndexError) as caught:
        cd.gradient(calls_back, X)
    assert "in evaluation 1 of 8" in caught.value.__notes__[0]


def test_ctrl_c_in_python_parts():
    calls = []

    @numba.njit
    def calls_back(x):
        with numba.objmode(y="float64"):
            y = interrupted(calls)
        return y + x[0]

    with pytest.raises(KeyboardInterrupt) as caught:
        cd.gradient(calls_back, X)
    assert "in evaluation 3 of 8" in caught.value.__notes__[0]
    assert len(calls) == 3


def interrupted(calls):
    calls.append(1)
    if len(calls) == 3:
        raise KeyboardInterrupt
    return 0.0


def test_cfunc():
    types = numba.types
    number = types.float64(types.intc, types.CPointer(types.float64))

    @numba.cfunc(number)
    def squares(n, x):
        total = 0.0
        for i in range(n):
            total += x[i] ** 2
        return total

    assert_allclose(cd.gradient(squares, X), 2 * X, rtol=1e-8)

    @numba.cfunc(types.void(*number.args, *number.args, types.voidptr))
    def halves(n, x, m, out, data):
        for i in range(m):
            out[i] = x[i] / 2

    assert_allclose(cd.jacobian(halves, X, value_shape=2), np.eye(2, 4) / 2, atol=1e-9)

    scipy = pytest.importorskip("scipy")
    assert_allclose(cd.gradient(scipy.LowLevelCallable(squares.ctypes), X), 2 * X, rtol=1e-8)


@pytest.mark.parametrize(
    "signature",
    [
        "float64(float64)",
        "float64(int64, CPointer(float64))",
        "float64(intc, CPointer(float32))",
        "float32(intc, CPointer(float64))",
        "complex128(intc, CPointer(float64))",
        "float64(intc, CPointer(float64), CPointer(float64))",
    ],
)
def test_cfuncs_of_wrong_signatures_are_refused(signature):
    arguments = signature.count(",") + 1
    source = {1: lambda a: a, 2: lambda a, b: b[0], 3: lambda a, b, c: b[0]}[arguments]
    fun = numba.cfunc(signature)(source)
    with pytest.raises(cd.ArgumentTypeError, match="signature"):
        cd.gradient(fun, X)


def test_nothing_leaks():
    import tracemalloc

    G = cd.Gradient(raises, args=(1.25,))

    def rounds(count):
        for _ in range(count):
            with pytest.raises(ValueError, match="too far"):
                G(X)
            cd.gradient(raises, X, args=(5.0,))

    tracemalloc.start()
    rounds(300)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    rounds(600)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 30_000  # 50 bytes each time
