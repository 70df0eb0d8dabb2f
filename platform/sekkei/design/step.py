"""Steps of a round: structures are made, estimated, and some of them labelled."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sekkei.design.calibration import state_correction
from sekkei.design.candidate import Failure, Observation, Proposal, Source, Step
from sekkei.design.problem import DesignProblem, Trial
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, realisation_seed
from sekkei.design.target import belief_of
from sekkei.errors import ExperimentError, InvalidInputError, LabelError
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label, Refusal

DFT_SIGMA_G0 = 0.02
"""Least uncertainty of a first-principles label as an observation: the choice of box and leads
moves it by at most 0.03 G0, mostly 0.01. A label that knows of a larger error has that."""


def realise_all(
    spec: DesignSpec, problem: DesignProblem, proposals: Sequence[Proposal], purpose: str
) -> tuple[Trial, ...]:
    """Make one structure for each proposal; ``purpose`` distinguishes repeated realisations."""
    return tuple(realise(spec, problem, proposal, purpose) for proposal in proposals)


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
    target, (means, sigmas) = state.spec.target, corrected_estimates(state, trials)
    chances = [
        (-belief_of(mean, sigma, target.axis).chance(target), target.miss(mean), i)
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


def realise(spec: DesignSpec, problem: DesignProblem, proposal: Proposal, purpose: str) -> Trial:
    """Make one structure; one that cannot be made is a failure of its trial."""
    seed = realisation_seed(spec, proposal.candidate, purpose)
    try:
        junction: Junction = problem.realise(proposal.candidate, seed)
    except (ExperimentError, LabelError) as error:
        failure = _failure(proposal, "realise", type(error).__name__, error.message)
        return Trial(proposal=proposal, seed=seed, failure=failure)
    return Trial(proposal=proposal, seed=seed, junction=junction)


def corrected_estimates(
    state: DesignState, trials: Sequence[Trial]
) -> tuple[list[float], list[float]]:
    """Return estimates, and their standard deviations, as the labels so far correct them."""
    # A trial without an estimate is no number, which is in no target.
    known = [(t.estimate_g0, t.sigma_g0) for t in trials]
    mean = np.array([np.nan if g is None else g for g, _ in known])
    sigma = np.array([1.0 if s is None else s for _, s in known])
    finite = np.isfinite(mean)
    mean[finite], sigma[finite] = state_correction(state).correct(mean[finite], sigma[finite])
    return mean.tolist(), sigma.tolist()


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
