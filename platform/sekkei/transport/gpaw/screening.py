"""How the electrons of a metal answer to charge on its atoms, from the orbitals at hand.

Simple mixing of densities overshoots wherever many electrons near the Fermi level meet a potential
of long range, as along a wire, and Kerker's formula, made for a bulk metal, does not know a wire in
vacuum: it was seen to take more steps, not fewer. The true answer is known, though: first-order
perturbation theory on the orbitals, with one charge on each atom, costs a fraction of a step.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from gpaw.core import UGDesc

from sekkei.shapes import Float, Int
from sekkei.transport.atomic_response import atomic_response, neutral_response

_DAMPED = 12.0
"""Waves with k² sigma² beyond are left out: they carry exp(-6) of the amplitude."""

_DEGENERATE_HARTREE = 1e-6


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
    starts = np.searchsorted(atoms, np.arange(n_atom + 1))
    response, shift = np.zeros((n_atom, n_atom)), np.zeros(n_atom)
    for one in wave_functions:
        weight = one.weight * one.spin_degeneracy
        orbitals = one.C_nM.data
        part, moved = atomic_response(
            (orbitals, orbitals @ one.S_MM.data.T),
            one.eig_n,
            np.asarray(one.occ_n),
            starts,
            (smearing, _DEGENERATE_HARTREE),
        )
        response += weight * part
        shift += weight * moved
    return neutral_response(response, shift)


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
