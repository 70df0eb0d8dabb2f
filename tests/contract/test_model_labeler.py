"""A predictor keeps the laws of a labeler."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typing_extensions import override

from sekkei.errors import LabelError
from sekkei.model import PredictorLabeler, load_predictor, train_direct
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction
from sekkei.testing.labeler_laws import LabelerLaws
from sekkei.testing.registry_laws import QUICK, shaken, small_dataset
from sekkei.transport.labeler import Labeler

MODELS = Path(__file__).parents[2] / "data" / "models"


class TestPredictorLabeler(LabelerLaws):
    tolerance = 1e-5  # float32 sums in another order

    @override
    def make_labeler(self) -> Labeler:
        return _trained()

    @override
    def make_junction(self) -> Junction:
        return shaken(build_contact(ContactSpec(device_periods=3)), np.random.default_rng(2))

    @override
    def make_hopeless(self) -> Junction:
        contact = self.make_junction()
        return Junction.from_sequences(
            np.full(contact.n_atom, 79),
            contact.positions,
            contact.regions,
            contact.electrode_period,
        )


@cache
def _trained() -> PredictorLabeler:
    return PredictorLabeler(train_direct(small_dataset(n_experiment=4), QUICK, 0).predictor)


def test_where_a_model_knows_nothing_it_gives_no_label() -> None:
    labeler = PredictorLabeler(load_predictor(MODELS / "alkali-hamiltonian"))
    contact = ContactSpec(
        electrode="bcc100-5+4", composition={"Rb": 1.0}, device_periods=3, neck_width=2
    )

    with pytest.raises(LabelError, match=r"not trained on .* anything from 0 to 6 G0; label it"):
        labeler.label(build_contact(contact))
