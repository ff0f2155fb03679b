from collections.abc import Callable
from typing import Any, final

import numpy as np
import numpy.typing as npt

from ._table import TablePlan
from ._terms import Formula

@final
class SparseTerms:
    def __init__(
        self,
        columns: int,
        *,
        entry: npt.NDArray[np.intp],
        values: npt.NDArray[np.intp],
        weights: npt.NDArray[Any],
        spans: npt.NDArray[Any],
        place: npt.NDArray[np.intp],
        mirror: npt.NDArray[np.intp],
        power: npt.NDArray[np.intp],
        divisors: npt.NDArray[Any],
    ) -> None: ...
    @property
    def columns(self) -> int: ...
    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]: ...
    def amplification(self) -> npt.NDArray[Any]: ...

class BoundedPlan(TablePlan):
    def __init__(
        self,
        formula: Formula,
        x: npt.NDArray[Any],
        is_number: bool,
        result: str,
        *,
        points: tuple[npt.NDArray[Any], ...],
        terms: SparseTerms,
        lower: SparseTerms | Callable[[], SparseTerms | None] | None = None,
        words: npt.NDArray[np.str_],
        steps: npt.NDArray[Any],
        fixed: npt.NDArray[np.bool_],
        taken: Any = None,
        gradients: bool = False,
        elements: bool = False,
        lines: npt.NDArray[Any] | None = None,
        v: npt.NDArray[Any] | None = None,
        bend: float = 0.0,
        head: int = 0,
        beside: BoundedPlan | Callable[[], BoundedPlan] | None = None,
    ) -> None: ...
    @property
    def terms(self) -> SparseTerms: ...
    @property
    def lower(self) -> SparseTerms | None: ...
    @property
    def beside(self) -> BoundedPlan | None: ...
    @property
    def words(self) -> npt.NDArray[np.str_]: ...
    @property
    def v(self) -> npt.NDArray[Any]: ...
    @property
    def along(self) -> bool: ...
    @property
    def elements(self) -> bool: ...
    @property
    def gradients(self) -> bool: ...
