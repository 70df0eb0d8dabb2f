"""Leads that are proposed, leads that are named, room that they need."""

import numpy as np
import pytest

from sekkei.errors import ElectrodeError
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import build_electrode, electrode_names
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.find_leads import propose_leads
from sekkei.structure.junction import DEVICE, LEFT, Junction
from sekkei.structure.lead_room import check_lead_room
from sekkei.structure.naming import crystal_direction, known_name

SURFACES = ("surface-bcc100-3x3", "surface-bcc110-2x3", "surface-bcc111-1x2")


@pytest.mark.parametrize("electrode", ["staggered-3", "bcc100-5+4", "bcc110-7+4", "bcc111-1+3+3"])
def test_the_leads_of_a_contact_are_found_again(electrode: str) -> None:
    contact = build_contact(ContactSpec(electrode=electrode, neck_width=1))

    found = propose_leads(contact.numbers, contact.positions)

    one = build_electrode(electrode, "K")
    assert found.period == pytest.approx(contact.electrode_period, abs=1e-6)
    assert found.n_atom == one.numbers.size
    # All that is perfect is proposed, so at least what the contact calls lead.
    assert (found.regions[contact.regions == LEFT] == LEFT).all()
    assert (found.regions == LEFT).sum() == found.n_left * one.numbers.size
    assert (found.regions == DEVICE).any()


def test_the_period_is_the_mean_over_rounded_atoms() -> None:
    contact = build_contact(ContactSpec(neck_width=1))

    found = propose_leads(contact.numbers, np.round(contact.positions, 2))

    assert found.period == pytest.approx(contact.electrode_period, abs=2e-3)


def test_a_wire_that_repeats_throughout_keeps_a_device() -> None:
    wire = build_electrode("bcc100-5+4", "K").repeated(9)

    found = propose_leads(wire.numbers, wire.positions)

    assert (found.period, found.n_left, found.n_right) == (pytest.approx(5.33), 3, 3)


def test_a_device_that_came_nearer_ends_a_lead_all_the_same() -> None:
    contact = build_contact(ContactSpec(electrode="staggered-3", neck_width=1))
    positions = np.array(contact.positions)
    positions[contact.regions == DEVICE, 2] -= 0.5

    found = propose_leads(contact.numbers, positions)

    assert (found.n_left, found.n_right) == (2, 2)
    assert (found.regions == contact.regions).all()


def test_another_species_ends_a_lead() -> None:
    wire = build_electrode("bcc100-5+4", "K").repeated(9)
    numbers = np.array(wire.numbers)
    numbers[20] = 11

    found = propose_leads(numbers, wire.positions)

    assert found.n_left == 2
    assert found.regions[20] == DEVICE


def test_two_ends_of_different_wires_are_refused() -> None:
    wire = build_electrode("bcc100-5+4", "K").repeated(9)
    positions = np.array(wire.positions)
    positions[45:, 0] += 1.0

    with pytest.raises(ElectrodeError, match="right lead must continue the left one"):
        propose_leads(wire.numbers, positions)


@pytest.mark.parametrize("name", [*electrode_names(), *SURFACES])
def test_every_electrode_is_known_again_turned_moved_and_stretched(name: str) -> None:
    one = build_electrode(name, "Na")
    x, y, z = one.positions.T
    if one.lateral_period is None:
        turned = np.column_stack([0.6 * x - 0.8 * y + 3.0, 0.8 * x + 0.6 * y - 1.0, z + 2.0])
    else:
        turned = one.positions + np.array([1.0, 2.0, 3.0])
    across = one.lateral_period and tuple(1.01 * length for length in one.lateral_period)

    other = type(one)(one.numbers, 1.01 * turned, 1.01 * one.period, across)

    assert known_name(other) == name
    assert (crystal_direction(name) is None) == (name == "staggered-3")


def test_an_alloy_and_an_unknown_wire_have_no_name() -> None:
    one = build_electrode("bcc100-5+4", "K")
    mixed = np.array(one.numbers)
    mixed[0] = 11

    assert known_name(type(one)(mixed, one.positions, one.period)) is None
    assert known_name(type(one)(one.numbers, one.positions, 0.8 * one.period)) is None


@pytest.mark.parametrize("side", [-1, 1])
def test_a_device_atom_beside_the_end_of_a_lead_is_named(side: int) -> None:
    contact = build_contact(ContactSpec(neck_width=1))
    check_lead_room(contact)
    positions = np.array(contact.positions)
    inside = int(np.flatnonzero(contact.regions == DEVICE)[0])
    end = positions[contact.regions == side, 2]
    positions[inside] = [12.0, 0.0, (side * end).max() * side - side * 2.0]
    moved = Junction.from_sequences(
        contact.numbers, positions, contact.regions, contact.electrode_period
    )

    with pytest.raises(ElectrodeError, match=f"but device atoms {inside} stand there"):
        check_lead_room(moved)
