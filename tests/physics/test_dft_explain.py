"""What a DFT label says went into it."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction
from sekkei.transport.cache import ArrayCache
from sekkei.transport.explanation import explain
from sekkei.transport.gpaw.basis import grid_spacing_angstrom
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics

pytestmark = [pytest.mark.dft, pytest.mark.guard, pytest.mark.slow]


def test_a_perfect_wire_needs_hardly_any_alignment(tmp_path) -> None:
    one = build_electrode("staggered-3", "K")
    wire = one.repeated(4)
    regions = np.repeat([-1, 0, 0, 1], one.numbers.size)
    junction = Junction.from_sequences(wire.numbers, wire.positions, regions, one.period)
    labeler = GpawLabeler(DftNumerics(basis="sp"), ArrayCache(tmp_path))

    found = explain(labeler, junction)

    # Three periods at each end, and the two of the device.
    assert found.device.supercell.n_atom == 8 * one.numbers.size
    assert found.device.supercell.n_orbital == 4 * found.device.supercell.n_atom
    assert found.device.supercell.length == pytest.approx(8 * one.period)
    assert found.device.supercell.n_k == (1, 1)
    spacing = grid_spacing_angstrom("K")
    assert found.device.supercell.grid[2] == pytest.approx(8 * one.period / spacing, rel=0.1)
    # The same crystal on the same grid: what is left are k-points and the tolerance of the density.
    assert abs(found.device.alignment_shift) < 0.02
    assert found.device.mean_channel == found.label.n_channel == 3
    assert found.label.conductance == pytest.approx(3.0, abs=1e-3)
