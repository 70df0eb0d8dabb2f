"""The pool without a fleet: one worker, in this process."""

import time
from collections.abc import Callable, Generator, Iterable

from sekkei.fleet.event import Event, Watch, ignore
from sekkei.fleet.port import Needs, P, Result, Task, V, Worker, name_of
from sekkei.fleet.retry import FailureKind, retries_exhausted
from sekkei.fleet.runner import provenance_since, run_task, start_worker
from sekkei.transport.labeler import Refusal


class SerialPool:
    """Does one task after the other, here. For tests, debugging and small work."""

    n_workers = 1

    def run(
        self,
        tasks: Iterable[Task[P] | None],
        make_worker: Callable[[], Worker[P, V]],
        *,
        on_wait: Callable[[], None] | None = None,
        watch: Watch = ignore,
        needs: Needs | None = None,
    ) -> Generator[Result[P, V], None, None]:
        """Do every task; ``on_wait`` is called before each, for nothing else can be.

        Nobody can end a task from outside here, so that limits of time are not kept; and there is
        no fresh worker, so that a task that runs out of memory is refused at once.
        """
        worker: Worker[P, V] | None = None
        for task in tasks:
            if task is None:
                raise RuntimeError("a source of tasks must not pause while nothing is under way")
            if on_wait is not None:
                on_wait()
            if worker is None:
                worker = start_worker(make_worker)
            watch(Event("given", stage=task.stage, key=task.key, attempt=1))
            yield _attempt(worker, task)


def _attempt(worker: Worker[P, V], task: Task[P]) -> Result[P, V]:
    started, cpu = time.time(), time.process_time()
    try:
        return run_task(worker, task)
    except MemoryError:
        spent = time.process_time() - cpu
        error = retries_exhausted(FailureKind.OUT_OF_MEMORY, 1, None)
        refusal = Refusal(type(error).__name__, error.message, task.recipe, spent)
        return Result(task=task, outcome=refusal, provenance=provenance_since(started, spent))
    except Exception as error:
        error.add_note(f"this happened in {name_of(task)}")
        raise
