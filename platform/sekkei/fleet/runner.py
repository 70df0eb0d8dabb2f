"""Where a worker lives: made on the spot, timed, its expected failures turned into outcomes."""

import os
import pickle
import socket
import time
from collections.abc import Callable, Sequence
from typing import Generic

from sekkei.errors import ExperimentError, LabelError
from sekkei.fleet.code_version import code_version
from sekkei.fleet.port import P, Result, Task, V, Worker
from sekkei.provenance import Provenance
from sekkei.transport.labeler import Refusal


class TaskRunner(Generic[P, V]):
    """Makes a worker where it is going to live, and runs tasks on it."""

    def __init__(self) -> None:
        self._worker: Worker[P, V] | None = None

    def start(self, make_worker: Callable[[], Worker[P, V]]) -> str:
        """Make the worker, and return the machine and the process it lives in."""
        self._worker = make_worker()
        return f"{socket.gethostname()}:{os.getpid()}"

    def run_packed(self, packed: Sequence[bytes]) -> list[tuple[V | Refusal, Provenance]]:
        """Do pickled tasks in order; the driver has the tasks, so that they do not travel back."""
        results = [self.run(pickle.loads(one)) for one in packed]  # noqa: S301  (our driver's)
        return [(result.outcome, result.provenance) for result in results]

    def run(self, task: Task[P]) -> Result[P, V]:
        """Do one task."""
        if self._worker is None:
            raise RuntimeError("a runner must be started before it runs a task")
        return run_task(self._worker, task)


def run_task(worker: Worker[P, V], task: Task[P]) -> Result[P, V]:
    """Do one task and say where, when and for how much CPU time it was done.

    An expected failure is an outcome; anything else is raised.
    """
    started, cpu = time.time(), time.process_time()
    outcome: V | Refusal
    try:
        outcome = worker.work(task.payload)
    except (ExperimentError, LabelError) as error:
        outcome = Refusal(
            kind=type(error).__name__,
            message=error.message,
            recipe=task.recipe,
            cpu_seconds=time.process_time() - cpu,
        )
    spent = time.process_time() - cpu
    return Result(task=task, outcome=outcome, provenance=provenance_since(started, spent))


def provenance_since(started: float, cpu_seconds: float) -> Provenance:
    """Provenance of something that this process began at ``started`` (Unix s) and ends now."""
    return Provenance(
        node=socket.gethostname(),
        started=started,
        finished=time.time(),
        cpu_seconds=cpu_seconds,
        code_version=code_version(),
    )
