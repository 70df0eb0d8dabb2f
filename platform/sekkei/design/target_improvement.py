"""Target-oriented expected improvement, of the published method: one that ours is measured by."""

from typing import Any

import numpy as np
import torch
from scipy.special import ndtr

from sekkei.design.process import ConductanceProcess, near_duplicates
from sekkei.shapes import Float

_LEAST = 1e-300


class TargetImprovement:
    r"""Logarithm of how much nearer to a value than the nearest one a candidate is expected to be.

    .. math:: \mathrm{tEI}(x) = E[\max(0, d - |Y(x) - t|)], \quad Y(x) \sim N(\mu, s^2)

    with ``d`` the distance of the nearest observation. A candidate on its way narrows the
    process as if it had been observed at its mean.

    Notes
    -----
    Target-oriented Bayesian optimization, npj Comput. Mater. (2025),
    doi:10.1038/s41524-025-01704-4; written from its formula. Batches are ours: the paper asks for
    one candidate at a time.
    """

    def __init__(self, process: ConductanceProcess, value: float, distance: float) -> None:
        self._process = process
        self._value = value
        self._distance = distance
        self._pending: torch.Tensor | None = None

    def set_X_pending(self, features: torch.Tensor) -> None:  # noqa: N802  (BoTorch's name)
        """Say which candidates are on their way."""
        self._pending = features

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """Return the logarithm for features of shape ``(candidate, 1, feature)``."""
        mean, variance = self._expected(features[:, 0])
        gain = target_improvement(mean, np.sqrt(variance), self._value, self._distance)
        return torch.from_numpy(np.log(np.maximum(gain, _LEAST)))

    def _expected(
        self, features: torch.Tensor
    ) -> tuple[Float[np.ndarray, " candidate"], Float[np.ndarray, " candidate"]]:
        scale, n = self._process.scale, len(features)
        every = features if self._pending is None else torch.cat([features, self._pending])
        with torch.no_grad(), near_duplicates():
            # BoTorch's stub allows a transformed one, without this distribution.
            posterior: Any = self._process.model.posterior(every)
            mean = posterior.mean[:n, 0].numpy() * scale + self._process.centre
            covariance = posterior.distribution.covariance_matrix.numpy() * scale**2
        variance = np.diag(covariance)[:n].copy()
        if n < len(every):
            noise = self._process.realisation_scatter**2 + 1e-6 * scale**2
            among = covariance[n:, n:] + noise * np.eye(len(every) - n)
            across = covariance[:n, n:]
            variance -= np.einsum("cp,pc->c", across, np.linalg.solve(among, across.T))
        return mean, np.maximum(variance, 1e-12 * scale**2)


def target_improvement(
    mean: Float[np.ndarray, " candidate"],
    sigma: Float[np.ndarray, " candidate"],
    value: float,
    distance: float,
) -> Float[np.ndarray, " candidate"]:
    """Return the expected improvement of normally distributed values, all in one unit.

    Examples
    --------
    A value that is known to be at the target improves by the whole distance.

    >>> round(float(target_improvement(np.array([2.0]), np.array([1e-9]), 2.0, 0.3)[0]), 6)
    0.3
    """
    low, middle, high = (
        (end - mean) / sigma for end in (value - distance, value, value + distance)
    )
    below = (distance - value + mean) * (ndtr(middle) - ndtr(low))
    above = (distance + value - mean) * (ndtr(high) - ndtr(middle))
    curved = sigma * (_density(low) - 2.0 * _density(middle) + _density(high))
    gain: np.ndarray = np.maximum(below + above + curved, 0.0)
    return gain


def _density(z: Float[np.ndarray, " candidate"]) -> Float[np.ndarray, " candidate"]:
    density: np.ndarray = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return density
