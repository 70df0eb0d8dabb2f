"""How the electrons of a metal answer to charge on its atoms, from the orbitals at hand.

Simple mixing of densities overshoots wherever many electrons near the Fermi level meet a potential
of long range, as along a wire, and Kerker's formula, made for a bulk metal, does not know a wire in
vacuum: it was seen to take more steps, not fewer. The true answer is known, though: first-order
perturbation theory on the orbitals, with one charge on each atom, costs a fraction of a step.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from gpaw.core import UGDesc

from sekkei.shapes import Complex, Float, Int

_DAMPED = 12.0
"""Waves with k² sigma² beyond are left out: they carry exp(-6) of the amplitude."""

_OCCUPIED = 1e-6
_DEGENERATE_HARTREE = 1e-6
_NUMBERS_AT_ONCE = 8_000_000


class AtomicCharges:
    """Gaussian charges on the atoms of a box: their potentials and their densities.

    Everything is a sum over the standing or periodic waves of the box, so that images in metallic
    walls and the neighbours along z are included.

    Parameters
    ----------
    grid
        Orthogonal; zero at the walls or periodic along each axis.
    positions
        In bohr.
    width
        Standard deviation of the Gaussians in bohr.
    """

    def __init__(self, grid: UGDesc, positions: Float[np.ndarray, "atom 3"], width: float) -> None:
        longest = np.sqrt(_DAMPED) / width
        axes = [
            _waves(
                int(grid.size_c[axis]),
                float(grid.cell_cv[axis, axis]),
                positions[:, axis],
                longest,
                periodic=not grid.zerobc_c[axis],
            )
            for axis in range(3)
        ]
        (x, y, z) = (wave_numbers**2 for _, _, wave_numbers in axes)
        squared = x[:, None, None] + y[:, None] + z
        self._kept = (squared > 0.0) & (squared < longest**2)
        kept = squared[self._kept]
        self._on_grid = [on_grid for on_grid, _, _ in axes]
        at_atoms = np.einsum("ax,ay,az->axyz", *(at_atoms for _, at_atoms, _ in axes))
        self._amplitudes = at_atoms[:, self._kept] * np.exp(-kept * width**2 / 2.0)
        self._coulomb = 4.0 * np.pi / kept
        self._volume_element = float(grid.dv)

    def interaction(self) -> Float[np.ndarray, "atom atom"]:
        """Return the potential at each charge of a unit charge at each other, in hartree."""
        return np.asarray((self._amplitudes * self._coulomb) @ self._amplitudes.T)

    def potential(self, density: Float[np.ndarray, "x y z"]) -> Float[np.ndarray, " atom"]:
        """Return the potential in hartree that each Gaussian feels from a density in bohr⁻³."""
        waves = _along_axes(density, [on_grid.T for on_grid in self._on_grid])
        answer = self._amplitudes @ (self._coulomb * waves[self._kept])
        return np.asarray(answer * self._volume_element)

    def density(self, charges: Float[np.ndarray, " atom"]) -> Float[np.ndarray, "x y z"]:
        """Return the density in bohr⁻³ of so many electrons on each atom."""
        waves = np.zeros(self._kept.shape)
        waves[self._kept] = charges @ self._amplitudes
        return _along_axes(waves, self._on_grid)


def bare_response(
    wave_functions: Iterable[Any],
    atoms: Int[np.ndarray, " orbital"],
    smearing: float,
) -> Float[np.ndarray, "atom atom"]:
    r"""Change of each atom's Mulliken charge when an atom's potential is raised, in 1/hartree.

    .. math:: \chi_{AB} = \sum_{ij} \frac{f_i - f_j}{e_i - e_j} P^A_{ij} P^B_{ji}
              - \frac{d_A d_B}{\sum_A d_A}

    with the Mulliken projector P of each atom [1]_ and :math:`d_A` the charge that a shift of the
    Fermi level brings: the number of electrons stays.

    Parameters
    ----------
    wave_functions
        GPAW's, one for each k-point, with eigenvalues and occupations.
    atoms
        Atom of each orbital, in order.
    smearing
        Width of the Fermi-Dirac occupation in hartree.

    References
    ----------
    .. [1] R. S. Mulliken, J. Chem. Phys. 23, 1833 (1955). doi:10.1063/1.1740588
    """
    n_atom = int(atoms[-1]) + 1
    response, shift = np.zeros((n_atom, n_atom)), np.zeros(n_atom)
    for one in wave_functions:
        weight = one.weight * one.spin_degeneracy
        part, moved = _of_one(one, np.searchsorted(atoms, np.arange(n_atom + 1)), smearing)
        response += weight * part
        shift += weight * moved
    total = float(shift.sum())
    # An insulator has no electrons to move from one atom's level to another's at E_F.
    if total == 0.0:
        return response
    return np.asarray(response - np.outer(shift, shift) / total)


def _of_one(
    one: Any, starts: Int[np.ndarray, " boundary"], smearing: float
) -> tuple[Float[np.ndarray, "atom atom"], Float[np.ndarray, " atom"]]:
    orbitals, energies, filling = one.C_nM.data, one.eig_n, np.asarray(one.occ_n)
    duals = orbitals @ one.S_MM.data.T
    slope = -filling * (1.0 - filling) / smearing
    occupied = np.flatnonzero(filling > _OCCUPIED)
    n_atom = len(starts) - 1
    response, shift = np.zeros((n_atom, n_atom)), np.zeros(n_atom)
    n_part = 1 + occupied.size * energies.size * n_atom // _NUMBERS_AT_ONCE
    for rows in np.array_split(occupied, n_part):
        projectors = _mulliken(orbitals, duals, rows, starts)
        gap = energies[rows, None] - energies
        apart = np.abs(gap) > _DEGENERATE_HARTREE
        ratio = (filling[rows, None] - filling) / np.where(apart, gap, 1.0)
        ratio = np.where(apart, ratio, slope[rows, None])
        # A pair of an occupied and an empty state is met once here, but stands twice in the sum.
        ratio *= np.where(filling > _OCCUPIED, 1.0, 2.0)
        flat = projectors.reshape(n_atom, -1)
        response += ((flat.conj() * ratio.ravel()) @ flat.T).real
        shift += projectors[:, np.arange(rows.size), rows].real @ slope[rows]
    return response, shift


def _mulliken(
    orbitals: Float[np.ndarray, "state orbital"] | Complex[np.ndarray, "state orbital"],
    duals: Float[np.ndarray, "state orbital"] | Complex[np.ndarray, "state orbital"],
    rows: Int[np.ndarray, " row"],
    starts: Int[np.ndarray, " boundary"],
) -> Float[np.ndarray, "atom row state"] | Complex[np.ndarray, "atom row state"]:
    """Matrix elements of each atom's Mulliken projector between some states and all."""
    parts = []
    for first, last in pairwise(starts):
        own = slice(first, last)
        parts.append(
            orbitals[rows, own].conj() @ duals[:, own].T
            + duals[rows, own].conj() @ orbitals[:, own].T
        )
    return np.asarray(parts) / 2.0


