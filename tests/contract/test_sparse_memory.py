"""Memory of sparse derivatives: a few vectors beside the result."""

import gc
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp

import centraldiff as cd

pytestmark = pytest.mark.thread_unsafe(reason="memory is that of the process")

N = 100_000


def tridiagonal(n):
    return sp.diags_array([np.ones(n - 1), np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1])


def peak_in_vectors(derivative, x):
    """Beside the result, of a call of a prepared object, in vectors like x."""
    derivative(x)
    gc.collect()
    tracemalloc.start()
    try:
        result = derivative(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    parts = (result.data, result.indices, result.indptr)
    return (peak - sum(part.nbytes for part in parts)) / x.nbytes


@pytest.mark.parametrize(
    ("options", "most"),
    [({}, 6), ({"method": "forward"}, 6), ({"bounds": (-10, 10)}, 6), ({"order": 4}, 8)],
)
def test_a_prepared_jacobian_takes_six_vectors(options, most):
    values = np.empty(N)

    def fun(x):
        np.multiply(x, x, out=values)
        values[1:] += x[:-1]
        values[:-1] += x[1:]
        return values

    jacobian = cd.Jacobian(fun, sparsity=tridiagonal(N), **options)
    assert peak_in_vectors(jacobian, np.linspace(0, 1, N)) <= most
