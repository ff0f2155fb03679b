"""How fun is to be called: the options that say so, settled.

The rest is up to what fun is; `_doors.py` brings both together.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ._errors import ArgumentTypeError, ArgumentValueError
from ._validation import as_flag, as_integer, as_shape

X_AS = ("array", "list", "arguments")
_MOST = 2**31
_MOST_THREADS = 1024


@dataclass(frozen=True, slots=True)
class Calling:
    """What fun gets: one point or many, as an array, a list, or arguments; in how many threads."""

    x_as: str = "array"
    vectorized: bool = False
    batch_size: int | None = None  # points in one call, if vectorized; None: as many as are best
    workers: int = 1  # threads; -1: one for each core, where it is used
    value_shape: tuple[int, ...] | None = None  # of what a C function writes

    def threads(self) -> int:
        """How many threads that is on this machine."""
        return _cores() if self.workers == -1 else self.workers


def settle_calling(
    x_as: object,
    vectorized: object,
    batch_size: object,
    workers: object = None,
    value_shape: object = None,
) -> Calling:
    """The options, or an error that names what is wrong with them."""
    if not isinstance(x_as, str):
        raise ArgumentTypeError(f"x_as must be {_choice()}, got {x_as!r}")
    if x_as not in X_AS:
        raise ArgumentValueError(f"x_as must be {_choice()}, got {x_as!r}")
    many = as_flag("vectorized", vectorized)
    size = None if batch_size is None else as_integer("batch_size", batch_size, 1, _MOST)
    if many and x_as != "array":
        raise ArgumentValueError(
            f"vectorized=True passes points as one array, x_as must be 'array', got {x_as!r}"
        )
    if size is not None and not many:
        raise ArgumentValueError(
            f"batch_size is for vectorized=True only, got batch_size={size} without it"
        )
    shape = None if value_shape is None else as_shape("value_shape", value_shape)
    return Calling(str.__str__(x_as), many, size, _as_threads(workers), shape)


def _choice() -> str:
    return "'array', 'list' or 'arguments'"


def _as_threads(workers: object) -> int:
    """How many threads: None is one, -1 as many as there are cores for the process then."""
    if workers is None:
        return 1
    try:
        number = as_integer("workers", workers, -1, _MOST_THREADS)
    except ArgumentTypeError:
        raise ArgumentTypeError(
            f"workers must be None or an integer, a number of threads, got {workers!r}"
        ) from None
    if number == 0:
        raise ArgumentValueError(
            f"workers must be from 1 to {_MOST_THREADS}, or -1 for one thread a core, got 0"
        )
    return number


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
