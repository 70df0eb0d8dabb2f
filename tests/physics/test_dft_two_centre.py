"""Tables of two centres beside the matrices of GPAW itself, and a Hamiltonian learned from it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from ase.units import Hartree

from sekkei.errors import InvalidInputError
from sekkei.model.hamiltonian import (
    ConsistencyOptions,
    HamiltonianExample,
    HamiltonianOptions,
    HamiltonianSolver,
    learn_hamiltonian,
)
from sekkei.model.hamiltonian.cell import Cell, find_images, find_pairs
from sekkei.model.hamiltonian.exact import ExactParts, exact_parts
from sekkei.model.hamiltonian.interpolation import interpolate
from sekkei.model.hamiltonian.orbital_grid import make_grid
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction
from sekkei.transport.cache import ArrayCache
from sekkei.transport.device_labeler import labelled_device
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.gpaw.engine import PeriodicAtoms, plane_count, unconverged
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.model import ONE_ELECTRON
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.gpaw.two_centre import two_centre_tables
from sekkei.transport.two_centre import TwoCentreTables

pytestmark = [pytest.mark.dft, pytest.mark.physics]

LENGTH = 33.0
POSITIONS = np.array([[0.3, -0.2, 0.4], [2.9, 0.5, 3.2], [-1.1, 2.0, 6.1], [0.2, -1.7, 9.6]])


@pytest.fixture(scope="module")
def tables() -> TwoCentreTables:
    return two_centre_tables([3, 11, 19])


def parts_of(tables: TwoCentreTables, numbers: np.ndarray) -> ExactParts:
    cell = Cell(numbers, POSITIONS, LENGTH, 1)
    reaches = np.array([tables.atoms[n].reach for n in numbers.tolist()])
    return exact_parts(cell, find_images(cell, 14.0), find_pairs(cell, reaches), tables)


@pytest.mark.parametrize("numbers", [[19, 19, 19, 19], [19, 11, 3, 19]], ids=["K", "alloy"])
def test_exact_parts_are_the_matrices_of_gpaw(tables, numbers) -> None:
    numbers, numerics = np.array(numbers), DftNumerics()
    n_plane = plane_count(LENGTH, ONE_ELECTRON.grid_spacing(numbers, numerics))
    atoms = PeriodicAtoms(numbers, POSITIONS, LENGTH, n_plane)
    (theirs,) = unconverged(atoms, numerics, numerics.ladder[0]).ibzwfs

    found = parts_of(tables, numbers)

    # One-electron pseudopotentials: what is nonlocal has joined the kinetic energy.
    np.testing.assert_allclose(found.overlap, theirs.S_MM.data, atol=1e-5)
    np.testing.assert_allclose(found.fixed, theirs.T_MM.data * Hartree, atol=2e-4)


def test_functions_of_one_atom_are_normalised_and_end_at_their_reach(tables) -> None:
    for number in (3, 11, 19):
        pair, reach = tables.pairs[number, number], tables.atoms[number].reach
        at = torch.tensor([2.0 * reach - 0.2, 2.0 * reach + 0.2], dtype=torch.float64)
        ends = interpolate(pair.splines["overlap"], at).numpy()

        np.testing.assert_allclose(tables.atoms[number].overlap.diagonal(), 1.0, atol=1e-5)
        assert np.abs(ends[0]).max() < 1e-3
        assert not ends[1].any()


def test_radial_functions_on_a_grid_have_the_overlaps_of_the_tables(tables) -> None:
    numbers = np.array([19, 11, 19, 11])
    grid = make_grid(Cell(numbers, POSITIONS, LENGTH, 1), tables, 0.5)

    found = grid.matrix(torch.ones(len(grid.free_density), dtype=torch.float64)).numpy()

    # Half an angstrom is coarse for d functions of sodium: one of them was seen to miss by 0.006.
    np.testing.assert_allclose(found, parts_of(tables, numbers).overlap, atol=8e-3)


def test_a_pure_metal_has_the_same_integrals_beside_others(tables) -> None:
    alone = two_centre_tables([19])
    numbers = np.full(4, 19)

    one, other = (parts_of(some, numbers) for some in (alone, tables))

    # GPAW tabulates up to the longest function of all.
    np.testing.assert_allclose(one.overlap, other.overlap, atol=1e-7)
    np.testing.assert_allclose(one.fixed, other.fixed, atol=1e-6)


ENERGIES = np.array([-0.2, 0.0, 0.2])


def wire(n_period: int, shake: float, seed: int = 0) -> Junction:
    one = build_electrode("staggered-3", "K")
    many, n = one.repeated(n_period), 2 * one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    moves = np.random.default_rng(seed).normal(0.0, shake, many.positions.shape)
    positions = many.positions + moves * (regions == 0)[:, None]
    return Junction.from_sequences(many.numbers, positions, regions, one.period)


@pytest.fixture(scope="module")
def labeler(tmp_path_factory) -> GpawLabeler:
    return GpawLabeler(DftNumerics(basis="sp"), ArrayCache(tmp_path_factory.mktemp("electrodes")))


@pytest.fixture(scope="module")
def taught(labeler) -> tuple[HamiltonianExample, float]:
    """Give a shaken wire with its matrices, and what it conducts."""
    junction = wire(6, 0.12)
    label, device = labelled_device(labeler, junction)
    example = HamiltonianExample(junction, DeviceMatrices.from_device(device), "one")
    return example, label.conductance


@pytest.fixture(scope="module")
def solver(labeler, taught) -> HamiltonianSolver:
    tables = labeler.two_centre_tables([19])
    return learn_hamiltonian([taught[0]], tables, labeler, HamiltonianOptions())


@pytest.mark.parametrize("n_step", [0, 2])
@pytest.mark.parametrize("n_period", [6, 8])
def test_a_perfect_wire_conducts_its_three_channels(solver, n_step, n_period) -> None:
    some = replace(solver, options=ConsistencyOptions(n_step=n_step))

    found = some.device(wire(n_period, 0.0), ENERGIES).transmission()

    np.testing.assert_allclose(found, 3.0, atol=1e-2)


def test_a_junction_that_was_taught_conducts_as_its_label_says(solver, taught) -> None:
    example, conductance = taught
    local = replace(solver, options=ConsistencyOptions(n_step=0))

    found = local.device(example.junction, ENERGIES)

    np.testing.assert_allclose(found.overlap, example.matrices.overlap[0], atol=1e-5)
    assert conductance < 2.99
    assert found.transmission()[1] == pytest.approx(conductance, abs=0.01)


def test_tables_of_another_basis_do_not_fit(labeler, taught) -> None:
    with pytest.raises(InvalidInputError, match="basis of the tables"):
        learn_hamiltonian([taught[0]], two_centre_tables([19]), labeler, HamiltonianOptions())
