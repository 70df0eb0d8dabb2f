"""What a design campaign is asked for, and where it may look."""

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from sekkei.design.face import faces
from sekkei.design.limits import FractionLimits
from sekkei.design.plateau import Plateau
from sekkei.design.proposers import check_proposer
from sekkei.design.spectrum import OPEN_G0, Spectrum
from sekkei.design.target import Axis, Target, bounded_target, value_target
from sekkei.identity import content_hash
from sekkei.specification import Specification
from sekkei.structure.electrode import electrode_names
from sekkei.structure.element import known_elements
from sekkei.structure.experiment import Placement, PotentialName, Seed

_TREATED = {
    "meam": ("Li", "Na", "K"),
    "gupta": ("Na", "K", "Rb", "Cs"),
    "nichol-ackland": ("Li", "Na", "K", "Rb", "Cs"),
}
_LAYERS_PER_PERIOD = 2

_Conductance = Annotated[float, Field(gt=0.0, le=20.0)]

# A design that asks for none of these keeps the identity that it had before there were any.
_ADDED = (
    "at_least_g0", "at_most_g0", "distance", "fractions", "least_share", "verify_seeds",
    "stop_at_chance", "warm_start", "plateau", "label_by_cost", "round_seeds",
    "sparing", "label_at_chance", "spectrum", "placement",
)  # fmt: skip

# The validators take pydantic's ValidationInfo as Any: it is a protocol that no run-time check can
# test an argument against.


