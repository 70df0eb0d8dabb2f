"""Occupied states of a closed cell, and how its atoms screen."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.special import expit

from sekkei.model.hamiltonian.exact import ExactParts
from sekkei.shapes import Float, Int
from sekkei.transport.atomic_response import atomic_response, neutral_response
from sekkei.transport.electrode.matrices import ElectrodeMatrices

_EMPTY_STATES = 60
"""States above the Fermi level that screening is computed with.

Twice as many moved T of six potassium contacts by 0.002 G0 on average, 0.011 at most.
"""

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

    @classmethod
    def fill(
        cls,
        energies: Float[np.ndarray, " state"],
        orbitals: Float[np.ndarray, "orbital state"],
        duals: Float[np.ndarray, "orbital state"],
        n_electron: int,
        smearing: float,
    ) -> "States":
        """Fill states with electrons of both spins."""
        return cls(energies, orbitals, duals, _fill(energies, n_electron, smearing), smearing)

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
    # Fields need no more than single precision; overlaps of crowded atoms do.
    single = orbitals.astype(np.float32)
    duals = (overlap @ orbitals).astype(np.float32)
    return States.fill(energies, single, duals, n_electron, smearing)


def bare_response(
    states: States, starts: Int[np.ndarray, " boundary"]
) -> Float[np.ndarray, "atom atom"]:
    """Return how many electrons a potential on one atom moves to another, in 1/eV.

    Their number stays; see `sekkei.transport.atomic_response`.
    """
    response, moved = atomic_response(
        (states.orbitals.T, states.duals.T),
        states.energies,
        states.filling,
        starts,
        (states.smearing, _DEGENERATE_EV),
    )
    # Both spins.
    return neutral_response(2.0 * response, 2.0 * moved)


def _fill(
    energies: Float[np.ndarray, " state"], n_electron: int, smearing: float
) -> Float[np.ndarray, " state"]:
    def surplus(level: float) -> float:
        return float(2.0 * expit((level - energies) / smearing).sum() - n_electron)

    level = brentq(surplus, energies[0] - _RANGE_EV, energies[-1] + _RANGE_EV, xtol=1e-10)
    return np.asarray(expit((level - energies) / smearing))
