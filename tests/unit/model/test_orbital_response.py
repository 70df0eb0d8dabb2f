"""Closed cells: states across the seam, their filling, and how atoms screen."""

import numpy as np
import pytest
import torch
from scipy.linalg import eigh
from scipy.optimize import brentq
from scipy.special import expit

from sekkei.model.hamiltonian.exact import ExactParts
from sekkei.model.hamiltonian.response import States, bare_response, close_seam, find_states
from sekkei.structure.electrode import build_electrode
from sekkei.testing.gaussian_teacher import GaussianTeacher, gaussian_matrices

TEACHER = GaussianTeacher(shells=(0,))
WIRE = build_electrode("bcc111-1+1+1", "Li")
N_PERIOD = 8
SMEARING = 0.2


@pytest.fixture(scope="module")
def electrode():
    return TEACHER.lateral_electrode(WIRE).parts[0]


@pytest.fixture(scope="module")
def open_wire():
    """Give H of a piece of perfect wire, and its overlaps."""
    long = WIRE.repeated(N_PERIOD)
    found = gaussian_matrices(long.numbers, long.positions, long.period, TEACHER.shells)
    starts = np.arange(long.numbers.size + 1)
    overlap, fixed = torch.from_numpy(found.overlap), torch.from_numpy(found.fixed)
    return torch.from_numpy(found.hamiltonian), ExactParts(overlap, fixed, starts)


def bloch_levels(electrode) -> np.ndarray:
    """Solve the wire at the wave vectors that a ring of its periods has."""
    found = []
    for k in 2.0 * np.pi * np.arange(N_PERIOD) / N_PERIOD:
        both = []
        for blocks in (electrode.hamiltonian, electrode.overlap):
            phases = np.exp(1j * k * np.arange(1, len(blocks)))
            matrix = blocks[0] + np.einsum("c,cij->ij", phases, blocks[1:])
            both.append(matrix + np.einsum("c,cij->ji", phases.conj(), blocks[1:]))
        found.append(eigh(*both, eigvals_only=True))
    return np.sort(np.concatenate(found))


def test_a_closed_piece_of_wire_has_the_levels_of_bloch_states(electrode, open_wire) -> None:
    hamiltonian, parts = open_wire

    closed = [
        close_seam(matrix, torch.from_numpy(blocks))
        for matrix, blocks in (
            (hamiltonian, electrode.hamiltonian),
            (parts.overlap, electrode.overlap),
        )
    ]

    # The electrode's blocks end where they are below 1e-4 eV.
    np.testing.assert_allclose(eigh(*closed, eigvals_only=True), bloch_levels(electrode), atol=2e-5)
    for matrix in closed:
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)


def test_the_seam_leaves_the_open_matrix_as_it_was(electrode, open_wire) -> None:
    hamiltonian, _ = open_wire
    before = hamiltonian.clone()

    close_seam(hamiltonian, torch.from_numpy(electrode.hamiltonian))

    np.testing.assert_array_equal(hamiltonian, before)


def test_states_hold_one_electron_an_atom_and_are_orthogonal(electrode, open_wire) -> None:
    hamiltonian, parts = open_wire

    found = find_states(hamiltonian, parts, electrode, 0.05)

    n_atom = len(parts.starts) - 1
    assert 2.0 * found.filling.sum() == pytest.approx(n_atom, abs=1e-6)
    levels = bloch_levels(electrode)[: len(found.energies)]
    np.testing.assert_allclose(found.energies, levels, atol=2e-5)
    np.testing.assert_allclose(
        found.orbitals.T @ found.duals, np.eye(len(found.energies)), atol=5e-6
    )


def test_levels_of_states_in_single_precision_are_right_in_double(electrode, open_wire) -> None:
    hamiltonian, parts = open_wire
    closed = close_seam(
        hamiltonian,
        torch.from_numpy(electrode.hamiltonian - electrode.fermi_level * electrode.overlap),
    )
    overlap = close_seam(parts.overlap, torch.from_numpy(electrode.overlap))

    found = find_states(hamiltonian, parts, electrode, 0.05)

    wanted = eigh(closed.numpy(), overlap.numpy(), eigvals_only=True)
    np.testing.assert_allclose(found.energies, wanted[: len(found.energies)], atol=1e-10)


