from collections.abc import Callable
from typing import Any, final

class Evaluator:
    @property
    def scalar(self) -> bool: ...
    @property
    def value_shape(self) -> tuple[int, ...] | None: ...
    @property
    def name(self) -> str: ...
    @property
    def nfev(self) -> int: ...
    @property
    def fun(self) -> Any: ...
    @property
    def extra(self) -> int: ...
    noise: float
    allow_complex: bool

@final
class Callback(Evaluator):
    def __init__(
        self,
        fun: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        scalar: bool = True,
        name: str = "fun",
        x_as: str = "array",
    ) -> None: ...
