"""Greedy colouring of the graph of a symmetric pattern: star, and acyclic.

Star: neighbours differ, and no path of four vertices has two colours only. So two colours make up
stars, and of each pair (i, j), (j, i) one can be read from a compressed column as it is. Acyclic:
neighbours differ, no cycle has two colours only. Two colours make up trees, and a tree is solved
from its leaves.

Algorithms of Gebremedhin, Tarafdar, Manne and Pothen (SIAM J. Sci. Comput. 29, 2007), changed in
one thing: they walk all the neighbours of each neighbour, n² steps where one vertex has n. Edges
from a vertex to neighbours of one colour belong to the same star, or tree. So each vertex has a
list of edges to neighbours, one for each of their colours (`known`), and that is walked instead:
O(nonzeros * colours) steps at most. Memory is O(nonzeros).

indptr, indices are the pattern, with or without the diagonal; mirror is where (j, i) is for the
position of (i, j).
"""

from libc.stdint cimport int32_t

from ._csr cimport at, index

import numpy as np


cdef inline index known_edge(
    index w, Py_ssize_t c, const index* row, const index* columns, const index* known,
    const index* count, const index* color,
) noexcept nogil:
    """An edge from w to a neighbour of colour c, or -1."""
    cdef Py_ssize_t k
    for k in range(row[w], row[w] + count[w]):
        if color[columns[known[k]]] == c:
            return known[k]
    return -1


cdef inline void forbid_around(
    index v, index w, const index* row, const index* columns, const index* known,
    const index* count, const index* color, index* forbidden,
) noexcept nogil:
    """No colour of a neighbour of w for v."""
    cdef Py_ssize_t k
    for k in range(row[w], row[w] + count[w]):
        forbidden[color[columns[known[k]]]] = v


def star_coloring(
    const index[::1] order, const index[::1] indptr, const index[::1] indices,
    const index[::1] mirror,
):
    """Colours (n), given in that order, and how many there are."""
    dtype = np.int32 if index is int32_t else np.int64
    cdef Py_ssize_t n = order.shape[0], nnz = indices.shape[0], k, e, q, c, colors = 0
    cdef index v, w, x, s, stars = 0
    cdef index[::1] color_of = np.full(n, -1, dtype)
    cdef index[:, ::1] by_vertex = np.full((5, n + 1), -1, dtype)
    cdef index[:, ::1] by_edge = np.empty((3, nnz + 1), dtype)
    # for v: colours it must not have; by colour, which vertex has met it last, and by which edge
    cdef index *forbidden = &by_vertex[0, 0]
    cdef index *met = &by_vertex[1, 0]
    cdef index *met_by = &by_vertex[2, 0]
    cdef index *treated = &by_vertex[3, 0]
    cdef index *count = &by_vertex[4, 0]
    cdef index *known = &by_edge[0, 0]
    cdef index *star = &by_edge[1, 0]
    cdef index *hub = &by_edge[2, 0]  # of a star: its middle, -1 while it has but one edge
    cdef const index *row = at(indptr)
    cdef const index *columns = at(indices)
    cdef const index *other = at(mirror)
    cdef index *color = NULL
    if not n:
        return np.asarray(color_of), 0
    color = &color_of[0]
    with nogil:
        for k in range(n):
            count[k] = 0
        for k in range(n):
            v = order[k]
            for e in range(row[v], row[v + 1]):
                w = columns[e]
                if w != v and color[w] >= 0:
                    forbidden[color[w]] = v
            for e in range(row[v], row[v + 1]):
                w = columns[e]
                if w == v or color[w] < 0:
                    continue
                c = color[w]
                if met[c] == v:
                    # v is going to be the middle of a star: its leaves must not be in others
                    x = columns[met_by[c]]
                    if treated[x] != v:
                        treated[x] = v
                        forbid_around(v, x, row, columns, known, count, color, forbidden)
                    forbid_around(v, w, row, columns, known, count, color, forbidden)
                else:
                    met[c] = v
                    met_by[c] = <index>e
                    for q in range(row[w], row[w] + count[w]):
                        x = columns[known[q]]
                        if hub[star[known[q]]] == x:  # w is a leaf there, and would be a middle
                            forbidden[color[x]] = v
            c = 0
            while forbidden[c] == v:
                c += 1
            color[v] = <index>c
            colors = max(colors, c + 1)
            for e in range(row[v], row[v + 1]):
                w = columns[e]
                if w == v or color[w] < 0:
                    continue
                if met_by[color[w]] == e:
                    known[row[v] + count[v]] = <index>e
                    count[v] += 1
                q = known_edge(w, c, row, columns, known, count, color)
                if q >= 0:
                    s = star[q]
                    hub[s] = w
                else:
                    known[row[w] + count[w]] = other[e]
                    count[w] += 1
                    if met_by[color[w]] != e:
                        s = star[met_by[color[w]]]
                        hub[s] = v
                    else:
                        s = stars
                        stars += 1
                        hub[s] = -1
                star[e] = star[other[e]] = s
    return np.asarray(color_of), colors


