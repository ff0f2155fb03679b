"""How long the step of each coordinate is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import ArgumentValueError
from ._validation import as_scale, fit_scale

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class StepRule:
    """Steps ``h = absolute``, or ``h = relative * max(|x|, typical)``; None means the default."""

    relative: npt.NDArray[Any] | None
    absolute: npt.NDArray[Any] | None
    typical: npt.NDArray[Any] | None

    @np.errstate(all="ignore")  # a step that is no number is refused where it is laid out
    def steps(self, x: npt.NDArray[Any], exponent: float) -> npt.NDArray[Any]:
        """Steps (x.shape), in x's dtype; without `relative` the rounding unit**exponent."""
        if self.absolute is not None:
            h = fit_scale("abs_step", self.absolute, x)
        else:
            typical = 1.0 if self.typical is None else fit_scale("typical_x", self.typical, x)
            if self.relative is None:
                relative = x.dtype.type(float(rounding_unit(x.dtype)) ** exponent)
            else:
                relative = fit_scale("rel_step", self.relative, x)
            h = relative * np.maximum(np.abs(x), typical)
        # not ascontiguousarray, which would make one axis out of none
        return np.array(h, dtype=x.dtype, order="C")


def step_rule(rel_step: object, abs_step: object, typical_x: object) -> StepRule | None:
    """The rule that the three options ask for; None for the default, which the plans know."""
    if rel_step is None and abs_step is None and typical_x is None:
        return None
    if abs_step is not None and (rel_step is not None or typical_x is not None):
        other = "rel_step" if rel_step is not None else "typical_x"
        raise ArgumentValueError(f"abs_step is the whole step: give it or {other}, not both")
    return StepRule(
        None if rel_step is None else as_scale("rel_step", rel_step),
        None if abs_step is None else as_scale("abs_step", abs_step),
        None if typical_x is None else as_scale("typical_x", typical_x),
    )


def rounding_unit(dtype: np.dtype[Any]) -> Any:
    """Half the distance from 1 to the next number, in that dtype."""
    return np.finfo(dtype).eps / dtype.type(2)