def two_levels(gap: float) -> States:
    """Give bonding and antibonding states of two atoms with one orbital and one electron each."""
    half = np.sqrt(0.5)
    orbitals = np.array([[half, half], [half, -half]])
    # Hardly filled above, so that the Fermi level can be shifted.
    upper = 1.0 / (1.0 + np.exp(gap / 2.0 / SMEARING))
    levels = np.array([-gap / 2.0, gap / 2.0])
    return states_of(levels, orbitals, orbitals, np.array([1.0 - upper, upper]), SMEARING)


def states_of(energies, orbitals, duals, filling, smearing) -> States:
    arrays = (torch.from_numpy(found) for found in (energies, orbitals, duals, filling))
    return States(*arrays, smearing)


def test_two_atoms_of_one_bond_screen_as_the_closed_form_says() -> None:
    gap = 2.0

    found = bare_response(two_levels(gap), np.array([0, 1, 2]))

    # A potential v on one atom mixes both states by -v / (2 gap), as far as they differ in filling.
    moved = np.tanh(gap / (4.0 * SMEARING)) / gap
    np.testing.assert_allclose(found, [[-moved, moved], [moved, -moved]], rtol=1e-9)


def test_the_response_of_two_levels_is_that_of_finite_differences() -> None:
    gap, push = 0.7, 1e-4
    states = two_levels(gap)
    bare = np.array([[0.0, -gap / 2.0], [-gap / 2.0, 0.0]])

    found = bare_response(states, np.array([0, 1, 2]))

    def charges(first: float) -> np.ndarray:
        energies, orbitals = np.linalg.eigh(bare + np.diag([first, 0.0]))
        # By symmetry the Fermi level stays in the middle of both levels.
        filling = 1.0 / (1.0 + np.exp((energies - energies.mean()) / states.smearing))
        return 2.0 * (orbitals**2) @ filling

    wanted = (charges(push) - charges(-push)) / (2.0 * push)
    np.testing.assert_allclose(found[:, 0], wanted, rtol=1e-6)


def test_the_response_of_atoms_with_overlaps_is_that_of_finite_differences() -> None:
    # Two atoms with two orbitals and one with one; high states are empty to rounding.
    rng, starts, smearing, push = np.random.default_rng(4), np.array([0, 2, 4, 5]), 0.1, 1e-4
    noise = rng.normal(size=(2, 5, 5))
    bare = noise[0] + noise[0].T + np.diag([-3.0, 4.0, -3.0, 5.0, 0.0])
    overlap = np.eye(5) + 0.05 * (noise[1] + noise[1].T)

    def solve(potential: np.ndarray) -> States:
        by_orbital = np.repeat(potential, np.diff(starts))
        matrix = bare + 0.5 * (by_orbital[:, None] + by_orbital) * overlap
        energies, orbitals = eigh(matrix, overlap)
        level = brentq(lambda e: 2.0 * expit((e - energies) / smearing).sum() - 3.0, -20.0, 20.0)
        filling = expit((level - energies) / smearing)
        return states_of(energies, orbitals, overlap @ orbitals, filling, smearing)

    def charges(potential: np.ndarray) -> np.ndarray:
        states = solve(potential)
        by_orbital = ((states.orbitals * states.duals) @ (2.0 * states.filling)).numpy()
        return np.add.reduceat(by_orbital, starts[:-1])

    found = bare_response(solve(np.zeros(3)), starts)

    assert solve(np.zeros(3)).filling.min() < 1e-9
    wanted = np.stack([(charges(v) - charges(-v)) / (2.0 * push) for v in push * np.eye(3)], axis=1)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_response_moves_electrons_and_makes_none(electrode, open_wire) -> None:
    hamiltonian, parts = open_wire
    states = find_states(hamiltonian, parts, electrode, 0.05)

    found = bare_response(states, parts.starts).numpy()

    np.testing.assert_allclose(found, found.T, atol=1e-10)
    np.testing.assert_allclose(found.sum(axis=1), 0.0, atol=1e-4)
    # Electrons leave an atom that is raised: no potential gains energy.
    assert np.linalg.eigvalsh(found).max() < 1e-4
    assert (found.diagonal() < 0.0).all()


def test_a_constant_potential_moves_nothing_and_a_period_screens_as_any_other(
    electrode, open_wire
) -> None:
    hamiltonian, parts = open_wire
    states = find_states(hamiltonian, parts, electrode, 0.05)

    found = bare_response(states, parts.starts).numpy()

    np.testing.assert_allclose(found @ np.ones(len(found)), 0.0, atol=1e-4)
    turned = np.roll(found, (3, 3), axis=(0, 1))
    np.testing.assert_allclose(turned, found, atol=1e-4)