cdef inline index find(index* parent, index e) noexcept nogil:
    """The root of the tree of an edge."""
    while parent[e] != e:
        parent[e] = parent[parent[e]]
        e = parent[e]
    return e


cdef inline void join(index* parent, index* size, index e, index q) noexcept nogil:
    """One tree out of the trees of two edges."""
    e = find(parent, e)
    q = find(parent, q)
    if e == q:
        return
    if size[e] < size[q]:
        e, q = q, e
    parent[q] = e
    size[e] += size[q]


def acyclic_coloring(
    const index[::1] order, const index[::1] indptr, const index[::1] indices,
    const index[::1] mirror,
):
    """Colours (n), given in that order, and how many there are."""
    dtype = np.int32 if index is int32_t else np.int64
    cdef Py_ssize_t n = order.shape[0], nnz = indices.shape[0], k, e, q, c, colors = 0
    cdef index v, w, edge, tree
    cdef index[::1] color_of = np.full(n, -1, dtype)
    cdef index[:, ::1] by_vertex = np.full((4, n + 1), -1, dtype)
    cdef index[:, ::1] by_edge = np.full((5, nnz + 1), -1, dtype)
    cdef index *forbidden = &by_vertex[0, 0]
    cdef index *met = &by_vertex[1, 0]
    cdef index *met_by = &by_vertex[2, 0]
    cdef index *count = &by_vertex[3, 0]
    cdef index *known = &by_edge[0, 0]
    # an edge has the number of its first position; trees are sets of edges
    cdef index *parent = &by_edge[1, 0]
    cdef index *size = &by_edge[2, 0]
    cdef index *visitor = &by_edge[3, 0]  # of a tree: which v has met it last, by which neighbour
    cdef index *visited_by = &by_edge[4, 0]
    cdef const index *row = at(indptr)
    cdef const index *columns = at(indices)
    cdef const index *other = at(mirror)
    cdef index *color = NULL
    if not n:
        return np.asarray(color_of), 0
    color = &color_of[0]
    with nogil:
        for k in range(n):
            count[k] = 0
        for k in range(n):
            v = order[k]
            for e in range(row[v], row[v + 1]):
                w = columns[e]
                if w != v and color[w] >= 0:
                    forbidden[color[w]] = v
            for e in range(row[v], row[v + 1]):
                w = columns[e]
                if w == v or color[w] < 0:
                    continue
                for q in range(row[w], row[w] + count[w]):
                    c = color[columns[known[q]]]
                    if forbidden[c] == v:
                        continue
                    tree = find(parent, min(known[q], other[known[q]]))
                    if visitor[tree] != v:
                        visitor[tree] = v
                        visited_by[tree] = w
                    elif visited_by[tree] != w:  # v would close a cycle
                        forbidden[c] = v
            c = 0
            while forbidden[c] == v:
                c += 1
            color[v] = <index>c
            colors = max(colors, c + 1)
            for e in range(row[v], row[v + 1]):
                w = columns[e]
                if w == v or color[w] < 0:
                    continue
                edge = min(<index>e, other[e])
                parent[edge] = edge
                size[edge] = 1
                q = color[w]
                if met[q] == v:
                    join(parent, size, edge, min(met_by[q], other[met_by[q]]))
                else:
                    met[q] = v
                    met_by[q] = <index>e
                    known[row[v] + count[v]] = <index>e
                    count[v] += 1
                q = known_edge(w, c, row, columns, known, count, color)
                if q >= 0:
                    join(parent, size, edge, min(<index>q, other[q]))
                else:
                    known[row[w] + count[w]] = other[e]
                    count[w] += 1
    return np.asarray(color_of), colors
