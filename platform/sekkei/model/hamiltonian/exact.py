"""What is not learned: overlaps, kinetic energies and nonlocal potentials of a cell."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from sekkei.model.hamiltonian.cell import Cell, Images, Pairs, Places, distance_table
from sekkei.model.hamiltonian.interpolation import interpolate
from sekkei.model.hamiltonian.pair_kind import PairsOfKind, pairs_of_kinds
from sekkei.model.hamiltonian.rotation import from_frame, pair_frames, rotations
from sekkei.shapes import Float, Int
from sekkei.transport.two_centre import TwoCentreTables

_ORBITALS_AT_ONCE = 128


@dataclass(frozen=True, slots=True, eq=False)
class ExactParts:
    """Matrices of a cell that follow from tables. Elements across its boundary are left out."""

    overlap: Float[Tensor, "orbital orbital"]
    """Dimensionless."""

    fixed: Float[Tensor, "orbital orbital"]
    """Kinetic energy and nonlocal potential in eV."""

    starts: Int[np.ndarray, " boundary"]
    """First orbital of each atom, and the number of orbitals at the end."""

    @property
    def orbital_atoms(self) -> Int[np.ndarray, " orbital"]:
        """Atom of each orbital."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    @property
    def s_orbitals(self) -> Int[np.ndarray, " atom"]:
        """The first s function of each atom: the one that a free atom fills."""
        return self.starts[:-1]


def exact_parts(
    cell: Cell,
    images: Images,
    pairs: Pairs,
    tables: TwoCentreTables,
    places: Places | None = None,
    kinds: tuple[PairsOfKind, ...] = (),
) -> ExactParts:
    """Compute S, and T with the nonlocal potential, of a cell.

    Parameters
    ----------
    cell, images, pairs
        Atoms, what stands beyond the ends, and whose functions overlap.
    tables
        Integrals of all elements.
    places
        Where all stand, if the matrices shall be differentiated by it.
    kinds
        The pairs by their elements, where they are known.
    """
    places = places or Places.of_cell(cell, images)
    starts = orbital_starts(cell, tables)
    size = (int(starts[-1]), int(starts[-1]))
    overlap, fixed = (torch.zeros(size, dtype=torch.float64) for _ in range(2))
    for i, number in enumerate(cell.numbers.tolist()):
        own = slice(starts[i], starts[i + 1])
        overlap[own, own] = torch.tensor(tables.atoms[number].overlap)
        fixed[own, own] = torch.tensor(tables.atoms[number].kinetic)
    for some in kinds or pairs_of_kinds(cell, pairs, tables, places):
        for matrix, name in ((overlap, "overlap"), (fixed, "kinetic")):
            blocks = interpolate(tables.pairs[some.numbers].splines[name], some.distances)
            add_blocks(matrix, starts, some.pairs, from_frame(blocks, some.left, some.right))
    fixed = fixed + _nonlocal(cell, images, tables, starts, places)
    return ExactParts(overlap, fixed, starts)


def orbital_starts(cell: Cell, tables: TwoCentreTables) -> Int[np.ndarray, " boundary"]:
    """Return the first orbital of each atom, and their number."""
    counts = [tables.atoms[number].n_orbital for number in cell.numbers.tolist()]
    return np.cumsum([0, *counts])


def add_blocks(
    matrix: Float[Tensor, "orbital orbital"],
    starts: Int[np.ndarray, " boundary"],
    pairs: Pairs,
    blocks: Float[Tensor, "pair _ _"],
) -> None:
    """Put blocks of pairs, and their transposes, into a matrix."""
    n_atom, (_, n_first, n_second) = len(starts) - 1, blocks.shape
    if n_first == n_second and starts[-1] == n_atom * n_first and len(set(np.diff(starts))) == 1:
        by_atom = matrix.view(n_atom, n_first, n_atom, n_first)
        by_atom[pairs.first, :, pairs.second] = blocks
        by_atom[pairs.second, :, pairs.first] = blocks.mT
        return
    rows = starts[pairs.first][:, None, None] + np.arange(n_first)[:, None]
    columns = starts[pairs.second][:, None, None] + np.arange(n_second)
    matrix[rows, columns] = blocks
    matrix[columns.transpose(0, 2, 1), rows.transpose(0, 2, 1)] = blocks.mT


