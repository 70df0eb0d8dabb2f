"""Orbitals on a coarse real-space grid: densities, their potentials, and matrices of them.

Only *changes* of the potential against a superposition of atoms are computed here. They are smooth,
so that a grid suffices that would be too coarse for the potential itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import fft, sparse

from sekkei.model.hamiltonian.cell import Cell
from sekkei.shapes import Float, Int
from sekkei.transport.two_centre import TwoCentreTables
from sekkei.units import BOHR_ANGSTROM, HARTREE_EV

WALL_ANGSTROM = 0.6
"""Vacuum between the longest function and the grounded walls of the box."""

_COULOMB = 4.0 * np.pi * HARTREE_EV * BOHR_ANGSTROM
_SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class OrbitalGrid:
    """The orbitals of a cell on a grid that is zero at its walls and periodic along z."""

    orbitals: sparse.csr_array
    """Values in angstrom^(-3/2) in single precision, ``(point, orbital)``."""

    atoms: sparse.csr_array
    """Squares of the functions that free atoms fill, ``(point, atom)``."""

    points: Int[np.ndarray, " point"]
    """Which points of the box these are: those that a function reaches."""

    shape: tuple[int, int, int]
    """Points of the box along x, y and z, walls left out."""

    lengths: Float[np.ndarray, " 3"]
    """Of the box, in angstrom."""

    @property
    def volume(self) -> float:
        """Of a point in cubic angstrom."""
        n_x, n_y, n_z = self.shape
        return float(np.prod(self.lengths) / ((n_x + 1) * (n_y + 1) * n_z))

    @cached_property
    def free_density(self) -> Float[np.ndarray, " point"]:
        """Density of a superposition of free atoms, in electrons per cubic angstrom."""
        return np.asarray(self.atoms.sum(axis=1)).ravel()

    def hartree(
        self, density: Float[np.ndarray, "*some point"]
    ) -> Float[np.ndarray, "*some point"]:
        """Return the potential energy of an electron in eV, of changes of density."""
        box = np.zeros((*density.shape[:-1], int(np.prod(self.shape))), density.dtype)
        box[..., self.points] = density
        made = self.box_hartree(box.reshape(*density.shape[:-1], *self.shape))
        return np.asarray(made.reshape(box.shape)[..., self.points])

    def box_hartree(
        self, density: Float[np.ndarray, "*some x y z"]
    ) -> Float[np.ndarray, "*some x y z"]:
        """Return the same of densities at all points of the box."""
        wave = fft.dstn(density, type=1, axes=(-3, -2))
        wave = fft.rfft(wave, axis=-1) / self.squares.astype(density.dtype)
        wave = fft.irfft(wave, n=self.shape[2], axis=-1)
        return np.asarray(_COULOMB * fft.idstn(wave, type=1, axes=(-3, -2)))

    def matrix(self, potential: Float[np.ndarray, " point"]) -> Float[np.ndarray, "row column"]:
        """Return the matrix of a potential, images around the boundary included."""
        weights = sparse.diags_array(potential * self.volume)
        return np.asarray((self.orbitals.T.tocsr() @ (weights @ self.orbitals)).toarray())

    def at_atoms(self, potential: Float[np.ndarray, " point"]) -> Float[np.ndarray, " atom"]:
        """Return the mean of a potential over the function that each free atom fills."""
        return np.asarray(self.atoms.T @ potential) * self.volume

    def every_second(self) -> tuple["OrbitalGrid", Int[np.ndarray, " chosen"]]:
        """Return the grid of twice the spacing, and which points of this one it has."""
        at = np.stack(np.unravel_index(self.points, self.shape), axis=1)
        # Along x and y the first point stands one step from the wall.
        chosen = np.flatnonzero((at % 2 == [1, 1, 0]).all(axis=1))
        n_x, n_y, n_z = self.shape
        shape = ((n_x - 1) // 2, (n_y - 1) // 2, n_z // 2)
        points = np.ravel_multi_index(tuple((at[chosen] // 2).T), shape)
        some = (self.orbitals[chosen], self.atoms[chosen], points)
        return OrbitalGrid(*some, shape, self.lengths), chosen

    @cached_property
    def squares(self) -> Float[np.ndarray, "x y wave"]:
        """Squares of the wave numbers of the box, in angstrom^-2."""
        n_x, n_y, n_z = self.shape
        x, y = (
            np.pi * np.arange(1, n + 1) / length
            for n, length in zip((n_x, n_y), self.lengths[:2].tolist(), strict=True)
        )
        z = 2.0 * np.pi * np.arange(n_z // 2 + 1) / self.lengths[2]
        return np.asarray(x[:, None, None] ** 2 + y[:, None] ** 2 + z**2)


def make_grid(cell: Cell, tables: TwoCentreTables, spacing: float) -> OrbitalGrid:
    """Put the orbitals of a cell on a grid whose points can be halved.

    Parameters
    ----------
    cell
        Atoms between leads.
    tables
        Hold the radial functions.
    spacing
        Largest distance of points, in angstrom.
    """
    reaches = np.array([tables.atoms[number].reach for number in cell.numbers.tolist()])
    low = (cell.positions[:, :2] - reaches[:, None]).min(axis=0) - WALL_ANGSTROM
    high = (cell.positions[:, :2] + reaches[:, None]).max(axis=0) + WALL_ANGSTROM
    lengths = np.array([*(high - low), cell.length])
    counts = 2 * np.ceil(lengths / (2.0 * spacing)).astype(int)
    shape = (int(counts[0]) - 1, int(counts[1]) - 1, int(counts[2]))
    places = cell.positions - [*low, 0.0]
    found = [
        _one_atom(place, tables, number, lengths / counts, counts)
        for place, number in zip(places, cell.numbers.tolist(), strict=True)
    ]
    is_reached = np.zeros(int(np.prod(shape)), bool)
    for at, _ in found:
        is_reached[at] = True
    rows = np.cumsum(is_reached) - 1
    orbitals = _by_point([(rows[at], values) for at, values in found], int(is_reached.sum()))
    squares = [(rows[at], np.square(values[:, :1], dtype=float)) for at, values in found]
    atoms = _by_point(squares, orbitals.shape[0])
    return OrbitalGrid(orbitals, atoms, np.flatnonzero(is_reached), shape, lengths)


def _by_point(
    columns: Sequence[tuple[Int[np.ndarray, " _"], Float[np.ndarray, "_ _"]]],
    n_point: int,
) -> sparse.csr_array:
    """Put the columns of each atom beside one another."""
    starts = np.cumsum([0, *[values.shape[1] for _, values in columns]])
    rows, owners = [], []
    for (at, values), start in zip(columns, starts[:-1].tolist(), strict=True):
        width = values.shape[1]
        rows.append(np.repeat(at, width))
        owners.append(np.tile(np.arange(start, start + width), len(at)))
    values = np.concatenate([values.ravel() for _, values in columns])
    places = (np.concatenate(rows), np.concatenate(owners))
    return sparse.csr_array((values, places), shape=(n_point, int(starts[-1])))


def exchange_correlation(
    density: Float[np.ndarray, " point"],
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Return the potential of exchange and correlation in eV, and its derivative by the density.

    Parameters
    ----------
    density
        In electrons per cubic angstrom.

    Notes
    -----
    Local-density approximation with the correlation of Perdew and Wang [1]_, unpolarised.

    References
    ----------
    .. [1] J. P. Perdew and Y. Wang, Phys. Rev. B 45, 13244 (1992). doi:10.1103/PhysRevB.45.13244
    """
    n = np.maximum(density * BOHR_ANGSTROM**3, _SMALLEST)
    radius = (3.0 / (4.0 * np.pi * n)) ** (1.0 / 3.0)
    step = 1e-4 * radius
    by_radius = (_potential(radius + step) - _potential(radius - step)) / (2.0 * step)
    # Of n = 3 / (4 pi r^3) the derivative by r is -3 n / r.
    derivative = by_radius * radius / (-3.0 * n)
    return HARTREE_EV * _potential(radius), HARTREE_EV * BOHR_ANGSTROM**3 * derivative


