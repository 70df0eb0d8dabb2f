"""The benchmark of accuracy on the engine itself, with the smallest basis."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.bench.alignment import align_every_way
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics

pytestmark = [pytest.mark.dft, pytest.mark.physics, pytest.mark.slow]


def test_aligned_by_onsite_levels_a_junction_has_its_label(tmp_path) -> None:
    contact = build_contact(
        ContactSpec(electrode="staggered-3", device_periods=3, neck_length=2, neck_width=2)
    )
    labeler = GpawLabeler(DftNumerics(basis="sp"), ArrayCache(tmp_path))

    ways = align_every_way(labeler, contact)

    label = labeler.label(contact)
    # T(E) of a label may be in single precision, held to 1e-5.
    np.testing.assert_allclose(
        ways["onsite"][1:], [label.conductance, label.window_conductance], atol=2e-5
    )
    # Four layers from the neck both calculations have nearly the same potential.
    assert all(abs(way[0] - ways["onsite"][0]) < 0.1 for way in ways.values())
