r"""Where the electrons of a junction are, energy by energy.

The density of states on an orbital is :math:`-\mathrm{Im}[G S]_{ii} / \pi` (Mulliken), for one
spin; here both spins are counted. The spectral function divides by origin,
:math:`A = i(G - G^\dagger) = G \Gamma_L G^\dagger + G \Gamma_R G^\dagger`: what the left electrode
fills, and what the right one fills.

References
----------
.. [1] S. Datta, Electronic Transport in Mesoscopic Systems, Cambridge University Press (1995),
   doi:10.1017/CBO9780511805776, chapter 3.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from sekkei.shapes import Float, Inexact, Int
from sekkei.transport.kernel.eigenchannels import sum_over_atoms
from sekkei.transport.kernel.landauer import SelfEnergies, broadening_matrix, green_inverse

SPINS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class LocalDensity:
    """Density of states on atoms, in 1/eV, both spins.

    Atoms of the outermost layers lack the overlap with the rest of their electrode.
    """

    total: Float[Tensor, "energy atom"]
    """From the Green function."""

    from_left: Float[Tensor, "energy atom"]
    """Of states that come in from the left electrode."""

    from_right: Float[Tensor, "energy atom"]
    """Of states that come in from the right electrode; bound states belong to neither."""


def local_density(
    hamiltonian: Inexact[Tensor, "orbital orbital"],
    overlap: Inexact[Tensor, "orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
    orbital_atom: Int[Tensor, " orbital"],
) -> LocalDensity:
    """Local density of states on the atoms of a device.

    Parameters
    ----------
    hamiltonian, overlap, leads, energies
        As for `transmission`; of one junction.
    orbital_atom
        Index of the atom that each orbital belongs to.
    """
    rows = [
        _at_energy(hamiltonian, overlap, leads.part(torch.tensor([i])), energies[i : i + 1])
        for i in range(len(energies))
    ]
    total, left, right = (
        sum_over_atoms(torch.stack(column), orbital_atom) for column in zip(*rows, strict=True)
    )
    return LocalDensity(total=total, from_left=left, from_right=right)


def _at_energy(
    hamiltonian: Inexact[Tensor, "orbital orbital"],
    overlap: Inexact[Tensor, "orbital orbital"],
    leads: SelfEnergies,
    energy: Float[Tensor, "1"],
) -> tuple[Tensor, Tensor, Tensor]:
    """Densities on orbitals: all, and what comes from each side."""
    n_layer = leads.left.shape[-1]
    green = torch.linalg.inv(green_inverse(hamiltonian, overlap, leads, energy)[0])
    from_left, from_right = (
        columns @ broadening_matrix(sigma)[0] @ columns.mH
        for columns, sigma in (
            (green[:, :n_layer], leads.left),
            (green[:, -n_layer:], leads.right),
        )
    )
    total, left, right = (
        # The diagonal of A S, as an elementwise product.
        SPINS / (2.0 * torch.pi) * (spectral * overlap.mT).sum(dim=-1).real
        for spectral in (1j * (green - green.mH), from_left, from_right)
    )
    return total, left, right
