"""Steps towards self-consistency among the lowest states of a cell.

The potential changes in two ways: levels of atoms move as charge does, which is exact in the basis;
and what happens within atoms is kept between the lowest states only, filled ones and some empty.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.model.hamiltonian.open_cell import OpenCell
from sekkei.model.hamiltonian.orbital_grid import OrbitalGrid, exchange_correlation
from sekkei.model.hamiltonian.response import States, bare_response
from sekkei.shapes import Float, Int

_POINTS_AT_ONCE = 2048
"""Values of states on so many points stay near the processor."""


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """A grid, one of twice the spacing, and the states of the start on the first."""

    grid: OrbitalGrid
    """Of the cell."""

    coarse: OrbitalGrid
    """The same of twice the spacing."""

    chosen: Int[np.ndarray, " coarse"]
    """Points of the grid that the coarse one has."""

    values: Float[Tensor, "point state"]
    """Of the states, in angstrom^(-3/2)."""

    interaction: Float[Tensor, "atom atom"]
    """Of an electron on each atom with one on each other, in eV."""

    @classmethod
    def of(cls, grid: OrbitalGrid, states: States) -> "Fields":
        """Put states on a grid."""
        coarse, chosen = grid.every_second()
        values = grid.put(states.orbitals)
        interaction = coarse.interaction(coarse.atoms.T.to(values.dtype))
        return cls(grid, coarse, chosen, values, interaction)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What steps changed in a potential: levels of atoms, and the rest among the lowest states."""

    levels: Float[Tensor, " atom"]
    """In eV."""

    rest: Float[Tensor, "state state"]
    """In eV."""

    @classmethod
    def none(cls, states: States, n_atom: int) -> "Change":
        """Return what no step has changed."""
        n_state = len(states.energies)
        levels, rest = torch.zeros(n_atom), torch.zeros((n_state, n_state))
        return cls(levels.double(), rest.double())


