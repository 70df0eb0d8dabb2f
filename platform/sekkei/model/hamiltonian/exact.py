"""What is not learned: overlaps, kinetic energies and nonlocal potentials of a cell."""

from dataclasses import dataclass

import numpy as np

from sekkei.model.hamiltonian.cell import Cell, Images, Pairs, distance_table
from sekkei.model.hamiltonian.rotation import from_frame, pair_frames, rotations
from sekkei.shapes import Float, Int
from sekkei.transport.two_centre import TwoCentreTables

_ORBITALS_AT_ONCE = 128


@dataclass(frozen=True, slots=True, eq=False)
class ExactParts:
    """Matrices of a cell that follow from tables. Elements across its boundary are left out."""

    overlap: Float[np.ndarray, "orbital orbital"]
    """Dimensionless."""

    fixed: Float[np.ndarray, "orbital orbital"]
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


def exact_parts(cell: Cell, images: Images, pairs: Pairs, tables: TwoCentreTables) -> ExactParts:
    """Compute S, and T with the nonlocal potential, of a cell."""
    starts = orbital_starts(cell, tables)
    overlap, fixed = np.zeros((2, starts[-1], starts[-1]))
    for i, number in enumerate(cell.numbers.tolist()):
        own = slice(starts[i], starts[i + 1])
        overlap[own, own] = tables.atoms[number].overlap
        fixed[own, own] = tables.atoms[number].kinetic
    for key, rows in pairs_by_kind(cell, pairs):
        some = pairs.rows(rows)
        first, second = (tables.atoms[number].shells for number in key)
        frames = pair_frames(some.vectors)
        left, right = rotations(frames, first), rotations(frames, second)
        for matrix, name in ((overlap, "overlap"), (fixed, "kinetic")):
            blocks = from_frame(tables.pairs[key].at(name, some.distances), left, right)
            add_blocks(matrix, starts, some, blocks)
    return ExactParts(overlap, fixed + _nonlocal(cell, images, tables, starts), starts)


def orbital_starts(cell: Cell, tables: TwoCentreTables) -> Int[np.ndarray, " boundary"]:
    """Return the first orbital of each atom, and their number."""
    counts = [tables.atoms[number].n_orbital for number in cell.numbers.tolist()]
    return np.cumsum([0, *counts])


def pairs_by_kind(cell: Cell, pairs: Pairs) -> list[tuple[tuple[int, int], Int[np.ndarray, " _"]]]:
    """Sort pairs by the atomic numbers of both atoms."""
    numbers = np.stack([cell.numbers[pairs.first], cell.numbers[pairs.second]], axis=1)
    kinds = np.unique(numbers, axis=0)
    return [((int(a), int(b)), np.flatnonzero((numbers == [a, b]).all(axis=1))) for a, b in kinds]


def add_blocks(
    matrix: Float[np.ndarray, "orbital orbital"],
    starts: Int[np.ndarray, " boundary"],
    pairs: Pairs,
    blocks: Float[np.ndarray, "pair _ _"],
) -> None:
    """Put blocks of pairs, and their transposes, into a matrix."""
    rows = starts[pairs.first][:, None, None] + np.arange(blocks.shape[1])[:, None]
    columns = starts[pairs.second][:, None, None] + np.arange(blocks.shape[2])
    matrix[rows, columns] = blocks
    matrix[columns.transpose(0, 2, 1), rows.transpose(0, 2, 1)] = blocks.transpose(0, 2, 1)


def _nonlocal(
    cell: Cell, images: Images, tables: TwoCentreTables, starts: Int[np.ndarray, " boundary"]
) -> Float[np.ndarray, "orbital orbital"]:
    numbers, others = cell.numbers, cell.numbers[images.atoms]
    counts = [tables.atoms[number].strength.shape[0] for number in others.tolist()]
    columns = np.cumsum([0, *counts])
    projections = np.zeros((starts[-1], columns[-1]))
    away = distance_table(cell.positions, images.positions)
    for a, b in {(a, b) for a in numbers.tolist() for b in numbers.tolist()}:
        first, second = tables.atoms[a], tables.atoms[b]
        near = (away < first.reach + second.projector_reach) & (away > 1e-6)
        atom, image = np.nonzero(near & (numbers == a)[:, None] & (others == b))
        distances = away[atom, image]
        frames = pair_frames((images.positions[image] - cell.positions[atom]) / distances[:, None])
        left, right = rotations(frames, first.shells), rotations(frames, second.projectors)
        blocks = from_frame(tables.pairs[a, b].at("projection", distances), left, right)
        rows = starts[atom][:, None, None] + np.arange(blocks.shape[1])[:, None]
        projections[rows, columns[image][:, None, None] + np.arange(blocks.shape[2])] = blocks
    for i, number in enumerate(numbers.tolist()):
        own = slice(starts[i], starts[i + 1])
        projections[own, columns[i] : columns[i + 1]] = tables.atoms[number].projection
    weighted = np.empty_like(projections)
    for i, number in enumerate(others.tolist()):
        here = slice(columns[i], columns[i + 1])
        weighted[:, here] = projections[:, here] @ tables.atoms[number].strength
    z = np.repeat(cell.positions[:, 2], np.diff(starts))
    is_direct = np.abs(z[:, None] - z) < cell.length / 2.0
    return np.asarray(_product_of_near(weighted, projections, z) * is_direct)


def _product_of_near(
    weighted: Float[np.ndarray, "orbital projector"],
    projections: Float[np.ndarray, "orbital projector"],
    z: Float[np.ndarray, " orbital"],
) -> Float[np.ndarray, "orbital orbital"]:
    """Multiply slice by slice along z: what is far apart shares no projector."""
    found = np.zeros((len(z), len(z)))
    reached = projections != 0.0
    for rows in np.array_split(np.argsort(z, kind="stable"), max(1, len(z) // _ORBITALS_AT_ONCE)):
        shared = np.flatnonzero(reached[rows].any(axis=0))
        others = np.flatnonzero(reached[:, shared].any(axis=1))
        found[np.ix_(rows, others)] = weighted[np.ix_(rows, shared)] @ (
            projections[np.ix_(others, shared)].T
        )
    return found
