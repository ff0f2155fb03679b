"""Patterns out of whatever one has, and refusals."""

import sys

import numpy as np
import pytest
import scipy.sparse as sp

import centraldiff as cd
from centraldiff._pattern import as_csr, as_pattern, require_scipy

DENSE = np.array([[0, 2.0, 0, 1], [0, 0, 0, 0], [3, 0, 0, -1]])
FORMATS = ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"]


def entries(pattern):
    return list(zip(pattern.rows().tolist(), pattern.indices.tolist(), strict=True))


WANTED = [(0, 1), (0, 3), (2, 0), (2, 3)]


@pytest.mark.parametrize("kind", ["array", "matrix"])
@pytest.mark.parametrize("format_", [f for f in FORMATS if f != "dia"])
def test_every_format(format_, kind):
    given = getattr(sp, f"{format_}_{kind}")(DENSE)
    pattern = as_pattern("sparsity", given)
    assert pattern.shape == (3, 4)
    assert pattern.nnz >= 4
    if format_ != "bsr":
        assert entries(pattern) == WANTED
    assert set(WANTED) <= set(entries(pattern))


@pytest.mark.parametrize(
    "given", [DENSE, DENSE.tolist(), DENSE != 0, DENSE.astype(int), np.asfortranarray(DENSE)]
)
def test_dense_nonzeros_are_entries(given):
    assert entries(as_pattern("sparsity", given)) == WANTED


@pytest.mark.parametrize("shape", [(2, 5), (5, 2), (1, 1), (2, 2)])
def test_dense_is_a_pattern_whatever_its_shape(shape):
    pattern = as_pattern("sparsity", np.ones(shape))
    assert pattern.shape == shape
    assert pattern.nnz == shape[0] * shape[1]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (3, 2)])
@pytest.mark.parametrize("make", [np.zeros, sp.csr_array, sp.coo_array, sp.csc_array])
def test_nothing_there(make, shape):
    pattern = as_pattern("sparsity", make(shape))
    assert pattern.shape == shape
    assert pattern.nnz == 0
    assert pattern.indptr.tolist() == [0] * (shape[0] + 1)
    assert pattern.transposed().shape == shape[::-1]


@pytest.mark.parametrize("format_", ["csr", "csc", "coo"])
def test_stored_zeros_count(format_):
    given = sp.coo_array(([0.0, 1.0], ([0, 1], [1, 0])), shape=(2, 2)).asformat(format_)
    assert entries(as_pattern("sparsity", given)) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("shape", [(4, 4), (3, 6), (6, 3), (4, 9)])
def test_all_of_stored_diagonals_counts(shape):
    data = np.zeros((4, 5))
    data[0, 0] = 1
    given = sp.dia_array((data, [0, -2, 1, 7]), shape=shape)
    wanted = sorted(
        (i, j) for i in range(shape[0]) for j in range(min(shape[1], 5)) if j - i in (0, -2, 1, 7)
    )
    assert entries(as_pattern("sparsity", given)) == wanted


def test_what_lies_outside_of_stored_diagonals_is_not_looked_at():
    given = sp.dia_array(([[np.nan, 1, 1]], [1]), shape=(3, 3))
    assert entries(as_pattern("sparsity", given)) == [(0, 1), (1, 2)]


@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_any_order_and_duplicates(make, index):
    indices = np.array([3, 1, 3, 0, 0, 2], index)
    indptr = np.array([0, 3, 3, 6], index)
    shape = (3, 4) if make is sp.csr_array else (4, 3)
    given = make((np.ones(6), indices, indptr), shape=shape)
    wanted = [(0, 1), (0, 3), (2, 0), (2, 2)]
    pattern = as_pattern("sparsity", given)
    if make is sp.csc_array:
        pattern = pattern.transposed()
    assert entries(pattern) == wanted
    assert given.indices.tolist() == [3, 1, 3, 0, 0, 2]  # the caller's is as it was


def test_duplicates_in_coordinates():
    given = sp.coo_array(([1, -1, 1], ([1, 1, 0], [0, 0, 1])), shape=(2, 2))
    assert entries(as_pattern("sparsity", given)) == [(0, 1), (1, 0)]


def test_arrays_are_its_own_and_read_only():
    given = sp.csr_array(DENSE)
    pattern = as_pattern("sparsity", given)
    assert pattern.indices.dtype == pattern.indptr.dtype == np.int32
    for own in (pattern.indptr, pattern.indices):
        assert not own.flags.writeable
        assert not np.shares_memory(own, given.indices)
        assert not np.shares_memory(own, given.indptr)
    given.indices[:] = 0
    assert entries(pattern) == WANTED
    with pytest.raises(AttributeError):
        pattern.shape = (1, 1)


