"""Slices of a junction."""

import numpy as np
import pytest

from sekkei.errors import AtomOverlapError
from sekkei.model.direct.feature import FeatureOptions, describe_junction
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction

OPTIONS = FeatureOptions()
WIRE = build_contact(ContactSpec(neck_length=1, neck_width=9))


def test_slices_of_a_perfect_wire_equal_its_lead() -> None:
    features = describe_junction(WIRE, OPTIONS)

    slices = features.windows @ features.sharvin

    # 9 atoms of 75.7 Å³ per 5.33 Å and kF = 0.746 / Å: 128 Å² conduct 5.66 G0.
    assert slices[0] == pytest.approx(5.66, abs=0.02)
    # The window of 2 Å lets the layers of 5 and 4 atoms ripple by about 1.4 %.
    np.testing.assert_allclose(slices[1:], slices[0], rtol=0.03)


def test_the_lead_is_seen_as_it_is_in_the_infinite_wire() -> None:
    broken = build_contact(ContactSpec(neck_width=1, device_periods=2))

    lead = describe_junction(broken, OPTIONS).descriptors[:9]
    perfect = describe_junction(WIRE, OPTIONS).descriptors[:9]

    np.testing.assert_allclose(np.sort(lead, axis=0), np.sort(perfect, axis=0), rtol=1e-4)


def test_extra_periods_of_lead_change_nothing() -> None:
    short = build_contact(ContactSpec())
    lower = short.positions[short.regions == -1] - [0, 0, 2 * short.electrode_period]
    longer = Junction.from_sequences(
        np.concatenate([short.numbers[short.regions == -1], short.numbers]),
        np.vstack([lower, short.positions]),
        np.concatenate([short.regions[short.regions == -1], short.regions]),
        short.electrode_period,
    )

    one, other = (describe_junction(junction, OPTIONS) for junction in (short, longer))

    assert one.windows.shape == other.windows.shape
    np.testing.assert_allclose(one.windows @ one.sharvin, other.windows @ other.sharvin, rtol=1e-5)


def test_atoms_on_top_of_each_other_are_refused() -> None:
    positions = WIRE.positions.copy()
    positions[40] = positions[41] + [0.0, 0.0, 0.5]

    with pytest.raises(AtomOverlapError, match=r"0\.50 Å"):
        describe_junction(
            Junction.from_sequences(WIRE.numbers, positions, WIRE.regions, WIRE.electrode_period),
            OPTIONS,
        )
