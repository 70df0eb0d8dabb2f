"""Steps of a round: structures are made, estimated, and some of them labelled."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from sekkei.design.calibration import Guess, root_mean_square, state_correction
from sekkei.design.candidate import Candidate, Failure, Observation, Proposal, Source, Step
from sekkei.design.costs import Costs, best_to_label
from sekkei.design.outcome import Seen, outcome_of
from sekkei.design.problem import DesignProblem, PullableProblem, SpectralProblem, Trial
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, realisation_seed
from sekkei.design.target import belief_of
from sekkei.design.verified import verified_spectrum
from sekkei.errors import ExperimentError, InvalidInputError, LabelError
from sekkei.shapes import Float
from sekkei.structure.form import form_of
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label, Outcome, Refusal

LABEL_SIGMA_G0 = 0.005
"""How far labels of like structures differ. What is asked for is what a label says, so that its own
error, from box, leads or basis, is none here: it is in the label, and a finalist that it could move
out of the target is doubtful."""


def realise_all(
    spec: DesignSpec, problem: DesignProblem, proposals: Sequence[Proposal], purpose: str
) -> tuple[Trial, ...]:
    """Make one structure for each proposal; ``purpose`` distinguishes repeated realisations."""
    return tuple(realise(spec, problem, proposal, purpose) for proposal in proposals)


def estimate_all(
    spec: DesignSpec, problem: DesignProblem, trials: Sequence[Trial]
) -> tuple[Trial, ...]:
    """Add the surrogate's estimate to each trial that has a structure.

    Raises
    ------
    InvalidInputError
        If the problem returns something else than one finite number for each junction, or says
        nothing of the spectrum that is asked for.
    """
    made = [junction for trial in trials for junction in trial.structures]
    if not made:
        return tuple(trials)
    mean, sigma = problem.estimate(made)
    finite = bool(np.isfinite(mean).all() and np.isfinite(sigma).all())
    if not (mean.shape == sigma.shape == (len(made),) and finite):
        raise InvalidInputError(
            f"an estimate must be one finite number for each of {len(made)} junctions, but found "
            f"shapes {mean.shape} and {sigma.shape}, finite: {finite}; look at the surrogate"
        )
    ends = np.cumsum([len(trial.structures) for trial in trials])[:-1]
    parts = zip(trials, np.split(np.maximum(0.0, mean), ends), np.split(sigma, ends), strict=True)
    found = tuple(_estimated(trial, means, sigmas) for trial, means, sigmas in parts)
    return found if spec.spectrum is None else _with_spectra(problem, found)


def _with_spectra(problem: DesignProblem, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    if not isinstance(problem, SpectralProblem):
        raise InvalidInputError(
            f"a design with a spectrum must be of a problem that estimates one, but "
            f"{type(problem).__name__} does not; give it a method estimate_spectrum, or leave out "
            "spectrum"
        )
    made = [trial.junction for trial in trials if trial.junction is not None]
    found = zip(*problem.estimate_spectrum(made), strict=True)
    values = (next(found) if trial.junction is not None else None for trial in trials)
    return tuple(
        trial
        if value is None or math.isnan(value[0])
        else replace(trial, spectrum=float(value[0]), spectrum_sigma=float(value[1]))
        for trial, value in zip(trials, values, strict=True)
    )


def most_promising(
    state: DesignState, trials: Sequence[Trial], n: int, least_chance: float = 0.0
) -> tuple[int, ...]:
    """Return positions of the ``n`` unverified trials that are likeliest to hit, best first.

    Estimates are taken with the correction that the labels so far suggest. Further structures of
    a candidate come after the best ones of all others: a label tells of its whole candidate.
    Those with less than the least chance are left out.
    """
    ordered = sorted(
        (-chance, miss, i) for chance, miss, i in promises(state, trials) if chance >= least_chance
    )
    best = list(first_of_each(trials, [i for _, _, i in ordered]).values())
    return tuple([*best, *(i for _, _, i in ordered if i not in best)][:n])


def first_of_each(trials: Sequence[Trial], places: Iterable[int]) -> dict[str, int]:
    """Return the first of some places at which each candidate has a trial, by candidates' keys."""
    first: dict[str, int] = {}
    for i in places:
        first.setdefault(trials[i].proposal.candidate.key, i)
    return first


