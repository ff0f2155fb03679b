from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

import numpy.typing as npt

from ._calling import Calling
from ._options import Options
from ._plan import Plan
from ._structure import Structure
from ._terms import Formula
from ._way import Found, Way

KINDS: tuple[str, ...]

@final
class Task:
    def __init__(
        self,
        formula: Formula,
        kind: str,
        method: str,
        order: int | None = None,
        *,
        options: Options | None = None,
        calling: Calling | None = None,
        scalar: bool = True,
        gradients: bool = False,
        with_value: bool = False,
        structure: Structure | None = None,
    ) -> None: ...
    @property
    def formula(self) -> Formula: ...
    @property
    def kind(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def order(self) -> int | None: ...
    @property
    def options(self) -> Options: ...
    @property
    def calling(self) -> Calling | None: ...
    @property
    def way(self) -> Way | None: ...
    @property
    def structure(self) -> Structure | None: ...
    @property
    def scalar(self) -> bool: ...
    @property
    def gradients(self) -> bool: ...
    @property
    def with_value(self) -> bool: ...
    def with_structure(self, structure: Structure | None) -> Task: ...
    def with_options(
        self,
        rel_step: Any = None,
        abs_step: Any = None,
        typical_x: Any = None,
        step_rule: Any = None,
        bounds: Any = None,
        noise: Any = None,
        rtol: Any = None,
        atol: Any = None,
        max_nfev: Any = None,
    ) -> Task: ...
    def with_calling(
        self,
        x_as: object = "array",
        vectorized: object = False,
        batch_size: object = None,
        workers: object = None,
        value_shape: object = None,
    ) -> Task: ...
    def plan(self, x: Any) -> Plan: ...
    def plan_with(
        self,
        x: npt.NDArray[Any],
        is_number: bool,
        v: npt.NDArray[Any] | None = None,
        h: npt.NDArray[Any] | None = None,
    ) -> Plan: ...
    def run(
        self,
        fun: Callable[..., Any] | None,
        x: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        full_output: bool,
        v: Any = None,
    ) -> Any: ...
    def find(
        self,
        fun: Callable[..., Any] | None,
        x: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        full_output: bool,
    ) -> Found: ...

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
