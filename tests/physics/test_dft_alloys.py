"""Alloys from first principles: every species, both leads, both ways. Needs GPAW."""

import numpy as np
import pytest

from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.model import ONE_ELECTRON
from sekkei.transport.gpaw.numerics import DftNumerics

pytestmark = [pytest.mark.dft, pytest.mark.physics]

LI, NA, K, RB, CS = 3, 11, 19, 37, 55

NARROW = DftNumerics(energy_range_ev=0.02, window_ev=0.02)


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> ArrayCache:
    return ArrayCache(tmp_path_factory.mktemp("electrodes"))


@pytest.fixture(scope="module")
def labeler(cache) -> GpawLabeler:
    return GpawLabeler(NARROW, cache)


def contact(replaced: dict[int, int], lead: dict[int, int] | None = None) -> Junction:
    """Take two atoms out of the middle of a K wire and replace others by other elements.

    ``replaced`` counts the atoms of the device, ``lead`` those of a period of both leads.
    """
    one = build_electrode("staggered-3", "K")
    many, n = one.repeated(7), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    numbers = np.array(many.numbers)
    for at, number in (lead or {}).items():
        numbers[at], numbers[len(numbers) - n + at] = number, number
    for at, number in replaced.items():
        numbers[n + at] = number
    keep = np.ones(len(numbers), dtype=bool)
    keep[[19, 22]] = False
    return Junction.from_sequences(numbers[keep], many.positions[keep], regions[keep], one.period)


def mirrored(junction: Junction) -> Junction:
    return Junction.from_sequences(
        junction.numbers,
        junction.positions * [1.0, 1.0, -1.0],
        -junction.regions,
        junction.electrode_period,
    )


def test_the_grid_of_an_alloy_is_that_of_its_hardest_atom() -> None:
    spacings = [
        ONE_ELECTRON.grid_spacing(np.array(pair), NARROW) for pair in ((K, K), (K, NA), (K, NA, LI))
    ]

    assert spacings == sorted(spacings, reverse=True)
    assert spacings[1] == ONE_ELECTRON.grid_spacing(np.array([NA]), NARROW)
    assert spacings[2] == ONE_ELECTRON.grid_spacing(np.array([LI]), NARROW)


@pytest.mark.slow
@pytest.mark.parametrize(
    "number",
    [LI, NA, RB, CS],
    ids=["Li", "Na", "Rb", "Cs"],
)
def test_one_foreign_atom_in_a_contact_is_labelled(labeler, number: int) -> None:
    label = labeler.label(contact({14: number}))

    assert label.rung == 0
    assert label.n_channel == 3
    assert (label.transmission > 0.05).all()
    assert (label.transmission < label.n_channel + 1e-3).all()
    assert label.eigenchannels.sum() == pytest.approx(label.conductance, abs=1e-4)


@pytest.mark.slow
def test_the_finer_grid_of_an_alloy_is_no_step_from_the_pure_metal(labeler, cache) -> None:
    # What is left of the first sodium atom when it is replaced by potassium: its grid.
    pure = contact({})
    on_grid_of_sodium = DftNumerics(
        grid_spacing_angstrom=ONE_ELECTRON.grid_spacing(np.array([NA]), NARROW),
        energy_range_ev=NARROW.energy_range_ev,
        window_ev=NARROW.window_ev,
    )

    coarse, fine = labeler.label(pure), GpawLabeler(on_grid_of_sodium, cache).label(pure)

    assert fine.conductance == pytest.approx(coarse.conductance, abs=0.02)


@pytest.mark.slow
def test_an_alloyed_contact_conducts_the_same_both_ways(labeler) -> None:
    alloy = contact({1: NA, 7: NA, 14: NA})

    there, back = labeler.label(alloy), labeler.label(mirrored(alloy))

    assert there.conductance < 2.9
    np.testing.assert_allclose(back.transmission, there.transmission, atol=2e-3)
    np.testing.assert_allclose(back.eigenchannels, there.eigenchannels, atol=2e-3)


@pytest.mark.slow
def test_an_alloyed_electrode_transmits_all_its_channels(cache) -> None:
    one = build_electrode("staggered-3", "K")
    n, many = one.numbers.size, one.repeated(7)
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    period = np.where(np.arange(n) == 2, NA, K)
    wire = Junction.from_sequences(np.tile(period, 7), many.positions, regions, one.period)
    # The edge is not what is asked here: an alloyed wire may have one anywhere.
    labeler = GpawLabeler(NARROW.model_copy(update={"edge_ev": 0.0}), cache)

    label = labeler.label(wire)

    assert label.n_channel >= 1
    assert label.conductance == pytest.approx(label.n_channel, abs=2e-3)


@pytest.mark.slow
def test_both_species_may_stand_in_the_first_layers_of_both_leads(cache) -> None:
    labeler = GpawLabeler(NARROW.model_copy(update={"edge_ev": 0.0}), cache)

    label = labeler.label(contact({2: NA, 14: RB}, lead={2: NA}))

    assert label.rung == 0
    assert 0.05 < label.conductance < label.n_channel
