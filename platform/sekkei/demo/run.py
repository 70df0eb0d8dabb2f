"""Run the whole loop and tell what came of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from sekkei.campaign.context import open_context
from sekkei.campaign.design_problem import PooledDesignProblem
from sekkei.campaign.inference import run_inference
from sekkei.campaign.run import run_campaign
from sekkei.campaign.stages import recipe_of
from sekkei.demo.pictures import demo_figures
from sekkei.demo.scale import DemoScale
from sekkei.demo.summary import DemoOutcome, summarise
from sekkei.design.loop import run_design
from sekkei.design.problem import DesignResult
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError
from sekkei.fleet.port import Pool
from sekkei.lake import Lake
from sekkei.model import Dataset, train_direct
from sekkei.observe import (
    compare_with_measured,
    conductance_histogram,
    histogram_peaks,
    measured_histogram,
)
from sekkei.observe.figures import as_bytes
from sekkei.observe.lake_traces import lake_traces
from sekkei.observe.report import ReportContent, ReportFigure, render_report
from sekkei.progress import Progress
from sekkei.structure.extxyz import write_junctions
from sekkei.tracking.mlflow_registry import MlflowRegistry
from sekkei.tracking.production import RegisteredTraining, register_training

MODEL_NAME = "sekkei-demo"
FIRST_PRINCIPLES = ("gpaw",)


@dataclass(slots=True)
class Stopwatch:
    """Wall time of each stage, in s."""

    progress: Progress
    """Who hears of it."""

    stages: list[dict[str, Any]] = field(default_factory=list)
    """Name and wall time of each finished stage."""

    @contextmanager
    def stage(self, name: str, what: str) -> Iterator[None]:
        """Time one stage and announce it."""
        number = len(self.stages) + 1
        self.progress.said(f"[{number}] {what}")
        started = monotonic()
        yield
        seconds = monotonic() - started
        self.stages.append({"name": name, "wall_seconds": round(seconds, 2)})
        self.progress.said(f"[{number}] {name} took {seconds:.0f} s")


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
        run_campaign(campaign, lake, pool, progress)
        lake = lake.refreshed()
    with watch.stage("training", "learning from the labels"):
        trained = _train(out, scale, lake, recipe_of(campaign.labels), progress)
    predictor = trained.training.predictor
    with watch.stage("prediction", "predicting every snapshot"):
        with open_context(lake, pool, progress) as context:
            run_inference(context, predictor, _experimental_snapshots(lake))
        lake = lake.refreshed()
    with watch.stage("design", f"designing a contact for {scale.design().target_g0} G0"):
        with open_context(lake, pool, progress) as context:
            problem = PooledDesignProblem(scale.design(), context, predictor, campaign.labels)
            designed = _design(out, scale, problem, progress)
        lake = lake.refreshed()
    with watch.stage("report", "drawing figures and writing the report"):
        outcome = DemoOutcome(
            scale=scale,
            labeler=labeler,
            is_first_principles=labeler in FIRST_PRINCIPLES,
            recipe=recipe_of(campaign.labels),
            lake=lake,
            trained=trained,
            designed=designed,
            structures=_write_structures(out, designed),
            **_histograms(lake, predictor.identity),
        )
        figures = _draw(out, outcome)
    summary = summarise(outcome, watch.stages)
    summary["generated_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    _write_report(out, summary, outcome, figures)
    progress.said(f"report: {out / 'report.html'}   figures: {out / 'figures'}")
    return summary


def _train(
    out: Path, scale: DemoScale, lake: Lake, recipe: str, progress: Progress
) -> RegisteredTraining:
    registry = MlflowRegistry(f"sqlite:///{(out / 'mlflow.db').resolve()}")
    said = 0

    def count(done: int, total: int) -> None:
        nonlocal said
        if said == 0:
            progress.started("fits", total)
        progress.advanced("fits", done - said)
        said = done

    dataset = Dataset.from_lake(lake, recipe, "conductance_g0")
    training = train_direct(dataset, scale.training(), seed=0, progress=count)
    return register_training(training, dataset, lake.state_id, registry, MODEL_NAME)


def _experimental_snapshots(lake: Lake) -> list[str]:
    snapshots = lake.table("snapshot")
    return [str(key) for key in snapshots["key"][snapshots["experiment"] != ""]]


def _design(
    out: Path, scale: DemoScale, problem: PooledDesignProblem, progress: Progress
) -> DesignResult:
    def after_round(state: DesignState, result: Any) -> None:
        problem.keep_round(result)
        (out / "design-state.json").write_text(state.to_json(), "utf-8")
        progress.said(f"    round {result.n_round}: {len(result.trials)} proposals realised")

    result = run_design(scale.design(), problem, progress=after_round)
    problem.keep_verifications(result.verifications, result.state.n_round)
    for found in result.verifications:
        verified = found.trial.verified_g0
        progress.said(
            f"    {_formula(found.proposal.candidate.composition)}: predicted "
            f"{found.proposal.predicted_g0 or float('nan'):.2f} G0, verified "
            + ("not (refused)" if verified is None else f"{verified:.2f} G0")
            + (", a hit" if found.is_hit else "")
        )
    return result


def _formula(composition: dict[str, float]) -> str:
    return " ".join(f"{symbol}{fraction:.2f}" for symbol, fraction in composition.items())


def _histograms(lake: Lake, model: str) -> dict[str, Any]:
    """Histogram pure potassium between the widest wires that the demonstration has."""
    rng = np.random.default_rng(0)
    wires = set(lake.table("experiment")["electrode"])
    electrode = "bcc100-5+4" if "bcc100-5+4" in wires else "staggered-3"
    potassium = {"electrode": electrode, "composition": {"K": 1.0}}
    if electrode not in set(_pure_potassium(lake)["electrode"]):
        potassium = {"electrode": "staggered-3", "composition": {"K": 1.0}}
    traces = lake_traces(lake, model=model, **potassium)  # type: ignore[arg-type]
    histogram = conductance_histogram(traces)
    n_channel = 6 if potassium["electrode"] == "bcc100-5+4" else 3
    return {
        "traces": traces,
        "histogram": histogram,
        "peaks": histogram_peaks(histogram, rng),
        "comparison": compare_with_measured(
            histogram, measured_histogram("K"), rng, n_channel=n_channel
        ),
    }


def _pure_potassium(lake: Lake) -> Any:
    table = lake.table("experiment")
    return table[np.isclose(table["fraction_K"], 1.0)]


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
