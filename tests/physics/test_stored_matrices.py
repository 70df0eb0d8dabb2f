"""What matrices lose in the lake is far below what anybody can measure."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sekkei.lake.matrix_form import pack_matrices, unpack_matrices
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.transport.device_labeler import DeviceLabeler, label_device, make_device_labeler
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.open_device import OpenDevice

CONTACT = ContactSpec(electrode="staggered-3", neck_width=1, neck_length=2, device_periods=2)


def _stored(device: OpenDevice) -> tuple[OpenDevice, DeviceMatrices]:
    found = unpack_matrices(pack_matrices(DeviceMatrices.from_device(device)))
    parts = tuple(
        replace(part, hamiltonian=torch.tensor(h), overlap=torch.tensor(s))
        for part, h, s in zip(device.parts, found.hamiltonian, found.overlap, strict=True)
    )
    return replace(device, parts=parts, precision="complex128"), found


@pytest.mark.physics
@pytest.mark.parametrize(
    "name",
    ["tight-binding", pytest.param("gpaw", marks=[pytest.mark.slow, pytest.mark.dft])],
)
def test_a_label_of_stored_matrices_is_the_label(name: str) -> None:
    labeler: DeviceLabeler = make_device_labeler(name)
    device = labeler.device(build_contact(CONTACT))
    sent = DeviceMatrices.from_device(device)

    again, found = _stored(device)

    # 1e-5 eV was asked for; half a step of 2^-22 is 1.2e-7, and that of S counts 1 + |E_F| times.
    assert np.abs(found.hamiltonian - sent.hamiltonian).max() < 1e-6
    assert np.abs(found.overlap - sent.overlap).max() < 1.2e-7
    exact = label_device(replace(device, precision="complex128"))
    stored = label_device(again)
    assert abs(stored.conductance - exact.conductance) < 1e-5
    # T(E) is steepest at band edges, where the last digit of a level shows most.
    assert np.abs(stored.transmission - exact.transmission).max() < 1e-3
