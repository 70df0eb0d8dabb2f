"""Experiments and labels: what is asked for minus what the lake holds."""

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from sekkei.campaign.context import CampaignContext, Dynamics
from sekkei.campaign.counting import Member, different_members
from sekkei.campaign.family import Family
from sekkei.campaign.impossible import not_a_label
from sekkei.campaign.matrix_choice import is_in_share
from sekkei.campaign.production import check_recipe, chunks, produce_together
from sekkei.campaign.stage_spec import LabelPlan
from sekkei.campaign.stage_work import StageSummary, StageWork
from sekkei.fleet.port import Result, Task
from sekkei.fleet.worker import LabelWithMatrices, LabelWorker, WithMatrices
from sekkei.lake import (
    Batch,
    ExperimentRow,
    LabelRow,
    Lake,
    MatrixRow,
    RefusalRow,
    SnapshotRow,
    label_key,
    matrix_key,
)
from sekkei.lake.method import Method
from sekkei.progress import Progress
from sekkei.structure.experiment import (
    Experiment,
    ExperimentSpec,
    Snapshot,
    experiment_key,
    snapshot_key,
)
from sekkei.structure.junction import Junction
from sekkei.structure.selection import select_spread
from sekkei.transport.labeler import Label, Outcome, Refusal
from sekkei.transport.plugins import make_labeler

_JUNCTIONS_AT_ONCE = 64


def experiment_tasks(
    specs: Iterable[ExperimentSpec], dynamics: Dynamics
) -> tuple[Task[ExperimentSpec], ...]:
    """Turn experiments into tasks, equal ones into one."""
    tasks: dict[str, Task[ExperimentSpec]] = {}
    engine_of = cache(dynamics.engine_of)
    for spec in specs:
        engine = engine_of(spec.potential)
        key = experiment_key(spec, engine)
        tasks[key] = Task(key=key, subject=key, recipe=engine, payload=spec)
    return tuple(tasks.values())


def missing_experiments(
    lake: Lake, tasks: Iterable[Task[ExperimentSpec]], refused: frozenset[str]
) -> tuple[Task[ExperimentSpec], ...]:
    """Leave out experiments that the lake holds, or whose refusal stays."""
    done = lake.held("experiment")
    return tuple(task for task in tasks if _is_missing(task.key, task.recipe, done, refused))


def _is_missing(key: str, engine: str, done: Container[str], refused: Container[str]) -> bool:
    return key not in done and label_key(key, engine) not in refused


def experiment_work(
    context: CampaignContext,
    families: Sequence[Family],
    stage: str = "experiments",
    limit_s: float | None = None,
) -> StageWork:
    """Count the experiments that the lake does not hold yet; each is made when its turn comes."""
    done, refused = context.lake.held("experiment"), context.refused

    def missing() -> Iterator[Member | None]:
        for member in different_members(families, context.dynamics):
            key = member.key.hex()
            yield member if _is_missing(key, member.engine, done, refused) else None

    counts = Counter(member is not None for member in missing())
    return StageWork(
        stage=stage,
        planned=counts.total(),
        missing=counts[True],
        tasks=(member.task() for member in missing() if member is not None),
        make_worker=context.dynamics.make_worker,
        to_batch=_experiment_rows,
        limit_s=limit_s,
    )


def run_labels(
    context: CampaignContext, snapshots: Iterable[str], plan: LabelPlan, stage: str = "labels"
) -> StageSummary:
    """Label the snapshots that the lake holds no label of, and no refusal that stays.

    Parameters
    ----------
    context
        Where to work.
    snapshots
        Keys of snapshots in the lake.
    plan
        Names the labeler and its options.
    stage
        Name of the stage, for people.

    Raises
    ------
    InvalidInputError
        If there is no such labeler or option, or the lake does not hold a snapshot.
    """
    context.refresh()
    return produce_together(context, [label_work(context, snapshots, plan, stage)])[0]


def label_work(
    context: CampaignContext, snapshots: Iterable[str], plan: LabelPlan, stage: str = "labels"
) -> StageWork:
    """Collect the labels that the lake does not hold yet; see `run_labels`."""
    wanted = tuple(dict.fromkeys(snapshots))
    recipe = recipe_of(plan)
    missing = missing_labels(context.lake, wanted, recipe, context.refused)
    options = plan.model_dump(mode="json")["options"]
    context.committer.name_method(recipe, Method(plan.labeler, options))
    return StageWork(
        stage=stage,
        planned=len(wanted),
        missing=len(missing),
        tasks=label_tasks(context.lake, missing, recipe, plan.share_known_before),
        make_worker=partial(LabelWorker, partial(make_labeler, plan.labeler, **plan.options)),
        to_batch=label_rows,
        limit_s=plan.time_limit_s,
    )


