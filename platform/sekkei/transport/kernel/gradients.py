"""How the conductance answers when atoms move, for labelers whose matrices know it."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.transport.kernel.landauer import SelfEnergies, transmission


@runtime_checkable
class Differentiable(Protocol):
    """A labeler that also gives gradients; most do not."""

    def gradient(self, junction: Junction) -> Float[np.ndarray, "atom 3"]:
        """Slope of the conductance T(E_F) in G0/angstrom when one atom moves.

        Rows of lead atoms are zero: leads are held, because a lead that is not perfect is none.

        Raises
        ------
        LabelError
            As ``label``.
        """
        ...


def position_gradient(
    matrices: Callable[[Tensor], tuple[Tensor, Tensor]],
    positions: Float[np.ndarray, "atom 3"],
    leads: SelfEnergies,
    energy: float,
) -> Float[np.ndarray, "atom 3"]:
    r"""Differentiate T at one energy by positions, through the kernel.

    Exact at one solve for all atoms: :math:`\partial T / \partial H_{ij}` from the kernel meets
    :math:`\partial H_{ij} / \partial R` from ``matrices``. The electrode, its self-energies and its
    Fermi level stay as they are.

    Parameters
    ----------
    matrices
        Returns H (eV) and S, as differentiable functions of positions in angstrom.
    positions
        Of all atoms whose orbitals are in the matrices.
    leads
        Self-energies at this one energy.
    energy
        In eV.

    Returns
    -------
    numpy.ndarray
        In 1/angstrom, shape ``(n_atom, 3)``.
    """
    free = torch.tensor(positions, dtype=torch.float64, requires_grad=True)
    hamiltonian, overlap = matrices(free)
    grid = torch.tensor([energy], dtype=torch.float64)
    value = transmission(hamiltonian, overlap, leads, grid).sum()
    (slope,) = torch.autograd.grad(value, free)
    return np.asarray(slope.numpy())
