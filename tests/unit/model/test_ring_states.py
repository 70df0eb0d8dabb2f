"""Lowest states of a ring of slices against those of the whole matrix."""

import numpy as np
import pytest
import torch
from scipy.linalg import eigh

from sekkei.model.hamiltonian.ring import Ring, RingInverse, lowest_of_ring, ritz
from sekkei.transport.kernel.slicing import Slicing

SIZES = (90, 120, 60, 150, 80)
N_STATE = 40


def ring_matrices() -> tuple[torch.Tensor, torch.Tensor, Slicing]:
    """Give H and S of a ring of slices, its orbitals in any order."""
    rng = np.random.default_rng(3)
    n, slices = sum(SIZES), np.repeat(np.arange(len(SIZES)), SIZES)
    apart = np.abs(slices[:, None] - slices)
    is_near = (apart <= 1) | (apart == len(SIZES) - 1)
    noise = 0.1 * rng.normal(size=(2, n, n)) * is_near
    hamiltonian = noise[0] + noise[0].T + np.diag(np.linspace(-3.0, 37.0, n))
    overlap = np.eye(n) + 0.02 * (noise[1] + noise[1].T)
    order = rng.permutation(n)
    mixed = [torch.from_numpy(x[np.ix_(order, order)]) for x in (hamiltonian, overlap)]
    return mixed[0], mixed[1], Slicing(np.argsort(order), SIZES)


@pytest.mark.parametrize("below", [-6.0, -1.0], ids=["below all levels", "above some"])
def test_the_lowest_states_of_a_ring_are_those_of_the_whole_matrix(below) -> None:
    hamiltonian, overlap, slicing = ring_matrices()

    found = lowest_of_ring(hamiltonian, overlap, slicing, N_STATE, below)

    assert found is not None
    energies, orbitals = found

    wanted, vectors = eigh(hamiltonian.numpy(), overlap.numpy(), subset_by_index=[0, N_STATE - 1])
    # The last ones converge last, and are the emptiest.
    np.testing.assert_allclose(energies[:20], wanted[:20], atol=1e-7)
    np.testing.assert_allclose(energies, wanted, atol=0.1)
    np.testing.assert_allclose(orbitals.T @ overlap @ orbitals, np.eye(N_STATE), atol=1e-10)
    alike = np.abs(vectors[:, :8].T @ overlap.numpy() @ orbitals[:, :8].numpy())
    np.testing.assert_allclose(alike, np.eye(8), atol=1e-4)


def test_a_positive_ring_is_solved_slice_by_slice() -> None:
    hamiltonian, overlap, slicing = ring_matrices()
    shifted = hamiltonian + 8.0 * overlap
    wanted = torch.from_numpy(np.random.default_rng(5).normal(size=(len(shifted), 3)))
    order = torch.from_numpy(slicing.order)

    inverse = RingInverse.of(Ring.of(shifted, slicing))

    assert inverse is not None
    given = Ring.of(shifted, slicing).times(wanted[order])
    np.testing.assert_allclose(given, (shifted @ wanted)[order], atol=1e-10)
    np.testing.assert_allclose(inverse.solve(given), wanted[order], atol=1e-12)


def test_a_ring_with_a_level_below_the_shift_is_not_factorised() -> None:
    hamiltonian, _, slicing = ring_matrices()

    assert RingInverse.of(Ring.of(hamiltonian, slicing)) is None


@pytest.mark.timeout(60)
def test_an_overlap_that_is_not_positive_has_no_shift_below_all_levels() -> None:
    hamiltonian, overlap, slicing = ring_matrices()
    crowded = overlap - 2.0 * torch.eye(len(overlap), dtype=torch.float64)

    assert lowest_of_ring(hamiltonian, crowded, slicing, N_STATE, -6.0) is None
    assert lowest_of_ring(torch.nan * hamiltonian, overlap, slicing, N_STATE, -6.0) is None


def test_levels_between_vectors_of_single_precision_are_those_of_lapack_in_double() -> None:
    hamiltonian, overlap, _ = ring_matrices()
    levels, vectors = eigh(hamiltonian.numpy(), overlap.numpy(), subset_by_index=[0, N_STATE - 1])
    # Mixed, so that they are neither orthogonal nor in order.
    mixing = np.random.default_rng(6).normal(size=(N_STATE, N_STATE))
    space = torch.from_numpy(vectors @ mixing).float().double()

    found, mixed = ritz(space.mT @ hamiltonian @ space, space.mT @ overlap @ space)

    np.testing.assert_allclose(found, levels, atol=1e-10)
    orbitals = space @ mixed
    np.testing.assert_allclose(orbitals.mT @ overlap @ orbitals, np.eye(N_STATE), atol=1e-10)
    missed = hamiltonian @ orbitals - overlap @ orbitals * found
    assert missed.abs().max() < 1e-3
