"""A predictor keeps the laws of a labeler."""

from functools import cache

import numpy as np
from typing_extensions import override

from sekkei.model import PredictorLabeler, train_direct
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction
from sekkei.testing.labeler_laws import LabelerLaws
from sekkei.testing.registry_laws import QUICK, shaken, small_dataset
from sekkei.transport.labeler import Labeler


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
