"""Closed junctions as the learned Hamiltonian sees them: atoms, their images, and their pairs."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sekkei.shapes import Float, Int
from sekkei.structure.lead import PeriodicJunction


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Atoms between leads that meet across the boundary of the cell."""

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers."""

    positions: Float[np.ndarray, "atom 3"]
    """In angstrom; left lead, device and right lead, the leads period by period along +z."""

    length: float
    """Along z in angstrom."""

    n_lead_atom: int
    """Atoms in one period of the electrode."""

    @classmethod
    def from_closed(cls, closed: PeriodicJunction) -> "Cell":
        """Take the atoms of a closed junction."""
        n_lead_atom = closed.electrode.numbers.size
        return cls(closed.numbers, closed.positions, closed.length, n_lead_atom)

    @property
    def n_atom(self) -> int:
        """Number of atoms."""
        return len(self.numbers)

    def ends(self, n_period: int = 2) -> Int[np.ndarray, " atom"]:
        """Return the atoms of the outermost periods at both ends."""
        n = n_period * self.n_lead_atom
        return np.asarray(np.r_[0:n, self.n_atom - n : self.n_atom])


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Atoms of a cell with those images beyond its ends that reach into it."""

    positions: Float[np.ndarray, "image 3"]
    """In angstrom; the first are the cell's own atoms."""

    atoms: Int[np.ndarray, " image"]
    """Which atom of the cell each is."""

    shifts: Int[np.ndarray, " image"]
    """How many cells it was moved along z; 0 for the cell's own."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of atoms of a cell whose functions overlap, each once."""

    first: Int[np.ndarray, " pair"]
    """The atom with the smaller atomic number; of two equal ones, the earlier."""

    second: Int[np.ndarray, " pair"]
    """The other."""

    def rows(self, chosen: Int[np.ndarray, " chosen"]) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(self.first[chosen], self.second[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where atoms and images stand: what everything can be differentiated by."""

    atoms: Float[Tensor, "atom 3"]
    """Positions of the atoms of a cell in angstrom."""

    length: Float[Tensor, ""]
    """Of the cell along z in angstrom."""

    images: Float[Tensor, "image 3"]
    """Positions of the images, the atoms first."""

    @classmethod
    def of(
        cls,
        images: Images,
        atoms: Float[Tensor, "atom 3"],
        length: Float[Tensor, ""],
    ) -> "Places":
        """Place images by the atoms that they are images of."""
        shifts = torch.from_numpy(images.shifts)[:, None] * torch.tensor([0.0, 0.0, 1.0])
        return cls(atoms, length, atoms[torch.from_numpy(images.atoms)] + shifts * length)

    @classmethod
    def of_cell(cls, cell: Cell, images: Images) -> "Places":
        """Place everything as a cell has it."""
        length = torch.tensor(cell.length, dtype=torch.float64)
        return cls.of(images, torch.tensor(cell.positions, dtype=torch.float64), length)

    def between(self, pairs: Pairs) -> tuple[Float[Tensor, " pair"], Float[Tensor, "pair 3"]]:
        """Return distances of pairs in angstrom, and vectors of length 1 from first to second."""
        apart = self.atoms[pairs.second] - self.atoms[pairs.first]
        distances = torch.linalg.vector_norm(apart, dim=1)
        return distances, apart / distances[:, None]


def find_images(cell: Cell, reach: float) -> Images:
    """Return atoms and all images that stand within a reach of the ends."""
    z = cell.positions[:, 2]
    low, high = z.min() - reach, z.max() + reach
    n_cell = int(np.ceil(reach / cell.length)) + 1
    positions, atoms = [cell.positions], [np.arange(cell.n_atom)]
    shifts = [np.zeros(cell.n_atom, np.int64)]
    for shift in [s for s in range(-n_cell, n_cell + 1) if s]:
        moved = cell.positions + np.array([0.0, 0.0, shift * cell.length])
        near = np.flatnonzero((moved[:, 2] > low) & (moved[:, 2] < high))
        positions.append(moved[near])
        atoms.append(near)
        shifts.append(np.full(len(near), shift))
    return Images(np.concatenate(positions), np.concatenate(atoms), np.concatenate(shifts))


def find_pairs(cell: Cell, reaches: Float[np.ndarray, " atom"]) -> Pairs:
    """Return pairs whose functions overlap within the cell, not around its boundary.

    Pairs as far apart as their neighbours in the list have as many third atoms: nearest first.
    """
    away = distance_table(cell.positions, cell.positions)
    first, second = np.nonzero(away < reaches[:, None] + reaches)
    numbers, others = cell.numbers[first], cell.numbers[second]
    kept = (numbers < others) | ((numbers == others) & (first < second))
    first, second = first[kept], second[kept]
    order = away[first, second].argsort(kind="stable")
    return Pairs(first[order], second[order])


def distance_table(
    one: Float[np.ndarray, "one 3"], other: Float[np.ndarray, "other 3"]
) -> Float[np.ndarray, "one other"]:
    """Return all distances between two sets of points."""
    return np.asarray(np.linalg.norm(one[:, None] - other[None], axis=-1))
