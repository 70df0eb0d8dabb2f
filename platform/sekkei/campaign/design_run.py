"""A design to its end: its state kept in a file, its structures and labels in the lake."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sekkei.campaign.design_problem import PooledDesignProblem
from sekkei.campaign.stages import recipe_of
from sekkei.design.loop import run_design
from sekkei.design.overview import reach_warning
from sekkei.design.problem import DesignResult, RoundResult
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.state_file import write_state
from sekkei.design.state_lake import keep_state
from sekkei.design.verified import verified_share, verified_spectrum
from sekkei.design.warm_start import known_labels
from sekkei.errors import InvalidInputError
from sekkei.structure.contact import widest_layer
from sekkei.structure.electrode import build_electrode

_KNOWN_TO_DIRECT_EV = 0.03
"""Up to here from the Fermi level a direct model learned T(E)."""


def run_design_campaign(
    problem: PooledDesignProblem, state: DesignState | None = None, file: Path | None = None
) -> DesignResult:
    """Propose, realise, estimate, verify and prove; keep what each round did.

    After each round its proposals are committed to the lake, then the state is written, into the
    file and into the lake, then the round is told to whoever watches. A run that is stopped in
    between repeats the round, and finds its labels in the lake. At the end the finalists are
    written, too; what their proof told is not, so that a run that goes on ends alike. With
    ``warm_start`` a design that has seen nothing yet is told first what the lake knows.

    Parameters
    ----------
    problem
        What is asked for, and who makes, estimates and verifies structures.
    state
        Where it stands, see `sekkei.design.state_file.read_state`; a fresh start if absent.
    file
        Where to keep the state beside the lake, which has it in any case; nowhere if absent.

    Raises
    ------
    InvalidInputError
        If ``state`` belongs to another specification, or has labels of another method, or the
        surrogate cannot say what is asked for.
    """
    context = problem.context
    if problem.spec.spectrum is not None:
        # A surrogate that cannot say it fails now, not after the first structures are made.
        problem.estimate_spectrum([])
    state = _by_one_method(problem, state or DesignState(spec=problem.spec))
    _announce(problem, state)

    def keep(now: DesignState) -> None:
        if file is not None:
            write_state(file, now)
        keep_state(context.committer, now)

    def after_round(now: DesignState, done: RoundResult) -> None:
        problem.keep_round(done)
        keep(now)
        context.progress.said(describe_round(now.spec, done))
        warning = reach_warning(now)
        if warning is not None:
            context.progress.said(warning)

    state = _begun(problem, state)
    keep(state)
    result = run_design(problem.spec, problem, state, after_round)
    problem.keep_verifications(result.verifications, result.state.n_round)
    if result.searched is not None:
        keep(result.searched)
    return result


def _begun(problem: PooledDesignProblem, state: DesignState) -> DesignState:
    if not problem.spec.warm_start or state.n_asked or state.n_told:
        return state
    context = problem.context
    known = known_labels(context.refresh(), problem.spec, recipe_of(problem.plan))
    context.progress.said(f"begins with {known}")
    return tell(state, [*known.of_designs, *known.of_pullings])


def describe_round(spec: DesignSpec, done: RoundResult) -> str:
    """Return what a round did, in one line: structures, labels, and why they are few."""
    n_made = sum(trial.junction is not None for trial in done.trials)
    made = f"round {done.n_round}: {n_made} of {len(done.trials)} structures made{_failed(done)}"
    if spec.plateau is not None:
        shares = (verified_share(spec, trial) for trial in done.trials)
        within = [f"{100.0 * share:.0f}" for share in shares if share is not None]
        return f"{made}, within the target over {', '.join(within) or 'none'} % of a pulling"
    if spec.spectrum is not None:
        found = [
            f"{trial.verified_g0:.2f} G0 and {'nothing' if value is None else f'{value:.3g}'}"
            for trial in done.trials
            if trial.verified_g0 is not None
            for value in (verified_spectrum(spec, trial),)
        ]
        what = f"verified at {', '.join(found)}" if found else "none labelled"
        return f"{made}, {what}{_fewer(spec, done)}"
    verified = [f"{t.verified_g0:.2f}" for t in done.trials if t.verified_g0 is not None]
    return f"{made}, {_labelled(verified)}{_fewer(spec, done)}"


def _failed(done: RoundResult) -> str:
    failures = [trial.failure for trial in done.trials if trial.failure is not None]
    if not failures:
        return ""
    first = failures[0]
    return f" ({len(failures)} failed, one with {first.kind}: {first.message})"


def _labelled(verified: Sequence[str]) -> str:
    return f"verified at {', '.join(verified)} G0" if verified else "none labelled"


def _fewer(spec: DesignSpec, done: RoundResult) -> str:
    """Say why a round has fewer labels than it may have."""
    n_label = sum(trial.outcome is not None for trial in done.trials)
    if n_label >= spec.verify_per_round:
        return ""
    least = done.least_chance
    reason = f"no other is likely enough ({least:.3g})" if least else "all candidates have one"
    return f"; {n_label} of {spec.verify_per_round} labels: {reason}"


def _by_one_method(problem: PooledDesignProblem, state: DesignState) -> DesignState:
    """Remember the method of a design; refuse another, whose labels would be told beside them."""
    wanted = recipe_of(problem.plan)
    if state.recipe in {"", wanted}:
        return state.model_copy(update={"recipe": wanted})
    labels = problem.context.lake.table("label")
    engines = labels["engine"][labels["recipe"] == state.recipe]
    raise InvalidInputError(
        "all labels of a design must be by one method, but it began with "
        f"{min(engines, default='another')}, recipe {state.recipe[:12]}, and this run would "
        f"label by recipe {wanted[:12]}; go on with the --labeler and the --option that it began "
        "with, or begin it anew without --resume",
        recipe=wanted,
    )


def _equal_widths(spec: DesignSpec) -> Iterator[str]:
    """Say where a neck may be as wide as the wire itself in several ways."""
    for name in spec.electrodes:
        widest = widest_layer(build_electrode(name, spec.elements[0]))
        if spec.neck_width[1] > max(spec.neck_width[0], widest):
            yield (
                f"a layer of {name} has {widest} atoms at most: a neck_width of {widest} or more "
                f"is the whole wire, so that {list(spec.neck_width)} holds equal contacts"
            )


def _announce(problem: PooledDesignProblem, state: DesignState) -> None:
    """Say what is unusual about a design and its models."""
    said = problem.context.progress.said
    if recipe_of(problem.plan) != problem.predictor.label_recipe:
        said("the surrogate learned from labels of another method than the one that will verify")
    leads, seen = problem.spec.leads, problem.spec.estimate_leads
    if leads is not None:
        between = f"between {leads}, as labels are" if seen in {None, leads} else f"between {seen}"
        said(f"structures are labelled between {leads}; estimates of them are {between}")
    for line in _equal_widths(problem.spec):
        said(line)
    spectrum, model = problem.spec.spectrum, problem.second or problem.predictor
    is_direct = model.family == "direct"
    if is_direct and spectrum is not None and spectrum.reach_ev > _KNOWN_TO_DIRECT_EV:
        said(
            f"a direct model knows T(E) best within {_KNOWN_TO_DIRECT_EV:g} eV of the Fermi level, "
            f"and this {spectrum.quantity} needs it within {spectrum.reach_ev:.2g} eV: at 300 K "
            "it erred by 3 µV/K, a learned Hamiltonian by 0.6 (decision 0056)"
        )
    now = [one.identity for one in (problem.predictor, problem.second) if one is not None]
    others = _last_models(problem) - set(now) if state.n_told else set()
    if others:
        before, after = (" and ".join(name[:12] for name in each) for each in (sorted(others), now))
        said(
            "goes on with another model: the last round was estimated by "
            f"{before}, and that stays; what comes is by {after}"
        )


def _last_models(problem: PooledDesignProblem) -> set[str]:
    """Return the models that estimated the last round of a design that the lake has."""
    table = problem.context.lake.table("proposal")
    rows = table[table["design"] == problem.spec.key]
    return set(rows[rows["round"] == rows["round"].max()]["model"])