def n_to_label(state: DesignState, trials: Sequence[Trial]) -> int:
    """Return how many of the most promising trials of a round get a label.

    Where costs decide, these are those of earlier rounds: a round that is repeated after a stop
    labels as many again.
    """
    spec, costs = state.spec, state.costs
    chances = [chance for chance, _, _ in promises(state, trials)]
    if not (spec.label_by_cost and costs.is_known and chances):
        return spec.verify_per_round
    n_worth = len(best_to_label(chances, costs.structure_s, costs.one_label_s))
    return max(spec.verify_per_round, n_worth)


def costs_after(costs: Costs, trials: Sequence[Trial], made_s: float) -> Costs:
    """Add what a round spent: its structures took so long, and labels say it of themselves.

    So a label that the lake had already counts with what it cost then.
    """
    labelled = [trial for trial in trials if isinstance(trial.outcome, Label)]
    spent = sum(
        label.cpu_seconds
        for trial in labelled
        for label in trial.labels or (trial.outcome,)
        if isinstance(label, Label) and math.isfinite(label.cpu_seconds)
    )
    return costs + Costs(n_made=len(trials), made_s=made_s, n_label=len(labelled), label_s=spent)


def verify_some(
    problem: DesignProblem, trials: Sequence[Trial], which: Sequence[int]
) -> tuple[Trial, ...]:
    """Label the structures of some trials; a refusal becomes a failure.

    Of a pulling every structure is labelled, and one refusal is that of the whole.
    """
    junctions = [junction for i in which for junction in trials[i].structures]
    done = list(trials)
    if junctions:
        found = iter(problem.verify(junctions))
        for i in which:
            outcomes = [next(found) for _ in trials[i].structures]
            done[i] = _verified(trials[i], outcomes)
    return tuple(done)


def outcomes_of(spec: DesignSpec, trials: Sequence[Trial]) -> tuple[Observation | Failure, ...]:
    """Return what `tell` should hear of trials: estimates, labels and failures."""
    outcomes: list[Observation | Failure] = []
    for trial in trials:
        if trial.estimate_g0 is not None and trial.sigma_g0 is not None:
            estimates = trial.estimates_g0 or (trial.estimate_g0,)
            of_spectrum = (trial.spectrum, trial.spectrum_sigma)
            outcomes.append(_seen(trial, "surrogate", estimates, trial.sigma_g0, of_spectrum))
        if isinstance(trial.outcome, Label):
            labels = trial.labels or (trial.outcome,)
            found = [label.conductance for label in labels]
            value = verified_spectrum(spec, trial)
            least = None if spec.spectrum is None or value is None else spec.spectrum.least_sigma
            outcomes.append(_seen(trial, "dft", found, LABEL_SIGMA_G0, (value, least)))
        if trial.failure is not None:
            outcomes.append(trial.failure)
    return tuple(outcomes)


def realise(spec: DesignSpec, problem: DesignProblem, proposal: Proposal, purpose: str) -> Trial:
    """Make one structure; one that cannot be made is a failure of its trial."""
    seed = realisation_seed(spec, proposal.candidate, purpose)
    try:
        pulling = _pulled(spec, problem, proposal.candidate, seed)
        junction = pulling[-1] if pulling else problem.realise(proposal.candidate, seed)
    except (ExperimentError, LabelError) as error:
        failure = _failure(proposal, "realise", type(error).__name__, error.message)
        return Trial(proposal=proposal, seed=seed, failure=failure)
    return Trial(proposal=proposal, seed=seed, junction=junction, pulling=pulling)


