"""Channels of electrodes without a calculation."""

import json

import numpy as np
import pytest

from sekkei.model.electrode_channels import ChannelTable
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import Electrode, build_electrode, electrode_names
from sekkei.structure.element import element
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.free_electron import most_channels
from sekkei.structure.junction import Junction
from sekkei.structure.lead import lead_electrode
from sekkei.testing.labeler_laws import moved_junction

# First-principles counts of `docs/reference/electrodes.md`; a wire of Cs where metals differ.
COUNTED = {
    ("staggered-3", "K"): 3, ("bcc100-2+2", "K"): 3, ("bcc100-4+1", "K"): 3,
    ("bcc100-5+4", "K"): 6, ("bcc100-5+4", "Li"): 6, ("bcc100-5+4", "Cs"): 6,
    ("bcc100-9+4", "K"): 6, ("bcc100-9+4", "Cs"): 7, ("bcc100-6+6", "K"): 6,
    ("bcc100-8+8", "K"): 11, ("bcc100-9+12", "K"): 14, ("bcc110-1+2", "K"): 2,
    ("bcc110-4+4", "K"): 4, ("bcc110-5+4", "K"): 3, ("bcc110-7+4", "K"): 4,
    ("bcc110-7+8", "K"): 7, ("bcc110-9+8", "K"): 3, ("bcc111-1+1+1", "K"): 3,
    ("bcc111-2+2+2", "K"): 6, ("bcc111-2+2+2", "Li"): 6, ("bcc111-1+3+3", "K"): 6,
    ("bcc111-4+4+4", "K"): 10, ("bcc111-7+3+3", "K"): 10, ("bcc111-7+6+6", "K"): 15,
}  # fmt: skip
NOTHING = ChannelTable((), ())


@pytest.fixture
def table() -> ChannelTable:
    contacts = [build_contact(ContactSpec(electrode=name)) for name in ("bcc100-5+4", "bcc100-9+4")]
    return ChannelTable.from_labels(contacts, np.array([6, 7]))


@pytest.mark.parametrize("motion", ["turn", "shift", "reorder"])
def test_an_electrode_of_the_labels_is_known_however_it_lies(
    table: ChannelTable, motion: str
) -> None:
    contact = moved_junction(build_contact(ContactSpec(electrode="bcc100-9+4")), motion)

    found = table.count(lead_electrode(contact))

    assert (found.n_channel, found.is_known) == (7, True)


@pytest.mark.parametrize("metal", ["Li", "Na", "Rb", "Cs"])
def test_the_same_wire_of_another_metal_has_as_many_channels_and_that_is_an_estimate(
    table: ChannelTable, metal: str
) -> None:
    found = table.count(build_electrode("bcc100-5+4", metal))

    assert (found.n_channel, found.is_known) == (6, False)
    assert "another metal's wire" in found.origin


@pytest.mark.physics
@pytest.mark.parametrize("name", electrode_names())
def test_every_wire_that_can_be_built_has_its_first_principles_count(name: str) -> None:
    found = NOTHING.count(build_electrode(name, "Rb"))

    assert found.n_channel == COUNTED[name, "K"]
    assert not found.is_known


@pytest.mark.physics
@pytest.mark.parametrize(("name", "metal"), COUNTED)
def test_free_electrons_give_an_upper_bound(name: str, metal: str) -> None:
    wire, constants = build_electrode(name, metal), element(metal)
    area = wire.numbers.size * constants.lattice_constant**3 / 2.0 / wire.period

    bound = most_channels(np.array([area]), np.array([constants.fermi_wavevector]))

    assert COUNTED[name, metal] <= int(bound[0])


def test_a_wire_of_no_known_shape_has_the_bound_of_free_electrons(table: ChannelTable) -> None:
    wire = build_electrode("bcc100-5+4", "K")
    positions = wire.positions * np.array([1.1, 0.9, 1.0])
    odd = Electrode(wire.numbers, positions, wire.period)

    found = table.count(odd)

    assert found.origin == "an upper bound from free electrons"
    assert found.n_channel == 8  # 5.7 by Sharvin, 2.4 more for the walls


def test_an_alloy_lead_with_its_atoms_elsewhere_is_another_electrode() -> None:
    wire = build_electrode("bcc100-5+4", "K")
    one, other = (
        Electrode(np.where(np.arange(9) == i, 37, wire.numbers), wire.positions, wire.period)
        for i in (0, 5)
    )

    table = ChannelTable((one,), (6,))

    assert table.count(one).is_known
    assert not table.count(other).is_known


def test_where_labels_disagree_the_larger_count_is_the_bound() -> None:
    contact = build_contact(ContactSpec())

    table = ChannelTable.from_labels([contact, contact], np.array([6, 7]))

    assert table.n_channel == (7,)


def test_a_table_comes_back_from_json(table: ChannelTable) -> None:
    found = ChannelTable.from_plain(json.loads(json.dumps(table.to_plain())))

    assert found.to_plain() == table.to_plain()
    assert found.place(_wire("bcc100-9+4")) == 1


def _wire(name: str) -> Electrode:
    contact: Junction = build_contact(ContactSpec(electrode=name))
    return lead_electrode(contact)
