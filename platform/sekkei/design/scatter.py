"""How much structures of one candidate differ, learned from those that were made repeatedly."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist
from scipy.special import digamma, polygamma

from sekkei.design.candidate import Observation
from sekkei.design.outcome import as_asked
from sekkei.design.space import DesignSpace
from sekkei.design.state import DesignState
from sekkei.design.target import belief_of
from sekkei.shapes import Float

_AMPLITUDE, _OWN = 2.0, 2.0
"""Standard deviations of the logarithm of a variance, of what is smooth over the space and of what
is each candidate's own: contacts of one kind scatter by 0.001 to 0.3 G0, and one that is about to
slip is next to some that are not. Chosen with the length below: of 60 triples they are the
likeliest for three sets of designs, one with labels by DFT (decision 0053)."""

_LENGTH = 0.3
"""Distance in features over which it changes."""

_WEIGHTS = (4.0, 3.0)
"""Prior standard deviations of its level, and of what an alloy adds to it."""

_ALLOY = 0.05
"""From this fraction of all other elements on, a candidate counts as an alloy in full."""

FLOOR = 0.01
"""Spread that is not told from none, on the axis: labels are not surer."""

_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(7)


class ScatterField:
    r"""Variance between structures of one candidate, over the space, as far as it is known.

    The logarithm of the variance is a Gaussian process. Each candidate with :math:`n` structures
    tells of it: :math:`\log s^2` of a sample is the logarithm of the variance plus
    :math:`\psi(\nu/2) - \log(\nu/2)`, with a variance of :math:`\psi_1(\nu/2)`, where
    :math:`\nu = n - 1`. What an alloy adds is a regressor of its own: with one atom of another
    element the places of atoms begin to matter.

    Notes
    -----
    P. W. Goldberg, C. K. I. Williams and C. M. Bishop, Regression with Input-dependent Noise,
    NIPS 1997. BoTorch had such a model, and took it out; it takes variances that are known.

    Parameters
    ----------
    space
        Where candidates lie.
    features
        Of the candidates that were made repeatedly.
    variances
        Sample variances of their outcomes, on the axis squared.
    counts
        Structures of each, at least 2.
    """

    def __init__(
        self,
        space: DesignSpace,
        features: Float[np.ndarray, "candidate feature"],
        variances: Float[np.ndarray, " candidate"],
        counts: Float[np.ndarray, " candidate"],
    ) -> None:
        half = (counts - 1.0) / 2.0
        told = np.log(np.maximum(variances, FLOOR**2))
        self._n_species = len(space.spec.allowed)
        self._features = features
        # The variance is smooth about what is typical of all that was seen.
        self._level = float(np.mean(told - digamma(half) + np.log(half)))
        self._told = told - digamma(half) + np.log(half) - self._level
        self._factor = cho_factor(
            self._prior(features, features) + np.diag(polygamma(1, half)), lower=True
        )

    def log_variance(
        self, features: Float[np.ndarray, "candidate feature"]
    ) -> tuple[Float[np.ndarray, " candidate"], Float[np.ndarray, " candidate"]]:
        """Return mean and standard deviation of the logarithm of the variance of candidates."""
        cross = self._prior(features, self._features)
        mean = self._level + cross @ cho_solve(self._factor, self._told)
        known = np.einsum("ij,ji->i", cross, cho_solve(self._factor, cross.T))
        left = np.maximum(self._prior_variance(features) - known, 0.0)
        return np.maximum(mean, 2.0 * np.log(FLOOR)), np.sqrt(left)

    def typical(
        self, features: Float[np.ndarray, "candidate feature"]
    ) -> Float[np.ndarray, " candidate"]:
        """Return the median of the standard deviation between structures, on the axis."""
        mean, _ = self.log_variance(features)
        typical: np.ndarray = np.exp(mean / 2.0)
        return typical

    def spread_over(
        self, features: Float[np.ndarray, "candidate feature"]
    ) -> tuple[Float[np.ndarray, "node candidate"], Float[np.ndarray, " node"]]:
        """Return standard deviations that candidates may have, and how likely each is."""
        mean, sigma = self.log_variance(features)
        weights = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
        return np.exp((mean + _NODES[:, None] * sigma) / 2.0), weights

    def _prior(
        self, some: Float[np.ndarray, "some feature"], others: Float[np.ndarray, "other feature"]
    ) -> Float[np.ndarray, "some other"]:
        away = cdist(some, others, "sqeuclidean")
        smooth = _AMPLITUDE**2 * np.exp(-away / (2.0 * _LENGTH**2)) + _OWN**2 * (away == 0.0)
        level, alloy = _WEIGHTS
        found: np.ndarray = (
            smooth + level**2 + alloy**2 * np.outer(self._alloyed(some), self._alloyed(others))
        )
        return found

    def _prior_variance(
        self, features: Float[np.ndarray, "candidate feature"]
    ) -> Float[np.ndarray, " candidate"]:
        level, alloy = _WEIGHTS
        found: np.ndarray = (
            _AMPLITUDE**2 + _OWN**2 + level**2 + (alloy * self._alloyed(features)) ** 2
        )
        return found

    def _alloyed(
        self, features: Float[np.ndarray, "candidate feature"]
    ) -> Float[np.ndarray, " candidate"]:
        others = 1.0 - features[:, : self._n_species].max(axis=1)
        alloyed: np.ndarray = np.minimum(1.0, others / _ALLOY)
        return alloyed


def scatter_field(state: DesignState) -> ScatterField | None:
    """Learn the scatter between structures; ``None`` while no candidate was made twice.

    Of each candidate either estimates or labels are compared with each other, whichever are more:
    an error of the surrogate that its structures have in common is no scatter.
    """
    repeated = list(_repeated(state))
    if not repeated:
        return None
    space = state.space
    features = np.stack([space.features(seen[0].candidate) for seen in repeated])
    values = [_values(state, seen) for seen in repeated]
    variances = np.array([float(np.var(found, ddof=1)) for found in values])
    counts = np.array([float(len(found)) for found in values])
    return ScatterField(space, features, variances, counts)


def _repeated(state: DesignState) -> Iterator[list[Observation]]:
    by_candidate: dict[str, tuple[list[Observation], list[Observation]]] = {}
    for seen in state.observations:
        estimates, labels = by_candidate.setdefault(seen.candidate.key, ([], []))
        (estimates if seen.source == "surrogate" else labels).append(seen)
    for estimates, labels in by_candidate.values():
        most = labels if len(labels) >= len(estimates) else estimates
        if len(most) > 1:
            yield most


def _values(state: DesignState, seen: Sequence[Observation]) -> Float[np.ndarray, " structure"]:
    found = [as_asked(state.spec, one) for one in seen]
    axis = state.spec.target.axis
    return np.array([belief_of(o.conductance_g0, o.sigma_g0, axis).mean for o in found])
