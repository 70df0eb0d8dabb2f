"""The laws of the predictor port, as a test class for whoever writes a family."""

import abc
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import LabelError
from sekkei.model.families import load_predictor
from sekkei.model.predictor import Predictions, Predictor
from sekkei.structure.junction import Junction
from sekkei.testing.labeler_laws import moved_junction


class PredictorLaws(abc.ABC):
    """Inherit, say how to make a predictor and some junctions, and the laws are tested."""

    tolerance: float = 1e-5
    """How far a rigid motion, or company, may move a prediction, in G0."""

    @abc.abstractmethod
    def make_predictor(self) -> Predictor:
        """Make a predictor, the same one each time."""

    @abc.abstractmethod
    def make_junction(self) -> Junction:
        """Make a junction like those that it was trained on."""

    @abc.abstractmethod
    def make_others(self) -> Mapping[str, tuple[Junction, int]]:
        """Make junctions of every kind, inside and outside, with the channels of their leads."""

    @abc.abstractmethod
    def make_outside(self) -> Mapping[str, Junction]:
        """Make junctions that differ from `make_junction` in one thing, and name it.

        An element, an electrode, and surroundings of atoms, as far as the family can tell.
        """

    @abc.abstractmethod
    def make_hopeless(self) -> Junction:
        """Make a junction that it must refuse."""

    def test_law_1_equal_junctions_have_bit_identical_predictions(self) -> None:
        first = self.make_predictor().predict([self.make_junction()])
        second = self.make_predictor().predict([self.make_junction()])

        np.testing.assert_array_equal(first.mean, second.mean)
        np.testing.assert_array_equal(first.sigma, second.sigma)
        assert first.reasons == second.reasons

    @pytest.mark.parametrize("motion", ["turn", "shift", "reorder"])
    def test_law_2_rigid_motions_do_not_change_a_prediction(self, motion: str) -> None:
        predictor, junction = self.make_predictor(), self.make_junction()

        still = predictor.predict([junction])
        moved = predictor.predict([moved_junction(junction, motion)])

        _assert_close(moved, still, self.tolerance)

    def test_law_3_predictions_lie_between_zero_and_the_channels(self) -> None:
        others = self.make_others()

        found = self.make_predictor().predict([junction for junction, _ in others.values()])

        assert (found.mean >= 0.0).all()
        assert (found.mean <= found.n_channel).all()
        assert (found.sigma > 0.0).all()
        assert (found.sigma <= np.maximum(found.mean, found.n_channel - found.mean)).all()
        assert dict(zip(others, found.n_channel.tolist(), strict=True)) == {
            name: n_channel for name, (_, n_channel) in others.items()
        }

    def test_law_4_a_hopeless_junction_is_refused(self) -> None:
        with pytest.raises(LabelError, match="must"):
            self.make_predictor().predict([self.make_junction(), self.make_hopeless()])

    def test_law_5_what_is_unlike_the_training_set_is_flagged_and_less_sure(self) -> None:
        predictor, outside = self.make_predictor(), self.make_outside()

        inside = predictor.predict([self.make_junction()])
        found = predictor.predict(list(outside.values()))

        assert inside.reasons == ("",)
        assert not inside.is_outside.any()
        assert inside.is_bound_known.all()
        for name, reason, sigma in zip(outside, found.reasons, found.sigma, strict=True):
            assert reason, f"{name} is not flagged"
            assert sigma > inside.sigma[0], f"{name} is as sure as a junction inside"
        assert found.n_outside == len(outside)

    def test_law_6_it_comes_back_from_its_folder_as_it_went(self, tmp_path: Path) -> None:
        predictor, junctions = self.make_predictor(), self._all()
        predictor.save(tmp_path / "saved")

        found = load_predictor(tmp_path / "saved")

        assert (found.identity, found.family) == (predictor.identity, predictor.family)
        assert (found.quantity, found.label_recipe) == (predictor.quantity, predictor.label_recipe)
        assert found.description == predictor.description
        again, before = found.predict(junctions), predictor.predict(junctions)
        np.testing.assert_array_equal(again.mean, before.mean)
        np.testing.assert_array_equal(again.sigma, before.sigma)
        np.testing.assert_array_equal(again.n_channel, before.n_channel)
        assert again.reasons == before.reasons

    def test_law_7_a_prediction_does_not_depend_on_its_company(self) -> None:
        predictor, junctions = self.make_predictor(), self._all()

        together = predictor.predict(junctions)
        alone = [predictor.predict([junction]) for junction in junctions]

        np.testing.assert_allclose(
            together.mean, [one.mean[0] for one in alone], atol=self.tolerance
        )
        np.testing.assert_allclose(
            together.sigma, [one.sigma[0] for one in alone], atol=self.tolerance
        )
        assert together.reasons == tuple(one.reasons[0] for one in alone)
        assert predictor.predict([]).mean.shape == (0,)

    def _all(self) -> list[Junction]:
        others = [junction for junction, _ in self.make_others().values()]
        return [self.make_junction(), *self.make_outside().values(), *others]


def _assert_close(one: Predictions, other: Predictions, tolerance: float) -> None:
    np.testing.assert_allclose(one.mean, other.mean, atol=tolerance)
    np.testing.assert_allclose(one.sigma, other.sigma, atol=tolerance)
    assert one.reasons == other.reasons
    np.testing.assert_array_equal(one.n_channel, other.n_channel)
