"""Where the entries of a sparse matrix are found in its compressed columns.

A compressed column is the sum of the columns of one colour. indptr, indices are a pattern, colors
(n) those of its columns; positions are those in indices.
"""

from libc.stdint cimport int32_t, uint8_t

from ._csr cimport at, index

import numpy as np


def mirror_positions(const index[::1] indptr, const index[::1] indices):
    """The position of (j, i) for each of (i, j); or, as a tuple, an (i, j) that has none.

    Rows are sorted: entries of row j are asked for in the order in which they are stored.
    """
    dtype = np.int32 if index is int32_t else np.int64
    cdef Py_ssize_t n = indptr.shape[0] - 1, i, e
    cdef index j, k, alone_row = -1, alone_column = -1
    cdef index[::1] mirror = np.empty(len(indices), dtype)
    cdef index[::1] next_ = np.array(indptr[:n], dtype)
    with nogil:
        for i in range(n):
            for e in range(indptr[i], indptr[i + 1]):
                j = indices[e]
                k = next_[j]
                if k == indptr[j + 1] or indices[k] > i:
                    alone_row, alone_column = <index>i, j
                    break
                if indices[k] < i:
                    alone_row, alone_column = j, indices[k]
                    break
                mirror[e] = k
                next_[j] += 1
            if alone_row >= 0:
                break
    if alone_row >= 0:
        return alone_row, alone_column
    return np.asarray(mirror)


def readable_entries(
    const index[::1] indptr, const index[::1] indices, const Py_ssize_t[::1] colors,
    Py_ssize_t count,
):
    """Is (i, j) the only entry of row i, or the diagonal, in a column of that colour? (nnz)"""
    cdef Py_ssize_t n = indptr.shape[0] - 1, i, e, c
    cdef uint8_t[::1] alone = np.zeros(len(indices), np.uint8)
    cdef Py_ssize_t[::1] seen = np.full(count, -1, np.intp), times = np.zeros(count, np.intp)
    cdef bint stored
    with nogil:
        for i in range(n):
            stored = False
            for e in range(indptr[i], indptr[i + 1]):
                c = colors[indices[e]]
                times[c] = times[c] + 1 if seen[c] == i else 1
                seen[c] = i
                stored |= indices[e] == i
            if not stored:
                c = colors[i]
                times[c] = times[c] + 1 if seen[c] == i else 1
                seen[c] = i
            for e in range(indptr[i], indptr[i + 1]):
                alone[e] = times[colors[indices[e]]] == 1
    return np.asarray(alone)


def positions_by_color(
    const index[::1] indices, const Py_ssize_t[::1] colors, Py_ssize_t count, mask,
):
    """starts (count + 1) and positions, where mask is set, colour by colour, and there in order."""
    dtype = np.int32 if index is int32_t else np.int64
    cdef index[::1] starts = np.zeros(count + 1, dtype)
    cdef const uint8_t[::1] wanted = None if mask is None else mask.view(np.uint8)
    cdef bint all_ = mask is None
    cdef Py_ssize_t e, c
    with nogil:
        for e in range(indices.shape[0]):
            if all_ or wanted[e]:
                starts[colors[indices[e]] + 1] += 1
        for c in range(count):
            starts[c + 1] += starts[c]
    cdef index[::1] positions = np.empty(starts[count], dtype), next_ = np.array(starts)
    with nogil:
        for e in range(indices.shape[0]):
            if all_ or wanted[e]:
                c = colors[indices[e]]
                positions[next_[c]] = <index>e
                next_[c] += 1
    return np.asarray(starts), np.asarray(positions)


def peel(
    const index[::1] indptr, const index[::1] indices, const index[::1] mirror,
    const Py_ssize_t[::1] colors, Py_ssize_t count,
):
    """The parts of an `Elimination`; fewer steps than pairs if the colouring is not acyclic.

    A vertex i of a tree of two colours, with its neighbours there, is a group: the entries of row i
    in columns of one colour. A group with one entry left gives that entry; the mirror of that then
    leaves the group at its other end. Groups wait in a queue, so trees are peeled evenly.
    """
    dtype = np.int32 if index is int32_t else np.int64
    cdef Py_ssize_t n = indptr.shape[0] - 1, nnz = indices.shape[0], i, k, q
    cdef Py_ssize_t groups = 0, first = 0, last = 0, pairs = 0, used = 0, found = 0
    cdef bint proper = True
    cdef index c, g, h, e
    cdef index[:, ::1] by_entry = np.zeros((8, nnz + 1), dtype)
    cdef index *group = &by_entry[0, 0]  # of an entry
    cdef index *left = &by_entry[1, 0]  # of a group: how many entries are not found
    cdef index *which = &by_entry[2, 0]  # the exclusive or of their positions
    cdef index *queue = &by_entry[3, 0]
    cdef index *members = &by_entry[4, 0]  # the entries of all groups, group by group
    cdef index *end = &by_entry[5, 0]
    cdef index *depth = &by_entry[6, 0]  # of a group: of the entries found there so far
    cdef index *amount = &by_entry[7, 0]
    cdef index[::1] seen = np.full(count, -1, dtype), group_of = np.empty(count, dtype)
    cdef const index *row = at(indptr)
    cdef const index *columns = at(indices)
    with nogil:
        for i in range(n):
            for k in range(row[i], row[i + 1]):
                if columns[k] != i:
                    pairs += 1
                    proper &= colors[columns[k]] != colors[i]
    pairs //= 2
    cdef index[::1] positions = np.empty(pairs, dtype), starts = np.zeros(pairs + 1, dtype)
    cdef index[::1] terms = np.empty(pairs, dtype)
    cdef index[::1] summands = np.empty(pairs, dtype), chain = np.empty(pairs, dtype)
    with nogil:
        for i in range(n):
            for k in range(row[i], row[i + 1]):
                if columns[k] == i:
                    continue
                c = <index>colors[columns[k]]
                if seen[c] != i:
                    seen[c] = <index>i
                    group_of[c] = <index>groups
                    groups += 1
                g = group_of[c]
                group[k] = g
                left[g] += 1
                which[g] ^= <index>k
        q = 0
        for g in range(<index>groups):
            end[g] = <index>q
            q += left[g]
        for i in range(n):
            for k in range(row[i], row[i + 1]):
                if columns[k] != i:
                    members[end[group[k]]] = <index>k
                    end[group[k]] += 1
        for g in range(<index>groups):
            if left[g] == 1 and proper:
                queue[last] = g
                last += 1
        while first < last:
            g = queue[first]
            first += 1
            if not left[g]:
                continue  # found from the other end
            e = which[g]
            left[g] = 0
            positions[found] = e
            # what was found in this group before are its other members
            for k in range(end[g - 1] if g else 0, end[g]):
                if members[k] != e:
                    terms[used] = members[k]
                    used += 1
            chain[found] = depth[g] + 1
            summands[found] = amount[g] + 1
            h = group[mirror[e]]
            left[h] -= 1
            which[h] ^= mirror[e]
            depth[h] = max(depth[h], chain[found])
            amount[h] += summands[found]
            found += 1
            starts[found] = <index>used
            if left[h] == 1:
                queue[last] = h
                last += 1
    return (
        np.asarray(positions)[:found], np.asarray(starts)[:found + 1], np.asarray(terms)[:used],
        np.asarray(summands)[:found], np.asarray(chain)[:found],
    )
