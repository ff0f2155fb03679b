from collections.abc import Mapping
from typing import Any, final

import numpy as np
import numpy.typing as npt

from ._pattern import Pattern
from ._plan import Plan
from ._terms import Formula

@final
class Groups:
    def __init__(
        self,
        pattern: Pattern,
        colors: npt.NDArray[Any],
        starts: npt.NDArray[Any],
        entries: npt.NDArray[Any],
        *,
        mirror: npt.NDArray[Any] | None = None,
        readable: npt.NDArray[Any] | None = None,
        elimination: tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]] | None = None,
    ) -> None: ...
    @property
    def pattern(self) -> Pattern: ...
    @property
    def p(self) -> int: ...
    @property
    def arrays(self) -> Mapping[str, npt.NDArray[Any]]: ...

@final
class Blends:
    def __init__(
        self,
        pattern: Pattern,
        mirror: npt.NDArray[Any],
        pairs: tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]],
        parts: tuple[npt.NDArray[Any], ...],
        diagonal: tuple[npt.NDArray[Any], ...],
    ) -> None: ...
    @property
    def pattern(self) -> Pattern: ...
    @property
    def arrays(self) -> Mapping[str, npt.NDArray[Any]]: ...

class ColorPlan(Plan):
    def __init__(
        self,
        formula: Formula,
        x: npt.NDArray[Any],
        is_number: bool,
        h: npt.NDArray[Any] | None,
        groups: Groups,
        *,
        with_value: bool = False,
        gradients: bool = False,
        near: Formula | None = None,
        sides: tuple[npt.NDArray[np.int8], npt.NDArray[Any]] | None = None,
    ) -> None: ...
    @property
    def groups(self) -> Groups: ...
    @property
    def gradients(self) -> bool: ...
    @property
    def near(self) -> Formula: ...
    @property
    def sides(self) -> npt.NDArray[np.int8] | None: ...
    @property
    def result_pattern(self) -> Pattern: ...

class BlendPlan(ColorPlan):
    def __init__(
        self,
        formula: Formula,
        x: npt.NDArray[Any],
        is_number: bool,
        h: npt.NDArray[Any] | None,
        groups: Groups,
        blends: Blends,
        *,
        scalar: bool = True,
        sides: tuple[npt.NDArray[np.int8], npt.NDArray[Any]] | None = None,
    ) -> None: ...
    @property
    def blends(self) -> Blends: ...
