"""The proof of finalists: labels of fresh structures, which no round has seen."""

import math
from collections.abc import Sequence

from sekkei.design.candidate import Proposal
from sekkei.design.chance import prospects
from sekkei.design.finalist import Finalist
from sekkei.design.problem import DesignProblem, Proof, Trial, Verification
from sekkei.design.process import ConductanceProcess
from sekkei.design.ranking import finalists_of, ranked_by_process
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.step import (
    corrected_estimates,
    estimate_all,
    most_promising,
    outcomes_of,
    realise,
    verify_some,
)
from sekkei.design.verified import is_verified_hit, verified_outcome, verified_spectrum
from sekkei.transport.error_bar import WIDE_RATIO
from sekkei.transport.labeler import Label

DECLARED_CHANCE = 0.8
"""A finalist is declared a hit where its chance is at least this, before it is labelled."""


def verify_finalists(
    state: DesignState, problem: DesignProblem
) -> tuple[DesignState, tuple[Verification, ...]]:
    """Prove the best candidates by labels, each with structures never seen before.

    Of each finalist ``fresh_seeds`` new structures are made. The first ``verify_seeds`` of them are
    labelled whatever they look like: they say how large the share of hits is. The surrogate chooses
    one of all: that one is labelled, too, and reported, whatever the label says. What was found is
    told to the campaign, which keeps the finalists. Prediction, interval and chance of a finalist
    make use of the estimates of its fresh structures, and of no label of them.
    """
    spec = state.spec
    ranked, process = ranked_by_process(state)
    likeliest = finalists_of(state, ranked)
    each = [fresh_trials(spec, problem, finalist) for finalist in likeliest]
    finalists = _reconsidered(state, process, likeliest, each)
    best = [most_promising(state, trials, 1) for trials in each]
    # Labelled together, so that many workers can make them at the same time.
    starts = [sum(len(trials) for trials in each[:i]) for i in range(len(each))]
    which = [
        start + i
        for start, trials, chosen in zip(starts, each, best, strict=True)
        for i in _to_label(spec, trials, chosen)
    ]
    made = verify_some(problem, [trial for trials in each for trial in trials], which)
    verifications = []
    for finalist, start, trials, chosen in zip(finalists, starts, each, best, strict=True):
        proved = made[start : start + len(trials)]
        verifications.append(_verification(state, finalist, proved, chosen[0] if chosen else 0))
    finalists_kept = tuple(_finalist(state, found) for found in verifications)
    told = tell(state, outcomes_of(spec, made))
    return told.model_copy(update={"finalists": finalists_kept}), tuple(verifications)


def is_doubtful(spec: DesignSpec, trial: Trial) -> bool | None:
    """Say whether a label may be wrong by more than the target is wide: its 90 % bar is wider.

    Nothing is said of what has no label, or one without an error bar.
    """
    if not isinstance(trial.outcome, Label):
        return None
    labels = trial.labels or (trial.outcome,)
    if any(WIDE_RATIO * one.error > spec.within.room_g0(one.conductance) for one in labels):
        return True
    return None if any(math.isnan(label.error) for label in labels) else False


def fresh_trials(spec: DesignSpec, problem: DesignProblem, finalist: Proposal) -> tuple[Trial, ...]:
    """Realise a finalist with seeds that no round used, and estimate each structure."""
    made = [
        realise(spec, problem, finalist, f"fresh {i_fresh}")
        for i_fresh in range(max(spec.fresh_seeds, spec.verify_seeds))
    ]
    return estimate_all(spec, problem, made)


def _reconsidered(
    state: DesignState,
    process: ConductanceProcess | None,
    finalists: Sequence[Proposal],
    each: Sequence[Sequence[Trial]],
) -> list[Proposal]:
    if process is None or not finalists:
        return list(finalists)
    seen = tell(state, outcomes_of(state.spec, [trial for trials in each for trial in trials]))
    found = prospects(seen, process, [finalist.candidate for finalist in finalists])
    return [
        finalist.model_copy(
            update={
                "predicted_g0": prospect.belief.median_g0,
                "interval_g0": prospect.belief.interval_90_g0,
                "chance": prospect.chance * _made_odds(trials),
            }
        )
        for finalist, trials, prospect in zip(finalists, each, found, strict=True)
    ]


def _made_odds(trials: Sequence[Trial]) -> float:
    # One more success than seen, as where candidates are searched: those seen before were made.
    n_made = sum(trial.junction is not None for trial in trials)
    return (n_made + 1.0) / (len(trials) + 1.0)


def _to_label(spec: DesignSpec, trials: Sequence[Trial], chosen: Sequence[int]) -> list[int]:
    wanted = sorted({*range(spec.verify_seeds), *chosen})
    return [i for i in wanted if trials[i].junction is not None]


def _verification(
    state: DesignState, finalist: Proposal, trials: Sequence[Trial], i_reported: int
) -> Verification:
    spec, reported = state.spec, trials[i_reported]
    means, _ = corrected_estimates(state, trials)
    near = [spec.target.contains(mean) for mean in means]
    verified = verified_outcome(spec, reported)
    proof = _proof(spec, trials)
    return Verification(
        proposal=finalist,
        trial=reported,
        robustness=sum(near) / len(near),
        error_g0=None if verified is None else spec.target.error_g0(verified),
        is_hit=is_verified_hit(spec, reported),
        is_doubtful=is_doubtful(spec, reported),
        is_declared=(finalist.chance or 0.0) >= max(DECLARED_CHANCE, spec.least_share),
        proof=proof,
        is_verified=proof.share is not None and proof.share >= spec.least_share,
        labelled=tuple(trial for trial in trials if trial.outcome is not None),
    )


def _finalist(state: DesignState, found: Verification) -> Finalist:
    return Finalist(
        proposal=found.proposal,
        is_declared=found.is_declared,
        structure=found.trial.structure,
        verified_g0=found.trial.verified_g0,
        verified_spectrum=verified_spectrum(state.spec, found.trial),
        n_seed=found.proof.n_seed,
        n_label=found.proof.n_label,
        n_hit=found.proof.n_hit,
        is_verified=found.is_verified,
        n_seen=state.n_seen,
    )


def _proof(spec: DesignSpec, trials: Sequence[Trial]) -> Proof:
    proved = trials[: spec.verify_seeds]
    n_label = sum(verified_outcome(spec, trial) is not None for trial in proved)
    return Proof(len(proved), n_label, sum(is_verified_hit(spec, trial) for trial in proved))
