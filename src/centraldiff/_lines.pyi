from typing import Any

import numpy.typing as npt

LEAST_SIZE: float

class Lines:
    @property
    def axes(self) -> npt.NDArray[Any]: ...
    @property
    def n_lines(self) -> int: ...
    @property
    def along(self) -> bool: ...
