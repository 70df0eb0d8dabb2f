"""Pairs of atoms by their elements, with the frames that all their blocks are turned from."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from sekkei.model.hamiltonian.cell import Cell, Pairs, Places
from sekkei.model.hamiltonian.rotation import REVERSED, BlockLayout, pair_frames, rotations
from sekkei.shapes import Float
from sekkei.transport.two_centre import TwoCentreTables


@dataclass(frozen=True, slots=True, eq=False)
class PairsOfKind:
    """All pairs of two elements."""

    numbers: tuple[int, int]
    """Atomic numbers of the first and the second."""

    layout: BlockLayout
    """Which elements their blocks have."""

    pairs: Pairs
    """The nearest first."""

    distances: Float[Tensor, " pair"]
    """In angstrom."""

    frames: Float[Tensor, "pair 3 3"]
    """Rows are x, y and z, the last along the pair."""

    left: Float[Tensor, "pair first first"]
    """What turns harmonics of the first atom into the frame."""

    right: Float[Tensor, "pair second second"]
    """The same of the second atom."""

    def turns(self, *, reverse: bool) -> tuple[Tensor, Tensor]:
        """Return what turns harmonics of both atoms into the frames, from either end."""
        if not reverse:
            return self.left, self.right
        frames = self.frames * REVERSED[:, None]
        return rotations(frames, self.layout.first), rotations(frames, self.layout.second)


def pairs_of_kinds(
    cell: Cell, pairs: Pairs, tables: TwoCentreTables, places: Places
) -> tuple[PairsOfKind, ...]:
    """Sort pairs by the atomic numbers of both atoms."""
    numbers = np.stack([cell.numbers[pairs.first], cell.numbers[pairs.second]], axis=1)
    found = []
    for a, b in np.unique(numbers, axis=0).tolist():
        some = pairs.rows(np.flatnonzero((numbers == [a, b]).all(axis=1)))
        distances, vectors = places.between(some)
        frames = pair_frames(vectors)
        first, second = tables.atoms[a].shells, tables.atoms[b].shells
        left = rotations(frames, first)
        right = left if first == second else rotations(frames, second)
        layout = BlockLayout(first, second, a == b)
        found.append(PairsOfKind((a, b), layout, some, distances, frames, left, right))
    return tuple(found)
