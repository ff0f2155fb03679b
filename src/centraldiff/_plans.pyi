from typing import Any

import numpy as np
import numpy.typing as npt

from ._plan import Plan
from ._terms import Formula

class AxisPlan(Plan):
    def __init__(
        self,
        formula: Formula,
        x: npt.NDArray[Any],
        is_number: bool = False,
        h: npt.NDArray[Any] | None = None,
        *,
        with_value: bool = False,
        gradients: bool = False,
        scalar: bool = True,
    ) -> None: ...
    @property
    def gradients(self) -> bool: ...

class ElementPlan(Plan):
    def __init__(
        self, formula: Formula, x: npt.NDArray[Any], h: npt.NDArray[Any] | None = None
    ) -> None: ...

class LinePlan(Plan):
    def __init__(
        self,
        formula: Formula,
        x: npt.NDArray[Any],
        is_number: bool,
        v: npt.NDArray[Any],
        h: npt.NDArray[Any] | None = None,
        *,
        gradients: bool = False,
    ) -> None: ...
    @property
    def v(self) -> npt.NDArray[Any]: ...
    @property
    def along(self) -> npt.NDArray[Any]: ...

class PairPlan(Plan):
    def __init__(
        self,
        formula: Formula,
        x: npt.NDArray[Any],
        is_number: bool = False,
        h: npt.NDArray[Any] | None = None,
    ) -> None: ...

class LinePairPlan(Plan):
    def __init__(
        self,
        formula: Formula,
        x: npt.NDArray[Any],
        is_number: bool,
        v: npt.NDArray[Any],
        h: npt.NDArray[Any] | None = None,
    ) -> None: ...
    @property
    def v(self) -> npt.NDArray[Any]: ...
    @property
    def along(self) -> npt.NDArray[Any]: ...
    @property
    def t(self) -> np.floating[Any]: ...
