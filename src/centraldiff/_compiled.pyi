from collections.abc import Callable
from enum import IntFlag
from typing import Any, final

from ._evaluate import Evaluator
from ._jitted import Wrapping
from ._pointers import CFunction

class Outcome(IntFlag):
    FINE = ...
    RAISED = ...
    MISFIT = ...

class Part(IntFlag):
    REAL = ...
    OF_COMPLEX = ...
    IMAGINARY = ...

SIGNATURES: tuple[str, ...]

def first_overload(fun: Any) -> Any: ...
def capsule_contents(capsule: Any) -> tuple[str | None, int, int]: ...

class Compiled(Evaluator): ...

@final
class Pointer(Compiled):
    def __init__(
        self,
        fun: Any,
        function: CFunction,
        *,
        scalar: bool,
        name: str,
        value_shape: tuple[int, ...] | None = None,
    ) -> None: ...

@final
class Jitted(Compiled):
    def __init__(
        self,
        fun: Callable[..., Any],
        wrapping: Wrapping,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        scalar: bool,
        name: str,
    ) -> None: ...
