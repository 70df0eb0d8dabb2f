"""From raw descriptors to few components, fitted on training atoms only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.model.direct.feature import JunctionFeatures
from sekkei.shapes import Float


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorScaler(ReadOnlyArrays):
    """Standardisation, then principal components. Its arrays are read-only."""

    mean: Float[np.ndarray, " descriptor"]
    """Mean of each descriptor over the training atoms."""

    projection: Float[np.ndarray, "descriptor component"]
    """What a centred descriptor is multiplied with; the first component has unit variance."""

    @classmethod
    def fit(cls, features: Sequence[JunctionFeatures], n_component: int) -> "DescriptorScaler":
        """Fit on every described atom of some junctions.

        All components are divided by the deviation of the first. Stretching each to unit variance
        makes noise of the last ones as loud as the first, and costs accuracy where labels are few.

        Parameters
        ----------
        features
            Training junctions only.
        n_component
            Most components to keep.
        """
        rows = np.concatenate([row.descriptors for row in features]).astype(np.float64)
        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        # A descriptor that never varies says nothing, and must not be divided by nothing.
        inverse = np.where(spread > 1e-4 * (np.abs(mean) + 1e-3), 1.0, 0.0)
        inverse /= np.where(spread > 0.0, spread, 1.0)
        _, sizes, axes = np.linalg.svd((rows - mean) * inverse, full_matrices=False)
        kept = min(n_component, int((sizes > 1e-6 * sizes[0]).sum()))
        gain = np.sqrt(len(rows)) / sizes[0]
        return cls._frozen(mean, gain * inverse[:, None] * axes[:kept].T)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "DescriptorScaler":
        """Build from what `to_arrays` gave."""
        return cls._frozen(arrays["mean"], arrays["projection"])

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that `from_arrays` reads back."""
        return {"mean": self.mean, "projection": self.projection}

    @property
    def n_component(self) -> int:
        """Number of components."""
        return int(self.projection.shape[1])

    def __call__(
        self, descriptors: Float[np.ndarray, "atom descriptor"]
    ) -> Float[np.ndarray, "atom component"]:
        """Scale descriptors, float32; ten standard deviations at most."""
        scaled: np.ndarray = np.clip((descriptors - self.mean) @ self.projection, -10.0, 10.0)
        return scaled

    @classmethod
    def _frozen(cls, mean: np.ndarray, projection: np.ndarray) -> "DescriptorScaler":
        return cls(mean=freeze(mean, np.float32), projection=freeze(projection, np.float32))
