"""What a design campaign is asked for, and where it may look."""

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from sekkei.design.allowed_contacts import AllowedContacts
from sekkei.design.asked_target import AskedTarget
from sekkei.design.proposers import check_proposer
from sekkei.design.spectrum import OPEN_G0
from sekkei.identity import content_hash
from sekkei.structure.electrode import electrode_names
from sekkei.structure.experiment import Seed

# A design that asks for none of these keeps the identity that it had before there were any.
_ADDED = (
    "at_least_g0", "at_most_g0", "distance", "fractions", "least_share", "verify_seeds",
    "stop_at_chance", "warm_start", "plateau", "label_by_cost", "round_seeds",
    "sparing", "label_at_chance", "spectrum", "placement", "taper", "temperature_k", "hold_ps",
    "leads", "estimate_leads",
)  # fmt: skip


class DesignSpec(AllowedContacts, AskedTarget):
    """A conductance to reach, and the compositions and contacts among which to look for it."""

    proposer: str = "botorch"
    """Who proposes; ``sobol``, ``random``, ``target-ei`` and ``feasibility`` are what it is
    measured by, and plug-ins have names of their own."""

    initial: Annotated[int, Field(ge=2, le=1024)] = 16
    """Proposals of the first round, spread evenly over the space."""

    rounds: Annotated[int, Field(ge=1, le=1000)] = 5
    """Rounds, the first one included."""

    batch: Annotated[int, Field(ge=1, le=256)] = 8
    """Proposals of each later round."""

    stop_at_chance: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    """No further round is done once a candidate hits with at least this chance; absent, all
    ``rounds`` are."""

    warm_start: bool = False
    """Whether ``run`` begins with what the lake holds: labels, by the method that verifies, of
    structures whose composition, neck and elongation are known and in the space."""

    verify_per_round: Annotated[int, Field(ge=0)] = 1
    """Labels spent in each round, on its most promising structures."""

    round_seeds: Annotated[int, Field(ge=1, le=1000)] = 1
    """Structures that a round makes of each proposal. From 2 on the scatter between them is known
    all over the space: candidates that scatter little are preferred, and chances are surer."""

    label_by_cost: bool = False
    """Whether a round labels as many more as make a hit cheapest, for what structures and labels
    have cost so far."""

    label_at_chance: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    """A round labels only what hits with at least this chance, times 0.9 for each round without a
    label before it: a structure, or with ``round_seeds`` its candidate. Absent, it labels the most
    promising ones whatever their chance is. Structures cost little beside labels, so that it pays
    to look at more of them first; after two rounds without a label every second one looks evenly
    over the space."""

    finalists: Annotated[int, Field(ge=1)] = 3
    """Candidates that are verified at the end."""

    fresh_seeds: Annotated[int, Field(ge=1, le=1000)] = 4
    """Fresh realisations of each finalist; the surrogate chooses which one is reported."""

    verify_seeds: Annotated[int, Field(ge=0, le=1000)] = 3
    """So many of these are labelled whatever the surrogate says of them: the share of hits among
    them is the proof of the finalist. With 0, the reported one alone is labelled."""

    seed: Seed = 0
    """Seed of everything random in the campaign."""

    @field_validator("proposer")
    @classmethod
    def _known_proposer(cls, name: str) -> str:
        check_proposer(name)
        return name

    @model_validator(mode="after")
    def _can_weigh_an_element(self) -> "DesignSpec":
        is_one_bound = (self.at_least_g0 is None) != (self.at_most_g0 is None)
        if self.sparing is not None and is_one_bound:
            raise ValueError(
                "beside a bound alone nothing says how much conductance an element is worth; give "
                "both bounds or a target_g0, or leave out sparing"
            )
        return self

    @model_validator(mode="after")
    def _can_have_a_plateau(self) -> "DesignSpec":
        if self.plateau is None:
            return self
        if self.warm_start:
            raise ValueError(
                "labels of single structures say nothing of a pulling; leave out warm_start or "
                "plateau"
            )
        least = self.plateau.angstrom or 0.001
        if self.elongation_angstrom[0] < least:
            raise ValueError(
                f"the pulling of a plateau must be at least {least:g} Å long, but "
                f"elongation_angstrom begins at {self.elongation_angstrom[0]:g}; raise it"
            )
        if self.distance == "log" and not self.within.is_one_sided:
            raise ValueError("a plateau is measured in G0, not in factors; leave out distance")
        return self

    @model_validator(mode="after")
    def _can_have_a_spectrum(self) -> "DesignSpec":
        if self.spectrum is None:
            return self
        if self.within.is_one_sided or self.distance == "log":
            raise ValueError(
                "beside a bound alone, or a logarithm, nothing says how much conductance a "
                f"{self.spectrum.quantity} is worth; give target_g0 or both bounds on a linear "
                "distance, or leave out spectrum"
            )
        if self.within.high_g0 <= OPEN_G0:
            raise ValueError(
                f"a contact below {OPEN_G0:g} G0 has no {self.spectrum.quantity}; ask for more "
                "conductance"
            )
        is_surface = self.leads is not None and self.leads not in electrode_names()
        if self.spectrum.quantity == "fano" and is_surface:
            raise ValueError(
                "a label between surfaces has no eigenchannels, of which a Fano factor is made; "
                "name a wide wire as leads, or ask for a slope or a thermopower"
            )
        if self.plateau is not None or self.warm_start:
            raise ValueError(
                "a spectrum is of one structure, and labels of other designs are kept without it; "
                "leave out plateau and warm_start, or spectrum"
            )
        return self

    @property
    def key(self) -> str:
        """Identity of the design by all that it asks for."""
        return content_hash("design", self.described())

    def described(self) -> dict[str, Any]:
        """Return all that is asked for as plain data, without options that are left alone."""
        fields = type(self).model_fields
        defaults = {name: fields[name].get_default(call_default_factory=True) for name in _ADDED}
        idle = {name for name, value in defaults.items() if getattr(self, name) == value}
        return self.model_dump(mode="json", exclude=idle)