def test_long_indices_only_where_a_length_needs_them():
    given = sp.coo_array(([1], ([0], [2**31 + 5])), shape=(2, 2**31 + 6))
    pattern = as_pattern("sparsity", given)
    assert pattern.indptr.dtype == pattern.indices.dtype == np.int64
    assert entries(pattern) == [(0, 2**31 + 5)]


def test_transposed():
    rng = np.random.default_rng(0)
    dense = rng.random((30, 20)) < 0.2
    pattern = as_pattern("sparsity", dense).transposed()
    wanted = as_pattern("sparsity", dense.T)
    np.testing.assert_array_equal(pattern.indptr, wanted.indptr)
    np.testing.assert_array_equal(pattern.indices, wanted.indices)


def test_with_diagonal():
    pattern = as_pattern("sparsity", [[0, 1, 0], [0, 1, 0], [1, 0, 0]])
    full = pattern.with_diagonal()
    assert entries(full) == [(0, 0), (0, 1), (1, 1), (2, 0), (2, 2)]
    assert full.with_diagonal() is full


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        (np.ones(3), ValueError, r"got shape \(3,\)"),
        (np.ones((2, 2, 2)), ValueError, r"got shape \(2, 2, 2\)"),
        (1.0, ValueError, r"got shape \(\)"),
        ([[1, 2], [3]], TypeError, "2-D array"),
        ([[1, np.nan]], ValueError, "got NaN"),
        (np.ones((2, 2), complex), TypeError, "ndarray of complex128"),
        (np.ones((2, 2), object), TypeError, "ndarray of object"),
        ([["a"]], TypeError, "list of <U1"),
        ("detect", TypeError, "str of <U6"),
        (None, TypeError, "NoneType of object"),
        (np.ma.masked_array([[1, 2]], [[True, False]]), TypeError, "masked"),
        ((np.ones((2, 2)), np.arange(2)), TypeError, "2-D array"),
        ((sp.csr_array(DENSE), np.arange(4)), TypeError, "2-D array"),
        (sp.csr_array([[1, np.nan]]), ValueError, "got NaN"),
        (sp.coo_array([[1, np.nan]]), ValueError, "got NaN"),
        (sp.csc_array([[1, np.nan]]), ValueError, "got NaN"),
        (sp.dia_array(([[1, np.nan]], [0]), shape=(2, 2)), ValueError, "got NaN"),
        (sp.csr_array([[1j]]), TypeError, "csr_array of complex128"),
        (sp.coo_array([1.0, 0, 2]), ValueError, r"two dimensions, got shape \(3,\)"),
    ],
)
def test_refused(given, kind, said):
    with pytest.raises(kind, match=rf"^sparsity .*{said}") as caught:
        as_pattern("sparsity", given)
    assert isinstance(caught.value, cd.CentraldiffError)


@pytest.mark.parametrize("index", [4, -1, 2**32 + 1])
@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_array])
def test_indices_that_were_spoilt(make, index):
    given = make(np.eye(4))
    given.indices = given.indices.astype(np.int64)
    given.indptr = given.indptr.astype(np.int64)
    given.indices[1] = index
    with pytest.raises(cd.ArgumentValueError, match=r"^sparsity has entries outside of its shape"):
        as_pattern("sparsity", given)


@pytest.mark.parametrize("indptr", [[0, 5, 2, 3, 4], [0, 1, 2, 3, 5], [1, 1, 2, 3, 4], [0, 1, 4]])
def test_row_starts_that_were_spoilt(indptr):
    given = sp.csr_array(np.eye(4))
    given.indptr = np.array(indptr, np.int32)
    with pytest.raises(cd.ArgumentValueError, match=r"^sparsity has entries outside"):
        as_pattern("sparsity", given)


def test_coordinates_that_were_spoilt():
    given = sp.coo_array(np.eye(4))
    given.coords[1][2] = 9
    with pytest.raises(cd.ArgumentValueError, match=r"^sparsity has entries outside"):
        as_pattern("sparsity", given)


def test_as_csr():
    pattern = as_pattern("sparsity", DENSE)
    array = as_csr(pattern, np.arange(1.0, 5))
    assert isinstance(array, sp.csr_array)
    np.testing.assert_array_equal(array.toarray(), [[0, 1, 0, 2], [0] * 4, [3, 0, 0, 4]])
    assert array.has_sorted_indices
    assert array.has_canonical_format
    array.indices[0] = 0  # its own, and writeable
    assert entries(pattern) == WANTED
    array.check_format(full_check=True)


@pytest.mark.thread_unsafe(reason="takes SciPy away")
def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(ImportError, match="pip install scipy") as caught:
        require_scipy()
    assert isinstance(caught.value, cd.MissingPackageError)
    assert isinstance(caught.value, cd.CentraldiffError)
    assert entries(as_pattern("sparsity", DENSE)) == WANTED  # dense needs none
