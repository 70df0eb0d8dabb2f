"""What a virtual break-junction experiment is: its specification, its snapshots, its result."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    field_validator,
    model_serializer,
    model_validator,
)

from sekkei.identity import content_hash
from sekkei.specification import Specification
from sekkei.structure.electrode import electrode_names
from sekkei.structure.element import known_elements
from sekkei.structure.junction import Junction

PotentialName = Literal["meam", "gupta", "nichol-ackland"]
Stage = Literal["pull", "push", ""]
"""Empty where nobody pulled or pushed: a structure of a user."""

Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""A seed that a lake can store."""


Placement = Literal["random", "neck", "surface"]
"""Where the rarer elements of an alloyed device are."""


_ADDED = {"placement": "random", "taper": 0}


def without_added(dumped: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is as it was before there was a choice: then it had no name."""
    return {k: v for k, v in dumped.items() if k not in _ADDED or v != _ADDED[k]}


class ContactSpec(Specification):
    """One contact, before anything moves."""

    electrode: str = "bcc100-5+4"
    """Name of the wire at both ends."""

    composition: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]] = Field(
        default_factory=lambda: {"K": 1.0}
    )
    """Fraction of each element in the device region; sums to 1."""

    electrode_element: str | None = None
    """Element of the electrodes; the most abundant one (first in the table on a tie) if absent."""

    neck_length: Annotated[int, Field(ge=1, le=12)] = 4
    """Atomic layers of the narrow part."""

    neck_width: Annotated[int, Field(ge=1, le=13)] = 4
    """Most atoms in one layer of the narrow part."""

    taper: Annotated[int, Field(ge=0, le=12)] = 0
    """Layers on each side over which the neck widens to a whole layer, in equal steps."""

    device_periods: Annotated[int, Field(ge=2, le=24)] = 5
    """Electrode periods between the leads, narrow part included."""

    placement: Placement = "random"
    """Where the atoms of all elements but the most abundant one are cut: anywhere, in the middle of
    the neck, or at the surface, where atoms have the fewest neighbours."""

    seed: Seed = 0
    """Seed of the random placement of the elements."""

    @model_serializer(mode="wrap")
    def _as_before(self, serialise: Any) -> dict[str, Any]:
        # A contact of before there was a choice keeps the keys that it had.
        found: dict[str, Any] = serialise(self)
        return without_added(found)

    @field_validator("electrode")
    @classmethod
    def _known_electrode(cls, name: str) -> str:
        if name not in electrode_names():
            raise ValueError(f"an electrode must be one of {', '.join(electrode_names())}")
        return name

    @field_validator("composition")
    @classmethod
    def _on_the_simplex(cls, composition: dict[str, float]) -> dict[str, float]:
        for symbol in composition:
            _check_element(symbol)
        total = math.fsum(composition.values())
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"the fractions must sum to 1, but sum to {total:g}; rescale them")
        return composition

    @field_validator("electrode_element")
    @classmethod
    def _known_element(cls, symbol: str | None) -> str | None:
        if symbol is not None:
            _check_element(symbol)
        return symbol

    @property
    def lead_element(self) -> str:
        """Element of the electrodes."""
        return self.electrode_element or self.most_abundant

    @property
    def most_abundant(self) -> str:
        """The most abundant element of the device; the first in the table on a tie."""
        order = known_elements()
        return max(self.composition, key=lambda s: (self.composition[s], -order.index(s)))


class ExperimentSpec(Specification):
    """One virtual break-junction experiment."""

    contact: ContactSpec = Field(default_factory=ContactSpec)
    """What is broken."""

    potential: PotentialName = "meam"
    """Interatomic potential: ``meam`` (Li, Na or K, pure), ``gupta`` (Na, K, Rb, Cs, alloys), or
    ``nichol-ackland`` (Li, Na, K, Rb, Cs, alloys)."""

    temperature_k: Annotated[float, Field(gt=0.0, le=400.0)] = 4.2
    """Temperature of the Langevin bath, in K."""

    speed_angstrom_per_ps: Annotated[float, Field(gt=0.0, le=10.0)] = 1.0
    """Speed at which the grips part and close, in Å/ps."""

    cycles: Annotated[int, Field(ge=1, le=100)] = 3
    """Pulls to rupture, each but the last followed by pushing back into contact."""

    snapshot_spacing_angstrom: Annotated[float, Field(gt=0.0)] = 0.3
    """An atom must have moved this far against the last snapshot kept, in Å."""

    seed: Seed = 0
    """Seed of the initial velocities and of the Langevin bath."""

    @model_validator(mode="after")
    def _potential_knows_elements(self) -> "ExperimentSpec":
        elements = {s for s, x in self.contact.composition.items() if x > 0.0}
        elements.add(self.contact.lead_element)
        if self.potential == "meam" and (len(elements) > 1 or not elements <= {"Li", "Na", "K"}):
            raise ValueError("meam treats pure Li, Na or K; use potential nichol-ackland")
        if self.potential == "gupta" and not elements <= {"Na", "K", "Rb", "Cs"}:
            raise ValueError("gupta treats Na, K, Rb and Cs; use potential nichol-ackland")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One frame of an experiment, or a structure of a user."""

    junction: Junction
    """Atoms, with rigid grips as leads."""

    frame: int
    """Position in the experiment, from 0; -1 without an experiment."""

    cycle: int
    """Which cycle of pulling and pushing, from 0; -1 if unknown."""

    stage: Stage
    """Whether the grips part or close; empty if unknown."""

    displacement: float
    """Distance between the grips minus that at the start, in angstrom; NaN if unknown."""

    narrowest: float
    """Narrowest cross-section of the junction in square angstrom; 0 where it is broken."""


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """A finished experiment."""

    spec: ExperimentSpec
    """What was asked for."""

    engine: str
    """Name and version of the dynamics engine and potential."""

    snapshots: tuple[Snapshot, ...]
    """Frames in order of time."""

    cpu_seconds: float
    """CPU time spent, in s."""


def experiment_key(spec: ExperimentSpec, engine: str) -> str:
    """Identity of an experiment: equal specifications under an equal engine."""
    return content_hash("experiment", spec.model_dump(mode="json"), engine)


def snapshot_key(experiment: str, frame: int, junction: Junction) -> str:
    """Identity of a snapshot: its experiment, its frame and its content.

    A structure without a frame (-1) has the key that it would have as the first.
    """
    # Only named where there is one, so that a wire keeps the key it always had.
    across = () if junction.lateral_period is None else (junction.lateral_period,)
    return content_hash(
        "snapshot",
        experiment,
        max(frame, 0),
        junction.numbers,
        junction.positions,
        junction.regions,
        junction.electrode_period,
        *across,
    )


def _check_element(symbol: str) -> None:
    if symbol not in known_elements():
        raise ValueError(f"an element must be one of {', '.join(known_elements())}: {symbol!r}")
