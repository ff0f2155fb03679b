from collections.abc import Callable
from typing import Any, final

from ._evaluate import Evaluator

@final
class Batch(Evaluator):
    def __init__(
        self,
        fun: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        scalar: bool = True,
        name: str = "fun",
        size: int | None = None,
    ) -> None: ...
