"""The parts that make a DFT label cheap, against GPAW's own and against closed forms."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.linalg import eigh

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from gpaw.core import UGDesc
from gpaw.new.fd.pot_calc import FDPotentialCalculator
from gpaw.poisson import FastPoissonSolver

from sekkei.structure.electrode import build_electrode
from sekkei.transport.gpaw.engine import (
    PeriodicAtoms,
    plane_count,
    solve_periodic,
    unconverged,
)
from sekkei.transport.gpaw.model import ONE_ELECTRON
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.gpaw.poisson import BoxPoisson
from sekkei.transport.gpaw.screening import AtomicCharges, bare_response

pytestmark = [pytest.mark.dft, pytest.mark.physics]

SIZE = (12, 16, 20)
CELL = np.array([9.0, 11.0, 17.0])  # bohr


def box(*, lateral: bool) -> UGDesc:
    periodic = np.array([lateral, lateral, True])
    return UGDesc(cell=CELL, size=SIZE, pbc=periodic, zerobc=~periodic)


def noise(grid: UGDesc) -> np.ndarray:
    values = np.random.default_rng(7).normal(size=grid.empty().data.shape)
    return values - values.mean()


@pytest.mark.parametrize("lateral", [False, True], ids=["wire", "surface"])
def test_the_box_solver_gives_the_potentials_of_gpaw(lateral) -> None:
    grid = box(lateral=lateral)
    theirs, charge = grid.zeros(), noise(grid)
    solver = FastPoissonSolver()
    solver.set_grid_descriptor(grid._gd)
    solver.solve(theirs.data, charge)

    mine = BoxPoisson(grid).solve(charge)

    np.testing.assert_allclose(mine, theirs.data, atol=1e-11)


@pytest.mark.parametrize("lateral", [False, True], ids=["wire", "surface"])
def test_a_wave_of_charge_makes_its_own_potential(lateral) -> None:
    grid = box(lateral=lateral)
    x, y, z = np.moveaxis(grid.xyz(), -1, 0)
    turn = 2.0 if lateral else 1.0
    k = np.array([turn * np.pi, turn * np.pi * 2, 2.0 * np.pi * 3]) / CELL
    wave = np.sin(k[0] * x) * np.sin(k[1] * y) * np.cos(k[2] * z)

    potential = BoxPoisson(grid, exact=True).solve(wave)

    np.testing.assert_allclose(potential, 4.0 * np.pi / (k @ k) * wave, atol=1e-12)


def test_the_matrices_are_those_of_gpaws_own_solver() -> None:
    wire, numerics = build_electrode("staggered-3", "K").repeated(2), DftNumerics()
    n_plane = plane_count(wire.period, ONE_ELECTRON.grid_spacing(wire.numbers, numerics))
    atoms = PeriodicAtoms(wire.numbers, wire.positions, wire.period, n_plane)
    dft = unconverged(atoms, numerics, numerics.ladder[0])
    mine = dft.scf_loop.hamiltonian.create_hamiltonian_matrix_calculator(dft.potential)
    solver = FastPoissonSolver().build(dft.pot_calc.fine_grid, np)
    dft.pot_calc.poisson_solver = solver
    potential, *_ = FDPotentialCalculator.calculate(dft.pot_calc, dft.density)
    theirs = dft.scf_loop.hamiltonian.create_hamiltonian_matrix_calculator(potential)

    (one,) = dft.ibzwfs
    matrices = [part.calculate_matrix(one).data for part in (mine, theirs)]

    np.testing.assert_allclose(matrices[0], matrices[1], atol=1e-10)


@pytest.mark.parametrize("lateral", [False, True], ids=["wire", "surface"])
def test_charges_on_atoms_make_the_potential_of_their_density(lateral) -> None:
    grid = box(lateral=lateral)
    positions = np.array([[4.0, 5.0, 6.0], [5.5, 6.0, 12.0], [4.5, 5.5, 16.0]])
    charges = AtomicCharges(grid, positions, 1.6)
    electrons = np.array([0.7, -1.0, 0.3])
    density = charges.density(electrons)

    from_matrix = charges.interaction() @ electrons

    np.testing.assert_allclose(charges.potential(density), from_matrix, atol=1e-10)
    smooth = BoxPoisson(grid, exact=True).solve(density)
    felt = [float((charges.density(one) * smooth).sum() * grid.dv) for one in np.eye(3)]
    np.testing.assert_allclose(felt, from_matrix, atol=1e-10)


def spectrum(hamiltonian: np.ndarray, overlap: np.ndarray, smearing: float) -> SimpleNamespace:
    energies, columns = eigh(hamiltonian, overlap)
    # Chosen so that four levels are nearly full and one is nearly empty.
    level = (energies[3] + energies[4]) / 2.0
    for _ in range(60):
        filling = 1.0 / (1.0 + np.exp((energies - level) / smearing))
        level += (4.0 - filling.sum()) * smearing / (filling * (1.0 - filling)).sum() * 0.5
    return SimpleNamespace(
        C_nM=SimpleNamespace(data=columns.T.copy()),
        S_MM=SimpleNamespace(data=overlap),
        eig_n=energies,
        occ_n=filling,
        weight=1.0,
        spin_degeneracy=2,
    )


def mulliken(one: SimpleNamespace, atoms: np.ndarray) -> np.ndarray:
    states = one.C_nM.data
    duals = states @ one.S_MM.data.T
    of_orbital = 2.0 * (one.occ_n[:, None] * states.conj() * duals).real.sum(axis=0)
    return np.bincount(atoms, of_orbital)


@pytest.mark.parametrize("phase", [0.0, 1.0], ids=["real", "complex"])
def test_the_bare_response_is_the_change_of_mulliken_charges(phase) -> None:
    random, atoms, smearing = np.random.default_rng(3), np.repeat(np.arange(4), 2), 0.1
    mixed = random.normal(size=(2, 8, 8)) + 1j * phase * random.normal(size=(2, 8, 8))
    mixed = mixed if phase else mixed.real
    hamiltonian = mixed[0] + mixed[0].conj().T
    overlap = np.eye(8) + 0.02 * (mixed[1] + mixed[1].conj().T)
    response = bare_response([spectrum(hamiltonian, overlap, smearing)], atoms, smearing)
    step, raised = 1e-4, np.where(atoms == 2, 1.0, 0.0)
    push = step * (raised[:, None] * overlap + overlap * raised) / 2.0

    up, down = (
        mulliken(spectrum(hamiltonian + sign * push, overlap, smearing), atoms)
        for sign in (1.0, -1.0)
    )

    np.testing.assert_allclose(response[:, 2], (up - down) / (2.0 * step), atol=1e-5)
    np.testing.assert_allclose(response.sum(axis=0), 0.0, atol=1e-10)
    assert np.linalg.eigvalsh((response + response.T) / 2.0).max() < 1e-10


def test_a_wire_converges_in_few_steps_to_what_many_steps_give() -> None:
    wire = build_electrode("staggered-3", "K").repeated(5)
    n_plane = plane_count(wire.period, 0.7)
    atoms = PeriodicAtoms(wire.numbers, wire.positions, wire.period, n_plane)
    loose, tight = (
        solve_periodic(atoms, numerics)
        for numerics in (DftNumerics(), DftNumerics(density_tolerance=1e-6))
    )

    assert loose.iterations <= 9
    assert tight.iterations <= 20
    assert np.abs(loose.hamiltonian - tight.hamiltonian).max() < 5e-3
