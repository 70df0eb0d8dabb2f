"""What labels say of trials: the number that the target is about, and whether it is a hit."""

from sekkei.design.outcome import Seen, outcome_of
from sekkei.design.plateau import share_within
from sekkei.design.problem import Trial
from sekkei.design.specification import DesignSpec
from sekkei.design.spectral import value_of_label
from sekkei.transport.labeler import Label


def verified_outcome(spec: DesignSpec, trial: Trial) -> float | None:
    """Return that number by labels, if there are any."""
    labels = trial.labels
    if spec.plateau is None:
        labels = (trial.outcome,) if isinstance(trial.outcome, Label) else ()
    if not labels:
        return None
    found = Seen(
        [max(0.0, label.conductance) for label in labels], spectrum=verified_spectrum(spec, trial)
    )
    return outcome_of(spec, trial.proposal.candidate, found)[0]


def verified_spectrum(spec: DesignSpec, trial: Trial) -> float | None:
    """Return Fano factor, slope or thermopower by a label, if one is asked for and there is one."""
    if spec.spectrum is None or not isinstance(trial.outcome, Label):
        return None
    return value_of_label(spec.spectrum, trial.outcome)


def is_verified_hit(spec: DesignSpec, trial: Trial) -> bool:
    """Say whether a trial is a hit by its label; one without a label is none."""
    found = verified_outcome(spec, trial)
    return found is not None and spec.target.contains(found)


def verified_share(spec: DesignSpec, trial: Trial) -> float | None:
    """Return the share of a pulling that is within the target by labels; ``None`` without any."""
    if not trial.labels:
        return None
    return share_within(spec.within, [label.conductance for label in trial.labels])
