"""What is kept of an opened device."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.open_device import OpenDevice
from sekkei.transport.tight_binding import TightBindingLabeler


@pytest.fixture(scope="module")
def device() -> OpenDevice:
    contact = ContactSpec(electrode="staggered-3", neck_width=1)
    return TightBindingLabeler().device(build_contact(contact))


def test_the_matrices_of_a_wire_are_those_of_its_only_part(device) -> None:
    found = DeviceMatrices.from_device(device)

    part, n = device.only_part(), device.orbital_atoms.size
    assert found.hamiltonian.shape == found.overlap.shape == (1, n, n)
    np.testing.assert_array_equal(found.hamiltonian[0], part.hamiltonian.numpy())
    np.testing.assert_array_equal(found.overlap[0], part.overlap.numpy())
    assert found.k_points.tolist() == [[0.0, 0.0]]
    assert (found.fermi_level, found.recipe) == (device.fermi_level, device.recipe)
    assert (found.length, found.lead_periods) == (
        device.supercell.length,
        device.supercell.lead_periods,
    )
    assert np.isnan(found.alignment)
    assert found.lateral_period is None
    assert not found.hamiltonian.flags.writeable


def test_a_surface_has_matrices_at_every_k_point(device) -> None:
    part = device.only_part()
    other = replace(
        part,
        k_point=np.array([0.25, 0.0]),
        hamiltonian=part.hamiltonian + 0j,
        overlap=part.overlap + 0j,
    )
    halves = tuple(replace(one, weight=0.5) for one in (part, other))
    junction = replace(device.leads.junction, lateral_period=(20.0, 21.0))
    leads = replace(device.leads, junction=junction)

    found = DeviceMatrices.from_device(
        replace(device, parts=halves, leads=leads, alignment_shift=0.02)
    )

    assert np.iscomplexobj(found.hamiltonian)
    assert np.iscomplexobj(found.overlap)
    assert found.k_points.tolist() == [[0.0, 0.0], [0.25, 0.0]]
    assert found.weights.tolist() == [0.5, 0.5]
    assert (found.alignment, found.lateral_period) == (0.02, (20.0, 21.0))


def test_whoever_only_reads_matrices_loads_no_torch() -> None:
    look = "import sys; from sekkei.transport import DeviceMatrices; print('torch' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True)

    assert said.stdout.strip() == "False"
