"""How far a junction is from those that were trained on, by what its atoms see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.arrays import freeze
from sekkei.model.direct.feature import JunctionFeatures
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.shapes import Float


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorRange:
    """Where the descriptors of a training set lie. Its arrays are read-only."""

    center: Float[np.ndarray, " component"]
    """Mean over the device atoms of the training set."""

    deviation: Float[np.ndarray, " component"]
    """Standard deviation over them."""

    limit: float
    """Largest squared distance of a training junction."""

    @classmethod
    def fit(
        cls, features: Sequence[JunctionFeatures], scaler: DescriptorScaler
    ) -> "DescriptorRange":
        """Measure the training junctions.

        Junctions drawn like the n of the training set are farther than all of them once in
        n + 1 times.
        """
        each = [_device_rows(row, scaler) for row in features]
        rows = np.concatenate(each)
        center, deviation = rows.mean(axis=0), rows.std(axis=0)
        spread = np.where(deviation > 0.0, deviation, 1.0)
        unlimited = cls(freeze(center), freeze(spread), 1.0)
        return cls(unlimited.center, unlimited.deviation, max(map(unlimited._distance, each)))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "DescriptorRange":
        """Build from what `to_arrays` gave."""
        limit = float(arrays["limit"])
        return cls(freeze(arrays["center"]), freeze(arrays["deviation"]), limit)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that `from_arrays` reads back."""
        return {
            "center": self.center,
            "deviation": self.deviation,
            "limit": np.array(self.limit),
        }

    def novelty(
        self, features: Sequence[JunctionFeatures], scaler: DescriptorScaler
    ) -> Float[np.ndarray, " junction"]:
        """Return the squared distances of junctions over the largest of a training junction.

        The distance is that of Mahalanobis, with principal components taken as
        independent; squares are averaged over components and device atoms.
        """
        distances = [self._distance(_device_rows(row, scaler)) for row in features]
        return np.array(distances, dtype=np.float64) / self.limit

    def _distance(self, rows: Float[np.ndarray, "atom component"]) -> float:
        return float((((rows - self.center) / self.deviation) ** 2).mean())


def growth(novelty: Float[np.ndarray, " junction"]) -> Float[np.ndarray, " junction"]:
    """Return by how much errors grow with the distance from the training set.

    One more at ten times the distance: where the training set hardly varies, the next element lies
    hundreds of its deviations away, but the network's inputs and corrections are limited. That
    was seen for contacts of all alkali metals by models of one or two.

    Examples
    --------
    >>> growth(np.array([0.3, 1.0, 100.0]))
    array([1., 1., 2.])
    """
    grown: np.ndarray = 1.0 + 0.5 * np.log10(np.maximum(novelty, 1.0))
    return grown


def _device_rows(
    features: JunctionFeatures, scaler: DescriptorScaler
) -> Float[np.ndarray, "atom component"]:
    rows: np.ndarray = scaler(features.descriptors[features.windows[0] == 0.0])
    return rows.astype(np.float64)
