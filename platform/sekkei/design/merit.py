"""What an acquisition maximises: nearness to the target, alone or beside little of an element."""

import math
from dataclasses import dataclass

import torch

from sekkei.design.process import ConductanceProcess
from sekkei.design.state import DesignState
from sekkei.design.target import Target
from sekkei.design.vendor import (
    GenericMCMultiOutputObjective,
    SobolQMCNormalSampler,
    qLogNoisyExpectedHypervolumeImprovement,
)
from sekkei.shapes import Float

_WORTHLESS = 3.0
"""Half widths of the target away from its middle, from where on a candidate is worth nothing."""


@dataclass(frozen=True, slots=True)
class Merit:
    """Nearness of posterior samples to the target, as BoTorch takes an objective."""

    target: Target
    """What is asked for."""

    process: ConductanceProcess
    """On whose scale the samples are."""

    def __call__(self, samples: torch.Tensor, X: torch.Tensor | None = None) -> torch.Tensor:  # noqa: N803
        """Return the merit of samples of the process at features ``X``, standardised."""
        process, target = self.process, self.target
        nominal = (target.nominal - process.centre) / process.scale
        merit: torch.Tensor = target.merit(samples[..., 0], nominal)
        if process.field is None or X is None or target.is_one_sided:
            return merit
        features = X.detach().reshape(-1, X.shape[-1]).numpy()
        scatter = process.field.typical(features).reshape(X.shape[:-1]) / process.scale
        return -expected_distance(merit, torch.from_numpy(scatter))


def expected_distance(away: torch.Tensor, scatter: torch.Tensor) -> torch.Tensor:
    r"""Return how far one structure is from a value, whose candidate is ``away`` from it.

    So of two candidates that are as near the one that scatters less is better. It is the mean of a
    folded normal distribution,

    .. math:: E|d + s \varepsilon| = s \sqrt{2/\pi}\, e^{-d^2/2s^2} + d\,\mathrm{erf}(d/s\sqrt{2}).
    """
    ratio = away / scatter
    folded: torch.Tensor = scatter * math.sqrt(2.0 / math.pi) * torch.exp(-(ratio**2) / 2.0)
    return folded + away * torch.erf(ratio / math.sqrt(2.0))


def sparing_improvement(
    state: DesignState,
    process: ConductanceProcess,
    baseline: Float[torch.Tensor, "candidate feature"],
    sampler: SobolQMCNormalSampler,
) -> qLogNoisyExpectedHypervolumeImprovement:
    """Return the improvement of the front of nearness to the target and of little of an element.

    The reference point is what nobody would take: three half widths of the target away from its
    middle, and the element alone. What is worse in either adds nothing to the front.

    References
    ----------
    .. [1] S. Daulton, M. Balandat and E. Bakshy, Parallel Bayesian Optimization of Multiple Noisy
       Objectives with Expected Hypervolume Improvement, NeurIPS 2021, arXiv:2105.08195.
    """
    target, merit = state.spec.target, Merit(state.spec.target, process)
    low, high = target.bounds(target.axis)
    column = state.spec.allowed.index(str(state.spec.sparing))

    def both(samples: torch.Tensor, X: torch.Tensor | None) -> torch.Tensor:  # noqa: N803
        features = torch.as_tensor(X)
        near = merit(samples, features)
        return torch.stack([near, -features[..., column].expand_as(near)], dim=-1)

    return qLogNoisyExpectedHypervolumeImprovement(
        model=process.model,
        ref_point=[-_WORTHLESS * (high - low) / 2.0 / process.scale, -1.0],
        X_baseline=baseline,
        sampler=sampler,
        objective=GenericMCMultiOutputObjective(both),
        prune_baseline=True,
    )
