"""One function labels every device: means over k across, and channels where there is one k."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import ElectrodeError, LabelError
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.transport.channels import atomic_channels
from sekkei.transport.device_labeler import DeviceLabeler, label_device, labelled_device
from sekkei.transport.labeler import Refusal, label_all
from sekkei.transport.open_device import OpenDevice
from sekkei.transport.tight_binding import TightBindingLabeler, TightBindingOptions

JUNCTION = build_contact(ContactSpec(electrode="staggered-3", neck_width=2))


@pytest.fixture
def device() -> OpenDevice:
    return TightBindingLabeler().device(JUNCTION)


def at_two_k(device: OpenDevice) -> OpenDevice:
    """The same device, and once more with its levels raised, as if at another k across."""
    part = device.only_part()
    raised = replace(part, weight=0.75, hamiltonian=part.hamiltonian + 0.05 * part.overlap)
    return replace(device, parts=(replace(part, weight=0.25), raised))


def test_a_label_is_the_weighted_mean_over_k_across(device) -> None:
    two = at_two_k(device)

    found = label_device(two)

    first, second = (
        label_device(replace(device, parts=(replace(part, weight=1.0),))) for part in two.parts
    )
    np.testing.assert_allclose(
        found.transmission, 0.25 * first.transmission + 0.75 * second.transmission, atol=1e-14
    )
    assert found.conductance == pytest.approx(
        0.25 * first.conductance + 0.75 * second.conductance, abs=1e-14
    )
    # Those of several k are not channels of one scattering problem.
    assert found.eigenchannels.size == 0
    assert first.eigenchannels.size == found.n_channel == two.mean_channel == 3


def test_channels_on_atoms_are_refused_at_several_k(device) -> None:
    with pytest.raises(ElectrodeError, match=r"stands for a wire only, .* with 2 k-points across"):
        atomic_channels(at_two_k(device), 0.0, 1)


def test_checked_single_precision_changes_no_conductance(device) -> None:
    double = label_device(device)

    single = label_device(replace(device, precision="complex64"))

    assert single.conductance == pytest.approx(double.conductance, abs=1e-12)
    np.testing.assert_allclose(single.transmission, double.transmission, atol=1e-5)


def test_a_label_comes_with_the_matrices_that_it_was_read_off() -> None:
    labeler = TightBindingLabeler()
    assert isinstance(labeler, DeviceLabeler)

    label, device = labelled_device(labeler, JUNCTION)

    own = labeler.label(JUNCTION)
    np.testing.assert_array_equal(label.transmission, own.transmission)
    assert (label.recipe, label.fermi_level) == (own.recipe, device.fermi_level)
    assert label.cpu_seconds >= device.cpu_seconds


def test_a_refusal_says_what_it_cost() -> None:
    class Slow(TightBindingLabeler):
        def device(self, junction):
            np.linalg.eigvalsh(np.eye(300))
            raise LabelError("a junction must be another one")

    (found,) = label_all(Slow(TightBindingOptions()), [JUNCTION])

    assert isinstance(found, Refusal)
    assert found.cpu_seconds > 0.0
