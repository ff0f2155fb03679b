"""How noisy a function is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ._evaluate import Callback
from ._noise_level import noise_level
from ._validation import as_arguments, as_callable, as_point, as_scale, fit_scale


def estimate_noise(
    fun: Callable[..., Any],
    x: Any,
    *,
    typical_x: Any = None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    pass
