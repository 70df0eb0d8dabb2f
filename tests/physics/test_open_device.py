"""Where channels and electrons are in a junction: sums that must hold, by two labelers."""

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction
from sekkei.transport.channels import atomic_channels
from sekkei.transport.device_labeler import make_device_labeler
from sekkei.transport.tight_binding import TightBindingLabeler

pytestmark = pytest.mark.physics


def broken_mirror() -> Junction:
    """Return a wire with two atoms taken out near its left end: no symmetry is left."""
    one = build_electrode("staggered-3", "K")
    many, n = one.repeated(7), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    keep = np.ones(many.numbers.size, dtype=bool)
    keep[[2 * n, 2 * n + 1]] = False
    return Junction.from_sequences(
        many.numbers[keep], many.positions[keep], regions[keep], one.period
    )


@pytest.fixture(scope="module")
def junction() -> Junction:
    return broken_mirror()


def test_channels_of_the_device_are_those_of_the_label(junction) -> None:
    labeler = TightBindingLabeler()
    device, label = labeler.device(junction), labeler.label(junction)

    for energy in (0.0, -0.3):
        found = atomic_channels(device, energy, 3)
        (at,) = np.flatnonzero(np.isclose(label.energies, energy))
        assert found.energy == pytest.approx(energy)
        assert found.transmissions.sum() == pytest.approx(label.transmission[at], abs=1e-8)
        assert found.weights.shape == (3, len(device.numbers))
        # All three channels of the wire together are what comes from the left, of one spin.
        total = found.weights.sum(axis=0) / np.pi
        np.testing.assert_allclose(total, found.from_left, atol=1e-6)


def test_a_mirrored_junction_is_filled_from_the_other_side(junction) -> None:
    labeler = TightBindingLabeler()
    positions = junction.positions * [1.0, 1.0, -1.0]
    mirrored = Junction.from_sequences(
        junction.numbers, positions, -junction.regions, junction.electrode_period
    )

    here, there = (atomic_channels(labeler.device(one), 0.0, 1) for one in (junction, mirrored))

    np.testing.assert_allclose(np.sort(here.from_left), np.sort(there.from_right), atol=1e-5)
    assert not np.allclose(np.sort(here.from_left), np.sort(here.from_right), atol=1e-3)


def test_an_energy_outside_the_grid_is_refused(junction) -> None:
    device = TightBindingLabeler().device(junction)

    with pytest.raises(InvalidInputError, match=r"within -0\.5 to 0\.5 eV of E_F.*but is 0\.7"):
        atomic_channels(device, 0.7, 1)


def test_a_labeler_without_a_device_is_named() -> None:
    with pytest.raises(InvalidInputError, match="chain has none; try --labeler gpaw"):
        make_device_labeler("chain")


@pytest.mark.dft
def test_first_principles_channels_are_those_of_the_label(junction, tmp_path) -> None:
    pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")
    labeler = make_device_labeler("gpaw", cache_folder=str(tmp_path), basis="sp")
    device, label = labeler.device(junction), labeler.label(junction)

    found = atomic_channels(device, 0.0, 3)

    np.testing.assert_allclose(found.transmissions, label.eigenchannels[:3], atol=1e-6)
    assert device.numbers.size * 4 == len(device.only_part().hamiltonian)
    # In a basis that is not orthogonal an atom's share may be slightly negative.
    assert found.from_left.min() > -0.05
    assert found.from_left.sum() > 1.0
