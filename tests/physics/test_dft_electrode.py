"""First-principles scans of electrodes. Needs GPAW."""

import pytest

from sekkei.errors import BandEdgeError
from sekkei.structure.electrode import build_electrode
from sekkei.transport.electrode.scan import scan_electrode

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics

pytestmark = [pytest.mark.dft, pytest.mark.physics]


def test_three_rows_of_potassium_have_three_channels_far_from_an_edge(tmp_path) -> None:
    wire = build_electrode("bcc111-1+1+1", "K")
    labeler = GpawLabeler(cache=ArrayCache(tmp_path))

    scan = scan_electrode(labeler, wire)

    # The s-like band and the two of angular momentum 1, as in any wire of this thickness.
    assert scan.n_channel == 3
    assert scan.is_usable
    assert labeler.electrode(wire).edge_distance == pytest.approx(scan.edge_distance, abs=1e-9)


def test_a_wire_that_would_be_refused_is_scanned(tmp_path) -> None:
    wire = build_electrode("bcc111-1+1+1", "K")
    labeler = GpawLabeler(DftNumerics(edge_ev=0.3), ArrayCache(tmp_path))

    scan = scan_electrode(labeler, wire)

    assert scan.edge_distance < 0.3
    assert not scan.is_usable
    with pytest.raises(BandEdgeError, match=r"must start at least 0\.3 eV"):
        labeler.electrode(wire)
