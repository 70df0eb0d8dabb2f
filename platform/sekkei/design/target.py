"""What conductance is asked for: a value with a tolerance, a bound, or an interval."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from typing_extensions import override

Axis = Literal["linear", "log"]

FLOOR_G0 = 1e-4
"""Added to a conductance before its logarithm is taken: below this all contacts are open."""

HALF_WIDTH_90 = 1.6448536269514722
"""Half width of the central 90 % interval of a normal distribution, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Target:
    """Conductances that are hits, and the one to aim at.

    Every kind of target is an interval. Distances are measured on an axis, that of the conductance
    or that of ``log10(g + FLOOR_G0)``; the interval itself is always in G0.
    """

    low_g0: float
    """Least conductance that is a hit, in G0; minus infinity if there is none."""

    high_g0: float
    """Greatest one, in G0; infinity if there is none."""

    nominal_g0: float
    """The conductance to aim at, in G0: the value asked for, the middle of an interval, or the
    bound of a one-sided target."""

    axis: Axis = "linear"
    """What distances are measured on."""

    is_value: bool = False
    """Whether one conductance is asked for, not any of an interval."""

    words: str = ""
    """What is asked for, where bounds alone do not say it."""

    @override
    def __str__(self) -> str:
        """Say it in words."""
        if self.words:
            return self.words
        if self.is_value:
            return f"{self.nominal_g0:g} G0 within {self.high_g0 - self.nominal_g0:g}"
        if math.isinf(self.high_g0):
            return f"at least {self.low_g0:g} G0"
        if math.isinf(self.low_g0):
            return f"at most {self.high_g0:g} G0"
        return f"{self.low_g0:g} to {self.high_g0:g} G0"

    @property
    def is_one_sided(self) -> bool:
        """Whether there is one bound only."""
        return math.isinf(self.low_g0) or math.isinf(self.high_g0)

    def contains(self, conductance_g0: float) -> bool:
        """Say whether a conductance is a hit."""
        return self.low_g0 <= conductance_g0 <= self.high_g0

    def error_g0(self, conductance_g0: float) -> float:
        """Return how far a conductance is from the value asked for, or out of bounds, in G0."""
        if self.is_value:
            return conductance_g0 - self.nominal_g0
        nearest = min(max(conductance_g0, self.low_g0), self.high_g0)
        return conductance_g0 - nearest

    def merit(self, values: Any, nominal: Any) -> Any:
        """Return what is maximised: 0 at the value aimed at, and falling away from it.

        It has a slope everywhere, inside the target as outside. So a search is drawn to the middle
        of an interval, and beyond the bound of a one-sided target, where scatter does least harm.

        Parameters
        ----------
        values
            Conductances on any increasing linear scale of the axis: numbers, arrays or tensors.
        nominal
            ``nominal_g0`` on the same scale.
        """
        away = values - nominal
        if not self.is_one_sided:
            return -abs(away)
        return away if math.isinf(self.high_g0) else -away

    def miss(self, conductance_g0: float) -> float:
        """Return how much worse than the value aimed at a conductance is, on the axis."""
        return -float(self.merit(on_axis(conductance_g0, self.axis), self.nominal))

    @property
    def nominal(self) -> float:
        """The value to aim at, on the axis."""
        return on_axis(self.nominal_g0, self.axis)

    def bounds(self, axis: Axis) -> tuple[float, float]:
        """Return the least and the greatest hit on an axis; infinite where there is no bound."""
        low, high = (
            bound if math.isinf(bound) else on_axis(bound, axis)
            for bound in (self.low_g0, self.high_g0)
        )
        return low, high

    def room_g0(self, conductance_g0: float) -> float:
        """Return how large an error of a label may be before it decides about a hit, in G0.

        The half width of the target; of a one-sided one the distance from its bound.
        """
        if self.is_one_sided:
            return abs(conductance_g0 - self.nominal_g0)
        return (self.high_g0 - self.low_g0) / 2.0


@dataclass(frozen=True, slots=True)
class Belief:
    """A conductance as it is expected: normally distributed on an axis."""

    mean: float
    """Mean on the axis."""

    sigma: float
    """Standard deviation on the axis; may be 0."""

    axis: Axis = "linear"
    """Which axis."""

    @property
    def median_g0(self) -> float:
        """The conductance that is exceeded in half of all cases, in G0."""
        return from_axis(self.mean, self.axis)

    @property
    def interval_90_g0(self) -> tuple[float, float]:
        """Central 90 % interval, cut at zero conductance, in G0."""
        half = HALF_WIDTH_90 * self.sigma
        return from_axis(self.mean - half, self.axis), from_axis(self.mean + half, self.axis)

    def chance(self, target: Target) -> float:
        """Return the probability of a hit."""
        low, high = target.bounds(self.axis)
        if self.sigma == 0.0:
            return float(low <= self.mean <= high)
        scale = self.sigma * math.sqrt(2.0)
        below, above = (low - self.mean) / scale, (self.mean - high) / scale
        # Complements are exact in both tails, where differences of two ones are not.
        if below > 0.0:
            return 0.5 * (math.erfc(below) - math.erfc(-above))
        if above > 0.0:
            return 0.5 * (math.erfc(above) - math.erfc(-below))
        return 0.5 * (math.erf(-below) + math.erf(-above))


def value_target(target_g0: float, tolerance_g0: float, axis: Axis = "linear") -> Target:
    """Return the target of one conductance with a tolerance, in G0."""
    low, high = target_g0 - tolerance_g0, target_g0 + tolerance_g0
    return Target(low, high, target_g0, axis, is_value=True)


def bounded_target(
    at_least_g0: float | None, at_most_g0: float | None, axis: Axis = "linear"
) -> Target:
    """Return the target of an interval, or of one bound, in G0."""
    if at_most_g0 is None:
        low = float(at_least_g0 or 0.0)
        return Target(low, math.inf, low, axis)
    if at_least_g0 is None:
        return Target(-math.inf, at_most_g0, at_most_g0, axis)
    middle = (on_axis(at_least_g0, axis) + on_axis(at_most_g0, axis)) / 2.0
    return Target(at_least_g0, at_most_g0, from_axis(middle, axis), axis)


def belief_of(conductance_g0: float, sigma_g0: float, axis: Axis) -> Belief:
    """Return a belief on an axis, from a conductance and its standard deviation in G0."""
    if axis == "linear":
        return Belief(conductance_g0, sigma_g0)
    return Belief(on_axis(conductance_g0, axis), log_sigma(conductance_g0, sigma_g0), axis)


def on_axis(conductance_g0: float, axis: Axis) -> float:
    """Return a conductance on an axis."""
    if axis == "linear":
        return conductance_g0
    return math.log10(max(0.0, conductance_g0) + FLOOR_G0)


def from_axis(value: float, axis: Axis) -> float:
    """Return the conductance at a value of an axis, in G0; never below 0."""
    return max(0.0, value if axis == "linear" else 10.0**value - FLOOR_G0)


def log_sigma(conductance_g0: float, sigma_g0: float) -> float:
    """Return a standard deviation in decades: how far one in G0 upwards reaches."""
    return math.log10(1.0 + sigma_g0 / (max(0.0, conductance_g0) + FLOOR_G0))


def slope_of(conductance_g0: float, axis: Axis) -> float:
    """Return how far an axis rises for one G0, at a conductance."""
    return 1.0 if axis == "linear" else 1.0 / (math.log(10.0) * (conductance_g0 + FLOOR_G0))
