"""What first-principles labels say about the surrogate: its bias, and how sure it really is."""

from dataclasses import dataclass

import numpy as np

from sekkei.design.candidate import Observation
from sekkei.design.state import DesignState, best_per_structure
from sekkei.shapes import Float

_BROKEN_G0 = 0.1
"""Below this the correction fades: what the surrogate calls broken is, however biased it is."""

_OFFSET_SIGMA_G0 = 1.0
_SLOPE_SIGMA = 0.5
_PRIOR_PAIRS = 2.0
"""The surrogate's own word on its error counts as much as so many labels."""


@dataclass(frozen=True, slots=True, eq=False)
class EstimateCorrection:
    """A linear correction of the surrogate, with its uncertainty."""

    weights: Float[np.ndarray, "2"]
    """Offset at the target in G0, and slope."""

    covariance: Float[np.ndarray, "2 2"]
    """Covariance of the weights."""

    centre: float
    """The target in G0."""

    inflation: float
    """Factor on the surrogate's standard deviations; at least 1."""

    def correct(
        self, mean: Float[np.ndarray, " estimate"], sigma: Float[np.ndarray, " estimate"]
    ) -> tuple[Float[np.ndarray, " estimate"], Float[np.ndarray, " estimate"]]:
        """Return corrected estimates and their standard deviations, in G0."""
        basis = _basis(mean, self.centre)
        spread = np.einsum("ei,ij,ej->e", basis, self.covariance, basis)
        corrected = np.maximum(0.0, mean + basis @ self.weights)
        return corrected, np.sqrt((self.inflation * sigma) ** 2 + spread)


def fit_correction(state: DesignState) -> EstimateCorrection:
    r"""Compare estimates with labels of the same structures.

    Without such a pair nothing is corrected. With some, ``label - estimate`` is regressed on
    ``1`` and ``estimate - target`` with a normal prior (widths 1 G0 and 0.5), so that one pair
    moves the offset and several are needed for a slope. Both fade below 0.1 G0. Where
    residuals are larger than the standard deviations claimed, those are inflated to match.

    Notes
    -----
    Bayesian linear regression: C. M. Bishop, Pattern Recognition and Machine Learning (2006),
    section 3.3.
    """
    target = state.spec.target_g0
    pairs = _pairs(state)
    if not pairs:
        return EstimateCorrection(np.zeros(2), np.zeros((2, 2)), target, 1.0)
    estimate = np.array([guess.conductance_g0 for guess, _ in pairs])
    error = np.array([label.conductance_g0 for _, label in pairs]) - estimate
    variance = np.array([max(g.sigma_g0**2 + t.sigma_g0**2, 1e-6) for g, t in pairs])
    basis = _basis(estimate, target)
    weights, _ = _regress(basis, error, variance)
    chi_squared = float(((error - basis @ weights) ** 2 / variance).sum())
    factor = max(1.0, (_PRIOR_PAIRS + chi_squared) / (_PRIOR_PAIRS + len(pairs)))
    weights, covariance = _regress(basis, error, variance * factor)
    return EstimateCorrection(weights, covariance, target, float(np.sqrt(factor)))


def believed(state: DesignState) -> tuple[Observation, ...]:
    """Return one observation per structure, estimates without a label corrected."""
    calibration = fit_correction(state)
    return tuple(
        _corrected(seen, calibration) if seen.source == "surrogate" else seen
        for seen in best_per_structure(state)
    )


def _corrected(seen: Observation, calibration: EstimateCorrection) -> Observation:
    mean, sigma = calibration.correct(np.array([seen.conductance_g0]), np.array([seen.sigma_g0]))
    return seen.model_copy(update={"conductance_g0": float(mean[0]), "sigma_g0": float(sigma[0])})


def _pairs(state: DesignState) -> list[tuple[Observation, Observation]]:
    named = [seen for seen in state.observations if seen.structure]
    guesses = {seen.structure: seen for seen in named if seen.source == "surrogate"}
    labels = {seen.structure: seen for seen in named if seen.source == "dft"}
    return [(guesses[name], labels[name]) for name in labels if name in guesses]


def _basis(
    estimate: Float[np.ndarray, " estimate"], centre: float
) -> Float[np.ndarray, "estimate 2"]:
    whole = np.minimum(1.0, estimate / _BROKEN_G0)
    return np.column_stack([whole, whole * (estimate - centre)])


def _regress(
    basis: Float[np.ndarray, "pair 2"],
    error: Float[np.ndarray, " pair"],
    variance: Float[np.ndarray, " pair"],
) -> tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2 2"]]:
    prior = np.diag([_OFFSET_SIGMA_G0**-2, _SLOPE_SIGMA**-2])
    weighted = basis.T / variance
    covariance = np.linalg.inv(prior + weighted @ basis)
    return covariance @ weighted @ error, covariance