@dataclass(frozen=True, slots=True)
class LabelFeed:
    """Adds to a stage the labels of an experiment whose snapshots were just committed.

    They are the ones that `sekkei.campaign.choice.choose_snapshots` finds when it looks into the
    lake later, so that a campaign that is interrupted asks for the same.
    """

    work: StageWork
    """The work."""

    n_each: int
    """Snapshots of each experiment."""

    recipe: str
    """Identity of the method."""

    share: float
    """Share of them whose matrices are kept."""

    known: frozenset[str]
    """Labels, and refusals that stay, that the lake held at the start."""

    progress: Progress
    """Who watches."""

    def __call__(self, result: Result[ExperimentSpec, Experiment]) -> None:
        """Hear of an experiment that is in the lake now."""
        chosen: tuple[Snapshot, ...] = ()
        if not isinstance(result.outcome, Refusal):
            chosen = select_spread(result.outcome.snapshots, self.n_each)
        tasks = [
            _label_task(_key_of(result, s), s.junction, self.recipe, self.share) for s in chosen
        ]
        missing = [task for task in tasks if task.key not in self.known]
        self.work.add(missing, n_present=len(tasks) - len(missing))
        if len(missing) < self.n_each:
            # The bar expected them.
            n_fewer = self.n_each - len(missing)
            self.progress.advanced(self.work.stage, n_fewer, f"{n_fewer} fewer of an experiment")


def label_snapshots(
    context: CampaignContext, rows: Sequence[SnapshotRow], plan: LabelPlan
) -> tuple[Outcome, ...]:
    """Label structures now, and return label or refusal of each; known ones are not done again.

    Structures that the lake does not hold yet are committed first.
    """
    context.committer.commit(Batch(snapshots=tuple(rows)), "structures to label")
    keys = [row.key for row in rows]
    run_labels(context, keys, plan)
    recipe = recipe_of(plan)
    return context.lake.outcomes([label_key(key, recipe) for key in keys])


def recipe_of(plan: LabelPlan) -> str:
    """Identity of the method that a plan labels by."""
    return make_labeler(plan.labeler, **plan.options).recipe


def missing_labels(
    lake: Lake, snapshots: Iterable[str], recipe: str, refused: frozenset[str]
) -> tuple[str, ...]:
    """Return the snapshots without label by this method, and without a refusal that stays."""
    known = lake.held("label") | refused
    return tuple(key for key in snapshots if label_key(key, recipe) not in known)


def label_tasks(
    lake: Lake, snapshots: Sequence[str], recipe: str, share: float
) -> Iterator[Task[Junction | WithMatrices]]:
    """Make a task per snapshot; those of a share by their keys bring matrices along."""
    for some in chunks(snapshots, _JUNCTIONS_AT_ONCE):
        for key, junction in zip(some, lake.junctions(some), strict=True):
            yield _label_task(key, junction, recipe, share)


def refusal_row(result: Result[Any, Any], stage: Any, refusal: Refusal) -> RefusalRow:
    """Make the row of a task that was refused.

    Raises
    ------
    InvalidInputError
        If another method refused than the campaign's: the key of the row would lie.
    """
    check_recipe(result.task, refusal.recipe, "recipe")
    return RefusalRow(
        key=label_key(result.task.subject, result.task.recipe),
        subject=result.task.subject,
        stage=stage,
        refusal=refusal,
        provenance=result.provenance,
    )


def _experiment_rows(result: Result[ExperimentSpec, Experiment]) -> Batch:
    task, experiment = result.task, result.outcome
    if isinstance(experiment, Refusal):
        return Batch(refusals=(refusal_row(result, "experiment", experiment),))
    check_recipe(task, experiment.engine, "engine")
    row = ExperimentRow(
        key=task.key,
        spec=json.dumps(task.payload.model_dump(mode="json"), sort_keys=True),
        engine=experiment.engine,
        provenance=result.provenance,
    )
    snapshots = tuple(
        SnapshotRow(
            key=_key_of(result, snapshot),
            experiment=task.key,
            snapshot=snapshot,
        )
        for snapshot in experiment.snapshots
    )
    return Batch(experiments=(row,), snapshots=snapshots)


def label_rows(result: Result[Junction | WithMatrices, Any]) -> Batch:
    """Turn a label, with or without its matrices, into rows."""
    task, outcome = result.task, result.outcome
    if isinstance(outcome, Refusal):
        return Batch(refusals=(refusal_row(result, "label", outcome),))
    if not isinstance(outcome, Label | LabelWithMatrices):
        return Batch(refusals=(refusal_row(result, "label", not_a_label(result)),))
    label = outcome if isinstance(outcome, Label) else outcome.label
    check_recipe(task, label.recipe, "recipe")
    about = (task.subject, label, result.provenance)
    key = label_key(task.subject, task.recipe)
    return Batch(labels=(LabelRow(key, *about),), matrices=tuple(_matrix_rows(result, key)))


def _matrix_rows(result: Result[Any, Any], key: str) -> Iterator[MatrixRow]:
    if isinstance(found := result.outcome, LabelWithMatrices):
        about = (result.task.subject, found.matrices, result.provenance)
        yield MatrixRow(matrix_key(key), key, *about)


def _key_of(result: Result[ExperimentSpec, Experiment], snapshot: Snapshot) -> str:
    return snapshot_key(result.task.key, snapshot.frame, snapshot.junction)


def _label_task(
    snapshot: str, junction: Junction, recipe: str, share: float
) -> Task[Junction | WithMatrices]:
    wanted = WithMatrices(junction) if is_in_share(snapshot, share) else junction
    return Task(key=label_key(snapshot, recipe), subject=snapshot, recipe=recipe, payload=wanted)
