from typing import Any

import numpy.typing as npt

from ._plan import Plan
from ._terms import Formula

class TablePlan(Plan):
    def __init__(
        self,
        formula: Formula,
        x: npt.NDArray[Any],
        is_number: bool = False,
        *,
        elements: bool = False,
        lines: npt.NDArray[Any] | None = None,
    ) -> None: ...
    @property
    def n_lines(self) -> int: ...
    def restart(self) -> None: ...
    def extend(
        self,
        i: npt.ArrayLike,
        a: npt.ArrayLike,
        j: npt.ArrayLike | None = None,
        b: npt.ArrayLike | None = None,
    ) -> None: ...
