"""The fit of a contraction, on bands whose answer is known."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.transport.gpaw import basis_fit
from sekkei.transport.gpaw.basis import basis_shapes
from sekkei.transport.gpaw.basis_fit import (
    SP,
    SPD,
    FitPlan,
    FittedBasis,
    WireBands,
    fermi_level,
    fit_basis,
)

pytestmark = [pytest.mark.dft]

K_POINTS = (np.arange(6) + 0.5) / 12.0
S, P = (1.0, 0.3, -0.2), (1.0, -0.15, 0.1)


def test_half_a_cosine_band_is_filled_to_its_middle() -> None:
    bands = 0.7 + 2.0 * np.cos(2.0 * np.pi * K_POINTS)[:, None]

    assert fermi_level(bands, 1) == pytest.approx(0.7, abs=1e-9)


def test_flat_levels_are_filled_from_below() -> None:
    # One electron in a level for two: half filled, and the next is 3 eV up.
    bands = np.tile([-1.0, 2.0], (4, 1))

    assert fermi_level(bands, 1) == pytest.approx(-1.0, abs=1e-6)
    assert fermi_level(bands, 2) == pytest.approx(0.5, abs=1e-6)


def test_a_known_contraction_is_found_again(monkeypatch) -> None:
    monkeypatch.setattr(basis_fit, "_wire_bands", lambda *_: one_atom_chain())

    found = fit_basis("K", SP)

    np.testing.assert_allclose(found.contraction[0][0], S, atol=0.05)
    np.testing.assert_allclose(found.contraction[1][0], P, atol=0.05)
    # Nobody knows better than 22 functions, and 4 suffice here.
    assert max(found.rms_ev) < 1e-3
    assert len(found.rms_ev) == len(SP.wires)


def test_a_fit_of_s_p_and_d_has_three_rows_that_start_with_one(monkeypatch) -> None:
    monkeypatch.setattr(basis_fit, "_wire_bands", lambda *_: one_atom_chain())

    found = fit_basis("K", SPD)

    sizes = [shape.contraction.shape[0] for shape in basis_shapes("K", "uncontracted")]
    assert [[len(row) for row in block] for block in found.contraction] == [[n] for n in sizes]
    assert {row[0] for block in found.contraction for row in block} == {1.0}


def test_two_functions_of_one_kind_are_told_apart_by_their_first_coefficients(monkeypatch) -> None:
    monkeypatch.setattr(basis_fit, "_wire_bands", lambda *_: one_atom_chain())

    found = fit_basis("K", FitPlan((2, 1)))

    first, second = found.contraction[0]
    assert (first[:2], second[:2]) == ((1.0, 0.0), (0.0, 1.0))
    # Both together hold the one that the bands are made of.
    assert first[2] + S[1] * second[2] == pytest.approx(S[2], abs=0.02)
    assert max(found.rms_ev) < 1e-3


def test_occupied_bands_far_below_count_if_they_are_asked_for(monkeypatch) -> None:
    # A band 6 eV wide whose lower half is made of another function than its upper half.
    wire = changing_chain()
    monkeypatch.setattr(basis_fit, "_wire_bands", lambda *_: wire)

    near = fit_basis("K", FitPlan((1,)))
    every = fit_basis("K", FitPlan((1,), occupied_weight=1.0))

    assert deepest_miss(wire, every) < 0.5 * deepest_miss(wire, near)


def one_atom_chain() -> WireBands:
    """Make bands that one contracted s and one contracted p function have, all others far up."""
    cosine = 2.0 * np.cos(2.0 * np.pi * K_POINTS)
    s, p = kept(S, 0), kept(P, 1)
    far = np.eye(22) - s @ s.T - p @ p.T
    hamiltonian = np.array(
        [20.0 * far - 0.3 * x * s @ s.T + (0.4 + 0.1 * x) * p @ p.T for x in cosine]
    ).astype(complex)
    bands = np.linalg.eigvalsh(hamiltonian)
    return WireBands(
        hamiltonian=hamiltonian,
        overlap=np.tile(np.eye(22, dtype=complex), (len(cosine), 1, 1)),
        wanted=bands - fermi_level(bands, 1),
        n_atom=1,
    )


def changing_chain() -> WireBands:
    """Make one s band: of S near E_F, of another function from 0.5 eV below it down."""
    levels = -3.0 * np.cos(2.0 * np.pi * (np.arange(24) + 0.5) / 48.0)
    functions = [kept((1.0, 0.8, -0.2) if level < -0.5 else S, 0) for level in levels]
    return WireBands(
        hamiltonian=np.array(
            [
                20.0 * np.eye(22) + (e - 20.0) * f @ f.T
                for e, f in zip(levels, functions, strict=True)
            ]
        ).astype(complex),
        overlap=np.tile(np.eye(22, dtype=complex), (len(levels), 1, 1)),
        wanted=(levels - fermi_level(levels[:, None], 1))[:, None],
        n_atom=1,
    )


def deepest_miss(wire: WireBands, found: FittedBasis) -> float:
    """Return by how much the lowest state of a chain of one s function is missed, in eV."""
    function = kept(found.contraction[0][0], 0)
    levels = (function.T @ wire.hamiltonian @ function).real[:, :, 0]
    return float(np.abs(levels - fermi_level(levels, 1) - wire.wanted)[0, 0])


def kept(column: tuple[float, ...], angular: int) -> np.ndarray:
    """Return normalised functions of one angular momentum among 3 s, 3 p and 2 d."""
    n, start = 2 * angular + 1, 3 * angular
    functions = np.zeros((22, n))
    rows = np.kron(np.array(column)[:, None] / np.linalg.norm(column), np.eye(n))
    functions[start : start + len(rows)] = rows
    return functions