@dataclass(frozen=True, slots=True, eq=False)
class Scheme:
    """All that stays the same from step to step."""

    opened: OpenCell
    """The cell."""

    fields: Fields
    """Its grids."""

    start: States
    """The lowest states of the potential that steps begin with."""

    missing: Float[Tensor, "state state"]
    """Of the potential of free atoms against that of the start, in eV."""

    output_share: float
    """Of the potential that the density gives, in what happens within atoms."""

    def step(self, change: Change, wanted: Float[Tensor, " atom"]) -> Change:
        """Return the change after one more step.

        Parameters
        ----------
        change
            Up to here.
        wanted
            Levels of free atoms against those of the start, in eV.
        """
        grid, ends = self.fields.grid, self.opened.cell.ends()
        states, values = self._states(change)
        filling = states.filling[states.occupied]
        potential, slope = change_of_potential(values, filling, grid)
        short = wanted + grid.at_atoms(potential) - self._levels(change)
        short = short - short[ends].mean()
        bare = bare_response(states, self.opened.parts.starts)
        lifted = self._screened(short, bare, values[self.fields.chosen], filling)
        lifted = lifted - lifted[ends].mean()
        screening = grid.spread(bare @ lifted)
        potential = potential + grid.hartree(screening) + slope * screening
        return self._mixed(change, lifted, self._matrix(potential))

    def changed(
        self, potential: Float[Tensor, "orbital orbital"], change: Change
    ) -> Float[Tensor, "orbital orbital"]:
        """Add a change to the potential of the start."""
        opened, duals = self.opened, self.start.duals
        half = 0.5 * change.levels[opened.parts.orbital_atoms]
        rest = opened.product_of_near(duals @ change.rest.to(duals.dtype), duals)
        lifted = torch.addcmul(potential, half[:, None] + half, opened.parts.overlap)
        return lifted + rest

    def _states(self, change: Change) -> tuple[States, Float[Tensor, "point occupied"]]:
        """Diagonalise among the lowest states of the start, and put filled ones on the grid."""
        start, n_electron = self.start, self.opened.cell.n_atom
        if not change.levels.any():
            return start, self.fields.values[:, : len(start.occupied)]
        moved = torch.diag(start.energies) + change.rest + self._lift(change.levels)
        energies, turned = torch.linalg.eigh(moved)
        turned = turned.to(start.orbitals.dtype)
        orbitals, duals = start.orbitals @ turned, start.duals @ turned
        states = States.fill(energies, orbitals, duals, n_electron, start.smearing)
        return states, self.fields.values @ turned[:, : len(states.occupied)]

    def _lift(self, levels: Float[Tensor, " atom"]) -> Float[Tensor, "state state"]:
        by_orbital = levels[self.opened.parts.orbital_atoms, None].to(self.start.duals.dtype)
        half = 0.5 * (self.start.orbitals.T @ (by_orbital * self.start.duals))
        return (half + half.T).double()

    def _levels(self, change: Change) -> Float[Tensor, " atom"]:
        duals = self.start.duals[self.opened.parts.s_orbitals].double()
        return change.levels + ((duals @ change.rest) * duals).sum(dim=1)

    def _screened(
        self,
        short: Float[Tensor, " atom"],
        bare: Float[Tensor, "atom atom"],
        values: Float[Tensor, "coarse occupied"],
        filling: Float[Tensor, " occupied"],
    ) -> Float[Tensor, " atom"]:
        """Return the levels at which charges that move give what is short."""
        coarse = self.fields.coarse
        slope = exchange_correlation(_density(values, filling))[1]
        atoms = coarse.atoms.to(values.dtype)
        local = (atoms.T @ (atoms * slope[:, None].to(values.dtype))).double()
        table = self.fields.interaction + coarse.volume * local
        found: Tensor = torch.linalg.solve(torch.eye(len(short)) - table @ bare, short)
        return found

    def _matrix(self, potential: Float[Tensor, " point"]) -> Float[Tensor, "state state"]:
        values = self.fields.values
        weights = (potential * self.fields.grid.volume).to(values.dtype)[:, None]
        parts = zip(values.split(_POINTS_AT_ONCE), weights.split(_POINTS_AT_ONCE), strict=True)
        found = values.new_zeros((values.shape[1],) * 2)
        for some, weight in parts:
            found = found + some.T @ (some * weight)
        return found.double()

    def _mixed(
        self,
        change: Change,
        lifted: Float[Tensor, " atom"],
        given: Float[Tensor, "state state"],
    ) -> Change:
        rest = self.missing + given - change.rest - self._lift(change.levels + lifted)
        # Deep in the leads nothing moves but the zero of energies.
        duals, n = self.start.duals.double(), self.opened.lead_size
        ends = torch.cat([duals[:n], duals[-n:]])
        rest = rest - ((ends @ rest) * ends).sum() / (ends**2).sum() * torch.eye(len(rest))
        rest = change.rest + self.output_share * (rest + rest.T) / 2.0
        return Change(change.levels + lifted, rest)


def change_of_potential(
    values: Float[Tensor, "point state"],
    filling: Float[Tensor, " state"],
    grid: OrbitalGrid,
) -> tuple[Float[Tensor, " point"], Float[Tensor, " point"]]:
    """Return the potential of filled states without that of free ions, and its local slope.

    Parameters
    ----------
    values
        Of the states on the grid.
    filling
        Share of each state that is filled.
    grid
        Of the cell.

    Returns
    -------
    Tensor
        Of the change of density against free atoms, with exchange and correlation of all of it, in
        eV at the points of the grid.
    Tensor
        Derivative of the latter by the density, in eV cubic angstrom.
    """
    density = _density(values, filling)
    exchange, slope = exchange_correlation(density)
    return grid.hartree(density - grid.free_density) + exchange, slope


def _density(
    values: Float[Tensor, "point state"], filling: Float[Tensor, " state"]
) -> Float[Tensor, " point"]:
    # Of both spins.
    weights = (2.0 * filling).to(values.dtype)
    return torch.cat([some**2 @ weights for some in values.split(_POINTS_AT_ONCE)]).double()
