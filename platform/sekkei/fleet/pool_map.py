"""A function over many arguments, by whoever works in a pool."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Generic

from sekkei.errors import LabelError
from sekkei.fleet.port import P, Pool, Task, V
from sekkei.transport.labeler import Refusal


def map_with_pool(
    pool: Pool, function: Callable[[P], V], arguments: Iterable[P], what: str = "calls"
) -> Iterator[V]:
    """Call a function with each argument, many at a time; results in order of completion.

    Parameters
    ----------
    pool
        Who works; it must be open.
    function
        Must pickle; it travels to each worker once, with what it holds.
    arguments
        Must pickle.
    what
        Names the calls, for people.

    Raises
    ------
    LabelError
        If a call fails in a way that a pool takes for a refusal.
    """
    tasks = (
        Task(key=f"{what} {i}", subject=f"{what} {i}", recipe="", payload=argument, stage=what)
        for i, argument in enumerate(arguments)
    )
    for result in pool.run(tasks, partial(_Caller, function)):
        if isinstance(result.outcome, Refusal):
            raise LabelError(f"{result.task.key}: {result.outcome.message}")
        yield result.outcome


class _Caller(Generic[P, V]):
    def __init__(self, function: Callable[[P], V]) -> None:
        self._function = function

    def work(self, payload: P, /) -> V | Refusal:
        return self._function(payload)
