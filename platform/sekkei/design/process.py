"""What observations say about candidates not yet tried: Gaussian-process regression."""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from sekkei.design.calibration import believed, believed_of_candidates
from sekkei.design.candidate import Candidate, Observation
from sekkei.design.scatter import ScatterField, scatter_field
from sekkei.design.space import DesignSpace
from sekkei.design.state import DesignState
from sekkei.design.target import Belief, belief_of, slope_of
from sekkei.design.vendor import (
    BotorchWarning,
    ExactMarginalLogLikelihood,
    FixedNoiseGaussianLikelihood,
    GreaterThan,
    InputDataWarning,
    LogNormalPrior,
    NumericalWarning,
    OptimizationWarning,
    SingleTaskGP,
    fit_gpytorch_mll,
)
from sekkei.shapes import Float

LEAST_OBSERVATIONS = 3
"""Fewer distinct candidates than this say nothing about scatter."""

_LEAST_NOISE = 1e-4
"""Least variance in standardised units: keeps the covariance matrix invertible."""


class ConductanceProcess:
    """Conductance over the space, with its uncertainty and the scatter between realisations.

    A Gaussian process on the conductance itself, or on its logarithm where the target is measured
    so (not on the distance to the target; decision 0009). The variance of an observation is its
    own, plus that of the scatter between realisations of one candidate, which is learned.
    """

    def __init__(
        self,
        model: SingleTaskGP,
        space: DesignSpace,
        centre: float,
        scale: float,
        field: ScatterField | None = None,
    ) -> None:
        self.model = model
        """Fitted process over features, of standardised values of the axis."""
        self.space = space
        """Where candidates lie."""
        self.centre = centre
        """Value of the axis at standardised 0."""
        self.scale = scale
        """Value of the axis per standardised unit."""
        self.field = field
        """Scatter of each candidate, where a round makes several structures of it. What the process
        learns beside it is how far candidates are from what is smooth."""

    @property
    def realisation_scatter(self) -> float:
        """Learned standard deviation between realisations of one candidate, on the axis.

        Where ``field`` knows it, that by which candidates are away from what is smooth.
        """
        return math.sqrt(self.model.likelihood.second_noise.item()) * self.scale

    @property
    def level(self) -> float:
        """Value of the axis far from all observations."""
        return float(self.model.mean_module.constant.item()) * self.scale + self.centre

    def covariance(
        self, some: Sequence[Candidate], others: Sequence[Candidate]
    ) -> Float[np.ndarray, "some other"]:
        """Return the prior covariance of candidates without scatter, on the axis squared."""
        with torch.no_grad():
            kernel = self.model.covar_module(self.features(some), self.features(others))
            found: np.ndarray = kernel.to_dense().numpy() * self.scale**2
        return found

    def features(self, candidates: Sequence[Candidate]) -> Float[torch.Tensor, "candidate feature"]:
        """Return the features of candidates as the process takes them."""
        return torch.from_numpy(np.stack([self.space.features(c) for c in candidates]))

    def predict(self, candidates: Sequence[Candidate]) -> list[Belief]:
        """Return what to expect of the conductance of one realisation of each candidate."""
        with torch.no_grad(), near_duplicates():
            posterior = self.model.posterior(self.features(candidates))
            mean = posterior.mean[:, 0].numpy() * self.scale + self.centre
            latent = posterior.variance[:, 0].clamp_min(0.0).numpy() * self.scale**2
        own = 0.0 if self.field is None else self.field.typical(self.features(candidates).numpy())
        sigma = np.sqrt(latent + self.realisation_scatter**2 + own**2)
        axis = self.space.spec.distance
        return [Belief(float(m), float(s), axis) for m, s in zip(mean, sigma, strict=True)]


@contextmanager
def near_duplicates() -> Iterator[None]:
    """Allow candidates that nearly coincide.

    They make a covariance nearly singular; the jitter that is then added, or the update that is
    then done in full, and warned of, is what it needs.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumericalWarning)
        warnings.filterwarnings("ignore", "Low-rank cholesky updates failed", BotorchWarning)
        yield


def fit_process(state: DesignState) -> ConductanceProcess | None:
    """Fit what a campaign has seen; ``None`` while that is too little.

    Notes
    -----
    Kernel and priors are BoTorch's [1]_: squared exponential, one length per feature. The prior of
    the learned noise is the one that BoTorch gives a homoscedastic noise.

    References
    ----------
    .. [1] C. Hvarfner, E. O. Hellsten and L. Nardi, Vanilla Bayesian Optimization Performs Great
       in High Dimensions, ICML 2024, arXiv:2402.02229.
    """
    field = scatter_field(state) if state.spec.round_seeds > 1 else None
    seen = believed(state) if field is None else _by_candidate(state, field)
    if len({o.candidate.key for o in seen}) < LEAST_OBSERVATIONS:
        return None
    space = state.space
    beliefs = [belief_of(o.conductance_g0, o.sigma_g0, state.spec.distance) for o in seen]
    values = np.array([belief.mean for belief in beliefs])
    sigma = np.array([belief.sigma for belief in beliefs])
    centre = float(values.mean())
    scale = float(values.std(ddof=1)) or 1.0
    model = _standardised_model(
        torch.from_numpy(np.stack([space.features(o.candidate) for o in seen])),
        torch.from_numpy((values - centre) / scale),
        torch.from_numpy((sigma / scale) ** 2),
    )
    _fit(model)
    return ConductanceProcess(model, space, centre, scale, field)


def _by_candidate(state: DesignState, field: ScatterField) -> tuple[Observation, ...]:
    space, axis = state.space, state.spec.target.axis

    def scatter_g0(seen: Observation) -> float:
        found = float(field.typical(space.features(seen.candidate)[None, :])[0])
        return found / slope_of(seen.conductance_g0, axis)

    return believed_of_candidates(state, scatter_g0)


def _standardised_model(
    features: Float[torch.Tensor, "observation feature"],
    values: Float[torch.Tensor, " observation"],
    variances: Float[torch.Tensor, " observation"],
) -> SingleTaskGP:
    prior = LogNormalPrior(loc=-4.0, scale=1.0)
    likelihood = FixedNoiseGaussianLikelihood(
        noise=variances.clamp_min(_LEAST_NOISE),
        learn_additional_noise=True,
        noise_prior=prior,
        noise_constraint=GreaterThan(_LEAST_NOISE, transform=None, initial_value=prior.mode),
    )
    with warnings.catch_warnings():
        # All observations alike cannot be scaled to variance 1, and need not be.
        warnings.simplefilter("ignore", InputDataWarning)
        return SingleTaskGP(
            features, values[:, None], likelihood=likelihood, outcome_transform=None
        )


def _fit(model: SingleTaskGP) -> None:
    with warnings.catch_warnings():
        # A try that stops early is repeated from other starting values by the fit itself.
        warnings.simplefilter("ignore", OptimizationWarning)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
