"""Occupied states of a closed cell, and how its atoms screen."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.special import expit

from sekkei.model.hamiltonian.exact import ExactParts
from sekkei.shapes import Float, Int
from sekkei.transport.electrode.matrices import ElectrodeMatrices

_EMPTY_STATES = 60
"""States above the Fermi level that screening is computed with; twice as many change nothing."""

_DEGENERATE_EV = 1e-5
_OCCUPIED = 1e-6
_RANGE_EV = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """The lowest states of a closed cell."""

    energies: Float[np.ndarray, " state"]
    """In eV against the Fermi level of the electrode."""

    orbitals: Float[np.ndarray, "orbital state"]
    """Coefficients, one column for each state."""

    duals: Float[np.ndarray, "orbital state"]
    """The same times the overlap."""

    filling: Float[np.ndarray, " state"]
    """Share of each state that is filled."""

    smearing: float
    """Width of the Fermi-Dirac distribution in eV."""

    @property
    def occupied(self) -> Int[np.ndarray, " occupied"]:
        """States that hold electrons."""
        return np.flatnonzero(self.filling > _OCCUPIED)


def close_seam(
    matrix: Float[np.ndarray, "orbital orbital"], blocks: Float[np.ndarray, "cell lead lead"]
) -> Float[np.ndarray, "orbital orbital"]:
    """Join the last periods of a cell to its first by the blocks of the perfect electrode."""
    closed, n, size = matrix.copy(), blocks.shape[1], len(matrix)
    for apart in range(1, len(blocks)):
        for right in range(apart):
            at = size - (apart - right) * n
            last, first = slice(at, at + n), slice(right * n, (right + 1) * n)
            closed[last, first] += blocks[apart]
            closed[first, last] += blocks[apart].T
    return closed


def find_states(
    hamiltonian: Float[np.ndarray, "orbital orbital"],
    parts: ExactParts,
    electrode: ElectrodeMatrices,
    smearing: float,
) -> States:
    """Diagonalise a cell whose ends are joined, and fill it with one electron an atom.

    Parameters
    ----------
    hamiltonian
        Against the Fermi level of the electrode, in eV; open at both ends.
    parts
        Hold the overlap.
    electrode
        Whose blocks join the ends.
    smearing
        Width of the Fermi-Dirac distribution in eV.
    """
    blocks = electrode.hamiltonian - electrode.fermi_level * electrode.overlap
    overlap = close_seam(parts.overlap, electrode.overlap)
    n_electron = len(parts.starts) - 1
    n_state = min(len(overlap), n_electron // 2 + _EMPTY_STATES)
    energies, orbitals = eigh(
        close_seam(hamiltonian, blocks),
        overlap,
        subset_by_index=[0, n_state - 1],
        driver="gvx",
        check_finite=False,
    )
    filling = _fill(energies, n_electron, smearing)
    return States(energies, orbitals, overlap @ orbitals, filling, smearing)


def bare_response(
    states: States, starts: Int[np.ndarray, " boundary"]
) -> Float[np.ndarray, "atom atom"]:
    r"""Return how many electrons a potential on one atom moves to another, in 1/eV.

    .. math:: \chi_{AB} = 2 \sum_{ij} \frac{f_i - f_j}{e_i - e_j} P^A_{ij} P^B_{ji}
              - \frac{d_A d_B}{\sum_A d_A}

    with the Mulliken projector P of each atom [1]_ and :math:`d_A` the electrons that a shift of
    the Fermi level brings: their number stays.

    References
    ----------
    .. [1] R. S. Mulliken, J. Chem. Phys. 23, 1833 (1955). doi:10.1063/1.1740588
    """
    occupied, filling = states.occupied, states.filling
    slope = -filling * (1.0 - filling) / states.smearing
    gap = states.energies[occupied, None] - states.energies
    apart = np.abs(gap) > _DEGENERATE_EV
    ratio = (filling[occupied, None] - filling) / np.where(apart, gap, 1.0)
    ratio = np.where(apart, ratio, slope[occupied, None])
    # A pair of an occupied and an empty state is met once, but stands twice in the sum.
    ratio *= np.where(filling > _OCCUPIED, 1.0, 2.0)
    projectors = _mulliken(states, occupied, starts)
    flat = projectors.reshape(len(projectors), -1)
    response = 2.0 * (flat * ratio.ravel()) @ flat.T
    moved = 2.0 * projectors[:, np.arange(occupied.size), occupied] @ slope[occupied]
    return np.asarray(response - np.outer(moved, moved) / moved.sum())


def _mulliken(
    states: States, occupied: Int[np.ndarray, " row"], starts: Int[np.ndarray, " boundary"]
) -> Float[np.ndarray, "atom row state"]:
    found = []
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        own, duals = states.orbitals[first:last], states.duals[first:last]
        found.append(own[:, occupied].T @ duals + duals[:, occupied].T @ own)
    return np.asarray(found) / 2.0


def _fill(
    energies: Float[np.ndarray, " state"], n_electron: int, smearing: float
) -> Float[np.ndarray, " state"]:
    def surplus(level: float) -> float:
        return float(2.0 * expit((level - energies) / smearing).sum() - n_electron)

    level = brentq(surplus, energies[0] - _RANGE_EV, energies[-1] + _RANGE_EV, xtol=1e-10)
    return np.asarray(expit((level - energies) / smearing))
