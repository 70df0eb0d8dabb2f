"""Crystals and surfaces: k-points across, and the ladder of tries. Needs GPAW."""

import numpy as np
import pytest
from scipy.linalg import eigvalsh

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.errors import ElectrodeError
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import recognise_leads
from sekkei.transport.cache import ArrayCache
from sekkei.transport.electrode.lateral import half_of
from sekkei.transport.gpaw.engine import PeriodicAtoms, plane_count, solve_periodic
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics, LaterRung

pytestmark = [pytest.mark.dft, pytest.mark.physics]

COARSE = DftNumerics(lateral_kpoint_length_angstrom=20.0)


def periodic(crystal: Electrode, n_k: tuple[int, int, int]) -> PeriodicAtoms:
    n_plane = plane_count(crystal.period, 0.67)
    return PeriodicAtoms(
        crystal.numbers, crystal.positions, crystal.period, n_plane, n_k, crystal.lateral_period
    )


def crystal_junction(name: str, n_period: int) -> Junction:
    one = build_electrode(name, "K")
    many, n = one.repeated(n_period), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    return Junction.from_sequences(
        many.numbers, many.positions, regions, one.period, one.lateral_period
    )


def levels(matrices) -> np.ndarray:
    pairs = zip(matrices.hamiltonian, matrices.overlap, strict=True)
    return np.sort(np.concatenate([eigvalsh(h, s) for h, s in pairs]))


@pytest.mark.slow
def test_a_supercell_at_the_zone_centre_has_the_levels_of_its_folded_k_points() -> None:
    # Eight points a cell: the grid of the supercell is then that of the cell, three times.
    numerics = DftNumerics(density_tolerance=1e-6, grid_spacing_angstrom=5.33 / 8, basis="sp")
    cell = build_electrode("surface-bcc100-1x1", "K")
    triple = Electrode(
        np.concatenate([cell.numbers] * 3),
        np.concatenate([cell.positions + np.array([i * 5.33, 0.0, 0.0]) for i in range(3)]),
        cell.period,
        (3 * 5.33, 5.33),
    )

    folded = solve_periodic(periodic(cell, (3, 1, 1)), numerics)
    gamma_across = solve_periodic(periodic(triple, (1, 1, 1)), numerics)

    assert len(folded.k_points) == 3
    assert folded.fermi_level == pytest.approx(gamma_across.fermi_level, abs=1e-4)
    np.testing.assert_allclose(levels(folded), levels(gamma_across), atol=1e-4)


def test_matrices_at_every_k_point_are_hermitian_and_positive() -> None:
    matrices = solve_periodic(
        periodic(build_electrode("surface-bcc100-1x1", "K"), (2, 2, 2)), DftNumerics(basis="sp")
    )

    for blocks in (matrices.hamiltonian, matrices.overlap):
        np.testing.assert_allclose(blocks, blocks.conj().swapaxes(1, 2), atol=1e-12)
    assert min(np.linalg.eigvalsh(overlap).min() for overlap in matrices.overlap) > 1e-3
    assert np.abs(matrices.k_points.sum(axis=0)).max() < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_period"), [("surface-bcc100-2x2", 6), ("surface-bcc111-1x1", 7)]
)
def test_a_perfect_crystal_transmits_its_mean_number_of_channels(name, n_period, tmp_path) -> None:
    labeler = GpawLabeler(COARSE, ArrayCache(tmp_path))
    junction = crystal_junction(name, n_period)
    electrode = labeler.lateral_electrode(recognise_leads(junction).electrode)

    label = labeler.label(junction)

    assert label.conductance == pytest.approx(electrode.mean_channel, abs=1e-4)
    assert label.n_channel == electrode.n_channel >= electrode.mean_channel
    with pytest.raises(ElectrodeError, match=r"a surface with \d k-points across"):
        labeler.electrode(recognise_leads(junction).electrode)


def test_one_of_each_pair_of_k_points_stands_for_both() -> None:
    grid = np.array([[x, y] for x in (-1 / 3, 0.0, 1 / 3) for y in (-0.25, 0.25)])

    kept, weights = half_of(grid)

    assert len(kept) == 3
    np.testing.assert_allclose(weights, 1 / 3)


def test_a_density_that_fails_is_tried_on_the_next_rung_from_the_start() -> None:
    wire = build_electrode("staggered-3", "K").repeated(3)
    rung = LaterRung(mixing=0.2, mixer_history=15, max_iterations=60)
    climbing = DftNumerics(basis="sp", max_iterations=3, later_rungs=(rung,))
    straight = DftNumerics(basis="sp", mixing=0.2, mixer_history=15, max_iterations=60)

    second, first = (solve_periodic(periodic(wire, (1, 1, 1)), n) for n in (climbing, straight))

    assert (second.rung, first.rung) == (1, 0)
    np.testing.assert_array_equal(second.hamiltonian, first.hamiltonian)
    assert (
        GpawLabeler(climbing).recipe
        != GpawLabeler(DftNumerics(basis="sp", max_iterations=3)).recipe
    )
