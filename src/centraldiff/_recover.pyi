from typing import Any

import numpy as np
import numpy.typing as npt

from ._csr import Indices

def mirror_positions(indptr: Indices, indices: Indices) -> Indices | tuple[int, int]: ...
def readable_entries(
    indptr: Indices, indices: Indices, colors: npt.NDArray[np.intp], count: int
) -> npt.NDArray[np.uint8]: ...
def positions_by_color(
    indices: Indices,
    colors: npt.NDArray[np.intp],
    count: int,
    mask: npt.NDArray[Any] | None,
) -> tuple[Indices, Indices]: ...
def peel(
    indptr: Indices,
    indices: Indices,
    mirror: Indices,
    colors: npt.NDArray[np.intp],
    count: int,
) -> tuple[Indices, Indices, Indices, Indices, Indices]: ...
