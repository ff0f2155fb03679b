"""The picture of sparse.md, made anew: python docs/sparse_figures.py

Writes an SVG file into docs/figures. The same colouring makes the same file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import centraldiff as cd

HERE = Path(__file__).parent
ROWS, COLUMNS = 4, 6  # points of the grid
CELL = 11
TOP, LEFT, BETWEEN = 34, 14, 44
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")


def stencil_pattern() -> Any:
    """Each point of the grid depends on itself and its neighbours, (24, 24)."""
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    return np.abs(row[:, None] - row) + np.abs(column[:, None] - column) <= 1


def square(x: float, y: float, color: str) -> str:
    """An entry of a matrix."""
    size = CELL - 1
    return f'<rect x="{x:g}" y="{y:g}" width="{size}" height="{size}" fill="{color}"/>'


def frame(x: float, y: float, width: float, height: float) -> str:
    """The outline of a matrix."""
    return (
        f'<rect x="{x - 3:g}" y="{y - 3:g}" width="{width + 5:g}" height="{height + 5:g}" '
        'fill="none" stroke="#999999"/>'
    )


def title(x: float, text: str) -> str:
    """What is below it."""
    return f'<text x="{x:g}" y="18">{text}</text>'


def points(colors: Any, left: float) -> list[str]:
    """The grid, each point in the colour of its column."""
    apart = 2.6 * CELL
    lines, dots = [], []
    for point, color in enumerate(colors):
        row, column = divmod(point, COLUMNS)
        x, y = left + apart * (column + 0.5), TOP + apart * (row + 0.5)
        for is_inside, dx, dy in ((column + 1 < COLUMNS, apart, 0), (row + 1 < ROWS, 0, apart)):
            if is_inside:
                lines.append(
                    f'<line x1="{x:g}" y1="{y:g}" x2="{x + dx:g}" y2="{y + dy:g}" '
                    'stroke="#bbbbbb"/>'
                )
        dots.append(f'<circle cx="{x:g}" cy="{y:g}" r="8" fill="{PALETTE[color]}"/>')
        dots.append(f'<text x="{x:g}" y="{y + 4:g}" class="number">{point}</text>')
    return [title(left, "the grid: x[0] to x[23]"), *lines, *dots]


def matrix(pattern: Any, colors: Any, left: float) -> list[str]:
    """The pattern, each column in its colour."""
    n = len(colors)
    marks = [
        square(left + CELL * j, TOP + CELL * i, PALETTE[colors[j]])
        for i, j in zip(*np.nonzero(pattern), strict=True)
    ]
    return [title(left, "the Jacobian: 24 columns"), frame(left, TOP, CELL * n, CELL * n), *marks]


def compressed(pattern: Any, colors: Any, left: float) -> list[str]:
    """What differences give: the sum of the columns of each colour."""
    n, p = len(colors), int(colors.max()) + 1
    marks = [
        square(left + CELL * colors[j], TOP + CELL * i, PALETTE[colors[j]])
        for i, j in zip(*np.nonzero(pattern), strict=True)
    ]
    return [
        title(left, f"compressed: {p}"),
        frame(left, TOP, CELL * p, CELL * n),
        *marks,
    ]


def picture() -> str:
    """The whole file."""
    pattern = stencil_pattern()
    colors = cd.color_columns(pattern)
    n = len(colors)
    second = LEFT + 2.6 * CELL * COLUMNS + BETWEEN
    third = second + CELL * n + BETWEEN
    width, height = third + 100, TOP + CELL * n + 12
    body = [
        *points(colors, LEFT),
        *matrix(pattern, colors, second),
        *compressed(pattern, colors, third),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}">'
    )
    style = (
        "<style>text{font:13px sans-serif;fill:#222222}"
        ".number{font-size:9px;text-anchor:middle;fill:#ffffff}</style>"
    )
    ground = f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>'
    return "\n".join([head, style, ground, *body, "</svg>", ""])


if __name__ == "__main__":
    (HERE / "figures" / "sparse_colors.svg").write_text(picture(), encoding="utf-8")
