"""Colourings against their definitions, and against what is known to be the fewest."""

import functools
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp

import centraldiff as cd
from centraldiff import _coloring
from centraldiff._color_checks import (
    is_acyclic_coloring,
    is_proper_coloring,
    is_star_coloring,
    is_structurally_orthogonal,
)
from centraldiff._coloring import ORDERS, columns_colored, symmetric_colored
from centraldiff._pattern import Pattern, as_pattern

IS = {"direct": is_star_coloring, "substitution": is_acyclic_coloring}


def band(n, b):
    ones = [np.ones(n - abs(k)) for k in range(-b, b + 1)]
    return sp.csr_array(sp.diags_array(ones, offsets=range(-b, b + 1), shape=(n, n)))


def grid(*lengths):
    """The points of a grid, each with its nearest neighbours."""
    parts = [
        functools.reduce(
            sp.kron, [band(k, 1) if i == j else sp.eye_array(k) for j, k in enumerate(lengths)]
        )
        for i in range(len(lengths))
    ]
    return sp.csr_array(sum(parts))


def arrow_head(n, hub=0):
    entries = np.arange(n)
    at_hub = np.full(n, hub)
    places = np.r_[entries, at_hub, entries], np.r_[entries, entries, at_hub]
    return sp.csr_array((np.ones(3 * n), places), shape=(n, n))


