import numpy as np
from ._coloring import columns_colored
from types import SimpleNamespace
def by_color(pattern, colors, mask=None):
    c = colors[pattern.indices]
    order = np.argsort(c, kind="stable")
    if mask is not None: order = order[mask[order].astype(bool)]
    p = int(colors.max(initial=-1)) + 1
    return np.searchsorted(c[order], np.arange(p + 1)), order
def mirror(pattern):
    m, n = pattern.shape
    key = pattern.rows().astype(np.int64) * n + pattern.indices
    other = pattern.indices.astype(np.int64) * n + pattern.rows()
    place = np.searchsorted(key, other)
    assert (key[place] == other).all()
    return place
def readable(pattern, colors):
    m, n = pattern.shape
    p = int(colors.max(initial=-1)) + 1
    key = pattern.rows().astype(np.int64) * max(p,1) + colors[pattern.indices]
    diag = np.zeros(n, bool); on = pattern.rows() == pattern.indices; diag[pattern.indices[on]] = True
    i = np.flatnonzero(~diag)
    allk = np.concatenate([key, i * max(p,1) + colors[i]])
    u, inv, cnt = np.unique(allk, return_inverse=True, return_counts=True)
    return (cnt[inv] == 1)[:len(key)]
def symmetric_colored(pattern, order, recovery):
    return columns_colored(pattern)
elimination = None
