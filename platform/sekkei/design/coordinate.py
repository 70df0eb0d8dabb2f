"""What candidates differ in beside their composition: choices among names, and numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sekkei.design.specification import DesignSpec

_ELONGATION_DECIMALS = 3
"""Elongations are rounded to 0.001 Å."""

_TEMPERATURE_DECIMALS = 1
"""Temperatures are rounded to 0.1 K."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several names; each is as long a part of an axis of the unit cube."""

    name: str
    """Field of `Candidate`."""

    options: tuple[str, ...]
    """At least two."""

    @property
    def n_value(self) -> int:
        """How many there are."""
        return len(self.options)

    def values(self) -> Sequence[str]:
        """Return all that can be chosen."""
        return self.options

    def at(self, unit: float) -> str:
        """Return what stands at a place of the axis."""
        return self.options[_pick(len(self.options), unit)]

    def place(self, value: str) -> float:
        """Return the middle of the part of a value."""
        return (self.options.index(value) + 0.5) / len(self.options)

    def features(self, value: str) -> list[float]:
        """Return 1 for the value, and 0 for each other."""
        return [float(value == one) for one in self.options]


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A number within bounds."""

    name: str
    """Field of `Candidate`."""

    low: float | int
    """Least."""

    high: float | int
    """Greatest."""

    decimals: int = 0
    """Of 0 it is an integer, and each is as long a part of an axis of the unit cube."""

    @property
    def n_value(self) -> int:
        """How many there are."""
        return len(self._steps)

    @property
    def _steps(self) -> range:
        low, high = (round(end * 10**self.decimals) for end in (self.low, self.high))
        return range(low, high + 1)

    def values(self) -> Sequence[float | int]:
        """Return all values."""
        steps, scale = self._steps, 10**self.decimals
        return steps if not self.decimals else [self._inside(n / scale) for n in steps]

    def at(self, unit: float) -> float | int:
        """Return what stands at a place of the axis."""
        if self.decimals:
            return self._inside(round(self.low + unit * (self.high - self.low), self.decimals))
        return self._steps[_pick(self.n_value, unit)]

    def place(self, value: float | int) -> float:
        """Return the place of a value."""
        if self.decimals:
            return self.scaled(value)
        return (value - self.low + 0.5) / self.n_value

    def scaled(self, value: float | int) -> float:
        """Return a value on 0…1."""
        span = self.high - self.low
        return (value - self.low) / span if span > 0.0 else 0.5

    def features(self, value: float | int) -> list[float]:
        """Return a value on 0…1."""
        return [self.scaled(value)]

    def _inside(self, value: float) -> float:
        return min(max(value, self.low), self.high)


def choices_of(spec: DesignSpec) -> tuple[Choice, ...]:
    """Return what a specification leaves to choose; what has one option is none."""
    every = (
        Choice("placement", spec.placement),
        Choice("electrode", spec.electrodes),
        Choice("electrode_element", spec.electrode_elements),
    )
    return tuple(choice for choice in every if len(choice.options) > 1)


def neck_of(spec: DesignSpec) -> tuple[Coordinate, ...]:
    """Return length, width and elongation: every candidate has them."""
    return (
        Coordinate("neck_length", *spec.neck_length),
        Coordinate("neck_width", *spec.neck_width),
        Coordinate("elongation_angstrom", *spec.elongation_angstrom, _ELONGATION_DECIMALS),
    )


def further_of(spec: DesignSpec) -> tuple[Coordinate, ...]:
    """Return taper and temperature where a specification has a range of them."""
    every = (
        Coordinate("taper", *spec.taper),
        Coordinate("temperature_k", *spec.temperature_k, _TEMPERATURE_DECIMALS),
    )
    return tuple(one for one in every if one.high > one.low)


def _pick(n: int, unit: float) -> int:
    return min(math.floor(unit * n), n - 1)
