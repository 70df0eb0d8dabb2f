"""How thick a junction is where it is thinnest, and whether it holds together at all."""

import numpy as np
from ase.data import chemical_symbols
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sekkei.shapes import Bool, Float, Int
from sekkei.structure.element import lattice_constant
from sekkei.structure.junction import LEFT, RIGHT, Junction

BOND_STRETCH = 1.4
"""Atoms nearer than this many nearest-neighbour distances of their crystals are bonded."""

_BLUR = 0.3
_GRID_ANGSTROM = 0.2


def narrowest_cross_section(junction: Junction) -> float:
    r"""Narrowest cross-section in square angstrom; 0 where the junction is broken.

    Notes
    -----
    Every atom is its atomic volume in the crystal, :math:`\Omega_i = a_i^3 / 2` for bcc, smeared
    along z:

    .. math:: A = \min_z \sum_i \frac{\Omega_i}{\sqrt{2\pi}\,\sigma_i}
              e^{-(z - z_i)^2 / 2\sigma_i^2}, \qquad \sigma_i = 0.3\,d_i,

    with :math:`d_i = \sqrt{3} a_i / 2` the nearest-neighbour distance, and z between the grips.
    A perfect wire has its volume per length; the width of 0.3 d keeps single atoms apart
    and lets layers of bcc [100], d / sqrt(3) apart, run into each other to 1 %.
    """
    if not is_connected(junction):
        return 0.0
    z = junction.positions[:, 2]
    start, end = z[junction.regions == LEFT].max(), z[junction.regions == RIGHT].min()
    return float(_profile(z, junction.numbers, float(start), float(end)).min())


def electrode_cross_section(junction: Junction) -> float:
    """Narrowest cross-section of the endless left electrode, measured alike, in square angstrom."""
    grip = junction.regions == LEFT
    z, numbers = junction.positions[grip, 2], junction.numbers[grip]
    # Whole periods start with a layer and end one layer short, so half a period rounds up.
    length = round(np.ptp(z) / junction.electrode_period + 0.5) * junction.electrode_period
    endless = np.concatenate([z - length, z, z + length])
    low = float(z.min())
    return float(_profile(endless, np.tile(numbers, 3), low, low + length).min())


def is_connected(junction: Junction) -> bool:
    """Return whether bonds lead from the left grip to the right one.

    Two atoms are bonded when nearer than `BOND_STRETCH` times the mean of their
    nearest-neighbour distances, which lies between the second and the third shell of bcc.
    """
    _, cluster = connected_components(csr_array(_bonds(junction)), directed=False)
    left, right = cluster[junction.regions == LEFT], cluster[junction.regions == RIGHT]
    return bool(np.isin(left, right).any())


def cluster_sizes(junction: Junction) -> tuple[int, ...]:
    """Return the atoms in each of the pieces into which the junction has fallen, most first."""
    _, cluster = connected_components(csr_array(_bonds(junction)), directed=False)
    return tuple(sorted(np.bincount(cluster).tolist(), reverse=True))


def _bonds(junction: Junction) -> Bool[np.ndarray, "atom atom"]:
    reach = 0.5 * BOND_STRETCH * _neighbour_distances(junction.numbers)
    separation = junction.positions[:, None, :] - junction.positions[None, :, :]
    squared = np.einsum("ijk,ijk->ij", separation, separation)
    return np.asarray(squared < (reach[:, None] + reach[None, :]) ** 2)


def _profile(
    z: Float[np.ndarray, " atom"], numbers: Int[np.ndarray, " atom"], start: float, end: float
) -> Float[np.ndarray, " height"]:
    heights = np.linspace(start, end, max(2, round((end - start) / _GRID_ANGSTROM) + 1))
    blur = _BLUR * _neighbour_distances(numbers)
    volumes = 0.5 * _lattice_constants(numbers) ** 3
    shape = np.exp(-0.5 * ((heights[:, None] - z[None, :]) / blur) ** 2)
    return np.asarray(shape @ (volumes / (np.sqrt(2.0 * np.pi) * blur)))


def _neighbour_distances(numbers: Int[np.ndarray, " atom"]) -> Float[np.ndarray, " atom"]:
    return np.asarray(np.sqrt(3.0) / 2.0 * _lattice_constants(numbers))


def _lattice_constants(numbers: Int[np.ndarray, " atom"]) -> Float[np.ndarray, " atom"]:
    kinds, place = np.unique(numbers, return_inverse=True)
    return np.array([lattice_constant(chemical_symbols[kind]) for kind in kinds])[place]
