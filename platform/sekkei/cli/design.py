"""``sekkei design``: contacts for a conductance that is asked for."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.engine import default_labeler, open_pool
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
    registry_uri,
)
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_rows, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.campaign.design_problem import PooledDesignProblem
    from sekkei.campaign.specification import LabelPlan
    from sekkei.design.problem import DesignResult, RoundResult, Verification
    from sekkei.design.specification import DesignSpec
    from sekkei.design.state import DesignState

app = typer.Typer(name="design", help="Contacts for a conductance that is asked for.")

_SHOWN = (
    "composition", "neck_length", "neck_width", "elongation_angstrom", "predicted_g0",
    "verified_g0", "error_g0", "robustness", "is_hit",
)  # fmt: skip


@app.callback()
def _noun() -> None:
    """Keep ``run`` a verb of its own, although it is the only one."""


@app.command("run")
def run(  # noqa: PLR0913  (each is an option of the command line)
    spec: Annotated[Path, typer.Argument(help="Specification as YAML.")],
    *,
    lake: LakeFolder,
    registry: Registry = None,
    model: Annotated[
        str, typer.Option(help="Surrogate: NAME, NAME:VERSION, NAME:ALIAS or an identity.")
    ] = "sekkei",
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
    from sekkei.campaign.specification import LabelPlan
    from sekkei.design.specification import DesignSpec
    from sekkei.lake import Lake
    from sekkei.model import load_model
    from sekkei.progress import show_progress
    from sekkei.specification import read_specification
    from sekkei.tracking import MlflowRegistry

    wanted, options = read_specification(spec, DesignSpec), parse_options(option)
    opened, file = Lake.open(lake), state_file(spec, lake)
    state = read_state(file, wanted, is_resumed=resume)
    store = MlflowRegistry(registry_uri(registry, lake, must_exist=True))
    _, predictor = load_model(store, model)
    plan = LabelPlan(labeler=default_labeler(labeler, options), options=options)
    _warn_of_other_labels(predictor.label_recipe, plan)
    with (
        finish_if_interrupted("run the same command with --resume to go on"),
        open_pool(workers, address, is_serial=serial) as pool,
        show_progress(sys.stderr) as progress,
        open_context(opened, pool, progress) as context,
    ):
        result = _search(PooledDesignProblem(wanted, context, predictor, plan), state, file)
    print_rows([_row(v) for v in result.verifications], as_json=as_json, shown=_SHOWN)
    _conclude(wanted, result)


def _warn_of_other_labels(learned: str, plan: "LabelPlan") -> None:
    from sekkei.campaign.stages import recipe_of

    if recipe_of(plan) != learned:
        say("the surrogate learned from labels of another method than the one that will verify")


def state_file(spec: Path, lake: Path) -> Path:
    """Return the file beside the lake that says where a design stands."""
    return lake.resolve().parent / f"{spec.stem}.design.json"


def read_state(file: Path, spec: "DesignSpec", *, is_resumed: bool) -> "DesignState":
    """Return where a design stands.

    Raises
    ------
    InvalidInputError
        If it is to begin and has begun, or to go on and has not; or if it is another design.
    """
    from sekkei.design.state import DesignState

    if is_resumed:
        found = DesignState.from_file(file)
        if found.spec != spec:
            raise InvalidInputError(
                f"a design must go on as it began, but {file} holds another specification; take "
                "the change back, or begin under another file name"
            )
        return found
    if file.exists():
        raise InvalidInputError(
            f"a design begins once, but {file} says that it has; go on by --resume, or remove the "
            "file to begin anew"
        )
    return DesignState(spec=spec)


def write_state(file: Path, state: "DesignState") -> None:
    """Write where a design stands; a kill leaves the old file or the new one."""
    draft = file.with_suffix(".part")
    draft.write_text(state.to_json(), "utf-8")
    draft.replace(file)


def _search(problem: "PooledDesignProblem", state: "DesignState", file: Path) -> "DesignResult":
    from sekkei.design.loop import run_design

    def after_round(now: "DesignState", done: "RoundResult") -> None:
        problem.keep_round(done)
        write_state(file, now)
        problem.context.progress.said(_told(done))

    write_state(file, state)
    result = run_design(problem.spec, problem, state, after_round)
    problem.keep_verifications(result.verifications, result.state.n_round)
    return result


def _told(done: "RoundResult") -> str:
    n_made = sum(trial.junction is not None for trial in done.trials)
    verified = [f"{t.verified_g0:.2f}" for t in done.trials if t.verified_g0 is not None]
    return (
        f"round {done.n_round}: {n_made} of {len(done.trials)} proposals realised, "
        f"verified at {', '.join(verified) or 'none'} G0"
    )


def _row(found: "Verification") -> dict[str, Any]:
    proposal, trial = found.proposal, found.trial
    return {
        **proposal.candidate.model_dump(mode="json"),
        "predicted_g0": proposal.predicted_g0,
        "interval_90_g0": proposal.interval_g0,
        "surrogate_g0": trial.estimate_g0,
        "verified_g0": trial.verified_g0,
        "error_g0": found.error_g0,
        "robustness": found.robustness,
        "is_hit": found.is_hit,
        "structure": trial.structure,
        "refusal": None if trial.failure is None else trial.failure.message,
    }


def _conclude(spec: "DesignSpec", result: "DesignResult") -> None:
    n_all, n_hit = len(result.verifications), len(result.hits)
    say(f"{n_hit} of {n_all} finalists conduct {spec.target_g0:g} G0 within {spec.tolerance_g0:g}")
    n_labelled = sum(found.trial.verified_g0 is not None for found in result.verifications)
    finish(n_labelled, n_all - n_labelled)
