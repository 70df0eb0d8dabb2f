"""Mass inference: what a predictor says of every snapshot of a lake."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sekkei.campaign.context import CampaignContext
from sekkei.campaign.inference_worker import Inference, InferenceWorker
from sekkei.campaign.production import Order, chunks, produce
from sekkei.campaign.stage_work import StageSummary
from sekkei.fleet.port import Result, Task
from sekkei.identity import content_hash
from sekkei.lake import Batch, Lake, RefusalRow, label_key, prediction_key
from sekkei.model.predictor import Predictor, pieces_of
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Refusal

Named = Mapping[str, Junction]


@dataclass(frozen=True, slots=True)
class InferenceSummary:
    """What came of a mass inference."""

    stage: StageSummary
    """What was done."""

    n_outside: int
    """How many of the predictions made now are of snapshots unlike the training set.

    Their intervals are wide and go into the lake; the flag does not.
    """


def run_inference(
    context: CampaignContext,
    predictor: Predictor,
    snapshots: Iterable[str] | None = None,
    *,
    at_once: int | None = None,
    stage: str = "predictions",
) -> InferenceSummary:
    """Predict every snapshot that the lake holds no prediction of, by this model.

    Parameters
    ----------
    context
        Where to work.
    predictor
        The model; it travels to the workers.
    snapshots
        Keys of snapshots in the lake; all of them if absent.
    at_once
        Snapshots in one task; as many as the model takes some seconds for if absent.
    stage
        Name of the stage, for people.
    """
    lake, model = context.refresh(), predictor.identity
    asked = sorted(lake.keys("snapshot")) if snapshots is None else snapshots
    wanted = tuple(dict.fromkeys(asked))
    missing = missing_predictions(lake, wanted, model, context.refused)
    order = Order(stage, planned=len(wanted), missing=len(missing))
    make_worker = partial(InferenceWorker, partial(_same, predictor))
    n_outside = 0

    def rows(result: Result[Named, Inference]) -> Batch:
        nonlocal n_outside
        n_outside += 0 if isinstance(result.outcome, Refusal) else result.outcome.n_outside
        return _rows(result)

    done = produce(
        context,
        order,
        _tasks(lake, missing, model, at_once or pieces_of(predictor)),
        make_worker,
        rows,
    )
    return InferenceSummary(done, n_outside)


def missing_predictions(
    lake: Lake, snapshots: Iterable[str], model: str, refused: frozenset[str]
) -> tuple[str, ...]:
    """Return the snapshots without prediction by this model, and without a refusal that stays."""
    predicted = lake.held("prediction")
    return tuple(
        key
        for key in snapshots
        if prediction_key(key, model) not in predicted and label_key(key, model) not in refused
    )


def _same(predictor: Predictor) -> Predictor:
    return predictor


def _tasks(lake: Lake, snapshots: Sequence[str], model: str, at_once: int) -> Iterator[Task[Named]]:
    for key, some in blocks(lake, snapshots, model, at_once):
        named = dict(zip(some, lake.junctions(some), strict=True))
        yield Task(key=key, subject=key, recipe=model, payload=named)


def blocks(
    lake: Lake, snapshots: Sequence[str], model: str, at_once: int
) -> list[tuple[str, tuple[str, ...]]]:
    """Cut snapshots into blocks of neighbours, in an order that is as good as random.

    Neighbours stand in the same chunks of the lake, so that reading them costs a hundredth of
    reading as many from all over it. The order of the blocks makes what is done at any time a
    fair sample.

    Parameters
    ----------
    lake
        Holds the snapshots.
    snapshots
        Their keys.
    model
        Identity of the model: each has an order of its own.
    at_once
        Most snapshots of a block.

    Returns
    -------
    list
        Key of each block, and the snapshots in it.
    """
    place = {key: row for row, key in enumerate(lake.query("snapshot", (), ["key"])["key"])}
    # One that the lake does not hold is refused by whoever reads it.
    ordered = sorted(snapshots, key=lambda key: place.get(key, -1))
    cut = (tuple(some) for some in chunks(ordered, at_once))
    return sorted((content_hash("inference", model, some), some) for some in cut)


def _rows(result: Result[Named, Inference]) -> Batch:
    outcome = result.outcome
    if isinstance(outcome, Refusal):
        outcome = Inference(predictions=(), refusals=dict.fromkeys(result.task.payload, outcome))
    refusals = tuple(
        RefusalRow(
            key=label_key(snapshot, result.task.recipe),
            subject=snapshot,
            stage="label",
            refusal=refusal,
            provenance=result.provenance,
        )
        for snapshot, refusal in outcome.refusals.items()
    )
    predictions = (replace(row, provenance=result.provenance) for row in outcome.predictions)
    return Batch(predictions=tuple(predictions), refusals=refusals)
