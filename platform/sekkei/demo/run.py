"""Run the whole loop and tell what came of it."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sekkei.campaign.context import open_context
from sekkei.campaign.design_problem import PooledDesignProblem
from sekkei.campaign.design_run import run_design_campaign
from sekkei.campaign.inference import run_inference
from sekkei.campaign.run import run_campaign
from sekkei.campaign.stages import recipe_of
from sekkei.demo.estimate import TimeLeft
from sekkei.demo.histogram import demo_histogram
from sekkei.demo.pictures import demo_figures
from sekkei.demo.scale import DemoScale
from sekkei.demo.stopwatch import Stopwatch
from sekkei.demo.summary import DemoOutcome, summarise
from sekkei.design.problem import DesignResult
from sekkei.errors import InvalidInputError
from sekkei.fleet.pool_map import map_with_pool
from sekkei.fleet.port import Pool
from sekkei.lake import Lake
from sekkei.model import Dataset, SpreadRow, spread_over_splits, train_on_splits
from sekkei.observe import measured_histogram
from sekkei.observe.figures import as_bytes
from sekkei.observe.report import ReportContent, ReportFigure, render_report
from sekkei.progress import Progress
from sekkei.structure.extxyz import write_junctions
from sekkei.tracking.mlflow_registry import MlflowRegistry
from sekkei.tracking.production import RegisteredTraining, register_training

MODEL_NAME = "sekkei-demo"
FIRST_PRINCIPLES = ("gpaw",)


def run_demo(
    out: Path,
    scale: DemoScale,
    pool: Pool,
    progress: Progress,
    labeler: str,
) -> dict[str, Any]:
    """Break, label, keep, learn, look, design and prove; write a report.

    A run that was stopped goes on from what the lake in ``out`` holds.

    Parameters
    ----------
    out
        Folder for the lake, the models, ``summary.json``, ``report.html``, figures, structures.
    scale
        How much of everything.
    pool
        Who works; it must be open.
    progress
        Who watches.
    labeler
        Name of the labeler; ``gpaw`` is first principles.

    Returns
    -------
    dict
        What ``summary.json`` holds.
    """
    watch = Stopwatch(progress)
    out.mkdir(parents=True, exist_ok=True)
    lake = Lake.open_or_create(out / "lake")
    campaign = scale.campaign(labeler, {})
    if campaign.labels is None:
        raise InvalidInputError("a demonstration needs labels, but its campaign has none")
    with watch.stage("experiments and labels", "breaking contacts and labelling snapshots"):
        is_dft = labeler in FIRST_PRINCIPLES
        time_left = TimeLeft(scale, pool.n_workers, progress, is_first_principles=is_dft)
        run_campaign(campaign, lake, pool, progress, watch=time_left)
        time_left.labels_ended()
        lake = lake.refreshed()
    with watch.stage("training", f"learning from the labels, on {scale.n_split} splits"):
        dataset = Dataset.from_lake(lake, recipe_of(campaign.labels), "conductance_g0")
        trained, spread = _train(out, scale, dataset, lake.state_id, pool, progress)
    surrogate = trained.training.surrogate
    with watch.stage("prediction", "predicting every snapshot"):
        with open_context(lake, pool, progress) as context:
            run_inference(context, surrogate, _experimental_snapshots(lake))
        lake = lake.refreshed()
    with watch.stage("design", f"designing a contact for {scale.design().target_g0} G0"):
        with open_context(lake, pool, progress) as context:
            problem = PooledDesignProblem(scale.design(), context, surrogate, campaign.labels)
            designed = _design(out, problem)
        lake = lake.refreshed()
    with watch.stage("report", "drawing figures and writing the report"):
        outcome = DemoOutcome(
            scale=scale,
            labeler=labeler,
            is_first_principles=is_dft,
            recipe=recipe_of(campaign.labels),
            lake=lake,
            trained=trained,
            spread=spread,
            designed=designed,
            structures=_write_structures(out, designed),
            **demo_histogram(lake, surrogate.identity),
        )
        figures = _draw(out, outcome)
    summary = summarise(outcome, watch.stages)
    summary["generated_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    _write_report(out, summary, outcome, figures)
    progress.said(f"report: {out / 'report.html'}   figures: {out / 'figures'}")
    return summary


def _train(
    out: Path, scale: DemoScale, dataset: Dataset, lake_state: str, pool: Pool, progress: Progress
) -> tuple[RegisteredTraining, tuple[SpreadRow, ...]]:
    registry = MlflowRegistry(f"sqlite:///{(out / 'mlflow.db').resolve()}")
    progress.started("splits", scale.n_split)
    trainings = train_on_splits(
        dataset,
        scale.training(),
        range(scale.n_split),
        each=partial(map_with_pool, pool, what="splits"),
        progress=lambda _done, _total: progress.advanced("splits"),
    )
    spread = spread_over_splits([training.report for training in trainings])
    return register_training(trainings[0], dataset, lake_state, registry, MODEL_NAME), spread


def _experimental_snapshots(lake: Lake) -> list[str]:
    snapshots = lake.table("snapshot")
    return [str(key) for key in snapshots["key"][snapshots["experiment"] != ""]]


def _design(out: Path, problem: PooledDesignProblem) -> DesignResult:
    result = run_design_campaign(problem, file=out / "design-state.json")
    for found in result.verifications:
        verified = found.trial.verified_g0
        problem.context.progress.said(
            f"    {_formula(found.proposal.candidate.composition)}: predicted "
            f"{found.proposal.predicted_g0 or float('nan'):.2f} G0, verified "
            + ("not (refused)" if verified is None else f"{verified:.2f} G0")
            + (", a hit" if found.is_hit else "")
        )
    return result


def _formula(composition: dict[str, float]) -> str:
    return " ".join(f"{symbol}{fraction:.2f}" for symbol, fraction in composition.items())


def _write_structures(out: Path, designed: DesignResult) -> tuple[str, ...]:
    folder = out / "structures"
    folder.mkdir(exist_ok=True)
    paths = []
    for i, found in enumerate(designed.verifications):
        name = f"proposal-{i + 1}.extxyz"
        if found.trial.junction is not None:
            write_junctions(folder / name, [found.trial.junction])
        paths.append(f"structures/{name}" if found.trial.junction is not None else "")
    return tuple(paths)


def _draw(out: Path, outcome: DemoOutcome) -> list[ReportFigure]:
    folder = out / "figures"
    folder.mkdir(exist_ok=True)
    drawn = []
    for picture in demo_figures(outcome):
        for kind in ("png", "svg", "pdf"):
            (folder / f"{picture.name}.{kind}").write_bytes(as_bytes(picture.figure, kind))
        drawn.append(picture.for_report())
    return drawn


def _write_report(
    out: Path, summary: dict[str, Any], outcome: DemoOutcome, figures: list[ReportFigure]
) -> None:
    (out / "summary.json").write_text(json.dumps(summary, indent=1), "utf-8")
    content = ReportContent.from_summary(summary, figures=figures, measured=measured_histogram("K"))
    (out / "report.html").write_text(render_report(content), "utf-8")
