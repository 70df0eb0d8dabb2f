"""The least that keeps the predictor port: a family without anything learned, for tests."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sekkei.identity import content_hash
from sekkei.model.baseline import device_wavevector
from sekkei.model.dataset import Quantity
from sekkei.model.domain import TrainingDomain
from sekkei.model.predictor import META_FILE, Predictions
from sekkei.structure.cross_section import narrowest_cross_section
from sekkei.structure.free_electron import sharvin_conductance
from sekkei.structure.junction import Junction
from sekkei.structure.lead import check_overlap


@dataclass(frozen=True, slots=True, eq=False)
class AreaPredictor:
    """Predicts Sharvin's conductance of the narrowest cross-section.

    It shows what a second family needs to be: it is loaded by its name, and knows its training
    set by elements and electrodes only.
    """

    domain: TrainingDomain
    """What it pretends to have been trained on."""

    label_recipe: str = "area"
    """Identity of the labels' method."""

    quantity: Quantity = "conductance_g0"
    """Which conductance it predicts."""

    @property
    def family(self) -> str:
        """Name under which its folder is read."""
        return "area"

    @property
    def identity(self) -> str:
        """Content hash of all that it is made of."""
        return content_hash(self.family, self._plain())

    @property
    def description(self) -> Mapping[str, object]:
        """How it was made."""
        return {"elements": len(self.domain.elements)}

    def predict(self, junctions: Sequence[Junction], /) -> Predictions:
        """Predict the conductance of junctions.

        Raises
        ------
        LabelError
            If one has unknown elements, overlapping atoms or imperfect leads.
        """
        for junction in junctions:
            check_overlap(junction)
        wavevector = np.array([device_wavevector(junction) for junction in junctions])
        area = np.array([narrowest_cross_section(junction) for junction in junctions])
        outlook = self.domain.outlook(junctions, np.zeros(len(junctions)))
        mean = sharvin_conductance(area, wavevector)
        return Predictions.bounded(
            mean,
            np.where(outlook.is_outside, np.inf, 0.1 + 0.1 * mean),
            outlook.n_channel,
            outlook.is_bound_known,
            outlook.reasons,
        )

    def save(self, folder: str | os.PathLike[str], /) -> None:
        """Write one file."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        (place / META_FILE).write_text(json.dumps(self._plain()), "utf-8")

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "AreaPredictor":
        """Read what `save` wrote."""
        found = json.loads((Path(folder) / META_FILE).read_text("utf-8"))
        return cls(TrainingDomain.from_plain(found["domain"]), found["label_recipe"])

    def _plain(self) -> dict[str, object]:
        return {
            "family": self.family,
            "domain": self.domain.to_plain(),
            "label_recipe": self.label_recipe,
        }
