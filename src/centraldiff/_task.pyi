from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from ._evaluate import Callback
from ._plan import Plan
from ._steps import StepRule
from ._terms import Formula

@final
class Task:
    def __init__(
        self,
        formula: Formula,
        rule: StepRule | None = None,
        scalar: bool = True,
        gradients: bool = False,
        with_value: bool = False,
    ) -> None: ...
    @property
    def formula(self) -> Formula: ...
    @property
    def rule(self) -> StepRule | None: ...
    @property
    def scalar(self) -> bool: ...
    @property
    def gradients(self) -> bool: ...
    @property
    def with_value(self) -> bool: ...
    def with_steps(self, rel_step: Any, abs_step: Any, typical_x: Any) -> Task: ...
    def evaluator(
        self, fun: object, args: Sequence[Any], kwargs: Mapping[str, Any] | None
    ) -> Callback: ...
    def plan(self, x: Any) -> Plan: ...
    def run(
        self,
        fun: Callable[..., Any] | None,
        x: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        full_output: bool,
    ) -> Any: ...

class Prepared:
    def __init__(
        self,
        task: Task,
        fun: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        full_output: bool,
    ) -> None: ...
    @property
    def task(self) -> Task: ...
    @property
    def fun(self) -> Callable[..., Any]: ...
    @property
    def args(self) -> tuple[Any, ...]: ...
    @property
    def kwargs(self) -> dict[str, Any]: ...
    @property
    def full_output(self) -> bool: ...
    def __call__(self, x: Any, *args: Any, out: Any = None) -> Any: ...
    def plan(self, x: Any) -> Plan: ...
