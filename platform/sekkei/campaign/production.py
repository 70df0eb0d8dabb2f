"""Mass production: tasks of stages to the pool, results into the lake."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from sekkei.campaign.context import CampaignContext, CommitBuffer
from sekkei.campaign.impossible import refuse_impossible
from sekkei.campaign.stage_work import StageSummary, StageWork, TaskFeed
from sekkei.errors import InvalidInputError
from sekkei.fleet.event import Event
from sekkei.fleet.port import Needs, P, Result, Task, V, Worker
from sekkei.fleet.worker import MultiStageWorker
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
    context: CampaignContext,
    order: Order,
    tasks: Iterable[Task[P]],
    make_worker: Callable[[], Worker[P, V]],
    to_batch: Callable[[Result[P, V]], Batch],
) -> StageSummary:
    """Let the pool do tasks, and commit what becomes of them.

    Parameters
    ----------
    context
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
    work = StageWork(
        stage=order.stage,
        planned=order.planned,
        missing=order.missing,
        tasks=iter(tasks),
        make_worker=make_worker,
        to_batch=to_batch,
        limit_s=order.limit_s,
    )
    return produce_together(context, [work])[0]


def produce_together(
    context: CampaignContext, works: Sequence[StageWork], needs: Needs | None = None
) -> tuple[StageSummary, ...]:
    """Let one set of workers run several stages that feed each other, and commit what they make.

    Parameters
    ----------
    context
        Its lake is at its newest state afterwards.
    works
        With different names; a stage feeds only those after it.
    needs
        What one worker takes of its node; one CPU if absent.
    """
    by_name = {work.stage: work for work in works}
    for work in works:
        n_piece = work.missing + work.expected
        context.progress.started(work.stage, n_piece)
        context.watch(Event("stage-started", stage=work.stage, n_item=n_piece))
    makers = {work.stage: work.make_worker for work in works}
    with context.buffer(", ".join(by_name)) as buffer:
        running = context.pool.run(
            map(_packed, TaskFeed(by_name, buffer)),
            partial(MultiStageWorker, makers),
            on_wait=buffer.tick,
            watch=context.watch,
            needs=needs,
        )
        with closing(running) as results:
            for result in results:
                _keep(context, buffer, by_name[result.task.stage], _unpacked(result))
    return tuple(work.summary() for work in works)


def _keep(
    context: CampaignContext, buffer: CommitBuffer, work: StageWork, result: Result[Any, Any]
) -> None:
    batch = refuse_impossible(work.to_batch(result), result)
    if batch.refusals and not batch.experiments:
        result = replace(result, outcome=batch.refusals[-1].refusal)
    context.retries.settle([row.key for row in batch.refusals])
    n_piece = work.count(result, batch)
    buffer.add(batch, None if work.feed is None else partial(work.feed, result))
    context.progress.advanced(work.stage, n_piece, _note(result, batch))
    context.watch(_event(work.stage, result, batch, n_piece))


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
        wall_seconds=result.provenance.finished - result.provenance.started,
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
