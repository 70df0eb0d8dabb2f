"""Predictors keep the laws of their port, and a second family plugs in by its name."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint

import numpy as np
import pytest
from typing_extensions import override

from sekkei.model import DirectModel, Predictor, WaveOptions, correct_model, train_direct
from sekkei.model.domain import TrainingDomain
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE, Junction
from sekkei.testing.area_predictor import AreaPredictor
from sekkei.testing.predictor_laws import PredictorLaws
from sekkei.testing.registry_laws import QUICK, shaken, small_dataset

LARGE_WIRES = ("bcc100-8+8", "bcc100-9+4", "bcc111-4+4+4")
CHANNELS = {"bcc100-5+4": 6, "bcc100-8+8": 11}


def contact(element: str = "K", electrode: str = "bcc100-5+4", *, is_wire: bool = False):
    return build_contact(
        ContactSpec(
            electrode=electrode,
            electrode_element=element,
            composition={element: 1.0},
            device_periods=3,
            neck_length=1,
            neck_width=9 if is_wire else 1,
        )
    )


def squeezed(junction: Junction) -> Junction:
    positions = np.array(junction.positions)
    positions[junction.regions == DEVICE, :2] *= 0.6
    return Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )


class Contacts(PredictorLaws):
    """Potassium between 5+4 wires inside, everything else outside."""

    @override
    def make_junction(self) -> Junction:
        return shaken(contact(), np.random.default_rng(2))

    @override
    def make_others(self) -> Mapping[str, tuple[Junction, int]]:
        return {
            f"{element} {electrode} {is_wire}": (
                contact(element, electrode, is_wire=is_wire),
                n_channel,
            )
            for electrode, n_channel in CHANNELS.items()
            for element in ("Na", "K", "Rb", "Cs")
            for is_wire in (False, True)
        }

    @override
    def make_outside(self) -> Mapping[str, Junction]:
        known = self.make_junction()
        numbers = np.where(known.regions == DEVICE, 37, known.numbers)
        mixed = Junction.from_sequences(
            numbers, known.positions, known.regions, known.electrode_period
        )
        return {
            "another element": contact("Cs"),
            "another element in the device": mixed,
            "another electrode": contact(electrode="bcc100-8+8"),
        }

    @override
    def make_hopeless(self) -> Junction:
        known = self.make_junction()
        return Junction.from_sequences(
            np.full(known.n_atom, 79), known.positions, known.regions, known.electrode_period
        )


class TestDirectModel(Contacts):
    @override
    def make_predictor(self) -> Predictor:
        return _trained()

    @override
    def make_outside(self) -> Mapping[str, Junction]:
        return {**super().make_outside(), "other surroundings": squeezed(self.make_junction())}


class TestEffectiveHamiltonian(TestDirectModel):
    @override
    def make_predictor(self) -> Predictor:
        return _waves()


class TestCorrectedModel(TestDirectModel):
    @override
    def make_predictor(self) -> Predictor:
        return correct_model(_trained(), small_dataset(n_experiment=3, seed=5)).predictor


class TestAreaPredictor(Contacts):
    @override
    def make_predictor(self) -> Predictor:
        data = small_dataset(n_experiment=3)
        return AreaPredictor(TrainingDomain.from_labels(data.junctions, data.n_channel))

    @pytest.fixture(autouse=True)
    def _installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def installed(group: str) -> list[EntryPoint]:
            return [EntryPoint("area", "sekkei.testing.area_predictor:AreaPredictor.load", group)]

        monkeypatch.setattr("sekkei.model.families.entry_points", installed)


def test_a_flag_says_why() -> None:
    found = _trained().predict([contact("Cs", "bcc100-8+8")])

    (reason,) = found.reasons
    assert reason.startswith("Cs, which it was not trained on; an electrode that it was not")
    assert "(11 channels: as the wire bcc100-8+8 of potassium has)" in reason
    assert not found.is_bound_known.any()


def test_where_no_group_can_be_left_out_the_interval_holds_all_that_is_possible() -> None:
    model = _trained()

    found = model.predict([contact("Rb")])

    assert model.outside_factor is None
    assert found.mean[0] + found.sigma[0] >= found.n_channel[0]
    assert found.mean[0] - found.sigma[0] <= 0.0


@cache
def _waves() -> DirectModel:
    options = QUICK.model_copy(
        update={
            "assembly": "waves",
            "waves": WaveOptions(batches=((8, 1),), without_wires=LARGE_WIRES),
        }
    )
    found = train_direct(small_dataset(n_experiment=4), options, 0).predictor
    assert isinstance(found, DirectModel)
    return found


@cache
def _trained() -> DirectModel:
    found = train_direct(small_dataset(n_experiment=4), QUICK, 0).predictor
    assert isinstance(found, DirectModel)
    return found
