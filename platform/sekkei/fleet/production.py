"""One stage of mass production: tasks to the pool, results into the lake."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from sekkei.errors import InvalidInputError
from sekkei.fleet.port import P, Result, Task, V, Worker
from sekkei.fleet.workshop import Workshop
from sekkei.lake import Batch

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StageSummary:
    """What one stage did."""

    stage: str
    """Name of the stage."""

    planned: int
    """How many pieces its list has, every piece once."""

    present: int
    """Of these, in the lake before, as a result or as a refusal."""

    done: int
    """Made now."""

    refused: int
    """Refused now."""

    cpu_seconds: float
    """CPU time of the workers on these tasks, in s."""

    wall_seconds: float
    """Time from the first task to the last commit, in s."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one stage has to do."""

    stage: str
    """Name, for people."""

    planned: int
    """How many pieces its list has, every piece once."""

    missing: int
    """Of these, how many the tasks will make."""


def produce(
    workshop: Workshop,
    order: Order,
    tasks: Iterable[Task[P]],
    make_worker: Callable[[], Worker[P, V]],
    to_batch: Callable[[Result[P, V]], Batch],
) -> StageSummary:
    """Let the pool do tasks, and commit what becomes of them.

    Parameters
    ----------
    workshop
        Its lake is at its newest state afterwards.
    order
        What it is, for people.
    tasks
        May be made as they are needed.
    make_worker
        Makes one worker; must pickle.
    to_batch
        Turns one result into rows; a row that is no snapshot is one piece.
    """
    started, done, refused, cpu_seconds = time.monotonic(), 0, 0, 0.0
    workshop.progress.started(order.stage, order.missing)
    with workshop.ledger(order.stage) as ledger:
        running = workshop.pool.run(tasks, make_worker, on_wait=ledger.tick)
        with closing(running) as results:
            for result in results:
                batch = to_batch(result)
                ledger.add(batch)
                n_done, n_refused = _count(batch)
                done, refused = done + n_done, refused + n_refused
                cpu_seconds += result.provenance.cpu_seconds
                workshop.progress.advanced(order.stage, n_done + n_refused, _note(result, batch))
    return StageSummary(
        stage=order.stage,
        planned=order.planned,
        present=order.planned - order.missing,
        done=done,
        refused=refused,
        cpu_seconds=cpu_seconds,
        wall_seconds=time.monotonic() - started,
    )


def _count(batch: Batch) -> tuple[int, int]:
    n_done = len(batch.experiments) + len(batch.labels) + len(batch.predictions)
    return n_done, len(batch.refusals)


def _note(result: Result[P, V], batch: Batch) -> str:
    if batch.refusals:
        refusal = batch.refusals[-1].refusal
        return f"refused: {refusal.kind}: {refusal.message}"
    return f"{result.provenance.cpu_seconds:.1f} CPU-s"


def check_recipe(task: Task[P], found: str, what: str) -> None:
    """Raise unless a worker used the method that the plan was made for.

    Raises
    ------
    InvalidInputError
        If it did not: the key of the row would lie.
    """
    if found != task.recipe:
        raise InvalidInputError(
            f"a worker must have the same {what} as the campaign, {task.recipe}, but found "
            f"{found}; install the same versions where the workers run",
            expected=task.recipe,
            found=found,
        )


def chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Cut a sequence into pieces of at most ``size``.

    Examples
    --------
    >>> [list(chunk) for chunk in chunks([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]
