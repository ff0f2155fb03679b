"""The order in which vertices are coloured; it decides how many colours a greedy colouring needs.

Two graphs, by the same code. Columns of a pattern are adjacent where a row has both: the pattern is
given by rows and by columns, and the graph, which may be far larger, is never built. Or the pattern
is square and symmetric and is itself the graph, the diagonal left out.

A row of more than `longest` entries would make counting quadratic. It makes its columns adjacent
to each other, one as the other, so it adds its length to their degrees once and is not walked.

Orders: largest first (Welsh and Powell 1967), smallest last (Matula and Beck 1983), incidence
degree (Coleman and Moré 1983), by buckets of equal degree.
"""

from libc.stdint cimport int32_t

from ._csr cimport at, index

import numpy as np


cdef inline Py_ssize_t gather(
    index v, bint is_graph, const index* row, const index* columns, const index* column,
    const index* rows, Py_ssize_t longest, index* seen, index* found,
) noexcept nogil:
    """The neighbours of v, each once (seen[u] == v afterwards); how many."""
    cdef Py_ssize_t count = 0, k, e
    cdef index i, u
    seen[v] = v
    if is_graph:
        for k in range(row[v], row[v + 1]):
            if columns[k] != v:
                found[count] = columns[k]
                count += 1
        return count
    for k in range(column[v], column[v + 1]):
        i = rows[k]
        if row[i + 1] - row[i] > longest:
            continue
        for e in range(row[i], row[i + 1]):
            u = columns[e]
            if seen[u] != v:
                seen[u] = v
                found[count] = u
                count += 1
    return count


cdef inline void link(
    index v, index degree, index* head, index* after, index* before
) noexcept nogil:
    after[v] = head[degree]
    before[v] = -1
    if head[degree] >= 0:
        before[head[degree]] = v
    head[degree] = v


cdef inline void unlink(
    index v, index degree, index* head, index* after, index* before
) noexcept nogil:
    if before[v] >= 0:
        after[before[v]] = after[v]
    else:
        head[degree] = after[v]
    if after[v] >= 0:
        before[after[v]] = before[v]


def ordering(
    str kind, const index[::1] indptr, const index[::1] indices, const index[::1] column_starts,
    const index[::1] column_rows, bint is_graph, Py_ssize_t longest,
):
    """The vertices (n) in the order "largest_first", "smallest_last" or "incidence_degree"."""
    dtype = np.int32 if index is int32_t else np.int64
    cdef Py_ssize_t n = column_starts.shape[0] - 1, k, e, count, size
    cdef index low = 0, high = 0, v, u
    cdef bint growing = kind == "incidence_degree", sorting = kind == "largest_first"
    cdef index[::1] order = np.empty(n, dtype)
    # one more than n: there is always a first
    cdef index[:, ::1] room = np.full((6, n + 1), -1, dtype)
    cdef index *degree = &room[0, 0]
    cdef index *seen = &room[1, 0]
    cdef index *found = &room[2, 0]
    cdef index *head = &room[3, 0]
    cdef index *after = &room[4, 0]
    cdef index *before = &room[5, 0]
    cdef const index *row = at(indptr)
    cdef const index *columns = at(indices)
    cdef const index *column = at(column_starts)
    cdef const index *rows = at(column_rows)
    with nogil:
        for v in range(<index>n):
            degree[v] = 0
            if growing:
                continue  # how many of its neighbours are in order already: none
            size = gather(v, is_graph, row, columns, column, rows, longest, seen, found)
            if not is_graph:
                for k in range(column[v], column[v + 1]):
                    e = row[rows[k] + 1] - row[rows[k]]
                    if e > longest:
                        size = min(size + e - 1, n - 1)
            degree[v] = <index>size
        for k in range(n):
            seen[k] = -1
        for v in range(<index>n - 1, -1, -1):
            link(v, degree[v], head, after, before)
            high = max(high, degree[v])
        if sorting:
            count = 0
            for k in range(high, -1, -1):
                v = head[k]
                while v >= 0:
                    order[count] = v
                    count += 1
                    v = after[v]
        elif growing:
            for k in range(n):
                while head[high] < 0:
                    high -= 1
                v = head[high]
                unlink(v, high, head, after, before)
                degree[v] = -1
                order[k] = v
                size = gather(v, is_graph, row, columns, column, rows, longest, seen, found)
                for e in range(size):
                    u = found[e]
                    if degree[u] >= 0:
                        unlink(u, degree[u], head, after, before)
                        degree[u] += 1
                        link(u, degree[u], head, after, before)
                        high = max(high, degree[u])
        else:
            for k in range(n - 1, -1, -1):
                while head[low] < 0:
                    low += 1
                v = head[low]
                unlink(v, low, head, after, before)
                degree[v] = -1
                order[k] = v
                size = gather(v, is_graph, row, columns, column, rows, longest, seen, found)
                for e in range(size):
                    u = found[e]
                    if degree[u] > 0:
                        unlink(u, degree[u], head, after, before)
                        degree[u] -= 1
                        link(u, degree[u], head, after, before)
                        low = min(low, degree[u])
    return np.asarray(order)
