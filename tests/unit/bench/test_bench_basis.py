"""What the benchmark of bases makes of bands. Plane waves cost minutes and are not run here."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.bench import basis as basis_bench
from sekkei.bench.basis import CHAIN, compare_bands, wire
from sekkei.errors import LabelError
from sekkei.observe.figures.accuracy import BasisPoint, basis_figure

pytestmark = pytest.mark.dft


def bands(n_band: int = 4) -> np.ndarray:
    k = (np.arange(40) + 0.5) / 80.0
    return 0.6 * np.arange(n_band) - np.cos(2.0 * np.pi * k)[:, None]


def test_a_common_shift_is_no_error() -> None:
    found = compare_bands(bands() + 0.3, bands(), 2)

    assert found.rms_mev == pytest.approx(0.0, abs=1e-9)
    assert found.n_state > 40


def test_an_empty_band_that_is_too_high_is_an_error() -> None:
    wanted = bands()
    higher = wanted.copy()
    # Far above E_F of one electron, so that E_F stays where it was.
    higher[:, 3] += 0.02
    far = compare_bands(higher, wanted, 1)
    assert far.rms_mev < 1.0

    higher = wanted + 0.02 * (wanted > 0.3)
    near = compare_bands(higher, wanted, 2)

    assert near.max_mev == pytest.approx(20.0, abs=3.0)


def test_a_basis_with_too_few_bands_is_refused() -> None:
    with pytest.raises(LabelError, match=r"must have the \d bands that reach into the window"):
        compare_bands(bands(2), bands(4), 3)


def test_a_chain_has_one_atom_at_the_neighbours_distance() -> None:
    found = wire("K", CHAIN)

    assert found.numbers.tolist() == [19]
    # sqrt(3)/2 of the lattice constant, 5.23 to 5.33 Å by temperature.
    assert found.period == pytest.approx(4.57, abs=0.05)


def test_other_wires_are_the_known_ones() -> None:
    assert wire("Na", "staggered-3").numbers.size == 6


@pytest.mark.slow
def test_the_fitted_basis_is_nearer_to_the_uncontracted_one_than_a_small_one(monkeypatch) -> None:
    bands, _ = basis_bench._lcao_bands(wire("K", "staggered-3"), "uncontracted", 3)
    monkeypatch.setattr(basis_bench, "_n_k", lambda _: 3)

    small, fitted = (
        basis_bench._row("K", "staggered-3", basis, bands)["rms_mev"] for basis in ("sp", "spd")
    )

    # Measured 15.5 and 3.0 meV with six k-points.
    assert fitted < 6.0 < small


def test_every_wire_has_a_line_in_the_figure() -> None:
    points = [
        BasisPoint(wire, basis, n, 3.0)
        for wire in ("K a", "Na b")
        for basis, n in (("sp", 4), ("spd", 9))
    ]

    (axes,) = basis_figure(points).axes

    assert [line.get_label() for line in axes.lines[:2]] == ["K a", "Na b"]
