"""What a filter says, as a tree."""

from dataclasses import dataclass
from typing import Literal

Constant = float | str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A property against a constant or another property."""

    name: str
    """Left side, as it was written."""

    sign: str
    """One of = != < <= > >=."""

    value: Constant | None
    """Right side, if it is a constant."""

    other: str = ""
    """Right side, if it is a property."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whether a property has a value."""

    name: str
    """The property."""

    is_known: bool
    """False for IS UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Match:
    """A part of a text."""

    name: str
    """The property."""

    where: Literal["CONTAINS", "STARTS", "ENDS"]
    """Where the part stands."""

    value: Constant
    """The part."""


@dataclass(frozen=True, slots=True)
class Has:
    """Members of a list."""

    name: str
    """The property."""

    which: Literal["ALL", "ANY", "ONLY"]
    """How many of the values, or that no other, the list has."""

    values: tuple[Constant, ...]
    """The values."""


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a list."""

    name: str
    """The property."""

    sign: str
    """One of = != < <= > >=."""

    value: float
    """What the length is compared with."""


@dataclass(frozen=True, slots=True)
class Not:
    """The rows for which something does not hold."""

    part: "Filter"
    """That something."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Several parts, all or any of which hold."""

    parts: tuple["Filter", ...]
    """The parts, in the order in which they were written."""

    is_and: bool
    """Whether all must hold."""


Filter = Comparison | Known | Match | Has | Length | Not | Joined
"""A filter, or a part of one."""


def names_in(part: Filter) -> tuple[str, ...]:
    """Return the properties that a filter names, as they were written."""
    if isinstance(part, Joined):
        return tuple(name for inner in part.parts for name in names_in(inner))
    if isinstance(part, Not):
        return names_in(part.part)
    if isinstance(part, Comparison) and part.other:
        return part.name, part.other
    return (part.name,)
