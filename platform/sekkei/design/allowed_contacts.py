"""Compositions and contacts among which a design campaign may look."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from sekkei.design.face import faces
from sekkei.design.limits import FractionLimits
from sekkei.errors import InvalidInputError, LabelError
from sekkei.specification import Specification
from sekkei.structure.electrode import electrode_names
from sekkei.structure.element import known_elements
from sekkei.structure.experiment import Placement, PotentialName
from sekkei.structure.widen import check_holds

_TREATED = {
    "meam": ("Li", "Na", "K"),
    "gupta": ("Na", "K", "Rb", "Cs"),
    "nichol-ackland": ("Li", "Na", "K", "Rb", "Cs"),
}
_LAYERS_PER_PERIOD = 2

# The validators take pydantic's ValidationInfo as Any: it is a protocol that no run-time check can
# test an argument against.


class AllowedContacts(Specification):
    """What may be in a contact, between what, of which shape, and how it is pulled."""

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

    electrode: str | tuple[str, ...] = "bcc100-5+4"
    """Name of the wire at both ends, or several to search among."""

    electrode_element: str | tuple[str, ...] | None = None
    """Element of the electrodes, or several to search among; the most abundant one of each
    candidate if absent."""

    leads: str | None = None
    """Name of a wider wire, or of a surface such as ``surface-bcc100-3x3``, between which a
    structure is put once it was pulled, and is labelled; absent, it stays between its wires."""

    estimate_leads: Annotated[str | None, Field(validate_default=True)] = None
    """Name of the wire between which the surrogate sees it; absent, ``leads``. It is needed where
    these are a surface: surrogates know wires. Labels correct what differs."""

    device_periods: Annotated[int, Field(ge=2, le=24)] = 5
    """Electrode periods between the leads, narrow part included."""

    neck_length: tuple[int, int] = (2, 6)
    """Fewest and most atomic layers of the narrow part."""

    neck_width: tuple[int, int] = (1, 5)
    """Fewest and most atoms in one layer of the narrow part."""

    taper: tuple[int, int] = (0, 0)
    """Fewest and most layers on each side over which the narrow part widens."""

    elongation_angstrom: tuple[float, float] = (0.0, 8.0)
    """Least and greatest distance by which the grips are pulled apart, in angstrom."""

    temperature_k: tuple[float, float] = (4.2, 4.2)
    """Least and greatest temperature at which they are pulled, in K."""

    hold_ps: Annotated[float, Field(ge=0.0, le=1000.0)] = 0.0
    """How long each contact is held at its temperature after it was pulled, in ps: what is looked
    at afterwards has survived that."""

    placement: Annotated[tuple[Placement, ...], Field(min_length=1)] = ("random",)
    """Where the rarer elements of an alloy may be: one choice, or several to search among."""

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

    @field_validator("electrode", "electrode_element", mode="before")
    @classmethod
    def _one_spelling(cls, found: Any) -> Any:
        # One spelling of one choice of electrodes, so that equal designs have equal keys.
        if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
            return found
        return found[0] if len(found) == 1 else tuple(sorted(found))

    @field_validator("electrode")
    @classmethod
    def _known_electrodes(cls, found: str | tuple[str, ...]) -> str | tuple[str, ...]:
        known = electrode_names()
        strange = [name for name in _named(found) if name not in known]
        if strange:
            raise ValueError(
                f"an electrode must be one of {', '.join(known)}, but one is {strange[0]!r}"
            )
        return found

    @field_validator("leads", "estimate_leads")
    @classmethod
    def _wider(cls, name: str | None, info: Any) -> str | None:
        if name is None or "electrode" not in info.data:
            return name
        for wire in _named(info.data["electrode"]):
            try:
                check_holds(name, wire)
            except LabelError as error:
                raise ValueError(f"{wire}: {error.message}") from error
            except InvalidInputError as error:
                raise ValueError(
                    "an electrode must be a wire such as bcc100-9+12 (sekkei electrode list), or a "
                    f"surface such as surface-bcc100-3x3, but found {name!r}"
                ) from error
        return name

    @field_validator("estimate_leads")
    @classmethod
    def _a_wire(cls, name: str | None, info: Any) -> str | None:
        if not {"leads", "electrode"} <= info.data.keys():
            return name
        leads = info.data["leads"]
        if name is not None and leads is None:
            raise ValueError("estimate_leads must come with leads, but none are named; name them")
        if (name or leads) not in {None, *electrode_names()}:
            raise ValueError(
                f"the surrogate must see a wire, but {name or leads} is a surface; name a wide "
                "wire as estimate_leads, such as bcc100-9+12"
            )
        return name

    @field_validator("electrode_element")
    @classmethod
    def _usable_in_electrodes(
        cls, found: str | tuple[str, ...] | None, info: Any
    ) -> str | tuple[str, ...] | None:
        if found is None or not {"elements", "forbidden", "potential"} <= info.data.keys():
            return found
        symbols = set(_named(found))
        if symbols & set(info.data["forbidden"]):
            raise ValueError("the electrodes must not hold a forbidden element; choose another")
        treated = _TREATED[info.data["potential"]]
        if not symbols <= set(treated):
            raise ValueError(f"{info.data['potential']} treats {', '.join(treated)} only")
        allowed = set(info.data["elements"]) - set(info.data["forbidden"])
        if info.data["potential"] == "meam" and (len(symbols) > 1 or allowed != symbols):
            raise ValueError(
                "meam treats one element at a time; name one and the same in elements and "
                "electrode_element, leave out electrode_element, or use gupta"
            )
        return found

    @field_validator("placement", mode="before")
    @classmethod
    def _one_or_several(cls, found: Any) -> Any:
        return [found] if isinstance(found, str) else found

    @field_validator("placement", "electrode", "electrode_element")
    @classmethod
    def _each_once(cls, found: Any, info: Any) -> Any:
        if isinstance(found, tuple) and (not found or len(set(found)) != len(found)):
            name = str(info.field_name).replace("_", " ")
            fault = "remove the repeated one" if found else "name one"
            raise ValueError(f"each {name} must be named once; {fault}")
        return found

    @field_validator(
        "neck_length", "neck_width", "taper", "elongation_angstrom", "temperature_k", mode="before"
    )
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

    @field_validator("taper")
    @classmethod
    def _tapered(cls, bounds: tuple[int, int], info: Any) -> tuple[int, int]:
        if not 0 <= bounds[0] <= bounds[1] <= 12:
            raise ValueError("the range must be [least, most] within 0 to 12")
        layers = _LAYERS_PER_PERIOD * info.data.get("device_periods", 24)
        longest = info.data.get("neck_length", (1, 1))[1]
        if longest + 2 * bounds[1] > layers:
            raise ValueError(
                f"the longest neck of {longest} layers and its tapers of {bounds[1]} on each side "
                f"must fit the device of at least {layers}; lower neck_length or taper, or raise "
                "device_periods"
            )
        return bounds

    @field_validator("temperature_k")
    @classmethod
    def _a_temperature(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if not 0.0 < bounds[0] <= bounds[1] <= 400.0:
            raise ValueError("the range must be [least, most] above 0 and up to 400 K")
        return bounds

    @property
    def allowed(self) -> tuple[str, ...]:
        """Elements that a candidate may hold, in the order of ``elements``."""
        return _allowed(self.elements, self.forbidden)

    @property
    def species_limit(self) -> int:
        """Most elements in one candidate."""
        return min(self.max_species, len(self.allowed))

    @property
    def electrodes(self) -> tuple[str, ...]:
        """Wires that a candidate may have at its ends."""
        return _named(self.electrode)

    @property
    def electrode_elements(self) -> tuple[str, ...]:
        """Elements that they may be of; none where it is the most abundant one."""
        return () if self.electrode_element is None else _named(self.electrode_element)


def _allowed(elements: tuple[str, ...], forbidden: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(symbol for symbol in elements if symbol not in forbidden)


def _named(found: str | tuple[str, ...]) -> tuple[str, ...]:
    return (found,) if isinstance(found, str) else found
