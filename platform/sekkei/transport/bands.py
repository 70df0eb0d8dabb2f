"""Bands of an electrode: open channels and the nearest band edge."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import eigvalsh

SCAN_EV = 0.3
"""Edges are looked for so far from the Fermi level."""


@dataclass(frozen=True, slots=True, eq=False)
class ElectrodeBands:
    """What the bands of an electrode are computed from. Its arrays are read-only."""

    hamiltonian: Float[np.ndarray, "cell orbital orbital"]
    """Blocks from period 0 to period R along +z for R = 0, 1, …, in eV."""

    overlap: Float[np.ndarray, "cell orbital orbital"]
    """The same of the overlap."""

    fermi_level: float
    """In eV."""

    edge_limit: float
    """Whoever made them refuses electrodes with a band edge nearer to the Fermi level, in eV."""


@dataclass(frozen=True, slots=True)
class ChannelScan:
    """Open channels of an electrode around its Fermi level."""

    n_channel: int
    """Bands that cross the Fermi level with positive velocity."""

    edge_distance: float
    """Distance from the Fermi level to the nearest energy where the count changes, in eV."""


def band_energies(
    hamiltonian: Float[np.ndarray, "cell orbital orbital"],
    overlap: Float[np.ndarray, "cell orbital orbital"],
    n_k: int = 400,
) -> Float[np.ndarray, "k orbital"]:
    """Band energies on a uniform grid over the whole zone, in eV.

    Parameters
    ----------
    hamiltonian, overlap
        Blocks from period 0 to period R along +z for R = 0, 1, …; the blocks of -R are their
        transposes.
    n_k
        Points from -pi to pi.
    """
    phases = np.linspace(-np.pi, np.pi, n_k)
    return np.stack(
        [np.asarray(eigvalsh(_at_phase(hamiltonian, x), _at_phase(overlap, x))) for x in phases]
    )


def scan_channels(
    bands: Float[np.ndarray, "k orbital"], fermi_level: float, range_ev: float = SCAN_EV
) -> ChannelScan:
    """Count channels at the Fermi level and find the nearest edge within ``range_ev``."""
    steps = np.arange(0.0, range_ev, 0.001)
    energies = np.concatenate([-steps[:0:-1], steps])
    counts = channel_count(bands, fermi_level + energies)
    here = int(counts[len(steps) - 1])
    changed = np.abs(energies[counts != here])
    return ChannelScan(
        n_channel=here, edge_distance=float(changed.min()) if changed.size else range_ev
    )


def channel_count(
    bands: Float[np.ndarray, "k orbital"], energies: Float[np.ndarray, " energy"]
) -> Int[np.ndarray, " energy"]:
    """Count the right-going states at each energy.

    Bands are sorted at each k, so that the count of crossings does not depend on their names.
    """
    low = np.sort(np.minimum(bands[:-1], bands[1:]), axis=None)
    high = np.sort(np.maximum(bands[:-1], bands[1:]), axis=None)
    # Stretches of band that begin at or below an energy, less those that have ended there.
    begun, ended = (np.searchsorted(ends, energies, side="right") for ends in (low, high))
    return np.asarray((begun - ended) // 2, dtype=np.int64)


def _at_phase(blocks: Float[np.ndarray, "cell orbital orbital"], phase: float) -> np.ndarray:
    matrix = blocks[0].astype(complex)
    for i_cell in range(1, len(blocks)):
        turned = np.exp(1j * i_cell * phase) * blocks[i_cell]
        matrix += turned + turned.conj().T
    return np.asarray(matrix)
