"""The laws of labelers that have matrices, as a test class for whoever writes one."""

import abc
from dataclasses import fields

import numpy as np
import pytest

from sekkei.structure.junction import Junction
from sekkei.transport.device_labeler import DeviceLabeler, label_device
from sekkei.transport.junction_ends import OVERLAP_TOLERANCE
from sekkei.transport.labeler import Label
from sekkei.transport.open_device import DevicePart, OpenDevice


class DeviceLaws(abc.ABC):
    """Inherit, say how to make a labeler and a junction, and the laws are tested."""

    level_tolerance_ev: float = 1e-10
    """How far a block of H at an end of the device may lie from the electrode's own."""

    @abc.abstractmethod
    def make_labeler(self) -> DeviceLabeler:
        """Make a labeler, the same one each time."""

    @abc.abstractmethod
    def make_junction(self) -> Junction:
        """Make a junction that it can open."""

    @pytest.fixture
    def device(self) -> OpenDevice:
        """Open the junction; override it to share one device that is expensive."""
        return self.make_labeler().device(self.make_junction())

    def test_law_1_the_hamiltonian_is_hermitian(self, device: OpenDevice) -> None:
        for part in device.parts:
            matrix = part.hamiltonian.numpy()
            np.testing.assert_allclose(matrix, matrix.conj().T, atol=1e-9, rtol=0)

    def test_law_2_the_overlap_is_hermitian_and_positive_definite(self, device: OpenDevice) -> None:
        for part in device.parts:
            matrix = part.overlap.numpy()
            np.testing.assert_allclose(matrix, matrix.conj().T, atol=1e-10, rtol=0)
            assert np.linalg.eigvalsh(matrix).min() > 0.0

    def test_law_3_labelling_the_device_gives_the_label_of_the_labeler(
        self, device: OpenDevice
    ) -> None:
        own = self.make_labeler().label(self.make_junction())

        found = label_device(device)

        for field in fields(Label):
            if field.name != "cpu_seconds":
                np.testing.assert_array_equal(getattr(found, field.name), getattr(own, field.name))

    def test_law_4_every_orbital_stands_on_an_atom_and_every_atom_has_one(
        self, device: OpenDevice
    ) -> None:
        n_atom, n_orbital = device.numbers.size, device.orbital_atoms.size

        np.testing.assert_array_equal(np.unique(device.orbital_atoms), np.arange(n_atom))
        assert len(device.positions) == device.supercell.n_atom == n_atom
        assert device.supercell.n_orbital == n_orbital
        assert {part.hamiltonian.shape for part in device.parts} == {(n_orbital, n_orbital)}
        assert {part.overlap.shape for part in device.parts} == {(n_orbital, n_orbital)}
        assert sum(part.weight for part in device.parts) == pytest.approx(1.0)

    @pytest.mark.parametrize("end", ["left", "right"])
    def test_law_5_the_ends_are_the_electrode(self, device: OpenDevice, end: str) -> None:
        for part in device.parts:
            for i_cell in range(min(device.supercell.lead_periods, len(part.electrode.overlap))):
                levels, overlap = _block(part, end, i_cell)
                own_levels, own = part.electrode.hamiltonian[i_cell], part.electrode.overlap[i_cell]
                np.testing.assert_allclose(overlap, own, atol=OVERLAP_TOLERANCE, rtol=0)
                np.testing.assert_allclose(levels, own_levels, atol=self.level_tolerance_ev, rtol=0)


def _block(part: DevicePart, end: str, i_cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Return H and S from an outermost period to the one so many periods away, along +z."""
    n = part.electrode.hamiltonian.shape[1]
    if end == "left":
        here, there = slice(0, n), slice(i_cell * n, (i_cell + 1) * n)
    else:
        size = len(part.hamiltonian)
        here = slice(size - (i_cell + 1) * n, size - i_cell * n)
        there = slice(size - n, size)
    return part.hamiltonian.numpy()[here, there], part.overlap.numpy()[here, there]
