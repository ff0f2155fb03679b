"""Every entry is recovered from compressed columns, exactly, where the recovery says it is."""

import numpy as np
import pytest

import centraldiff as cd
from centraldiff._coloring import columns_colored, symmetric_colored
from centraldiff._pattern import Pattern, as_pattern
from centraldiff._recovery import by_color, elimination, mirror, readable


def symmetric(n, density, seed, diagonal):
    """A pattern, and integers in it: sums of integers are exact."""
    rng = np.random.default_rng(seed)
    matrix = np.triu(np.where(rng.random((n, n)) < density, rng.integers(1, 100, (n, n)), 0), 1)
    matrix = matrix + matrix.T
    given = matrix != 0
    if diagonal:
        np.fill_diagonal(matrix, rng.integers(1, 100, n))
        np.fill_diagonal(given, True)
    return as_pattern("pattern", given), matrix.astype(float)


def band(n, b):
    i = np.arange(n)
    return as_pattern("pattern", abs(i[:, None] - i) <= b)


def compressed(matrix, colors):
    """The sum of the columns of each colour, (n, colours)."""
    columns = [matrix[:, colors == c].sum(axis=1) for c in range(colors.max(initial=-1) + 1)]
    return np.stack(columns, axis=1) if columns else np.empty((len(matrix), 0))


CASES = [
    (n, density, seed, diagonal)
    for n, density in [(0, 0.5), (1, 0.5), (2, 1.0), (12, 0.1), (12, 0.3), (30, 0.1), (20, 1.0)]
    for seed in range(3)
    for diagonal in (True, False)
]


@pytest.mark.parametrize("case", CASES)
def test_mirror(case):
    pattern, _ = symmetric(*case)
    places = mirror(pattern)
    rows = pattern.rows()
    np.testing.assert_array_equal(rows[places], pattern.indices)
    np.testing.assert_array_equal(pattern.indices[places], rows)


@pytest.mark.parametrize("case", CASES)
def test_readable_entries_are_what_is_read(case):
    pattern, matrix = symmetric(*case)
    colors = symmetric_colored(pattern)
    alone = readable(pattern, colors)
    rows, columns = pattern.rows(), pattern.indices
    values = compressed(matrix, colors)[rows, colors[columns]]
    np.testing.assert_array_equal(values[alone], matrix[rows, columns][alone])
    assert (alone | alone[mirror(pattern)]).all()


def test_readable_by_its_definition():
    rng = np.random.default_rng(3)
    for _ in range(50):  # whatever the colours are
        pattern, _ = symmetric(10, 0.3, rng.integers(1000), bool(rng.integers(2)))
        colors = rng.integers(0, 5, 10)
        alone = readable(pattern, colors)
        for i, j, found in zip(pattern.rows(), pattern.indices, alone, strict=True):
            in_row = {*pattern.indices[pattern.rows() == i].tolist(), int(i)}
            assert found == ([int(colors[k]) for k in in_row].count(colors[j]) == 1)


@pytest.mark.parametrize("masked", [False, True])
def test_by_color(masked):
    rng = np.random.default_rng(4)
    pattern = as_pattern("pattern", rng.random((20, 15)) < 0.3)
    colors = columns_colored(pattern)
    mask = rng.random(pattern.nnz) < 0.5 if masked else None
    starts, positions = by_color(pattern, colors, mask)
    assert len(starts) == colors.max() + 2
    wanted = np.arange(pattern.nnz) if mask is None else np.flatnonzero(mask)
    for c in range(colors.max() + 1):
        np.testing.assert_array_equal(
            positions[starts[c] : starts[c + 1]],
            [e for e in wanted if colors[pattern.indices[e]] == c],
        )
    assert starts[0] == 0
    assert starts[-1] == len(positions) == len(wanted)


