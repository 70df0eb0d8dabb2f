r"""Transmission of real Hamiltonians by the open channels of their leads.

A wire adds to the layer that it touches :math:`\mathrm{Re}\,\Sigma`, real and symmetric, and
:math:`\mathrm{Im}\,\Sigma = -\tfrac12 W W^T`, whose columns W are its few open channels. With
:math:`A = E S - H - \mathrm{Re}\,\Sigma` and :math:`R = W^T A^{-1} W` the amplitudes between
channels are :math:`(1 + iR/2)^{-1} R`, so that only a matrix of open channels is complex.

Slices are eliminated from left to right as in `block_tridiagonal`; W goes with them, and R is a sum
over slices.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import pad

from sekkei.shapes import Complex, Float, Int
from sekkei.transport.kernel.self_energy import SelfEnergies
from sekkei.transport.kernel.slicing import Slicing

CLOSED_EV = 1e-5
"""Largest broadening of what does not conduct; 1e-6 eV of imaginary energy make 3e-6 of it."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenChannels:
    """What two leads do to the layers that they touch, in real numbers."""

    left: Float[Tensor, "energy layer layer"]
    """Real part of the self-energy on the first layer, in eV."""

    right: Float[Tensor, "energy layer layer"]
    """The same on the last layer."""

    into_left: Float[Tensor, "energy layer channel"]
    """Open channels in the first layer, in eV^(1/2); columns of closed ones are zero."""

    into_right: Float[Tensor, "energy layer channel"]
    """The same in the last layer."""

    @classmethod
    def of(cls, leads: SelfEnergies) -> "OpenChannels":
        """Take the open channels of self-energies of real leads."""
        sides = (leads.left, leads.right)
        real = [(sigma.real + sigma.real.mT) / 2.0 for sigma in sides]
        return cls(*real, *(_open_channels(sigma.imag) for sigma in sides))

    def part(self, chunk: Int[Tensor, " chunk"]) -> "OpenChannels":
        """Return what belongs to some of the energies."""
        real = (self.left[chunk], self.right[chunk])
        return OpenChannels(*real, self.into_left[chunk], self.into_right[chunk])


def channel_transmission(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    channels: OpenChannels,
    energies: Float[Tensor, " energy"],
    slicing: Slicing,
) -> Float[Tensor, " energy"]:
    """Transmission of a real device whose first and last slices hold the layers of the leads.

    Parameters
    ----------
    hamiltonian, overlap
        In the order of the atoms; energies in eV.
    channels
        Of both leads at the same energies.
    energies
        In eV, on the scale of the Hamiltonian.
    slicing
        That fits the sparsity of both matrices.
    """
    amplitudes = transmission_amplitudes(hamiltonian, overlap, channels, energies, slicing)
    found: Tensor = (amplitudes.abs() ** 2).sum(dim=(-2, -1))
    return found


def transmission_amplitudes(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    channels: OpenChannels,
    energies: Float[Tensor, " energy"],
    slicing: Slicing,
) -> Complex[Tensor, "energy left right"]:
    """Amplitudes between channels of the left and of the right lead.

    Their squared singular values are the eigenchannels. Parameters are those of
    `channel_transmission`.
    """
    response = _response(hamiltonian, overlap, channels, energies, slicing)
    n_left, one = channels.into_left.shape[-1], torch.eye(response.shape[-1])
    amplitudes = torch.linalg.solve(one + 0.5j * response, response.to(torch.complex128))
    across: Tensor = amplitudes[:, :n_left, n_left:]
    return across


def _open_channels(
    imaginary: Float[Tensor, "energy layer layer"],
) -> Float[Tensor, "energy layer channel"]:
    """Return W, of which W W^T is the broadening."""
    broadening, vectors = torch.linalg.eigh(-imaginary - imaginary.mT)
    strength = torch.where(broadening > CLOSED_EV, broadening, 0.0).sqrt()
    n_open = int((strength > 0.0).sum(dim=-1).max())
    first = strength.shape[-1] - n_open
    found: Tensor = vectors[..., first:] * strength[:, None, first:]
    return found


def _response(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    channels: OpenChannels,
    energies: Float[Tensor, " energy"],
    slicing: Slicing,
) -> Float[Tensor, "energy channel channel"]:
    grid, order = energies[:, None, None], torch.from_numpy(slicing.order)
    slices = [order[part] for part in slicing.parts]

    def block(rows: Tensor, columns: Tensor) -> Tensor:
        s, h = (matrix[rows[:, None], columns] for matrix in (overlap, hamiltonian))
        return grid * s - h

    left, right = channels.into_left, channels.into_right
    n_first, n_last = (len(slices[at]) - channels.left.shape[-1] for at in (0, -1))
    pivot = block(slices[0], slices[0]) - pad(channels.left, (0, n_first, 0, n_first))
    columns = pad(left, (0, right.shape[-1], 0, n_first))
    found = torch.zeros((), dtype=torch.float64)
    for here, following in pairwise(slices):
        forth = block(here, following)
        solved = torch.linalg.solve(pivot, torch.cat([forth, columns], dim=-1))
        found = found + columns.mT @ solved[..., len(following) :]
        step = forth.mT @ solved
        pivot = block(following, following) - step[..., : len(following)]
        columns = -step[..., len(following) :]
    pivot = pivot - pad(channels.right, (n_last, 0, n_last, 0))
    columns = columns + pad(right, (left.shape[-1], 0, n_last, 0))
    total: Tensor = found + columns.mT @ torch.linalg.solve(pivot, columns)
    return total
