"""Networks over atoms: slices in series, and the max-pooled one that it has to beat."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from typing_extensions import override

from sekkei.model.direct.feature import JunctionFeatures
from sekkei.shapes import Bool, Float, Int

Architecture = Literal["series", "attention", "max-pooled"]

_FLOOR_G0 = 1e-6
_LARGEST_CORRECTION = 2.5
_LARGEST_EXPONENT = 60.0  # e to this still fits into float32 with room for the sum

_DEAD_ZONE = 0.05
"""Windows ripple over the layers of a perfect wire by less than this share."""

_THIN = 1e-3
"""Atoms per Å below which a slice is a gap, where surroundings mean nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class JunctionBatch:
    """Junctions of different size, padded to one shape."""

    atoms: Float[Tensor, "junction described component"]
    """Scaled descriptors; zero where padded."""

    is_present: Bool[Tensor, "junction described"]
    """False where padded."""

    weights: Float[Tensor, "junction slice described"]
    """Share of an atom in a slice; slice 0 is the lead. A row sums to 1, or less in a gap."""

    sharvin: Float[Tensor, "junction slice"]
    """Sharvin conductance of the atoms in a slice in G0."""

    spacing: Float[Tensor, "junction slice"]
    """Length of a slice in Å; zero for the lead and where padded."""

    def rows(self, index: Int[Tensor, " chosen"]) -> "JunctionBatch":
        """Return some of the junctions, padded no more than the largest of them needs."""
        present, spacing = self.is_present[index], self.spacing[index]
        n_atom = int(present.sum(dim=1).max()) if len(present) else 0
        n_slice = 1 + int((spacing > 0.0).sum(dim=1).max()) if len(present) else 0
        return JunctionBatch(
            self.atoms[index, :n_atom],
            present[:, :n_atom],
            self.weights[index, :n_slice, :n_atom],
            self.sharvin[index, :n_slice],
            spacing[:, :n_slice],
        )


def collate(
    features: Sequence[JunctionFeatures],
    scaled: Sequence[Float[np.ndarray, "_ component"]],
) -> JunctionBatch:
    """Pad junctions to the largest among them.

    Parameters
    ----------
    features
        One record per junction.
    scaled
        Scaled descriptors of the same junctions, ``(n_described, n_component)`` each.
    """
    n = len(features)
    n_atom = max(row.windows.shape[1] for row in features)
    n_slice = max(row.windows.shape[0] for row in features)
    atoms = np.zeros((n, n_atom, scaled[0].shape[1]), np.float32)
    is_present = np.zeros((n, n_atom), bool)
    weights = np.zeros((n, n_slice, n_atom), np.float32)
    sharvin, spacing = np.zeros((2, n, n_slice), np.float32)
    for i, (row, values) in enumerate(zip(features, scaled, strict=True)):
        m_here, n_here = row.windows.shape
        atoms[i, :n_here] = values
        is_present[i, :n_here] = True
        density = row.windows.sum(axis=1, keepdims=True)
        weights[i, :m_here, :n_here] = row.windows / (density + _THIN)
        sharvin[i, :m_here] = row.windows @ row.sharvin
        spacing[i, 1:m_here] = row.spacing
    return JunctionBatch(*map(torch.from_numpy, (atoms, is_present, weights, sharvin, spacing)))


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
    def forward(self, batch: JunctionBatch) -> Float[Tensor, " junction"]:
        """Predict the conductance of each junction in G0, ``(n_junction,)``, never negative."""
        return self.in_series(self.slice_conductance(batch), batch.spacing)

    def slice_conductance(self, batch: JunctionBatch) -> Float[Tensor, "junction slice"]:
        """Return the conductance of each slice in G0; slice 0 is the lead."""
        sharvin = batch.sharvin + _FLOOR_G0
        raw = self.correction(self.tokens(batch), batch.spacing)
        return sharvin * torch.exp(_LARGEST_CORRECTION * torch.tanh(raw / _LARGEST_CORRECTION))

    def tokens(self, batch: JunctionBatch) -> Float[Tensor, "junction slice token"]:
        """Return what a slice is by itself: its mean atom, and how large it is."""
        mean = batch.weights @ self.atom(batch.atoms)
        sharvin = batch.sharvin + _FLOOR_G0
        size = torch.stack([0.2 * sharvin, 0.5 * torch.log(sharvin + 0.05)], dim=2)
        return torch.cat([mean, size], dim=2)

    def correction(
        self,
        tokens: Float[Tensor, "junction slice token"],
        spacing: Float[Tensor, "junction slice"],
    ) -> Float[Tensor, "junction slice"]:
        """Return the logarithm of a slice's conductance over Sharvin's."""
        raw: Tensor = self.slice(tokens)[:, :, 0]
        return raw

    def in_series(
        self, local: Float[Tensor, "junction slice"], spacing: Float[Tensor, "junction slice"]
    ) -> Float[Tensor, " junction"]:
        """Assemble slices, the lead first, to the conductance of the junction in G0."""
        exponent = torch.exp(self.log_exponent).clamp(1.0, 8.0)
        logarithm = torch.log(local)
        excess = torch.relu(logarithm[:, :1] - logarithm - _DEAD_ZONE)
        grown = torch.expm1((exponent * excess).clamp(max=_LARGEST_EXPONENT))
        total = (grown * spacing).sum(dim=1) / torch.exp(self.log_length)
        return local[:, 0] * torch.exp(-torch.log1p(total) / exponent)


