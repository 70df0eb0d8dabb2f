"""What labels say about the surrogate: its bias, and how sure it really is."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sekkei.design.candidate import Candidate, Observation
from sekkei.design.outcome import as_asked
from sekkei.design.state import DesignState, best_per_structure
from sekkei.model.correction import OPEN, Correction, Pairs, fit_correction
from sekkei.shapes import Float


def state_correction(state: DesignState) -> Correction:
    """Compare estimates with labels of the same structures.

    Without such a pair nothing is corrected. The slope turns about the target.
    """
    pairs = [
        (g, guess.sigma_g0, true, label.sigma_g0)
        for guess, label in _pairs(state)
        for g, true in zip(_conductances(guess), _conductances(label), strict=True)
    ]
    columns = np.array(pairs, dtype=np.float64).reshape(-1, 4).T
    compared = Pairs(*(np.ascontiguousarray(column) for column in columns))
    return fit_correction(compared, state.spec.within.nominal_g0, OPEN)


def believed(state: DesignState) -> tuple[Observation, ...]:
    """Return one observation per structure, estimates without a label corrected.

    Of a pulling it is the number that the target is about.
    """
    correction = state_correction(state)
    seen = (
        _corrected(seen, correction) if seen.source == "surrogate" else seen
        for seen in best_per_structure(state)
    )
    return tuple(as_asked(state.spec, one) for one in seen)


def believed_of_candidates(
    state: DesignState, scatter: Callable[[Candidate], float]
) -> tuple[Observation, ...]:
    """Return one observation per candidate: the mean over its structures.

    A label says how far the estimate of its structure is off, and those of the others with it:
    structures of one candidate are much alike. Without a label the mean is no surer than one
    estimate is, beside the scatter, which it averages out.

    Parameters
    ----------
    state
        Where the campaign stands.
    scatter
        Standard deviation between structures of a candidate, in G0.
    """
    by_candidate: dict[str, list[Observation]] = {}
    for seen in believed(state):
        by_candidate.setdefault(seen.candidate.key, []).append(seen)
    guesses = {o.structure: o for o in _guessed(state)}
    return tuple(
        _pooled(every, guesses, scatter(every[0].candidate)) for every in by_candidate.values()
    )


def _guessed(state: DesignState) -> tuple[Observation, ...]:
    correction = state_correction(state)
    guesses = (o for o in state.observations if o.source == "surrogate" and o.structure)
    return tuple(as_asked(state.spec, _corrected(o, correction)) for o in guesses)


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


def _corrected(seen: Observation, correction: Correction) -> Observation:
    found = np.array(_conductances(seen))
    mean, sigma = correction.correct(found, np.full(found.shape, seen.sigma_g0))
    return seen.model_copy(
        update={
            "conductance_g0": float(mean[-1]),
            "sigma_g0": root_mean_square(sigma),
            "pulling_g0": tuple(mean.tolist()) if seen.pulling_g0 else (),
        }
    )


def root_mean_square(sigmas: Float[np.ndarray, " frame"]) -> float:
    """Return one standard deviation for all frames of a pulling."""
    # Of one number it is that number to the last bit.
    return float(sigmas[0] if len(sigmas) == 1 else np.sqrt(np.mean(sigmas**2)))


def _conductances(seen: Observation) -> tuple[float, ...]:
    return seen.pulling_g0 or (seen.conductance_g0,)


def _pairs(state: DesignState) -> list[tuple[Observation, Observation]]:
    named = [seen for seen in state.observations if seen.structure]
    guesses = {seen.structure: seen for seen in named if seen.source == "surrogate"}
    labels = {seen.structure: seen for seen in named if seen.source == "dft"}
    return [(guesses[name], labels[name]) for name in labels if name in guesses]
