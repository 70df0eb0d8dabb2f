"""Stages that learn: inference, active learning, design."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from sekkei.campaign.context import CampaignContext
from sekkei.campaign.design_problem import PooledDesignProblem
from sekkei.campaign.design_run import run_design_campaign
from sekkei.campaign.inference import run_inference
from sekkei.campaign.snapshots import StageSnapshots
from sekkei.campaign.stage_spec import ActiveLearningPlan, InferencePlan, LabelPlan, StageSpec
from sekkei.campaign.stage_work import StageSummary
from sekkei.campaign.stages import recipe_of, run_labels
from sekkei.design.problem import DesignResult
from sekkei.design.specification import DesignSpec
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.model import Dataset, Predictor, TrainingOptions, train_direct
from sekkei.specification import parse_specification, read_specification

_AT_ONCE = 256


@runtime_checkable
class Run(Protocol):
    """What a learning stage needs of the campaign that runs it."""

    @property
    def context(self) -> CampaignContext:
        """Where it works."""
        ...

    @property
    def snapshots(self) -> StageSnapshots:
        """Which snapshots each stage is about."""
        ...

    def model_of(self, plan: InferencePlan) -> Predictor:
        """Find the registered model of a plan."""
        ...

    def matrices(self, stage: StageSpec, plan: LabelPlan) -> Iterator[StageSummary]:
        """Make what is missing of the matrices that labels of a stage are to keep, if any are."""
        ...

    def recipe_of_stage(self, name: str) -> str:
        """Return the method of a stage of labels."""
        ...


def check_learning(stage: StageSpec, stages: Sequence[StageSpec]) -> None:
    """Check what a learning stage says, and do nothing.

    Raises
    ------
    InvalidInputError
        If its options or files are not as they must be, or it learns from a stage without labels.
    """
    for plan in (stage.inference, stage.design, stage.active_learning):
        if plan is None:
            continue
        try:
            parse_specification(plan.training, TrainingOptions)
        except InvalidInputError as error:
            raise InvalidInputError(f"{stage.name}.training: {error.message}") from error
    if stage.design is not None:
        read_specification(stage.design.file, DesignSpec)
    source = stage.inference or stage.design
    labelled = [other.name for other in stages if other.labels or other.active_learning]
    if source is not None and source.learn_from and source.learn_from not in labelled:
        raise InvalidInputError(
            f"{stage.name}.learn_from must be a stage of labels, one of {labelled}, but found "
            f"{source.learn_from!r}"
        )


def run_learning(run: Run, stage: StageSpec) -> Iterator[StageSummary]:
    """Do a learning stage."""
    if stage.inference is not None:
        predictor = _predictor(run, stage.inference)
        taken = run.snapshots.settle(run.context.lake, stage)
        yield run_inference(run.context, predictor, taken, stage=stage.name).stage
    elif stage.active_learning is not None:
        yield from _learn_actively(run, stage, stage.active_learning)
    else:
        yield from _design(run, stage)


def widest(
    candidates: Sequence[str],
    sigma: Sequence[float],
    group_of: Mapping[str, str],
    plan: ActiveLearningPlan,
) -> tuple[str, ...]:
    """Choose the candidates whose intervals are widest, a few of each experiment at most.

    Parameters
    ----------
    candidates
        Keys of snapshots.
    sigma
        Half width of the interval of each, in G0.
    group_of
        Experiment of each.
    plan
        How many.
    """
    chosen: list[str] = []
    taken: Counter[str] = Counter()
    # Ties go by key, so that the choice is the same on every run.
    for width, key in sorted(zip(sigma, candidates, strict=True), key=lambda p: (-p[0], p[1])):
        group = group_of[key]
        if len(chosen) == plan.batch or not np.isfinite(width):
            break
        if group == "" or taken[group] < plan.most_per_experiment:
            taken[group] += 1
            chosen.append(key)
    return tuple(chosen)


def _learn_actively(run: Run, stage: StageSpec, plan: ActiveLearningPlan) -> Iterator[StageSummary]:
    # A round learns from the first labels and those of the rounds before, not from whatever the
    # lake holds: run again, the campaign chooses the same.
    context = run.context
    lake = context.refresh()
    pool, known = run.snapshots.taken_by(lake, stage), run.snapshots.settle(lake, stage)
    yield run_labels(context, known, plan, f"{stage.name}, first labels")
    table = context.lake.table("snapshot")
    group_of = dict(zip(table["key"], table["experiment"], strict=True))
    for i_round in range(plan.rounds):
        predictor = _train(context.lake, recipe_of(plan), known, plan.training, plan.seed)
        left = sorted(set(pool) - set(known))
        keys, sigma = _uncertainty(context.lake, predictor, left)
        chosen = widest(keys, sigma, group_of, plan)
        if not chosen:
            break
        known = (*known, *chosen)
        yield run_labels(context, chosen, plan, f"{stage.name}, round {i_round + 1}")
    run.snapshots.settled[stage.name] = known
    yield from run.matrices(stage, plan)


def _uncertainty(
    lake: Lake, predictor: Predictor, keys: Sequence[str]
) -> tuple[list[str], list[float]]:
    found: list[float] = []
    for start in range(0, len(keys), _AT_ONCE):
        found.extend(predictor.predict(lake.junctions(keys[start : start + _AT_ONCE])).sigma)
    return list(keys), [float(sigma) for sigma in found]


def _predictor(run: Run, plan: InferencePlan) -> Predictor:
    if plan.model:
        return run.model_of(plan)
    recipe = run.recipe_of_stage(plan.learn_from)
    lake = run.context.refresh()
    return _train(lake, recipe, run.snapshots.settled[plan.learn_from], plan.training, plan.seed)


def _train(
    lake: Lake, recipe: str, snapshots: Sequence[str], training: Mapping[str, object], seed: int
) -> Predictor:
    dataset = Dataset.from_lake(lake, recipe, "conductance_g0")
    chosen = set(snapshots)
    rows = np.array([i for i, key in enumerate(dataset.snapshot_keys) if key in chosen], dtype=int)
    options = parse_specification(training, TrainingOptions)
    return train_direct(dataset.rows(rows), options, seed).predictor


def _design(run: Run, stage: StageSpec) -> Iterator[StageSummary]:
    plan = stage.design
    if plan is None:
        raise RuntimeError(f"a stage must be of a known kind, but {stage.name} is {stage.kind}")
    spec = read_specification(plan.file, DesignSpec)
    labels = LabelPlan(labeler=plan.labeler, options=plan.options)
    problem = PooledDesignProblem(spec, run.context, _predictor(run, plan), labels)
    result = run_design_campaign(problem)
    yield _design_summary(stage.name, result)


def _design_summary(stage: str, result: DesignResult) -> StageSummary:
    n_all = len(result.verifications)
    n_verified = sum(found.trial.verified_g0 is not None for found in result.verifications)
    return StageSummary(stage, n_all, 0, n_verified, n_all - n_verified, 0.0, 0.0)
