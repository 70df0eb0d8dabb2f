"""Electrons that agree with their potential: fixed points, alignment, what is refused."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.describe import describe
from sekkei.model.hamiltonian.lowest_states import change_of_potential
from sekkei.model.hamiltonian.open_cell import OpenCell
from sekkei.model.hamiltonian.orbital_grid import make_grid
from sekkei.model.hamiltonian.response import find_states
from sekkei.model.hamiltonian.self_consistency import ConsistencyOptions, make_consistent
from sekkei.structure.electrode import build_electrode
from sekkei.testing.gaussian_teacher import GaussianTeacher, gaussian_matrices

TEACHER = GaussianTeacher(shells=(0,))
TABLES = TEACHER.two_centre_tables([3])
WIRE = build_electrode("bcc111-1+1+1", "Li")
OPTIONS = ConsistencyOptions(n_step=1)


@pytest.fixture(scope="module")
def opened() -> OpenCell:
    """Give a wire whose two middle periods are shaken."""
    long = WIRE.repeated(8)
    moves = np.random.default_rng(0).normal(0.0, 0.15, long.positions.shape)
    moves[:9], moves[-9:] = 0.0, 0.0
    cell = Cell(long.numbers, long.positions + moves, long.period, WIRE.numbers.size)
    parts = describe(cell, TABLES, (3,)).parts
    return OpenCell(cell, parts, TEACHER.lateral_electrode(WIRE).parts[0])


@pytest.fixture(scope="module")
def wells(opened: OpenCell) -> torch.Tensor:
    cell = opened.cell
    found = gaussian_matrices(cell.numbers, cell.positions, cell.length, TEACHER.shells)
    return opened.aligned(torch.from_numpy(found.wells))


def free_for(potential: torch.Tensor, opened: OpenCell) -> torch.Tensor:
    """Return the potential of free atoms with which electrons keep a potential as it is."""
    electrode, smearing = opened.electrode, OPTIONS.smearing_ev
    states = find_states(potential + opened.parts.fixed, opened.parts, electrode, smearing)
    grid, some = make_grid(opened.cell, TABLES, OPTIONS.spacing_angstrom), states.occupied
    values = grid.put(states.orbitals[:, some])
    change, _ = change_of_potential(values, states.filling[some], grid)
    return potential - opened.within_reach(grid.matrix(change))


def test_a_potential_that_its_electrons_make_is_kept(opened, wells) -> None:
    free = free_for(wells, opened)

    found = make_consistent(wells, free, opened, TABLES, OPTIONS)

    # Fields are in single precision.
    np.testing.assert_allclose(found.matrix, wells, atol=1e-6)
    np.testing.assert_allclose(found.before, wells, atol=1e-12)


def test_a_wrong_level_of_one_atom_is_mended(opened, wells) -> None:
    # 0.2 eV too high in the middle, as a local model errs: steps lead back.
    free, middle = free_for(wells, opened), 12
    shift = torch.zeros(opened.cell.n_atom, dtype=torch.float64)
    shift[middle] = 0.2
    wrong = wells + 0.5 * (shift[:, None] + shift) * opened.parts.overlap

    away = [
        float((make_consistent(wrong, free, opened, TABLES, options).matrix - wells).abs().max())
        for options in (ConsistencyOptions(n_step=n) for n in (0, 1, 2, 4))
    ]

    assert away[0] == pytest.approx(0.2, abs=1e-6)
    assert away[1] < 0.7 * away[0]
    assert away[2] < 0.5 * away[0]
    assert away[3] < 0.25 * away[0]


def test_without_steps_a_potential_is_aligned_to_the_electrode_and_no_more(opened, wells) -> None:
    higher = wells + 0.7 * opened.parts.overlap
    options = ConsistencyOptions(n_step=0)

    found = make_consistent(higher, wells, opened, TABLES, options)

    np.testing.assert_allclose(found.matrix, wells, atol=1e-10)
    np.testing.assert_array_equal(found.matrix, found.before)
    assert np.isnan(found.lowest_ev)


def test_what_goes_around_the_boundary_is_left_out(opened) -> None:
    everything = torch.ones_like(opened.parts.overlap)

    found = opened.within_reach(everything)

    assert found[0, 0] == found[0, 5] == 1.0
    assert found[0, -1] == found[-1, 0] == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_step": -1},
        {"output_share": 1.5},
        {"spacing_angstrom": 0.0},
        {"smearing_ev": 0.0},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_options_out_of_range_are_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        ConsistencyOptions(**wrong)
