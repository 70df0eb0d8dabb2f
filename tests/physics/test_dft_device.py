"""A device from first principles: its laws, and what a label with its matrices costs."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

import sekkei.structure.lead
import sekkei.transport.gpaw.electrode
import sekkei.transport.gpaw.labeler
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction
from sekkei.testing.device_laws import DeviceLaws
from sekkei.transport.cache import ArrayCache
from sekkei.transport.channels import atomic_channels
from sekkei.transport.device_labeler import labelled_device
from sekkei.transport.explanation import explain
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics

pytestmark = [pytest.mark.dft, pytest.mark.physics]

COARSE = DftNumerics(basis="sp", lateral_kpoint_length_angstrom=20.0)


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> ArrayCache:
    return ArrayCache(tmp_path_factory.mktemp("electrodes"))


def shaken(name: str) -> Junction:
    one = build_electrode(name, "K")
    many, n = one.repeated(6), 2 * one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    shake = np.random.default_rng(1).normal(0.0, 0.1, many.positions.shape)
    positions = many.positions + shake * (regions == 0)[:, None]
    return Junction.from_sequences(many.numbers, positions, regions, one.period, one.lateral_period)


class _GpawLaws(DeviceLaws):
    # The density of the junction is not that of the perfect crystal: s and p levels differ by up to
    # 0.008 eV. (Those of d functions, 4 eV above E_F, feel the grid: they move by up to 0.3 eV.)
    level_tolerance_ev = 0.02
    electrode = ""

    @pytest.fixture(autouse=True)
    def _shared(self, cache):
        self._cache = cache

    def make_labeler(self):
        return GpawLabeler(COARSE, self._cache)

    def make_junction(self):
        return shaken(self.electrode)


@pytest.mark.slow
class TestGpawDeviceBetweenWires(_GpawLaws):
    electrode = "staggered-3"


@pytest.mark.slow
class TestGpawDeviceBetweenSurfaces(_GpawLaws):
    electrode = "surface-bcc100-1x1"


@pytest.fixture
def counted(monkeypatch):
    """Count calculations of junctions and of electrodes, and how often leads are recognised."""
    counts = {"junction": 0, "electrode": 0, "leads": 0}

    def counting(module, name: str, what: str) -> None:
        real = getattr(module, name)

        def called(*arguments):
            counts[what] += 1
            return real(*arguments)

        monkeypatch.setattr(module, name, called)

    counting(sekkei.transport.gpaw.labeler, "solve_periodic", "junction")
    counting(sekkei.transport.gpaw.electrode, "solve_periodic", "electrode")
    counting(sekkei.structure.lead, "_cell", "leads")
    counting(sekkei.structure.lead, "_best_fit", "leads")
    return counts


def test_a_label_with_its_matrices_is_one_calculation_of_the_junction(counted, tmp_path) -> None:
    labeler = GpawLabeler(COARSE, ArrayCache(tmp_path))

    label, device = labelled_device(labeler, shaken("staggered-3"))

    assert counted == {"junction": 1, "electrode": 1, "leads": 2}  # the left end and the right one
    # The matrices are those of the label: its channels come out of them.
    found = atomic_channels(device, 0.0, 3)
    np.testing.assert_allclose(found.transmissions, label.eigenchannels[:3], atol=1e-6)


def test_an_explained_label_is_one_calculation_of_the_junction(counted, tmp_path) -> None:
    labeler = GpawLabeler(COARSE, ArrayCache(tmp_path))

    found = explain(labeler, shaken("staggered-3"))

    assert found.label is not None
    assert found.scan is not None
    assert counted == {"junction": 1, "electrode": 1, "leads": 2}
