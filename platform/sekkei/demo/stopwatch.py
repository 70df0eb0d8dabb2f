"""How long each stage of a demonstration took."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sekkei.progress import Progress


@dataclass(slots=True)
class Stopwatch:
    """Wall time of each stage, in s."""

    progress: Progress
    """Who hears of it."""

    stages: list[dict[str, Any]] = field(default_factory=list)
    """Name and wall time of each finished stage."""

    @contextmanager
    def stage(self, name: str, what: str) -> Iterator[None]:
        """Time one stage and announce it."""
        number = len(self.stages) + 1
        self.progress.said(f"[{number}] {what}")
        started = monotonic()
        yield
        seconds = monotonic() - started
        self.stages.append({"name": name, "wall_seconds": round(seconds, 2)})
        self.progress.said(f"[{number}] {name} took {seconds:.0f} s")
