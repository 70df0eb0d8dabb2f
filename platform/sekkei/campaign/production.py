"""Mass production: lines of tasks to the pool, results into the lake."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from sekkei.campaign.line import Feed, Line, StageSummary
from sekkei.campaign.workshop import Ledger, Workshop
from sekkei.errors import InvalidInputError
from sekkei.fleet.event import Event
from sekkei.fleet.port import Needs, P, Result, Task, V, Worker
from sekkei.fleet.worker import ManySidedWorker
from sekkei.lake import Batch

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Order:
    """What one stage has to do."""

    stage: str
    """Name, for people."""

    planned: int
    """How many pieces its list has, every piece once."""

    missing: int
    """Of these, how many the tasks will make."""

    limit_s: float | None = None
    """Longest time that one try of a task may take, in s."""


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
    line = Line(
        stage=order.stage,
        planned=order.planned,
        missing=order.missing,
        tasks=iter(tasks),
        make_worker=make_worker,
        to_batch=to_batch,
        limit_s=order.limit_s,
    )
    return produce_together(workshop, [line])[0]


def produce_together(
    workshop: Workshop, lines: Sequence[Line], needs: Needs | None = None
) -> tuple[StageSummary, ...]:
    """Let one set of workers run several lines that feed each other, and commit what they make.

    Parameters
    ----------
    workshop
        Its lake is at its newest state afterwards.
    lines
        With different names; a line feeds only lines after it.
    needs
        What one worker takes of its node; one CPU if absent.
    """
    by_name = {line.stage: line for line in lines}
    for line in lines:
        n_piece = line.missing + line.expected
        workshop.progress.started(line.stage, n_piece)
        workshop.watch(Event("stage-started", stage=line.stage, n_item=n_piece))
    makers = {line.stage: line.make_worker for line in lines}
    with workshop.ledger(", ".join(by_name)) as ledger:
        running = workshop.pool.run(
            map(_packed, Feed(by_name, ledger)),
            partial(ManySidedWorker, makers),
            on_wait=ledger.tick,
            watch=workshop.watch,
            needs=needs,
        )
        with closing(running) as results:
            for result in results:
                _keep(workshop, ledger, by_name[result.task.stage], _unpacked(result))
    return tuple(line.summary() for line in lines)


def _keep(workshop: Workshop, ledger: Ledger, line: Line, result: Result[Any, Any]) -> None:
    batch = line.to_batch(result)
    n_piece = line.count(result, batch)
    ledger.add(batch, None if line.feed is None else partial(line.feed, result))
    workshop.progress.advanced(line.stage, n_piece, _note(result, batch))
    workshop.watch(_event(line.stage, result, batch, n_piece))


def _event(stage: str, result: Result[Any, Any], batch: Batch, n_piece: int) -> Event:
    refusal = batch.refusals[-1].refusal if batch.refusals else None
    return Event(
        "done" if refusal is None else "refused",
        stage=stage,
        key=result.task.key,
        node=result.provenance.node,
        attempt=result.attempt,
        kind="" if refusal is None else refusal.kind,
        detail="" if refusal is None else refusal.message,
        n_item=n_piece,
        cpu_seconds=result.provenance.cpu_seconds,
    )


def _packed(task: Task[Any] | None) -> Task[tuple[str, Any]] | None:
    return None if task is None else replace(task, payload=(task.stage, task.payload))


def _unpacked(result: Result[Any, Any]) -> Result[Any, Any]:
    return replace(result, task=replace(result.task, payload=result.task.payload[1]))


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
