"""The door: what fun is, and what the options say, decide how it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._batch import Batch
from ._calling import Calling
from ._evaluate import Callback
from ._validation import as_callable

if TYPE_CHECKING:
    from ._evaluate import Evaluator

_PLAIN = Calling()


def as_function(name: str, fun: object) -> Any:
    """`fun` itself, if there is a door for it."""
    return as_callable(name, fun)


def evaluator_for(
    fun: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    *,
    scalar: bool,
    name: str,
    calling: Calling | None,
) -> Evaluator:
    """The evaluator that calls fun; `name` is what messages call it, `calling` None the default.

    Python functions without options do not come here: `Task.evaluator_for` knows what they get.
    """
    calling = calling or _PLAIN
    if calling.vectorized:
        return Batch(fun, args, kwargs, scalar=scalar, name=name, size=calling.batch_size)
    return Callback(fun, args, kwargs, scalar=scalar, name=name, x_as=calling.x_as)
