"""The power spectrum of the atoms around an atom."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sekkei.model.direct import power_spectrum
from sekkei.model.direct.power_spectrum import PowerSpectrum

RNG = np.random.default_rng(4)
POSITIONS = RNG.uniform(-8.0, 8.0, (40, 3))
WEIGHTS = np.stack([np.ones(40), RNG.uniform(0.5, 1.5, 40)])
CENTERS = np.arange(0, 40, 3)


@pytest.fixture(scope="module")
def spectrum() -> PowerSpectrum:
    return PowerSpectrum(cutoff=8.0, n_radial=4, max_angular=3, broadening=0.8)


def test_turning_moving_and_reordering_in_space_change_nothing(spectrum: PowerSpectrum) -> None:
    turn = Rotation.from_euler("xyz", [0.4, 1.1, -2.0]).as_matrix()
    order = RNG.permutation(40)
    moved = (POSITIONS @ turn.T + [3.0, -70.0, 11.0])[order]

    found = spectrum(moved, WEIGHTS[:, order], np.argsort(order)[CENTERS])

    np.testing.assert_allclose(found, spectrum(POSITIONS, WEIGHTS, CENTERS), atol=1e-9)


def test_a_lone_atom_is_round_and_of_second_order_in_its_weight(spectrum: PowerSpectrum) -> None:
    found = spectrum(np.zeros((1, 3)), np.array([[1.0], [0.5]]), np.array([0]))[0]

    by_degree = found.reshape(2, 4, 10)
    assert (by_degree[:, 0] != 0.0).any()
    assert (by_degree[:, 1:] == 0.0).all()
    np.testing.assert_allclose(found[1], 0.25 * found[0])


def test_the_first_degree_is_the_pull_to_one_side(spectrum: PowerSpectrum) -> None:
    # Two equal neighbours on opposite sides cancel in odd degrees, not in even ones.
    pair = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]])

    found = spectrum(pair, np.ones((1, 3)), np.array([0])).reshape(4, 10)

    np.testing.assert_allclose(found[[1, 3]], 0.0, atol=1e-12)
    assert np.abs(found[2]).max() > 0.1


def test_centers_are_independent_of_how_many_are_described_at_once(
    spectrum: PowerSpectrum, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = spectrum(POSITIONS, WEIGHTS, np.arange(40))
    monkeypatch.setattr(power_spectrum, "_BLOCK", 7)

    np.testing.assert_allclose(spectrum(POSITIONS, WEIGHTS, np.arange(40)), whole, atol=1e-12)
    assert spectrum(POSITIONS, WEIGHTS, np.arange(0)).shape == (0, 2, 40)


def test_several_threads_may_describe_at_the_same_time(spectrum: PowerSpectrum) -> None:
    alone = spectrum(POSITIONS, WEIGHTS, CENTERS)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: spectrum(POSITIONS, WEIGHTS, CENTERS), range(100)))

    assert all(np.array_equal(one, alone) for one in found)


@pytest.mark.parametrize("n_radial", [2, 8])
@pytest.mark.parametrize("cutoff", [4.0, 12.0])
def test_the_widest_and_narrowest_options_give_numbers(cutoff: float, n_radial: int) -> None:
    # Eight radial functions in 4 Å overlap most; their overlap matrix is still positive.
    spectrum = PowerSpectrum(cutoff=cutoff, n_radial=n_radial, max_angular=6, broadening=0.2)

    found = spectrum(POSITIONS, WEIGHTS, CENTERS)

    assert np.isfinite(found).all()
    assert found.shape == (len(CENTERS), 2, spectrum.n_number)
