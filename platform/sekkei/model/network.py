"""Networks over atoms: slices in series, and the max-pooled one that it has to beat."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from typing_extensions import override

from sekkei.model.feature import JunctionFeatures

Architecture = Literal["series", "max-pooled"]

_FLOOR_G0 = 1e-6
_LARGEST_CORRECTION = 2.5
_DEAD_ZONE = 0.05
_LARGEST_EXPONENT = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Junctions of different size, padded to one shape."""

    atoms: Float[Tensor, "junction described component"]
    """Scaled descriptors; zero where padded."""

    sharvin: Float[Tensor, "junction described"]
    """What each atom adds to the Sharvin conductance, in G0 Å; zero where padded."""

    windows: Float[Tensor, "junction slice described"]
    """Weight of an atom in a slice, in 1/Å; slice 0 is the leads; zero where padded."""

    spacing: Float[Tensor, "junction slice"]
    """Length of a slice in Å; zero for the leads and where padded."""

    def rows(self, index: Tensor) -> "Batch":
        """Return some of the junctions."""
        return Batch(
            self.atoms[index], self.sharvin[index], self.windows[index], self.spacing[index]
        )


def collate(features: Sequence[JunctionFeatures], scaled: Sequence[Tensor]) -> Batch:
    """Pad junctions to the largest among them.

    Parameters
    ----------
    features
        One record per junction.
    scaled
        Scaled descriptors of the same junctions, ``(n_described, n_component)`` each.
    """
    n = len(features)
    n_atom = max(row.descriptors.shape[0] for row in features)
    n_slice = max(row.windows.shape[0] for row in features)
    atoms = torch.zeros(n, n_atom, scaled[0].shape[1])
    sharvin = torch.zeros(n, n_atom)
    windows = torch.zeros(n, n_slice, n_atom)
    spacing = torch.zeros(n, n_slice)
    for i, (row, values) in enumerate(zip(features, scaled, strict=True)):
        n_here, m_here = row.windows.shape[1], row.windows.shape[0]
        atoms[i, :n_here] = values
        sharvin[i, :n_here] = torch.tensor(row.sharvin)
        windows[i, :m_here, :n_here] = torch.tensor(row.windows)
        spacing[i, 1:m_here] = row.spacing
    return Batch(atoms, sharvin, windows, spacing)


class SeriesNetwork(nn.Module):
    r"""Atoms to slices, slices in series.

    Each slice starts from the Sharvin conductance :math:`s(z)` of the atoms in it and corrects
    it by what they look like, :math:`g(z) = s(z) e^{c(z)}`. The assembly counts what a slice
    resists beyond the lead,

    .. math:: G^{-p} = g_L^{-p} + \int \frac{dz}{\ell}
              \max(0, g(z)^{-p} - g_L^{-p}),

    so that layers of perfect lead add exactly nothing, the narrowest place rules for large p,
    and a gap, where s vanishes, leaves nothing. p and the length are learned.
    """

    def __init__(self, n_component: int, n_hidden: int, n_embedding: int) -> None:
        super().__init__()
        self.atom = _perceptron(n_component, n_hidden, n_embedding)
        self.slice = _perceptron(n_embedding + 2, n_hidden, 1)
        self.log_exponent = nn.Parameter(torch.tensor(0.7))
        self.log_length = nn.Parameter(torch.tensor(1.6))

    @override
    def forward(self, batch: Batch) -> Float[Tensor, " junction"]:
        """Predict the conductance of each junction in G0, ``(n_junction,)``, never negative."""
        local, _ = self.slice_conductance(batch)
        exponent = torch.exp(self.log_exponent).clamp(1.0, 8.0)
        # One part in log of the lead over the slice, less what ripples of the window make.
        excess = torch.relu(torch.log(local[:, :1]) - torch.log(local) - _DEAD_ZONE)
        grown = torch.expm1((exponent * excess).clamp(max=_LARGEST_EXPONENT))
        total = (grown * batch.spacing).sum(dim=1) / torch.exp(self.log_length)
        return local[:, 0] * torch.exp(-torch.log1p(total) / exponent)

    def slice_conductance(
        self, batch: Batch
    ) -> tuple[Float[Tensor, "junction slice"], Float[Tensor, "junction slice"]]:
        """Return conductance and Sharvin conductance of each slice in G0; slice 0 is the lead."""
        embedded = self.atom(batch.atoms)
        density = batch.windows.sum(dim=2, keepdim=True)
        mean = batch.windows @ embedded / (density + 1e-3)
        sharvin = (batch.windows @ batch.sharvin[:, :, None])[:, :, 0] + _FLOOR_G0
        inputs = torch.cat(
            [mean, 0.2 * sharvin[:, :, None], 0.5 * torch.log(sharvin + 0.05)[:, :, None]], dim=2
        )
        raw = self.slice(inputs)[:, :, 0]
        correction = _LARGEST_CORRECTION * torch.tanh(raw / _LARGEST_CORRECTION)
        return sharvin * torch.exp(correction), sharvin


class MaxPooledNetwork(nn.Module):
    """The same atoms, but the largest of each embedding stands for the whole junction."""

    def __init__(self, n_component: int, n_hidden: int, n_embedding: int) -> None:
        super().__init__()
        self.atom = _perceptron(n_component, n_hidden, n_embedding)
        self.head = _perceptron(n_embedding, n_hidden, 1)

    @override
    def forward(self, batch: Batch) -> Float[Tensor, " junction"]:
        """Predict the conductance of each junction in G0, ``(n_junction,)``, never negative."""
        embedded = self.atom(batch.atoms)
        absent = (batch.sharvin == 0.0)[:, :, None]
        pooled = embedded.masked_fill(absent, -torch.inf).amax(dim=1)
        return nn.functional.softplus(self.head(pooled)[:, 0])


def build_network(
    architecture: Architecture, n_component: int, n_hidden: int, n_embedding: int, *, seed: int
) -> nn.Module:
    """Build a network with reproducible first weights."""
    kind = {"series": SeriesNetwork, "max-pooled": MaxPooledNetwork}[architecture]
    # PyTorch initialises from its global generator: borrow it and give it back.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: nn.Module = kind(n_component, n_hidden, n_embedding)
    return network


def _perceptron(n_in: int, n_hidden: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(n_in, n_hidden),
        nn.SiLU(),
        nn.Linear(n_hidden, n_hidden),
        nn.SiLU(),
        nn.Linear(n_hidden, n_out),
    )
