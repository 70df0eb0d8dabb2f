"""A surrogate behind the labeler port."""

import time
from pathlib import Path

import numpy as np
from typing_extensions import override

from sekkei.arrays import freeze
from sekkei.identity import content_hash
from sekkei.model.direct.surrogate import Surrogate
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label, Labeler


class SurrogateLabeler(Labeler):
    """Labels junctions with a trained surrogate.

    There is one energy, the Fermi level, and one conductance, the quantity that the surrogate
    learned; both fields of the label hold it. The channels are its own prediction for the
    perfect electrode, rounded, and bound the conductance.

    Parameters
    ----------
    surrogate
        The trained ensemble.
    """

    def __init__(self, surrogate: Surrogate) -> None:
        self._surrogate = surrogate
        self._recipe = content_hash("surrogate-labeler", surrogate.identity)

    @classmethod
    def from_options(cls, folder: str) -> "SurrogateLabeler":
        """Make a labeler from the folder of a saved surrogate.

        Raises
        ------
        InvalidInputError
            If the folder holds no surrogate.
        """
        return cls(Surrogate.load(Path(folder)))

    @property
    @override
    def recipe(self) -> str:
        return self._recipe

    @property
    @override
    def engine(self) -> str:
        return f"sekkei surrogate of {self._surrogate.quantity}"

    @override
    def label(self, junction: Junction) -> Label:
        started = time.process_time()
        found = self._surrogate.predict([junction])
        n_channel = max(1, round(float(found.lead[0])))
        conductance = min(float(found.mean[0]), float(n_channel))
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
