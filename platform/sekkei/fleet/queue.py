"""Tasks still to be given out, those that came back first."""

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic

from sekkei.fleet.port import P, Task


class TaskQueue(Generic[P]):
    """Tasks still to be given out; those that come back go first, and suspects go alone."""

    def __init__(self, tasks: Iterable[Task[P] | None]) -> None:
        self._fresh: Iterator[Task[P] | None] = iter(tasks)
        self._is_dry = False
        self._ahead: deque[Task[P]] = deque()
        self._returned: deque[Task[P]] = deque()
        self._suspects: set[str] = set()

    def look_ahead(self, n_task: int) -> int:
        """Pull tasks until ``n_task`` are ahead or there are no more now; return how many are."""
        while len(self._ahead) < n_task:
            task = self._pull()
            if task is None:
                break
            self._ahead.append(task)
        return len(self._ahead)

    def is_empty(self) -> bool:
        """Whether nothing is left to give out, now and later."""
        return not (self._returned or self.look_ahead(1)) and self._is_dry

    def give_back(self, tasks: Iterable[Task[P]], *, is_suspect: bool) -> None:
        """Take tasks back from a worker that is gone."""
        for task in tasks:
            if is_suspect or task.key in self._suspects:
                self._suspects.add(task.key)
                self._returned.append(task)
            else:
                self._ahead.appendleft(task)

    def settle(self, task: Task[P]) -> None:
        """Forget a task that is done."""
        self._suspects.discard(task.key)

    def is_suspect(self, task: Task[P]) -> bool:
        """Whether a worker was lost while it had this task, and may be lost again."""
        return task.key in self._suspects

    def take(self, *, is_idle: bool) -> Task[P] | None:
        """Return a task for a worker; one under suspicion only if the worker has no other."""
        if self._returned:
            # Nobody gets fresh work in front of it either, or it would never find an idle worker.
            return self._returned.popleft() if is_idle else None
        return self._ahead.popleft() if self._ahead else self._pull()

    def take_of(self, stage: str) -> Task[P] | None:
        """Return the next fresh task if it is of a stage, to travel with another of it."""
        if self._returned or not self.look_ahead(1) or self._ahead[0].stage != stage:
            return None
        return self._ahead.popleft()

    def _pull(self) -> Task[P] | None:
        for task in itertools.islice(self._fresh, 1):
            return task
        self._is_dry = True
        return None
