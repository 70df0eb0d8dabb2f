"""One network, one set of labels: gradient descent on mini-batches."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from sekkei.model.direct.network import JunctionBatch, SeriesNetwork
from sekkei.model.direct.options import TrainingOptions
from sekkei.model.metric import CurvePoint
from sekkei.shapes import Float, Int


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What a network learns from."""

    batch: JunctionBatch
    """Junctions."""

    conductance: Float[Tensor, " junction"]
    """Their labels in G0."""

    n_channel: Float[Tensor, " junction"]
    """Open channels of their electrodes."""

    weight: Float[Tensor, " junction"]
    """How much an error of each counts."""

    def rows(self, index: Int[np.ndarray, " chosen"]) -> "Examples":
        """Return some of the junctions."""
        chosen = torch.tensor(index)
        return Examples(
            self.batch.rows(chosen),
            self.conductance[chosen],
            self.n_channel[chosen],
            self.weight[chosen],
        )


def fit_network(
    network: nn.Module,
    train: Examples,
    watch: Examples,
    options: TrainingOptions,
    seed: int,
) -> tuple[CurvePoint, ...]:
    """Train a network in place, on mini-batches, until watched experiments gain no more.

    Parameters
    ----------
    watch
        Of experiments within the training part: where the error on them was least, weights are
        taken from. Without any, all epochs are done and the last weights stay. What calibrates
        intervals must not be watched.

    Returns
    -------
    tuple of CurvePoint
        Errors on both parts every twentieth epoch; ``member`` is 0.
    """
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs)
    best = _Best()
    curve = []
    batches = _batches(train, options.batch_size)
    for epoch in range(1, options.epochs + 1):
        for i in rng.permutation(len(batches)):
            optimizer.zero_grad()
            _loss(network, batches[i], options, generator).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        schedule.step()
        error = _rmse(network, watch)
        best = best.or_better(network, error, epoch)
        is_over = epoch == options.epochs or epoch - best.epoch >= options.patience
        if epoch % 20 == 0 or is_over:
            curve.append(CurvePoint(0, epoch, _rmse(network, train), error))
        if is_over:
            break
    if best.state:
        network.load_state_dict(best.state)
    return tuple(curve)


@dataclass(frozen=True, slots=True, eq=False)
class _Best:
    state: dict[str, Tensor] = field(default_factory=dict)
    error: float = float("inf")
    epoch: int = 10**9  # Nothing watched: never too long ago.

    def or_better(self, network: nn.Module, error: float, epoch: int) -> "_Best":
        if not error < self.error:
            return self
        state = {name: value.clone() for name, value in network.state_dict().items()}
        return _Best(state, error, epoch)


def _batches(train: Examples, size: int) -> list[Examples]:
    """Cut into parts of about equal junctions, so that little is padded."""
    order = np.argsort(train.batch.is_present.sum(dim=1).numpy(), kind="stable")
    n_batch = max(1, round(len(order) / size))
    return [train.rows(part) for part in np.array_split(order, n_batch)]


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
        return _misfit(network(noisy), train)
    local = network.slice_conductance(noisy)
    lead = nn.functional.mse_loss(local[:, 0], train.n_channel)
    misfit = _misfit(network.in_series(local, noisy.spacing), train)
    return misfit + options.lead_weight * lead


def _misfit(predicted: Tensor, train: Examples) -> Tensor:
    # Quadratic up to 0.3 G0, then straight: one odd label must not rule the fit.
    each = nn.functional.smooth_l1_loss(predicted, train.conductance, beta=0.3, reduction="none")
    return (train.weight * each).mean()


def _rmse(network: nn.Module, examples: Examples) -> float:
    if not len(examples.conductance):
        return float("nan")
    error = predict_batch(network, examples.batch) - examples.conductance.numpy()
    return float(np.sqrt((error**2).mean()))
