"""Candidates, what was seen of them, and proposals."""

import json
import math
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    field_validator,
    model_serializer,
    model_validator,
)

from sekkei.design.specification import DesignSpec
from sekkei.identity import content_hash
from sekkei.specification import Specification
from sekkei.structure.element import known_elements
from sekkei.structure.experiment import ContactSpec, Placement, Seed, without_added

Source = Literal["surrogate", "dft", "measured"]
Step = Literal["realise", "verify", "measure"]

_N_KEY = 100_000
"""Keys of so many candidates are kept."""


class Candidate(Specification):
    """A composition and a contact, before atoms are placed."""

    composition: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]]
    """Fraction of each element in the device region; sums to 1, elements of fraction 0 left out."""

    neck_length: Annotated[int, Field(ge=1, le=12)]
    """Atomic layers of the narrow part."""

    neck_width: Annotated[int, Field(ge=1, le=13)]
    """Most atoms in one layer of the narrow part."""

    elongation_angstrom: Annotated[float, Field(ge=0.0)]
    """Distance by which the grips are pulled apart, in angstrom."""

    placement: Placement = "random"
    """Where the rarer elements are; of one element, ``random``."""

    taper: Annotated[int, Field(ge=0, le=12)] = 0
    """Layers on each side over which the narrow part widens."""

    electrode: str | None = None
    """Name of the wire at both ends, where a design has several; else it is that of the design."""

    electrode_element: str | None = None
    """Its element, where a design has several."""

    temperature_k: Annotated[float, Field(gt=0.0)] | None = None
    """Temperature at which it is pulled, in K, where a design has a range of them."""

    @field_validator("composition")
    @classmethod
    def _on_the_simplex(cls, composition: dict[str, float]) -> dict[str, float]:
        unknown = [symbol for symbol in composition if symbol not in known_elements()]
        if unknown:
            known = ", ".join(known_elements())
            raise ValueError(f"an element must be one of {known}, but one is {unknown[0]!r}")
        total = math.fsum(composition.values())
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the fractions must sum to 1, but sum to {total:g}; rescale them")
        # One spelling for one candidate, so that equal candidates have equal keys.
        return {s: composition[s] for s in known_elements() if composition.get(s, 0.0) > 0.0}

    @model_validator(mode="before")
    @classmethod
    def _of_one_element(cls, found: Any) -> Any:
        # One spelling for one candidate: there is nothing to place.
        if isinstance(found, dict) and isinstance(parts := found.get("composition"), dict):
            present = [x for x in parts.values() if x]
            return found if len(present) > 1 else {**found, "placement": "random"}
        return found

    @model_serializer(mode="wrap")
    def _as_before(self, serialise: Any) -> dict[str, Any]:
        # A candidate of before there was a choice keeps the key that it had.
        found: dict[str, Any] = serialise(self)
        return {k: v for k, v in without_added(found).items() if v is not None}

    @property
    def key(self) -> str:
        """Identity: equal candidates have equal keys."""
        # Asked for ten thousands of times; a copy of a candidate must not keep what was its key.
        return _key_of(self.model_dump_json())

    def described(self, spec: DesignSpec) -> dict[str, Any]:
        """Return as plain data what it is, and each choice that a design has, whatever it is."""
        low, high = spec.taper
        taper = {"taper": self.taper} if low < high else {}
        return {**self.model_dump(mode="json"), **taper}

    def temperature(self, spec: DesignSpec) -> float:
        """Return the temperature at which this candidate is pulled, in K."""
        return spec.temperature_k[0] if self.temperature_k is None else self.temperature_k

    def contact(self, spec: DesignSpec, seed: int) -> ContactSpec:
        """Return the contact that realises this candidate with one seed."""
        return ContactSpec(
            electrode=self.electrode or spec.electrodes[0],
            composition=dict(self.composition),
            electrode_element=self.electrode_element or next(iter(spec.electrode_elements), None),
            neck_length=self.neck_length,
            neck_width=self.neck_width,
            taper=self.taper,
            device_periods=spec.device_periods,
            placement=self.placement,
            seed=seed,
        )


@lru_cache(_N_KEY)
def _key_of(candidate: str) -> str:
    return content_hash("candidate", json.loads(candidate))


class Observation(Specification):
    """A conductance that was seen for a candidate."""

    candidate: Candidate
    """What it was seen for."""

    conductance_g0: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    """Conductance in G0."""

    sigma_g0: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    """Standard deviation of that number for that structure, in G0; scatter between structures
    of one candidate is not in it."""

    source: Source
    """Who says so: a learned labeler, a label (``dft`` whatever computed it), a laboratory."""

    structure: str = ""
    """Identity of the realised structure; empty if there is none, as for a measurement."""

    seed: Seed | None = None
    """Of that structure, which makes it again; absent where there is none, and in states of
    before."""

    pulling_g0: tuple[Annotated[float, Field(ge=0.0, allow_inf_nan=False)], ...] = ()
    """Conductances after each of equal parts of the pulling, in G0, the last one being
    ``conductance_g0``; empty where one structure was looked at. ``sigma_g0`` is that of each."""

    spectrum: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """Fano factor, slope or thermopower, where the design asks for one, in the unit of
    `Spectrum`; absent where nothing conducts."""

    spectrum_sigma: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] | None = None
    """Standard deviation of that number for that structure."""

    form: tuple[Annotated[float, Field(ge=0.0, allow_inf_nan=False)], ...] = ()
    """Of an estimate, what `sekkei.structure.form_of` says of its structure, in Å; empty where
    nobody looked."""


class Failure(Specification):
    """A candidate that has no number: its realisation failed or its label was refused."""

    candidate: Candidate
    """What failed."""

    step: Step
    """Where it failed."""

    kind: str
    """Name of the error class."""

    message: str
    """Why, in one line."""


class Proposal(Specification):
    """A candidate that is put forward, with what is expected of it."""

    id: str
    """Content hash of specification, candidate and place in the campaign."""

    candidate: Candidate
    """What is put forward."""

    acquisition: str
    """Name of the rule that chose it."""

    predicted_g0: float | None = None
    """Expected conductance in G0; absent where nothing is known yet."""

    interval_g0: tuple[float, float] | None = None
    """Central 90 % interval of the conductance of one realised structure, in G0."""

    chance: float | None = None
    """Probability that one realised structure is a hit; absent where nothing is known yet."""
