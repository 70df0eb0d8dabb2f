"""How likely candidates are to hit: scatter between structures, and errors of the surrogate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import softmax

from sekkei.design.candidate import Candidate, Observation
from sekkei.design.outcome import as_asked
from sekkei.design.process import ConductanceProcess
from sekkei.design.state import DesignState
from sekkei.design.target import Belief, belief_of, slope_of
from sekkei.model.correction import OPEN, correction_basis
from sekkei.shapes import Float

_SCATTERS = np.geomspace(0.01, 1.0, 16)
"""Scatters that are weighed, in units of the spread of all observations."""

_JITTER = 1e-6
"""Variance on the same scale, which keeps covariances invertible."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What to expect of one fresh realisation of a candidate."""

    belief: Belief
    """Its conductance, as one normal distribution."""

    chance: float
    """Probability of a hit."""


def prospects(
    state: DesignState, process: ConductanceProcess, candidates: Sequence[Candidate]
) -> tuple[Prospect, ...]:
    r"""Say what to expect of fresh realisations, and do not be surer than the data are.

    The process that searches takes one scatter for granted, and the error of the correction for
    independent from structure to structure. Here neither is so. All observations are explained
    together: by the process, whose lengths are kept; by a scatter between structures; by errors
    of estimates, each as large as the surrogate says; and by an offset and a slope of the
    surrogate, common to all its estimates, that labels of the same structures tell. The scatter
    is not fitted but averaged over, so several structures of one candidate are what makes it
    known. What the surrogate does not own up to counts as scatter.

    Notes
    -----
    Gaussian-process regression with a basis of unknown weights: C. E. Rasmussen and
    C. K. I. Williams, Gaussian Processes for Machine Learning (2006), section 2.7. The scatter has
    a prior that is uniform in its standard deviation: A. Gelman, Bayesian Anal. 1, 515 (2006),
    doi:10.1214/06-BA117A.
    """
    seen = _Seen(state, process)
    cross = process.covariance(candidates, [o.candidate for o in state.observations])
    found = [seen.explained_by(scatter * process.scale, cross) for scatter in _SCATTERS]
    likely = np.array([likelihood for likelihood, _, _ in found])
    weights = softmax(likely + np.log(_SCATTERS))
    means = np.array([mean for _, mean, _ in found])
    variances = np.array([variance for _, _, variance in found])
    return tuple(
        _prospect(state, weights, means[:, i], variances[:, i]) for i in range(len(candidates))
    )


class _Seen:
    def __init__(self, state: DesignState, process: ConductanceProcess) -> None:
        observations = [as_asked(state.spec, seen) for seen in state.observations]
        target = state.spec.target
        axis = target.axis
        is_estimate = np.array([o.source == "surrogate" for o in observations])
        candidates = [o.candidate for o in observations]
        beliefs = [belief_of(o.conductance_g0, o.sigma_g0, axis) for o in observations]
        # At what is expected of the candidate: with the estimate itself as regressor the slope
        # would explain the scatter away.
        expected = np.array([belief.median_g0 for belief in process.predict(candidates)])
        slopes = np.array([slope_of(g, axis) for g in expected])
        bias = correction_basis(expected, target.nominal_g0) * (slopes * is_estimate)[:, None]
        self._level = process.level
        self._variance = process.scale**2
        self._away = np.array([belief.mean for belief in beliefs]) - self._level
        self._same = _same_structure(observations)
        self._fixed = (
            process.covariance(candidates, candidates)
            + bias @ np.diag([OPEN.offset_g0**2, OPEN.slope**2]) @ bias.T
            + np.diag([belief.sigma**2 + _JITTER * self._variance for belief in beliefs])
        )

    def explained_by(
        self, scatter: float, cross: Float[np.ndarray, "candidate observation"]
    ) -> tuple[float, Float[np.ndarray, " candidate"], Float[np.ndarray, " candidate"]]:
        """Return log likelihood, and mean and variance of fresh realisations of candidates."""
        lower = np.linalg.cholesky(self._fixed + scatter**2 * self._same)
        white = solve_triangular(lower, self._away, lower=True)
        known = solve_triangular(lower, cross.T, lower=True)
        likelihood = -0.5 * float(white @ white) - float(np.log(np.diag(lower)).sum())
        left = np.maximum(self._variance - (known**2).sum(axis=0), 0.0)
        return likelihood, self._level + known.T @ white, left + scatter**2


def _prospect(
    state: DesignState,
    weights: Float[np.ndarray, " scatter"],
    means: Float[np.ndarray, " scatter"],
    variances: Float[np.ndarray, " scatter"],
) -> Prospect:
    target = state.spec.target
    mean = float(weights @ means)
    spread = float(weights @ (variances + (means - mean) ** 2))
    chances = [
        Belief(float(m), float(np.sqrt(v)), target.axis).chance(target)
        for m, v in zip(means, variances, strict=True)
    ]
    return Prospect(Belief(mean, float(np.sqrt(spread)), target.axis), float(weights @ chances))


def _same_structure(
    observations: Sequence[Observation],
) -> Float[np.ndarray, "observation observation"]:
    names = np.array([o.structure or f"#{i}" for i, o in enumerate(observations)])
    same: np.ndarray = (names[:, None] == names[None, :]).astype(np.float64)
    return same
