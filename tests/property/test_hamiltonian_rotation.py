"""Blocks of orbitals in any direction: rotations, frames of pairs, and what is independent."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sekkei.model.hamiltonian.onsite_feature import couplings, join_onsite, split_onsite
from sekkei.model.hamiltonian.rotation import (
    REVERSED,
    BlockLayout,
    from_frame,
    pair_frames,
    rotations,
    to_frame,
)
from sekkei.testing.gaussian_teacher import Gaussian

SPD, LITHIUM = (0, 1, 2), (0, 0, 1, 2)
quick = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def random_rotations(seed: int, n: int) -> torch.Tensor:
    return torch.from_numpy(Rotation.random(n, rng=np.random.default_rng(seed)).as_matrix())


def joined(blocks: np.ndarray, shells: tuple[int, ...]) -> np.ndarray:
    vectors = split_onsite(blocks, shells)
    return join_onsite({key: torch.from_numpy(v) for key, v in vectors.items()}, shells).numpy()


@quick
@given(seeds)
def test_rotations_are_an_orthogonal_representation(seed) -> None:
    first, second = random_rotations(seed, 2)

    one, other, both = rotations(torch.stack([first, second, first @ second]), LITHIUM)

    np.testing.assert_allclose(one @ one.T, np.eye(10), atol=1e-12)
    np.testing.assert_allclose(one @ other, both, atol=1e-12)


@quick
@given(seeds)
def test_rotations_turn_the_harmonics_themselves(seed) -> None:
    (turn,) = random_rotations(seed, 1)
    away = np.random.default_rng(seed).normal(size=(7, 3))
    harmonics = Gaussian(1.0, SPD).polynomials

    (matrix,) = rotations(turn[None], SPD)

    turned = harmonics(away @ turn.numpy().T)
    np.testing.assert_allclose(turned, harmonics(away) @ matrix.numpy().T, atol=1e-11)


@quick
@given(seeds)
def test_frames_are_rotations_with_z_along_the_pair(seed) -> None:
    vectors = np.random.default_rng(seed).normal(size=(5, 3))
    vectors = np.concatenate([vectors, [[0, 0, 1], [0, 0, -1], [1e-9, 0, 1]]])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    frames = pair_frames(torch.from_numpy(vectors)).numpy()

    np.testing.assert_allclose(frames @ frames.transpose(0, 2, 1), [np.eye(3)] * 8, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(frames), 1.0)
    np.testing.assert_allclose(np.einsum("pab,pb->pa", frames, vectors), [[0, 0, 1]] * 8, atol=1e-9)


@quick
@given(seeds)
def test_blocks_come_back_from_their_frames(seed) -> None:
    turns = random_rotations(seed, 4)
    left, right = rotations(turns, SPD), rotations(turns, LITHIUM)
    blocks = torch.from_numpy(np.random.default_rng(seed).normal(size=(4, 9, 10)))

    found = from_frame(to_frame(blocks, left, right), left, right)

    np.testing.assert_allclose(found, blocks, atol=1e-12)


@quick
@given(seeds)
def test_elements_of_two_elements_are_all_of_a_block(seed) -> None:
    layout = BlockLayout(LITHIUM, SPD, is_same=False)
    blocks = torch.from_numpy(np.random.default_rng(seed).normal(size=(3, 10, 9)))

    found = layout.join(layout.split(blocks))

    np.testing.assert_allclose(found, blocks, atol=1e-12)


@quick
@given(seeds, st.sampled_from([SPD, LITHIUM]))
def test_elements_of_one_element_are_a_block_with_its_other_direction(seed, shells) -> None:
    layout = BlockLayout(shells, shells, is_same=True)
    shell = np.repeat(np.arange(len(shells)), [2 * angular + 1 for angular in shells])
    size = (3, len(shell), len(shell))
    blocks = torch.from_numpy(np.random.default_rng(seed).normal(size=size))

    found = layout.join(layout.split(blocks))

    kept = shell[:, None] <= shell
    np.testing.assert_allclose(found, blocks.numpy() * kept, atol=1e-12)


@quick
@given(seeds, st.floats(-7.0, 7.0), st.booleans())
def test_a_turn_about_the_pair_is_a_phase_of_each_order(seed, angle, is_same) -> None:
    layout = BlockLayout(SPD, SPD, is_same=is_same)
    blocks = torch.from_numpy(np.random.default_rng(seed).normal(size=(1, 9, 9)))
    turn = Rotation.from_euler("z", angle).as_matrix()
    about_z = rotations(torch.from_numpy(turn[None]), SPD)

    still = layout.split(blocks)
    turned = layout.split(from_frame(blocks, about_z, about_z))

    assert layout.n_order == len(still) == 5
    for order, (one, other) in enumerate(zip(still, turned, strict=True)):
        phase = [np.exp(1j * order * angle), np.exp(-1j * order * angle)]
        away = min((other - one * turn).abs().max() for turn in phase)
        assert away < 1e-11


def test_a_pair_seen_from_its_other_end_is_turned_about_x() -> None:
    along = torch.tensor([[0.6, 0.0, 0.8]], dtype=torch.float64)

    frames = pair_frames(along) * REVERSED[:, None]

    np.testing.assert_allclose(np.linalg.det(frames), 1.0)
    np.testing.assert_allclose(frames[0, 2], [-0.6, 0.0, -0.8], atol=1e-12)


@quick
@given(seeds, st.sampled_from([(0,), (0, 1), SPD, LITHIUM]))
def test_blocks_of_an_atom_come_back_from_their_vectors(seed, shells) -> None:
    size = sum(2 * angular + 1 for angular in shells)
    blocks = np.random.default_rng(seed).normal(size=(3, size, size))
    # What no local potential does, such as L = 2 between p and d, is lost at once.
    found = joined(blocks + blocks.transpose(0, 2, 1), shells)

    again = joined(found, shells)

    np.testing.assert_allclose(again, found, atol=1e-12)
    np.testing.assert_allclose(found, found.transpose(0, 2, 1), atol=1e-12)


@quick
@given(seeds)
def test_vectors_of_a_block_turn_with_it(seed) -> None:
    (turn,) = random_rotations(seed, 1)
    away = np.random.default_rng(seed).normal(size=3)
    # What a delta function at a point does to orbitals is a local potential.
    points = (away, away @ turn.numpy().T)
    here, there = (Gaussian(1.0, SPD).polynomials(at)[None] for at in points)
    blocks = [values[:, :, None] * values[:, None] for values in (here, there)]

    still, turned = (split_onsite(block, SPD) for block in blocks)

    # Vectors of l = 1 and 2 turn as p and d orbitals do.
    (matrix,) = rotations(turn[None], SPD)
    for (a, b, angular), vector in still.items():
        part = matrix[angular**2 : (angular + 1) ** 2, angular**2 : (angular + 1) ** 2].numpy()
        if angular <= 2:
            np.testing.assert_allclose(turned[a, b, angular], vector @ part.T, atol=1e-10)
        norms = [np.linalg.norm(found[a, b, angular]) for found in (still, turned)]
        assert norms[0] == pytest.approx(norms[1], abs=1e-10)


def test_a_block_of_a_local_potential_is_all_in_its_vectors() -> None:
    values = Gaussian(1.0, SPD).polynomials(np.array([[0.3, -1.1, 0.7], [0.0, 0.2, -0.4]]))
    blocks = values[:, :, None] * values[:, None]

    found = joined(blocks, SPD)

    np.testing.assert_allclose(found, blocks, atol=1e-12)


def test_couplings_obey_the_triangle_and_parity() -> None:
    assert couplings((0, 1)) == ((0, 0, 0), (0, 1, 1), (1, 1, 0), (1, 1, 2))
    assert [angular for a, b, angular in couplings(SPD) if a == b == 2] == [0, 2, 4]


def test_gaunt_coefficients_are_those_of_closed_form() -> None:
    z_with_z = np.zeros((1, 4, 4))
    z_with_z[0, 2, 2] = 1.0  # the block of p_z alone

    found = split_onsite(z_with_z, (0, 1))

    # <z|Y00|z> = 1/sqrt(4 pi), <z|Y20|z> = 1/sqrt(5 pi); split divides by the sum of squares of
    # each coupling over 2 L + 1: 3/(4 pi) for L = 0, and 3/(10 pi) for L = 2.
    monopole, quadrupole = found[1, 1, 0][0], found[1, 1, 2][0]
    assert monopole[0] == pytest.approx((4.0 * np.pi) ** -0.5 / (3.0 / (4.0 * np.pi)))
    assert quadrupole[2] == pytest.approx((5.0 * np.pi) ** -0.5 / (3.0 / (10.0 * np.pi)))
    assert np.abs(np.delete(quadrupole, 2)).max() < 1e-12