def substituted(pattern, colors, sums):
    """The entries (nnz) beside the diagonal, step by step, as it is written in `Elimination`."""
    steps, rows, other = elimination(pattern, colors), pattern.rows(), mirror(pattern)
    values = np.full(pattern.nnz, np.nan)
    for k, e in enumerate(steps.positions):
        before = values[steps.terms[steps.starts[k] : steps.starts[k + 1]]]
        values[e] = sums[rows[e], colors[pattern.indices[e]]] - before.sum()
        values[other[e]] = values[e]
    return values


@pytest.mark.parametrize("case", CASES)
def test_elimination(case):
    pattern, matrix = symmetric(*case)
    colors = symmetric_colored(pattern, None, "substitution")
    rows, columns = pattern.rows(), pattern.indices
    values = substituted(pattern, colors, compressed(matrix, colors))
    beside = rows != columns
    np.testing.assert_array_equal(values[beside], matrix[rows, columns][beside])
    on = rows == columns
    sums = compressed(matrix, colors)
    np.testing.assert_array_equal(sums[rows[on], colors[rows[on]]], matrix[rows[on], rows[on]])


@pytest.mark.parametrize("case", CASES)
def test_summands_and_chains_are_how_errors_spread(case):
    pattern, _ = symmetric(*case)
    colors = symmetric_colored(pattern, None, "substitution")
    steps, other = elimination(pattern, colors), mirror(pattern)
    step_of = {}
    for k, e in enumerate(steps.positions.tolist()):
        step_of[e] = step_of[int(other[e])] = k
        before = [step_of[t] for t in steps.terms[steps.starts[k] : steps.starts[k + 1]].tolist()]
        assert steps.summands[k] == 1 + sum(steps.summands[b] for b in before)
        assert steps.chain[k] == 1 + max((steps.chain[b] for b in before), default=0)
    assert len(step_of) == 2 * len(steps.positions)


@pytest.mark.parametrize(("n", "chain"), [(2, 1), (3, 1), (4, 2), (5, 2), (100, 50), (101, 50)])
def test_a_path_is_solved_from_both_ends(n, chain):
    pattern = band(n, 1)
    steps = elimination(pattern, symmetric_colored(pattern, None, "substitution"))
    assert steps.chain.max() == steps.summands.max() == chain


def test_a_star_is_read():
    given = np.eye(50, dtype=bool)
    given[7] = given[:, 7] = True
    pattern = as_pattern("pattern", given)
    steps = elimination(pattern, symmetric_colored(pattern, None, "substitution"))
    assert len(steps.terms) == 0
    assert steps.chain.tolist() == steps.summands.tolist() == [1] * 49


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_both_kinds_of_integers(index):
    short = band(20, 2)
    pattern = Pattern(short.shape, short.indptr.astype(index), short.indices.astype(index))
    star, acyclic = (symmetric_colored(short, None, r) for r in ("direct", "substitution"))
    assert mirror(pattern).dtype == by_color(pattern, star)[1].dtype == index
    np.testing.assert_array_equal(readable(pattern, star), readable(short, star))
    for one, other in zip(elimination(pattern, acyclic), elimination(short, acyclic), strict=True):
        assert one.dtype == index
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("colors", "said"),
    [
        ([0, 1, 2], r"shape \(4,\), got shape \(3,\)"),
        ([0, 1, 2, 4], "from 0 to 3, got 0 to 4"),
        ([0, -1, 2, 1], "from 0 to 3, got -1 to 2"),
    ],
)
@pytest.mark.parametrize("what", [readable, by_color, elimination])
def test_colors_that_do_not_fit(what, colors, said):
    with pytest.raises(cd.ArgumentValueError, match=f"^colors .*{said}"):
        what(band(4, 1), colors)


@pytest.mark.parametrize("colors", [[0, 1, 0, 1], [0, 0, 1, 2], [0, 0, 0, 0]])
def test_elimination_refuses_what_is_not_acyclic(colors):
    given = np.eye(4, dtype=bool)
    for i in range(4):
        given[i, i - 1] = given[i - 1, i] = True
    with pytest.raises(cd.ArgumentValueError, match=r"^colors must be an acyclic colouring"):
        elimination(as_pattern("pattern", given), colors)
