from typing import Any

from ._evaluate import Evaluator
from ._plan import Plan
from ._result import DerivativeResult

def differentiate(
    plan: Plan, evaluator: Evaluator, out: object = None, keep: int = 0, quiet: bool = False
) -> Any: ...
def full_result(plan: Plan, evaluator: Evaluator, out: object = None) -> DerivativeResult: ...
