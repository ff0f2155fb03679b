"""Whatever the pattern is, colourings are what they say, in every order."""

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import centraldiff as cd
from centraldiff._color_checks import (
    is_acyclic_coloring,
    is_star_coloring,
    is_structurally_orthogonal,
)
from centraldiff._coloring import ORDERS, symmetric_colored
from centraldiff._pattern import as_csr, as_pattern
from centraldiff._recovery import elimination, mirror, readable

LENGTHS = st.integers(0, 12)
EXAMPLES = settings(deadline=None, max_examples=100, derandomize=True)
ORDER = st.sampled_from([None, *ORDERS])


@st.composite
def places(draw, square=False):
    """Rows, columns and shape, with duplicates, in any order."""
    m = draw(LENGTHS)
    n = m if square else draw(LENGTHS)
    if not m or not n:
        return [], (m, n)
    place = st.tuples(st.integers(0, m - 1), st.integers(0, n - 1))
    return draw(st.lists(place, max_size=40)), (m, n)


def as_coo(entries, shape):
    rows, columns = ([e[k] for e in entries] for k in (0, 1))
    return sp.coo_array((np.ones(len(entries)), (rows, columns)), shape=shape)


@EXAMPLES
@given(places())
def test_a_pattern_is_the_set_of_its_places(drawn):
    entries, shape = drawn
    pattern = as_pattern("pattern", as_coo(entries, shape))
    found = list(zip(pattern.rows().tolist(), pattern.indices.tolist(), strict=True))
    assert found == sorted(set(entries))
    back = as_pattern("pattern", as_csr(pattern, np.ones(pattern.nnz)).tocsc())
    for one, other in ((pattern, back), (pattern, pattern.transposed().transposed())):
        np.testing.assert_array_equal(one.indptr, other.indptr)
        np.testing.assert_array_equal(one.indices, other.indices)


@EXAMPLES
@given(places(), ORDER)
def test_columns(drawn, order):
    given_ = as_coo(*drawn)
    colors = cd.color_columns(given_, order=order)
    assert is_structurally_orthogonal(as_pattern("pattern", given_), colors.tolist())
    assert sorted(set(colors.tolist())) == list(range(colors.max(initial=-1) + 1))


@EXAMPLES
@given(places(square=True), ORDER)
def test_symmetric(drawn, order):
    entries, shape = drawn
    pattern = as_pattern("pattern", as_coo(entries + [(j, i) for i, j in entries], shape))
    star = symmetric_colored(pattern, order, "direct")
    assert is_star_coloring(pattern, star.tolist())
    alone = readable(pattern, star)
    assert (alone | alone[mirror(pattern)]).all()
    acyclic = symmetric_colored(pattern, order, "substitution")
    assert is_acyclic_coloring(pattern, acyclic.tolist())
    beside = np.count_nonzero(pattern.rows() != pattern.indices)
    assert 2 * len(elimination(pattern, acyclic).positions) == beside


@EXAMPLES
@given(places(square=True), st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_elimination_takes_acyclic_colorings_and_no_others(drawn, numbers):
    entries, shape = drawn
    pattern = as_pattern("pattern", as_coo(entries + [(j, i) for i, j in entries], shape))
    colors = np.array(numbers[: shape[0]], int) % max(shape[0], 1)
    try:
        elimination(pattern, colors)
    except cd.ArgumentValueError:
        assert not is_acyclic_coloring(pattern, colors.tolist())
    else:
        assert is_acyclic_coloring(pattern, colors.tolist())


@EXAMPLES
@given(places(square=True), st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_all_is_readable_with_star_colorings_and_no_others(drawn, numbers):
    entries, shape = drawn
    entries = entries + [(j, i) for i, j in entries] + [(i, i) for i in range(shape[0])]
    pattern = as_pattern("pattern", as_coo(entries, shape))
    colors = np.array(numbers[: shape[0]], int) % max(shape[0], 1)
    alone = readable(pattern, colors)
    assert (alone | alone[mirror(pattern)]).all() == is_star_coloring(pattern, colors.tolist())
