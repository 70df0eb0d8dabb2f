"""What first-principles labels say about the surrogate: its bias, and how sure it really is."""

import numpy as np

from sekkei.design.candidate import Observation
from sekkei.design.state import DesignState, best_per_structure
from sekkei.model.correction import OPEN, Correction, Pairs, fit_correction


def state_correction(state: DesignState) -> Correction:
    """Compare estimates with labels of the same structures.

    Without such a pair nothing is corrected. The slope turns about the target.
    """
    pairs = _pairs(state)
    guesses, labels = [guess for guess, _ in pairs], [label for _, label in pairs]
    compared = Pairs(
        np.array([seen.conductance_g0 for seen in guesses], dtype=np.float64),
        np.array([seen.sigma_g0 for seen in guesses], dtype=np.float64),
        np.array([seen.conductance_g0 for seen in labels], dtype=np.float64),
        np.array([seen.sigma_g0 for seen in labels], dtype=np.float64),
    )
    return fit_correction(compared, state.spec.target.nominal_g0, OPEN)


def believed(state: DesignState) -> tuple[Observation, ...]:
    """Return one observation per structure, estimates without a label corrected."""
    correction = state_correction(state)
    return tuple(
        _corrected(seen, correction) if seen.source == "surrogate" else seen
        for seen in best_per_structure(state)
    )


def _corrected(seen: Observation, correction: Correction) -> Observation:
    mean, sigma = correction.correct(np.array([seen.conductance_g0]), np.array([seen.sigma_g0]))
    return seen.model_copy(update={"conductance_g0": float(mean[0]), "sigma_g0": float(sigma[0])})


def _pairs(state: DesignState) -> list[tuple[Observation, Observation]]:
    named = [seen for seen in state.observations if seen.structure]
    guesses = {seen.structure: seen for seen in named if seen.source == "surrogate"}
    labels = {seen.structure: seen for seen in named if seen.source == "dft"}
    return [(guesses[name], labels[name]) for name in labels if name in guesses]
