"""Errors of estimates that similar candidates have in common, learned from labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product, starmap

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist
from scipy.special import softmax

from sekkei.shapes import Float

_SHARES = (0.5, 0.9, 0.99, 0.999)
"""Parts of what structures of a candidate have in common that neighbours may have; or none."""

_LENGTHS = (0.1, 0.3, 1.0)
"""Distances in features over which they may."""

_PLATEAUS = (0.02, 0.1)
"""How far estimates of structures that err alike may differ, on the axis; or by any amount."""

_IN_COMMON = (0.5, 1.0)
"""Parts of it that structures of one candidate may have in common."""

_JITTER = 1e-6

_Factor = tuple[Float[np.ndarray, "structure structure"], bool]
"""What SciPy makes of a covariance, to solve with."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where candidates are, how quiet it is there, and on which plateau their structures are."""

    features: Float[np.ndarray, "candidate feature"]
    """Of the candidates."""

    own: Float[np.ndarray, " candidate"]
    """Part of the variance of an error that is not shared by neighbours."""

    level: Float[np.ndarray, " candidate"]
    """The estimate of a structure, on the axis: of one plateau they are alike."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledErrors:
    """Structures with an estimate and a label."""

    places: Places
    """Of their candidates."""

    error: Float[np.ndarray, " structure"]
    """Label less estimate, in standard deviations that the surrogate claims."""

    noise: Float[np.ndarray, " structure"]
    """Standard deviation of the label, in the same unit."""


@dataclass(frozen=True, slots=True)
class _Sharing:
    """One way in which errors may be alike."""

    share: float
    length: float
    plateau: float | None = None

    def alike(self, some: Places, others: Places) -> Float[np.ndarray, "some other"]:
        away = cdist(some.features, others.features)
        near = np.exp(-(away**2) / (2.0 * self.length**2))
        mine, theirs = self._shared(some), self._shared(others)
        # What is not shared by neighbours is by structures of one candidate.
        rest = np.sqrt(np.outer(1.0 - mine, 1.0 - theirs)) * (away == 0.0)
        found: np.ndarray = np.sqrt(np.outer(mine, theirs)) * near + rest
        if self.plateau is None:
            return found
        apart = np.subtract.outer(some.level, others.level)
        on_one: np.ndarray = found * np.exp(-(apart**2) / (2.0 * self.plateau**2))
        return on_one

    def _shared(self, places: Places) -> Float[np.ndarray, " candidate"]:
        # On one plateau structures do not differ, however much they do between plateaus.
        quiet = 1.0 - places.own if self.plateau is None else (places.own < 1.0).astype(float)
        return self.share * quiet


_SHARINGS = (
    _Sharing(0.0, 1.0),
    *starmap(_Sharing, product(_SHARES, _LENGTHS)),
    *starmap(_Sharing, product(_SHARES, _LENGTHS, _PLATEAUS)),
)


class SharedErrors:
    r"""What labels of some candidates tell of the errors of others' estimates.

    An error in units of its claimed standard deviation is a Gaussian process of variance 1. What
    structures of one candidate have in common is half of it or all, and of that neighbours share
    nothing or a part, up to nearly all, over a distance of 0.1, 0.3 or 1 in features, and whatever
    their estimates are or only on one plateau. Each way is weighed by how likely it makes the
    labels; without labels all count alike.

    Where structures of one candidate differ much, so do their errors, and neighbours share less:
    a part of the variance is each candidate's own. On one plateau none is.

    Notes
    -----
    Discrepancy of a simulator as a Gaussian process: M. C. Kennedy and A. O'Hagan,
    Biometrika 87, 1 (2000), doi:10.1093/biomet/87.1.1.
    """

    def __init__(self, labelled: LabelledErrors) -> None:
        self._labelled = labelled
        known = [list(self._explained(way)) for way in _SHARINGS]
        self._weights = softmax(np.array([[likelihood for likelihood, _ in row] for row in known]))
        self._factors = [[factor for _, factor in row] for row in known]

    def alike(self, some: Places, others: Places) -> Float[np.ndarray, "some other"]:
        """Return the correlation of what structures of candidates have in common."""
        found = np.zeros((len(some.features), len(others.features)))
        for way, weight in zip(_SHARINGS, self._weights.sum(axis=1), strict=True):
            found += weight * way.alike(some, others)
        return found

    def expect(
        self, places: Places
    ) -> tuple[Float[np.ndarray, " candidate"], Float[np.ndarray, " candidate"]]:
        """Return mean and standard deviation of the errors of further estimates.

        In standard deviations that the surrogate claims: 0 and 1 where no label is near.
        """
        n = len(places.features)
        if not len(self._labelled.error):
            return np.zeros(n), np.ones(n)
        means, squares = np.zeros(n), np.zeros(n)
        for way, weights, factors in zip(_SHARINGS, self._weights, self._factors, strict=True):
            alike = way.alike(places, self._labelled.places)
            for part, weight, factor in zip(_IN_COMMON, weights, factors, strict=True):
                cross = part * alike
                mean = cross @ cho_solve(factor, self._labelled.error)
                left = 1.0 - np.einsum("ij,ji->i", cross, cho_solve(factor, cross.T))
                means += weight * mean
                squares += weight * (np.maximum(left, 0.0) + mean**2)
        return means, np.sqrt(np.maximum(squares - means**2, 0.0))

    def _explained(self, way: _Sharing) -> Iterator[tuple[float, _Factor]]:
        """Say of each part in common how likely it makes the labels."""
        here, error = self._labelled.places, self._labelled.error
        alike, noise = way.alike(here, here), self._labelled.noise**2 + _JITTER
        for part in _IN_COMMON:
            factor = cho_factor(part * alike + np.diag(1.0 - part + noise), lower=True)
            log_determinant = 2.0 * float(np.log(np.diag(factor[0])).sum())
            yield -0.5 * (float(error @ cho_solve(factor, error)) + log_determinant), factor
