"""What a first-principles label is refused for, and the ladder before that."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import ElectrodeError, GridBoundsError
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import Junction
from sekkei.transport.electrode.lateral import LateralElectrode
from sekkei.transport.electrode.matrices import ElectrodeMatrices, electrode_arrays
from sekkei.transport.gpaw.numerics import DftNumerics, LaterRung
from sekkei.transport.junction_ends import check_phase

pytestmark = [pytest.mark.physics]

ENERGIES = np.array([-0.1, 0.0, 0.1])


def test_the_ladder_keeps_the_smearing_unless_a_rung_says_otherwise() -> None:
    wide = LaterRung(mixing=0.1, mixer_history=5, max_iterations=7, smearing_factor=2.0)
    numerics = DftNumerics(smearing_ev=0.03, mixing=0.3, later_rungs=(wide,))

    assert [rung.smearing_ev for rung in DftNumerics().ladder] == [0.05] * 3
    first, second = numerics.ladder
    assert (first.mixing, first.smearing_ev, first.max_iterations) == (0.3, 0.03, 40)
    assert (second.mixing, second.mixer_history, second.max_iterations) == (0.1, 5, 7)
    assert second.smearing_ev == pytest.approx(0.06)


def test_an_electrode_without_channels_is_refused() -> None:
    # The band of the chain ends at 2 eV.
    found = ElectrodeMatrices.from_arrays(chain_arrays(fermi_level=3.0))

    with pytest.raises(ElectrodeError, match="must have open channels at the Fermi level"):
        found.check_usable(0.0)


def test_a_surface_without_channels_at_any_k_is_refused() -> None:
    part = ElectrodeMatrices.from_arrays(chain_arrays(fermi_level=3.0))
    k_points = np.array([[0.0, 0.0], [0.5, 0.0]])
    surface = LateralElectrode(k_points, np.array([0.5, 0.5]), (part, part))

    with pytest.raises(ElectrodeError, match="but has none at 2 k-points"):
        surface.check_usable(0.0)
    # One k-point that conducts is enough, whatever its edges.
    at_edge = replace(part, n_channel=1, edge_distance=0.0)
    replace(surface, parts=(part, at_edge)).check_usable(0.02)


def test_blocks_that_do_not_end_are_refused() -> None:
    blocks = np.array([[[0.0]], [[-1.0]], [[-0.01]]])
    overlap = np.array([[[1.0]], [[0.0]], [[0.0]]])

    with pytest.raises(GridBoundsError, match=r"must end within 2 periods, .* holds 1.0e-02 eV"):
        electrode_arrays(blocks, overlap, 0.0, ENERGIES)


@pytest.mark.dft
class TestGpaw:
    """Refusals that only a calculation can find."""

    @pytest.fixture(autouse=True)
    def _gpaw(self, tmp_path):
        pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")
        from sekkei.transport.cache import ArrayCache

        self.cache = ArrayCache(tmp_path)

    def labeler(self, **numerics):
        from sekkei.transport.gpaw.labeler import GpawLabeler

        return GpawLabeler(
            DftNumerics(energy_range_ev=0.02, window_ev=0.02, **numerics), self.cache
        )

    def test_a_supercell_in_which_orbitals_meet_their_images_is_refused(self) -> None:
        # Five atoms of sodium, 3.7 Å apart: shorter than four times the reach of 5.4 Å.
        short = chain_junction(11, 3.715, n_atom=3)

        with pytest.raises(GridBoundsError, match=r"must be longer than 21\.6 Å .* is 18\.6 Å"):
            self.labeler(lead_periods=2).label(short)

    def test_blocks_of_another_sign_of_k_are_refused(self) -> None:
        # Two orbitals a period, and a coupling that is not its own transpose.
        coupling = np.array([[0.1, 0.3], [0.0, 0.1]])
        blocks = np.array([np.eye(2), coupling])
        junction = np.eye(6) + np.kron(np.eye(3, k=1), coupling)

        check_phase(junction, blocks, 3)
        with pytest.raises(ElectrodeError, match=r"differs by 3\.0e-01 in block 1; are the leads"):
            check_phase(junction, blocks.swapaxes(1, 2), 3)


def chain_arrays(fermi_level: float) -> dict[str, np.ndarray]:
    """Make a chain with hopping -1 eV: its band reaches from -2 to 2 eV."""
    hamiltonian = np.array([[[0.0]], [[-1.0]], [[0.0]]])
    overlap = np.array([[[1.0]], [[0.0]], [[0.0]]])
    return electrode_arrays(hamiltonian, overlap, fermi_level, ENERGIES)


def chain_junction(number: int, distance: float, n_atom: int) -> Junction:
    one = Electrode(np.array([number]), np.zeros((1, 3)), distance).repeated(n_atom)
    regions = np.zeros(n_atom, dtype=int)
    regions[0], regions[-1] = -1, 1
    return Junction.from_sequences(one.numbers, one.positions, regions, distance)
