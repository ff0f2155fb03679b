from collections.abc import Sequence
from fractions import Fraction
from typing import Any, final

import numpy as np
import numpy.typing as npt

@final
class Formula:
    def __init__(
        self,
        degree: int,
        exponent: float,
        offsets: Sequence[int],
        plus: Sequence[int],
        minus: Sequence[int],
        weights: Sequence[Fraction | int],
        imaginary: bool = False,
        pair_nodes: Sequence[int] = (),
        axis_weights: Sequence[Fraction | int] = (),
        pair_weights: Sequence[Fraction | int] = (),
        lower: Formula | None = None,
    ) -> None: ...
    @property
    def degree(self) -> int: ...
    @property
    def exponent(self) -> float: ...
    @property
    def imaginary(self) -> bool: ...
    @property
    def needs_base(self) -> bool: ...
    @property
    def lower(self) -> Formula | None: ...
    @property
    def sizes(self) -> tuple[int, int, int]: ...
    def arrays(self) -> dict[str, npt.NDArray[Any]]: ...

def rounded(
    fractions: Sequence[Fraction | int],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.longdouble]]: ...
