"""Orbitals on a grid: charges, potentials and matrices of them against closed forms."""

import numpy as np
import pytest
import torch
from scipy.special import erf

from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.orbital_grid import OrbitalGrid, exchange_correlation, make_grid
from sekkei.testing.gaussian_teacher import gaussian_matrices, gaussian_tables
from sekkei.units import BOHR_ANGSTROM, HARTREE_EV

COULOMB = HARTREE_EV * BOHR_ANGSTROM  # e^2 / (4 pi epsilon_0) in eV angstrom
NUMBERS = np.array([3, 11])
POSITIONS = np.array([[0.1, 0.0, 3.0], [1.0, 1.7, 5.2]])
SHELLS = (0, 1, 2)


def grid_of(numbers, positions, length, spacing=0.45) -> OrbitalGrid:
    tables = gaussian_tables(sorted(set(numbers.tolist())), SHELLS)
    return make_grid(Cell(numbers, positions, length, 1), tables, spacing)


@pytest.fixture(scope="module")
def grid() -> OrbitalGrid:
    return grid_of(NUMBERS, POSITIONS, 24.0)


@pytest.fixture(scope="module")
def wide() -> tuple[OrbitalGrid, np.ndarray]:
    """Give a box with one atom at its middle, and those of its points that the atom reaches."""
    found = grid_of(np.array([3]), np.array([[0.0, 0.0, 15.0]]), 30.0, 0.5)
    # Walls stand where the function ends, and 0.6 angstrom further out.
    side = 2.0 * (5.4 + 0.6)
    x, y = (np.arange(1, n + 1) * side / (n + 1) - side / 2.0 for n in found.shape[:2])
    z = np.arange(found.shape[2]) * 30.0 / found.shape[2]
    points = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)
    return found, points.reshape(-1, 3)[found.points]


def test_a_constant_potential_has_the_matrix_of_the_overlap(grid) -> None:
    wanted = gaussian_matrices(NUMBERS, POSITIONS, 24.0, SHELLS).overlap

    found = grid.matrix(torch.ones(len(grid.free_density)))

    # The tails of d functions are cut where 5e-3 of them is left.
    np.testing.assert_allclose(found, wanted, atol=5e-4)
    s_and_p = np.r_[0:4, 9:13]
    at = np.ix_(s_and_p, s_and_p)
    np.testing.assert_allclose(found[at], wanted[at], atol=2e-4)


def test_images_across_the_boundary_are_in_the_matrix() -> None:
    numbers, far = np.array([3, 3]), np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 11.0]])
    short = grid_of(numbers, far, 12.5)

    found = short.matrix(torch.ones(len(short.free_density)))

    # 10 angstrom apart in the cell, 2.5 around its boundary.
    assert found[0, 9] == pytest.approx(np.exp(-0.30 * 2.5**2 / 2.0), abs=1e-3)


def test_every_free_atom_holds_one_electron(grid) -> None:
    assert grid.free_density.sum() * grid.volume == pytest.approx(2.0, abs=1e-4)
    everywhere = torch.ones(len(grid.free_density), dtype=torch.float64)
    np.testing.assert_allclose(grid.at_atoms(everywhere), 1.0, atol=1e-4)


def test_a_standing_wave_of_charge_makes_its_own_potential(grid) -> None:
    n = np.array(grid.shape)
    i, j, k = np.meshgrid(*(np.arange(count) for count in n), indexing="ij")
    at = np.sin(np.pi * 2 * (i + 1) / (n[0] + 1)) * np.sin(np.pi * 3 * (j + 1) / (n[1] + 1))
    wave = at * np.cos(2.0 * np.pi * 2 * k / n[2])

    found = grid.box_hartree(torch.from_numpy(wave))

    # Waves 2, 3 and 2 are entry (1, 2, 2) of the squares: the sines start at 1.
    square = float(grid.squares[1, 2, 2])
    np.testing.assert_allclose(found, 4.0 * np.pi * COULOMB / square * wave, atol=1e-9)


@pytest.mark.parametrize("n_z", [6, 5])
def test_any_charge_has_the_potential_of_a_plain_sum_over_waves(n_z) -> None:
    # Coarse grids may have an odd number of points along z.
    shape, lengths = (3, 4, n_z), np.array([5.0, 7.0, 9.0])
    charge = np.random.default_rng(4).normal(size=shape)
    box = OrbitalGrid((), (), np.arange(charge.size), shape, torch.from_numpy(lengths))
    wanted = np.zeros(shape)
    i, j, k = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    for p, q, m in np.ndindex(3, 4, n_z):
        # Waves m and m - n_z are one on the grid: the longer one counts.
        along = min(m, n_z - m)
        sines = np.sin(np.pi * (p + 1) * (i + 1) / 4) * np.sin(np.pi * (q + 1) * (j + 1) / 5)
        wave = sines * np.exp(2j * np.pi * m * k / n_z)
        share = (wave.conj() * charge).sum() / (np.abs(wave) ** 2).sum()
        square = (np.pi * np.array([p + 1, q + 1, 2 * along]) / lengths) ** 2
        wanted += (4.0 * np.pi * COULOMB / square.sum() * share * wave).real

    found = box.box_hartree(torch.from_numpy(charge))

    np.testing.assert_allclose(found, wanted, atol=1e-11)


