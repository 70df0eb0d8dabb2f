"""The tight-binding labeler keeps the laws, and perfect wires transmit integers."""

import numpy as np
import pytest

from sekkei.errors import LabelError
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import build_electrode
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction
from sekkei.testing.device_laws import DeviceLaws
from sekkei.testing.labeler_laws import LabelerLaws
from sekkei.transport.tight_binding import TightBindingLabeler


class TestTightBindingLabeler(LabelerLaws):
    # Leads are put on a grid of 1e-6 Å, which a turn moves them against.
    tolerance = 1e-5

    def make_labeler(self):
        return TightBindingLabeler()

    def make_junction(self):
        return build_contact(ContactSpec(neck_width=1, neck_length=3))

    def make_hopeless(self):
        junction = self.make_junction()
        positions = np.array(junction.positions)
        positions[30] = positions[31]
        return Junction.from_sequences(
            junction.numbers, positions, junction.regions, junction.electrode_period
        )


class TestTightBindingDevice(DeviceLaws):
    def make_labeler(self):
        return TightBindingLabeler()

    def make_junction(self):
        return build_contact(ContactSpec(neck_width=1, neck_length=3))


def test_eigenchannels_of_the_model_add_up_to_its_conductance() -> None:
    label = TightBindingLabeler().label(build_contact(ContactSpec(neck_width=2)))

    assert label.eigenchannels.size == label.n_channel
    assert label.eigenchannels.sum() == pytest.approx(label.conductance, abs=1e-12)


@pytest.mark.physics
@pytest.mark.parametrize(("wire", "channels"), [("staggered-3", 3), ("bcc100-5+4", 6)])
def test_perfect_wires_transmit_as_many_channels_as_dft_finds(wire: str, channels: int) -> None:
    one = build_electrode(wire, "Cs")
    many, n = one.repeated(5), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    junction = Junction.from_sequences(many.numbers, many.positions, regions, one.period)

    label = TightBindingLabeler().label(junction)

    assert label.conductance == pytest.approx(channels, abs=1e-6)


def test_an_element_without_a_lattice_constant_is_refused() -> None:
    junction = build_contact(ContactSpec())
    silver = Junction.from_sequences(
        np.full(junction.n_atom, 47),
        junction.positions,
        junction.regions,
        junction.electrode_period,
    )

    with pytest.raises(LabelError, match="element must be one of Li, Na, K, Rb, Cs"):
        TightBindingLabeler().label(silver)
