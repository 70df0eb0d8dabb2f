"""How often a task is tried again, and what is said where that was too often."""

from dataclasses import dataclass
from enum import Enum

from sekkei.errors import SekkeiError
from sekkei.fleet.port import MemoryLimitError, NodeLostError, TimeLimitError, WorkerDiedError


class FailureKind(Enum):
    """Why a worker did not finish a task, where the task itself may not be at fault."""

    DIED = "died"
    TIME_OUT = "time-out"
    OUT_OF_MEMORY = "out of memory"
    NODE_LOST = "node lost"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often tasks are tried again, how long starts may take, how much is in flight."""

    deaths_per_task: int = 3
    """A task that has killed this many workers, each time alone on it, is refused."""

    time_outs_per_task: int = 2
    """A task that ran out of its time this often is refused."""

    shortages_per_task: int = 2
    """A task that ran out of memory this often is refused."""

    losses_per_task: int = 5
    """A task under which this many nodes were lost is refused."""

    deaths_at_start: int = 3
    """This many workers in a row may die while they start; then the run is given up."""

    start_s: float = 300.0
    """Longest wait, in s, for a first worker to be ready."""

    slow_start_s: float = 8.0
    """After this wait, in s, the pool says that no worker is ready yet, and why that may be."""

    bytes_in_flight: int = 256 * 2**20
    """No further task is given out while those at the workers are larger than this, in bytes."""

    def allows(self, kind: FailureKind) -> int:
        """How often a task may meet a failure before it is refused."""
        return {
            FailureKind.DIED: self.deaths_per_task,
            FailureKind.TIME_OUT: self.time_outs_per_task,
            FailureKind.OUT_OF_MEMORY: self.shortages_per_task,
            FailureKind.NODE_LOST: self.losses_per_task,
        }[kind]


def retries_exhausted(kind: FailureKind, n_try: int, limit_s: float | None) -> SekkeiError:
    """Return what is said of a task that met one failure too many."""
    if kind is FailureKind.TIME_OUT:
        return TimeLimitError(
            f"a task must end within {limit_s or 0.0:g} s, but {n_try} tries on fresh workers did "
            "not; raise time_limit_s, or make it smaller"
        )
    if kind is FailureKind.OUT_OF_MEMORY:
        return MemoryLimitError(
            f"a task must fit into memory, but {n_try} tries on fresh workers did not; run fewer "
            "workers on a node, or make it smaller"
        )
    if kind is FailureKind.NODE_LOST:
        return NodeLostError(
            f"a task must outlive its node less than {n_try} times, but {n_try} were lost under "
            "it; look at the nodes"
        )
    return WorkerDiedError(
        f"a worker must survive this task, but {n_try} died of it, one after the other"
    )
