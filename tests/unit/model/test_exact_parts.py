"""What is exact about a Hamiltonian: tables of two centres, put together in any direction."""

import numpy as np
import pytest
import torch

from sekkei.errors import LabelError
from sekkei.model.hamiltonian.cell import Cell, find_images, find_pairs
from sekkei.model.hamiltonian.exact import exact_parts
from sekkei.model.hamiltonian.interpolation import interpolate
from sekkei.testing.gaussian_teacher import REACHES, gaussian_matrices, gaussian_tables
from sekkei.transport.two_centre import PairIntegrals, TwoCentreTables

SHELLS = (0, 1, 2)
NUMBERS = np.array([3, 11, 3, 11, 11])
# No two atoms above each other, two far apart, and some near the ends of the cell.
POSITIONS = np.array(
    [[0.3, -0.2, 0.1], [2.1, 0.4, 2.2], [-0.9, 1.9, 4.6], [0.2, -1.7, 6.9], [1.0, 1.2, 12.4]]
)
LENGTH = 26.0


@pytest.fixture(scope="module")
def tables() -> TwoCentreTables:
    return gaussian_tables([3, 11], SHELLS)


def parts_of(tables, numbers, positions, length=LENGTH):
    cell = Cell(numbers, positions, length, 1)
    reaches = np.array([REACHES[n] for n in numbers.tolist()])
    return exact_parts(cell, find_images(cell, 12.0), find_pairs(cell, reaches), tables)


def test_matrices_of_two_elements_are_those_of_integrals_without_tables(tables) -> None:
    wanted = gaussian_matrices(NUMBERS, POSITIONS, LENGTH, SHELLS)

    found = parts_of(tables, NUMBERS, POSITIONS)

    np.testing.assert_allclose(found.overlap, wanted.overlap, atol=2e-6)
    np.testing.assert_allclose(found.fixed, wanted.fixed, atol=1e-4)


def test_projectors_of_images_across_the_boundary_count(tables) -> None:
    numbers, positions = np.array([3, 3]), np.array([[0.0, 0.0, 0.0], [0.5, 0.0, 11.0]])

    open_ended = parts_of(tables, numbers, positions, 40.0).fixed
    closed = parts_of(tables, numbers, positions, 14.0)

    wanted = gaussian_matrices(numbers, positions, 14.0, SHELLS)
    n = 9
    assert (closed.fixed - open_ended).abs()[:n, :n].max() > 1e-3
    np.testing.assert_allclose(closed.fixed[:n, :n], wanted.fixed[:n, :n], atol=1e-4)


def _between(pair: PairIntegrals, name: str, distances: list[float]) -> np.ndarray:
    return interpolate(pair.splines[name], torch.tensor(distances, dtype=torch.float64)).numpy()


def test_one_function_overlaps_itself_by_one_and_nothing_beyond_its_reach(tables) -> None:
    pair = tables.pairs[3, 3]
    ends = [2.0 * REACHES[3] + 0.2, 50.0]

    near = _between(pair, "overlap", [2.0])[0, 0, 0]

    np.testing.assert_allclose(tables.atoms[3].overlap, np.eye(9), atol=1e-12)
    # Two normalised Gaussians of one exponent a: exp(-a d^2 / 2).
    assert near == pytest.approx(np.exp(-0.30 * 2.0**2 / 2.0), abs=1e-7)
    for name in ("overlap", "kinetic", "projection"):
        assert not _between(pair, name, ends).any()


def test_blocks_of_orbitals_are_counted_by_atom(tables) -> None:
    found = parts_of(tables, NUMBERS, POSITIONS)

    assert found.starts.tolist() == [0, 9, 18, 27, 36, 45]
    assert found.s_orbitals.tolist() == [0, 9, 18, 27, 36]
    assert np.bincount(found.orbital_atoms).tolist() == [9] * 5


def test_tables_come_back_from_their_arrays(tables) -> None:
    arrays = tables.to_arrays()

    found = TwoCentreTables.from_arrays(arrays)

    assert found.basis == tables.basis
    assert found.atoms[11].shells == SHELLS
    assert found.atoms[11].reach == tables.atoms[11].reach
    assert sorted(found.pairs) == sorted(tables.pairs)
    again = found.to_arrays()
    assert again.keys() == arrays.keys()
    for name, values in arrays.items():
        np.testing.assert_array_equal(again[name], values)


def test_an_element_without_functions_is_refused(tables) -> None:
    with pytest.raises(LabelError, match=r"\[3, 11\], but the junction holds \[79\]"):
        tables.check_known((3, 79))