def _potential(radius: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
    # The derivative of n e(n) by n.
    value, slope = _lda(radius)
    return np.asarray(value - radius / 3.0 * slope)


def _lda(radius: Float[np.ndarray, " point"]) -> tuple[np.ndarray, np.ndarray]:
    """Energy of an electron in hartree and its derivative by the Wigner-Seitz radius."""
    a, alpha = 0.031090690869655, 0.21370
    b1, b2, b3, b4 = 7.5957, 3.5876, 1.6382, 0.49294
    root = np.sqrt(radius)
    series = 2.0 * a * (b1 * root + b2 * radius + b3 * radius * root + b4 * radius**2)
    growth = a * (b1 / root + 2.0 * b2 + 3.0 * b3 * root + 4.0 * b4 * radius)
    logarithm = np.log1p(1.0 / series)
    exchange = -0.75 * (1.5 / np.pi) ** (2.0 / 3.0) / radius
    correlation = -2.0 * a * (1.0 + alpha * radius) * logarithm
    falling = 2.0 * a * (1.0 + alpha * radius) * growth / (series * (series + 1.0))
    return exchange + correlation, -exchange / radius - 2.0 * a * alpha * logarithm + falling


def _one_atom(
    place: Float[np.ndarray, " 3"],
    tables: TwoCentreTables,
    number: int,
    steps: Float[np.ndarray, " 3"],
    counts: np.ndarray,
) -> tuple[Int[np.ndarray, " point"], Float[np.ndarray, "point orbital"]]:
    atom = tables.atoms[number]
    axes = [
        np.arange(int(np.ceil(low)), int(np.floor(high)) + 1)
        for low, high in zip(
            (place - atom.reach) / steps, (place + atom.reach) / steps, strict=True
        )
    ]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    away = grid * steps - place
    radius = np.linalg.norm(away, axis=1)
    inside = (radius < atom.reach) & (grid[:, :2] >= 1).all(1) & (grid[:, :2] < counts[:2]).all(1)
    grid, away, radius = grid[inside], away[inside], radius[inside]
    rows = (grid[:, 0] - 1) * (counts[1] - 1) + grid[:, 1] - 1
    solid, radial = _solid_harmonics(away), atom.splines(radius)
    values = [
        solid[:, angular**2 : (angular + 1) ** 2] * radial[:, [shell]]
        for shell, angular in enumerate(atom.shells)
    ]
    at = rows * counts[2] + grid[:, 2] % counts[2]
    return at, np.concatenate(values, axis=1).astype(np.float32)


def _solid_harmonics(v: Float[np.ndarray, "point 3"]) -> Float[np.ndarray, "point 9"]:
    x, y, z = v.T
    s, p = np.sqrt(0.25 / np.pi), np.sqrt(0.75 / np.pi)
    d, d0 = np.sqrt(15.0 / (4.0 * np.pi)), np.sqrt(5.0 / (16.0 * np.pi))
    rows = [np.full(len(x), s), p * y, p * z, p * x, d * x * y, d * y * z]
    rows += [d0 * (2.0 * z * z - x * x - y * y), d * x * z, d / 2.0 * (x * x - y * y)]
    return np.stack(rows, axis=1)
