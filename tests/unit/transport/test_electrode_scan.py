"""Channels against energy, and what a near band edge means."""

from dataclasses import dataclass

import numpy as np
import pytest

from sekkei.errors import InvalidInputError, LabelError
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction
from sekkei.structure.widen import widen_leads
from sekkei.transport.electrode.bands import ElectrodeBands, band_energies, channel_count
from sekkei.transport.electrode.scan import RANGE_EV, STEP_EV, scan_electrode
from sekkei.transport.tight_binding import TightBindingLabeler, TightBindingOptions

WIRE = build_electrode("bcc100-4+1", "K")


@dataclass(frozen=True)
class Chains:
    """Uncoupled chains with one orbital each: bands from ``onsite - 2`` to ``onsite + 2`` eV."""

    onsite: tuple[float, ...]
    edge_limit: float = 0.02
    engine: str = "chains"

    def electrode_bands(self, wire: Electrode) -> ElectrodeBands:
        n = len(self.onsite)
        hamiltonian = np.stack([np.diag(self.onsite), -np.eye(n)])
        return ElectrodeBands(
            hamiltonian, np.stack([np.eye(n), np.zeros((n, n))]), 0.0, self.edge_limit
        )


def test_channels_are_the_bands_that_an_energy_crosses() -> None:
    # Band bottoms at -2, -0.3 and +0.1 eV.
    scan = scan_electrode(Chains((0.0, 1.7, 2.1)), WIRE)

    expected = 1 + (scan.energies > -0.3).astype(int) + (scan.energies > 0.1)
    aside = np.abs(scan.energies[:, None] - [-0.3, 0.1]).min(axis=1) > 0.5 * STEP_EV
    np.testing.assert_array_equal(scan.channels[aside], expected[aside])
    assert scan.energies[0] == pytest.approx(-RANGE_EV)
    assert scan.energies[-1] == pytest.approx(RANGE_EV)
    assert scan.n_channel == 2
    assert scan.edge_distance == pytest.approx(0.1, abs=1.5 * STEP_EV)
    assert scan.verdict == "usable"
    assert scan.smearing == scan.window == 0.0


def test_steps_are_stretches_of_equal_channels() -> None:
    scan = scan_electrode(Chains((0.0, 1.7)), WIRE)

    (low, first_end, n_first), (second_start, high, n_second) = scan.steps
    assert (n_first, n_second) == (1, 2)
    assert (low, high) == pytest.approx((-0.5, 0.5))
    assert first_end == pytest.approx(-0.3, abs=2 * STEP_EV)
    assert second_start - first_end == pytest.approx(STEP_EV)


@pytest.mark.physics
@pytest.mark.parametrize("limit", [0.01, 0.02, 0.04])
def test_the_smearing_of_one_near_edge_is_the_closed_form(limit: float) -> None:
    scan = scan_electrode(Chains((0.0, 2.0), edge_limit=limit), WIRE)

    # An edge at E_F: f moves by 1/(1 + exp(-d/kT)) - 1/2 = 1/4 at kT = d / ln 3, and a plain mean
    # over +-w by d / 2w = 1/4 at w = 2d. The grid puts the edge half a step aside.
    assert not scan.is_usable
    assert scan.smearing == pytest.approx(limit / np.log(3.0), abs=1.1 * STEP_EV)
    assert scan.window == pytest.approx(2.0 * limit, abs=1.1 * STEP_EV)
    assert f"refused: a band edge nearer than {limit:g} eV; usable with edge_ev=0" in scan.verdict


def test_many_edges_at_one_place_have_no_smearing() -> None:
    scan = scan_electrode(Chains((0.0, *[2.0] * 9), edge_limit=0.05), WIRE)

    assert scan.smearing is None
    assert scan.window is None
    assert scan.verdict.endswith("no smearing up to 0.1 eV makes it usable")


def test_a_wire_that_does_not_conduct_is_refused() -> None:
    scan = scan_electrode(Chains((3.0,)), WIRE)

    assert scan.n_channel == 0
    assert not scan.is_usable
    assert scan.smearing is None
    assert scan.verdict == "refused: no channel is open at the Fermi level"


