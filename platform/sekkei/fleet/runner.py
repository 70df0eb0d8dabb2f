"""Where a worker lives: made on the spot, timed, its expected failures turned into outcomes."""

import contextlib
import errno
import os
import pickle
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Generic

from sekkei.errors import ExperimentError, LabelError, SekkeiError
from sekkei.fleet.code_version import code_version
from sekkei.fleet.port import (
    DiskFullError,
    MemoryLimitError,
    P,
    Result,
    Task,
    V,
    Worker,
    WorkerExitError,
)
from sekkei.provenance import Provenance
from sekkei.transport.labeler import Refusal


class TaskRunner(Generic[P, V]):
    """Makes a worker where it is going to live, and runs tasks on it."""

    def __init__(self) -> None:
        self._worker: Worker[P, V] | None = None

    def start(self, make_worker: Callable[[], Worker[P, V]]) -> str:
        """Make the worker, and return the machine and the process it lives in."""
        self._worker = start_worker(make_worker)
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


def start_worker(make_worker: Callable[[], Worker[P, V]]) -> Worker[P, V]:
    """Make a worker; what it prints goes to standard error.

    Raises
    ------
    WorkerExitError
        If that calls ``sys.exit``, which would end the campaign as if all were well.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return make_worker()
    except SystemExit as error:
        raise WorkerExitError(_said_by(error)) from error


def run_task(worker: Worker[P, V], task: Task[P]) -> Result[P, V]:
    """Do one task and say where, when and for how much CPU time it was done.

    An expected failure is an outcome; anything else is raised. What the worker prints goes to
    standard error: standard output is for results.
    """
    started, cpu = time.time(), time.process_time()
    outcome: V | Refusal
    try:
        with contextlib.redirect_stdout(sys.stderr):
            outcome = worker.work(task.payload)
    except (ExperimentError, LabelError, OSError, SystemExit) as error:
        expected = _expected(error)
        if expected is None:
            raise
        spent = time.process_time() - cpu
        outcome = Refusal(type(expected).__name__, expected.message, task.recipe, spent)
    spent = time.process_time() - cpu
    return Result(task=task, outcome=outcome, provenance=provenance_since(started, spent))


def _expected(error: SekkeiError | OSError | SystemExit) -> SekkeiError | None:
    """Return what a row says of a failure; none if it is a bug."""
    if isinstance(error, SekkeiError):
        return error
    if isinstance(error, SystemExit):
        return WorkerExitError(_said_by(error))
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        where = f" of {error.filename}" if error.filename else ""
        return DiskFullError(
            f"a task must find room on the disk{where}, but: {error.strerror}; make room, and run "
            "it again"
        )
    if error.errno == errno.ENOMEM:
        return MemoryLimitError(
            f"a task must find room in memory, but: {error.strerror}; run fewer workers on a node"
        )
    return None


def _said_by(error: SystemExit) -> str:
    return (
        "a worker must return or raise, but this one ended its process with sys.exit"
        f"({'' if error.code is None else repr(error.code)}); mend the labeler"
    )


def provenance_since(started: float, cpu_seconds: float) -> Provenance:
    """Provenance of something that this process began at ``started`` (Unix s) and ends now."""
    return Provenance(
        node=socket.gethostname(),
        started=started,
        finished=time.time(),
        cpu_seconds=cpu_seconds,
        code_version=code_version(),
    )