def _nonlocal(
    cell: Cell,
    images: Images,
    tables: TwoCentreTables,
    starts: Int[np.ndarray, " boundary"],
    places: Places,
) -> Float[Tensor, "orbital orbital"]:
    numbers, others = cell.numbers, cell.numbers[images.atoms]
    signs, spread = {}, {}
    for number in np.unique(others).tolist():
        # Strengths are squares of these combinations of projectors, with a sign.
        values, vectors = np.linalg.eigh(tables.atoms[number].strength)
        signs[number], spread[number] = np.sign(values), vectors * np.abs(values) ** 0.5
    columns = np.cumsum([0, *[len(signs[number]) for number in others.tolist()]])
    projections = torch.zeros((starts[-1], columns[-1]), dtype=torch.float64)
    away = distance_table(cell.positions, images.positions)
    for a, b in {(a, b) for a in numbers.tolist() for b in numbers.tolist()}:
        first, second = tables.atoms[a], tables.atoms[b]
        near = (away < first.reach + second.projector_reach) & (away > 1e-6)
        atom, image = np.nonzero(near & (numbers == a)[:, None] & (others == b))
        apart = places.images[image] - places.atoms[atom]
        distances = torch.linalg.vector_norm(apart, dim=1)
        frames = pair_frames(apart / distances[:, None])
        left, right = rotations(frames, first.shells), rotations(frames, second.projectors)
        blocks = interpolate(tables.pairs[a, b].splines["projection"], distances)
        blocks = from_frame(blocks, left, right) @ torch.from_numpy(spread[b])
        rows = starts[atom][:, None, None] + np.arange(blocks.shape[1])[:, None]
        projections[rows, columns[image][:, None, None] + np.arange(blocks.shape[2])] = blocks
    for i, number in enumerate(numbers.tolist()):
        own = slice(starts[i], starts[i + 1])
        on_itself = torch.from_numpy(tables.atoms[number].projection @ spread[number])
        projections[own, columns[i] : columns[i + 1]] = on_itself
    sign = torch.from_numpy(np.concatenate([signs[number] for number in others.tolist()]))
    z = np.repeat(cell.positions[:, 2], np.diff(starts))
    heights = np.repeat(images.positions[:, 2], np.diff(columns))
    return _product_of_near(projections, sign, z, heights, cell.length)


def _product_of_near(
    projections: Float[Tensor, "orbital projector"],
    sign: Float[Tensor, " projector"],
    z: Float[np.ndarray, " orbital"],
    heights: Float[np.ndarray, " projector"],
    length: float,
) -> Float[Tensor, "orbital orbital"]:
    """Multiply slice by slice along z: what is far apart shares no projector.

    What is further apart than half of the cell's length is joined around its boundary: left out.
    """
    order, along = np.argsort(z, kind="stable"), np.argsort(heights, kind="stable")
    z, size = z[order], len(z)
    one = projections[order[:, None], along]
    other = one * sign[along]
    reached = one.detach().numpy() != 0.0
    found = torch.zeros((size, size), dtype=torch.float64)
    edges = np.linspace(0, size, max(2, size // _ORBITALS_AT_ONCE + 1)).astype(int).tolist()
    for first, last in pairwise(edges):
        shared = np.flatnonzero(reached[first:last].any(axis=0))
        if not len(shared):
            continue
        near = slice(int(shared[0]), int(shared[-1]) + 1)
        # The product is symmetric: what stands before was met.
        end = first + int(np.flatnonzero(reached[first:, near].any(axis=1))[-1]) + 1
        product = other[first:last, near] @ one[first:end, near].T
        is_direct = np.abs(z[first:last, None] - z[first:end]) < length / 2.0
        product = product * torch.from_numpy(is_direct)
        found[first:last, first:end] = product
        found[first:end, first:last] = product.T
    back = np.argsort(order)
    return found[back[:, None], back]