def test_the_count_of_channels_is_that_of_every_stretch_of_every_band() -> None:
    rng = np.random.default_rng(0)
    bands = np.sort(np.cumsum(rng.normal(size=(50, 4)), axis=0), axis=1)
    bands[-1] = bands[0]
    energies = np.linspace(-3.0, 3.0, 41)

    found = channel_count(bands, energies)

    pairs = np.sort(np.stack([bands[:-1], bands[1:]]), axis=0)
    crossed = [((pairs[0] <= energy) & (energy < pairs[1])).sum() // 2 for energy in energies]
    np.testing.assert_array_equal(found, crossed)


@pytest.mark.physics
def test_bands_that_cross_leave_no_gap() -> None:
    # Bands 2 cos k - 0.3 and -2 cos k + 0.4, in a basis that mixes them: they cross inside.
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    blocks = np.stack([turn @ np.diag(d) @ turn.T for d in ([-0.3, 0.4], [1.0, -1.0])])
    overlap = np.stack([np.eye(2), np.zeros((2, 2))])
    energies = np.linspace(-3.0, 3.0, 4001) + 1e-7

    found = channel_count(band_energies(blocks, overlap), energies)

    expected = (np.abs(energies + 0.3) < 2.0).astype(int) + (np.abs(energies - 0.4) < 2.0)
    # The grid of k misses the ends of a band by (pi / 399)^2 = 6e-5 eV.
    edges = np.array([-2.3, -1.6, 1.7, 2.4])
    aside = np.abs(energies[:, None] - edges).min(axis=1) > 1e-4
    np.testing.assert_array_equal(found[aside], expected[aside])


@pytest.mark.physics
@pytest.mark.parametrize("name", ["staggered-3", "bcc100-5+4", "bcc110-4+4", "bcc111-1+3+3"])
def test_a_perfect_wire_transmits_the_channels_of_its_scan(name: str) -> None:
    labeler, one = TightBindingLabeler(), build_electrode(name, "K")
    many, n = one.repeated(5), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    wire = Junction.from_sequences(many.numbers, many.positions, regions, one.period)

    label, scan = labeler.label(wire), scan_electrode(labeler, one)

    counts = np.interp(label.energies, scan.energies, scan.channels)
    edges = [low for low, _, _ in scan.steps[1:]]
    aside = np.abs(label.energies[:, None] - edges).min(axis=1) > 3 * STEP_EV
    assert aside.sum() > 70
    same = np.abs(label.transmission - counts)[aside] < 2e-3
    # The 5+4 wire has one gap of less than 1 meV, at 0.13 eV, that the grid of k passes over.
    assert (~same).sum() <= (1 if name == "bcc100-5+4" else 0)


def test_a_scan_shows_what_the_labeler_refuses() -> None:
    labeler = TightBindingLabeler(TightBindingOptions(edge_ev=0.2))
    junction = build_contact(ContactSpec(electrode="bcc100-4+1"))

    scan = scan_electrode(labeler, build_electrode("bcc100-4+1", "K"))

    assert not scan.is_usable
    with pytest.raises(LabelError, match=f"one starts at {scan.edge_distance:.3f} eV"):
        labeler.label(junction)


def test_a_scan_has_the_bands_of_its_source() -> None:
    labeler = TightBindingLabeler()
    wire = build_electrode("bcc111-1+1+1", "Na")
    found = labeler.electrode_bands(wire)

    scan = scan_electrode(labeler, wire)

    bands = band_energies(found.hamiltonian, found.overlap)
    expected = channel_count(bands, found.fermi_level + scan.energies)
    np.testing.assert_array_equal(scan.channels, expected)
    assert scan.engine == labeler.engine


def test_a_surface_is_not_scanned() -> None:
    with pytest.raises(InvalidInputError, match="wire in vacuum, but found a surface"):
        scan_electrode(Chains((0.0,)), build_electrode("surface-bcc100-2x2", "K"))


def test_tight_binding_does_not_take_surfaces_for_wires() -> None:
    surface = widen_leads(build_contact(ContactSpec()), "surface-bcc100-4x4")

    with pytest.raises(LabelError, match=r"wires in vacuum, but the leads are surfaces .* 21\.32"):
        TightBindingLabeler().label(surface)
