r"""Eigenchannels: how a conductance divides into independent modes, and what they look like.

With :math:`t = \Gamma_L^{1/2} G \Gamma_R^{1/2}`, the eigenvalues of :math:`t t^\dagger` are the
transmissions of the modes that do not mix; they sum to T.

References
----------
.. [1] M. Paulsson and M. Brandbyge, Phys. Rev. B 76, 115117 (2007),
   doi:10.1103/PhysRevB.76.115117.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from sekkei.errors import InvalidInputError
from sekkei.shapes import Complex, Float, Inexact, Int
from sekkei.transport.kernel.landauer import (
    Plan,
    SelfEnergies,
    broadening_matrix,
    corner_green_function,
    green_inverse,
    plan_road,
)


@dataclass(frozen=True, slots=True, eq=False)
class ScatteringStates:
    """Eigenchannels at one energy: states that come in from the left and do not mix."""

    transmissions: Float[Tensor, " channel"]
    """Of each channel, descending."""

    states: Complex[Tensor, "channel orbital"]
    r"""Coefficients on the orbitals, in 1/sqrt(eV); :math:`\sum_c \psi_c \psi_c^\dagger` over all
    channels is the part of the spectral function that comes from the left."""

    def weight(
        self, overlap: Inexact[Tensor, "orbital orbital"], orbital_atom: Int[Tensor, " orbital"]
    ) -> Float[Tensor, "channel atom"]:
        """Mulliken weight of each channel on each atom, in 1/eV; may be slightly negative.

        Parameters
        ----------
        overlap
            Of the device.
        orbital_atom
            Index of the atom that each orbital belongs to.
        """
        on_orbitals = (self.states.conj() * (self.states @ overlap.to(self.states.dtype).mT)).real
        return sum_over_atoms(on_orbitals, orbital_atom)


def channel_transmissions(
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
    plan: Plan | None = None,
) -> Float[Tensor, "*junction energy layer"]:
    """Eigenchannel transmissions, descending; as many as a layer has orbitals, most of them zero.

    Parameters
    ----------
    hamiltonian, overlap, leads, energies, plan
        As for `transmission`, which is their sum.
    """
    chosen = plan or plan_road(hamiltonian, overlap, leads.left.shape[-1])
    green = corner_green_function(hamiltonian, overlap, leads, energies, chosen)
    amplitude = _root(broadening_matrix(leads.left)) @ green
    amplitude = amplitude @ _root(broadening_matrix(leads.right))
    singular: Tensor = torch.linalg.svdvals(amplitude)
    return singular**2


def scattering_states(
    hamiltonian: Inexact[Tensor, "orbital orbital"],
    overlap: Inexact[Tensor, "orbital orbital"],
    leads: SelfEnergies,
    energy: float,
    n_channel: int,
) -> ScatteringStates:
    """Eigenchannel scattering states from the left, for a picture.

    Parameters
    ----------
    hamiltonian, overlap
        Of the device; energies in eV.
    leads
        Self-energies at this one energy.
    energy
        In eV.
    n_channel
        The most transparent so many are returned; at most the orbitals of a layer.

    Raises
    ------
    InvalidInputError
        If there are not so many, or the self-energies are of several energies.
    """
    n_layer = leads.left.shape[-1]
    if len(leads.left) != 1 or not 1 <= n_channel <= n_layer:
        raise InvalidInputError(
            f"scattering states need self-energies at one energy and 1 to {n_layer} channels, but "
            f"found {len(leads.left)} energies and {n_channel} channels; try leads.part(...)"
        )
    grid = torch.tensor([energy], dtype=torch.float64)
    matrix = green_inverse(hamiltonian, overlap, leads, grid)[0]
    source = torch.zeros(len(matrix), n_layer, dtype=matrix.dtype, device=matrix.device)
    source[:n_layer] = _root(broadening_matrix(leads.left))[0]
    incoming = torch.linalg.solve(matrix, source)
    drain = incoming[-n_layer:]
    # All that arrives at the right, as a matrix between incoming states: its eigenvectors part.
    values, vectors = torch.linalg.eigh(drain.mH @ broadening_matrix(leads.right)[0] @ drain)
    states = (incoming @ vectors).mT.flip(0)[:n_channel]
    return ScatteringStates(transmissions=values.flip(0)[:n_channel], states=states)


def sum_over_atoms(
    values: Float[Tensor, "row orbital"], orbital_atom: Int[Tensor, " orbital"]
) -> Float[Tensor, "row atom"]:
    """Add up what the orbitals of each atom have."""
    n_atom = int(orbital_atom.max()) + 1
    total = torch.zeros(len(values), n_atom, dtype=values.dtype, device=values.device)
    return total.index_add(1, orbital_atom, values)


def _root(gamma: Complex[Tensor, "energy layer layer"]) -> Complex[Tensor, "energy layer layer"]:
    values, vectors = torch.linalg.eigh(gamma)
    # Positive but for rounding.
    root: Tensor = (vectors * values.clamp(min=0.0).sqrt()[..., None, :]) @ vectors.mH
    return root
