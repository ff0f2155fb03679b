from collections.abc import Callable
from typing import final

from ._evaluate import Evaluator

@final
class Workers(Evaluator):
    def __init__(self, make: Callable[[], Evaluator], threads: int) -> None: ...
