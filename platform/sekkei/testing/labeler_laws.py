"""The laws of the labeler port, as a test class for whoever writes a labeler."""

import abc

import numpy as np
import pytest

from sekkei.errors import LabelError
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Labeler


class LabelerLaws(abc.ABC):
    """Inherit, say how to make a labeler and three junctions, and the laws are tested."""

    tolerance: float = 1e-10
    """How far a rigid motion may move T(E) within the window around E_F."""

    @abc.abstractmethod
    def make_labeler(self) -> Labeler:
        """Make a labeler, the same one each time."""

    @abc.abstractmethod
    def make_junction(self) -> Junction:
        """Make a junction that it can label."""

    @abc.abstractmethod
    def make_hopeless(self) -> Junction:
        """Make a junction that it must refuse."""

    def test_law_1_equal_junctions_have_bit_identical_labels(self) -> None:
        first = self.make_labeler().label(self.make_junction())
        second = self.make_labeler().label(self.make_junction())

        assert first.recipe == second.recipe
        np.testing.assert_array_equal(first.energies, second.energies)
        np.testing.assert_array_equal(first.transmission, second.transmission)

    @pytest.mark.parametrize("motion", ["turn", "shift", "reorder"])
    def test_law_2_rigid_motions_do_not_change_a_label(self, motion: str) -> None:
        junction = self.make_junction()
        still = self.make_labeler().label(junction)

        moved = self.make_labeler().label(moved_junction(junction, motion))

        near = np.abs(still.energies) <= still.window
        np.testing.assert_allclose(
            moved.transmission[near], still.transmission[near], atol=self.tolerance, rtol=0
        )

    def test_law_3_transmission_lies_between_zero_and_the_open_channels(self) -> None:
        label = self.make_labeler().label(self.make_junction())

        near = np.abs(label.energies) <= label.window
        assert (label.transmission >= -1e-9).all()
        assert (label.transmission[near] <= label.n_channel + 1e-3).all()
        assert 0.0 in label.energies

    def test_law_4_a_hopeless_junction_is_refused(self) -> None:
        with pytest.raises(LabelError, match="must"):
            self.make_labeler().label(self.make_hopeless())


def moved_junction(junction: Junction, motion: str) -> Junction:
    """Turn about z, shift, or reorder a junction; its physics stays."""
    positions, order = np.array(junction.positions), np.arange(junction.n_atom)
    if motion == "turn":
        positions = _turned(positions, angle=0.61)
    if motion == "shift":
        positions = positions + np.array([1.3, -0.4, 2.7])
    if motion == "reorder":
        order = np.random.default_rng(5).permutation(junction.n_atom)
    return Junction.from_sequences(
        junction.numbers[order],
        positions[order],
        junction.regions[order],
        junction.electrode_period,
    )


def _turned(positions: Float[np.ndarray, "atom 3"], angle: float) -> Float[np.ndarray, "atom 3"]:
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(positions @ turn)
