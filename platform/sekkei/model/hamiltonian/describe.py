"""A cell with everything that its learned potential is read off."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sekkei.model.hamiltonian.cell import Cell, Pairs, Places, find_images, find_pairs
from sekkei.model.hamiltonian.environment import REACH
from sekkei.model.hamiltonian.exact import ExactParts, exact_parts
from sekkei.model.hamiltonian.onsite_feature import NeighbourSums, neighbour_sums
from sekkei.model.hamiltonian.pair_feature import Surroundings, ThirdTables
from sekkei.model.hamiltonian.pair_kind import PairsOfKind, pairs_of_kinds
from sekkei.shapes import Float
from sekkei.transport.two_centre import TwoCentreTables

POTASSIUM_REACH = 6.138455642540558
"""Length of potassium's functions in angstrom: what features count lengths in."""


@dataclass(frozen=True, eq=False)
class Described:
    """A cell with its surroundings, its pairs and its exact matrices."""

    around: Surroundings
    """What features are made of."""

    pairs: Pairs
    """Whose functions overlap."""

    parts: ExactParts
    """What is not learned."""

    tables: TwoCentreTables
    """Integrals of all elements."""

    kinds: tuple[PairsOfKind, ...]
    """The pairs by their elements."""

    @cached_property
    def neighbours(self) -> NeighbourSums:
        """What features of atoms are made of."""
        return neighbour_sums(self.around)

    @cached_property
    def third(self) -> ThirdTables:
        """What third atoms are, with a channel of each element that a model knows."""
        return ThirdTables.of(self.around, tuple(range(len(self.around.elements))))

    @cached_property
    def third_met(self) -> ThirdTables:
        """The same of those elements that the cell holds: channels of others are zero."""
        held = np.isin(self.around.elements, self.around.cell.numbers)
        return ThirdTables.of(self.around, tuple(np.flatnonzero(held).tolist()))


def describe(
    cell: Cell,
    tables: TwoCentreTables,
    elements: tuple[int, ...],
    moving: tuple[Float[Tensor, "atom 3"], Float[Tensor, ""]] | None = None,
) -> Described:
    """Find images, pairs, surroundings and exact matrices of a cell.

    Parameters
    ----------
    cell
        Atoms between leads.
    tables
        Integrals of all its elements.
    elements
        Atomic numbers that a model knows, ascending.
    moving
        The cell's own positions and length as tensors, if anything shall be differentiated by
        them.
    """
    sizes = relative_sizes(cell, tables)
    images = find_images(cell, REACH * float(sizes.max()))
    places = Places.of_cell(cell, images) if moving is None else Places.of(images, *moving)
    reaches = np.array([tables.atoms[number].reach for number in cell.numbers.tolist()])
    pairs = find_pairs(cell, reaches)
    around = Surroundings.of(cell, images, places, sizes, elements)
    kinds = pairs_of_kinds(cell, pairs, tables, places)
    parts = exact_parts(cell, images, pairs, tables, places, kinds)
    return Described(around, pairs, parts, tables, kinds)


def relative_sizes(cell: Cell, tables: TwoCentreTables) -> Float[Tensor, " atom"]:
    """Return the length of each atom's functions over that of potassium's."""
    reaches = [tables.atoms[number].reach for number in cell.numbers.tolist()]
    return torch.tensor(reaches, dtype=torch.float64) / POTASSIUM_REACH
