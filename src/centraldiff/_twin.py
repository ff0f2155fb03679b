"""NumPy twins of the kernels: the specification one can read, and the oracle of the tests.

Each function says in a few lines of arrays what a compiled kernel of `_plan.pyx` or `_combine.pyx`
does in loops. They store everything at once; the kernels do not. The error estimates, which are
not in a hurry, are computed with them too.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ._formula import BASE
from ._terms import Formula

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def representable(x: Array, h: Array) -> Array:
    """Steps for which x + h and x - h are exact."""
    size = np.abs(x)
    steps: Array = (size + h) - size
    return steps


def axis_nodes(x: Array, h: Array, formula: Formula) -> Array:
    """Nodes (n, s) of every coordinate."""
    offsets = formula.arrays()["offsets"].astype(x.dtype)
    moves: Array = offsets * h[:, None]
    return x[:, None] + (1j * moves if formula.imaginary else moves)


def axis_spans(x: Array, h: Array, formula: Formula) -> Array:
    """What the terms of every coordinate are divided by, (n, q)."""
    arrays = formula.arrays()
    nodes = axis_nodes(x, h, formula)
    if formula.imaginary:
        return nodes.imag[:, arrays["plus"]]
    if formula.degree > 1:
        return np.repeat(h[:, None], len(arrays["plus"]), axis=1)
    minus = arrays["minus"]
    other = np.where(minus == BASE, x[:, None], nodes[:, minus])
    return nodes[:, arrays["plus"]] - other


def axis_points(x: Array, nodes: Array) -> Array:
    """Points (n * s, n): x with one coordinate at one of its nodes."""
    points = np.repeat(x[None, :].astype(nodes.dtype), nodes.size, axis=0)
    for k, (i, j) in enumerate(np.ndindex(nodes.shape)):
        points[k, i] = nodes[i, j]
    return points


def pair_points(x: Array, nodes: Array, formula: Formula) -> Array:
    """Points of all pairs of coordinates, row by row of the upper triangle."""
    points = []
    for i, j in combinations(range(len(x)), 2):
        for node in formula.arrays()["pair_nodes"]:
            point = x.copy()
            point[[i, j]] = nodes[[i, j], node]
            points.append(point)
    return np.array(points).reshape(-1, len(x))


def line(x: Array, v: Array, h: Array, formula: Formula) -> tuple[Array, Any]:
    """The displacement along v, representable, and t, its projection on v.

    No coordinate moves by more than its step h, unless that is too short for the rounding of the
    largest one: then t lies between the two.
    """
    part = v / np.abs(v).max()
    t = (h[part != 0] / np.abs(part[part != 0])).min()
    if not formula.imaginary:
        unit = np.finfo(x.dtype).eps / 2
        relative = x.dtype.type(float(unit) ** formula.exponent)
        longer = np.abs(x).max() * relative / t
        if longer > 1:
            t *= x.dtype.type(float(longer) ** formula.exponent)
    moves = t * part
    if not formula.imaginary:
        moves = np.copysign(representable(x, np.abs(moves)), moves)
    wide = v.astype(np.longdouble)
    return moves, (moves.astype(np.longdouble) @ wide) / (wide @ wide)


def line_points(x: Array, line: Array, formula: Formula) -> Array:
    """Points (s, n) along a line."""
    offsets = formula.arrays()["offsets"].astype(x.dtype)
    return x + (1j if formula.imaginary else 1) * offsets[:, None] * line


def combine_axis(head: Array, rows: Array, spans: Array, formula: Formula) -> Array:
    """Columns (m, n) of a derivative out of the values (n, s, m) at the nodes; head is (1, m)."""
    arrays = formula.arrays()
    terms = np.empty((len(rows), len(arrays["plus"]), rows.shape[2]), rows.dtype)
    for k, (plus, minus) in enumerate(zip(arrays["plus"], arrays["minus"], strict=True)):
        terms[:, k] = rows[:, plus]
        if minus >= 0:
            terms[:, k] -= rows[:, minus]
        elif minus == BASE:
            terms[:, k] -= head
    weights = arrays["weights"].astype(rows.dtype)
    columns: Array = (weights[:, None] * terms / spans[:, :, None]).sum(axis=1)
    for _ in range(1, formula.degree):
        columns /= spans[:, :1]
    columns[~np.isfinite(columns)] = np.nan
    return columns.T


def combine_pairs(head: Array, values: Array, h: Array, formula: Formula) -> Array:
    """Symmetric (n, n), its diagonal still missing, out of values of the head and of all pairs."""
    n, (s, _, p) = len(h), formula.sizes
    axes = head[1:].reshape(n, s) - head[0]
    pairs = values.reshape(n * (n - 1) // 2, p) - head[0]
    matrix = np.full((n, n), np.nan, values.dtype)
    for pair, (i, j) in zip(pairs, combinations(range(n), 2), strict=True):
        matrix[i, j] = matrix[j, i] = mixed(axes[i], axes[j], pair, formula) / h[i] / h[j]
    return matrix


def combine_line(head: Array, values: Array, h: Array, t: Any, formula: Formula) -> Array:
    """H v (n) out of values of the line (head) and of each coordinate."""
    s, _, p = formula.sizes
    rows = values.reshape(len(h), s + p) - head[0]
    line = head[1:] - head[0]
    return np.array(
        [mixed(line, row[:s], row[s:], formula) / t / h[i] for i, row in enumerate(rows)]
    )


def combine_sparse(values: Array, columns: int, terms: dict[str, Array]) -> Array:
    """(m, columns) out of all values (points, m) by sparse terms."""
    v = np.vstack([values, np.zeros_like(values[:1])])  # index -1 is nothing
    a, b, c, d = (v[terms["values"][:, k]] for k in range(4))
    weights, spans, divisors = (
        terms[name].astype(values.dtype) for name in ("weights", "spans", "divisors")
    )
    sums = weights[:, None] * (((a - b) - (c - d)) / spans[:, :1] / spans[:, 1:])
    out = np.zeros((columns, values.shape[1]), values.dtype)
    for entry, (first, last) in enumerate(zip(terms["start"], terms["start"][1:], strict=False)):
        total = sums[first:last].sum(axis=0) / divisors[entry] ** terms["power"][entry]
        total = np.where(np.isfinite(total), total, np.nan)
        out[terms["place"][entry]] = out[terms["mirror"][entry]] = total
    return out.T


def mixed(a: Array, b: Array, ab: Array, formula: Formula) -> Any:
    """h_a h_b times a second derivative, out of differences from the value at x."""
    arrays = formula.arrays()
    return arrays["pair_weights"].astype(a.dtype) @ ab + arrays["axis_weights"].astype(a.dtype) @ (
        a + b
    )


@np.errstate(over="ignore")
def symmetrised(matrix: Array) -> Array:
    """The mean of a matrix and its transpose."""
    return (matrix + matrix.T) / 2


class Run(NamedTuple):
    """What neighbouring levels say: `extrapolate` chooses the one with the least error."""

    first: int
    last: int
    value: Any
    error: float
    rounding: float
    truncation: float


def run_weights(z: Array, degree: int) -> Array:
    """Weights of values at z: their sum is that coefficient of the polynomial through them."""
    weights = np.empty_like(z)
    for j, node in enumerate(z):
        others = np.delete(z, j)
        basis = np.ones(1, z.dtype)  # the product of (t - other), ascending powers of t
        for other in others:
            basis = np.convolve(basis, np.array([-other, 1], z.dtype))
        weights[j] = basis[degree] / np.prod(node - others)
    return weights


def extrapolation_runs(
    z: Array, y: Array, noise: Array, bound: Array, degree: int, apart: float
) -> list[Run]:
    """All runs of neighbouring levels that tell the coefficient and its truncation."""
    n = len(z)
    values = {
        (a, b): run_weights(z[a : b + 1], degree) @ y[a : b + 1]
        for a in range(n)
        for b in range(a + degree, n)
    }
    runs = []
    beyond: dict[int, float] = {}  # by first level: the error without rounding
    for length in range(degree + 1, n):
        for a in range(n - length):
            b = a + length
            value = values[a, b]
            truncation = abs(value - values[a, b - 1])
            gain = 1.0  # how far the next step would still change it, by the last two changes
            if length > degree + 1:
                before = abs(values[a, b - 1] - values[a, b - 2])
                if before > 0:
                    gain = min(1.0, max(0.1, truncation / before * z[b] / z[b - 1]))
            # without the shortest level; nothing confirms one that stands apart from the rest
            ratio = 1 if z[a] * apart <= z[a + 1] else z[a] / z[b]
            error = max(truncation * gain, abs(value - values[a + 1, b]) * ratio)
            if z[b - 1] * apart <= z[b] and length > degree + 1:
                error = max(error, beyond[a])  # a far step changes little, which says nothing
            beyond[a] = error
            if degree == 0:
                error = max(error, _contradiction(z, y, bound, a, value, apart))
            elif degree == 1:
                nodes = z[a : b + 1]
                weights = run_weights(nodes, 0)
                start = weights @ y[a : b + 1]
                moved = abs(start - run_weights(nodes[:-1], 0) @ y[a:b])
                doubt = float(abs(weights) @ noise[a : b + 1] + 3 * moved)
                error = max(error, _contradicted_slope(z, y, bound, a, start, value, doubt, apart))
            rounding = float(abs(run_weights(z[a : b + 1], degree)) @ noise[a : b + 1])
            runs.append(Run(a, b, value, float(error + rounding), rounding, float(truncation)))
    return runs


def _contradiction(z: Array, y: Array, bound: Array, a: int, value: Any, apart: float) -> float:
    """By how much levels of far shorter steps than level a miss `value`, beyond their bounds."""
    witness = np.arange(len(z)) < a
    witness &= z * apart <= z[a]
    off = abs(y - value) - 1.5 * bound - 2 * abs(y[a] - value) * z / z[a]
    return float(np.max(off[witness], initial=0))


def _contradicted_slope(
    z: Array, y: Array, bound: Array, a: int, start: Any, slope: Any, doubt: float, apart: float
) -> float:
    """What the longest level that misses a line from `start`, give or take doubt, makes of it."""
    witness = np.arange(len(z)) < a
    witness &= z * apart <= z[a]
    off = abs(y - start - slope * z) - 1.5 * bound - doubt
    off -= 2 * abs(y[a] - start - slope * z[a]) * (z / z[a]) ** 2
    those = np.flatnonzero(witness & (off > 0))
    return float(off[those[-1]] / z[those[-1]]) if those.size else 0.0


def extrapolate(
    z: Array, y: Array, noise: Array, bound: Array, degree: int, fewest: int, apart: float
) -> Run | None:
    """Of the runs with enough levels the one with the least error: the first of several."""
    runs = extrapolation_runs(z, y, noise, bound, degree, apart)
    enough = [run for run in runs if run.last - run.first + 1 >= fewest]
    return min(enough, key=lambda run: run.error, default=None)
