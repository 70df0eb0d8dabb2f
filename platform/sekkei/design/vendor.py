"""BoTorch and GPyTorch: the only module that imports them."""

import warnings

with warnings.catch_warnings():
    # linear_operator 0.6 decorates with torch.jit.script, of which torch 2.13 disapproves.
    warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
    from botorch.acquisition.logei import (
        qLogNoisyExpectedImprovement,
        qLogProbabilityOfFeasibility,
    )
    from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
    from botorch.acquisition.multi_objective.objective import GenericMCMultiOutputObjective
    from botorch.acquisition.objective import GenericMCObjective
    from botorch.exceptions.warnings import BotorchWarning, InputDataWarning, OptimizationWarning
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.sampling.normal import SobolQMCNormalSampler
    from botorch.utils.sampling import manual_seed
    from gpytorch.constraints import GreaterThan
    from gpytorch.likelihoods import FixedNoiseGaussianLikelihood
    from gpytorch.mlls import ExactMarginalLogLikelihood
    from gpytorch.priors import LogNormalPrior
    from gpytorch.utils.warnings import NumericalWarning

__all__ = [
    "BotorchWarning",
    "ExactMarginalLogLikelihood",
    "FixedNoiseGaussianLikelihood",
    "GenericMCMultiOutputObjective",
    "GenericMCObjective",
    "GreaterThan",
    "InputDataWarning",
    "LogNormalPrior",
    "NumericalWarning",
    "OptimizationWarning",
    "SingleTaskGP",
    "SobolQMCNormalSampler",
    "fit_gpytorch_mll",
    "manual_seed",
    "qLogNoisyExpectedHypervolumeImprovement",
    "qLogNoisyExpectedImprovement",
    "qLogProbabilityOfFeasibility",
]