def power_law(n, seed):
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.arange(n), rng.zipf(2.0, n).clip(1, n // 2))
    return sp.csr_array((np.ones(len(rows)), (rows, rng.integers(0, n, len(rows)))), shape=(n, n))


def random(m, n, density, seed):
    return np.random.default_rng(seed).random((m, n)) < density


def permuted(pattern, seed=5):
    order = np.random.default_rng(seed).permutation(pattern.shape[0])
    return sp.csr_array(pattern[order][:, order])


def both_ways(pattern):
    return pattern + pattern.T


PATTERNS = {
    "nothing": np.zeros((0, 0)),
    "no entries": np.zeros((4, 4)),
    "one": np.ones((1, 1)),
    "diagonal": np.eye(9),
    "dense": np.ones((12, 12)),
    "tridiagonal": band(40, 1),
    "band": band(40, 3),
    "band, permuted": permuted(band(40, 2)),
    "ring": band(17, 1) + sp.coo_array(([1.0, 1.0], ([0, 16], [16, 0])), shape=(17, 17)),
    "grid": grid(7, 8),
    "grid, permuted": permuted(grid(9, 6)),
    "grid in space": grid(4, 3, 5),
    "arrow-head": arrow_head(30),
    "arrow-head, backwards": arrow_head(30, 29),
    "random": both_ways(sp.csr_array(random(40, 40, 0.05, 1))),
    "random, dense": both_ways(sp.csr_array(random(25, 25, 0.3, 2))),
    "power law": both_ways(power_law(60, 3)),
    "without diagonal": both_ways(sp.csr_array(np.triu(random(30, 30, 0.1, 4), 1))),
}
TALL_AND_WIDE = {
    "tall": random(60, 20, 0.1, 6),
    "wide": random(20, 60, 0.1, 7),
    "rows only": np.zeros((5, 0)),
    "columns only": np.zeros((0, 5)),
    "one row": np.ones((1, 7)),
    "one column": np.ones((7, 1)),
    "power law": power_law(80, 8),
    "arrow-head, one way": np.eye(20) + (np.arange(20) == 3)[:, None],
}


def uses_every_color(colors):
    return sorted(set(colors.tolist())) == list(range(colors.max(initial=-1) + 1))


@pytest.mark.parametrize("order", [None, *ORDERS])
@pytest.mark.parametrize("given", [*PATTERNS.values(), *TALL_AND_WIDE.values()])
def test_columns_of_a_color_share_no_row(given, order):
    colors = cd.color_columns(given, order=order)
    assert colors.dtype == np.intp
    assert colors.shape == (given.shape[1],)
    assert is_structurally_orthogonal(as_pattern("pattern", given), colors.tolist())
    assert uses_every_color(colors)


@pytest.mark.parametrize("recovery", ["direct", "substitution"])
@pytest.mark.parametrize("order", [None, *ORDERS])
@pytest.mark.parametrize("given", PATTERNS.values(), ids=PATTERNS)
def test_symmetric_colorings_are_what_they_say(given, order, recovery):
    colors = cd.color_symmetric(given, order=order, recovery=recovery)
    assert colors.dtype == np.intp
    assert colors.shape == (given.shape[1],)
    assert IS[recovery](as_pattern("pattern", given), colors.tolist())
    assert uses_every_color(colors)


@pytest.mark.thread_unsafe(reason="something is replaced")
@pytest.mark.parametrize("order", [None, *ORDERS])
@pytest.mark.parametrize("given", [*PATTERNS.values(), *TALL_AND_WIDE.values()])
def test_long_rows_take_another_way_and_are_right(given, order, monkeypatch):
    monkeypatch.setattr(_coloring, "_LONGEST", 3)
    pattern = as_pattern("pattern", given)
    colors = columns_colored(pattern, order)
    assert is_structurally_orthogonal(pattern, colors.tolist())
    monkeypatch.setattr(_coloring, "_LONGEST", 10**6)
    if order == "natural":  # long or not, the first free colour in one order is the same
        np.testing.assert_array_equal(columns_colored(pattern, order), colors)


@pytest.mark.thread_unsafe(reason="something is replaced")
def test_long_rows_beside_far_longer_ones(monkeypatch):
    # colours of the dense row go beyond the bits that the rows of five keep
    n = 2000
    rng = np.random.default_rng(9)
    rows = [np.arange(n)] + [rng.permutation(n)[:5] for _ in range(300)]
    indptr = np.cumsum([0] + [len(row) for row in rows]).astype(np.int32)
    indices = np.concatenate([np.sort(row) for row in rows]).astype(np.int32)
    pattern = Pattern((len(rows), n), indptr, indices)
    monkeypatch.setattr(_coloring, "_LONGEST", 4)
    for order in ORDERS:
        assert is_structurally_orthogonal(pattern, columns_colored(pattern, order).tolist())


@pytest.mark.parametrize("b", [0, 1, 2, 3, 5, 9])
@pytest.mark.parametrize("n", [40, 101])
def test_bands(n, b):
    assert cd.color_columns(band(n, b)).max() + 1 == 2 * b + 1
    assert cd.color_symmetric(band(n, b)).max() + 1 == 2 * b + 1
    assert cd.color_symmetric(band(n, b), recovery="substitution").max() + 1 == b + 1


@pytest.mark.parametrize("lengths", [(20, 20), (20, 21), (20, 22), (20, 23), (20, 24), (3, 40)])
def test_grids_need_five(lengths):
    given = grid(*lengths)
    assert cd.color_columns(given).max() + 1 == 5
    assert cd.color_symmetric(given).max() + 1 == 5
    assert cd.color_symmetric(given, recovery="substitution").max() + 1 <= 4
    # as they come in no order, little more
    assert cd.color_columns(permuted(given)).max() + 1 <= 7
    assert cd.color_symmetric(permuted(given)).max() + 1 <= 7


def test_grid_with_diagonal_neighbours_needs_nine():
    given = sp.csr_array(sp.kron(band(30, 1), band(31, 1)))
    assert cd.color_columns(given).max() + 1 == 9
    assert cd.color_symmetric(given).max() + 1 == 9


@pytest.mark.parametrize("hub", [0, 7, 99])
@pytest.mark.parametrize("order", [None, *ORDERS])
def test_arrow_heads(hub, order):
    given = arrow_head(100, hub)
    assert cd.color_columns(given, order=order).max() + 1 == 100
    for recovery in IS:
        assert cd.color_symmetric(given, order=order, recovery=recovery).max() + 1 == 2


@pytest.mark.parametrize("order", [None, *ORDERS])
def test_paths_and_forests(order):
    # a path of three vertices is a star, one of four is not; neither has a cycle
    assert cd.color_symmetric(band(3, 1)).max() + 1 == 2
    assert cd.color_symmetric(band(4, 1), order=order).max() + 1 == 3
    given = np.zeros((6, 6))
    given[0, 1:] = given[1:, 0] = 1  # no diagonal
    assert cd.color_symmetric(given, order=order).max() + 1 == 2


def test_stored_diagonal_or_not_is_the_same():
    given = grid(8, 9)
    bare = sp.csr_array(given - sp.diags_array(given.diagonal()))
    bare.eliminate_zeros()
    for recovery in IS:
        np.testing.assert_array_equal(
            cd.color_symmetric(given, recovery=recovery),
            cd.color_symmetric(bare, recovery=recovery),
        )


def test_default_needs_no_more_than_any_order_tried():
    for given in PATTERNS.values():
        least = cd.color_columns(given).max(initial=-1)
        for order in ("natural", "smallest_last"):
            assert least <= cd.color_columns(given, order=order).max(initial=-1)
            for recovery in IS:
                fewest = cd.color_symmetric(given, recovery=recovery).max(initial=-1)
                colors = cd.color_symmetric(given, order=order, recovery=recovery)
                assert fewest <= colors.max(initial=-1)


def degrees(given):
    common = (given.T @ given) != 0
    return common.sum(axis=0) - np.diag(common)


def test_largest_first_goes_by_the_number_of_neighbours():
    given = random(30, 20, 0.1, 11).astype(int)
    pattern = as_pattern("pattern", given)
    columns = pattern.transposed()
    order = _coloring._ordered(
        "largest_first", (pattern.indptr, pattern.indices, columns.indptr, columns.indices)
    )
    wanted = sorted(range(20), key=lambda j: -degrees(given)[j])
    assert order.tolist() == wanted  # among equals as they come


@pytest.mark.parametrize("is_graph", [False, True])
@pytest.mark.parametrize("kind", ["smallest_last", "incidence_degree"])
def test_dynamic_orders_by_their_definition(kind, is_graph):
    for seed in range(10):
        given = random(30, 24, 0.08, seed).astype(int)
        if is_graph:
            given = given[:24] | given[:24].T
        pattern = as_pattern("pattern", given)
        columns = pattern.transposed()
        graph = (pattern.indptr, pattern.indices, columns.indptr, columns.indices)
        order = _coloring._ordered(kind, graph, is_graph).tolist()
        near = given != 0 if is_graph else (given.T @ given) != 0
        np.fill_diagonal(near, False)
        assert sorted(order) == list(range(24))
        for k in range(24):
            if kind == "smallest_last":
                left = order[: k + 1]
                count = {v: near[v, left].sum() for v in left}
                assert count[order[k]] == min(count.values())
            else:
                count = {v: near[v, order[:k]].sum() for v in order[k:]}
                assert count[order[k]] == max(count.values())


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_long_integers_give_the_same(index):
    def typed(given):
        short = as_pattern("pattern", given)
        return Pattern(short.shape, short.indptr.astype(index), short.indices.astype(index))

    for given in (PATTERNS["random"], PATTERNS["power law"], PATTERNS["nothing"]):
        for order in (None, *ORDERS):
            np.testing.assert_array_equal(
                columns_colored(typed(given), order), cd.color_columns(given, order=order)
            )
            for recovery in IS:
                np.testing.assert_array_equal(
                    symmetric_colored(typed(given), order, recovery),
                    cd.color_symmetric(given, order=order, recovery=recovery),
                )


def bytes_an_entry(given, color):
    """The peak of what is allocated, over entries, rows and columns."""
    pattern = as_pattern("pattern", given)
    tracemalloc.start()
    try:
        color(pattern)
        return tracemalloc.get_traced_memory()[1] / (pattern.nnz + sum(pattern.shape))
    finally:
        tracemalloc.stop()


@pytest.mark.thread_unsafe(reason="memory is that of the process")
@pytest.mark.parametrize("recovery", [None, "direct", "substitution"])
@pytest.mark.parametrize(
    "make", [lambda n: arrow_head(n), lambda n: grid(n // 100, 100), lambda n: power_law(n, 2)]
)
def test_memory_goes_by_the_entries(make, recovery):
    # the graph of columns of an arrow-head has n² edges
    given = make(20_000)
    if recovery is None:
        assert bytes_an_entry(given, columns_colored) < 100
    else:
        given = both_ways(given)
        color = functools.partial(symmetric_colored, recovery=recovery)
        assert bytes_an_entry(given, color) < 100


def test_hubs_are_not_quadratic():
    # it ends; n² steps would not
    n = 300_000
    for order in (None, *ORDERS):
        assert cd.color_columns(arrow_head(n), order=order).max() + 1 == n
        assert cd.color_symmetric(arrow_head(n), order=order).max() + 1 == 2


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: cd.color_columns(np.ones(3)), ValueError, r"pattern .*got shape \(3,\)"),
        (lambda: cd.color_columns([[np.nan]]), ValueError, "pattern .*got NaN"),
        (lambda: cd.color_columns([["a"]]), TypeError, "pattern .*list of <U1"),
        (lambda: cd.color_columns(np.eye(2), order="best"), ValueError, "order .*got 'best'"),
        (lambda: cd.color_columns(np.eye(2), order=2), TypeError, "order .*got 2"),
        (lambda: cd.color_symmetric(np.ones((2, 3))), ValueError, r"square.*got shape \(2, 3\)"),
        (
            lambda: cd.color_symmetric([[1, 1, 0], [1, 1, 1], [0, 0, 1]]),
            ValueError,
            r"pattern must be symmetric.*\(1, 2\).*without \(2, 1\)",
        ),
        (
            lambda: cd.color_symmetric([[1, 0, 0], [1, 1, 1], [0, 1, 1]]),
            ValueError,
            r"pattern must be symmetric.*\(1, 0\).*without \(0, 1\)",
        ),
        (
            lambda: cd.color_symmetric(np.eye(2), recovery="indirect"),
            ValueError,
            "recovery must be 'direct' or 'substitution', got 'indirect'",
        ),
        (lambda: cd.color_symmetric(np.eye(2), recovery=1), TypeError, "recovery .*got 1"),
    ],
)
def test_refused(call, kind, said):
    with pytest.raises(kind, match=said) as caught:
        call()
    assert isinstance(caught.value, cd.CentraldiffError)


