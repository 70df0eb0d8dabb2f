"""The work of a stage: its tasks, and what it passes on to later stages."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sekkei.campaign.context import CommitBuffer
from sekkei.fleet.port import Result, Task, Worker
from sekkei.lake import Batch


@dataclass(frozen=True, slots=True)
class StageSummary:
    """What one stage did."""

    stage: str
    """Name of the stage."""

    planned: int
    """How many pieces its list has, every piece once."""

    present: int
    """Of these, in the lake before, as a result or as a refusal."""

    done: int
    """Made now."""

    refused: int
    """Refused now."""

    cpu_seconds: float
    """CPU time of the workers on these tasks, in s."""

    wall_seconds: float
    """Time from the first task to the last commit, in s."""


@dataclass(slots=True, eq=False)
class StageWork:
    """One stage at work. Payloads and outcomes are those of its worker."""

    stage: str
    """Name, for people."""

    planned: int
    """How many pieces its list has as far as that is known, every piece once."""

    missing: int
    """Of these, how many are not in the lake."""

    tasks: Iterator[Task[Any]]
    """Makes the missing ones, as they are needed."""

    make_worker: Callable[[], Worker[Any, Any]]
    """Makes one worker; must pickle."""

    to_batch: Callable[[Result[Any, Any]], Batch]
    """Turns one result into rows; a row that is no snapshot is one piece."""

    limit_s: float | None = None
    """Longest time that one try may take, in s."""

    expected: int = 0
    """Further pieces that stages before this one may add, at most."""

    feed: Callable[[Result[Any, Any]], None] | None = None
    """Hears of each result once it is committed, and may add tasks to later stages."""

    extra: deque[Task[Any]] = field(default_factory=deque)
    """Tasks that were added."""

    done: int = 0
    refused: int = 0
    cpu_seconds: float = 0.0
    under_way: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, tasks: Iterable[Task[Any]], n_present: int) -> None:
        """Take further work, and hear how many pieces of it the lake holds already."""
        added = list(tasks)
        self.extra.extend(added)
        self.planned += len(added) + n_present
        self.missing += len(added)

    def take(self) -> Task[Any] | None:
        """Return the next task, if there is one now; what was added goes first."""
        task = self.extra.popleft() if self.extra else next(self.tasks, None)
        if task is not None:
            self.under_way += 1
            return replace(task, stage=self.stage, limit_s=self.limit_s)
        return None

    def count(self, result: Result[Any, Any], batch: Batch) -> int:
        """Count a result, and return how many pieces it is."""
        n_label = max(len(batch.labels), len(batch.matrices))  # one calculation gives both
        n_done = len(batch.experiments) + n_label + len(batch.predictions)
        self.under_way -= 1
        self.done += n_done
        self.refused += len(batch.refusals)
        self.cpu_seconds += result.provenance.cpu_seconds
        return n_done + len(batch.refusals)

    def summary(self) -> StageSummary:
        """Return what was done until now."""
        return StageSummary(
            stage=self.stage,
            planned=self.planned,
            present=self.planned - self.missing,
            done=self.done,
            refused=self.refused,
            cpu_seconds=self.cpu_seconds,
            wall_seconds=time.monotonic() - self.started,
        )


class TaskFeed:
    """Tasks of several stages, the last stage first: what is begun is finished.

    An iterator that gives ``None`` where there is nothing now, but may be later.
    """

    def __init__(self, works: Mapping[str, StageWork], buffer: CommitBuffer) -> None:
        self._works = tuple(works.values())
        self._ledger = buffer
        self._given: set[str] = set()

    def __iter__(self) -> Iterator[Task[Any] | None]:
        while True:
            task = self._take()
            if task is None and self._may_get_more():
                # Whoever is idle would wait for the next commit otherwise.
                self._ledger.flush()
                task = self._take()
                if task is None and not self._is_feeder_under_way():
                    return
            elif task is None:
                return
            yield task

    def _take(self) -> Task[Any] | None:
        for work in reversed(self._works):
            while (task := work.take()) is not None:
                if task.key not in self._given:
                    self._given.add(task.key)
                    return task
                # Another stage asked for the same: it is made once.
                work.under_way -= 1
                work.missing -= 1
        return None

    def _may_get_more(self) -> bool:
        is_fed = any(work.feed is not None for work in self._works)
        return is_fed and (self._is_feeder_under_way() or self._ledger.is_waiting)

    def _is_feeder_under_way(self) -> bool:
        return any(work.under_way for work in self._works if work.feed is not None)
