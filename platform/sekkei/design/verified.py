"""What labels say of trials: the number that the target is about, and whether it is a hit."""

from sekkei.design.outcome import outcome_of
from sekkei.design.plateau import share_within
from sekkei.design.problem import Trial
from sekkei.design.specification import DesignSpec


def verified_outcome(spec: DesignSpec, trial: Trial) -> float | None:
    """Return that number by labels, if there are any."""
    if spec.plateau is None:
        return trial.verified_g0
    if not trial.labels:
        return None
    found = [max(0.0, label.conductance) for label in trial.labels]
    return outcome_of(spec, trial.proposal.candidate, found)


def is_verified_hit(spec: DesignSpec, trial: Trial) -> bool:
    """Say whether a trial is a hit by its label; one without a label is none."""
    found = verified_outcome(spec, trial)
    return found is not None and spec.target.contains(found)


def verified_share(spec: DesignSpec, trial: Trial) -> float | None:
    """Return the share of a pulling that is within the target by labels; ``None`` without any."""
    if not trial.labels:
        return None
    return share_within(spec.within, [label.conductance for label in trial.labels])
