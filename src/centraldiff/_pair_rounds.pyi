from typing import Any

import numpy.typing as npt

from ._rounds import Rounds

class PairRounds(Rounds):
    @property
    def n_pairs(self) -> int: ...
    def pairs_found(
        self,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]: ...
