"""The loop: ask, realise, estimate, verify, tell, and at the end prove with fresh structures."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from sekkei.design.asking import ask
from sekkei.design.calibration import state_correction
from sekkei.design.candidate import (
    Failure,
    Observation,
    Proposal,
    Source,
    Step,
    hit_probability,
)
from sekkei.design.problem import (
    DesignProblem,
    DesignResult,
    RoundResult,
    Trial,
    Verification,
)
from sekkei.design.proposer import Proposer
from sekkei.design.ranking import rank_candidates
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, realisation_seed, tell
from sekkei.errors import ExperimentError, InvalidInputError, LabelError
from sekkei.structure.junction import Junction
from sekkei.transport.error_bar import WIDE_RATIO
from sekkei.transport.labeler import Label, Refusal

DFT_SIGMA_G0 = 0.02
"""Least uncertainty of a first-principles label as an observation: the choice of box and leads
moves it by at most 0.03 G0, mostly 0.01. A label that knows of a larger error has that."""

RoundCallback = Callable[[DesignState, RoundResult], None]


def run_design(
    spec: DesignSpec,
    problem: DesignProblem,
    state: DesignState | None = None,
    progress: RoundCallback | None = None,
    proposer: Proposer | None = None,
) -> DesignResult:
    """Run a campaign to its end, from the beginning or from where it stopped.

    Parameters
    ----------
    spec
        What is asked for.
    problem
        What makes, estimates and verifies structures.
    state
        Where an earlier run stopped; a fresh start if absent.
    progress
        Called after each round with the new state and what the round did: the place to persist.
    proposer
        Who proposes; the one that the specification names if absent.

    Raises
    ------
    InvalidInputError
        If ``state`` belongs to another specification.
    """
    state = _started(spec, state)
    rounds = []
    while state.n_round < spec.rounds:
        state, done = design_round(state, problem, proposer)
        rounds.append(done)
        if progress is not None:
            progress(state, done)
    state, verifications = verify_finalists(state, problem)
    return DesignResult(state=state, rounds=tuple(rounds), verifications=verifications)


def design_round(
    state: DesignState, problem: DesignProblem, proposer: Proposer | None = None
) -> tuple[DesignState, RoundResult]:
    """Do one round: proposals are realised, estimated, and the most promising ones verified.

    Proposals that are still pending, as after a stop, are taken up before new ones are asked for.
    A proposal that gives no number ends as a failure in the state, never as a number.
    """
    spec = state.spec
    n_wanted = spec.batch if state.n_round else spec.initial
    if not state.pending:
        state, _ = ask(state, n_wanted, proposer)
    purpose = f"round {state.n_round}"
    trials = realise_all(spec, problem, state.pending, purpose)
    trials = estimate_all(problem, trials)
    trials = verify_some(problem, trials, most_promising(state, trials, spec.verify_per_round))
    state = tell(state, outcomes_of(trials))
    result = RoundResult(n_round=state.n_round, trials=trials)
    return state.model_copy(update={"n_round": state.n_round + 1}), result


def realise_all(
    spec: DesignSpec, problem: DesignProblem, proposals: Sequence[Proposal], purpose: str
) -> tuple[Trial, ...]:
    """Make one structure for each proposal; ``purpose`` distinguishes repeated realisations."""
    return tuple(_realise(spec, problem, proposal, purpose) for proposal in proposals)


def estimate_all(problem: DesignProblem, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Add the surrogate's estimate to each trial that has a structure.

    Raises
    ------
    InvalidInputError
        If the problem returns something else than one finite number for each junction.
    """
    made = [(i, t.junction) for i, t in enumerate(trials) if t.junction is not None]
    if not made:
        return tuple(trials)
    mean, sigma = problem.estimate([junction for _, junction in made])
    finite = bool(np.isfinite(mean).all() and np.isfinite(sigma).all())
    if not (mean.shape == sigma.shape == (len(made),) and finite):
        raise InvalidInputError(
            f"an estimate must be one finite number for each of {len(made)} junctions, but found "
            f"shapes {mean.shape} and {sigma.shape}, finite: {finite}; look at the surrogate"
        )
    done = list(trials)
    for (i, _), g, s in zip(made, mean, sigma, strict=True):
        done[i] = replace(done[i], estimate_g0=max(0.0, float(g)), sigma_g0=float(s))
    return tuple(done)


def most_promising(state: DesignState, trials: Sequence[Trial], n: int) -> tuple[int, ...]:
    """Return positions of the ``n`` unverified trials that are likeliest to hit, best first.

    Estimates are taken with the correction that the labels so far suggest.
    """
    spec, means, sigmas = state.spec, *_corrected_estimates(state, trials)
    chances = [
        (-hit_probability(spec, mean, sigma), abs(mean - spec.target_g0), i)
        for i, (trial, mean, sigma) in enumerate(zip(trials, means, sigmas, strict=True))
        if trial.outcome is None and trial.estimate_g0 is not None
    ]
    return tuple(i for _, _, i in sorted(chances)[:n])


def verify_some(
    problem: DesignProblem, trials: Sequence[Trial], which: Sequence[int]
) -> tuple[Trial, ...]:
    """Label the structures of some trials from first principles; a refusal becomes a failure."""
    chosen = [(i, trials[i].junction) for i in which]
    junctions = [junction for _, junction in chosen if junction is not None]
    done = list(trials)
    if junctions:
        for i, outcome in zip(which, problem.verify(junctions), strict=True):
            failure = None
            if isinstance(outcome, Refusal):
                failure = _failure(trials[i].proposal, "verify", outcome.kind, outcome.message)
            done[i] = replace(done[i], outcome=outcome, failure=failure)
    return tuple(done)


