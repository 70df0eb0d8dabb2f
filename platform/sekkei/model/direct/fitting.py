"""One network, one set of labels: gradient descent with strong regularisation."""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from sekkei.model.direct.feature import FeatureOptions
from sekkei.model.direct.network import JunctionBatch, SeriesNetwork
from sekkei.model.metric import CurvePoint
from sekkei.shapes import Float, Int
from sekkei.specification import Specification


class TrainingOptions(Specification):
    """How a direct model is trained."""

    features: FeatureOptions = Field(default_factory=FeatureOptions)
    """What the network reads."""

    n_component: Annotated[int, Field(ge=1, le=256)] = 32
    """Most principal components of the descriptors."""

    n_hidden: Annotated[int, Field(ge=2, le=512)] = 32
    """Units of a hidden layer."""

    n_embedding: Annotated[int, Field(ge=1, le=128)] = 8
    """Numbers that an atom is reduced to."""

    n_member: Annotated[int, Field(ge=2, le=20)] = 5
    """Members of the ensemble, each leaving out another fold of experiments."""

    epochs: Annotated[int, Field(ge=1, le=20000)] = 300
    """Passes over the labels."""

    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-2
    """Largest step; it falls to zero along a cosine."""

    weight_decay: Annotated[float, Field(ge=0.0)] = 0.01
    """Decoupled weight decay."""

    noise: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    """Standard deviation of the noise on scaled descriptors while training."""

    lead_weight: Annotated[float, Field(ge=0.0)] = 0.05
    """Weight of the demand that a perfect lead conducts as many G0 as it has channels."""

    test_share: Annotated[float, Field(gt=0.0, lt=0.7)] = 0.2
    """Share of the labels to hold out, rounded up to whole experiments."""

    held_out_electrodes: tuple[str, ...] = ()
    """Electrodes that are never trained on, only tested on."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What a network learns from."""

    batch: JunctionBatch
    """Junctions."""

    conductance: Float[Tensor, " junction"]
    """Their labels in G0."""

    n_channel: Float[Tensor, " junction"]
    """Open channels of their electrodes."""

    def rows(self, index: Int[np.ndarray, " chosen"]) -> "Examples":
        """Return some of the junctions."""
        chosen = torch.tensor(index)
        return Examples(self.batch.rows(chosen), self.conductance[chosen], self.n_channel[chosen])


def fit_network(
    network: nn.Module,
    train: Examples,
    left_out: Examples,
    options: TrainingOptions,
    seed: int,
) -> tuple[CurvePoint, ...]:
    """Train a network in place.

    The number of steps is fixed beforehand: stopping where the left-out experiments are
    predicted best would spoil them for calibration.

    Returns
    -------
    tuple of CurvePoint
        Errors on both parts every twentieth epoch; ``member`` is 0.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs)
    curve = []
    for epoch in range(1, options.epochs + 1):
        optimizer.zero_grad()
        _loss(network, train, options, generator).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if epoch % 20 == 0 or epoch == options.epochs:
            curve.append(CurvePoint(0, epoch, _rmse(network, train), _rmse(network, left_out)))
    return tuple(curve)


def predict_batch(network: nn.Module, batch: JunctionBatch) -> Float[np.ndarray, " junction"]:
    """Predict the conductance of each junction in G0, float64."""
    with torch.inference_mode():
        predicted: np.ndarray = network(batch).numpy().astype(np.float64)
    return predicted


def _loss(
    network: nn.Module, train: Examples, options: TrainingOptions, generator: torch.Generator
) -> Tensor:
    jitter = options.noise * torch.randn(train.batch.atoms.shape, generator=generator)
    noisy = replace(train.batch, atoms=train.batch.atoms + jitter)
    if not isinstance(network, SeriesNetwork):
        return _misfit(network(noisy), train.conductance)
    local = network.slice_conductance(noisy)
    lead = nn.functional.mse_loss(local[:, 0], train.n_channel)
    misfit = _misfit(network.in_series(local, noisy.spacing), train.conductance)
    return misfit + options.lead_weight * lead


def _misfit(predicted: Tensor, truth: Tensor) -> Tensor:
    # Quadratic up to 0.3 G0, then straight: one odd label must not rule the fit.
    return nn.functional.smooth_l1_loss(predicted, truth, beta=0.3)


def _rmse(network: nn.Module, examples: Examples) -> float:
    error = predict_batch(network, examples.batch) - examples.conductance.numpy()
    return float(np.sqrt((error**2).mean())) if error.size else float("nan")
