"""First-principles labels: perfect wires, symmetry, refusals. Needs GPAW."""

import numpy as np
import pytest

from sekkei.errors import (
    AtomOverlapError,
    BandEdgeError,
    ConvergenceError,
    ElectrodeError,
    LabelError,
)
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction
from sekkei.testing.labeler_laws import LabelerLaws

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics

pytestmark = [pytest.mark.dft, pytest.mark.physics]


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> ArrayCache:
    return ArrayCache(tmp_path_factory.mktemp("electrodes"))


@pytest.fixture(scope="session")
def labeler(cache) -> GpawLabeler:
    return GpawLabeler(cache=cache)


def wire(name: str, element: str, n_period: int = 7) -> Junction:
    one = build_electrode(name, element)
    many, n = one.repeated(n_period), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    return Junction.from_sequences(many.numbers, many.positions, regions, one.period)


def constriction(name: str = "staggered-3") -> Junction:
    """Take two atoms out of a wire and shake the rest of the device: no symmetry is left."""
    perfect = wire(name, "K")
    shake = np.random.default_rng(1).normal(0.0, 0.15, perfect.positions.shape)
    positions = perfect.positions + shake * (perfect.regions == 0)[:, None]
    keep = np.ones(perfect.n_atom, dtype=bool)
    keep[perfect.n_atom // 2 : perfect.n_atom // 2 + 2] = False
    return Junction.from_sequences(
        perfect.numbers[keep], positions[keep], perfect.regions[keep], perfect.electrode_period
    )


def overlapping() -> Junction:
    junction = constriction()
    positions = np.array(junction.positions)
    positions[20] = positions[19] + [0.0, 0.0, 0.5]
    return Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )


@pytest.mark.guard
@pytest.mark.slow
class TestGpawLabeler(LabelerLaws):
    # The grid of 0.7 Å is not isotropic: turned contacts were seen to differ by up to 0.004 G0.
    tolerance = 0.01

    @pytest.fixture(autouse=True)
    def _shared(self, labeler):
        self._labeler = labeler

    def make_labeler(self):
        return self._labeler

    def make_junction(self):
        return constriction()

    def make_hopeless(self):
        return overlapping()


def test_a_perfect_three_atom_wire_transmits_three(labeler) -> None:
    label = labeler.label(wire("staggered-3", "K"))

    assert label.n_channel == 3
    assert label.conductance == pytest.approx(3.0, abs=1e-3)
    assert label.window_conductance == pytest.approx(3.0, abs=1e-3)
    assert label.eigenchannels.sum() == pytest.approx(label.conductance, abs=1e-5)
    assert (label.transmission >= 0.0).all()


@pytest.mark.slow
def test_a_contact_moved_along_the_wire_conducts_the_same(labeler) -> None:
    here = constriction()
    moved = np.add(here.positions, [0.0, 0.0, 0.23])
    there = Junction.from_sequences(here.numbers, moved, here.regions, here.electrode_period)

    # Leads and contact stand on the grid alike wherever they are: what is left is rounding.
    np.testing.assert_allclose(
        labeler.label(there).transmission, labeler.label(here).transmission, atol=1e-5
    )


@pytest.mark.slow
@pytest.mark.parametrize("element", ["Na", "K"])
def test_a_perfect_bcc_wire_transmits_six(labeler, element) -> None:
    label = labeler.label(wire("bcc100-5+4", element))

    assert label.n_channel == 6
    assert label.conductance == pytest.approx(6.0, abs=1e-3)


def test_the_four_plus_one_wire_is_refused_for_its_band_edge(labeler) -> None:
    # Its band starts 13 meV below the Fermi level.
    with pytest.raises(BandEdgeError, match=r"at least 0.02 eV .* one starts at 0.01\d eV"):
        labeler.label(wire("bcc100-4+1", "K"))


def test_overlapping_atoms_are_refused_by_name(labeler) -> None:
    with pytest.raises(AtomOverlapError, match=r"atoms 19 and 20 are 0\.50 Å apart"):
        labeler.label(overlapping())


def test_an_electrode_that_is_not_periodic_is_refused_by_its_atoms(labeler) -> None:
    junction = wire("staggered-3", "K")
    positions = np.array(junction.positions)
    positions[-1] += [0.4, 0.0, 0.0]
    bent = Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )

    with pytest.raises(
        ElectrodeError, match=r"right lead must continue the left one.* do not: 41;"
    ):
        labeler.label(bent)


def test_an_element_without_a_one_electron_potential_is_refused(labeler) -> None:
    junction = wire("staggered-3", "K")
    silver = Junction.from_sequences(
        np.full(junction.n_atom, 47),
        junction.positions,
        junction.regions,
        junction.electrode_period,
    )

    with pytest.raises(LabelError, match="exist for Li, Na, K, Rb, Cs, but the junction holds Ag"):
        labeler.label(silver)


def test_a_density_that_does_not_converge_is_refused(cache) -> None:
    hasty = GpawLabeler(DftNumerics(max_iterations=2, later_rungs=()), cache)

    with pytest.raises(ConvergenceError, match=r"no rung .* \(mixing 0.4, smearing 0.05 eV: 2\)"):
        hasty.label(wire("staggered-3", "K"))


def test_the_recipe_changes_with_every_setting_and_only_then() -> None:
    assert GpawLabeler().recipe == GpawLabeler(DftNumerics()).recipe
    assert GpawLabeler().recipe != GpawLabeler(DftNumerics(basis="sp")).recipe
