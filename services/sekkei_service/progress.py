"""How far a campaign is, by its log."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sekkei_service.event import read_lines
from sekkei_service.wire import Wire


class StageProgress(Wire):
    """How far a stage is."""

    stage: str
    """Its name."""

    expected: int
    """Items of its last run."""

    done: int
    """Items that were finished in it."""

    refused: int
    """Items that failed in it, and are in the lake with their reason."""

    retried: int
    """Tries that failed and were made again."""

    kinds: dict[str, int]
    """Refusals by the name of the error."""


@dataclass(slots=True)
class _Counts:
    expected: int = 0
    done: int = 0
    refused: int = 0
    retried: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    def add(self, event: dict[str, Any]) -> None:
        name = event.get("event")
        if name == "done":
            self.done += 1
        elif name == "retried":
            self.retried += 1
        elif name == "refused":
            self.refused += 1
            kind = str(event.get("kind", "unknown"))
            self.kinds[kind] = self.kinds.get(kind, 0) + 1


class ProgressReader:
    """Counts the events of logs; each line is read once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[int, dict[str, _Counts]]] = {}

    def stages(self, log: Path) -> list[StageProgress]:
        """Return every stage that began, in order."""
        with self._lock:
            after, counts = self._known.get(log, (0, {}))
            while True:
                lines, after = read_lines(log, after)
                if not lines:
                    break
                for _, line in lines:
                    _count(counts, line)
            self._known[log] = after, counts
            return [
                StageProgress(
                    stage=name,
                    expected=one.expected,
                    done=one.done,
                    refused=one.refused,
                    retried=one.retried,
                    kinds=dict(one.kinds),
                )
                for name, one in counts.items()
            ]


def _count(counts: dict[str, _Counts], line: str) -> None:
    try:
        event = json.loads(line)
    except ValueError:  # half a line of an attempt that was killed
        return
    stage = event.get("stage")
    if not stage:
        return
    if event.get("event") == "stage-started":
        counts[stage] = _Counts(expected=int(event.get("n_item", 0)))
        return
    counts.setdefault(stage, _Counts()).add(event)
