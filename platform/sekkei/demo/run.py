"""Run the whole loop and tell what came of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sekkei.campaign.context import open_context
from sekkei.campaign.design_problem import PooledDesignProblem
from sekkei.campaign.design_run import run_design_campaign
from sekkei.campaign.inference import run_inference
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import LabelPlan
from sekkei.campaign.stages import recipe_of
from sekkei.demo.check import ModelCheck, check_model, told
from sekkei.demo.estimate import TimeLeft
from sekkei.demo.histogram import demo_histogram
from sekkei.demo.pictures import demo_figures, predicted_histogram
from sekkei.demo.scale import DemoScale
from sekkei.demo.stopwatch import Stopwatch
from sekkei.demo.summary import DemoOutcome, summarise
from sekkei.design.problem import DesignResult
from sekkei.fleet.port import Pool
from sekkei.lake import Lake
from sekkei.model import Predictor
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
    predictor: Predictor,
) -> dict[str, Any]:
    """Break, predict, check by labels, correct, look, design and prove; write a report.

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
    predictor
        A trained model of potassium and its alloys between the wires of `ELECTRODE`.

    Returns
    -------
    dict
        What ``summary.json`` holds.
    """
    watch = Stopwatch(progress)
    out.mkdir(parents=True, exist_ok=True)
    lake = Lake.open_or_create(out / "lake")
    plan = LabelPlan(labeler=labeler)
    is_dft = labeler in FIRST_PRINCIPLES
    with watch.stage("experiments", "breaking contacts"):
        run_campaign(scale.campaign(), lake, pool, progress)
    time_left = TimeLeft(scale, pool.n_workers, progress, is_first_principles=is_dft)
    with open_context(lake, pool, progress, watch=time_left) as context:
        with watch.stage("prediction", "predicting every snapshot"):
            _tell_method(progress, plan, predictor)
            run_inference(context, predictor, _experimental_snapshots(context.refresh()))
            seen = demo_histogram(context.refresh(), predictor.identity)
            progress.said(f"    histogram: {_draw_histogram(out, seen)}")
        with watch.stage("check", f"labelling {sum(scale.checked)} contacts to check the model"):
            check = check_model(context, scale, plan, predictor)
            time_left.labels_ended()
            trained = _registered(out, check, context.refresh().state_id)
            for line in told(check):
                progress.said(line)
        with watch.stage("design", f"designing a contact for {scale.design().target_g0} G0"):
            better = check.training.predictor
            designed = _design(out, PooledDesignProblem(scale.design(), context, better, plan))
        lake = context.refresh()
    with watch.stage("report", "drawing figures and writing the report"):
        outcome = DemoOutcome(
            scale=scale,
            labeler=labeler,
            is_first_principles=is_dft,
            recipe=recipe_of(plan),
            lake=lake,
            check=check,
            trained=trained,
            designed=designed,
            structures=_write_structures(out, designed),
            **seen,
        )
        figures = _draw(out, outcome)
    summary = summarise(outcome, watch.stages)
    summary["generated_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    _write_report(out, summary, outcome, figures)
    progress.said(f"report: {out / 'report.html'}   figures: {out / 'figures'}")
    return summary


def _tell_method(progress: Progress, plan: LabelPlan, predictor: Predictor) -> None:
    if recipe_of(plan) != predictor.label_recipe:
        progress.said(
            f"    the model learned from labels of another method than {plan.labeler}: what "
            "follows compares two methods"
        )


def _registered(out: Path, check: ModelCheck, lake_state: str) -> RegisteredTraining:
    registry = MlflowRegistry(f"sqlite:///{(out / 'mlflow.db').resolve()}")
    made_by = "sekkei demo: the shipped model, corrected by the labels of its check"
    return register_training(
        check.training, check.dataset, lake_state, registry, MODEL_NAME, made_by
    )


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
            + f"; {found.proof.n_hit} of {found.proof.n_seed} fresh structures are hits"
            + (", declared before" if found.is_declared else "")
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


def _draw_histogram(out: Path, seen: dict[str, Any]) -> Path:
    """Draw what can be looked at while the rest goes on; the report has it again."""
    folder = out / "figures"
    folder.mkdir(exist_ok=True)
    path = folder / "histogram.png"
    path.write_bytes(as_bytes(predicted_histogram(seen["histogram"], seen["peaks"]), "png"))
    return path


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