def outcomes_of(trials: Sequence[Trial]) -> tuple[Observation | Failure, ...]:
    """Return what `tell` should hear of trials: estimates, labels and failures."""
    outcomes: list[Observation | Failure] = []
    for trial in trials:
        if trial.estimate_g0 is not None and trial.sigma_g0 is not None:
            outcomes.append(_seen(trial, "surrogate", trial.estimate_g0, trial.sigma_g0))
        if isinstance(trial.outcome, Label):
            # NaN, of a label that knows no error, is no maximum.
            sigma = max(DFT_SIGMA_G0, trial.outcome.error)
            outcomes.append(_seen(trial, "dft", trial.outcome.conductance, sigma))
        if trial.failure is not None:
            outcomes.append(trial.failure)
    return tuple(outcomes)


def verify_finalists(
    state: DesignState, problem: DesignProblem
) -> tuple[DesignState, tuple[Verification, ...]]:
    """Prove the best candidates by first principles, each with a structure never seen before.

    Of each finalist ``fresh_seeds`` new structures are made; the surrogate chooses one, and that
    one is labelled and reported, whatever the label says. What was found is told to the campaign.
    """
    finalists = rank_candidates(state)[: state.spec.finalists]
    each = [fresh_trials(state.spec, problem, finalist) for finalist in finalists]
    best = [most_promising(state, trials, 1) for trials in each]
    # Labelled together, so that many workers can make them at the same time.
    starts = [sum(len(trials) for trials in each[:i]) for i in range(len(each))]
    which = [start + i for start, chosen in zip(starts, best, strict=True) for i in chosen]
    made = verify_some(problem, [trial for trials in each for trial in trials], which)
    verifications = []
    for finalist, start, trials, chosen in zip(finalists, starts, each, best, strict=True):
        proved = made[start : start + len(trials)]
        reported = proved[chosen[0] if chosen else 0]
        verifications.append(_verification(state, finalist, proved, reported))
    return tell(state, outcomes_of(made)), tuple(verifications)


def is_doubtful(spec: DesignSpec, trial: Trial) -> bool:
    """Say whether a label may be wrong by more than the tolerance: its 90 % bar is wider."""
    if not isinstance(trial.outcome, Label):
        return False
    return WIDE_RATIO * trial.outcome.error > spec.tolerance_g0


def fresh_trials(spec: DesignSpec, problem: DesignProblem, finalist: Proposal) -> tuple[Trial, ...]:
    """Realise a finalist with seeds that no round used, and estimate each structure."""
    made = [
        _realise(spec, problem, finalist, f"fresh {i_fresh}") for i_fresh in range(spec.fresh_seeds)
    ]
    return estimate_all(problem, made)


def _realise(spec: DesignSpec, problem: DesignProblem, proposal: Proposal, purpose: str) -> Trial:
    seed = realisation_seed(spec, proposal.candidate, purpose)
    try:
        junction: Junction = problem.realise(proposal.candidate, seed)
    except (ExperimentError, LabelError) as error:
        failure = _failure(proposal, "realise", type(error).__name__, error.message)
        return Trial(proposal=proposal, seed=seed, failure=failure)
    return Trial(proposal=proposal, seed=seed, junction=junction)


def _verification(
    state: DesignState, finalist: Proposal, trials: Sequence[Trial], reported: Trial
) -> Verification:
    spec = state.spec
    means, _ = _corrected_estimates(state, trials)
    near = [abs(mean - spec.target_g0) <= spec.tolerance_g0 for mean in means]
    verified = reported.verified_g0
    error = None if verified is None else verified - spec.target_g0
    return Verification(
        proposal=finalist,
        trial=reported,
        robustness=sum(near) / len(near),
        error_g0=error,
        is_hit=error is not None and abs(error) <= spec.tolerance_g0,
        is_doubtful=is_doubtful(spec, reported),
    )


def _corrected_estimates(
    state: DesignState, trials: Sequence[Trial]
) -> tuple[list[float], list[float]]:
    # A trial without an estimate is a number nowhere near any target.
    known = [(t.estimate_g0, t.sigma_g0) for t in trials]
    mean = np.array([np.inf if g is None else g for g, _ in known])
    sigma = np.array([1.0 if s is None else s for _, s in known])
    finite = np.isfinite(mean)
    mean[finite], sigma[finite] = state_correction(state).correct(mean[finite], sigma[finite])
    return mean.tolist(), sigma.tolist()


def _started(spec: DesignSpec, state: DesignState | None) -> DesignState:
    if state is None:
        return DesignState(spec=spec)
    if state.spec != spec:
        raise InvalidInputError(
            "a campaign must go on with the specification it began with, but they differ in "
            f"{', '.join(_differences(spec, state.spec))}; start afresh or restore it"
        )
    return state


def _differences(one: DesignSpec, other: DesignSpec) -> list[str]:
    return [name for name in type(one).model_fields if getattr(one, name) != getattr(other, name)]


def _seen(trial: Trial, source: Source, conductance: float, sigma: float) -> Observation:
    return Observation(
        candidate=trial.proposal.candidate,
        conductance_g0=max(0.0, conductance),
        sigma_g0=sigma,
        source=source,
        structure=trial.structure,
    )


def _failure(proposal: Proposal, step: Step, kind: str, message: str) -> Failure:
    return Failure(candidate=proposal.candidate, step=step, kind=kind, message=message)
