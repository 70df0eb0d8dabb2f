"""What labels say about the surrogate: its bias, and how sure it really is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from sekkei.design.candidate import Candidate, Observation
from sekkei.design.outcome import Seen, as_asked, seen_of
from sekkei.design.scatter import ScatterField, scatter_field
from sekkei.design.shared_error import LabelledErrors, Places, SharedErrors
from sekkei.design.spectral_error import (
    SpectralCorrection,
    SpectralPair,
    fit_spectral_correction,
)
from sekkei.design.state import DesignState, best_per_structure
from sekkei.design.target import Axis, Belief, belief_of
from sekkei.model.correction import OPEN, Correction, Pairs, correction_basis, fit_correction
from sekkei.shapes import Float

_LEAST_SIGMA_G0 = 1e-3
"""Least standard deviation that an estimate is taken to have: errors are counted in it."""


@dataclass(frozen=True, slots=True)
class Guess:
    """An estimate of the surrogate as it was made."""

    candidate: Candidate
    """What it is of."""

    seen: Seen
    """What it says, and how sure the surrogate claims to be."""

    @property
    def columns(self) -> tuple[Float[np.ndarray, " frame"], Float[np.ndarray, " frame"]]:
        """Conductances and their standard deviations, one for each frame."""
        found = np.array(self.seen.conductances_g0)
        return found, np.full(found.shape, self.seen.sigma_g0)

    def belief_on(self, axis: Axis) -> Belief:
        """Return what it says of the last frame, on the axis of a target."""
        return belief_of(self.seen.conductances_g0[-1], self.seen.sigma_g0, axis)


def guess_of(seen: Observation) -> Guess:
    """Return the estimate that an observation is."""
    return Guess(seen.candidate, seen_of(seen))


@dataclass(frozen=True, slots=True, eq=False)
class EstimateCorrection:
    """What labels say of estimates: of all of them, and of those that are near."""

    common: Correction
    """Offset and slope of all estimates, and how far they are less sure than claimed."""

    shared: SharedErrors
    """What is left of errors, and is alike where candidates are."""

    field: ScatterField | None
    """Scatter between structures, where a candidate was made twice."""

    places_of: Callable[[Sequence[Guess]], Places]
    """Says where candidates are, and how quiet it is there."""

    spectral: SpectralCorrection
    """Of the spectrum that is asked for, too, if one is."""

    def correct(self, guesses: Sequence[Guess]) -> list[Seen]:
        """Return what each guess says, corrected."""
        if not guesses:
            return []
        away, left = self.shared.expect(self.places_of(guesses))
        return [self._corrected(*one) for one in zip(guesses, away, left, strict=True)]

    def _corrected(self, guess: Guess, away: float, left: float) -> Seen:
        conductances, sigmas = guess.columns
        mean, sigma = self.common.correct(conductances, sigmas)
        # What a model calls broken is, whatever its neighbours are.
        whole = correction_basis(conductances, self.common.centre)[:, 0]
        claimed = self.common.inflation * guess.seen.sigma_g0 * whole
        # Of the variance that the surrogate claims, what neighbours tell is known now.
        known = claimed**2 * (1.0 - left**2)
        corrected = np.maximum(0.0, mean + away * claimed)
        left_g0 = root_mean_square(np.sqrt(np.maximum(sigma**2 - known, 0.0)))
        value, value_sigma = guess.seen.spectrum, guess.seen.spectrum_sigma
        if value is not None:
            value, value_sigma = self.spectral.correct(value, value_sigma)
        return Seen(tuple(corrected.tolist()), left_g0, value, value_sigma)


def state_correction(state: DesignState) -> EstimateCorrection:
    """Compare estimates with labels of the same structures.

    Without such a pair nothing is corrected. The slope turns about the target.
    """
    pairs = _pairs(state)
    rows = [
        (g, guess.sigma_g0, true, label.sigma_g0)
        for guess, label in pairs
        for g, true in zip(*map(_conductances, (guess, label)), strict=True)
    ]
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    compared = Pairs(*(np.ascontiguousarray(column) for column in columns))
    common = fit_correction(compared, state.spec.within.nominal_g0, OPEN)
    field = scatter_field(state)
    places_of = partial(_places, state, field)
    shared = SharedErrors(_labelled(pairs, common, places_of))
    spectral = fit_spectral_correction(_spectral_pairs(pairs))
    return EstimateCorrection(common, shared, field, places_of, spectral)


def _places(state: DesignState, field: ScatterField | None, guesses: Sequence[Guess]) -> Places:
    space = state.space
    features = np.array([space.features(guess.candidate) for guess in guesses])
    features = features.reshape(-1, space.n_feature)
    beliefs = [guess.belief_on(state.spec.target.axis) for guess in guesses]
    sigma = np.array([belief.sigma for belief in beliefs])
    level = np.array([belief.mean for belief in beliefs])
    return Places(features, own_part(field, features, sigma), level)


def own_part(
    field: ScatterField | None,
    features: Float[np.ndarray, "structure feature"],
    sigma: Float[np.ndarray, " structure"],
) -> Float[np.ndarray, " structure"]:
    """Return the part of the variance of errors that neighbours do not share.

    An error of a structure is its own as far as structures differ: by the scatter that is typical
    there, against the error that is claimed. While no candidate was made twice nothing is known of
    it, and nothing is shared.
    """
    if field is None or not len(features):
        return np.ones(len(features))
    scatter = field.typical(features) ** 2
    own: np.ndarray = scatter / (scatter + sigma**2)
    return own


def _labelled(
    pairs: Sequence[tuple[Observation, Observation]],
    common: Correction,
    places_of: Callable[[Sequence[Guess]], Places],
) -> LabelledErrors:
    guesses, left = [guess_of(guess) for guess, _ in pairs], []
    for guess, (_, label) in zip(guesses, pairs, strict=True):
        mean, _ = common.correct(*guess.columns)
        # Of a pulling its mean: its frames are of one contact.
        away = float(np.mean(np.array(_conductances(label)) - mean))
        claimed = max(common.inflation * guess.seen.sigma_g0, _LEAST_SIGMA_G0)
        left.append((away / claimed, label.sigma_g0 / claimed))
    error, noise = np.array(left, dtype=np.float64).reshape(-1, 2).T
    return LabelledErrors(places_of(guesses), error, noise)


def believed(state: DesignState) -> tuple[Observation, ...]:
    """Return one observation per structure, estimates without a label corrected.

    Of a pulling it is the number that the target is about.
    """
    return believed_by(state, state_correction(state))


def believed_by(state: DesignState, correction: EstimateCorrection) -> tuple[Observation, ...]:
    """Return what `believed` does, by a correction that is known."""
    return _corrected(state, best_per_structure(state), correction)


def believed_of_candidates(
    state: DesignState, scatter_g0: Callable[[Observation], float]
) -> tuple[Observation, ...]:
    """Return one observation per candidate: the mean over its structures.

    A label says how far the estimate of its structure is off, and those of the others with it:
    structures of one candidate are much alike. Without a label the mean is no surer than one
    estimate is, beside the scatter, which it averages out.

    Parameters
    ----------
    state
        Where the campaign stands.
    scatter_g0
        Standard deviation between structures of the candidate of an observation, in G0.
    """
    correction = state_correction(state)
    by_candidate: dict[str, list[Observation]] = {}
    for seen in _corrected(state, best_per_structure(state), correction):
        by_candidate.setdefault(seen.candidate.key, []).append(seen)
    named = [o for o in state.observations if o.source == "surrogate" and o.structure]
    guesses = {o.structure: o for o in _corrected(state, named, correction)}
    return tuple(_pooled(every, guesses, scatter_g0(every[-1])) for every in by_candidate.values())


def _pooled(
    every: Sequence[Observation], guesses: Mapping[str, Observation], scatter: float
) -> Observation:
    sure = [o for o in every if o.source != "surrogate"]
    errors = [
        o.conductance_g0 - guesses[o.structure].conductance_g0
        for o in sure
        if o.structure in guesses
    ]
    # Without an estimate of a labelled structure nothing says how far the other estimates are off.
    taken = every if errors or not sure else sure
    shift = float(np.mean(errors)) if errors else 0.0
    found = [o.conductance_g0 + (shift if o.source == "surrogate" else 0.0) for o in taken]
    own = float(np.mean([o.sigma_g0**2 for o in sure or taken]))
    return every[0].model_copy(
        update={
            "conductance_g0": max(0.0, float(np.mean(found))),
            "sigma_g0": float(np.sqrt(own + scatter**2 / len(taken))),
        }
    )


def _corrected(
    state: DesignState, seen: Sequence[Observation], correction: EstimateCorrection
) -> tuple[Observation, ...]:
    """Correct what is an estimate, and return all as the number that the target is about."""
    guesses = [guess_of(one) for one in seen if one.source == "surrogate"]
    found = iter(correction.correct(guesses))
    corrected = (_with(o, next(found)) if o.source == "surrogate" else o for o in seen)
    return tuple(as_asked(state.spec, one) for one in corrected)


def _with(seen: Observation, now: Seen) -> Observation:
    found = tuple(now.conductances_g0)
    return seen.model_copy(
        update={
            "conductance_g0": found[-1],
            "sigma_g0": now.sigma_g0,
            "pulling_g0": found if seen.pulling_g0 else (),
            "spectrum": now.spectrum,
            "spectrum_sigma": None if now.spectrum is None else now.spectrum_sigma,
        }
    )


def root_mean_square(sigmas: Float[np.ndarray, " frame"]) -> float:
    """Return one standard deviation for all frames of a pulling."""
    # Of one number it is that number to the last bit.
    return float(sigmas[0] if len(sigmas) == 1 else np.sqrt(np.mean(sigmas**2)))


def _conductances(seen: Observation) -> Sequence[float]:
    return seen_of(seen).conductances_g0


def _spectral_pairs(pairs: Sequence[tuple[Observation, Observation]]) -> list[SpectralPair]:
    return [
        SpectralPair(
            guess.spectrum, guess.spectrum_sigma or 0.0, label.spectrum, label.spectrum_sigma or 0.0
        )
        for guess, label in pairs
        if guess.spectrum is not None and label.spectrum is not None
    ]


def _pairs(state: DesignState) -> list[tuple[Observation, Observation]]:
    named = [seen for seen in state.observations if seen.structure]
    guesses = {seen.structure: seen for seen in named if seen.source == "surrogate"}
    labels = {seen.structure: seen for seen in named if seen.source == "dft"}
    return [(guesses[name], labels[name]) for name in labels if name in guesses]
