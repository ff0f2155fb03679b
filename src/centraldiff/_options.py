"""What the options that a user may give amount to: a rule for steps, bounds, a way to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._bounds import Bounds, as_bounds
from ._errors import ArgumentValueError
from ._steps import StepRule, as_rule_name, step_rule
from ._validation import as_integer, as_noise, as_tolerance

if TYPE_CHECKING:
    from ._way import Way

_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Options:
    """All options but method and order, settled; None is the default."""

    rule: StepRule | None = None
    bounds: Bounds | None = None
    noise: float | str | None = None
    rtol: float | None = None
    atol: float | None = None
    max_nfev: int | None = None
    step_rule: str | None = None

    @property
    def searches(self) -> bool:
        """Whether steps come from the rule "fdint", which evaluates fun to find them."""
        return self.step_rule == "fdint"


def settle(
    rel_step: object = None,
    abs_step: object = None,
    typical_x: object = None,
    step_rule_name: object = None,
    bounds: object = None,
    noise: object = None,
    rtol: object = None,
    atol: object = None,
    max_nfev: object = None,
) -> Options:
    """Options out of what a user gave, or an error that names what is wrong with it."""
    name = None if step_rule_name is None else as_rule_name(step_rule_name)
    return Options(
        rule=step_rule(rel_step, abs_step, typical_x, name),
        bounds=None if bounds is None else as_bounds(bounds),
        noise=None if noise is None else as_noise(noise),
        rtol=None if rtol is None else as_tolerance("rtol", rtol),
        atol=None if atol is None else as_tolerance("atol", atol),
        max_nfev=None if max_nfev is None else _as_evaluations(max_nfev),
        step_rule=name,
    )


def _as_evaluations(value: object) -> int:
    """A number of evaluations; what the least is, is known when x is."""
    number = as_integer("max_nfev", value, -_MOST, _MOST)
    if number < 1:
        raise ArgumentValueError(
            "max_nfev must be at least what n coordinates need, 1 + 4 n or more as the "
            f"documentation says, got {number}"
        )
    return number


def way_for(degree: int, method: str, order: int | None, options: Options) -> Way | None:
    """How the derivative is found; None where a plan of steps known beforehand is all there is."""
    if method == "adaptive":
        return _adaptive(options)
    for name in ("rtol", "atol", "max_nfev"):
        value = getattr(options, name)
        if value is not None:
            raise ArgumentValueError(
                f"{name} is for method='adaptive' only, got {name}={value} with method={method!r}"
            )
    if options.noise is None and not options.searches:
        return None
    from ._noisy import NoisySteps  # not needed by most, so not imported by all

    if method == "complex":
        name = "step_rule='fdint'" if options.searches else "noise"
        raise ArgumentValueError(
            f"{name} has no meaning for method='complex', whose step is as short as can be"
        )
    if options.searches and (degree > 1 or order not in (None, 2 if method == "central" else 1)):
        got = f"a derivative of degree {degree}" if degree > 1 else f"order={order}"
        raise ArgumentValueError(
            "step_rule='fdint' is for first derivatives of the default order (central 2, one-sided "
            f"1), got {got}; give noise= alone for others"
        )
    return NoisySteps(options.noise, options.searches)


def _adaptive(options: Options) -> Way:
    """The way of method="adaptive", which finds its own steps."""
    from ._extrapolation import Extrapolation  # not needed by most, so not imported by all

    if options.step_rule or (options.rule is not None and options.rule.is_given):
        raise ArgumentValueError(
            "rel_step, abs_step and step_rule are for fixed steps; method='adaptive' finds its own "
            "(typical_x tells it the scale of coordinates near 0)"
        )
    return Extrapolation(options)
