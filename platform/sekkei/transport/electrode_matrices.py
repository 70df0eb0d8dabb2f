"""H and S of a perfect electrode, in blocks from one period to the next."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from sekkei.errors import GridBoundsError
from sekkei.transport.bands import band_energies, scan_channels
from sekkei.transport.gpaw_engine import DftMatrices
from sekkei.transport.kernel import SelfEnergies, lead_self_energies

REACH_EV = 1e-4
"""Blocks smaller than this count as zero."""

BROADENING_EV = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ElectrodeMatrices:
    """A perfect electrode as the junctions see it."""

    hamiltonian: Float[np.ndarray, "cell orbital orbital"]
    """Blocks from period 0 to period R for R = 0, 1, …, in eV."""

    overlap: Float[np.ndarray, "cell orbital orbital"]
    """The same of the overlap."""

    fermi_level: float
    """In eV."""

    n_channel: int
    """Open channels at the Fermi level."""

    edge_distance: float
    """Distance to the nearest band edge in eV."""

    leads: SelfEnergies
    """On the energy grid of the recipe."""

    layer_periods: int
    """Periods in a principal layer."""

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "ElectrodeMatrices":
        """Read what `electrode_arrays` made."""
        return cls(
            hamiltonian=arrays["hamiltonian"],
            overlap=arrays["overlap"],
            fermi_level=float(arrays["fermi_level"]),
            n_channel=int(arrays["n_channel"]),
            edge_distance=float(arrays["edge_distance"]),
            leads=SelfEnergies(
                left=torch.from_numpy(arrays["left"]), right=torch.from_numpy(arrays["right"])
            ),
            layer_periods=int(arrays["layer_periods"]),
        )


def electrode_arrays(
    matrices: DftMatrices, energies: Float[np.ndarray, " energy"]
) -> dict[str, np.ndarray]:
    """Turn H(k) and S(k) into real-space blocks, channels and self-energies.

    Parameters
    ----------
    matrices
        On a full, uniform grid of k.
    energies
        In eV against the Fermi level.

    Raises
    ------
    GridBoundsError
        If the blocks do not vanish within half of the supercell that the k grid stands for.
    """
    n_cell = len(matrices.k_points) // 2
    hamiltonian = _real_space(matrices.hamiltonian, matrices.k_points, n_cell)
    overlap = _real_space(matrices.overlap, matrices.k_points, n_cell)
    size = np.maximum(np.abs(hamiltonian), np.abs(overlap)).max(axis=(1, 2))
    reach = int(np.flatnonzero(size > REACH_EV).max())
    if reach >= n_cell - 1:
        raise GridBoundsError(
            f"matrix elements of the electrode must end within {n_cell - 1} periods, but the last "
            f"block still holds {size[-1]:.1e} eV; use more k-points"
        )
    hamiltonian, overlap = hamiltonian[: reach + 1], overlap[: reach + 1]
    layer = max(1, reach)
    scan = scan_channels(band_energies(hamiltonian, overlap), matrices.fermi_level)
    leads = lead_self_energies(
        (_layer_block(hamiltonian, layer, 0), _layer_block(hamiltonian, layer, layer)),
        (_layer_block(overlap, layer, 0), _layer_block(overlap, layer, layer)),
        torch.from_numpy(energies + matrices.fermi_level),
        broadening=BROADENING_EV,
    )
    return {
        "hamiltonian": hamiltonian,
        "overlap": overlap,
        "fermi_level": np.array(matrices.fermi_level),
        "n_channel": np.array(scan.n_channel),
        "edge_distance": np.array(scan.edge_distance),
        "left": leads.left.numpy(),
        "right": leads.right.numpy(),
        "layer_periods": np.array(layer),
    }


def _real_space(
    blocks: np.ndarray, k_points: Float[np.ndarray, " k"], n_cell: int
) -> Float[np.ndarray, "cell orbital orbital"]:
    # GPAW's new calculator sums exp(-2 pi i k R) over neighbours at +R: hence the minus here.
    # The opposite sign transposes every coupling; perfect wires would not show it, so that
    # `GpawLabeler` compares these blocks with the junction's own each time.
    phases = np.exp(-2j * np.pi * np.outer(np.arange(n_cell), k_points)) / len(k_points)
    return np.asarray(np.einsum("rk,kij->rij", phases, blocks).real)


def _layer_block(
    blocks: Float[np.ndarray, "cell orbital orbital"], n_period: int, offset: int
) -> Float[Tensor, "layer layer"]:
    """Block from a principal layer to itself (offset 0) or to the next (offset ``n_period``)."""

    def cell(distance: int) -> np.ndarray:
        if abs(distance) >= len(blocks):
            return np.zeros_like(blocks[0])
        return np.asarray(blocks[distance] if distance >= 0 else blocks[-distance].T)

    rows = [[cell(offset + j - i) for j in range(n_period)] for i in range(n_period)]
    return torch.from_numpy(np.block(rows))
