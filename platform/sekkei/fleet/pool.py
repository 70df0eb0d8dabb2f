"""Many workers as Ray actors; with `group` and `session`, the only place that speaks Ray."""

from collections.abc import Callable, Generator, Iterable
from types import TracebackType

from sekkei.errors import InvalidInputError
from sekkei.fleet.actor_group import ActorGroup
from sekkei.fleet.event import Watch, ignore
from sekkei.fleet.port import Needs, P, Result, Task, V, Worker
from sekkei.fleet.processors import available_cpus
from sekkei.fleet.queue import TaskQueue
from sekkei.fleet.retry import RetryPolicy
from sekkei.fleet.session import check_not_forked, cluster_cpus, join_ray


class RayPool:
    """Workers on this machine or on a cluster, one CPU each unless a run needs more.

    Use it as a context manager. Without an address a private Ray starts on 127.0.0.1 and ends with
    the context; where this process is attached to a Ray already, that one is used and left alone.
    """

    def __init__(
        self,
        n_workers: int | None = None,
        *,
        address: str | None = None,
        policy: RetryPolicy | None = None,
    ) -> None:
        """Describe the pool; nothing starts yet.

        Parameters
        ----------
        n_workers
            Most workers at a time; one per CPU if absent: of this process for a private Ray, of
            the whole cluster, as it is when the pool opens, for a running one.
        address
            Of a running Ray, such as ``auto``.
        """
        if n_workers is not None and n_workers < 1:
            raise InvalidInputError(f"a pool must have at least one worker, but found {n_workers}")
        self._asked = n_workers
        self._n_workers = n_workers or available_cpus()
        self._address = address
        self._policy = policy or RetryPolicy()
        self._leave: Callable[[], None] | None = None

    @property
    def n_workers(self) -> int:
        """Most workers that are kept at the same time."""
        return self._n_workers

    def __enter__(self) -> "RayPool":
        self._leave = join_ray(self._address, self._n_workers)
        if self._address is not None and self._asked is None:
            self._n_workers = cluster_cpus()
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
        tasks: Iterable[Task[P] | None],
        make_worker: Callable[[], Worker[P, V]],
        *,
        on_wait: Callable[[], None] | None = None,
        watch: Watch = ignore,
        needs: Needs | None = None,
    ) -> Generator[Result[P, V], None, None]:
        """Do every task; see `sekkei.fleet.port.Pool.run`."""
        if self._leave is None:
            raise InvalidInputError("a pool must be open to run, but this one is not; use `with`")
        check_not_forked()
        queue, wanted = TaskQueue(tasks), needs or Needs()
        # Workers of several CPUs share the ones that single workers would have had.
        n_most = max(1, self._n_workers // wanted.cpus)
        group: ActorGroup[P, V] = ActorGroup(make_worker, wanted, self._policy, watch)
        try:
            while group.assign(queue, n_most):
                yield from group.collect(queue, on_wait)
        finally:
            group.stop()
