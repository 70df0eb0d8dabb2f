"""How likely candidates are to hit: scatter between structures, and errors of the surrogate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from sekkei.design.calibration import (
    EstimateCorrection,
    believed_by,
    guess_of,
    own_part,
    state_correction,
)
from sekkei.design.candidate import Candidate
from sekkei.design.explanation import Explanation, Prospect, weigh
from sekkei.design.outcome import as_asked
from sekkei.design.process import ConductanceProcess
from sekkei.design.scatter import FLOOR, ScatterField
from sekkei.design.shared_error import Places, SharedErrors
from sekkei.design.state import DesignState
from sekkei.design.target import Belief, belief_of, slope_of
from sekkei.design.unseen import form_spreads_g0
from sekkei.model.correction import OPEN, correction_basis
from sekkei.shapes import Float

_SCATTERS = np.geomspace(0.01, 1.0, 16)
"""Scatters that are weighed, in units of the spread of all observations."""

_MISFITS = np.geomspace(0.01, 1.0, 8)
"""How far a candidate may be from what is smooth, where its scatter is known; in the same units."""

_IN_COMMON = (0.0, 0.5, 1.0)
"""Parts of the variance of a surrogate's error that structures of one candidate have in common."""

_JITTER = 1e-6
"""Variance on the same scale, which keeps covariances invertible."""

_SURE = 1.0 - 1e-6
"""Most that a surrogate is believed to see, and what is left of it least."""

Matrix = Float[np.ndarray, "observation observation"]
Cross = Float[np.ndarray, "candidate observation"]


def prospects(
    state: DesignState, process: ConductanceProcess, candidates: Sequence[Candidate]
) -> tuple[Prospect, ...]:
    r"""Say what to expect of fresh realisations, and do not be surer than the data are.

    The process that searches takes one scatter for granted, and the error of the correction for
    independent from structure to structure. Here neither is so. All observations are explained
    together: by the process, whose lengths are kept; by a scatter between structures; by errors
    of estimates, each as large as the surrogate says, or labels do; and by an offset and a slope of
    the surrogate, common to all its estimates, that labels of the same structures tell.

    What is not known is averaged over, not fitted. While no candidate was made twice that is one
    scatter for all. With the first that was, each candidate has a scatter of its own (see
    `ScatterField`); averaged over are then how far candidates are from what is smooth, and how
    much of the surrogate's error structures of one candidate have in common: of structures that
    are nearly alike a mean over estimates is no surer than one of them. Neighbours have a part of
    it in common, too (see `SharedErrors`). What the surrogate does not own up to counts as scatter,
    or as misfit. Where it claims to explain little, it may not see what structures differ by (see
    `form_spreads_g0`). Structures may be on plateaus (see `weigh`); labels of one say how far its
    estimates are off.

    Notes
    -----
    Gaussian-process regression with a basis of unknown weights: C. E. Rasmussen and
    C. K. I. Williams, Gaussian Processes for Machine Learning (2006), section 2.7. Standard
    deviations have uniform priors: A. Gelman, Bayesian Anal. 1, 515 (2006),
    doi:10.1214/06-BA117A.
    """
    correction = state_correction(state)
    seen = _Seen(state, process, correction.common.inflation)
    if correction.field is None:
        return weigh(state.spec.target, list(seen.by_one_scatter(candidates)))
    found = list(seen.by_field(correction.field, correction.shared, candidates))
    levels = _levels(state, correction)
    return weigh(state.spec.target, found, [levels.get(one.key, ()) for one in candidates])


def _levels(state: DesignState, correction: EstimateCorrection) -> dict[str, list[Belief]]:
    """Return what is believed of each structure, by the keys of candidates.

    A label says on which plateau a structure is, and so do labels of neighbours on that plateau;
    of others the estimate does.
    """
    axis = state.spec.target.axis
    found: dict[str, list[Belief]] = {}
    for o in believed_by(state, correction):
        if o.structure and o.source != "measured":
            level = belief_of(o.conductance_g0, o.sigma_g0, axis)
            found.setdefault(o.candidate.key, []).append(level)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """One way in which errors of estimates may be."""

    log_prior: float
    """How likely it is beforehand."""

    known: Matrix
    """Covariance of observations, without what is misfit."""

    fresh: Float[np.ndarray, "node candidate"]
    """Variance of a fresh structure about its candidate."""

    sees: float
    """How far structures are told apart."""

    unseen: Float[np.ndarray, " candidate"]
    """Variance by which structures differ that seem alike."""


