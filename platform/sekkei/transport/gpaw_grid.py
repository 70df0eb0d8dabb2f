"""Orbitals on the grid, block of points by block of points, so that BLAS does the sums.

GPAW sums over runs of points along z between two borders of spheres, two points long on average in
a contact, and over one pair of functions after the other. In a block of points the same functions
are present at nearly all of them, and both sums are products of small dense matrices.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int

BLOCK = 6
"""Points of a block along each axis; of 4 to 8 that were timed, the cheapest for both sums."""


@dataclass(frozen=True, slots=True, eq=False)
class OrbitalBlock:
    """Functions at some points of the grid."""

    points: Int[np.ndarray, " point"]
    """Index of each in the flattened grid."""

    functions: Int[np.ndarray, " function"]
    """Index of each among all orbitals; none stands twice."""

    values: Float[np.ndarray, "point function"]
    """In bohr^(-3/2)."""


class BlockedBasis:
    """GPAW's basis functions at the zone centre, with sums over the grid by blocks.

    Whatever is asked of them besides is GPAW's.

    Parameters
    ----------
    basis
        With its atoms in their places; real.
    """

    def __init__(self, basis: Any) -> None:
        self._basis = basis
        self._blocks = tuple(_blocks(basis))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._basis, name)

    def calculate_potential_matrices(
        self, potential: Float[np.ndarray, "x y z"]
    ) -> Float[np.ndarray, "1 orbital orbital"]:
        """Return the matrix of a local potential, in its units."""
        weighted = potential.ravel() * self._basis.gd.dv
        n = int(self._basis.Mmax)
        matrix = np.zeros((1, n, n))
        for block in self._blocks:
            values, pairs = block.values, np.ix_(block.functions, block.functions)
            matrix[0][pairs] += values.T @ (values * weighted[block.points, None])
        return matrix

    def construct_density(
        self,
        density_matrix: Float[np.ndarray, "orbital orbital"],
        density: Float[np.ndarray, "x y z"],
        q: int,
    ) -> None:
        """Add the density of a symmetric density matrix, in bohr⁻³; ``q`` is the zone centre's."""
        del q
        found = np.zeros(density.size)
        for block in self._blocks:
            values, pairs = block.values, np.ix_(block.functions, block.functions)
            found[block.points] = np.einsum("pf,pf->p", values @ density_matrix[pairs], values)
        density += found.reshape(density.shape)


def _blocks(basis: Any) -> Iterator[OrbitalBlock]:
    """Cut GPAW's lists of functions within spheres into blocks of points."""
    shape = np.array(basis.gd.n_c)
    sphere, point = _points_of_spheres(basis.W_B, basis.G_B)
    row = np.arange(len(sphere)) - np.searchsorted(sphere, sphere)
    n_block = -(-shape // BLOCK)
    place = np.array(np.unravel_index(point, shape))
    block = np.ravel_multi_index(tuple(place // BLOCK), tuple(n_block))
    order = np.argsort(block, kind="stable")
    block, sphere, point, row = (x[order] for x in (block, sphere, point, row))
    for part in _runs(block):
        yield _one_block(basis, sphere[part], point[part], row[part])


def _points_of_spheres(
    sphere_of_border: Int[np.ndarray, " border"], point_of_border: Int[np.ndarray, " border"]
) -> tuple[Int[np.ndarray, " entry"], Int[np.ndarray, " entry"]]:
    """Return sphere and point of every point within a sphere, sphere after sphere.

    At each border a run of points enters sphere W, or leaves it where the number is -1 - W.
    """
    is_entry = sphere_of_border >= 0
    entered, left = sphere_of_border[is_entry], -1 - sphere_of_border[~is_entry]
    start = point_of_border[is_entry][np.argsort(entered, kind="stable")].astype(np.int64)
    stop = point_of_border[~is_entry][np.argsort(left, kind="stable")]
    count = stop - start
    before = np.cumsum(count) - count
    point = np.repeat(start - before, count) + np.arange(count.sum())
    return np.repeat(np.sort(entered), count), point


def _one_block(
    basis: Any,
    sphere: Int[np.ndarray, " entry"],
    point: Int[np.ndarray, " entry"],
    row: Int[np.ndarray, " entry"],
) -> OrbitalBlock:
    points, at = np.unique(point, return_inverse=True)
    pieces = [(int(sphere[part.start]), part) for part in _runs(sphere)]
    functions: dict[int, int] = {}
    n_function = 0
    for which, _ in pieces:
        first = int(basis.M_W[which])
        # A function whose image enters the same block adds to its own column.
        if first not in functions:
            functions[first] = n_function
            n_function += basis.A_Wgm[which].shape[1]
    values, indices = np.zeros((points.size, n_function)), np.zeros(n_function, dtype=np.int64)
    for which, part in pieces:
        found, first = basis.A_Wgm[which], int(basis.M_W[which])
        columns = slice(functions[first], functions[first] + found.shape[1])
        values[at[part], columns] += found[row[part]]
        indices[columns] = np.arange(first, first + found.shape[1])
    return OrbitalBlock(points, indices, values)


def _runs(sorted_keys: Int[np.ndarray, " entry"]) -> Sequence[slice]:
    """Return where each key stands among sorted ones."""
    edges = np.flatnonzero(np.diff(sorted_keys)) + 1
    bounds = [0, *edges.tolist(), len(sorted_keys)]
    return [slice(a, b) for a, b in pairwise(bounds) if b > a]