def corrected_estimates(
    state: DesignState, trials: Sequence[Trial]
) -> tuple[list[float], list[float]]:
    """Return estimates, and their standard deviations, as the labels so far correct them.

    Of a pulling they are of the number that the target is about.
    """
    # A trial without an estimate is no number, which is in no target.
    found = [(np.nan, 1.0)] * len(trials)
    guesses = {i: guess for i, trial in enumerate(trials) if (guess := _guess(trial)) is not None}
    corrected = state_correction(state).correct(list(guesses.values()))
    for (i, guess), seen in zip(guesses.items(), corrected, strict=True):
        found[i] = outcome_of(state.spec, guess.candidate, seen)
    return [mean for mean, _ in found], [sigma for _, sigma in found]


def _guess(trial: Trial) -> Guess | None:
    if trial.estimate_g0 is None or trial.sigma_g0 is None:
        return None
    conductances = trial.estimates_g0 or (trial.estimate_g0,)
    seen = Seen(conductances, trial.sigma_g0, trial.spectrum, trial.spectrum_sigma or 0.0)
    return Guess(trial.proposal.candidate, seen)


def promises(state: DesignState, trials: Sequence[Trial]) -> list[tuple[float, float, int]]:
    """Return the chance of a hit, the miss in G0 and the position of each trial to be labelled."""
    target, (means, sigmas) = state.spec.target, corrected_estimates(state, trials)
    return [
        (belief_of(mean, sigma, target.axis).chance(target), target.miss(mean), i)
        for i, (trial, mean, sigma) in enumerate(zip(trials, means, sigmas, strict=True))
        if trial.outcome is None and trial.estimate_g0 is not None
    ]


def _pulled(
    spec: DesignSpec, problem: DesignProblem, candidate: Candidate, seed: int
) -> tuple[Junction, ...]:
    if spec.plateau is None:
        return ()
    if not isinstance(problem, PullableProblem):
        raise InvalidInputError(
            f"a design with a plateau must be of a problem that can pull, but "
            f"{type(problem).__name__} cannot; give it a method pull, or leave out plateau"
        )
    return tuple(problem.pull(candidate, seed, spec.plateau.frames))


def _estimated(
    trial: Trial, means: Float[np.ndarray, " frame"], sigmas: Float[np.ndarray, " frame"]
) -> Trial:
    if not len(means):
        return trial
    return replace(
        trial,
        estimate_g0=float(means[-1]),
        sigma_g0=root_mean_square(sigmas),
        estimates_g0=tuple(means.tolist()) if trial.pulling else (),
    )


def _verified(trial: Trial, outcomes: Sequence[Outcome]) -> Trial:
    refusal = next((one for one in outcomes if isinstance(one, Refusal)), None)
    if refusal is not None:
        failure = _failure(trial.proposal, "verify", refusal.kind, refusal.message)
        return replace(trial, outcome=refusal, failure=failure)
    labels = tuple(one for one in outcomes if isinstance(one, Label)) if trial.pulling else ()
    return replace(trial, outcome=outcomes[-1], labels=labels, failure=None)


def _seen(
    trial: Trial,
    source: Source,
    conductances: Sequence[float],
    sigma: float,
    of_spectrum: tuple[float | None, float | None],
) -> Observation:
    found = tuple(max(0.0, conductance) for conductance in conductances)
    return Observation(
        candidate=trial.proposal.candidate,
        conductance_g0=found[-1],
        sigma_g0=sigma,
        source=source,
        structure=trial.structure,
        seed=trial.seed if trial.structure else None,
        pulling_g0=found if trial.pulling else (),
        spectrum=of_spectrum[0],
        spectrum_sigma=of_spectrum[1],
        form=form_of(trial.junction) if source == "surrogate" and trial.junction else (),
    )


def _failure(proposal: Proposal, step: Step, kind: str, message: str) -> Failure:
    return Failure(candidate=proposal.candidate, step=step, kind=kind, message=message)
