"""How long the step of each coordinate is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import ArgumentTypeError, ArgumentValueError
from ._validation import as_scale, fit_scale

if TYPE_CHECKING:
    import numpy.typing as npt


# Those of the last name look for their steps with evaluations.
STEP_RULES = ("sas", "dennis-schnabel", "fdint")


@dataclass(frozen=True, slots=True)
class StepRule:
    """Steps ``h = absolute``, or ``h = relative * max(|x|, typical)``; None means the default.

    With `adds` the size of a coordinate is 1 + |x| instead, which has no corner.
    """

    relative: npt.NDArray[Any] | None
    absolute: npt.NDArray[Any] | None
    typical: npt.NDArray[Any] | None
    adds: bool = False

    @property
    def is_given(self) -> bool:
        """Whether the rule says how long steps are, rather than only what they are relative to."""
        return self.relative is not None or self.absolute is not None or self.adds

    @np.errstate(all="ignore")  # a step that is no number is refused where it is laid out
    def steps(self, x: npt.NDArray[Any], exponent: float) -> npt.NDArray[Any]:
        """Steps (x.shape), in x's dtype; without `relative` the rounding unit**exponent."""
        if self.absolute is not None:
            h = fit_scale("abs_step", self.absolute, x)
        else:
            if self.relative is None:
                relative = x.dtype.type(float(rounding_unit(x.dtype)) ** exponent)
            else:
                relative = fit_scale("rel_step", self.relative, x)
            size = np.abs(x) + 1 if self.adds else np.maximum(np.abs(x), typical_size(self, x))
            h = relative * size
        # not ascontiguousarray, which would make one axis out of none
        return np.array(h, dtype=x.dtype, order="C")


def step_rule(
    rel_step: object, abs_step: object, typical_x: object, name: str | None = None
) -> StepRule | None:
    """The rule that the options ask for; None for the default, which the plans know."""
    if rel_step is None and abs_step is None and typical_x is None and name is None:
        return None
    if abs_step is not None and (rel_step is not None or typical_x is not None):
        other = "rel_step" if rel_step is not None else "typical_x"
        raise ArgumentValueError(f"abs_step is the whole step: give it or {other}, not both")
    if name is not None and (rel_step is not None or abs_step is not None):
        other = "rel_step" if rel_step is not None else "abs_step"
        raise ArgumentValueError(
            f"step_rule={name!r} chooses the steps: give it or {other}, not both"
        )
    if name == "sas" and typical_x is not None:
        raise ArgumentValueError(
            "step_rule='sas' takes 1 + abs(x) for the size of x: give it or typical_x, not both; "
            "step_rule='dennis-schnabel' takes typical_x"
        )
    return StepRule(
        None if rel_step is None else as_scale("rel_step", rel_step),
        None if abs_step is None else as_scale("abs_step", abs_step),
        None if typical_x is None else as_scale("typical_x", typical_x),
        adds=name == "sas",
    )


def typical_size(rule: StepRule | None, x: npt.NDArray[Any]) -> npt.NDArray[Any] | float:
    """The size of coordinates that x does not tell: typical_x, in x's shape, or 1."""
    if rule is None or rule.typical is None:
        return 1.0
    return fit_scale("typical_x", rule.typical, x)


def size_of(x: npt.NDArray[Any], typical: npt.NDArray[Any] | float) -> npt.NDArray[Any]:
    """max(|x|, typical) in x's dtype, and far enough inside its range to be added to x."""
    size = np.minimum(np.maximum(np.abs(x), typical), np.finfo(x.dtype).max / 4)
    return np.asarray(size, x.dtype)


def as_rule_name(name: object) -> str:
    """The name of a rule, if there is one of that name."""
    if not isinstance(name, str):
        raise ArgumentTypeError(f"step_rule must be a str, one of {STEP_RULES}, got {name!r}")
    if name not in STEP_RULES:
        raise ArgumentValueError(f"step_rule must be one of {STEP_RULES}, got {name!r}")
    return name


def rounding_unit(dtype: np.dtype[Any]) -> Any:
    """Half the distance from 1 to the next number, in that dtype."""
    return np.finfo(dtype).eps / dtype.type(2)
