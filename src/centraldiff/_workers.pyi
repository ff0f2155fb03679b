from typing import final

from ._evaluate import Evaluator

@final
class Workers(Evaluator):
    def __init__(self, lanes: list[Evaluator]) -> None: ...
