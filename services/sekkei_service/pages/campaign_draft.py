"""Pullings for a histogram: a few fields, written as the specification that they mean.

Fields are text, as somebody left them: what they must be is what the specification says of them.
"""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field

from sekkei.errors import InvalidInputError
from sekkei.structure.electrode import electrode_names
from sekkei.structure.experiment import PotentialName

CHOICES: dict[str, tuple[str, ...]] = {
    "electrode": electrode_names(),
    "potential": get_args(PotentialName),
}
"""What fields of a choice offer."""

WORDS: Mapping[str, str] = {
    "name": "Name",
    "composition": "Metal",
    "electrode": "Electrode",
    "neck_width": "Opening from, atoms across",
    "experiments": "Experiments",
    "cycles": "Openings of each",
    "potential": "Potential",
    "temperature_k": "Temperature / K",
    "labeler": "Conductances by",
    "per_experiment": "Labels of each",
    "model": "All snapshots predicted by",
}
"""What the form calls its fields."""

_FAMILIES = "experiments"
_Text = Annotated[str, Field(max_length=200)]


class Draft(BaseModel):
    """What a physicist says of pullings; whatever else there is has its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text = "pullings"
    """Of the campaign."""

    composition: _Text = "K"
    """Metals of the device region, like ``K`` or ``K 0.5 Na 0.5``."""

    electrode: _Text = "bcc100-5+4"
    """Wire at both ends."""

    neck_width: _Text = "1, 4, 5"
    """Atoms across the neck where the opening begins, in turn."""

    potential: _Text = "gupta"
    """Interatomic potential."""

    temperature_k: _Text = "4.2"
    """Of the bath, in K."""

    experiments: _Text = "30"
    """Virtual experiments."""

    cycles: _Text = "3"
    """Openings of each: pulls to rupture, with a closing in between."""

    labeler: _Text = "tight-binding"
    """What computes conductances."""

    per_experiment: _Text = "12"
    """Labels of each experiment."""

    model: _Text = ""
    """Registered model that predicts every snapshot; none if empty."""

    def to_text(self) -> str:
        """Write it as YAML, as a person would.

        Raises
        ------
        InvalidInputError
            If a field that must be a number is none, or the metals cannot be read; what else may
            be wrong shows when the text is read.
        """
        words = self.neck_width.replace(",", " ").split() or [""]
        widths = [_whole("neck_width", word) for word in words]
        contact: dict[str, Any] = {"electrode": self.electrode, "composition": self._fractions()}
        family: dict[str, Any] = {
            "count": _whole("experiments", self.experiments),
            "template": {
                "potential": self.potential,
                "temperature_k": _number("temperature_k", self.temperature_k),
                "cycles": _whole("cycles", self.cycles),
                "contact": contact,
            },
            "vary": {"neck_width": widths},
        }
        per_experiment = _whole("per_experiment", self.per_experiment)
        labels = {"labeler": self.labeler, "per_experiment": per_experiment}
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
        metals = words[::2]
        if len(words) % 2 or not words or len(set(metals)) < len(metals):
            raise InvalidInputError(
                f"{_called('composition')} must be one metal, or metals once each with their "
                f"shares, like K 0.5 Na 0.5, but found {self.composition!r}"
            )
        shares = (_number("composition", word) for word in words[1::2])
        return dict(zip(metals, shares, strict=True))


def said_of_field(told: str) -> str:
    """Put what the form calls a field before what is said of a place of a specification.

    Examples
    --------
    >>> said_of_field("experiments.0.count: input should be greater than or equal to 1 (found 0)")
    'Experiments: experiments.0.count: input should be greater than or equal to 1 (found 0)'
    """
    places = re.match(r"(?:[\w.]+: )*", told)
    # The list of families has the name of a field, and that field is called count there.
    names = [name for name in re.findall(r"\w+", places[0] if places else "") if name != _FAMILIES]
    fields = (_FAMILIES if name == "count" else name for name in reversed(names))
    field = next((name for name in fields if name in WORDS), None)
    return f"{WORDS[field]}: {told}" if field else told


def _number(name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InvalidInputError(f"{_called(name)} must be a number, but found {text!r}")
    return found


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.strip().isdecimal()):
        raise InvalidInputError(f"{_called(name)} must be a whole number, but found {text!r}")
    return int(text)


def _called(name: str) -> str:
    return f"{WORDS[name]} ({name})"
