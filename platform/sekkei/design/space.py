"""The search space: candidates, their coordinates in the unit cube, their features."""

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from sekkei.design.candidate import Candidate
from sekkei.design.coordinate import Choice, Coordinate, choices_of, further_of, neck_of
from sekkei.design.face import RESOLUTION, Face, faces
from sekkei.design.limits import FractionLimits
from sekkei.design.specification import DesignSpec
from sekkei.errors import InvalidInputError
from sekkei.shapes import Float

SMALL = 4096
"""A space of no more candidates than this can be gone through."""

_FORGIVEN = 0.5 / RESOLUTION

MAY_BE_ONE = ("electrode", "electrode_element", "temperature_k")
"""What a candidate says only where a specification leaves a choice."""


class DesignSpace:
    """Every candidate that a specification allows.

    Two sets of coordinates. The *unit cube* is for sampling: one axis chooses which elements are
    present (all sets of at most ``species_limit`` elements that bounds allow alike, so that pure
    metals and binaries are not sets of measure zero), ``species_limit - 1`` axes break the stick
    over that face of the simplex, uniformly where no upper bound cuts it, and one each is for a
    placement, an electrode and its element where there are several, for taper and temperature
    where there is a range of them, and for length, width and elongation. The *features* are for
    regression: the fractions themselves, so that no element is special, length, width and
    elongation scaled to 0…1, one for each that can be chosen (0 or 1; of placements how far the
    contact is from one element), and taper and temperature scaled.
    """

    def __init__(self, spec: DesignSpec) -> None:
        self.spec = spec
        self._faces = faces(spec.allowed, spec.species_limit, spec.fractions)
        self._places = {face.symbols: i for i, face in enumerate(self._faces)}
        self._choices = choices_of(spec)
        self._neck = neck_of(spec)
        self._further = further_of(spec)

    @property
    def _axes(self) -> tuple[Choice | Coordinate, ...]:
        return (*self._choices, *self._further, *self._neck)

    @property
    def free(self) -> frozenset[str]:
        """Names of what is left to choose beside a composition."""
        return frozenset(axis.name for axis in self._axes)

    @property
    def n_unit(self) -> int:
        """Axes of the unit cube."""
        return self.spec.species_limit + len(self._axes)

    @property
    def n_face(self) -> int:
        """Number of sets of elements; each is as long a part of the cube's first axis."""
        return len(self._faces)

    @property
    def n_feature(self) -> int:
        """Number of features."""
        n_chosen = sum(len(choice.options) for choice in self._choices)
        return len(self.spec.allowed) + len(self._neck) + n_chosen + len(self._further)

    @cached_property
    def n_candidate(self) -> int:
        """Number of candidates."""
        return sum(
            face.n_point() * math.prod(axis.n_value for axis in self._axes_of(face))
            for face in self._faces
        )

    def candidates(self) -> Iterator[Candidate]:
        """Go through all candidates; there may be very many."""
        for face in self._faces:
            axes = self._axes_of(face)
            names = [axis.name for axis in axes]
            for point in face.points():
                for found in product(*(axis.values() for axis in axes)):
                    yield self._candidate(face, point, dict(zip(names, found, strict=True)))

    def decode(self, unit: Float[np.ndarray, " axis"]) -> Candidate:
        """Return the candidate at a point of the unit cube."""
        n = len(self._faces)
        face = self._faces[min(int(unit[0] * n), n - 1)]
        fractions = face.fractions(unit[1 : len(face.symbols)])
        places = unit[self.spec.species_limit :].tolist()
        found = {axis.name: axis.at(x) for axis, x in zip(self._axes, places, strict=True)}
        return self._candidate(face, fractions, found)

    def encode(self, candidate: Candidate) -> Float[np.ndarray, " axis"]:
        """Return the point of the unit cube that decodes to a candidate.

        Axes that do not matter to it are 0.5. Decoding gives the candidate back: integers
        exactly, fractions to half of 1/1024, elongation to half of 0.001 Å, temperature to half of
        0.1 K. A candidate that came from the space comes back exactly.

        Raises
        ------
        InvalidInputError
            If the candidate is outside the space.
        """
        self.check(candidate)
        unit = np.full(self.n_unit, 0.5)
        place = self._places[self._support(candidate)]
        face = self._faces[place]
        unit[0] = (place + 0.5) / len(self._faces)
        fractions = np.array([candidate.composition[s] for s in face.symbols])
        unit[1 : len(face.symbols)] = face.cuts(fractions)
        for i, axis in enumerate(self._axes, self.spec.species_limit):
            if axis in self._axes_of(face):
                unit[i] = axis.place(getattr(candidate, axis.name))
        return unit

    def features(self, candidate: Candidate) -> Float[np.ndarray, " feature"]:
        """Return fractions, neck and elongation in 0…1, then what is chosen, taper, temperature."""
        found = [candidate.composition.get(symbol, 0.0) for symbol in self.spec.allowed]
        axes: tuple[Choice | Coordinate, ...] = (*self._neck, *self._choices, *self._further)
        for axis in axes:
            told = axis.features(getattr(candidate, axis.name))
            if axis.name == "placement":
                alloyed = min(1.0, 2.0 * (1.0 - max(candidate.composition.values())))
                told = [alloyed * one for one in told]
            found += told
        return np.array(found)

    def sample(self, generator: np.random.Generator, n: int) -> list[Candidate]:
        """Draw candidates uniformly from the unit cube."""
        return [self.decode(row) for row in generator.random((n, self.n_unit))]

    def neighbours(
        self, candidate: Candidate, generator: np.random.Generator, n: int, width: float
    ) -> list[Candidate]:
        """Draw candidates near another: each axis moves by about ``width``, half of them at all."""
        here = self.encode(candidate)
        steps = generator.normal(scale=width, size=(n, here.size))
        moved = here + steps * (generator.random(steps.shape) < 0.5)
        return [self.decode(row) for row in np.clip(moved, 0.0, 1.0)]

    def check(self, candidate: Candidate) -> None:
        """Refuse a candidate outside the space.

        Raises
        ------
        InvalidInputError
            If an element is not allowed, there are too many, a fraction is out of its bounds, or
            a coordinate out of range. Half of 1/1024 is forgiven: compositions are rounded so.
        """
        self._check_composition(candidate)
        self._check_choices(candidate)
        for name in ("neck_length", "neck_width", "taper", "elongation_angstrom", "temperature_k"):
            low, high = getattr(self.spec, name)
            value = getattr(candidate, name)
            if value is not None and not low <= value <= high:
                raise InvalidInputError(
                    f"{name} must be within {low} to {high}, but is {value}; "
                    "widen the range of the specification",
                    **{name: value},
                )

    def _check_choices(self, candidate: Candidate) -> None:
        if len(candidate.composition) > 1 and candidate.placement not in self.spec.placement:
            raise InvalidInputError(
                f"placement must be one of {', '.join(self.spec.placement)}, but is "
                f"{candidate.placement}; allow it in the specification",
                placement=candidate.placement,
            )
        axes = {axis.name: axis for axis in self._axes}
        for name in MAY_BE_ONE:
            value, axis = getattr(candidate, name), axes.get(name)
            if axis is None and value is not None:
                raise InvalidInputError(
                    f"{name} must be left out where the specification has one, but is {value}",
                    **{name: value},
                )
            if axis is not None and value is None:
                raise InvalidInputError(
                    f"a candidate must say its {name}, because the specification leaves a choice, "
                    "but does not; name it"
                )
            if isinstance(axis, Choice) and value not in axis.options:
                raise InvalidInputError(
                    f"{name} must be one of {', '.join(axis.options)}, but is {value}; allow it in "
                    "the specification",
                    **{name: value},
                )

    def _check_composition(self, candidate: Candidate) -> None:
        present = tuple(candidate.composition)
        stray = [symbol for symbol in present if symbol not in self.spec.allowed]
        if stray:
            raise InvalidInputError(
                f"the elements must be among {', '.join(self.spec.allowed)}, but one is "
                f"{stray[0]}; allow it in the specification",
                element=stray[0],
            )
        if len(present) > self.spec.species_limit:
            raise InvalidInputError(
                f"a candidate must hold at most {self.spec.species_limit} elements, but holds "
                f"{', '.join(present)}; raise max_species",
                n_species=len(present),
            )
        for symbol, limit in self.spec.fractions.items():
            _check_fraction(symbol, candidate.composition.get(symbol, 0.0), limit)
        if self._support(candidate) not in self._places:
            raise InvalidInputError(
                f"fractions must sum to 1 within their bounds, but {', '.join(present)} alone "
                "cannot; widen fractions of the specification",
                elements=present,
            )

    def _support(self, candidate: Candidate) -> tuple[str, ...]:
        return tuple(s for s in self.spec.allowed if s in candidate.composition)

    def _axes_of(self, face: Face) -> tuple[Choice | Coordinate, ...]:
        # Of one element there is nothing to place.
        is_alloy = len(face.symbols) > 1
        return tuple(axis for axis in self._axes if is_alloy or axis.name != "placement")

    def _candidate(self, face: Face, fractions: list[float], found: Mapping[str, Any]) -> Candidate:
        fixed = {"placement": self.spec.placement[0], "taper": self.spec.taper[0]}
        composition = dict(zip(face.symbols, fractions, strict=True))
        return Candidate.model_validate({**fixed, **found, "composition": composition})


def _check_fraction(symbol: str, fraction: float, limit: FractionLimits) -> None:
    low = max(limit.least, limit.least_if_present if fraction else 0.0)
    if not low - _FORGIVEN <= fraction <= limit.most + _FORGIVEN:
        raise InvalidInputError(
            f"the fraction of {symbol} must be within {low:g} to {limit.most:g}, but is "
            f"{fraction:g}; change it, or fractions of the specification",
            element=symbol,
            fraction=fraction,
        )
