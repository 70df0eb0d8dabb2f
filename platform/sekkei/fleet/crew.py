"""The workers of one run as Ray actors: hired, given work, replaced when they are lost."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import ray
from ray import cloudpickle
from ray import exceptions as ray_errors

from sekkei.errors import SekkeiError
from sekkei.fleet.blame import blamed, cannot_start, failed_start, last_line, mishap_of
from sekkei.fleet.event import Event, Watch
from sekkei.fleet.host import Host, provenance_since
from sekkei.fleet.patience import Mishap, Patience, exhausted
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
class _Duty(Generic[P]):
    """Tasks at a worker, on lease until they are done or the time of one is out."""

    reference: Any
    tasks: tuple[Task[P], ...]
    n_byte: int


@dataclass(eq=False, slots=True)
class _Member(Generic[P]):
    """One actor and what it has been told to do, oldest first."""

    actor: Any
    starting: Any | None
    node: str = ""
    duties: deque[_Duty[P]] = field(default_factory=deque)
    head_since: float = 0.0
    is_brief: bool = False

    @property
    def next_reference(self) -> Any | None:
        """What will be ready first: actors do their duties in order."""
        if self.starting is not None:
            return self.starting
        return self.duties[0].reference if self.duties else None

    @property
    def deadline(self) -> float:
        """When the time of what it is at is out, on the monotonic clock."""
        tasks = self.duties[0].tasks if self.duties else ()
        limits = [task.limit_s for task in tasks if task.limit_s is not None]
        return self.head_since + min(limits, default=float("inf"))


class Crew(Generic[P, V]):
    """The workers of one run."""

    def __init__(
        self,
        make_worker: Callable[[], Worker[P, V]],
        needs: Needs,
        patience: Patience,
        watch: Watch,
    ) -> None:
        self._recipe = ray.put(make_worker)
        self._needs = needs
        memory = {"memory": needs.memory_bytes} if needs.memory_bytes else {}
        demand: dict[str, Any] = {"num_cpus": needs.cpus, "num_gpus": needs.gpus, **memory}
        if needs.cpus > 1:
            # Ray sets the threads of an actor only where its environment says nothing of them.
            demand["runtime_env"] = {"env_vars": {"OMP_NUM_THREADS": str(needs.cpus)}}
        self._actor_class: Any = ray.remote(max_restarts=0, **demand)(Host)
        self._patience = patience
        self._watch = watch
        self._mishaps: Counter[tuple[str, Mishap]] = Counter()
        self._attempts: Counter[str] = Counter()
        self._pace: dict[str, float] = {}
        self._failed_starts = 0
        self._last_ready = time.monotonic()
        self._has_said_slow = False
        self._members: list[_Member[P]] = []

    def assign(self, queue: TaskQueue[P], n_most: int) -> bool:
        """Give work to whoever has room, hire if there is more; return whether any is left."""
        for member in self._members:
            while member.starting is None and self._has_room(member, queue):
                first = queue.take(is_idle=not member.duties)
                if first is None:
                    break
                self._give(member, first, queue)
        self._hire_more(queue, n_most - len(self._members))
        return any(member.duties for member in self._members) or not queue.is_empty()

    def _hire_more(self, queue: TaskQueue[P], n_most: int) -> None:
        if n_most > 0:
            n_starting = sum(member.starting is not None for member in self._members)
            n_task = queue.look_ahead(n_starting + n_most)
            self._members.extend(self._hire() for _ in range(n_task - n_starting))

    def collect(
        self, queue: TaskQueue[P], on_wait: Callable[[], None] | None
    ) -> Iterator[Result[P, V]]:
        """Wait a moment for anything to happen, and yield what is done."""
        waiting = {m.next_reference: m for m in self._members if m.next_reference is not None}
        if not waiting:
            raise RuntimeError("a source of tasks must not pause while nothing is under way")
        # A sweep over all of them first, or a worker early in the list would starve the others.
        ready, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
        if not ready:
            if on_wait is not None:
                on_wait()
            ready, _ = ray.wait(list(waiting), num_returns=1, timeout=self._patience_left())
        for reference in ready:
            yield from self._receive(waiting[reference], reference, queue)
        yield from self._end_overdue(queue)
        self._check_start()

    def dismiss(self) -> None:
        """Let go of every worker, whatever it does."""
        for member in self._members:
            ray.kill(member.actor)
        self._members.clear()

    def _patience_left(self) -> float:
        first = min((member.deadline for member in self._members), default=float("inf"))
        return min(_HEARTBEAT_S, max(first - time.monotonic(), 0.0))

    def _has_room(self, member: _Member[P], queue: TaskQueue[P]) -> bool:
        if not member.duties:
            return self._n_byte == 0 or self._n_byte < self._patience.bytes_in_flight
        # Behind a long task nothing waits: somebody else may be free before.
        return (
            member.is_brief
            and len(member.duties) == 1
            and not any(queue.is_suspect(task) for task in member.duties[0].tasks)
            and self._n_byte < self._patience.bytes_in_flight
        )

    @property
    def _n_byte(self) -> int:
        return sum(duty.n_byte for member in self._members for duty in member.duties)

    def _give(self, member: _Member[P], first: Task[P], queue: TaskQueue[P]) -> None:
        tasks, packed = [first], [_packed(first)]
        n_byte, pace = len(packed[0]), self._pace.get(first.stage, float("inf"))
        n_free = self._patience.bytes_in_flight - self._n_byte
        n_most = min(int(_MOMENT_S / max(pace, 1e-9)), _MOST_TOGETHER)
        while len(tasks) < n_most and n_byte < n_free and not queue.is_suspect(first):
            task = queue.take_of(first.stage)
            if task is None:
                break
            tasks.append(task)
            packed.append(_packed(task))
            n_byte += len(packed[-1])
        if not member.duties:
            member.head_since = time.monotonic()
        reference = member.actor.perform_packed.remote(packed)
        member.duties.append(_Duty(reference, tuple(tasks), n_byte))
        for task, content in zip(tasks, packed, strict=True):
            self._attempts[task.key] += 1
            self._tell("given", task, node=member.node, n_byte=len(content))

    def _hire(self) -> _Member[P]:
        actor: Any = self._actor_class.remote()
        return _Member(actor=actor, starting=actor.start.remote(self._recipe))

    def _receive(
        self, member: _Member[P], reference: Any, queue: TaskQueue[P]
    ) -> Iterator[Result[P, V]]:
        try:
            value = ray.get(reference)
        except ray_errors.RayTaskError as error:
            if member.starting is None and isinstance(error.cause, MemoryError):
                yield from self._lose(member, Mishap.OUT_OF_MEMORY, str(error.cause), queue)
                return
            if member.starting is None and len(member.duties[0].tasks) > 1:
                self._part(member, error, queue)
                return
            raise self._as_itself(member, error) from error
        except _DEATHS as error:
            if member.starting is not None:
                self._note_failed_start(error)
            yield from self._lose(member, mishap_of(error), str(error), queue)
            return
        if member.starting is None:
            yield from self._settle(member, value, queue)
            return
        member.starting, member.node, self._failed_starts = None, value, 0
        self._watch(Event("worker-ready", node=member.node))

    def _settle(
        self,
        member: _Member[P],
        values: Sequence[tuple[V | Refusal, Provenance]],
        queue: TaskQueue[P],
    ) -> Iterator[Result[P, V]]:
        tasks = member.duties.popleft().tasks
        member.head_since = time.monotonic()
        member.is_brief = values[-1][1].finished - values[0][1].started < _BRIEF_S
        for task, (_, provenance) in zip(tasks, values, strict=True):
            spent = provenance.finished - provenance.started
            self._pace[task.stage] = (self._pace.get(task.stage, spent) + spent) / 2.0
        for task, (outcome, provenance) in zip(tasks, values, strict=True):
            yield self._close(task, outcome, provenance, queue)

    def _part(
        self, member: _Member[P], error: ray_errors.RayTaskError, queue: TaskQueue[P]
    ) -> None:
        # One of several failed in a way that ends the run: alone, it will say so in its own name.
        tasks = member.duties.popleft().tasks
        member.head_since = time.monotonic()
        for task in tasks:
            self._tell("retried", task, node=member.node, detail=last_line(str(error.cause)))
        queue.give_back(tasks, is_suspect=True)

    def _close(
        self, task: Task[P], outcome: V | Refusal, provenance: Provenance, queue: TaskQueue[P]
    ) -> Result[P, V]:
        queue.settle(task)
        for mishap in Mishap:
            self._mishaps.pop((task.key, mishap), None)
        return Result(task, outcome, provenance, attempt=self._attempts.pop(task.key))

    def _end_overdue(self, queue: TaskQueue[P]) -> Iterator[Result[P, V]]:
        for member in tuple(self._members):
            if time.monotonic() < member.deadline:
                continue
            # A result that came a moment too late is as good as one in time: it is the only one.
            late, _ = ray.wait([member.next_reference], timeout=0)
            if not late:
                yield from self._lose(member, Mishap.TIME_OUT, "its time was out", queue)

    def _lose(
        self, member: _Member[P], mishap: Mishap, reason: str, queue: TaskQueue[P]
    ) -> Iterator[Result[P, V]]:
        # An actor that is merely unreachable may come back and go on; not under this name.
        ray.kill(member.actor)
        self._members[self._members.index(member)] = self._hire()
        tasks = [task for duty in member.duties for task in duty.tasks]
        n_first = len(member.duties[0].tasks) if member.duties else 0
        detail = f"{mishap.value}: {last_line(reason)}"
        self._watch(Event("worker-lost", node=member.node, kind=mishap.name, detail=detail))
        culprits, suspects = blamed(tasks, mishap, n_first)
        for task in culprits:
            self._mishaps[task.key, mishap] += 1
        refused = [t for t in culprits if self._mishaps[t.key, mishap] >= self._limit(mishap)]
        kept = [task for task in tasks if task not in refused]
        for task in kept:
            self._tell("retried", task, node=member.node, kind=mishap.name, detail=detail)
        for task in reversed(kept):
            queue.give_back([task], is_suspect=task in suspects)
        for task in refused:
            yield self._refuse(task, mishap, queue)

    def _limit(self, mishap: Mishap) -> int:
        return self._patience.allows(mishap)

    def _refuse(self, task: Task[P], mishap: Mishap, queue: TaskQueue[P]) -> Result[P, V]:
        error = exhausted(mishap, self._mishaps[task.key, mishap], task.limit_s)
        refusal = Refusal(type(error).__name__, error.message, task.recipe)
        return self._close(task, refusal, provenance_since(time.time(), 0.0), queue)

    def _as_itself(self, member: _Member[P], error: ray_errors.RayTaskError) -> BaseException:
        cause: Any = error.cause
        if member.starting is not None:
            return failed_start(cause) or error
        found: BaseException = cause if isinstance(cause, SekkeiError) else error
        found.add_note(f"this happened in {name_of(member.duties[0].tasks[0])}")
        return found

    def _note_failed_start(self, error: ray_errors.RayError) -> None:
        if getattr(error, "actor_init_failed", False):
            raise cannot_start(str(error)) from error
        self._failed_starts += 1
        if self._failed_starts >= self._patience.deaths_at_start:
            raise WorkerDiedError(
                f"a worker must survive its start, but {self._failed_starts} in a row did not: "
                f"{last_line(str(error))}; look for too little memory or a crash in native code"
            ) from error

    def _check_start(self) -> None:
        if any(member.starting is None for member in self._members):
            self._last_ready = time.monotonic()
            return
        waited = time.monotonic() - self._last_ready
        if waited > self._patience.start_s:
            raise WorkerDiedError(
                f"a first worker must be ready within {self._patience.start_s:g} s, but none of "
                f"{len(self._members)} is; {what_is_free(self._needs)}"
            )
        if waited > self._patience.slow_start_s and not self._has_said_slow:
            self._has_said_slow = True
            detail = (
                f"none of {len(self._members)} workers is ready after {waited:.0f} s; "
                f"{what_is_free(self._needs)}; waiting up to {self._patience.start_s:g} s"
            )
            self._watch(Event("worker-slow", detail=detail))

    def _tell(self, name: Any, task: Task[P], **facts: Any) -> None:
        attempt = self._attempts[task.key]
        self._watch(Event(name, stage=task.stage, key=task.key, attempt=attempt, **facts))


def _packed(task: Task[Any]) -> bytes:
    content: bytes = cloudpickle.dumps(task)  # type: ignore[no-untyped-call]
    return content
