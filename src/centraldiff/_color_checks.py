"""What colourings must be, word by word: slow, for tests and for whoever doubts."""

from __future__ import annotations

from collections.abc import Sequence

from ._pattern import Pattern


def is_structurally_orthogonal(pattern: Pattern, colors: Sequence[int]) -> bool:
    """Has every row at most one entry in the columns of each colour?"""
    for row in _rows(pattern):
        in_row = [colors[j] for j in row]
        if len(set(in_row)) < len(in_row):
            return False
    return True


def is_proper_coloring(pattern: Pattern, colors: Sequence[int]) -> bool:
    """Do neighbours in the graph of a symmetric pattern differ?"""
    return all(colors[i] != colors[j] for i, j in _edges(pattern))


def is_star_coloring(pattern: Pattern, colors: Sequence[int]) -> bool:
    """Proper, and are there three colours on every path of four vertices?"""
    rows = _rows(pattern)
    for b, c in _edges(pattern):
        for a in rows[b]:
            for d in rows[c]:
                path = {a, b, c, d}
                if len(path) == 4 and len({colors[v] for v in path}) < 3:
                    return False
    return is_proper_coloring(pattern, colors)


def is_acyclic_coloring(pattern: Pattern, colors: Sequence[int]) -> bool:
    """Proper, and are there three colours on every cycle?"""
    trees: dict[frozenset[int], dict[int, set[int]]] = {}  # of two colours: the tree of a vertex
    for i, j in _edges(pattern):
        if i > j:
            continue
        tree_of = trees.setdefault(frozenset((colors[i], colors[j])), {})
        of_i, of_j = tree_of.get(i, {i}), tree_of.get(j, {j})
        if of_i is of_j:
            return False  # they are connected already
        together = of_i | of_j
        tree_of.update(dict.fromkeys(together, together))
    return is_proper_coloring(pattern, colors)


def _rows(pattern: Pattern) -> list[list[int]]:
    ends = pattern.indptr.tolist()
    columns = pattern.indices.tolist()
    return [columns[ends[i] : ends[i + 1]] for i in range(pattern.shape[0])]


def _edges(pattern: Pattern) -> list[tuple[int, int]]:
    """Both ways, without the diagonal."""
    return [(i, j) for i, row in enumerate(_rows(pattern)) for j in row if i != j]
