"""Pullings for a histogram: a few fields, written as the specification that they mean."""

from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field

from sekkei.structure.electrode import electrode_names

Potential = Literal["gupta", "meam", "nichol-ackland"]

CHOICES: dict[str, tuple[str, ...]] = {
    "electrode": electrode_names(),
    "potential": get_args(Potential),
}
"""What fields of a choice offer, the default first or as listed."""


class Draft(BaseModel):
    """What a physicist says of pullings; whatever else there is has its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=64)] = "pullings"
    """Of the campaign."""

    composition: Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9., ]+$")] = "K"
    """Metals of the device region, like ``K`` or ``K 0.5 Na 0.5``."""

    electrode: Annotated[str, Field(max_length=64)] = "bcc100-5+4"
    """Wire at both ends."""

    neck_width: Annotated[str, Field(max_length=40, pattern=r"^[0-9, ]+$")] = "1, 4, 5"
    """Atoms across the neck where the opening begins, in turn."""

    potential: Potential = "gupta"
    """Interatomic potential."""

    temperature_k: Annotated[float, Field(gt=0.0, le=400.0)] = 4.2
    """Of the bath, in K."""

    experiments: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Virtual experiments."""

    cycles: Annotated[int, Field(ge=1, le=100)] = 3
    """Openings of each: pulls to rupture, with a closing in between."""

    labeler: Annotated[str, Field(max_length=64)] = "tight-binding"
    """What computes conductances."""

    per_experiment: Annotated[int, Field(ge=1, le=10_000)] = 12
    """Labels of each experiment."""

    model: Annotated[str, Field(max_length=200)] = ""
    """Registered model that predicts every snapshot; none if empty."""

    def to_text(self) -> str:
        """Write it as YAML, as a person would."""
        widths = [int(word) for word in self.neck_width.replace(",", " ").split()]
        contact: dict[str, Any] = {"electrode": self.electrode, "composition": self._fractions()}
        family: dict[str, Any] = {
            "count": self.experiments,
            "template": {
                "potential": self.potential,
                "temperature_k": self.temperature_k,
                "cycles": self.cycles,
                "contact": contact,
            },
            "vary": {"neck_width": widths},
        }
        labels = {"labeler": self.labeler, "per_experiment": self.per_experiment}
        plan: dict[str, Any] = {"name": self.name}
        if self.model:
            plan["stages"] = [
                {"name": "open", "experiments": [family]},
                {"name": "label", "of": ["open"], "labels": labels},
                {"name": "predict", "of": ["open"], "inference": {"model": self.model}},
            ]
        else:
            plan |= {"experiments": [family], "labels": labels}
        return yaml.safe_dump(plan, sort_keys=False, default_flow_style=None, width=100)

    def _fractions(self) -> dict[str, float]:
        words = self.composition.replace(",", " ").split()
        if len(words) == 1:
            return {words[0]: 1.0}
        pairs = zip(words[::2], words[1::2], strict=False)
        return {metal: _number(share) for metal, share in pairs}


def _number(text: str) -> Any:
    # What is no number is told where the specification is checked, with its line.
    try:
        return float(text)
    except ValueError:
        return text
