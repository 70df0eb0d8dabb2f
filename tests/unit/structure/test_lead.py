"""Leads are recognised, extended and closed without moving an atom of the device."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import AtomOverlapError, ElectrodeError
from sekkei.structure.electrode import build_electrode, electrode_names
from sekkei.structure.junction import Junction
from sekkei.structure.lead import check_overlap, close_leads, extend_leads, recognise_leads

SURFACES = ("surface-bcc100-2x3", "surface-bcc110-1x2", "surface-bcc111-2x1")


def wire(name: str, n_period: int = 6, n_lead: int = 1) -> Junction:
    one = build_electrode(name, "K")
    many, n = one.repeated(n_period), n_lead * one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    shifted = many.positions + np.array([3.0, -1.0, 7.5])
    return Junction.from_sequences(many.numbers, shifted, regions, one.period, one.lateral_period)


@pytest.mark.parametrize("name", [*electrode_names(), *SURFACES])
def test_a_closed_perfect_wire_is_a_perfect_wire(name: str) -> None:
    junction = wire(name)
    period = junction.electrode_period

    closed = close_leads(recognise_leads(junction), 3)

    n_cell = closed.electrode.numbers.size
    assert closed.length == pytest.approx(10 * period)
    assert closed.lateral_period == closed.electrode.lateral_period
    assert (closed.lateral_period is None) == (name not in SURFACES)
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

    closed = close_leads(recognise_leads(cut), 3)

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
        recognise_leads(bent)


def test_a_wrong_period_is_refused() -> None:
    junction = wire("bcc100-5+4", n_lead=2)
    wrong = Junction.from_sequences(junction.numbers, junction.positions, junction.regions, 6.9)

    with pytest.raises(ElectrodeError, match="is electrode_period_angstrom right"):
        recognise_leads(wrong)


def test_a_right_lead_of_another_element_is_refused() -> None:
    junction = wire("bcc100-5+4")
    numbers = np.array(junction.numbers)
    numbers[junction.regions == 1] = 11
    mixed = Junction.from_sequences(
        numbers, junction.positions, junction.regions, junction.electrode_period
    )

    with pytest.raises(ElectrodeError, match="two equal electrodes"):
        recognise_leads(mixed)


@pytest.mark.parametrize("name", SURFACES)
def test_atoms_of_a_surface_may_be_given_by_any_of_their_images(name: str) -> None:
    junction = wire(name)
    assert junction.lateral_period is not None
    cells = np.random.default_rng(0).integers(-2, 3, size=(junction.n_atom, 2))
    positions = np.array(junction.positions)
    positions[:, :2] += cells * junction.lateral_period
    moved = replace(junction, positions=positions)

    check_overlap(moved)
    closed = close_leads(recognise_leads(extend_leads(moved, 20.0)), 3)

    expected = close_leads(recognise_leads(extend_leads(junction, 20.0)), 3)
    assert closed.length == pytest.approx(expected.length)
    assert closed.numbers.size == expected.numbers.size


def test_a_surface_without_its_lateral_period_is_another_junction() -> None:
    junction = wire("surface-bcc100-2x2")
    positions = np.array(junction.positions)
    right = junction.regions == 1
    positions[right, 0] += junction.electrode_period
    moved = replace(junction, positions=positions)

    # In bcc [100] a step of one lattice constant across is a step of the surface.
    recognise_leads(moved)
    with pytest.raises(ElectrodeError, match="right lead must continue the left one"):
        recognise_leads(replace(moved, lateral_period=None))


def test_atoms_on_top_of_each_other_across_the_boundary_are_refused() -> None:
    junction = wire("surface-bcc100-2x2")
    assert junction.lateral_period is not None
    positions = np.array(junction.positions)
    positions[30] = positions[28] + [junction.lateral_period[0] - 0.5, 0.0, 0.0]
    clash = replace(junction, positions=positions)

    with pytest.raises(AtomOverlapError, match=r"atoms 28 and 30 are 0\.50 Å apart"):
        check_overlap(clash)
    check_overlap(replace(clash, lateral_period=None))
