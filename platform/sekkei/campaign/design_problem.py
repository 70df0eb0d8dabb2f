"""A design problem of stretched contacts, labelled by a pool and kept in the lake."""

import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from sekkei.campaign.context import CampaignContext
from sekkei.campaign.source import structure_row
from sekkei.campaign.specification import LabelPlan
from sekkei.campaign.stages import label_snapshots
from sekkei.design.candidate import Candidate
from sekkei.design.contacts import estimated, labelled, pulled, stretched
from sekkei.design.problem import RoundResult, Trial, Verification, structure_key
from sekkei.design.specification import DesignSpec
from sekkei.design.spectral import values_by_model
from sekkei.design.staged import staged_estimator
from sekkei.design.verified import is_verified_hit
from sekkei.design.warm_start import parameters_of
from sekkei.fleet.runner import provenance_since
from sekkei.identity import content_hash
from sekkei.lake import Batch, ProposalRow, label_key
from sekkei.model.predictor import Predictions, Predictor
from sekkei.shapes import Bool, Float
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label, Outcome

__all__ = ["PooledDesignProblem", "structure_row"]


@dataclass(frozen=True, slots=True, eq=False)
class PooledDesignProblem:
    """A `sekkei.design.problem.DesignProblem` whose labels are made by many workers.

    Every structure that is verified goes into the lake with its label, so that a campaign that is
    run again after a stop finds them there.
    """

    spec: DesignSpec
    """Names electrode and potential."""

    context: CampaignContext
    """Where labels are made and kept."""

    predictor: Predictor
    """Estimates."""

    plan: LabelPlan
    """Names the labeler."""

    second: Predictor | None = None
    """Estimates again what may be near the target, and where it is surer; see `staged_estimator`.
    What else is asked for of a spectrum is always its word."""

    by_second: set[str] = field(default_factory=set)
    """Structures of which it has the word, by `structure_key`."""

    outside: set[str] = field(default_factory=set)
    """Structures that are unlike all that the model was trained on that estimated them last."""

    told: set[str] = field(default_factory=set)
    """Why they are; each reason is told once."""

    def realise(self, candidate: Candidate, seed: int) -> Junction:
        """Cut a contact, pull it by the elongation, and return it relaxed.

        Raises
        ------
        ExperimentError
            If the dynamics fails.
        AtomOverlapError
            If an atom stands where the leads of the design go.
        """
        return stretched(self.spec, candidate, seed)

    def pull(self, candidate: Candidate, seed: int, n_frame: int) -> Sequence[Junction]:
        """Cut a contact, pull it by the elongation, and return it after each of equal parts.

        Raises
        ------
        ExperimentError
            If the dynamics fails.
        AtomOverlapError
            If an atom stands where the leads of the design go.
        """
        return pulled(self.spec, candidate, seed, n_frame)

    def estimate(
        self, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        """Return the predictor's conductance and the half width of its 68 % interval, in G0."""
        if self.second is None:
            return self._estimates(self.predictor, junctions)

        def note(
            is_near: Bool[np.ndarray, " junction"], is_second: Bool[np.ndarray, " junction"]
        ) -> None:
            chosen = [structure_key(junctions[i]) for i in np.flatnonzero(is_second).tolist()]
            self.by_second.update(chosen)
            self.context.progress.said(
                f"second model: {np.count_nonzero(is_near)} of {len(junctions)} structures may be "
                f"near the target, {len(chosen)} of them are known better now"
            )

        first = partial(self._estimates, self.predictor)
        second = partial(self._estimates, self.second)
        return staged_estimator(self.spec.within, first, second, note)(junctions)

    def estimate_spectrum(
        self, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        """Return the predictor's Fano factor, slope or thermopower; see `SpectralProblem`."""
        seen = estimated(self.spec, junctions)
        values, sigmas = values_by_model(self.spec, self.second or self.predictor, seen)
        if self.spec.spectrum is not None:
            # What is unlike the training set is known no better than its conductance is.
            is_outside = [structure_key(one) in self.outside for one in junctions]
            least = np.where(is_outside, self.spec.spectrum.unknown[1], 0.0)
            sigmas = np.maximum(sigmas, least)
        return values, sigmas

    def verify(self, junctions: Sequence[Junction]) -> Sequence[Outcome]:
        """Label junctions; those that the lake holds are not done again."""
        rows = [structure_row(junction) for junction in labelled(self.spec, junctions)]
        return label_snapshots(self.context, rows, self.plan)

    def keep_round(self, result: RoundResult) -> None:
        """Commit what one round put forward, structures and all, at once."""
        trials = [(trial, _status(trial)) for trial in result.trials]
        self._keep(trials, result.n_round, f"design round {result.n_round}")

    def keep_verifications(self, verifications: Sequence[Verification], n_round: int) -> None:
        """Commit all that was labelled of the finalists at once."""
        trials = [
            (trial, "hit" if is_verified_hit(self.spec, trial) else "miss")
            for v in verifications
            for trial in (v.labelled or (v.trial,))
        ]
        self._keep(trials, n_round, "design finalists")

    def _keep(self, trials: Sequence[tuple[Trial, str]], n_round: int, message: str) -> None:
        made = [
            (trial, status, structure_row(junction))
            for trial, status in trials
            if trial.junction is not None
            for junction in labelled(self.spec, [trial.junction])
        ]
        batch = Batch(
            snapshots=tuple(structure for _, _, structure in made),
            proposals=tuple(
                self._row(trial, n_round, status, structure.key)
                for trial, status, structure in made
            ),
        )
        self.context.committer.commit(batch, message)
        self.context.refresh()

    def _estimates(
        self, predictor: Predictor, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        found = predictor.predict(estimated(self.spec, junctions))
        for junction, is_outside in zip(junctions, found.is_outside, strict=True):
            (self.outside.add if is_outside else self.outside.discard)(structure_key(junction))
        self._say_outside(found)
        return found.mean, found.sigma

    def _say_outside(self, found: Predictions) -> None:
        reasons = Counter(filter(None, found.reasons))
        n_outside, n_all = reasons.total(), len(found.reasons)
        # A few strange structures are no reason to say anything: their intervals are wide.
        if 2 * n_outside <= n_all:
            return
        ((reason, _),) = reasons.most_common(1)
        if reason not in self.told:
            self.told.add(reason)
            self.context.progress.said(
                f"{n_outside} of {n_all} estimates are of what the model never learned, so that "
                f"their intervals are wide and labels decide: {reason}"
            )

    def _model_of(self, trial: Trial) -> Predictor:
        if self.second is not None and trial.structure in self.by_second:
            return self.second
        return self.predictor

    def _row(self, trial: Trial, n_round: int, status: str, structure: str) -> ProposalRow:
        low, high = _interval(trial.proposal.interval_g0)
        recipe = trial.outcome.recipe if isinstance(trial.outcome, Label) else ""
        candidate = trial.proposal.candidate
        # What was labelled by two methods, in a design that began anew, is two rows.
        by_method = [recipe] if recipe else []
        return ProposalRow(
            key=content_hash("proposal", trial.proposal.id, trial.seed, status, *by_method),
            design=self.spec.key,
            round=n_round,
            target_g0=self.spec.within.nominal_g0,
            composition=candidate.composition,
            parameters=json.dumps(parameters_of(self.spec, candidate), sort_keys=True),
            snapshot=structure,
            predicted_g0=_number(trial.proposal.predicted_g0),
            interval_low_g0=low,
            interval_high_g0=high,
            surrogate_g0=_number(trial.estimate_g0),
            verified_g0=_number(trial.verified_g0),
            label=label_key(structure, recipe) if recipe else "",
            recipe=recipe,
            status=status,
            seed=trial.seed,
            model=self._model_of(trial).identity,
            provenance=provenance_since(time.time(), cpu_seconds=math.nan),
        )


def _status(trial: Trial) -> str:
    if trial.failure is not None:
        return "refused"
    return "estimated" if trial.outcome is None else "verified"


def _number(value: float | None) -> float:
    # A proposer that says infinity has said nothing, and no lake takes it.
    return value if value is not None and math.isfinite(value) else math.nan


def _interval(ends: tuple[float, float] | None) -> tuple[float, float]:
    low, high = map(_number, ends or (None, None))
    return (low, high) if low <= high else (math.nan, math.nan)
