"""Orbitals on a coarse real-space grid: densities, their potentials, and matrices of them.

Only *changes* of the potential against a superposition of atoms are computed here. They are smooth,
so that a grid suffices that would be too coarse for the potential itself.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from sekkei.model.hamiltonian.cell import Cell, Places, find_images
from sekkei.model.hamiltonian.interpolation import interpolate
from sekkei.shapes import Float, Int
from sekkei.transport.two_centre import AtomFunctions, TwoCentreTables
from sekkei.units import BOHR_ANGSTROM, HARTREE_EV

WALL_ANGSTROM = 0.6
"""Vacuum between the longest function and the grounded walls of the box."""

_COULOMB = 4.0 * np.pi * HARTREE_EV * BOHR_ANGSTROM
_SMALLEST = 1e-12
_ATOMS_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class OrbitalGrid:
    """The orbitals of a cell on a grid that is zero at its walls and periodic along z."""

    rows: tuple[Int[Tensor, " _"], ...]
    """For each atom, which of the points its functions reach."""

    values: tuple[Float[Tensor, "_ _"], ...]
    """Values of its functions there in angstrom^(-3/2); the first is the one that is filled when
    the atom is free."""

    points: Int[np.ndarray, " point"]
    """Which points of the box these are: those that a function reaches."""

    shape: tuple[int, int, int]
    """Points of the box along x, y and z, walls left out."""

    lengths: Float[Tensor, " 3"]
    """Of the box, in angstrom."""

    @property
    def volume(self) -> Float[Tensor, ""]:
        """Of a point in cubic angstrom."""
        n_x, n_y, n_z = self.shape
        return self.lengths.prod() / ((n_x + 1) * (n_y + 1) * n_z)

    @cached_property
    def free_density(self) -> Float[Tensor, " point"]:
        """Density of a superposition of free atoms, in electrons per cubic angstrom."""
        return self.spread(torch.ones(len(self.rows), dtype=torch.float64))

    def put(self, orbitals: Float[Tensor, "orbital state"]) -> Float[Tensor, "point state"]:
        """Return states on the grid, of which coefficients are given."""
        found = orbitals.new_zeros((len(self.points), orbitals.shape[1]))
        parts = orbitals.split([values.shape[1] for values in self.values])
        for rows, values, own in zip(self.rows, self.values, parts, strict=True):
            found.index_add_(0, rows, values @ own)
        return found

    def spread(self, charges: Float[Tensor, " atom"]) -> Float[Tensor, " point"]:
        """Return the density of electrons on the function that each free atom fills."""
        _, owners, squares = self._filled
        return self._summed_at_points(squares * charges[owners])

    def at_atoms(self, potential: Float[Tensor, " point"]) -> Float[Tensor, " atom"]:
        """Return the mean of a potential over the function that each free atom fills."""
        rows, owners, squares = self._filled
        found = potential.new_zeros(len(self.rows))
        return found.index_add(0, owners, squares * potential[rows]) * self.volume

    @cached_property
    def atoms(self) -> Float[Tensor, "point atom"]:
        """Squares of the functions that free atoms fill."""
        rows, owners, squares = self._filled
        found = squares.new_zeros((len(self.points), len(self.rows)))
        return found.index_put((rows, owners), squares, accumulate=True)

    def hartree(self, density: Float[Tensor, "*some point"]) -> Float[Tensor, "*some point"]:
        """Return the potential energy of an electron in eV, of changes of density."""
        at = torch.from_numpy(self.points)
        box = density.new_zeros((*density.shape[:-1], int(np.prod(self.shape))))
        box = box.index_copy(-1, at, density)
        made = self.box_hartree(box.unflatten(-1, self.shape))
        found: Tensor = made.flatten(-3)[..., at]
        return found

    def box_hartree(self, density: Float[Tensor, "*some x y z"]) -> Float[Tensor, "*some x y z"]:
        """Return the same of densities at all points of the box."""
        sine_x, sine_y, around = self._bases(density.dtype)
        wave = _along_x_and_y(sine_x, sine_y, density) @ around
        wave = wave * self._coulomb.to(density.dtype)
        return _along_x_and_y(sine_x, sine_y, wave @ around.T)

    def interaction(self, densities: Float[Tensor, "some point"]) -> Float[Tensor, "some some"]:
        """Return the energies in eV of each of some densities in the potential of each other."""
        box = densities.new_zeros((len(densities), int(np.prod(self.shape))))
        box = box.index_copy(-1, torch.from_numpy(self.points), densities)
        sine_x, sine_y, around = self._bases(densities.dtype)
        wave = (_along_x_and_y(sine_x, sine_y, box.unflatten(-1, self.shape)) @ around).flatten(1)
        # Waves are orthogonal: a potential need not be brought back to points.
        weighted = wave * self._coulomb.to(wave.dtype).flatten()
        return (weighted @ wave.T).double() * self.volume

    @property
    def _coulomb(self) -> Float[Tensor, "x y wave"]:
        # A wave along z is there twice, as in `_waves`: cosine and sine.
        return _COULOMB / self.squares[..., (torch.arange(self.shape[2]) + 1) // 2]

    def _bases(self, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
        n_x, n_y, n_z = self.shape
        return _sines(n_x).to(dtype), _sines(n_y).to(dtype), _waves(n_z).to(dtype)

    def matrix(self, potential: Float[Tensor, " point"]) -> Float[Tensor, "row column"]:
        """Return the matrix of a potential, images around the boundary included."""
        widths = [values.shape[1] for values in self.values]
        owners = [
            np.tile(np.arange(end - width, end), len(rows))
            for rows, width, end in zip(self.rows, widths, np.cumsum(widths), strict=True)
        ]
        points = [rows.repeat_interleave(n) for rows, n in zip(self.rows, widths, strict=True)]
        places = (torch.cat(points).numpy(), np.concatenate(owners))
        numbers = torch.cat([values.flatten() for values in self.values]).numpy()
        orbitals = sparse.csr_array((numbers, places), shape=(len(self.points), sum(widths)))
        weights = sparse.diags_array((potential * self.volume).numpy())
        return torch.from_numpy((orbitals.T.tocsr() @ (weights @ orbitals)).toarray())

    def every_second(self) -> tuple["OrbitalGrid", Int[np.ndarray, " chosen"]]:
        """Return the grid of twice the spacing, and which points of this one it has."""
        at = np.stack(np.unravel_index(self.points, self.shape), axis=1)
        # Along x and y the first point stands one step from the wall.
        is_chosen = (at % 2 == [1, 1, 0]).all(axis=1)
        n_x, n_y, n_z = self.shape
        shape = ((n_x - 1) // 2, (n_y - 1) // 2, n_z // 2)
        points = np.ravel_multi_index(tuple((at[is_chosen] // 2).T), shape)
        new = torch.from_numpy(np.where(is_chosen, np.cumsum(is_chosen) - 1, -1))
        kept = [new[rows] >= 0 for rows in self.rows]
        rows = tuple(new[rows[some]] for rows, some in zip(self.rows, kept, strict=True))
        values = tuple(v[some] for v, some in zip(self.values, kept, strict=True))
        coarse = OrbitalGrid(rows, values, points, shape, self.lengths)
        return coarse, np.flatnonzero(is_chosen)

    @cached_property
    def squares(self) -> Float[Tensor, "x y wave"]:
        """Squares of the wave numbers of the box, in angstrom^-2."""
        x, y, z = (torch.arange(n + 1, dtype=torch.float64) for n in self.shape)
        halves = [torch.pi * wave / of for wave, of in zip((x, y), self.lengths[:2], strict=True)]
        along = 2.0 * torch.pi * z[: self.shape[2] // 2 + 1] / self.lengths[2]
        # Sines start at 1, and are the same at both walls.
        found: Tensor = halves[0][1:, None, None] ** 2 + halves[1][1:, None] ** 2 + along**2
        return found

    @cached_property
    def _filled(
        self,
    ) -> tuple[Int[Tensor, " any"], Int[Tensor, " any"], Float[Tensor, " any"]]:
        """Points, atoms, and squares of the functions that free atoms fill."""
        counts = torch.tensor([len(rows) for rows in self.rows])
        owners = torch.repeat_interleave(torch.arange(len(self.rows)), counts)
        squares = torch.cat([values[:, 0] for values in self.values]).double() ** 2
        return torch.cat(self.rows), owners, squares

    def _summed_at_points(self, values: Float[Tensor, " any"]) -> Float[Tensor, " point"]:
        return values.new_zeros(len(self.points)).index_add(0, self._filled[0], values)


def make_grid(
    cell: Cell,
    tables: TwoCentreTables,
    spacing: float,
    places: Places | None = None,
) -> OrbitalGrid:
    """Put the orbitals of a cell on a grid whose points can be halved.

    Parameters
    ----------
    cell
        Atoms between leads.
    tables
        Hold the radial functions.
    spacing
        Largest distance of points, in angstrom.
    places
        Where atoms stand, if anything shall be differentiated by it: values are in double
        precision then, otherwise in single.
    """
    dtype = torch.float32 if places is None else torch.float64
    places = places or Places.of_cell(cell, find_images(cell, 0.0))
    positions, length = places.atoms, places.length
    reaches = torch.tensor(
        [[tables.atoms[number].reach] for number in cell.numbers.tolist()], dtype=torch.float64
    )
    low = (positions[:, :2] - reaches).amin(dim=0) - WALL_ANGSTROM
    high = (positions[:, :2] + reaches).amax(dim=0) + WALL_ANGSTROM
    lengths = torch.cat([high - low, length[None]])
    counts = 2 * np.ceil(lengths.detach().numpy() / (2.0 * spacing)).astype(int)
    inside = positions - torch.cat([low, low.new_zeros(1)])
    steps = lengths / torch.from_numpy(counts)
    found: dict[int, tuple[Int[np.ndarray, " point"], Float[Tensor, "point orbital"]]] = {}
    for number in np.unique(cell.numbers).tolist():
        alike = np.flatnonzero(cell.numbers == number)
        for some in np.array_split(alike, 1 + len(alike) // _ATOMS_AT_ONCE):
            made = _put_atoms(inside[some], tables.atoms[number], steps, counts, dtype)
            found |= dict(zip(some.tolist(), made, strict=True))
    shape = (int(counts[0]) - 1, int(counts[1]) - 1, int(counts[2]))
    is_reached = np.zeros(int(np.prod(shape)), bool)
    for at, _ in found.values():
        is_reached[at] = True
    rows = np.cumsum(is_reached) - 1
    return OrbitalGrid(
        tuple(torch.from_numpy(rows[found[atom][0]]) for atom in range(cell.n_atom)),
        tuple(found[atom][1] for atom in range(cell.n_atom)),
        np.flatnonzero(is_reached),
        shape,
        lengths,
    )


def exchange_correlation(
    density: Float[Tensor, " point"],
) -> tuple[Float[Tensor, " point"], Float[Tensor, " point"]]:
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
    n = (density * BOHR_ANGSTROM**3).clamp(min=_SMALLEST)
    radius = (3.0 / (4.0 * np.pi * n)) ** (1.0 / 3.0)
    step = 1e-4 * radius
    by_radius = (_potential(radius + step) - _potential(radius - step)) / (2.0 * step)
    # Of n = 3 / (4 pi r^3) the derivative by r is -3 n / r.
    derivative = by_radius * radius / (-3.0 * n)
    return HARTREE_EV * _potential(radius), HARTREE_EV * BOHR_ANGSTROM**3 * derivative


def _potential(radius: Float[Tensor, " point"]) -> Float[Tensor, " point"]:
    # The derivative of n e(n) by n.
    value, slope = _lda(radius)
    return value - radius / 3.0 * slope


def _lda(radius: Float[Tensor, " point"]) -> tuple[Tensor, Tensor]:
    """Energy of an electron in hartree and its derivative by the Wigner-Seitz radius."""
    a, alpha = 0.031090690869655, 0.21370
    b1, b2, b3, b4 = 7.5957, 3.5876, 1.6382, 0.49294
    root = torch.sqrt(radius)
    series = 2.0 * a * (b1 * root + b2 * radius + b3 * radius * root + b4 * radius**2)
    growth = a * (b1 / root + 2.0 * b2 + 3.0 * b3 * root + 4.0 * b4 * radius)
    logarithm = torch.log1p(1.0 / series)
    exchange = -0.75 * (1.5 / np.pi) ** (2.0 / 3.0) / radius
    correlation = -2.0 * a * (1.0 + alpha * radius) * logarithm
    falling = 2.0 * a * (1.0 + alpha * radius) * growth / (series * (series + 1.0))
    return exchange + correlation, -exchange / radius - 2.0 * a * alpha * logarithm + falling


def _sines(n: int) -> Float[Tensor, "point wave"]:
    """Return the sines that vanish at both walls, as a matrix that is its own inverse."""
    wave = torch.arange(1, n + 1, dtype=torch.float64)
    found: Tensor = torch.sin(torch.pi * wave[:, None] * wave / (n + 1)) * (2.0 / (n + 1)) ** 0.5
    return found


def _waves(n: int) -> Float[Tensor, "point wave"]:
    """Return cosines and sines of period n as an orthogonal matrix: 1, cos, sin and so on."""
    wave = (torch.arange(n) + 1) // 2
    is_sine = (torch.arange(n) % 2 == 0) & (wave > 0)
    # The last wave of an even number of points has no sine.
    is_alone = (wave == 0) | (2 * wave == n)
    angle = 2.0 * torch.pi * ((torch.arange(n)[:, None] * wave) % n).double() / n
    found = torch.where(is_sine, torch.sin(angle), torch.cos(angle))
    made: Tensor = found * torch.where(is_alone, 1.0 / n, 2.0 / n).double().sqrt()
    return made


def _along_x_and_y(
    sine_x: Float[Tensor, "x x"], sine_y: Float[Tensor, "y y"], box: Float[Tensor, "*some x y z"]
) -> Float[Tensor, "*some x y z"]:
    made: Tensor = (sine_x @ box.flatten(-2)).unflatten(-1, box.shape[-2:])
    return sine_y @ made


def _put_atoms(
    places: Float[Tensor, "atom 3"],
    atom: AtomFunctions,
    steps: Float[Tensor, " 3"],
    counts: Int[np.ndarray, " 3"],
    dtype: torch.dtype,
) -> list[tuple[Int[np.ndarray, " point"], Float[Tensor, "point orbital"]]]:
    """Return the points that some atoms of one element reach, and values of functions there."""
    where, step = places.detach().numpy(), steps.detach().numpy()
    first = np.ceil((where - atom.reach) / step).astype(int)
    axes = [
        first[:, axis, None] + np.arange(int(2.0 * atom.reach / step[axis]) + 1)
        for axis in range(3)
    ]
    x, y, z = (
        np.where(
            (axis == 2) | ((at >= 1) & (at < counts[axis])),
            (at * step[axis] - where[:, axis, None]) ** 2,
            np.inf,
        )
        for axis, at in enumerate(axes)
    )
    near = (x[:, :, None] + y[:, None])[..., None] + z[:, None, None] < atom.reach**2
    owners, *at = np.nonzero(near)
    grid = np.stack([axis[owners, one] for axis, one in zip(axes, at, strict=True)], axis=1)
    away = (torch.from_numpy(grid) * steps - places[owners]).to(dtype)
    radius = torch.linalg.vector_norm(away, dim=1)
    # Function by function: neighbours in memory are points.
    solid, radial = _solid_harmonics(away), interpolate(atom.splines, radius).T.contiguous()
    values = torch.cat(
        [
            solid[angular**2 : (angular + 1) ** 2] * radial[shell]
            for shell, angular in enumerate(atom.shells)
        ]
    ).T
    rows = (grid[:, 0] - 1) * (counts[1] - 1) + grid[:, 1] - 1
    points = rows * counts[2] + grid[:, 2] % counts[2]
    per_atom = np.bincount(owners, minlength=len(where))
    each = np.split(points, np.cumsum(per_atom)[:-1])
    return list(zip(each, values.split(per_atom.tolist()), strict=True))


def _solid_harmonics(v: Float[Tensor, "point 3"]) -> Float[Tensor, "9 point"]:
    x, y, z = v.T.contiguous()
    s, p = np.sqrt(0.25 / np.pi), np.sqrt(0.75 / np.pi)
    d, d0 = np.sqrt(15.0 / (4.0 * np.pi)), np.sqrt(5.0 / (16.0 * np.pi))
    rows = [torch.full_like(x, s), p * y, p * z, p * x, d * x * y, d * y * z]
    rows += [d0 * (2.0 * z * z - x * x - y * y), d * x * z, d / 2.0 * (x * x - y * y)]
    return torch.stack(rows)
