"""A learned potential turns, mirrors, moves and reorders with its atoms, whatever was learned."""

import numpy as np
import pytest
import torch
from scipy.linalg import block_diag
from scipy.spatial.transform import Rotation

from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.describe import Described, describe
from sekkei.model.hamiltonian.potential_map import PotentialMap, add_example
from sekkei.model.hamiltonian.ridge import NormalEquations
from sekkei.model.hamiltonian.rotation import rotations
from sekkei.testing.gaussian_teacher import gaussian_matrices, gaussian_tables

SHELLS = (0, 1, 2)
ELEMENTS = (3, 11)
TABLES = gaussian_tables(ELEMENTS, SHELLS)
LENGTH = 9.2
PARITY = np.array([1.0, *[-1.0] * 3, *[1.0] * 5])
ROUNDING_EV = 1e-6
"""Features are in single precision: matrices of several eV were seen to differ by 3e-7 eV."""


def crowd(seed: int = 0, numbers=(3, 11, 3, 3, 11, 11)) -> Cell:
    """Give a few atoms in no order whose images are within reach."""
    rng = np.random.default_rng(seed)
    # On a lattice with holes, so that none are too near.
    sites = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1], [0, 0, 2], [1, 0, 2]])
    positions = sites * [3.0, 3.2, 3.0] + rng.uniform(-0.4, 0.4, (6, 3))
    return Cell(np.array(numbers), positions, LENGTH, 1)


def described(cell: Cell) -> Described:
    return describe(cell, TABLES, ELEMENTS)


@pytest.fixture(scope="module", params=[False, True], ids=["sum over atoms", "weighted"])
def random_map(request) -> PotentialMap:
    """Give a map of the right shape with coefficients that nobody learned."""
    equations, rng = NormalEquations(), np.random.default_rng(1)
    found = described(crowd())
    add_example(equations, found, np.zeros(found.parts.overlap.shape), weighted=request.param)
    return PotentialMap(
        is_weighted=request.param,
        coefficients={
            str(name): rng.normal(size=values.shape) / np.sqrt(len(values))
            for name, values in equations.solve(1.0).items()
        },
    )


def turned_orbitals(turn: np.ndarray, n_atom: int) -> np.ndarray:
    (matrix,) = rotations(torch.from_numpy(turn[None]), SHELLS)
    return np.asarray(block_diag(*[matrix.numpy()] * n_atom))


def moved(cell: Cell, positions: np.ndarray) -> Cell:
    return Cell(cell.numbers, positions, cell.length, cell.n_lead_atom)


def test_what_is_random_is_no_small_potential(random_map) -> None:
    found = random_map.matrix(described(crowd()))

    np.testing.assert_allclose(found, found.T, atol=1e-12)
    blocks = found.reshape(6, 9, 6, 9).transpose(0, 2, 1, 3)
    assert np.abs(blocks).max(axis=(2, 3)).min() > 1e-3


def test_turned_about_z_the_matrix_turns(random_map) -> None:
    cell = crowd()
    turn = Rotation.from_euler("z", 0.83).as_matrix()
    orbitals = turned_orbitals(turn, cell.n_atom)

    still = random_map.matrix(described(cell))
    found = random_map.matrix(described(moved(cell, cell.positions @ turn.T)))

    np.testing.assert_allclose(found, orbitals @ still @ orbitals.T, atol=ROUNDING_EV)


def test_turned_upside_down_the_matrix_turns(random_map) -> None:
    # Pairs point the other way, frames are others, and atoms come in the other order along z.
    cell = crowd()
    turn = Rotation.from_rotvec([0.6 * np.pi, 0.8 * np.pi, 0.0]).as_matrix()
    orbitals = turned_orbitals(turn, cell.n_atom)

    still = random_map.matrix(described(cell))
    found = random_map.matrix(described(moved(cell, cell.positions @ turn.T)))

    np.testing.assert_allclose(found, orbitals @ still @ orbitals.T, atol=ROUNDING_EV)


def test_turned_in_any_direction_atoms_without_images_turn(random_map) -> None:
    lonely = Cell(crowd().numbers, crowd().positions, 80.0, 1)
    turn = Rotation.from_euler("xyz", [0.7, -1.1, 2.0]).as_matrix()
    orbitals = turned_orbitals(turn, lonely.n_atom)

    still = random_map.matrix(described(lonely))
    found = random_map.matrix(described(moved(lonely, lonely.positions @ turn.T)))

    np.testing.assert_allclose(found, orbitals @ still @ orbitals.T, atol=ROUNDING_EV)


@pytest.mark.parametrize("direction", [[0.0, 0.0, 3.0], [2.8, 0.5, 0.9], [3.0, 0.0, 0.0]])
def test_atoms_in_one_line_turn_as_others_do(random_map, direction) -> None:
    # In a crystal third atoms stand exactly on the axis of a pair, where no angle is defined.
    line = np.arange(3)[:, None] * direction
    # What stands beside the line gives atoms on it a side.
    beside = np.array([[0.4, 2.9, 0.6], [-1.2, -2.7, 1.1], [0.8, 2.0, -2.6]])
    cell = Cell(crowd().numbers, np.concatenate([line, beside]), 80.0, 1)
    turn = Rotation.from_euler("xyz", [0.3, 0.2, 1.4]).as_matrix()
    orbitals = turned_orbitals(turn, cell.n_atom)

    still = random_map.matrix(described(cell))
    found = random_map.matrix(described(moved(cell, cell.positions @ turn.T)))

    np.testing.assert_allclose(found, orbitals @ still @ orbitals.T, atol=ROUNDING_EV)


