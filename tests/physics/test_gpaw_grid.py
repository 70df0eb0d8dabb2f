"""Sums over the grid and lowest states, against GPAW's own."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from gpaw.new.lcao.eigensolver import LCAOEigensolver
from gpaw.new.lcao.hamiltonian import CollinearHamiltonianMatrixCalculator

from sekkei.structure.electrode import build_electrode
from sekkei.transport.gpaw.eigensolver import LowestStates
from sekkei.transport.gpaw.engine import PeriodicAtoms, plane_count, unconverged
from sekkei.transport.gpaw.model import ONE_ELECTRON
from sekkei.transport.gpaw.numerics import DftNumerics

pytestmark = [pytest.mark.dft, pytest.mark.physics]


def calculation(n_period: int, n_k: int = 1):
    """An unconverged wire of two elements; one period is shorter than its orbitals reach."""
    wire, numerics = build_electrode("staggered-3", "K").repeated(n_period), DftNumerics()
    numbers = np.where(np.arange(wire.numbers.size) % 2, 19, 11)
    n_plane = plane_count(wire.period, ONE_ELECTRON.grid_spacing(numbers, numerics))
    atoms = PeriodicAtoms(numbers, wire.positions, wire.period, n_plane, (1, 1, n_k))
    return unconverged(atoms, numerics, numerics.ladder[0])


@pytest.fixture(
    scope="module",
    params=[(1, 1), (4, 1), (1, 4), (2, 3)],
    ids=["images in one block", "long", "k-points", "k-points and the zone centre"],
)
def dft(request):
    return calculation(*request.param)


def test_the_potential_matrices_are_gpaws(dft) -> None:
    basis, potential = dft.scf_loop.hamiltonian.basis, dft.potential
    theirs = CollinearHamiltonianMatrixCalculator(
        [basis._basis.calculate_potential_matrices(potential.vt_sR.data[0])], [{}], basis._basis
    )
    mine = dft.scf_loop.hamiltonian.create_hamiltonian_matrix_calculator(potential)

    for one in dft.ibzwfs:
        found = mine.calculate_matrix(one).data
        np.testing.assert_allclose(found, theirs.calculate_matrix(one).data, atol=1e-12)
        np.testing.assert_allclose(found, found.conj().T, atol=1e-14)


def test_the_density_is_gpaws_and_is_added(dft) -> None:
    basis, shape = dft.scf_loop.hamiltonian.basis, dft.density.nt_sR.data.shape[1:]
    random = np.random.default_rng(5)
    for one in dft.ibzwfs:
        square = random.normal(size=(basis.Mmax, basis.Mmax)).astype(basis.dtype)
        if basis.dtype == complex:
            square += 1j * random.normal(size=square.shape)
        matrix, mine, theirs = square + square.conj().T, np.ones(shape), np.ones(shape)

        basis.construct_density(matrix, mine, one.q)

        basis._basis.construct_density(matrix, theirs, one.q)
        np.testing.assert_allclose(mine, theirs, atol=1e-11)


@pytest.mark.parametrize("n_k", [1, 4], ids=["real", "complex"])
def test_the_lowest_states_are_those_of_all(n_k) -> None:
    dft = calculation(2, n_k)
    hamiltonian, found = dft.scf_loop.hamiltonian, []
    for solver in (LCAOEigensolver, LowestStates):
        one = next(iter(dft.ibzwfs))
        matrices = hamiltonian.create_hamiltonian_matrix_calculator(dft.potential)
        solver(hamiltonian.basis).iterate1(one, None, matrices)
        density = one.C_nM.data.T @ one.C_nM.data.conj()
        found.append((one.eig_n.copy(), density))

    np.testing.assert_allclose(found[1][0], found[0][0], atol=1e-12)
    np.testing.assert_allclose(found[1][1], found[0][1], atol=1e-9)
