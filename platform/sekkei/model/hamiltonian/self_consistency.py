r"""From a learned potential to one that its own electrons agree with.

A local model cannot know how far the levels of a neck float against the Fermi level: that is
decided by the neutrality of everything around it. What it gives is a start. The states of the start
have a density, the density a potential, and the two potentials differ. Charges on atoms are
screened by first-order perturbation theory, as when DFT mixes its densities; what happens within
atoms is taken to be about half way between both, because it was seen to overshoot by as much.

The potential of a superposition of free atoms is an exact sum over atoms, learned once; only
changes against it are computed, on a coarse grid.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.exact import ExactParts
from sekkei.model.hamiltonian.orbital_grid import OrbitalGrid, exchange_correlation, make_grid
from sekkei.model.hamiltonian.response import bare_response, find_states
from sekkei.shapes import Float
from sekkei.specification import Specification
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.junction_ends import onsite_shift
from sekkei.transport.two_centre import TwoCentreTables


class ConsistencyOptions(Specification):
    """How far electrons are made to agree with their potential."""

    n_step: Annotated[int, Field(ge=0)] = 2
    """Steps; 0 is the local model alone."""

    output_share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.45
    """Of the potential that the density gives, in what happens within atoms."""

    spacing_angstrom: Annotated[float, Field(gt=0.0)] = 0.8
    """Of the grid."""

    response_spacing_angstrom: Annotated[float, Field(gt=0.0)] = 1.6
    """Of the grid on which the interaction of atoms is computed."""

    smearing_ev: Annotated[float, Field(gt=0.0)] = 0.05
    """Width of the Fermi-Dirac distribution; that of the labels."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenCell:
    """A cell with all that is known of it before its potential."""

    cell: Cell
    parts: ExactParts
    electrode: ElectrodeMatrices

    def aligned(
        self, potential: Float[np.ndarray, "orbital orbital"]
    ) -> Float[np.ndarray, "orbital orbital"]:
        """Shift a potential so that the levels of both ends are the electrode's."""
        overlap, electrode = self.parts.overlap, self.electrode
        bulk = electrode.hamiltonian[0] - electrode.fermi_level * electrode.overlap[0]
        shift = onsite_shift(potential + self.parts.fixed, overlap, bulk)
        return np.asarray(potential + shift * overlap)

    def without_images(
        self, matrix: Float[np.ndarray, "orbital orbital"]
    ) -> Float[np.ndarray, "orbital orbital"]:
        """Drop what goes around the boundary of the cell."""
        z = self.cell.positions[self.parts.orbital_atoms, 2]
        return np.asarray(matrix * (np.abs(z[:, None] - z) < self.cell.length / 2.0))


def make_consistent(
    start: Float[np.ndarray, "orbital orbital"],
    free: Float[np.ndarray, "orbital orbital"],
    opened: OpenCell,
    tables: TwoCentreTables,
    options: ConsistencyOptions,
) -> tuple[Float[np.ndarray, "orbital orbital"], Float[np.ndarray, "orbital orbital"]]:
    """Improve a potential by its own electrons.

    Parameters
    ----------
    start
        Matrix of the local model's potential, against the Fermi level of the electrode, in eV.
    free
        Matrix of the potential of free atoms, exchange and correlation left out.
    opened
        The cell.
    tables
        Hold the orbitals.
    options
        How many steps, and on which grids.

    Returns
    -------
    ndarray
        The potential's matrix, aligned to the electrode.
    ndarray
        The same before the last step: how far it moved says how sure it is.
    """
    potential = before = opened.aligned(start)
    if options.n_step == 0:
        return potential, before
    grid = make_grid(opened.cell, tables, options.spacing_angstrom)
    coarse = make_grid(opened.cell, tables, options.response_spacing_angstrom)
    interaction = np.stack([coarse.hartree(column) for column in coarse.atoms.toarray().T], axis=1)
    for _ in range(options.n_step):
        before = potential
        potential = _step(potential, free, opened, (grid, coarse, interaction), options)
    return potential, before


def change_of_potential(
    orbitals: Float[np.ndarray, "orbital state"],
    filling: Float[np.ndarray, " state"],
    grid: OrbitalGrid,
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Return the potential of filled states without that of free ions, and its local slope.

    Returns
    -------
    ndarray
        Of the change of density against free atoms, with exchange and correlation of all of it, in
        eV at the points of the grid.
    ndarray
        Derivative of the latter by the density, in eV cubic angstrom.
    """
    density = ((grid.orbitals @ orbitals) ** 2) @ (2.0 * filling)
    exchange, slope = exchange_correlation(density)
    return grid.hartree(density - grid.free_density) + exchange, slope


def _step(
    potential: Float[np.ndarray, "orbital orbital"],
    free: Float[np.ndarray, "orbital orbital"],
    opened: OpenCell,
    grids: tuple[OrbitalGrid, OrbitalGrid, Float[np.ndarray, "point atom"]],
    options: ConsistencyOptions,
) -> Float[np.ndarray, "orbital orbital"]:
    grid, coarse, interaction = grids
    parts, ends = opened.parts, opened.cell.ends()
    states = find_states(potential + parts.fixed, parts, opened.electrode, options.smearing_ev)
    some = states.occupied
    orbitals, filling = states.orbitals[:, some], states.filling[some]
    change, slope = change_of_potential(orbitals, filling, grid)
    at_s = parts.s_orbitals
    wanted = free[at_s, at_s] + grid.at_atoms(change)
    missing = wanted - potential[at_s, at_s]
    missing -= missing[ends].mean()
    density = ((coarse.orbitals @ orbitals) ** 2) @ (2.0 * filling)
    local = exchange_correlation(density)[1]
    table = coarse.atoms.T @ (interaction + coarse.atoms.multiply(local[:, None]).toarray())
    bare = bare_response(states, parts.starts)
    identity = np.eye(opened.cell.n_atom)
    lifted = np.linalg.solve(identity - coarse.volume * np.asarray(table) @ bare, missing)
    lifted -= lifted[ends].mean()
    screening = grid.atoms @ (bare @ lifted)
    change = change + grid.hartree(screening) + slope * screening
    given = opened.aligned(free + opened.without_images(grid.matrix(change)))
    by_orbital = lifted[parts.orbital_atoms]
    moved = potential + 0.5 * (by_orbital[:, None] + by_orbital) * parts.overlap
    share = options.output_share
    return np.asarray((1.0 - share) * moved + share * given)
