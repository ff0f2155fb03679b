from typing import Any, TypeAlias

import numpy.typing as npt

from ._evaluate import Evaluator
from ._lines import Lines
from ._table import TablePlan

Array: TypeAlias = npt.NDArray[Any]

class Rounds(Lines):
    def __init__(
        self,
        table: TablePlan,
        evaluator: Evaluator,
        x: Array,
        n: int,
        *,
        scales: Array | None = None,
        axes: Array | None = None,
        v: Array | None = None,
        elements: bool = False,
        gradients: bool = False,
        lower: Array | None = None,
        upper: Array | None = None,
        unit: float,
        rtol: float | None = None,
        atol: float | None = None,
        max_nfev: int | None = None,
    ) -> None: ...
    @property
    def table(self) -> TablePlan: ...
    @property
    def m(self) -> int: ...
    @property
    def value_shape(self) -> tuple[int, ...]: ...
    @property
    def value(self) -> Array: ...
    def run(self, noise: npt.ArrayLike | None = None) -> None: ...
    def lines_found(self, n: int = 0) -> tuple[Array, Array, Array, Array]: ...