class DesignSpec(Specification):
    """A conductance to reach, and the compositions and contacts among which to look for it."""

    target_g0: _Conductance | None = None
    """Conductance asked for, in G0; or else there are bounds."""

    tolerance_g0: Annotated[float, Field(gt=0.0, le=5.0)] = 0.15
    """A proposal is a hit if its conductance by the label is this near ``target_g0``, in G0;
    bounds need none."""

    at_least_g0: _Conductance | None = None
    """Least conductance that is a hit, in G0."""

    at_most_g0: _Conductance | None = None
    """Greatest conductance that is a hit, in G0."""

    distance: Axis = "linear"
    """What is learned, and the distance to the target measured on: the conductance, or its
    logarithm where the space spans decades."""

    plateau: Plateau | None = None
    """How much of its pulling a contact must conduct so; absent, only at its elongation."""

    spectrum: Spectrum | None = None
    """What else the contact must have at its elongation: a Fano factor, slope or thermopower."""

    least_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """A finalist is verified if at least this share of its fresh realisations are hits."""

    elements: Annotated[tuple[str, ...], Field(min_length=1)] = ("Na", "K", "Rb", "Cs")
    """Elements that the device region may hold."""

    forbidden: tuple[str, ...] = ()
    """Elements that neither device nor electrodes may hold; they win over ``elements``."""

    max_species: Annotated[int, Field(ge=1)] = 2
    """Most elements in one device region."""

    fractions: dict[str, FractionLimits] = Field(default_factory=dict)
    """Bounds of the fraction of elements; those not named may have any."""

    sparing: str | None = None
    """Element of which as little as possible is wanted beside the target: the search looks for the
    front of both, and finalists lie on it."""

    potential: Annotated[PotentialName, Field(validate_default=True)] = "gupta"
    """Interatomic potential; ``meam`` treats pure elements only."""

    electrode: str = "bcc100-5+4"
    """Name of the wire at both ends."""

    electrode_element: str | None = None
    """Element of the electrodes; the most abundant one of each candidate if absent."""

    device_periods: Annotated[int, Field(ge=2, le=24)] = 5
    """Electrode periods between the leads, narrow part included."""

    neck_length: tuple[int, int] = (2, 6)
    """Fewest and most atomic layers of the narrow part."""

    neck_width: tuple[int, int] = (1, 5)
    """Fewest and most atoms in one layer of the narrow part."""

    elongation_angstrom: tuple[float, float] = (0.0, 8.0)
    """Least and greatest distance by which the grips are pulled apart, in angstrom."""

    placement: Annotated[tuple[Placement, ...], Field(min_length=1)] = ("random",)
    """Where the rarer elements of an alloy may be: one choice, or several to search among."""

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
    """A round labels a structure only if it hits with at least this chance; absent, the most
    promising ones whatever their chance is. Structures cost little beside labels, so that it pays
    to look at more of them first."""

    finalists: Annotated[int, Field(ge=1)] = 3
    """Candidates that are verified at the end."""

    fresh_seeds: Annotated[int, Field(ge=1, le=1000)] = 4
    """Fresh realisations of each finalist; the surrogate chooses which one is reported."""

    verify_seeds: Annotated[int, Field(ge=0, le=1000)] = 3
    """So many of these are labelled whatever the surrogate says of them: the share of hits among
    them is the proof of the finalist. With 0, the reported one alone is labelled."""

    seed: Seed = 0
    """Seed of everything random in the campaign."""

    @field_validator("elements", "forbidden")
    @classmethod
    def _known_elements(cls, symbols: tuple[str, ...]) -> tuple[str, ...]:
        for symbol in symbols:
            if symbol not in known_elements():
                known = ", ".join(known_elements())
                raise ValueError(f"an element must be one of {known}, but one is {symbol!r}")
        if len(set(symbols)) != len(symbols):
            raise ValueError("each element must be named once; remove the repeated one")
        return symbols

    @field_validator("forbidden")
    @classmethod
    def _something_left(cls, forbidden: tuple[str, ...], info: Any) -> tuple[str, ...]:
        elements = info.data.get("elements", known_elements())
        if not set(elements) - set(forbidden):
            raise ValueError("one element must be left, but all are forbidden; allow one")
        return forbidden

    @field_validator("fractions")
    @classmethod
    def _leaves_a_composition(
        cls, fractions: dict[str, FractionLimits], info: Any
    ) -> dict[str, FractionLimits]:
        if not {"elements", "forbidden", "max_species"} <= info.data.keys():
            return fractions
        allowed = _allowed(info.data["elements"], info.data["forbidden"])
        stray = [symbol for symbol in fractions if symbol not in allowed]
        if stray:
            raise ValueError(
                f"bounds must be of an element that is allowed, but {stray[0]!r} is not one of "
                f"{', '.join(allowed)}"
            )
        limit = min(info.data["max_species"], len(allowed))
        if not faces(allowed, limit, fractions):
            raise ValueError(
                "fractions must be able to sum to 1, but no composition of at most "
                f"{limit} of {', '.join(allowed)} is within these bounds; widen them"
            )
        return fractions

    @field_validator("sparing")
    @classmethod
    def _can_be_spared(cls, symbol: str | None, info: Any) -> str | None:
        if symbol is None or not {"elements", "forbidden"} <= info.data.keys():
            return symbol
        allowed = _allowed(info.data["elements"], info.data["forbidden"])
        if symbol not in allowed or len(allowed) < 2:
            raise ValueError(
                "an element that is spared must be one of several that are allowed, but "
                f"{symbol!r} is not among others in {', '.join(allowed)}"
            )
        return symbol

    @field_validator("potential")
    @classmethod
    def _treats_the_elements(cls, potential: PotentialName, info: Any) -> PotentialName:
        if not {"elements", "forbidden", "max_species"} <= info.data.keys():
            return potential
        allowed = set(info.data["elements"]) - set(info.data["forbidden"])
        if not allowed <= set(_TREATED[potential]):
            raise ValueError(
                f"{potential} treats {', '.join(_TREATED[potential])} only; forbid "
                f"{', '.join(sorted(allowed - set(_TREATED[potential])))} or change the potential"
            )
        if potential == "meam" and min(len(allowed), info.data["max_species"]) > 1:
            raise ValueError("meam treats pure elements only; set max_species to 1 or use gupta")
        return potential

    @field_validator("electrode")
    @classmethod
    def _known_electrode(cls, name: str) -> str:
        if name not in electrode_names():
            raise ValueError(f"an electrode must be one of {', '.join(electrode_names())}")
        return name

    @field_validator("electrode_element")
    @classmethod
    def _usable_in_electrodes(cls, symbol: str | None, info: Any) -> str | None:
        if symbol is None or not {"elements", "forbidden", "potential"} <= info.data.keys():
            return symbol
        if symbol in info.data["forbidden"]:
            raise ValueError("the electrodes must not hold a forbidden element; choose another")
        treated = _TREATED[info.data["potential"]]
        if symbol not in treated:
            raise ValueError(f"{info.data['potential']} treats {', '.join(treated)} only")
        allowed = set(info.data["elements"]) - set(info.data["forbidden"])
        if info.data["potential"] == "meam" and allowed != {symbol}:
            raise ValueError("meam treats pure contacts only; name the same single element twice")
        return symbol

    @field_validator("proposer")
    @classmethod
    def _known_proposer(cls, name: str) -> str:
        check_proposer(name)
        return name

    @field_validator("placement", mode="before")
    @classmethod
    def _one_or_several(cls, found: Any) -> Any:
        return [found] if isinstance(found, str) else found

    @field_validator("placement")
    @classmethod
    def _each_once(cls, found: tuple[Placement, ...]) -> tuple[Placement, ...]:
        if len(set(found)) != len(found):
            raise ValueError("each placement must be named once; remove the repeated one")
        return found

    @field_validator("neck_length", "neck_width", "elongation_angstrom", mode="before")
    @classmethod
    def _a_range(cls, found: Any) -> Any:
        if isinstance(found, int | float):
            raise ValueError(  # noqa: TRY004  (pydantic takes no other)
                f"a range must be [least, most], but is one number; write [{found}, {found}]"
            )
        return found

    @field_validator("neck_length", "neck_width")
    @classmethod
    def _buildable(cls, bounds: tuple[int, int], info: Any) -> tuple[int, int]:
        most = 12 if info.field_name == "neck_length" else 13
        if not 1 <= bounds[0] <= bounds[1] <= most:
            raise ValueError(f"the range must be [least, most] within 1 to {most}")
        layers = _LAYERS_PER_PERIOD * info.data.get("device_periods", 24)
        if info.field_name == "neck_length" and bounds[1] > layers:
            raise ValueError(f"the device has {layers} layers only; raise device_periods")
        return bounds

    @field_validator("elongation_angstrom")
    @classmethod
    def _a_stretch(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if not 0.0 <= bounds[0] <= bounds[1] <= 100.0:
            raise ValueError("the range must be [least, most] within 0 to 100 Å")
        return bounds

    @model_validator(mode="after")
    def _one_target(self) -> "DesignSpec":
        bounds = [bound for bound in (self.at_least_g0, self.at_most_g0) if bound is not None]
        if self.target_g0 is None and not bounds:
            raise ValueError(
                "a conductance must be asked for; name target_g0, at_least_g0 or at_most_g0"
            )
        if self.target_g0 is not None and bounds:
            raise ValueError(
                "there must be one target, but found target_g0 and a bound; leave one out"
            )
        if len(bounds) == 2 and bounds[0] >= bounds[1]:
            raise ValueError("at_least_g0 must be below at_most_g0; exchange them")
        if self.sparing is not None and len(bounds) == 1:
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

    @property
    def target(self) -> Target:
        """The outcomes that are hits: conductances, or what is made of them and of more."""
        more = self.plateau or self.spectrum
        return self.within if more is None else more.target_of(self.within)

    @property
    def is_distance(self) -> bool:
        """Whether outcomes are distances from what is asked for, not conductances."""
        more = self.plateau or self.spectrum
        return more is not None and not self.within.is_one_sided

    @property
    def within(self) -> Target:
        """The conductances asked for."""
        if self.target_g0 is not None:
            return value_target(self.target_g0, self.tolerance_g0, self.distance)
        return bounded_target(self.at_least_g0, self.at_most_g0, self.distance)

    @property
    def allowed(self) -> tuple[str, ...]:
        """Elements that a candidate may hold, in the order of ``elements``."""
        return _allowed(self.elements, self.forbidden)

    @property
    def species_limit(self) -> int:
        """Most elements in one candidate."""
        return min(self.max_species, len(self.allowed))


def _allowed(elements: tuple[str, ...], forbidden: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(symbol for symbol in elements if symbol not in forbidden)
