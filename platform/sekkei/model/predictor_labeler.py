"""A predictor behind the labeler port."""

import time
from pathlib import Path

import numpy as np
from typing_extensions import override

from sekkei.arrays import freeze
from sekkei.errors import LabelError
from sekkei.identity import content_hash
from sekkei.model.families import load_predictor
from sekkei.model.predictor import Predictor
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label, Labeler

ENGINE = "sekkei surrogate of "
"""What its labels name as their engine, before the quantity."""


class PredictorLabeler(Labeler):
    """Labels junctions with what was learned.

    There is one energy, the Fermi level, and one conductance, the quantity that the predictor
    learned; both fields of the label hold it. A label has no place for an interval or a flag:
    ask the predictor itself where those matter. A structure of which it knows nothing but its
    bounds has no label.

    Parameters
    ----------
    predictor
        Of any family.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._recipe = content_hash("surrogate-labeler", predictor.identity)

    @classmethod
    def from_options(cls, folder: str) -> "PredictorLabeler":
        """Make a labeler from the folder of a saved model.

        Raises
        ------
        InvalidInputError
            If the folder holds no predictor.
        """
        return cls(load_predictor(Path(str(folder))))  # the name of a folder may be a number

    @property
    @override
    def recipe(self) -> str:
        return self._recipe

    @property
    @override
    def engine(self) -> str:
        return f"{ENGINE}{self._predictor.quantity}"

    @override
    def label(self, junction: Junction) -> Label:
        started = time.process_time()
        found = self._predictor.predict([junction])
        conductance, n_channel = float(found.mean[0]), int(found.n_channel[0])
        if found.is_outside[0] and found.sigma[0] >= max(conductance, n_channel - conductance):
            raise LabelError(
                f"a model must know what it labels, but found {found.reasons[0]}: the conductance "
                f"may be anything from 0 to {n_channel} G0; label it from first principles"
            )
        return Label(
            energies=freeze(np.zeros(1)),
            transmission=freeze(np.array([conductance])),
            conductance=conductance,
            window_conductance=conductance,
            window=0.0,
            n_channel=n_channel,
            fermi_level=0.0,
            recipe=self.recipe,
            engine=self.engine,
            cpu_seconds=time.process_time() - started,
            iterations=0,
        )
