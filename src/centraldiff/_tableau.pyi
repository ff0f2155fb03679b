from typing import Any

import numpy as np
import numpy.typing as npt

def best_run(
    z: npt.NDArray[np.floating[Any]],
    y: npt.NDArray[np.floating[Any]],
    noise: npt.NDArray[np.float64],
    bound: npt.NDArray[np.float64],
    degree: int = 0,
    fewest: int = 3,
    apart: float = 64,
) -> tuple[int, int, np.longdouble, float, float, float] | None: ...
