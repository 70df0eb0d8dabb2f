"""Sums over third atoms and the map that reads them, against plain loops."""

import numpy as np
import pytest
import torch

from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.describe import POTASSIUM_REACH, Described, describe
from sekkei.model.hamiltonian.pair_feature import pair_features
from sekkei.model.hamiltonian.pair_kind import PairsOfKind
from sekkei.model.hamiltonian.pair_map import PairMap
from sekkei.model.hamiltonian.rotation import from_frame
from sekkei.testing.gaussian_teacher import gaussian_tables

SHELLS = (0, 1, 2)
KNOWN = (3, 11, 19)
"""The cell holds no potassium: its channel has coefficients, but nothing to sum."""


@pytest.fixture(scope="module")
def found() -> Described:
    rng = np.random.default_rng(7)
    sites = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1], [0, 0, 2], [1, 0, 2]])
    positions = sites * [3.0, 3.2, 3.0] + rng.uniform(-0.4, 0.4, (6, 3))
    cell = Cell(np.array([3, 11, 3, 3, 11, 11]), positions, 9.2, 1)
    return describe(cell, gaussian_tables((3, 11), SHELLS), KNOWN)


def gaussians(distance: float) -> np.ndarray:
    fade = (1.0 - (distance / 11.0) ** 2) ** 2
    return np.exp(-(((distance - np.linspace(3.2, 9.2, 7)) / 1.3) ** 2) / 2.0) * fade


def sums_one_by_one(found: Described, some: PairsOfKind, pair: int) -> np.ndarray:
    """Add up what each third atom does to a pair, in double precision and complex numbers."""
    around, n_order = found.around, some.layout.n_order
    one, other = int(some.pairs.first[pair]), int(some.pairs.second[pair])
    size = {n: found.tables.atoms[n].reach / POTASSIUM_REACH for n in (3, 11)}
    numbers, frame = around.cell.numbers, some.frames[pair].numpy()
    crowding, slopes = around.environment.crowding.numpy(), around.environment.slope.numpy()
    total = np.zeros((n_order, len(KNOWN) + 6, 49), complex)
    mean = (size[numbers[one]] + size[numbers[other]]) / 2.0
    for place, atom in zip(around.places.images.numpy(), around.images.atoms, strict=True):
        both = []
        for end in (one, other):
            away = np.linalg.norm(place - around.cell.positions[end])
            both.append(2.0 * away / (size[numbers[end]] + size[numbers[atom]]))
        if min(both) < 1e-6 or max(both) > 11.0:
            continue
        x, y, _ = frame @ (place - around.cell.positions[one])
        unit = np.array([x, y]) / np.sqrt(x**2 + y**2 + mean**2)
        (narrow, wide), slope = crowding[atom], frame @ slopes[atom]
        outward, circle = slope[:2] @ unit, slope[1] * unit[0] - slope[0] * unit[1]
        more = [narrow, narrow**2, wide, slope[2], outward, 1j * circle]
        channels = np.array([*(number == numbers[atom] for number in KNOWN), *more])
        radial = np.outer(gaussians(both[1]), gaussians(both[0])).ravel()
        for order in range(n_order):
            turn = ((x - 1j * y) / (4.0 * mean)) ** order
            total[order] += turn * channels[:, None] * radial
    return total


def test_sums_over_third_atoms_are_those_of_a_plain_loop(found) -> None:
    for some in found.kinds:
        n_order = some.layout.n_order

        sums = found.third.third(some.pairs, some.frames, n_order, weighted=True).sums

        for pair in range(0, len(sums), 3):
            wanted = sums_one_by_one(found, some, pair)
            assert np.abs(wanted).max() > 1e-2
            # Numbers are of order one, and in single precision.
            np.testing.assert_allclose(sums[pair, :, 0], wanted.real, atol=5e-6)
            np.testing.assert_allclose(sums[pair, :, 1], wanted.imag, atol=5e-6)


def one_way(found, some, third, coefficients, *, reverse):
    """Multiply features of a pair as seen from one end, and turn the block into the cell."""
    features = pair_features(third, found.around.environment, reverse=reverse)
    elements = [
        values.to(torch.complex128) @ torch.from_numpy(b)
        for values, b in zip(features, coefficients, strict=True)
    ]
    return from_frame(some.layout.join(elements), *some.turns(reverse=reverse))


@pytest.mark.parametrize("weighted", [False, True], ids=["sum over atoms", "weighted"])
def test_one_product_of_shared_sums_is_both_directions_of_a_pair(found, weighted) -> None:
    rng, shared = np.random.default_rng(2), found.third_met
    for some in found.kinds:
        n_order, is_same = some.layout.n_order, some.layout.is_same
        whole = found.third.third(some.pairs, some.frames, n_order, weighted=weighted)
        features = pair_features(whole, found.around.environment, reverse=False)
        coefficients = [
            rng.normal(size=(a.shape[1], len(b))).astype(complex) / np.sqrt(a.shape[1])
            for a, b in zip(features, some.layout.elements, strict=True)
        ]
        wanted = one_way(found, some, whole, coefficients, reverse=False)
        if is_same:
            back = one_way(found, some, whole, coefficients, reverse=True).mT
            # Of one element, half of the block is that of the other direction.
            shell = torch.tensor([0, 1, 1, 1, 2, 2, 2, 2, 2])
            above, alike = shell[:, None] < shell, shell[:, None] == shell
            own = torch.where(above, 1.0, torch.where(alike, 0.5, 0.0)).double()
            forth, back = (some.left @ block @ some.right.mT for block in (wanted, back))
            wanted = from_frame(forth * own + back * own.T, some.left, some.right)

        learned = PairMap.of(
            [values.real for values in coefficients],
            some.layout,
            len(KNOWN),
            shared.present,
            is_weighted=weighted,
        )
        # Sums with weights are there for both maps: the one without them leaves them aside.
        sums = shared.third(some.pairs, some.frames, n_order, weighted=True)
        blocks = learned.blocks(sums, found.around.environment)

        assert shared.present == (0, 1)
        assert wanted.abs().amax(dim=(1, 2)).min() > 1e-3
        turned = from_frame(blocks.double(), some.left, some.right)
        np.testing.assert_allclose(turned, wanted, atol=2e-6)
