"""The pool without a fleet: one worker, in this process."""

from collections.abc import Callable, Generator, Iterable

from sekkei.fleet.host import perform
from sekkei.fleet.port import P, Result, Task, V, Worker


class SerialPool:
    """Does one task after the other, here. For tests, debugging and small work."""

    n_workers = 1

    def run(
        self,
        tasks: Iterable[Task[P]],
        make_worker: Callable[[], Worker[P, V]],
        *,
        on_wait: Callable[[], None] | None = None,
    ) -> Generator[Result[P, V], None, None]:
        """Do every task; ``on_wait`` is called before each, for nothing else can be."""
        worker: Worker[P, V] | None = None
        for task in tasks:
            if on_wait is not None:
                on_wait()
            if worker is None:
                worker = make_worker()
            yield perform(worker, task)