def test_every_asymmetry_is_named():
    rng = np.random.default_rng(12)
    for _ in range(200):
        given = rng.random((6, 6)) < 0.4
        given |= given.T
        i, j = rng.choice(6, 2, replace=False)
        given[i, j] = True
        given[j, i] = False
        with pytest.raises(ValueError, match=rf"\({i}, {j}\) and without \({j}, {i}\)"):
            cd.color_symmetric(given)


def test_the_checks_tell_right_from_wrong():
    path = as_pattern("pattern", band(4, 1))
    assert not is_structurally_orthogonal(path, [0, 1, 0, 1])
    assert is_structurally_orthogonal(path, [0, 1, 2, 0])
    assert is_proper_coloring(path, [0, 1, 0, 1])
    assert not is_proper_coloring(path, [0, 0, 1, 2])
    assert not is_star_coloring(path, [0, 1, 0, 1])
    assert is_star_coloring(path, [0, 1, 0, 2])
    assert not is_star_coloring(path, [0, 0, 1, 2])
    assert is_acyclic_coloring(path, [0, 1, 0, 1])
    assert not is_acyclic_coloring(path, [0, 0, 1, 2])
    ring = np.zeros((4, 4))
    for i in range(4):
        ring[i, (i + 1) % 4] = ring[(i + 1) % 4, i] = 1
    assert not is_acyclic_coloring(as_pattern("pattern", ring), [0, 1, 0, 1])
    assert is_acyclic_coloring(as_pattern("pattern", ring), [0, 1, 0, 2])
