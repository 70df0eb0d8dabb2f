import numpy as np
import pytest

from sekkei.structure.contact import build_contact
from sekkei.structure.cross_section import (
    cluster_sizes,
    electrode_cross_section,
    is_connected,
    narrowest_cross_section,
)
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import RIGHT, Junction


def test_a_perfect_wire_is_as_thick_as_its_volume_per_length() -> None:
    wire = build_contact(ContactSpec(electrode="bcc100-9+4", neck_length=1, neck_width=13))

    narrowest = narrowest_cross_section(wire)

    # 13 atoms of a³/2 in a length of a; layers of 9 and 4 differ, so the thin one shows.
    assert 0.7 * 6.5 * 5.33**2 < narrowest < 6.5 * 5.33**2
    assert narrowest == pytest.approx(electrode_cross_section(wire), rel=2e-3)


def test_a_neck_is_narrower_than_its_wire() -> None:
    areas = [
        narrowest_cross_section(build_contact(ContactSpec(neck_width=width)))
        for width in (1, 2, 3, 5)
    ]

    assert areas == sorted(areas)
    # One atom in each layer, a/2 apart: a³/2 per a/2 of length.
    assert areas[0] == pytest.approx(5.33**2, rel=0.1)


def test_a_broken_contact_has_no_cross_section() -> None:
    whole = build_contact(ContactSpec())
    positions = whole.positions.copy()
    positions[whole.positions[:, 2] > 24.0] += [0.0, 0.0, 8.0]
    broken = Junction.from_sequences(whole.numbers, positions, whole.regions, 5.33)

    assert is_connected(whole)
    assert not is_connected(broken)
    assert narrowest_cross_section(broken) == 0.0
    assert [len(cluster_sizes(junction)) for junction in (whole, broken)] == [1, 2]


def test_moving_the_junction_changes_nothing() -> None:
    contact = build_contact(ContactSpec(neck_width=2))
    moved = Junction.from_sequences(
        contact.numbers[::-1], (contact.positions + 7.5)[::-1], contact.regions[::-1], 5.33
    )

    assert (moved.regions == RIGHT).sum() == 18
    np.testing.assert_allclose(
        narrowest_cross_section(moved), narrowest_cross_section(contact), rtol=1e-9
    )
