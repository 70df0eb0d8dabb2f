"""H and S of a perfect electrode, in blocks from one period to the next."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.errors import BandEdgeError, ElectrodeError, GridBoundsError
from sekkei.shapes import Complex, Float, Inexact
from sekkei.transport.electrode.bands import ChannelScan, band_energies, scan_channels
from sekkei.transport.kernel.landauer import SelfEnergies, lead_self_energies

REACH_EV = 1e-4
"""Blocks smaller than this count as zero."""

BROADENING_EV = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ElectrodeMatrices:
    """A perfect electrode as the junctions see it."""

    hamiltonian: Inexact[np.ndarray, "cell orbital orbital"]
    """Blocks from period 0 to period R for R = 0, 1, …, in eV."""

    overlap: Inexact[np.ndarray, "cell orbital orbital"]
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

    def check_usable(self, edge_ev: float) -> None:
        """Refuse an electrode that does not conduct, or whose conductance is about to jump.

        Raises
        ------
        ElectrodeError
            If no channel is open at the Fermi level.
        BandEdgeError
            If a band starts or ends within ``edge_ev`` of it.
        """
        if self.n_channel == 0:
            raise ElectrodeError(
                "an electrode must have open channels at the Fermi level, but has none; is "
                "electrode_period_angstrom right?"
            )
        if self.edge_distance < edge_ev:
            raise BandEdgeError(
                f"bands of the electrode must start at least {edge_ev} eV from the Fermi level, "
                f"but one starts at {self.edge_distance:.3f} eV; use another wire, or allow this "
                "one by the option edge_ev=0 if a wider one agrees",
                edge_distance_ev=self.edge_distance,
            )


def electrode_arrays(
    hamiltonian: Inexact[np.ndarray, "cell orbital orbital"],
    overlap: Inexact[np.ndarray, "cell orbital orbital"],
    fermi_level: float,
    energies: Float[np.ndarray, " energy"],
) -> dict[str, np.ndarray]:
    """Add channels, the nearest band edge and self-energies to the blocks of an electrode.

    Parameters
    ----------
    hamiltonian, overlap
        Blocks from period 0 to period R for R = 0, 1, …
    fermi_level
        In eV.
    energies
        In eV against the Fermi level.

    Raises
    ------
    GridBoundsError
        If the last block does not vanish.
    """
    size = np.maximum(np.abs(hamiltonian), np.abs(overlap)).max(axis=(1, 2))
    reach = int(np.flatnonzero(size > REACH_EV).max())
    if reach >= len(size) - 1:
        raise GridBoundsError(
            f"matrix elements of the electrode must end within {len(size) - 1} periods, but the "
            f"last block still holds {size[-1]:.1e} eV; use more k-points"
        )
    hamiltonian, overlap = hamiltonian[: reach + 1], overlap[: reach + 1]
    layer = max(1, reach)
    scan = _scan(hamiltonian, overlap, fermi_level)
    leads = lead_self_energies(
        (_layer_block(hamiltonian, layer, 0), _layer_block(hamiltonian, layer, layer)),
        (_layer_block(overlap, layer, 0), _layer_block(overlap, layer, layer)),
        torch.from_numpy(energies + fermi_level),
        broadening=BROADENING_EV,
    )
    return {
        "hamiltonian": hamiltonian,
        "overlap": overlap,
        "fermi_level": np.array(fermi_level),
        "n_channel": np.array(scan.n_channel),
        "edge_distance": np.array(scan.edge_distance),
        "left": leads.left.numpy(),
        "right": leads.right.numpy(),
        "layer_periods": np.array(layer),
    }


def _scan(
    hamiltonian: Inexact[np.ndarray, "cell orbital orbital"],
    overlap: Inexact[np.ndarray, "cell orbital orbital"],
    fermi_level: float,
) -> ChannelScan:
    if not np.iscomplexobj(hamiltonian):
        return scan_channels(band_energies(hamiltonian, overlap), fermi_level)
    # At a k-point across, bands at kz and -kz differ. Real and imaginary parts side by side are the
    # crystal at k and at -k together: real, even in kz, and every channel twice.
    bands = band_energies(_side_by_side(hamiltonian), _side_by_side(overlap))
    pair = scan_channels(bands, fermi_level)
    return ChannelScan(n_channel=pair.n_channel // 2, edge_distance=pair.edge_distance)


def _side_by_side(
    blocks: Complex[np.ndarray, "cell orbital orbital"],
) -> Float[np.ndarray, "cell double double"]:
    upper = np.concatenate([blocks.real, -blocks.imag], axis=2)
    lower = np.concatenate([blocks.imag, blocks.real], axis=2)
    return np.concatenate([upper, lower], axis=1)


def _layer_block(
    blocks: Inexact[np.ndarray, "cell orbital orbital"], n_period: int, offset: int
) -> Inexact[Tensor, "layer layer"]:
    """Block from a principal layer to itself (offset 0) or to the next (offset ``n_period``)."""

    def cell(distance: int) -> np.ndarray:
        if abs(distance) >= len(blocks):
            return np.zeros_like(blocks[0])
        return np.asarray(blocks[distance] if distance >= 0 else blocks[-distance].conj().T)

    rows = [[cell(offset + j - i) for j in range(n_period)] for i in range(n_period)]
    return torch.from_numpy(np.block(rows))