def test_charges_interact_by_each_others_potential(grid) -> None:
    coarse, _ = grid.every_second()
    charges = torch.from_numpy(np.random.default_rng(8).normal(size=(3, len(coarse.points))))

    found = coarse.interaction(charges)

    wanted = charges @ coarse.hartree(charges).T * coarse.volume
    np.testing.assert_allclose(found, wanted, rtol=1e-10)


def test_the_squares_are_those_of_the_box(wide) -> None:
    grid, _ = wide

    side = 2.0 * (5.4 + 0.6)

    wanted = 2.0 * (np.pi / side) ** 2 + (2.0 * np.pi / 30.0) ** 2
    assert grid.squares[0, 0, 1] == pytest.approx(wanted)


def test_a_grid_of_twice_the_spacing_has_every_second_point(wide) -> None:
    grid, points = wide

    coarse, chosen = grid.every_second()

    # Both stand on the same box, whose walls are 0.5 and 1 angstrom from the nearest points.
    assert coarse.volume == pytest.approx(8.0 * grid.volume)
    heights = points[chosen][:, 2] / (2.0 * 30.0 / grid.shape[2])
    np.testing.assert_allclose(heights, heights.round(), atol=1e-9)
    np.testing.assert_array_equal(coarse.free_density, grid.free_density[chosen])
    assert coarse.free_density.sum() * coarse.volume == pytest.approx(1.0, abs=0.02)


def test_two_gaussian_charges_repel_as_the_closed_form_says(wide) -> None:
    # A charge and its opposite: what walls and images add is small between them.
    grid, points = wide
    inside, outside = 0.8, 1.6
    r = np.linalg.norm(points - [0.0, 0.0, 15.0], axis=1)

    def cloud(width):
        return np.exp(-((r / width) ** 2)) / (np.sqrt(np.pi) * width) ** 3

    found = grid.hartree(torch.from_numpy(cloud(inside) - cloud(outside)))

    near = (r > 0.1) & (r < 3.0)
    wanted = COULOMB * (erf(r[near] / inside) - erf(r[near] / outside)) / r[near]
    np.testing.assert_allclose(found[near], wanted, atol=2e-3)


def test_correlation_is_the_published_one() -> None:
    # Perdew and Wang, Phys. Rev. B 45, 13244 (1992), unpolarised: -0.0598 hartree at r_s = 1 and
    # -0.0448 at 2, -0.0282 at 5, as the quantum Monte Carlo of Ceperley and Alder has it.
    radii = np.array([1.0, 2.0, 5.0])

    correlation = _energies(radii) - _exchange(radii)

    np.testing.assert_allclose(correlation, [-0.0598, -0.0448, -0.0282], atol=1e-4)


def test_the_potential_of_exchange_is_four_thirds_of_its_energy_where_it_is_alone() -> None:
    dense = np.array([1e6])

    potential, _ = exchange_correlation(torch.from_numpy(dense))

    radius = (3.0 / (4.0 * np.pi * dense)) ** (1.0 / 3.0) / BOHR_ANGSTROM
    wanted = 4.0 / 3.0 * _exchange(radius) * HARTREE_EV
    np.testing.assert_allclose(potential, wanted, rtol=5e-3)


def test_the_slope_of_the_potential_is_that_of_finite_differences() -> None:
    density = torch.from_numpy(np.geomspace(1e-5, 0.3, 9))

    _, slope = exchange_correlation(density)

    step = 1e-3 * density
    up, down = (exchange_correlation(density + way * step)[0] for way in (1.0, -1.0))
    np.testing.assert_allclose(slope, (up - down) / (2.0 * step), rtol=1e-5)


def test_where_there_is_no_density_the_potential_is_finite() -> None:
    potential, slope = exchange_correlation(torch.tensor([0.0, -1e-9], dtype=torch.float64))

    assert torch.isfinite(potential).all()
    assert torch.isfinite(slope).all()


def _exchange(radii):
    return -0.75 * (1.5 / np.pi) ** (2.0 / 3.0) / radii


def _energies(radii):
    """Integrate the potential over densities from zero: energies of an electron in hartree."""
    found = []
    for radius in radii:
        end = 3.0 / (4.0 * np.pi * (radius * BOHR_ANGSTROM) ** 3)
        # In x = n^(1/3) the integrand is smooth at zero.
        nodes, weights = np.polynomial.legendre.leggauss(60)
        x = (nodes + 1.0) / 2.0 * end ** (1.0 / 3.0)
        values = exchange_correlation(torch.from_numpy(x**3))[0].numpy() * 3.0 * x**2
        found.append(float(values @ weights) / 2.0 * end ** (1.0 / 3.0) / end / HARTREE_EV)
    return np.array(found)