def test_an_atom_that_crosses_the_axis_of_a_pair_makes_no_jump(random_map) -> None:
    beside = np.array([[0.4, 2.9, 0.6], [-1.2, -2.7, 1.1], [0.8, 2.0, -2.6]])

    def with_second_at(x: float) -> np.ndarray:
        line = np.array([[0.0, 0.0, 0.0], [x, 0.0, 3.0], [0.0, 0.0, 6.0]])
        cell = Cell(crowd().numbers, np.concatenate([line, beside]), 80.0, 1)
        return random_map.matrix(described(cell))

    left, middle, right = (with_second_at(x) for x in (-1e-6, 0.0, 1e-6))

    np.testing.assert_allclose(left, right, atol=1e-4)
    np.testing.assert_allclose((left + right) / 2.0, middle, atol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_mirrored_the_matrix_is_mirrored(random_map, axis) -> None:
    cell = crowd()
    mirror = np.ones(3)
    mirror[axis] = -1.0
    # A mirror is an inversion with half a turn about its normal.
    half = np.diag(-mirror)
    orbitals = turned_orbitals(half, cell.n_atom) * np.tile(PARITY, cell.n_atom)

    still = random_map.matrix(described(cell))
    found = random_map.matrix(described(moved(cell, cell.positions * mirror)))

    np.testing.assert_allclose(found, orbitals @ still @ orbitals.T, atol=ROUNDING_EV)


def test_moved_the_matrix_stays(random_map) -> None:
    cell = crowd()

    still = random_map.matrix(described(cell))
    found = random_map.matrix(described(moved(cell, cell.positions + np.array([4.0, -2.5, 11.3]))))

    np.testing.assert_allclose(found, still, atol=ROUNDING_EV)


def test_reordered_the_matrix_is_reordered(random_map) -> None:
    cell = crowd()
    order = np.array([4, 2, 5, 0, 3, 1])
    orbitals = (order[:, None] * 9 + np.arange(9)).ravel()

    still = random_map.matrix(described(cell))
    other = Cell(cell.numbers[order], cell.positions[order], LENGTH, 1)

    found = random_map.matrix(described(other))
    np.testing.assert_allclose(found, still[np.ix_(orbitals, orbitals)], atol=ROUNDING_EV)


def test_atoms_beyond_all_reach_change_nothing(random_map) -> None:
    cell = crowd()
    far = cell.positions + np.array([0.0, 0.0, 40.0])
    both = Cell(np.tile(cell.numbers, 2), np.concatenate([cell.positions, far]), 80.0, 1)

    alone = random_map.matrix(described(Cell(cell.numbers, cell.positions, 80.0, 1)))
    found = random_map.matrix(described(both))

    np.testing.assert_allclose(found, np.asarray(block_diag(alone, alone)), atol=ROUNDING_EV)


def test_one_more_period_of_a_perfect_lead_changes_no_block_of_the_device(random_map) -> None:
    device = crowd().positions + np.array([0.0, 0.0, 30.0])
    numbers = crowd().numbers

    def between(n_period: int) -> tuple[np.ndarray, slice]:
        # Far enough for what third atoms see: both cut-offs, and a pair's own length.
        z = 3.1 * np.arange(1, n_period + 1)
        line = z[:, None] * np.array([0.0, 0.0, 1.0])
        ends = device[:, 2].min(), device[:, 2].max()
        left = (np.array([0.0, 0.0, ends[0]]) - line)[::-1]
        right = line + np.array([0.0, 0.0, ends[1]])
        positions = np.concatenate([left, device, right])
        lead = np.full(n_period, 3)
        everything = np.concatenate([lead, numbers, lead])
        length = float(np.ptp(positions[:, 2])) + 3.1
        found = random_map.matrix(described(Cell(everything, positions, length, 1)))
        return found, slice(9 * n_period, 9 * (n_period + len(numbers)))

    (short, here), (longer, there) = between(9), between(10)

    np.testing.assert_allclose(longer[there, there], short[here, here], atol=ROUNDING_EV)


def test_the_matrix_is_smooth_where_a_neighbour_leaves(random_map) -> None:
    # An atom moves out through all cut-offs: no step of 0.1 angstrom makes a jump.
    cell = crowd()

    def with_last_at(distance: float) -> np.ndarray:
        positions = np.array(cell.positions)
        positions[-1] = positions[0] + [distance, 0.3, 0.1]
        found = random_map.matrix(described(Cell(cell.numbers, positions, 60.0, 1)))
        return found[: 9 * 5, : 9 * 5]

    path = np.array([with_last_at(x) for x in np.arange(10.0, 14.0, 0.1)])

    # A jump is an outlier among steps that change smoothly.
    steps = np.abs(np.diff(path, axis=0)).max(axis=(1, 2))
    assert np.abs(np.diff(steps)).max() < 0.2 * steps.max()
    assert steps[-1] < 5e-3 * steps.max()


def test_a_sum_over_atoms_is_learned_from_a_few_cells() -> None:
    # Wells of third atoms are such a sum, and blocks of pairs see each well once.
    equations = NormalEquations()
    for seed in range(12):
        cell = crowd(seed)
        add_example(equations, described(cell), wells_of(cell), weighted=False)
    new = crowd(99)

    coefficients = {str(name): values for name, values in equations.solve(1e-8).items()}
    found = PotentialMap(is_weighted=False, coefficients=coefficients).matrix(described(new))

    wanted = wells_of(new)
    assert np.abs(found - wanted).mean() < 0.05 * np.abs(wanted).mean()


def wells_of(cell: Cell) -> np.ndarray:
    return gaussian_matrices(cell.numbers, cell.positions, cell.length, SHELLS).wells
