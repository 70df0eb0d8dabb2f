"""Leads are recognised, extended and closed without moving an atom of the device."""

import numpy as np
import pytest

from sekkei.errors import ElectrodeError
from sekkei.structure.electrode import build_electrode, electrode_names
from sekkei.structure.junction import Junction
from sekkei.structure.lead import close_leads, extend_leads, lead_electrode


def wire(name: str, n_period: int = 6, n_lead: int = 1) -> Junction:
    one = build_electrode(name, "K")
    many, n = one.repeated(n_period), n_lead * one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    shifted = many.positions + np.array([3.0, -1.0, 7.5])
    return Junction.from_sequences(many.numbers, shifted, regions, one.period)


@pytest.mark.parametrize("name", electrode_names())
def test_a_closed_perfect_wire_is_a_perfect_wire(name: str) -> None:
    junction = wire(name)
    period = junction.electrode_period

    closed = close_leads(junction, 3)

    n_cell = closed.electrode.numbers.size
    assert closed.length == pytest.approx(10 * period)
    assert closed.numbers.size == 10 * n_cell
    np.testing.assert_allclose(
        closed.positions[-n_cell:] - closed.positions[:n_cell],
        np.tile([0.0, 0.0, closed.length - period], (n_cell, 1)),
        atol=1e-9,
    )


def test_leads_of_another_phase_are_closed_with_a_part_of_a_period() -> None:
    whole = wire("bcc100-5+4")
    z = whole.positions[:, 2]
    keep = z < z.max() - 0.1
    layers = np.unique(np.round(z[keep], 3))
    regions = np.zeros(int(keep.sum()), dtype=int)
    regions[z[keep] < layers[2] - 0.1] = -1
    regions[z[keep] > layers[-3] + 0.1] = 1
    cut = Junction.from_sequences(
        whole.numbers[keep], whole.positions[keep], regions, whole.electrode_period
    )

    closed = close_leads(cut, 3)

    assert closed.length / whole.electrode_period == pytest.approx(
        round(closed.length / whole.electrode_period)
    )
    assert closed.numbers.size % 9 == 0


def test_extension_adds_whole_periods_and_keeps_the_device() -> None:
    junction = wire("bcc100-5+4")

    longer = extend_leads(junction, 15.0)

    assert (longer.regions == -1).sum() == 27
    assert (longer.regions == 1).sum() == 27
    np.testing.assert_array_equal(
        longer.positions[longer.regions == 0], junction.positions[junction.regions == 0]
    )


def test_two_periods_that_differ_are_refused() -> None:
    junction = wire("bcc100-5+4", n_lead=2)
    positions = np.array(junction.positions)
    positions[12] += [0.1, 0.0, 0.0]
    bent = Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )

    with pytest.raises(ElectrodeError, match=r"left lead must repeat every 5\.33 Å, but atoms 12"):
        lead_electrode(bent)


def test_a_wrong_period_is_refused() -> None:
    junction = wire("bcc100-5+4", n_lead=2)
    wrong = Junction.from_sequences(junction.numbers, junction.positions, junction.regions, 6.9)

    with pytest.raises(ElectrodeError, match="check electrode_period_angstrom"):
        lead_electrode(wrong)


def test_a_right_lead_of_another_element_is_refused() -> None:
    junction = wire("bcc100-5+4")
    numbers = np.array(junction.numbers)
    numbers[junction.regions == 1] = 11
    mixed = Junction.from_sequences(
        numbers, junction.positions, junction.regions, junction.electrode_period
    )

    with pytest.raises(ElectrodeError, match="two equal electrodes"):
        lead_electrode(mixed)
