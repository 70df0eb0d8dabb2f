"""Matrices for the benchmarks: wires with perfect ends, any size, the same for the same seed."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.shapes import Float
from sekkei.transport.kernel.landauer import SelfEnergies, lead_self_energies

REACH = 2
"""Periods that a matrix element reaches; what one-electron bases of K give in GPAW."""

LOSS_EV = 1e-6
"""Imaginary part of the energy in the leads, for every code alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """A wire in a non-orthogonal basis; its first and last two periods are perfect."""

    hamiltonian: Float[np.ndarray, "orbital orbital"]
    """In eV."""

    overlap: Float[np.ndarray, "orbital orbital"]
    """Positive definite."""

    n_period_orbital: int
    """Orbitals of one period; two periods are a principal layer."""

    @property
    def n_layer(self) -> int:
        """Orbitals of a principal layer."""
        return REACH * self.n_period_orbital

    def lead(self, name: str) -> tuple[Float[np.ndarray, "layer layer"], ...]:
        """Blocks of ``hamiltonian`` or ``overlap`` within a layer and to the next one."""
        matrix, n = getattr(self, name), self.n_layer
        return matrix[:n, :n], matrix[:n, n : 2 * n]

    def self_energies(self, energies: Float[Tensor, " energy"]) -> SelfEnergies:
        """Self-energies of both ends."""
        hamiltonian, overlap = (
            tuple(torch.from_numpy(np.ascontiguousarray(x)) for x in self.lead(name))
            for name in ("hamiltonian", "overlap")
        )
        return lead_self_energies(
            (hamiltonian[0], hamiltonian[1]), (overlap[0], overlap[1]), energies, LOSS_EV
        )


def make_wire(n_period: int, n_period_orbital: int, seed: int, i_device: int = 0) -> Wire:
    """Make a wire: random symmetric blocks, the middle of it disordered.

    The shape is that of a K wire in GPAW's one-electron basis (24 orbitals a period for 6 atoms,
    36 for 9; elements reach two periods); the numbers are random, so that no symmetry helps.

    Parameters
    ----------
    n_period
        At least five, so that something lies between the two perfect ends.
    n_period_orbital
        Orbitals of a period.
    seed
        Equal seeds give equal leads.
    i_device
        Another disorder between the same leads.
    """
    leads, device = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1, i_device])
    hamiltonian = _periodic(leads, n_period, n_period_orbital, (0.5, 0.25, 0.04))
    overlap = _periodic(leads, n_period, n_period_orbital, (0.03, 0.015, 0.002))
    overlap += np.eye(len(overlap)) * (1.0 - overlap.diagonal())
    disorder = _banded(device, n_period, n_period_orbital, 0.05)
    return Wire(hamiltonian + disorder, overlap, n_period_orbital)


def _periodic(
    rng: np.random.Generator, n_period: int, n_orbital: int, sizes: tuple[float, float, float]
) -> Float[np.ndarray, "orbital orbital"]:
    blocks = [rng.normal(0.0, size, (n_orbital, n_orbital)) for size in sizes]
    total = np.kron(np.eye(n_period), blocks[0] / 2.0)
    for distance in range(1, REACH + 1):
        total += np.kron(np.eye(n_period, k=distance), blocks[distance])
    return np.asarray(total + total.T)


def _banded(
    rng: np.random.Generator, n_period: int, n_orbital: int, size: float
) -> Float[np.ndarray, "orbital orbital"]:
    n = n_period * n_orbital
    noise = rng.normal(0.0, size, (n, n))
    period = np.arange(n) // n_orbital
    is_device = (period >= REACH) & (period < n_period - REACH)
    is_near = np.abs(period[:, None] - period[None]) < REACH
    return np.asarray(np.where(is_near & is_device[:, None] & is_device, noise + noise.T, 0.0))
