"""The pool port: tasks go in, results come out, whoever does the work."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from sekkei.errors import SekkeiError
from sekkei.fleet.event import Watch, ignore
from sekkei.provenance import Provenance
from sekkei.transport.labeler import Refusal

P = TypeVar("P")
V = TypeVar("V")
_P_contra = TypeVar("_P_contra", contravariant=True)
_V_co = TypeVar("_V_co", covariant=True)


class WorkerDiedError(SekkeiError):
    """Workers cannot be kept alive; look for memory, native crashes or a cluster that is full."""


class TimeLimitError(SekkeiError):
    """A task ran out of its time; record it and move on."""


class MemoryLimitError(SekkeiError):
    """A task, or the start of a worker, ran out of memory."""


class NodeLostError(SekkeiError):
    """Nodes were lost under a task; look at the nodes."""


class DiskFullError(SekkeiError):
    """A task found no room on a disk; make room and run again."""


class WorkerExitError(SekkeiError):
    """A worker ended its process instead of returning or raising; mend its code."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one worker takes of its node."""

    cpus: int = 1
    """CPUs; the worker may use as many OpenMP threads."""

    gpus: float = 0.0
    """GPUs, or a share of one."""

    memory_bytes: int = 0
    """Memory that is set aside for it, in bytes; 0 for none in particular."""


@dataclass(frozen=True, slots=True, eq=False)
class Task(Generic[P]):
    """One piece of work. Everything that a worker needs to know travels inside."""

    key: str
    """Identity of what the task makes; doing it twice makes the same."""

    subject: str
    """Key of what it is about; the key again where it is about nothing else."""

    recipe: str
    """Identity of the method, which a refusal carries where the worker could not say it."""

    payload: P
    """What to work on."""

    stage: str = ""
    """Name of what it is part of, for people."""

    limit_s: float | None = None
    """Longest time that one try may take, in s; none if absent."""


def name_of(task: Task[P]) -> str:
    """Name a task in a sentence."""
    return f"the task {task.key} of {task.stage or 'this run'}"


@dataclass(frozen=True, slots=True, eq=False)
class Result(Generic[P, V]):
    """What became of one task."""

    task: Task[P]
    """The task, as it was given."""

    outcome: V | Refusal
    """What the worker made, or why it could not."""

    provenance: Provenance
    """Where and when, and the CPU time of it."""

    attempt: int = 1
    """How many times the task was given out, this one included."""


@runtime_checkable
class Worker(Protocol[_P_contra, _V_co]):
    """Holds something warm and works on one payload after the other."""

    def work(self, payload: _P_contra, /) -> _V_co | Refusal:
        """Do one piece of work.

        Raises
        ------
        ExperimentError, LabelError
            If this payload cannot be treated; it becomes a `Refusal`.
        """
        ...


@runtime_checkable
class Pool(Protocol):
    """Lets many workers do many tasks.

    Implementations keep five laws, and `sekkei.testing.pool_laws.PoolLaws` checks them:

    1. *Complete*: every task yields exactly one result, in any order, whatever dies meanwhile.
    2. *Rows*: an `ExperimentError` or `LabelError` is a result with a `Refusal`, and so is a task
       that finds no room on a disk, calls ``sys.exit``, or kills its workers or runs out of memory
       again and again. Pools that can end a worker from outside do the same with one that runs out
       of its time.
    3. *Honest*: any other `SekkeiError` is raised as itself; any other exception is a bug and
       stops the run, with the traceback of the worker and a note that names the task.
    4. *Bounded*: tasks are pulled as workers get free, never more than ``2 * n_workers`` of them
       ahead of the results handed out; of tasks so short that they travel together, never more
       than ``2 * n_workers`` groups of less than a tenth of a second each.
    5. *Clean*: closing the generator, or an interrupt, lets go of the workers; the pool can be
       used again.
    """

    @property
    def n_workers(self) -> int:
        """Most workers that are kept at the same time."""
        ...

    def run(
        self,
        tasks: Iterable[Task[P] | None],
        make_worker: Callable[[], Worker[P, V]],
        *,
        on_wait: Callable[[], None] | None = None,
        watch: Watch = ignore,
        needs: Needs | None = None,
    ) -> Generator[Result[P, V], None, None]:
        """Do every task, and yield results in order of completion.

        Parameters
        ----------
        tasks
            Keys are unique. ``None`` among them says that there is no further task now, but may
            be one after the next result; it must not come while no result is outstanding.
        make_worker
            Called once on every worker; must pickle.
        on_wait
            Called now and then, at least about once a second, while no result is ready; for
            heartbeats such as a commit that is due.
        watch
            Hears what happens to tasks and workers.
        needs
            What one worker takes of its node; one CPU if absent.

        Raises
        ------
        MissingExtraError
            If a worker cannot start because something is not installed.
        MemoryLimitError
            If a worker cannot start because it does not fit into memory.
        WorkerDiedError
            If workers die while they start, or none starts in time.
        """
        ...
