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

from sekkei.shapes import Complex, Float, Inexact, Int

BLOCK = 6
"""Points of a block along each axis; of 4 to 8 that were timed, the cheapest for both sums."""


@dataclass(frozen=True, slots=True, eq=False)
class OrbitalBlock:
    """Functions at some points of the grid."""

    points: Int[np.ndarray, " point"]
    """Index of each in the flattened grid."""

    functions: Int[np.ndarray, " function"]
    """Index of each among all orbitals; none stands twice."""

    values: Float[np.ndarray, "point column"]
    """In bohr^(-3/2), each image of a function in a column of its own, one beside the other."""

    first_columns: Int[np.ndarray, " function"]
    """Where the images of each function begin."""

    spheres: Int[np.ndarray, " column"]
    """GPAW's number of each image, which has the phase of its cell."""

    def at(
        self, phases: Complex[np.ndarray, " sphere"] | None
    ) -> Inexact[np.ndarray, "point function"]:
        """Add images up, with phases where there are any."""
        values = self.values if phases is None else self.values * phases[self.spheres]
        return np.asarray(np.add.reduceat(values, self.first_columns, axis=1))

    def added_up(self) -> "OrbitalBlock":
        """Return the same with one column for each function: at the zone centre."""
        columns = np.arange(self.functions.size)
        spheres = self.spheres[self.first_columns]
        return OrbitalBlock(self.points, self.functions, self.at(None), columns, spheres)


class BlockedBasis:
    """GPAW's basis functions, with sums over the grid by blocks of points.

    Whatever is asked of them besides is GPAW's.

    Parameters
    ----------
    basis
        With its atoms in their places.
    """

    def __init__(self, basis: Any) -> None:
        self._basis = basis
        blocks = _blocks(basis)
        if basis.dtype == complex:
            # GPAW's overlaps, and with them its orbitals, have exp(-2 pi i k R) at image R.
            self._phases: Complex[np.ndarray, "k sphere"] | None = basis.phase_qW.conj()
            self._blocks = tuple(blocks)
        else:
            self._phases = None
            self._blocks = tuple(block.added_up() for block in blocks)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._basis, name)

    def potential_matrix(
        self, potential: Float[np.ndarray, "x y z"], q: int
    ) -> Inexact[np.ndarray, "orbital orbital"]:
        """Return the matrix of a local potential, in its units, at k-point number ``q``."""
        weighted = potential.ravel() * self._basis.gd.dv
        n = int(self._basis.Mmax)
        matrix = np.zeros((n, n), dtype=self._basis.dtype)
        for block, values in self._at(q):
            pairs = np.ix_(block.functions, block.functions)
            matrix[pairs] += values.conj().T @ (values * weighted[block.points, None])
        return matrix

    def construct_density(
        self,
        density_matrix: Inexact[np.ndarray, "orbital orbital"],
        density: Float[np.ndarray, "x y z"],
        q: int,
    ) -> None:
        """Add the density of a Hermitian density matrix at k-point number ``q``, in bohr⁻³."""
        found = np.zeros(density.size)
        for block, values in self._at(q):
            pairs = np.ix_(block.functions, block.functions)
            filled = values.conj() @ density_matrix[pairs]
            found[block.points] = np.einsum("pf,pf->p", filled, values).real
        density += found.reshape(density.shape)

    def _at(self, q: int) -> Iterator[tuple[OrbitalBlock, Inexact[np.ndarray, "point function"]]]:
        if self._phases is None:
            yield from ((block, block.values) for block in self._blocks)
        else:
            yield from ((block, block.at(self._phases[q])) for block in self._blocks)


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
    # Images of one function enter the same block in cells of short periods: side by side.
    pieces = sorted(_runs(sphere), key=lambda part: int(basis.M_W[sphere[part.start]]))
    which = [int(sphere[part.start]) for part in pieces]
    counts = [basis.A_Wgm[w].shape[1] for w in which]
    bounds = np.cumsum([0, *counts])
    functions = np.concatenate(
        [basis.M_W[w] + np.arange(n) for w, n in zip(which, counts, strict=True)]
    )
    values = np.zeros((points.size, bounds[-1]))
    for w, part, columns in zip(which, pieces, pairwise(bounds), strict=True):
        values[at[part], slice(*columns)] = basis.A_Wgm[w][row[part]]
    # A sphere's functions follow each other, its images' do after all of them.
    order = np.argsort(functions, kind="stable")
    unique, first_columns = np.unique(functions[order], return_index=True)
    spheres = np.repeat(which, counts)
    return OrbitalBlock(
        points, unique, np.ascontiguousarray(values[:, order]), first_columns, spheres[order]
    )


def _runs(sorted_keys: Int[np.ndarray, " entry"]) -> Sequence[slice]:
    """Return where each key stands among sorted ones."""
    edges = np.flatnonzero(np.diff(sorted_keys)) + 1
    bounds = [0, *edges.tolist(), len(sorted_keys)]
    return [slice(a, b) for a, b in pairwise(bounds) if b > a]
