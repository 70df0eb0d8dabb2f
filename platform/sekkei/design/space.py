"""The search space: candidates, their coordinates in the unit cube, their features."""

import math
from collections.abc import Iterator
from functools import cached_property
from itertools import product

import numpy as np

from sekkei.design.candidate import Candidate
from sekkei.design.face import RESOLUTION, Face, faces
from sekkei.design.limits import FractionLimits
from sekkei.design.specification import DesignSpec
from sekkei.errors import InvalidInputError
from sekkei.shapes import Float
from sekkei.structure.experiment import Placement

SMALL = 4096
"""A space of no more candidates than this can be gone through."""

_FORGIVEN = 0.5 / RESOLUTION

_DECIMALS = 3
"""Elongations are rounded to 0.001 Å."""


class DesignSpace:
    """Every candidate that a specification allows.

    Two sets of coordinates. The *unit cube* is for sampling: one axis chooses which elements are
    present (all sets of at most ``species_limit`` elements that bounds allow alike, so that pure
    metals and binaries are not sets of measure zero), ``species_limit - 1`` axes break the stick
    over that face of the simplex, uniformly where no upper bound cuts it, one chooses a placement
    where there are several, three hold length, width and elongation. The *features* are for
    regression: the fractions themselves, so that no element is special, the three others scaled to
    0…1, and one for each of several placements: 0, or how far the contact is from one element.
    """

    def __init__(self, spec: DesignSpec) -> None:
        self.spec = spec
        self._faces = faces(spec.allowed, spec.species_limit, spec.fractions)
        self._places = {face.symbols: i for i, face in enumerate(self._faces)}
        lengths, widths = (
            range(least, most + 1) for least, most in (spec.neck_length, spec.neck_width)
        )
        self._necks = list(product(lengths, widths))
        low, high = (round(end * 10**_DECIMALS) for end in spec.elongation_angstrom)
        self._steps = range(low, high + 1)
        self._n_placement = len(spec.placement)

    @property
    def n_unit(self) -> int:
        """Axes of the unit cube."""
        return self.spec.species_limit + 3 + (self._n_placement > 1)

    @property
    def n_face(self) -> int:
        """Number of sets of elements; each is as long a part of the cube's first axis."""
        return len(self._faces)

    @property
    def n_feature(self) -> int:
        """Number of features."""
        return len(self.spec.allowed) + 3 + (self._n_placement if self._n_placement > 1 else 0)

    @cached_property
    def n_candidate(self) -> int:
        """Number of candidates."""
        n_mixed = sum(face.n_point() * len(self._placements(face)) for face in self._faces)
        return n_mixed * len(self._necks) * len(self._steps)

    def candidates(self) -> Iterator[Candidate]:
        """Go through all candidates; there may be very many."""
        for face in self._faces:
            every = product(face.points(), self._placements(face), self._necks, self._steps)
            for point, placement, neck, step in every:
                yield self._candidate(face, point, placement, neck, step / 10**_DECIMALS)

    def decode(self, unit: Float[np.ndarray, " axis"]) -> Candidate:
        """Return the candidate at a point of the unit cube."""
        n = len(self._faces)
        face = self._faces[min(int(unit[0] * n), n - 1)]
        length, width, elongation = unit[-3:]
        low, high = self.spec.elongation_angstrom
        pulled = low + float(elongation) * (high - low)
        neck = (
            _pick(self.spec.neck_length, float(length)),
            _pick(self.spec.neck_width, float(width)),
        )
        fractions = face.fractions(unit[1 : len(face.symbols)])
        # One placement has no axis.
        placement = self.spec.placement[_pick((0, self._n_placement - 1), float(unit[-4]))]
        return self._candidate(face, fractions, placement, neck, pulled)

    def encode(self, candidate: Candidate) -> Float[np.ndarray, " axis"]:
        """Return the point of the unit cube that decodes to a candidate.

        Axes that do not matter to it are 0.5. Decoding gives the candidate back: integers
        exactly, fractions to half of 1/1024, elongation to half of 0.001 Å. A candidate that came
        from the space comes back exactly.

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
        if self._n_placement > 1 and len(face.symbols) > 1:
            at = self.spec.placement.index(candidate.placement)
            unit[-4] = _place((0, self._n_placement - 1), at)
        unit[-3] = _place(self.spec.neck_length, candidate.neck_length)
        unit[-2] = _place(self.spec.neck_width, candidate.neck_width)
        unit[-1] = _scaled(self.spec.elongation_angstrom, candidate.elongation_angstrom)
        return unit

    def features(self, candidate: Candidate) -> Float[np.ndarray, " feature"]:
        """Return fractions, then length, width and elongation in 0…1, then placements."""
        spec = self.spec
        fractions = [candidate.composition.get(symbol, 0.0) for symbol in spec.allowed]
        rest = [
            _scaled(spec.neck_length, candidate.neck_length),
            _scaled(spec.neck_width, candidate.neck_width),
            _scaled(spec.elongation_angstrom, candidate.elongation_angstrom),
        ]
        if self._n_placement == 1:
            return np.array(fractions + rest)
        alloyed = min(1.0, 2.0 * (1.0 - max(candidate.composition.values())))
        placed = [alloyed * (candidate.placement == one) for one in spec.placement]
        return np.array(fractions + rest + placed)

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
        is_placed = len(candidate.composition) > 1
        if is_placed and candidate.placement not in self.spec.placement:
            raise InvalidInputError(
                f"placement must be one of {', '.join(self.spec.placement)}, but is "
                f"{candidate.placement}; allow it in the specification",
                placement=candidate.placement,
            )
        for name in ("neck_length", "neck_width", "elongation_angstrom"):
            low, high = getattr(self.spec, name)
            value = getattr(candidate, name)
            if not low <= value <= high:
                raise InvalidInputError(
                    f"{name} must be within {low} to {high}, but is {value}; "
                    "widen the range of the specification",
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

    def _placements(self, face: Face) -> tuple[Placement, ...]:
        # Of one element there is nothing to place.
        return self.spec.placement if len(face.symbols) > 1 else ("random",)

    def _candidate(
        self,
        face: Face,
        fractions: list[float],
        placement: Placement,
        neck: tuple[int, int],
        pulled: float,
    ) -> Candidate:
        low, high = self.spec.elongation_angstrom
        return Candidate(
            composition=dict(zip(face.symbols, fractions, strict=True)),
            placement=placement,
            neck_length=neck[0],
            neck_width=neck[1],
            elongation_angstrom=min(max(round(pulled, _DECIMALS), low), high),
        )


def _check_fraction(symbol: str, fraction: float, limit: FractionLimits) -> None:
    low = max(limit.least, limit.least_if_present if fraction else 0.0)
    if not low - _FORGIVEN <= fraction <= limit.most + _FORGIVEN:
        raise InvalidInputError(
            f"the fraction of {symbol} must be within {low:g} to {limit.most:g}, but is "
            f"{fraction:g}; change it, or fractions of the specification",
            element=symbol,
            fraction=fraction,
        )


def _pick(bounds: tuple[int, int], unit: float) -> int:
    n = bounds[1] - bounds[0] + 1
    return bounds[0] + min(math.floor(unit * n), n - 1)


def _place(bounds: tuple[int, int], value: int) -> float:
    return (value - bounds[0] + 0.5) / (bounds[1] - bounds[0] + 1)


def _scaled(bounds: tuple[float, float] | tuple[int, int], value: float | int) -> float:
    span = bounds[1] - bounds[0]
    return (value - bounds[0]) / span if span > 0 else 0.5