class _Seen:
    def __init__(self, state: DesignState, process: ConductanceProcess, inflation: float) -> None:
        observations = [as_asked(state.spec, seen) for seen in state.observations]
        target = state.spec.target
        axis = target.axis
        self._process = process
        self._candidates = [o.candidate for o in observations]
        beliefs = [belief_of(o.conductance_g0, o.sigma_g0, axis) for o in observations]
        is_estimate = np.array([o.source == "surrogate" for o in observations])
        # At what is expected of the candidate: with the estimate itself as regressor the slope
        # would explain the scatter away.
        expected = np.array([belief.median_g0 for belief in process.predict(self._candidates)])
        slopes = np.array([slope_of(g, axis) for g in expected])
        bias = correction_basis(expected, target.nominal_g0) * (slopes * is_estimate)[:, None]
        # What labels say of the surrogate's errors: they may be larger than it claims.
        sigma = np.array([belief.sigma for belief in beliefs]) * np.where(
            is_estimate, inflation, 1.0
        )
        self._level = process.level
        self._variance = process.scale**2
        self._away = np.array([belief.mean for belief in beliefs]) - self._level
        self._levels = np.array([guess_of(o).belief_on(axis).mean for o in state.observations])
        self._names = [o.structure or f"#{i}" for i, o in enumerate(observations)]
        self._same_structure = _alike(self._names)
        self._features = process.features(self._candidates).numpy()
        self._error = sigma
        self._guessed = sigma * is_estimate
        self._keys = [candidate.key for candidate in self._candidates]
        self._unseen = self._unseen_variances(form_spreads_g0(state.observations), slopes)
        self._fixed = (
            process.covariance(self._candidates, self._candidates)
            + bias @ np.diag([OPEN.offset_g0**2, OPEN.slope**2]) @ bias.T
            + _JITTER * self._variance * np.eye(len(observations))
        )

    def _unseen_variances(
        self, spreads_g0: Mapping[str, float], slopes: Float[np.ndarray, " observation"]
    ) -> dict[str, float]:
        """Cut what forms say at what the surrogate claims, on the axis squared."""
        claimed: dict[str, list[float]] = {}
        for key, guessed in zip(self._keys, self._guessed, strict=True):
            if guessed > 0.0:
                claimed.setdefault(key, []).append(float(guessed) ** 2)
        slope = dict(zip(self._keys, slopes.tolist(), strict=True))
        return {
            key: min((spread * slope[key]) ** 2, float(np.mean(claimed[key])))
            for key, spread in spreads_g0.items()
            if key in claimed
        }

    def by_one_scatter(self, candidates: Sequence[Candidate]) -> Iterator[Explanation]:
        cross = self._process.covariance(candidates, self._candidates)
        known = self._fixed + np.diag(self._error**2)
        for scatter in _SCATTERS:
            spread = scatter**2 * self._variance
            likelihood, mean, left = self._explained(
                known + spread * self._same_structure, cross, self._variance
            )
            log_weight = likelihood + float(np.log(scatter))
            yield Explanation(log_weight, mean, (left + spread)[None, :], np.ones(1))

    def by_field(
        self, field: ScatterField, shared: SharedErrors, candidates: Sequence[Candidate]
    ) -> Iterator[Explanation]:
        here = self._process.features(candidates).numpy()
        cross = self._process.covariance(candidates, self._candidates)
        _, node_weights = field.spread_over(here)
        keys = [candidate.key for candidate in candidates]
        same, same_here = _alike(self._keys), _alike(keys, self._keys)
        for way in self._ways(field, shared, candidates):
            for misfit in _MISFITS:
                own = misfit**2 * self._variance
                likelihood, mean, left = self._explained(
                    way.known + own * same, cross + own * same_here, self._variance + own
                )
                log_weight = likelihood + float(np.log(misfit)) + way.log_prior
                variance = left + way.fresh
                yield Explanation(log_weight, mean, variance, node_weights, way.sees, way.unseen)

    def _ways(
        self, field: ScatterField, shared: SharedErrors, candidates: Sequence[Candidate]
    ) -> Iterator[_Way]:
        """Say how errors may be."""
        spreads, _ = field.spread_over(self._process.features(candidates).numpy())
        typical = field.typical(self._features)
        unshared = own_part(field, self._features, np.maximum(self._guessed, FLOOR))
        places = Places(self._features, unshared, self._levels)
        alike = shared.alike(places, places)
        in_common = np.outer(self._guessed, self._guessed) * alike
        # What estimates differ by is scatter, and that part of their errors which is not common.
        error = self._mean_square_error
        share = self._seeing_share if self._unseen else 1.0
        # It must see both, the structures that are there and the one that will be.
        sees, none = self._seeing_share**2, np.zeros(len(candidates))
        for part in _IN_COMMON:
            alone = np.diag(self._error**2 - part * self._guessed**2)
            scatter = _without_error(typical, (1.0 - part) * error)
            scattered = self._same_structure * np.outer(scatter, scatter)
            known = self._fixed + scattered + alone + part * in_common
            log_prior = float(np.log(share / len(_IN_COMMON)))
            fresh = _without_error(spreads, (1.0 - part) * error) ** 2
            # Where errors have nothing in common, estimates that differ are no plateaus.
            yield _Way(log_prior, known, fresh, sees if part else 0.0, none)
        if self._unseen:
            # Structures of one form err alike. Others have errors of their own, which no estimate
            # shows: labels differ by them.
            unseen = self._unseen_of(self._keys)
            common = np.sqrt(np.maximum(self._guessed**2 - unseen, 0.0))
            own = np.diag(np.where(self._guessed > 0.0, 0.0, self._error**2 + unseen))
            scattered = self._same_structure * np.outer(typical, typical)
            known = self._fixed + scattered + own + np.outer(common, common) * alike
            hidden = self._unseen_of([candidate.key for candidate in candidates])
            yield _Way(float(np.log1p(-share)), known, spreads**2 + hidden, sees, hidden)

    @property
    def _mean_square_error(self) -> float:
        ours = self._guessed > 0.0
        return float((self._guessed[ours] ** 2).mean()) if ours.any() else 0.0

    @property
    def _seeing_share(self) -> float:
        """Return how much of the variance of conductances the surrogate says that it explains."""
        estimates = self._away[self._guessed > 0.0]
        if not estimates.size:
            return _SURE
        explained = float(np.var(estimates))
        share = explained / (explained + self._mean_square_error)
        return min(max(share, 1.0 - _SURE), _SURE)

    def _unseen_of(self, keys: Sequence[str]) -> Float[np.ndarray, " key"]:
        """Return the variance of errors that structures of candidates do not share."""
        found: np.ndarray = np.array(
            [self._unseen.get(key, self._mean_square_error) for key in keys]
        )
        return found

    def _explained(
        self, covariance: Matrix, cross: Cross, variance: float
    ) -> tuple[float, Float[np.ndarray, " candidate"], Float[np.ndarray, " candidate"]]:
        lower = np.linalg.cholesky(covariance)
        white = solve_triangular(lower, self._away, lower=True)
        known = solve_triangular(lower, cross.T, lower=True)
        likelihood = -0.5 * float(white @ white) - float(np.log(np.diag(lower)).sum())
        left = np.maximum(variance - (known**2).sum(axis=0), 0.0)
        return likelihood, self._level + known.T @ white, left


def _without_error(spread: Any, variance: float) -> Any:
    return np.sqrt(np.maximum(spread**2 - variance, FLOOR**2))


def _alike(
    names: Sequence[str], others: Sequence[str] | None = None
) -> Float[np.ndarray, "name other"]:
    alike: np.ndarray = np.equal.outer(np.array(names), np.array(others or names)).astype(
        np.float64
    )
    return alike
