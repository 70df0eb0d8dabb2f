"""Bands of an electrode: open channels and the nearest band edge."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import linear_sum_assignment

from sekkei.arrays import ReadOnlyArrays
from sekkei.shapes import Float, Int

SCAN_EV = 0.3
"""Edges are looked for so far from the Fermi level."""


@dataclass(frozen=True, slots=True, eq=False)
class ElectrodeBands(ReadOnlyArrays):
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
    """Band energies on a uniform grid over the whole zone, in eV, each band in its own column.

    Parameters
    ----------
    hamiltonian, overlap
        Blocks from period 0 to period R along +z for R = 0, 1, …; the blocks of -R are their
        transposes.
    n_k
        Points from -pi to pi, an even number.

    Notes
    -----
    Bands are followed by the overlap of their states from each k to the next. Sorted by energy
    instead, two bands that cross between points of the grid would leave a gap of the width of
    the grid, which looks like two band edges and is none. The other way round, a gap between
    bands that repel each other by less than a step of the grid (about 1 meV) is passed over.
    """
    # Blocks are real, so that the bands at -k are those at k.
    phases = np.linspace(-np.pi, np.pi, n_k)[n_k // 2 :]
    bands = np.empty((len(phases), hamiltonian.shape[1]))
    before: np.ndarray | None = None
    for i_k, phase in enumerate(phases):
        metric = _at_phase(overlap, phase)
        energies, states = eigh(_at_phase(hamiltonian, phase), metric)
        if before is not None:
            order = _continuation(np.abs(before.conj().T @ metric @ states) ** 2)
            energies, states = energies[order], states[:, order]
        bands[i_k], before = energies, states
    return np.concatenate([bands[::-1], bands])


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
    """Count the right-going states at each energy: half of the crossings, by symmetry."""
    low = np.sort(np.minimum(bands[:-1], bands[1:]), axis=None)
    high = np.sort(np.maximum(bands[:-1], bands[1:]), axis=None)
    # Stretches of band that begin at or below an energy, less those that have ended there.
    begun, ended = (np.searchsorted(ends, energies, side="right") for ends in (low, high))
    return np.asarray((begun - ended) // 2, dtype=np.int64)


def _continuation(shared: Float[np.ndarray, "band band"]) -> Int[np.ndarray, " band"]:
    """Say which new state continues each old one, by what they share."""
    # More than half can be shared with one state only; mostly that is the one of the same rank.
    if (shared.diagonal() > 0.5).all():
        return np.arange(len(shared))
    return np.asarray(linear_sum_assignment(shared, maximize=True)[1])


def _at_phase(blocks: Float[np.ndarray, "cell orbital orbital"], phase: float) -> np.ndarray:
    matrix = blocks[0].astype(complex)
    for i_cell in range(1, len(blocks)):
        turned = np.exp(1j * i_cell * phase) * blocks[i_cell]
        matrix += turned + turned.conj().T
    return np.asarray(matrix)
