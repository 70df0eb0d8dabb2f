"""What a lake knows of the candidates of a design before it begins."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from typing_extensions import override

from sekkei.design.candidate import Candidate, Observation
from sekkei.design.space import MAY_BE_ONE, DesignSpace
from sekkei.design.specification import DesignSpec
from sekkei.design.state_lake import designs_in_lake
from sekkei.design.step import LABEL_SIGMA_G0
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.lake.schema import ELEMENTS
from sekkei.specification import parse_specification
from sekkei.structure.experiment import ContactSpec, ExperimentSpec

_APART_ANGSTROM = 1.0
"""Frames of one pulling that are nearer than this are one structure, more or less."""

_LEADS = "leads"

_OF_LABELS = (
    "key", "snapshot", "conductance_g0", "recipe", "experiment", "cycle", "stage",
    "displacement_angstrom", "spec",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """Labels of structures whose candidates are known."""

    of_designs: tuple[Observation, ...]
    """Of proposals of designs that the lake keeps."""

    of_pullings: tuple[Observation, ...]
    """Of frames of the first pulling of experiments."""

    @override
    def __str__(self) -> str:
        """Say how many there are."""
        return (
            f"{len(self.of_designs)} labels of earlier proposals and {len(self.of_pullings)} of "
            "experiments"
        )


def known_labels(lake: Lake, spec: DesignSpec, recipe: str) -> Known:
    """Find labels of structures that a design could have proposed.

    Electrodes, leads, potential, temperature and length of the device must be those of the
    specification, and the candidate in its space. Of one pulling, frames that are 1 Å apart are
    taken; pushed or broken contacts have no candidate any more.

    Parameters
    ----------
    lake
        Where to look.
    spec
        What is asked for.
    recipe
        Method of the labels, that which verifies: others would be off by more than they scatter.
    """
    frame = lake.query("label", columns=_OF_LABELS)
    labels = frame[frame["recipe"] == recipe].to_dict("records")
    found = _Finder(spec)
    return Known(tuple(found.of_designs(lake, labels)), tuple(found.of_pullings(labels)))


class _Finder:
    def __init__(self, spec: DesignSpec) -> None:
        self._spec = spec
        self._space = DesignSpace(spec)

    def of_designs(self, lake: Lake, labels: list[dict[Any, Any]]) -> Iterator[Observation]:
        designs, by_key = designs_in_lake(lake), {row["key"]: row for row in labels}
        seen: set[str] = set()
        for row in lake.table("proposal").sort_values("key").to_dict("records"):
            other, label = designs.get(row["design"]), by_key.get(row["label"])
            if other is None or label is None or row["label"] in seen:
                continue
            one = candidate_of(row)
            candidate = self._here(one, one.contact(other, 0), one.temperature(other))
            is_alike = (other.potential, other.hold_ps, other.leads) == self._pulling
            if is_alike and candidate is not None:
                seen.add(row["label"])
                yield _observation(candidate, label)

    def of_pullings(self, labels: list[dict[Any, Any]]) -> Iterator[Observation]:
        last: tuple[str, float] = ("", -math.inf)
        pulled = [row for row in labels if row["cycle"] == 0 and row["stage"] == "pull"]
        pulled.sort(key=lambda row: (row["experiment"], row["displacement_angstrom"], row["key"]))
        for row in pulled:
            here = (row["experiment"], row["displacement_angstrom"])
            if here[0] == last[0] and here[1] - last[1] < _APART_ANGSTROM:
                continue
            experiment = parse_specification(json.loads(row["spec"]), ExperimentSpec)
            one = _of_pulling(experiment, here[1])
            if one is None or (experiment.potential, 0.0, None) != self._pulling:
                continue
            candidate = self._here(one, experiment.contact, experiment.temperature_k)
            if candidate is not None:
                last = here
                yield _observation(candidate, row)

    @property
    def _pulling(self) -> tuple[str, float, str | None]:
        return self._spec.potential, self._spec.hold_ps, self._spec.leads

    def _here(
        self, candidate: Candidate, contact: ContactSpec, temperature_k: float
    ) -> Candidate | None:
        """Return a candidate as this design names it; nothing if it is none of its space."""
        spec, free = self._spec, self._space.free
        true = (contact.electrode, contact.lead_element, temperature_k)
        each = zip(MAY_BE_ONE, true, strict=True)
        found = candidate.model_copy(update={n: x if n in free else None for n, x in each})
        wanted = found.contact(spec, 0)
        names = ("electrode", "device_periods", "lead_element")
        if any(getattr(wanted, name) != getattr(contact, name) for name in names):
            return None
        if found.temperature(spec) != temperature_k:
            return None
        try:
            self._space.check(found)
        except InvalidInputError:
            return None
        return found


def parameters_of(spec: DesignSpec, candidate: Candidate) -> dict[str, Any]:
    """Return what a row of the table of proposals says of a candidate beside its composition."""
    leads = {} if spec.leads is None else {_LEADS: spec.leads}
    return {**candidate.model_dump(mode="json", exclude={"composition"}), **leads}


def candidate_of(row: dict[Any, Any]) -> Candidate:
    """Return the candidate of a row of the table of proposals."""
    fractions = {symbol: row[f"fraction_{symbol}"] for symbol in ELEMENTS}
    composition = {symbol: x for symbol, x in fractions.items() if x > 0.0}
    found = json.loads(row["parameters"])
    found.pop(_LEADS, None)  # of its design, not of the candidate
    return Candidate.model_validate({"composition": composition, **found})


def _of_pulling(experiment: ExperimentSpec, displacement: float) -> Candidate | None:
    contact = experiment.contact
    try:
        return Candidate(
            composition=contact.composition,
            placement=contact.placement,
            taper=contact.taper,
            neck_length=contact.neck_length,
            neck_width=contact.neck_width,
            elongation_angstrom=round(displacement, 3),
        )
    except ValidationError:
        # Thermal motion can bring the grips nearer than they began: no stretch.
        return None


def _observation(candidate: Candidate, label: dict[Any, Any]) -> Observation:
    return Observation(
        candidate=candidate,
        conductance_g0=max(0.0, label["conductance_g0"]),
        sigma_g0=LABEL_SIGMA_G0,
        source="dft",
        structure=f"snapshot {label['snapshot']}",
    )
