"""Greedy colouring of columns: those that share a row get different colours.

Partial distance-2 colouring of the bipartite graph of rows and columns (Gebremedhin, Manne, Pothen,
SIAM Review 47, 2005): the graph of columns is never built, memory is O(nonzeros).

A row of L entries is walked for each of its columns: L² steps. So rows of more than `longest`
entries keep the colours that they have, as bits, up to 64 L colours, which is far less to look at;
if one of theirs is beyond that, which takes another row that is far longer, they are walked too.
"""


from libc.stdint cimport int32_t, uint8_t, uint64_t

from ._csr cimport at, index

import numpy as np


cdef struct LongRow:
    uint64_t* used  # bits: the colours in this row
    Py_ssize_t words
    Py_ssize_t free  # the first colour that is not
    bint beyond  # there are colours that have no bit


cdef inline void use(LongRow* long_row, Py_ssize_t color) noexcept nogil:
    """Note a colour of the row."""
    if color >> 6 >= long_row.words:
        long_row.beyond = True
        return
    long_row.used[color >> 6] |= <uint64_t>1 << (color & 63)
    while long_row.free >> 6 < long_row.words and (
        long_row.used[long_row.free >> 6] >> (long_row.free & 63) & 1
    ):
        long_row.free += 1


cdef inline Py_ssize_t first_free(
    Py_ssize_t color, LongRow** mine, Py_ssize_t count, const index* forbidden, index v
) noexcept nogil:
    """The first, from `color`, that none of these rows has and that v is not forbidden."""
    cdef Py_ssize_t k
    cdef uint64_t word
    if not count:
        while forbidden[color] == v:
            color += 1
        return color
    for k in range(count):
        color = max(color, mine[k].free)
    while True:
        word = 0
        for k in range(count):
            if color >> 6 < mine[k].words:
                word |= mine[k].used[color >> 6]
        if ~word:
            while True:
                if not word >> (color & 63) & 1 and forbidden[color] != v:
                    return color
                color += 1
                if not color & 63:
                    break
        else:
            color = ((color >> 6) + 1) << 6


def partial_coloring(
    const index[::1] order, const index[::1] indptr, const index[::1] indices,
    const index[::1] column_starts, const index[::1] column_rows, Py_ssize_t longest,
    Py_ssize_t cycle,
):
    """Colours (n) of the columns, taken in that order, and how many there are.

    Each gets the first colour that is free, or, of the first `cycle` colours, the next one that is
    free after that of the column before: on grids and bands that falls into their regular pattern,
    where the first free colour does not.
    """
    dtype = np.int32 if index is int32_t else np.int64
    cdef Py_ssize_t n = order.shape[0], m = indptr.shape[0] - 1, k, e, q, c
    cdef Py_ssize_t colors = 0, count = 0, last = -1
    cdef index i, v
    lengths = np.diff(indptr)
    long_rows = np.flatnonzero(lengths > longest)
    sizes = np.minimum(lengths[long_rows], (n + 63) // 64).astype(np.intp)
    ends = np.cumsum(sizes)
    cdef index[::1] slot_of = np.empty(m if len(long_rows) else 0, dtype)
    cdef const Py_ssize_t[::1] size = sizes, end = ends
    cdef uint64_t[::1] bits = np.zeros(sizes.sum(), np.uint64)
    cdef uint8_t[::1] rows_ = np.zeros(len(long_rows) * sizeof(LongRow) + 1, np.uint8)
    cdef size_t[::1] mine_ = np.empty(len(long_rows) + 1, np.uintp)
    cdef LongRow* long_row = <LongRow*>&rows_[0]
    cdef LongRow** mine = <LongRow**>&mine_[0]
    if len(long_rows):
        np.asarray(slot_of)[long_rows] = np.arange(len(long_rows))
    for k in range(size.shape[0]):
        long_row[k].used = &bits[end[k] - size[k]]
        long_row[k].words = size[k]
    cdef index[::1] color_of = np.full(n, -1, dtype), forbidden = np.full(n + 1, -1, dtype)
    cdef const index *row = at(indptr)
    cdef const index *columns = at(indices)
    cdef const index *column = at(column_starts)
    cdef const index *rows = at(column_rows)
    with nogil:
        for k in range(n):
            v = order[k]
            count = 0
            for e in range(column[v], column[v + 1]):
                i = rows[e]
                if row[i + 1] - row[i] > longest:
                    mine[count] = &long_row[slot_of[i]]
                    count += 1
                    if not mine[count - 1].beyond:
                        continue
                for q in range(row[i], row[i + 1]):
                    c = color_of[columns[q]]
                    if c >= 0:
                        forbidden[c] = v
            c = first_free(last + 1, mine, count, &forbidden[0], v)
            if cycle and c >= cycle:
                c = first_free(0, mine, count, &forbidden[0], v)
            if cycle:
                last = c
            for e in range(count):
                use(mine[e], c)
            color_of[v] = <index>c
            colors = max(colors, c + 1)
    return np.asarray(color_of), colors
