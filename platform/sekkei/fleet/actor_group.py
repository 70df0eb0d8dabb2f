"""The workers of one run as Ray actors: started, given work, replaced when they are lost."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import ray
from ray import cloudpickle
from ray import exceptions as ray_errors

from sekkei.errors import SekkeiError
from sekkei.fleet.event import Event, Watch
from sekkei.fleet.failure import (
    attribute_failure,
    cannot_start,
    failed_start,
    failure_kind,
    last_line,
)
from sekkei.fleet.port import (
    Needs,
    P,
    Result,
    Task,
    V,
    Worker,
    WorkerDiedError,
    name_of,
)
from sekkei.fleet.queue import TaskQueue
from sekkei.fleet.retry import FailureKind, RetryPolicy, retries_exhausted
from sekkei.fleet.runner import TaskRunner, provenance_since
from sekkei.fleet.session import what_is_free
from sekkei.provenance import Provenance
from sekkei.transport.labeler import Refusal

_HEARTBEAT_S = 1.0
_BRIEF_S = 0.5
# Short tasks travel together: a call costs about half a millisecond of CPU time, whatever is in it.
_MOMENT_S = 0.08
_MOST_TOGETHER = 256
_DEATHS = (
    ray_errors.RayActorError,
    ray_errors.WorkerCrashedError,
    ray_errors.NodeDiedError,
    ray_errors.OutOfMemoryError,
    ray_errors.ObjectLostError,
)


@dataclass(frozen=True, slots=True)
class _Assignment(Generic[P]):
    """Tasks at a worker, on lease until they are done or the time of one is out."""

    reference: Any
    tasks: tuple[Task[P], ...]
    n_byte: int


@dataclass(eq=False, slots=True)
class _Actor(Generic[P]):
    """One actor and what it has been told to do, oldest first."""

    handle: Any
    starting: Any | None
    node: str = ""
    assignments: deque[_Assignment[P]] = field(default_factory=deque)
    head_since: float = 0.0
    is_brief: bool = False

    @property
    def next_reference(self) -> Any | None:
        """What will be ready first: actors do their assignments in order."""
        if self.starting is not None:
            return self.starting
        return self.assignments[0].reference if self.assignments else None

    @property
    def deadline(self) -> float:
        """When the time of what it is at is out, on the monotonic clock."""
        tasks = self.assignments[0].tasks if self.assignments else ()
        limits = [task.limit_s for task in tasks if task.limit_s is not None]
        return self.head_since + min(limits, default=float("inf"))


class ActorGroup(Generic[P, V]):
    """The workers of one run."""

    def __init__(
        self,
        make_worker: Callable[[], Worker[P, V]],
        needs: Needs,
        policy: RetryPolicy,
        watch: Watch,
    ) -> None:
        self._recipe = ray.put(make_worker)
        self._needs = needs
        memory = {"memory": needs.memory_bytes} if needs.memory_bytes else {}
        demand: dict[str, Any] = {"num_cpus": needs.cpus, "num_gpus": needs.gpus, **memory}
        if needs.cpus > 1:
            # Ray sets the threads of an actor only where its environment says nothing of them.
            demand["runtime_env"] = {"env_vars": {"OMP_NUM_THREADS": str(needs.cpus)}}
        self._actor_class: Any = ray.remote(max_restarts=0, **demand)(TaskRunner)
        self._policy = policy
        self._watch = watch
        self._failures: Counter[tuple[str, FailureKind]] = Counter()
        self._attempts: Counter[str] = Counter()
        self._pace: dict[str, float] = {}
        self._failed_starts = 0
        self._last_ready = time.monotonic()
        self._has_said_slow = False
        self._actors: list[_Actor[P]] = []

    def assign(self, queue: TaskQueue[P], n_most: int) -> bool:
        """Give work to whoever has room, start more workers for the rest; say if any is left."""
        for actor in self._actors:
            while actor.starting is None and self._has_room(actor, queue):
                first = queue.take(is_idle=not actor.assignments)
                if first is None:
                    break
                self._give(actor, first, queue)
        self._start_more(queue, n_most - len(self._actors))
        return any(actor.assignments for actor in self._actors) or not queue.is_empty()

    def _start_more(self, queue: TaskQueue[P], n_most: int) -> None:
        if n_most > 0:
            n_starting = sum(actor.starting is not None for actor in self._actors)
            n_task = queue.look_ahead(n_starting + n_most)
            self._actors.extend(self._start() for _ in range(n_task - n_starting))

    def collect(
        self, queue: TaskQueue[P], on_wait: Callable[[], None] | None
    ) -> Iterator[Result[P, V]]:
        """Wait a moment for anything to happen, and yield what is done."""
        waiting = {m.next_reference: m for m in self._actors if m.next_reference is not None}
        if not waiting:
            raise RuntimeError("a source of tasks must not pause while nothing is under way")
        # A sweep over all of them first, or a worker early in the list would starve the others.
        ready, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
        if not ready:
            if on_wait is not None:
                on_wait()
            ready, _ = ray.wait(list(waiting), num_returns=1, timeout=self._longest_wait())
        for reference in ready:
            yield from self._receive(waiting[reference], reference, queue)
        yield from self._end_overdue(queue)
        self._check_start()

    def stop(self) -> None:
        """Kill every worker, whatever it does."""
        for actor in self._actors:
            ray.kill(actor.handle)
        self._actors.clear()

    def _longest_wait(self) -> float:
        first = min((actor.deadline for actor in self._actors), default=float("inf"))
        return min(_HEARTBEAT_S, max(first - time.monotonic(), 0.0))

    def _has_room(self, actor: _Actor[P], queue: TaskQueue[P]) -> bool:
        if not actor.assignments:
            return self._n_byte == 0 or self._n_byte < self._policy.bytes_in_flight
        # Behind a long task nothing waits: somebody else may be free before.
        return (
            actor.is_brief
            and len(actor.assignments) == 1
            and not any(queue.is_suspect(task) for task in actor.assignments[0].tasks)
            and self._n_byte < self._policy.bytes_in_flight
        )

    @property
    def _n_byte(self) -> int:
        return sum(assignment.n_byte for actor in self._actors for assignment in actor.assignments)

    def _give(self, actor: _Actor[P], first: Task[P], queue: TaskQueue[P]) -> None:
        tasks, packed = [first], [_packed(first)]
        n_byte, pace = len(packed[0]), self._pace.get(first.stage, float("inf"))
        n_free = self._policy.bytes_in_flight - self._n_byte
        n_most = min(int(_MOMENT_S / max(pace, 1e-9)), _MOST_TOGETHER)
        while len(tasks) < n_most and n_byte < n_free and not queue.is_suspect(first):
            task = queue.take_of(first.stage)
            if task is None:
                break
            tasks.append(task)
            packed.append(_packed(task))
            n_byte += len(packed[-1])
        if not actor.assignments:
            actor.head_since = time.monotonic()
        reference = actor.handle.run_packed.remote(packed)
        actor.assignments.append(_Assignment(reference, tuple(tasks), n_byte))
        for task, content in zip(tasks, packed, strict=True):
            self._attempts[task.key] += 1
            self._tell("given", task, node=actor.node, n_byte=len(content))

    def _start(self) -> _Actor[P]:
        actor: Any = self._actor_class.remote()
        return _Actor(handle=actor, starting=actor.start.remote(self._recipe))

    def _receive(
        self, actor: _Actor[P], reference: Any, queue: TaskQueue[P]
    ) -> Iterator[Result[P, V]]:
        try:
            value = ray.get(reference)
        except ray_errors.RayTaskError as error:
            if actor.starting is None and isinstance(error.cause, MemoryError):
                yield from self._lose(actor, FailureKind.OUT_OF_MEMORY, str(error.cause), queue)
                return
            if actor.starting is None and len(actor.assignments[0].tasks) > 1:
                self._part(actor, error, queue)
                return
            raise self._as_itself(actor, error) from error
        except _DEATHS as error:
            if actor.starting is not None:
                self._note_failed_start(error)
            yield from self._lose(actor, failure_kind(error), str(error), queue)
            return
        if actor.starting is None:
            yield from self._settle(actor, value, queue)
            return
        actor.starting, actor.node, self._failed_starts = None, value, 0
        self._watch(Event("worker-ready", node=actor.node))

    def _settle(
        self,
        actor: _Actor[P],
        values: Sequence[tuple[V | Refusal, Provenance]],
        queue: TaskQueue[P],
    ) -> Iterator[Result[P, V]]:
        tasks = actor.assignments.popleft().tasks
        actor.head_since = time.monotonic()
        actor.is_brief = values[-1][1].finished - values[0][1].started < _BRIEF_S
        for task, (_, provenance) in zip(tasks, values, strict=True):
            spent = provenance.finished - provenance.started
            self._pace[task.stage] = (self._pace.get(task.stage, spent) + spent) / 2.0
        for task, (outcome, provenance) in zip(tasks, values, strict=True):
            yield self._close(task, outcome, provenance, queue)

    def _part(self, actor: _Actor[P], error: ray_errors.RayTaskError, queue: TaskQueue[P]) -> None:
        # One of several failed in a way that ends the run: alone, it will say so in its own name.
        tasks = actor.assignments.popleft().tasks
        actor.head_since = time.monotonic()
        for task in tasks:
            self._tell("retried", task, node=actor.node, detail=last_line(str(error.cause)))
        queue.give_back(tasks, is_suspect=True)

    def _close(
        self, task: Task[P], outcome: V | Refusal, provenance: Provenance, queue: TaskQueue[P]
    ) -> Result[P, V]:
        queue.settle(task)
        for kind in FailureKind:
            self._failures.pop((task.key, kind), None)
        return Result(task, outcome, provenance, attempt=self._attempts.pop(task.key))

    def _end_overdue(self, queue: TaskQueue[P]) -> Iterator[Result[P, V]]:
        for actor in tuple(self._actors):
            if time.monotonic() < actor.deadline:
                continue
            # A result that came a moment too late is as good as one in time: it is the only one.
            late, _ = ray.wait([actor.next_reference], timeout=0)
            if not late:
                yield from self._lose(actor, FailureKind.TIME_OUT, "its time was out", queue)

    def _lose(
        self, actor: _Actor[P], kind: FailureKind, reason: str, queue: TaskQueue[P]
    ) -> Iterator[Result[P, V]]:
        # An actor that is merely unreachable may come back and go on; not under this name.
        ray.kill(actor.handle)
        self._actors[self._actors.index(actor)] = self._start()
        tasks = [task for assignment in actor.assignments for task in assignment.tasks]
        n_first = len(actor.assignments[0].tasks) if actor.assignments else 0
        detail = f"{kind.value}: {last_line(reason)}"
        self._watch(Event("worker-lost", node=actor.node, kind=kind.name, detail=detail))
        culprits, suspects = attribute_failure(tasks, kind, n_first)
        for task in culprits:
            self._failures[task.key, kind] += 1
        refused = [t for t in culprits if self._failures[t.key, kind] >= self._limit(kind)]
        kept = [task for task in tasks if task not in refused]
        for task in kept:
            self._tell("retried", task, node=actor.node, kind=kind.name, detail=detail)
        for task in reversed(kept):
            queue.give_back([task], is_suspect=task in suspects)
        for task in refused:
            yield self._refuse(task, kind, queue)

    def _limit(self, kind: FailureKind) -> int:
        return self._policy.allows(kind)

    def _refuse(self, task: Task[P], kind: FailureKind, queue: TaskQueue[P]) -> Result[P, V]:
        error = retries_exhausted(kind, self._failures[task.key, kind], task.limit_s)
        refusal = Refusal(type(error).__name__, error.message, task.recipe)
        return self._close(task, refusal, provenance_since(time.time(), 0.0), queue)

    def _as_itself(self, actor: _Actor[P], error: ray_errors.RayTaskError) -> BaseException:
        cause: Any = error.cause
        if actor.starting is not None:
            return failed_start(cause) or error
        found: BaseException = cause if isinstance(cause, SekkeiError) else error
        found.add_note(f"this happened in {name_of(actor.assignments[0].tasks[0])}")
        return found

    def _note_failed_start(self, error: ray_errors.RayError) -> None:
        if getattr(error, "actor_init_failed", False):
            raise cannot_start(str(error)) from error
        self._failed_starts += 1
        if self._failed_starts >= self._policy.deaths_at_start:
            raise WorkerDiedError(
                f"a worker must survive its start, but {self._failed_starts} in a row did not: "
                f"{last_line(str(error))}; look for too little memory or a crash in native code"
            ) from error

    def _check_start(self) -> None:
        if any(actor.starting is None for actor in self._actors):
            self._last_ready = time.monotonic()
            return
        waited = time.monotonic() - self._last_ready
        if waited > self._policy.start_s:
            raise WorkerDiedError(
                f"a first worker must be ready within {self._policy.start_s:g} s, but none of "
                f"{len(self._actors)} is; {what_is_free(self._needs)}"
            )
        if waited > self._policy.slow_start_s and not self._has_said_slow:
            self._has_said_slow = True
            detail = (
                f"none of {len(self._actors)} workers is ready after {waited:.0f} s; "
                f"{what_is_free(self._needs)}; waiting up to {self._policy.start_s:g} s"
            )
            self._watch(Event("worker-slow", detail=detail))

    def _tell(self, name: Any, task: Task[P], **facts: Any) -> None:
        attempt = self._attempts[task.key]
        self._watch(Event(name, stage=task.stage, key=task.key, attempt=attempt, **facts))


def _packed(task: Task[Any]) -> bytes:
    content: bytes = cloudpickle.dumps(task)  # type: ignore[no-untyped-call]
    return content
