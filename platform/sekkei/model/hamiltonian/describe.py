"""A cell with everything that its learned potential is read off."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from sekkei.model.hamiltonian.cell import Cell, Pairs, Places, find_images, find_pairs
from sekkei.model.hamiltonian.environment import REACH
from sekkei.model.hamiltonian.exact import ExactParts, exact_parts, pairs_by_kind
from sekkei.model.hamiltonian.pair_feature import Surroundings, ThirdAtoms, third_atoms
from sekkei.model.hamiltonian.rotation import REVERSED, BlockLayout, rotations
from sekkei.shapes import Float, Int
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

    @cached_property
    def kinds(self) -> "tuple[PairsOfKind, ...]":
        """Pairs by their elements, with the sums over third atoms that all maps share."""
        return tuple(
            self._of_kind(kind, rows) for kind, rows in pairs_by_kind(self.around.cell, self.pairs)
        )

    def _of_kind(self, kind: tuple[int, int], rows: Int[np.ndarray, " row"]) -> "PairsOfKind":
        first, second = (self.tables.atoms[number].shells for number in kind)
        layout = BlockLayout(first, second, kind[0] == kind[1])
        distances = self.around.places.between(self.pairs.rows(rows))[0]
        # Pairs as far apart as their neighbours in the list have as many third atoms.
        pairs = self.pairs.rows(rows[distances.detach().numpy().argsort(kind="stable")])
        return PairsOfKind(
            kind, layout, third_atoms(self.around, pairs, layout.n_order, weighted=True)
        )


@dataclass(frozen=True, slots=True, eq=False)
class PairsOfKind:
    """All pairs of two elements."""

    numbers: tuple[int, int]
    """Atomic numbers of the first and the second."""

    layout: BlockLayout
    """Which elements their blocks have."""

    third: ThirdAtoms
    """The pairs, and sums over what is around them."""

    def turns(self, *, reverse: bool) -> tuple[Tensor, Tensor]:
        """Return what turns harmonics of both atoms into the frames of the pairs."""
        frames = self.third.frames * REVERSED[:, None] if reverse else self.third.frames
        return rotations(frames, self.layout.first), rotations(frames, self.layout.second)


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
    return Described(around, pairs, exact_parts(cell, images, pairs, tables, places), tables)


def relative_sizes(cell: Cell, tables: TwoCentreTables) -> Float[Tensor, " atom"]:
    """Return the length of each atom's functions over that of potassium's."""
    reaches = [tables.atoms[number].reach for number in cell.numbers.tolist()]
    return torch.tensor(reaches, dtype=torch.float64) / POTASSIUM_REACH
