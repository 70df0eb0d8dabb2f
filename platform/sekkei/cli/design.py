"""``sekkei design``: contacts for a conductance that is asked for."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.design_steer import CANDIDATE, ask, export, show, tell
from sekkei.cli.engine import default_labeler, open_pool
from sekkei.cli.model_options import DEFAULT_NAME, REGISTERED_OR_SAVED, open_model
from sekkei.cli.options import (
    Address,
    AsJson,
    IsSerial,
    LabelerName,
    LabelerOptions,
    LakeFolder,
    Registry,
    Workers,
    parse_options,
)
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_rows, say

if TYPE_CHECKING:
    from sekkei.design.problem import DesignResult, Verification
    from sekkei.design.specification import DesignSpec
    from sekkei.model.predictor import Predictor

app = typer.Typer(name="design", help="Contacts for a conductance that is asked for.")

for verb in (ask, tell, show, export):
    app.command(verb.__name__)(verb)

_SHOWN = (
    *CANDIDATE, "predicted_g0", "chance", "is_declared", "verified_g0", "error_g0", "is_hit",
    "share", "is_verified", "is_doubtful",
)  # fmt: skip

_SHOWN_OF_PULLINGS = (
    *CANDIDATE, "chance", "is_declared", "plateau_share", "plateau_angstrom", "is_hit", "share",
    "is_verified", "is_doubtful",
)  # fmt: skip


_SHOWN_OF_SPECTRA = (
    *CANDIDATE, "chance", "is_declared", "verified_g0", "spectrum", "verified_spectrum", "is_hit",
    "share", "is_verified",
)  # fmt: skip


@app.command("run")
def run(  # noqa: PLR0913  (each is an option of the command line)
    spec: Annotated[Path, typer.Argument(help="Specification as YAML.")],
    *,
    lake: LakeFolder,
    registry: Registry = None,
    model: Annotated[str, typer.Option(help=f"Surrogate: {REGISTERED_OR_SAVED}")] = DEFAULT_NAME,
    second_model: Annotated[
        str | None,
        typer.Option(
            help="A better, slower surrogate, for structures that may be near the target."
        ),
    ] = None,
    labeler: LabelerName = None,
    option: LabelerOptions = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it was stopped.")] = False,
    workers: Workers = None,
    serial: IsSerial = False,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Propose contacts, and prove the best of them with labels of fresh structures."""
    from sekkei.campaign.context import open_context
    from sekkei.campaign.design_problem import PooledDesignProblem
    from sekkei.campaign.design_run import run_design_campaign
    from sekkei.campaign.specification import LabelPlan
    from sekkei.design.specification import DesignSpec
    from sekkei.design.state_file import one_writer, read_state, state_path
    from sekkei.design.state_lake import BUDGET, begun_state, of_other_budget, state_in_lake
    from sekkei.lake import Lake
    from sekkei.progress import show_progress
    from sekkei.specification import read_specification

    wanted, options = read_specification(spec, DesignSpec), parse_options(option)
    predictor, second = _models(model, second_model, registry, lake)
    # A lake that was mistyped has no models beside it, and is not made for their name.
    file = state_path(wanted, lake, spec.stem)
    # A design that began by hand may have no lake yet.
    is_there = resume and (Path(lake).exists() or not file.exists())
    opened = Lake.open(lake) if is_there else Lake.open_or_create(lake)
    with one_writer(file):
        if resume:
            state = begun_state(file, lake, wanted)
        else:
            state = read_state(file, wanted, is_resumed=False)
            if state_in_lake(opened, wanted) is not None:
                say(f"begins anew; state {opened.state_id} of the lake has the design as it stood")
            elif of_other_budget(file, lake, wanted) is not None:
                changed = " or ".join(BUDGET)
                say(f"begins anew, though one with another {changed} began; --resume goes on there")
        plan = LabelPlan(labeler=default_labeler(labeler, options), options=options)
        with (
            finish_if_interrupted("run the same command with --resume to go on"),
            open_pool(workers, address, is_serial=serial) as pool,
            show_progress(sys.stderr) as progress,
            open_context(opened, pool, progress) as context,
        ):
            problem = PooledDesignProblem(wanted, context, predictor, plan, second)
            result = run_design_campaign(problem, state, file)
    rows = [_row(wanted, found) for found in result.verifications]
    print_rows(rows, as_json=as_json, shown=_shown(wanted))
    _conclude(wanted, result)


def _models(
    model: str, second_model: str | None, registry: str | None, lake: Path
) -> "tuple[Predictor, Predictor | None]":
    from sekkei.errors import InvalidInputError

    _, first = open_model(model, registry, lake)
    if second_model is None:
        return first, None
    _, second = open_model(second_model, registry, lake)
    if second.identity == first.identity:
        raise InvalidInputError(
            "a second model must be another one, but both are the same; leave out --second-model"
        )
    return first, second


def _shown(spec: "DesignSpec") -> tuple[str, ...]:
    if spec.spectrum is not None:
        return _SHOWN_OF_SPECTRA
    return _SHOWN if spec.plateau is None else _SHOWN_OF_PULLINGS


def _row(spec: "DesignSpec", found: "Verification") -> dict[str, Any]:
    from sekkei.design.verified import verified_share, verified_spectrum

    proposal, trial = found.proposal, found.trial
    share = verified_share(spec, trial)
    far = proposal.candidate.elongation_angstrom
    of_pulling = {
        "plateau_share": share,
        "plateau_angstrom": None if share is None else share * far,
        "pulling_g0": [label.conductance for label in trial.labels] or None,
    }
    of_spectrum = {
        "spectrum": None if spec.spectrum is None else spec.spectrum.quantity,
        "surrogate_spectrum": trial.spectrum,
        "verified_spectrum": verified_spectrum(spec, trial),
    }
    return {
        **({} if spec.plateau is None else of_pulling),
        **({} if spec.spectrum is None else of_spectrum),
        **proposal.candidate.described(spec),
        "predicted_g0": proposal.predicted_g0,
        "interval_90_g0": proposal.interval_g0,
        "surrogate_g0": trial.estimate_g0,
        "verified_g0": trial.verified_g0,
        "error_g0": found.error_g0,
        "robustness": found.robustness,
        "is_hit": found.is_hit,
        "chance": proposal.chance,
        "is_declared": found.is_declared,
        "n_seed": found.proof.n_seed,
        "n_label": found.proof.n_label,
        "n_hit": found.proof.n_hit,
        "share": found.proof.share,
        "share_interval_90": found.proof.interval_90,
        "is_verified": found.is_verified,
        "is_doubtful": found.is_doubtful,
        "structure": trial.structure,
        "refusal": None if trial.failure is None else trial.failure.message,
    }


def _conclude(spec: "DesignSpec", result: "DesignResult") -> None:
    n_all, n_hit = len(result.verifications), len(result.hits)
    say(f"search ended: {result.stopped}")
    n_proved = sum(found.is_verified for found in result.verifications)
    said = f"by the label that is reported, {n_hit} of {n_all} finalists conduct {spec.target}"
    if spec.verify_seeds:
        said += f"; on {spec.verify_seeds} fresh structures each, {n_proved} are verified"
    say(said)
    n_verified = sum(found.is_verified for found in result.declared)
    of_these = f"; {n_verified} of these verified" if spec.verify_seeds else ""
    say(f"{len(result.declared)} declared as hits before they were labelled{of_these}")
    n_labelled = sum(found.trial.verified_g0 is not None for found in result.verifications)
    # Without a finalist nothing came of it at all.
    finish(n_labelled, n_all - n_labelled if n_all else 1)
