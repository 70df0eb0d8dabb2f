"""How far a junction is from those that were trained on, by what its atoms see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.shapes import Float

Seen = Float[np.ndarray, "_ _"]
"""What the device atoms of one junction see, by the numbers that a model reads."""

_LEAST_DEVIATION = 0.01
"""Numbers that hardly varied in training are of order one elsewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorRange(ReadOnlyArrays):
    """Where the descriptors of a training set lie. Its arrays are read-only."""

    center: Float[np.ndarray, " number"]
    """Mean over the device atoms of the training set."""

    deviation: Float[np.ndarray, " number"]
    """Standard deviation over them, 0.01 at least."""

    limit: float
    """Largest squared distance of a training junction."""

    @classmethod
    def fit(cls, seen: Sequence[Seen]) -> "DescriptorRange":
        """Measure the training junctions.

        Junctions drawn like the n of the training set are farther than all of them once in
        n + 1 times.
        """
        rows = np.concatenate(seen)
        center, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), _LEAST_DEVIATION)
        unlimited = cls(freeze(center), freeze(deviation), 1.0)
        return replace(unlimited, limit=max(map(unlimited._distance, seen)))

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

    def novelty(self, seen: Sequence[Seen]) -> Float[np.ndarray, " junction"]:
        """Return the squared distances of junctions over the largest of a training junction.

        The distance is that of Mahalanobis, with numbers taken as independent; squares are
        averaged over numbers and device atoms.
        """
        distances = [self._distance(row) for row in seen]
        return np.array(distances, dtype=np.float64) / self.limit

    def _distance(self, rows: Seen) -> float:
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
