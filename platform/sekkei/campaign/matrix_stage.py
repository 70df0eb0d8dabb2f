"""Matrices of labels that are there without them: labelled again, and kept."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from sekkei.campaign.context import CampaignContext
from sekkei.campaign.matrix_choice import choose_kept, missing_matrices
from sekkei.campaign.production import produce_together
from sekkei.campaign.stage_spec import LabelPlan
from sekkei.campaign.stage_work import StageSummary, StageWork
from sekkei.campaign.stages import label_rows, label_tasks, recipe_of, refusal_row
from sekkei.fleet.port import Needs, Result
from sekkei.fleet.worker import LabelWorker
from sekkei.lake import Batch, label_key, matrix_key
from sekkei.lake.query.parse import parse_filter
from sekkei.transport.labeler import Refusal
from sekkei.transport.plugins import make_labeler


def check_matrices(plan: LabelPlan) -> None:
    """Check what a plan says of matrices, and do nothing.

    Raises
    ------
    InvalidInputError
        If its labeler has none, or a filter is not one.
    """
    if plan.matrices is None:
        return
    from sekkei.transport.device_labeler import make_device_labeler  # noqa: PLC0415  (torch)

    make_device_labeler(plan.labeler, **plan.options)
    for text in plan.matrices.filters:
        parse_filter(text)


def keep_matrices(
    context: CampaignContext,
    snapshots: Iterable[str],
    plan: LabelPlan,
    stage: str = "labels",
    needs: Needs | None = None,
) -> StageSummary:
    """Make the matrices that labels of a stage are to keep, and that did not come with them.

    Parameters
    ----------
    context
        Where to work.
    snapshots
        Keys of the snapshots of the stage.
    plan
        Names the labeler, its options, and which labels keep matrices.
    stage
        Name of the stage of labels.
    needs
        What one worker takes of its node; one CPU if absent.

    Raises
    ------
    InvalidInputError
        If a filter is not one, or names no column.
    """
    lake, recipe = context.refresh(), recipe_of(plan)
    chosen = () if plan.matrices is None else choose_kept(lake, plan.matrices, snapshots, recipe)
    missing = missing_matrices(lake, chosen, recipe, context.refused)
    tasks = label_tasks(lake, missing, recipe, share=1.0)
    work = StageWork(
        stage=f"{stage}, matrices",
        planned=len(chosen),
        missing=len(missing),
        tasks=(replace(task, key=matrix_key(task.key)) for task in tasks),
        make_worker=partial(LabelWorker, partial(make_labeler, plan.labeler, **plan.options)),
        to_batch=_rows,
        limit_s=plan.time_limit_s,
    )
    return produce_together(context, [work], needs)[0]


def _rows(result: Result[Any, Any]) -> Batch:
    if not isinstance(result.outcome, Refusal):
        return Batch(matrices=label_rows(result).matrices)
    # The label is there: what is refused is making it again.
    row = refusal_row(result, "matrix", result.outcome)
    key = matrix_key(label_key(result.task.subject, result.task.recipe))
    return Batch(refusals=(replace(row, key=key),))
