"""What labels say of a model's Fano factors, slopes or thermopowers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.model.correction import variance_factor


@dataclass(frozen=True, slots=True)
class SpectralPair:
    """A value by a model and by a label, of one structure."""

    predicted: float
    """By the model."""

    predicted_sigma: float
    """Its standard deviation, as claimed; above 0."""

    label: float
    """By the label."""

    label_sigma: float
    """Its standard deviation."""

    @property
    def variance(self) -> float:
        """Variance that the difference is expected to have."""
        return self.predicted_sigma**2 + self.label_sigma**2


@dataclass(frozen=True, slots=True)
class SpectralCorrection:
    """An offset that all values of a model have, and how far they are less sure than claimed."""

    offset: float = 0.0
    """What is added."""

    offset_sigma: float = 0.0
    """Its standard deviation."""

    inflation: float = 1.0
    """Factor on the standard deviations that are claimed; at least 1."""

    def correct(self, value: float, sigma: float) -> tuple[float, float]:
        """Return a corrected value and its standard deviation."""
        return value + self.offset, math.hypot(self.inflation * sigma, self.offset_sigma)


def fit_spectral_correction(pairs: Sequence[SpectralPair]) -> SpectralCorrection:
    """Learn an offset from labels of structures that a model predicted.

    Without a pair nothing is corrected. The offset is expected to be as large as the errors that
    the model claims. Where residuals are larger, what it claims is inflated to match.

    Notes
    -----
    Bayesian linear regression with one weight: C. M. Bishop, Pattern Recognition and Machine
    Learning (2006), section 3.3.
    """
    if not pairs:
        return SpectralCorrection()
    error = np.array([one.label - one.predicted for one in pairs])
    variance = np.array([one.variance for one in pairs])
    prior = float(np.mean([one.predicted_sigma**2 for one in pairs]))
    offset, _ = _offset(error, variance, prior)
    chi_squared = float(((error - offset) ** 2 / variance).sum())
    factor = variance_factor(chi_squared, len(pairs))
    offset, left = _offset(error, variance * factor, prior)
    return SpectralCorrection(offset, math.sqrt(left), math.sqrt(factor))


def _offset(error: np.ndarray, variance: np.ndarray, prior: float) -> tuple[float, float]:
    left = 1.0 / (1.0 / prior + float((1.0 / variance).sum()))
    return left * float((error / variance).sum()), left
