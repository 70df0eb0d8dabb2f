"""A cell with everything that its learned potential is read off."""

from dataclasses import dataclass

import numpy as np

from sekkei.model.hamiltonian.cell import Cell, Pairs, find_images, find_pairs
from sekkei.model.hamiltonian.environment import REACH, environment
from sekkei.model.hamiltonian.exact import ExactParts, exact_parts
from sekkei.model.hamiltonian.pair_feature import Surroundings
from sekkei.transport.two_centre import TwoCentreTables

POTASSIUM_REACH = 6.138455642540558
"""Length of potassium's functions in angstrom: what features count lengths in."""


@dataclass(frozen=True, slots=True, eq=False)
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


def describe(cell: Cell, tables: TwoCentreTables, elements: tuple[int, ...]) -> Described:
    """Find images, pairs, surroundings and exact matrices of a cell.

    Parameters
    ----------
    cell
        Atoms between leads.
    tables
        Integrals of all its elements.
    elements
        Atomic numbers that a model knows, ascending.
    """
    reaches = np.array([tables.atoms[number].reach for number in cell.numbers.tolist()])
    sizes = reaches / POTASSIUM_REACH
    images = find_images(cell, REACH * float(sizes.max()))
    pairs = find_pairs(cell, reaches)
    around = Surroundings(cell, images, sizes, environment(cell, images, sizes), elements)
    return Described(around, pairs, exact_parts(cell, images, pairs, tables), tables)
