"""What happens in a fleet, one record each: for logs and metrics."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

EventName = Literal[
    "stage-started",
    "given",
    "done",
    "refused",
    "retried",
    "worker-ready",
    "worker-lost",
    "worker-slow",
    "committed",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. Fields that do not apply are empty or 0."""

    name: EventName
    """What."""

    stage: str = ""
    """Stage of the campaign."""

    key: str = ""
    """Identity of the item."""

    node: str = ""
    """Where: the machine, with the process behind a colon where it is known."""

    attempt: int = 0
    """How many times the item was given out, this one included."""

    kind: str = ""
    """Of a failure: name of its error class."""

    detail: str = ""
    """One line for people."""

    n_item: int = 1
    """Items that it is about."""

    cpu_seconds: float = 0.0
    """CPU time spent, in s."""

    wall_seconds: float = 0.0
    """Time that its worker spent on it, in s."""

    n_byte: int = 0
    """Size of what it is about, in bytes."""


Watch = Callable[[Event], None]
"""Hears every event, in the process that drives the campaign."""


def ignore(_event: Event) -> None:
    """Hear an event and do nothing."""
