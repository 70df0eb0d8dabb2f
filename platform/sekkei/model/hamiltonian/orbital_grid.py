"""Orbitals on a coarse real-space grid: densities, their potentials, and matrices of them.

Only *changes* of the potential against a superposition of atoms are computed here. They are smooth,
so that a grid suffices that would be too coarse for the potential itself.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import fft, sparse

from sekkei.model.hamiltonian.cell import Cell
from sekkei.shapes import Float
from sekkei.transport.two_centre import TwoCentreTables
from sekkei.units import BOHR_ANGSTROM, HARTREE_EV

WALL_ANGSTROM = 0.6
"""Vacuum between the longest function and the grounded walls of the box."""

_COULOMB = 4.0 * np.pi * HARTREE_EV * BOHR_ANGSTROM
_SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class OrbitalGrid:
    """The orbitals of a cell on a grid that is zero at its walls and periodic along z."""

    orbitals: sparse.csr_matrix
    """Values in angstrom^(-3/2), ``(point, orbital)``."""

    atoms: sparse.csr_matrix
    """Squares of the functions that free atoms fill, ``(point, atom)``."""

    shape: tuple[int, int, int]
    """Points along x, y and z, walls left out."""

    volume: float
    """Of a point in cubic angstrom."""

    squares: Float[np.ndarray, "x y z"]
    """Squares of the wave numbers of the box, in angstrom^-2."""

    @cached_property
    def free_density(self) -> Float[np.ndarray, " point"]:
        """Density of a superposition of free atoms, in electrons per cubic angstrom."""
        return np.asarray(self.atoms.sum(axis=1)).ravel()

    @cached_property
    def by_orbital(self) -> sparse.csr_matrix:
        """The orbitals, transposed."""
        return self.orbitals.T.tocsr()

    def hartree(self, density: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
        """Return the potential energy of an electron in eV, of a change of density."""
        wave = fft.dstn(density.reshape(self.shape), type=1, axes=(0, 1))
        wave = fft.irfft(fft.rfft(wave, axis=2) / self.squares, n=self.shape[2], axis=2)
        return np.asarray(_COULOMB * fft.idstn(wave, type=1, axes=(0, 1)).ravel())

    def matrix(self, potential: Float[np.ndarray, " point"]) -> Float[np.ndarray, "row column"]:
        """Return the matrix of a potential, images around the boundary included."""
        weights = sparse.diags(potential * self.volume)
        return np.asarray((self.by_orbital @ (weights @ self.orbitals)).toarray())

    def at_atoms(self, potential: Float[np.ndarray, " point"]) -> Float[np.ndarray, " atom"]:
        """Return the mean of a potential over the function that each free atom fills."""
        return np.asarray(self.atoms.T @ potential) * self.volume


def make_grid(cell: Cell, tables: TwoCentreTables, spacing: float) -> OrbitalGrid:
    """Put the orbitals of a cell on a grid.

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
    counts = np.ceil(lengths / spacing).astype(int)
    steps = lengths / counts
    shape = (int(counts[0]) - 1, int(counts[1]) - 1, int(counts[2]))
    places = cell.positions - [*low, 0.0]
    points, columns, values, squares = [], [], [], []
    start = 0
    for i, number in enumerate(cell.numbers.tolist()):
        at, found = _one_atom(places[i], tables, number, steps, counts)
        points.append(np.repeat(at, found.shape[1]))
        columns.append(np.tile(start + np.arange(found.shape[1]), len(at)))
        values.append(found.ravel())
        squares.append((found[:, 0] ** 2, at, np.full(len(at), i)))
        start += found.shape[1]
    n_point = int(np.prod(shape))
    orbitals = sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(points), np.concatenate(columns))),
        shape=(n_point, start),
    )
    filled, rows, owners = (np.concatenate(part) for part in zip(*squares, strict=True))
    atoms = sparse.csr_matrix((filled, (rows, owners)), shape=(n_point, cell.n_atom))
    return OrbitalGrid(orbitals, atoms, shape, float(np.prod(steps)), _squares(lengths, counts))


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
) -> tuple[np.ndarray, Float[np.ndarray, "point orbital"]]:
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
    return rows * counts[2] + grid[:, 2] % counts[2], np.concatenate(values, axis=1)


def _solid_harmonics(v: Float[np.ndarray, "point 3"]) -> Float[np.ndarray, "point 9"]:
    x, y, z = v.T
    s, p = np.sqrt(0.25 / np.pi), np.sqrt(0.75 / np.pi)
    d, d0 = np.sqrt(15.0 / (4.0 * np.pi)), np.sqrt(5.0 / (16.0 * np.pi))
    rows = [np.full(len(x), s), p * y, p * z, p * x, d * x * y, d * y * z]
    rows += [d0 * (2.0 * z * z - x * x - y * y), d * x * z, d / 2.0 * (x * x - y * y)]
    return np.stack(rows, axis=1)


def _squares(lengths: Float[np.ndarray, " 3"], counts: np.ndarray) -> Float[np.ndarray, "x y z"]:
    x, y = (np.pi * np.arange(1, counts[axis]) / lengths[axis] for axis in (0, 1))
    z = 2.0 * np.pi * np.arange(counts[2] // 2 + 1) / lengths[2]
    return np.asarray(x[:, None, None] ** 2 + y[:, None] ** 2 + z**2)