def _waves(
    n: int,
    length: float,
    positions: Float[np.ndarray, " atom"],
    longest: float,
    *,
    periodic: bool,
) -> tuple[
    Float[np.ndarray, "point wave"], Float[np.ndarray, "atom wave"], Float[np.ndarray, " wave"]
]:
    """Orthonormal waves of one axis: on the grid, at the atoms, and their wave numbers."""
    first = 2.0 * np.pi / length if periodic else np.pi / length
    n_wave = min(int(longest / first), n // 2 - 1 if periodic else n - 1)
    numbers = first * np.arange(1, n_wave + 1)
    points = np.arange(0 if periodic else 1, n) * (length / n)

    def at(places: Float[np.ndarray, " place"]) -> Float[np.ndarray, "place wave"]:
        phase = np.outer(places, numbers)
        if not periodic:
            return np.asarray(np.sqrt(2.0 / length) * np.sin(phase))
        constant = np.full((len(places), 1), np.sqrt(0.5))
        waves = np.hstack([constant, np.cos(phase), np.sin(phase)])
        return np.asarray(np.sqrt(2.0 / length) * waves)

    if periodic:
        return at(points), at(positions), np.concatenate([[0.0], numbers, numbers])
    return at(points), at(positions), numbers


def _along_axes(
    values: Float[np.ndarray, "_ _ _"], matrices: list[Float[np.ndarray, "_ _"]]
) -> Float[np.ndarray, "_ _ _"]:
    """Multiply each axis of an array by its matrix."""
    for matrix in matrices:
        # The contracted axis leaves at the front and comes back at the end: after three, in order.
        values = np.asarray(np.tensordot(values, matrix, axes=(0, 1)))
    return values