class AttentionNetwork(SeriesNetwork):
    """Slices in series that look at each other first, so that two constrictions can interfere.

    Attention falls with the distance between slices, at a learned rate for each head. A slice
    deep in a perfect lead sees what the lead's own slice does, and so adds nothing.
    """

    def __init__(self, n_component: int, n_hidden: int, n_embedding: int) -> None:
        super().__init__(n_component, n_hidden, n_embedding)
        self.mixing = SliceAttention(n_embedding + 2, n_hidden)

    @override
    def correction(
        self,
        tokens: Float[Tensor, "junction slice token"],
        spacing: Float[Tensor, "junction slice"],
    ) -> Float[Tensor, "junction slice"]:
        mixed: Tensor = self.mixing(tokens, spacing)
        return super().correction(tokens, spacing) + mixed


class SliceAttention(nn.Module):
    """One layer of attention over slices, with positions relative along z."""

    def __init__(self, n_token: int, n_hidden: int, n_head: int = 4) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(n_token, n_head * 8) for _ in range(3))
        self.rate = nn.Parameter(torch.linspace(-3.0, 0.0, n_head))
        self.out = _perceptron(n_head * 8 + n_token, n_hidden, 1)
        self.n_head = n_head

    @override
    def forward(
        self,
        tokens: Float[Tensor, "junction slice token"],
        spacing: Float[Tensor, "junction slice"],
    ) -> Float[Tensor, "junction slice"]:
        """Return a correction for each slice but the lead's."""
        shape = (*tokens.shape[:2], self.n_head, 8)
        query, key, value = (
            layer(tokens).reshape(shape).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        height = torch.cumsum(spacing, dim=1)
        apart = (height[:, :, None] - height[:, None, :]).abs()
        score = query @ key.transpose(2, 3) / 8.0**0.5
        score = score - torch.exp(self.rate)[:, None, None] * apart[:, None]
        is_slice = spacing > 0.0
        score = score.masked_fill(~is_slice[:, None, None, :], -1e9)
        mixed = (torch.softmax(score, dim=3) @ value).transpose(1, 2).flatten(2)
        raw: Tensor = self.out(torch.cat([mixed, tokens], dim=2))[:, :, 0]
        corrected: Tensor = raw * is_slice
        return corrected


class MaxPooledNetwork(nn.Module):
    """The same atoms, but the largest of each embedding stands for the whole junction."""

    def __init__(self, n_component: int, n_hidden: int, n_embedding: int) -> None:
        super().__init__()
        self.atom = _perceptron(n_component, n_hidden, n_embedding)
        self.head = _perceptron(n_embedding, n_hidden, 1)

    @override
    def forward(self, batch: JunctionBatch) -> Float[Tensor, " junction"]:
        """Predict the conductance of each junction in G0, ``(n_junction,)``, never negative."""
        embedded = self.atom(batch.atoms)
        pooled = embedded.masked_fill(~batch.is_present[:, :, None], -torch.inf).amax(dim=1)
        return nn.functional.softplus(self.head(pooled)[:, 0])


def build_network(
    architecture: Architecture, n_component: int, n_hidden: int, n_embedding: int, *, seed: int
) -> nn.Module:
    """Build a network with reproducible first weights."""
    kind = {
        "series": SeriesNetwork,
        "attention": AttentionNetwork,
        "max-pooled": MaxPooledNetwork,
    }[architecture]
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
