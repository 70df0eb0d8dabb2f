"""Ridge regression from sums over examples, each seen once."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from sekkei.shapes import Float

_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class _Sums:
    gram: np.ndarray
    moment: np.ndarray
    weight: float


@dataclass(frozen=True, slots=True)
class NormalEquations:
    """Sums of several regressions, by name; they grow with every example."""

    _sums: dict[Hashable, _Sums] = field(default_factory=dict)

    def add(
        self,
        name: Hashable,
        features: Float[np.ndarray, "row feature"],
        targets: Float[np.ndarray, "row target"],
        weight: float = 1.0,
    ) -> None:
        """Add rows to one regression."""
        old = self._sums.get(name)
        n_feature, n_target = features.shape[1], targets.shape[1]
        if old is None:
            old = _Sums(np.zeros((n_feature, n_feature)), np.zeros((n_feature, n_target)), 0.0)
        # Elements that a cell has not give columns of zeros: in alloys, most of them.
        used = np.flatnonzero(features.any(axis=0))
        # Features come in single precision; their products must not be summed in it.
        some = features[:, used].astype(float)
        old.gram[np.ix_(used, used)] += weight * (some.T @ some)
        old.moment[used] += weight * (some.T @ targets)
        self._sums[name] = _Sums(old.gram, old.moment, old.weight + weight * len(features))

    def solve(self, penalty: float) -> Mapping[Hashable, Float[np.ndarray, "_ _"]]:
        """Return the coefficients of every regression.

        Parameters
        ----------
        penalty
            On the squares of coefficients, of features scaled to a mean square of 1.
        """
        return {name: _solve(sums, penalty) for name, sums in self._sums.items()}


def _solve(sums: _Sums, penalty: float) -> Float[np.ndarray, "feature target"]:
    gram, moment = sums.gram / sums.weight, sums.moment / sums.weight
    square = gram.diagonal()
    scale = np.sqrt(square + _SMALLEST * square.max())
    matrix = gram / scale[:, None] / scale + penalty * np.eye(len(gram))
    return np.asarray(cho_solve(cho_factor(matrix), moment / scale[:, None]) / scale[:, None])
