r"""From a learned potential to one that its own electrons agree with.

A local model cannot know how far the levels of a neck float against the Fermi level: that is
decided by the neutrality of everything around it. What it gives is a start. The states of the start
have a density, the density a potential, and the two potentials differ. Charges on atoms are
screened by first-order perturbation theory, as when DFT mixes its densities; what happens within
atoms is taken to be about half way between both, because it was seen to overshoot by as much.

The potential of a superposition of free atoms is an exact sum over atoms, learned once; only
changes against it are computed, on a coarse grid.

All of this happens among the lowest states of the start: matrices of some hundred rows. What states
much higher add was seen to move T no nearer to that of labels.
"""

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from torch import Tensor

from sekkei.model.hamiltonian.cell import Places
from sekkei.model.hamiltonian.lowest_states import Change, Fields, Scheme
from sekkei.model.hamiltonian.open_cell import OpenCell
from sekkei.model.hamiltonian.orbital_grid import make_grid
from sekkei.model.hamiltonian.response import find_states
from sekkei.shapes import Float
from sekkei.specification import Specification
from sekkei.transport.two_centre import TwoCentreTables


class ConsistencyOptions(Specification):
    """How far electrons are made to agree with their potential."""

    n_step: Annotated[int, Field(ge=0)] = 2
    """Steps; 0 is the local model alone."""

    output_share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.45
    """Of the potential that the density gives, in what happens within atoms."""

    spacing_angstrom: Annotated[float, Field(gt=0.0)] = 0.8
    """Of the grid; the interaction of atoms is computed on one of twice the spacing."""

    smearing_ev: Annotated[float, Field(gt=0.0)] = 0.05
    """Width of the Fermi-Dirac distribution; that of the labels."""


@dataclass(frozen=True, slots=True, eq=False)
class ConsistentPotential:
    """A potential, and what its way there says of it."""

    matrix: Float[Tensor, "orbital orbital"]
    """In eV, aligned to the electrode."""

    before: Float[Tensor, "orbital orbital"]
    """The same before the last step: how far it moved says how sure it is."""

    lowest_ev: float
    """The lowest state of the start, against the Fermi level; NaN without a step."""


def make_consistent(
    start: Float[Tensor, "orbital orbital"],
    free: Float[Tensor, "orbital orbital"],
    opened: OpenCell,
    tables: TwoCentreTables,
    options: ConsistencyOptions,
    places: Places | None = None,
) -> ConsistentPotential:
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
        How many steps, and on which grid.
    places
        Where atoms stand, if anything shall be differentiated by it.
    """
    potential = opened.aligned(start)
    if options.n_step == 0:
        return ConsistentPotential(potential, potential, math.nan)
    grid = make_grid(opened.cell, tables, options.spacing_angstrom, places)
    parts, electrode = opened.parts, opened.electrode
    states = find_states(
        potential + parts.fixed, parts, electrode, options.smearing_ev, opened.slicing
    )
    orbitals = states.orbitals.double()
    missing = orbitals.T @ opened.closed(free - potential) @ orbitals
    scheme = Scheme(opened, Fields.of(grid, states), states, missing, options.output_share)
    at_s = parts.s_orbitals
    wanted = free[at_s, at_s] - potential[at_s, at_s]
    change = before = Change.none(states, opened.cell.n_atom)
    for _ in range(options.n_step):
        before, change = change, scheme.step(change, wanted)
    lowest_ev = float(states.energies[0].detach())
    now, last = (scheme.changed(potential, one) for one in (change, before))
    return ConsistentPotential(now, last, lowest_ev)
