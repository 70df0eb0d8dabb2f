"""Many workers as Ray actors; with `sekkei.fleet.session`, the only place that speaks Ray."""

import itertools
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic

import ray
from ray import exceptions as ray_errors

from sekkei.errors import InvalidInputError, MissingExtraError, SekkeiError
from sekkei.fleet.host import Host, provenance_since
from sekkei.fleet.port import P, Result, Task, V, Worker, WorkerDiedError
from sekkei.fleet.session import available_cpus, join_ray
from sekkei.transport.labeler import Refusal

_QUEUED_PER_WORKER = 2
_HEARTBEAT_S = 1.0
_DEATHS = (
    ray_errors.RayActorError,
    ray_errors.WorkerCrashedError,
    ray_errors.NodeDiedError,
    ray_errors.OutOfMemoryError,
    ray_errors.ObjectLostError,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How much a pool puts up with."""

    deaths_per_task: int = 3
    """A task that has killed this many workers, each time alone on it, is refused."""

    deaths_at_start: int = 3
    """This many workers in a row may die while they start; then the run is given up."""

    start_s: float = 300.0
    """Longest wait, in s, for a first worker to be ready."""


class RayPool:
    """Workers on this machine or on a cluster, one CPU each.

    Use it as a context manager. Without an address a private Ray starts on 127.0.0.1 and ends with
    the context; where this process is attached to a Ray already, that one is used and left alone.
    """

    def __init__(
        self,
        n_workers: int | None = None,
        *,
        address: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Describe the pool; nothing starts yet.

        Parameters
        ----------
        n_workers
            Most workers at a time; as many as this process has CPUs if absent.
        address
            Of a running Ray, such as ``auto``.
        """
        if n_workers is not None and n_workers < 1:
            raise InvalidInputError(f"a pool must have at least one worker, but found {n_workers}")
        self._n_workers = n_workers or available_cpus()
        self._address = address
        self._patience = patience or Patience()
        self._leave: Callable[[], None] | None = None

    @property
    def n_workers(self) -> int:
        """Most workers that are kept at the same time."""
        return self._n_workers

    def __enter__(self) -> "RayPool":
        self._leave = join_ray(self._address, self._n_workers)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._leave is not None:
            self._leave()
            self._leave = None

    def run(
        self,
        tasks: Iterable[Task[P]],
        make_worker: Callable[[], Worker[P, V]],
        *,
        on_wait: Callable[[], None] | None = None,
    ) -> Generator[Result[P, V], None, None]:
        """Do every task; see `sekkei.fleet.port.Pool.run`."""
        if self._leave is None:
            raise InvalidInputError("a pool must be open to run, but this one is not; use `with`")
        queue = _Queue(tasks)
        n_workers = queue.look_ahead(self._n_workers)
        crew: _Crew[P, V] = _Crew(make_worker, n_workers, self._patience)
        try:
            while crew.assign(queue):
                yield from crew.collect(queue, on_wait)
        finally:
            crew.dismiss()


@dataclass(eq=False, slots=True)
class _Member(Generic[P]):
    """One actor and what it has been told to do, oldest first."""

    actor: Any
    starting: Any | None
    duties: deque[tuple[Any, Task[P]]] = field(default_factory=deque)

    @property
    def next_reference(self) -> Any | None:
        """What will be ready first: actors do their duties in order."""
        if self.starting is not None:
            return self.starting
        return self.duties[0][0] if self.duties else None


class _Queue(Generic[P]):
    """Tasks still to be given out; those that come back go first, and alone."""

    def __init__(self, tasks: Iterable[Task[P]]) -> None:
        self._fresh: Iterator[Task[P]] = iter(tasks)
        self._ahead: deque[Task[P]] = deque()
        self._returned: deque[Task[P]] = deque()
        self._suspects: set[str] = set()

    def look_ahead(self, n_task: int) -> int:
        """Pull the first tasks, and return how many there were."""
        self._ahead.extend(itertools.islice(self._fresh, n_task))
        return len(self._ahead)

    def is_empty(self) -> bool:
        """Whether nothing is left to give out."""
        return not (self._returned or self._ahead or self.look_ahead(1))

    def give_back(self, tasks: Iterable[Task[P]]) -> None:
        """Take tasks back from a worker that died."""
        for task in tasks:
            self._suspects.add(task.key)
            self._returned.append(task)

    def settle(self, task: Task[P]) -> None:
        """Forget a task that is done."""
        self._suspects.discard(task.key)

    def is_suspect(self, task: Task[P]) -> bool:
        """Whether a worker died while it had this task."""
        return task.key in self._suspects

    def take(self, *, is_idle: bool) -> Task[P] | None:
        """Return a task for a worker; one under suspicion only if the worker has no other."""
        if self._returned:
            # Nobody gets fresh work in front of it either, or it would never find an idle worker.
            return self._returned.popleft() if is_idle else None
        return self._ahead.popleft() if self._ahead else next(self._fresh, None)


class _Crew(Generic[P, V]):
    """The workers of one run: hired, given work, replaced when they die."""

    def __init__(
        self, make_worker: Callable[[], Worker[P, V]], n_workers: int, patience: Patience
    ) -> None:
        self._recipe = ray.put(make_worker)
        self._actor_class: Any = ray.remote(num_cpus=1, max_restarts=0)(Host)
        self._patience = patience
        self._kills: Counter[str] = Counter()
        self._failed_starts = 0
        self._last_ready = time.monotonic()
        self._members = [self._hire() for _ in range(n_workers)]

    def assign(self, queue: _Queue[P]) -> bool:
        """Give work to whoever has room, and return whether any is under way."""
        for member in self._members:
            while member.starting is None and self._has_room(member, queue):
                task = queue.take(is_idle=not member.duties)
                if task is None:
                    break
                member.duties.append((member.actor.perform.remote(task), task))
        return any(member.duties for member in self._members) or not queue.is_empty()

    def collect(
        self, queue: _Queue[P], on_wait: Callable[[], None] | None
    ) -> Iterator[Result[P, V]]:
        """Wait a moment for anything to happen, and yield what is done."""
        waiting = {m.next_reference: m for m in self._members if m.next_reference is not None}
        # A sweep over all of them first, or a worker early in the list would starve the others.
        ready, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
        if not ready:
            if on_wait is not None:
                on_wait()
            ready, _ = ray.wait(list(waiting), num_returns=1, timeout=_HEARTBEAT_S)
        for reference in ready:
            yield from self._receive(waiting[reference], reference, queue)
        self._check_start()

    def dismiss(self) -> None:
        """Let go of every worker, whatever it does."""
        for member in self._members:
            ray.kill(member.actor)
        self._members.clear()

    def _has_room(self, member: _Member[P], queue: _Queue[P]) -> bool:
        if any(queue.is_suspect(task) for _, task in member.duties):
            return False
        return len(member.duties) < _QUEUED_PER_WORKER

    def _hire(self) -> _Member[P]:
        actor: Any = self._actor_class.remote()
        return _Member(actor=actor, starting=actor.start.remote(self._recipe))

    def _receive(
        self, member: _Member[P], reference: Any, queue: _Queue[P]
    ) -> Iterator[Result[P, V]]:
        is_start = member.starting is not None
        try:
            value = ray.get(reference)
        except ray_errors.RayTaskError as error:
            raise _as_itself(error, is_start=is_start) from error
        except _DEATHS as error:
            yield from self._bury(member, error, queue)
            return
        if is_start:
            member.starting = None
            self._failed_starts = 0
        else:
            queue.settle(member.duties.popleft()[1])
            yield value

    def _bury(
        self, member: _Member[P], error: ray_errors.RayError, queue: _Queue[P]
    ) -> Iterator[Result[P, V]]:
        # An actor that is merely unreachable may come back and go on; not under this name.
        ray.kill(member.actor)
        if member.starting is not None:
            self._note_failed_start(error)
        tasks = [task for _, task in member.duties]
        refused = [task for task in tasks if self._is_poisonous(task, is_alone=len(tasks) == 1)]
        queue.give_back(task for task in tasks if task not in refused)
        self._members[self._members.index(member)] = self._hire()
        for task in refused:
            queue.settle(task)
            yield _refused(task, self._patience.deaths_per_task)

    def _is_poisonous(self, task: Task[P], *, is_alone: bool) -> bool:
        # Of two tasks at a worker the first or the second may be the culprit: nobody is blamed.
        self._kills[task.key] += is_alone
        return self._kills[task.key] >= self._patience.deaths_per_task

    def _note_failed_start(self, error: ray_errors.RayError) -> None:
        if getattr(error, "actor_init_failed", False):
            raise _cannot_start(str(error)) from error
        self._failed_starts += 1
        if self._failed_starts >= self._patience.deaths_at_start:
            raise WorkerDiedError(
                f"a worker must survive its start, but {self._failed_starts} in a row did not: "
                f"{_last_line(str(error))}; look for too little memory or a crash in native code"
            ) from error

    def _check_start(self) -> None:
        if any(member.starting is None for member in self._members):
            self._last_ready = time.monotonic()
            return
        waited = time.monotonic() - self._last_ready
        if waited > self._patience.start_s:
            raise WorkerDiedError(
                f"a first worker must be ready within {self._patience.start_s:g} s, but none of "
                f"{len(self._members)} is; are there free CPUs?"
            )


def _as_itself(error: ray_errors.RayTaskError, *, is_start: bool) -> BaseException:
    cause = error.cause
    if isinstance(cause, SekkeiError):
        return cause
    if is_start and isinstance(cause, ImportError):
        return _cannot_start(f"{type(cause).__name__}: {cause}")
    return error


def _cannot_start(reason: str) -> MissingExtraError:
    return MissingExtraError(
        f"a worker must be able to start, but: {_last_line(reason)}; "
        "install the same packages where the workers run"
    )


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1].strip()


def _refused(task: Task[P], n_death: int) -> Result[P, Any]:
    message = f"a worker must survive this task, but {n_death} died of it, one after the other"
    refusal = Refusal(kind=WorkerDiedError.__name__, message=message, recipe=task.recipe)
    return Result(task=task, outcome=refusal, provenance=provenance_since(time.time(), 0.0))
