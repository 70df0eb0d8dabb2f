"""What labels say about predictions: their bias, and how sure they really are."""

from dataclasses import dataclass

import numpy as np

from sekkei.shapes import Float

_BROKEN_G0 = 0.1
"""Below this the correction fades: what a model calls broken is, however biased it is."""

_PRIOR_PAIRS = 2.0
"""The model's own word on its error counts as much as so many labels."""


@dataclass(frozen=True, slots=True)
class Prior:
    """How large a correction is expected to be."""

    offset_g0: float
    """Standard deviation of the offset in G0."""

    slope: float
    """Standard deviation of the slope."""


OPEN = Prior(offset_g0=0.2, slope=0.1)
"""For a model in a design, by what one was measured to err there (decision 0052)."""

CAUTIOUS = Prior(offset_g0=0.05, slope=0.01)
"""For a model that was tested: a dozen labels cost it 2 % where it has no bias (decision 0032)."""


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """A linear correction of predictions, with its uncertainty."""

    weights: Float[np.ndarray, "2"]
    """Offset at the centre in G0, and slope."""

    covariance: Float[np.ndarray, "2 2"]
    """Covariance of the weights."""

    centre: float
    """Conductance in G0 about which the slope turns."""

    inflation: float
    """Factor on the standard deviations that the model claims; at least 1."""

    def correct(
        self, mean: Float[np.ndarray, " estimate"], sigma: Float[np.ndarray, " estimate"]
    ) -> tuple[Float[np.ndarray, " estimate"], Float[np.ndarray, " estimate"]]:
        """Return corrected predictions and their standard deviations, in G0."""
        basis = correction_basis(mean, self.centre)
        spread = np.einsum("ei,ij,ej->e", basis, self.covariance, basis)
        corrected = np.maximum(0.0, mean + basis @ self.weights)
        return corrected, np.sqrt((self.inflation * sigma) ** 2 + spread)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Predictions and labels of the same structures, in G0."""

    predicted: Float[np.ndarray, " pair"]
    """Predictions."""

    predicted_sigma: Float[np.ndarray, " pair"]
    """Their standard deviations, as claimed."""

    label: Float[np.ndarray, " pair"]
    """Labels."""

    label_sigma: Float[np.ndarray, " pair"]
    """Standard deviations of the labels."""

    @property
    def variance(self) -> Float[np.ndarray, " pair"]:
        """Variance that the difference of both is expected to have, in G0²."""
        found: np.ndarray = np.maximum(self.predicted_sigma**2 + self.label_sigma**2, 1e-6)
        return found


def fit_correction(pairs: Pairs, centre: float, prior: Prior) -> Correction:
    r"""Regress labels on predictions of the same structures.

    Without a pair nothing is corrected. With some, ``label - predicted`` is regressed on ``1`` and
    ``predicted - centre`` with a normal prior, so that one pair moves the offset and several are
    needed for a slope. Both fade below 0.1 G0. Where residuals are larger than the standard
    deviations claimed, those are inflated to match.

    Notes
    -----
    Bayesian linear regression: C. M. Bishop, Pattern Recognition and Machine Learning (2006),
    section 3.3.
    """
    if pairs.label.size == 0:
        return Correction(np.zeros(2), np.zeros((2, 2)), centre, 1.0)
    error = pairs.label - pairs.predicted
    basis = correction_basis(pairs.predicted, centre)
    precision = np.diag([prior.offset_g0**-2, prior.slope**-2])
    weights, _ = _regress(basis, error, pairs.variance, precision)
    chi_squared = float(((error - basis @ weights) ** 2 / pairs.variance).sum())
    factor = variance_factor(chi_squared, pairs.label.size)
    weights, covariance = _regress(basis, error, pairs.variance * factor, precision)
    return Correction(weights, covariance, centre, float(np.sqrt(factor)))


def variance_factor(chi_squared: float, n: int) -> float:
    """Return by how much variances are larger than claimed, by the residuals of ``n`` pairs."""
    return max(1.0, (_PRIOR_PAIRS + chi_squared) / (_PRIOR_PAIRS + n))


def correction_basis(
    estimate: Float[np.ndarray, " estimate"], centre: float
) -> Float[np.ndarray, "estimate 2"]:
    """Return what offset and slope are weights of, for each conductance in G0."""
    whole = np.minimum(1.0, estimate / _BROKEN_G0)
    return np.column_stack([whole, whole * (estimate - centre)])


def _regress(
    basis: Float[np.ndarray, "pair 2"],
    error: Float[np.ndarray, " pair"],
    variance: Float[np.ndarray, " pair"],
    precision: Float[np.ndarray, "2 2"],
) -> tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2 2"]]:
    weighted = basis.T / variance
    covariance = np.linalg.inv(precision + weighted @ basis)
    return covariance @ weighted @ error, covariance
