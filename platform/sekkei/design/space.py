"""The search space: candidates, their coordinates in the unit cube, their features."""

import math
from itertools import combinations

import numpy as np

from sekkei.design.candidate import Candidate
from sekkei.design.specification import DesignSpec
from sekkei.errors import InvalidInputError
from sekkei.shapes import Float

RESOLUTION = 1024
"""Fractions are multiples of 1/1024: fine against one atom, and binary, so that sums are exact."""

_DECIMALS = 3
"""Elongations are rounded to 0.001 Å."""


class DesignSpace:
    """Every candidate that a specification allows.

    Two sets of coordinates. The *unit cube* is for sampling: one axis chooses which elements are
    present (all supports of at most ``species_limit`` elements alike, so that pure metals and
    binaries are not sets of measure zero), ``species_limit - 1`` axes break the stick uniformly
    over that face of the simplex, three hold length, width and elongation. The *features* are
    for regression: the fractions themselves, so that no element is special, and the three others
    scaled to 0…1.
    """

    def __init__(self, spec: DesignSpec) -> None:
        self.spec = spec
        self._supports = [
            support
            for size in range(1, spec.species_limit + 1)
            for support in combinations(spec.allowed, size)
        ]

    @property
    def n_unit(self) -> int:
        """Axes of the unit cube."""
        return self.spec.species_limit + 3

    @property
    def n_feature(self) -> int:
        """Number of features."""
        return len(self.spec.allowed) + 3

    def decode(self, unit: Float[np.ndarray, " axis"]) -> Candidate:
        """Return the candidate at a point of the unit cube."""
        n = len(self._supports)
        support = self._supports[min(int(unit[0] * n), n - 1)]
        fractions = _break_stick(unit[1 : len(support)])
        length, width, elongation = unit[-3:]
        low, high = self.spec.elongation_angstrom
        pulled = round(low + float(elongation) * (high - low), _DECIMALS)
        return Candidate(
            composition=dict(zip(support, exact_fractions(fractions), strict=True)),
            neck_length=_pick(self.spec.neck_length, float(length)),
            neck_width=_pick(self.spec.neck_width, float(width)),
            elongation_angstrom=min(max(pulled, low), high),
        )

    def encode(self, candidate: Candidate) -> Float[np.ndarray, " axis"]:
        """Return the point of the unit cube that decodes to a candidate.

        Axes that do not matter to it are 0.5. Decoding gives the candidate back: integers
        exactly, fractions to half of 1/1024, elongation to half of 0.001 Å.

        Raises
        ------
        InvalidInputError
            If the candidate is outside the space.
        """
        self.check(candidate)
        unit = np.full(self.n_unit, 0.5)
        support = tuple(s for s in self.spec.allowed if s in candidate.composition)
        unit[0] = (self._supports.index(support) + 0.5) / len(self._supports)
        fractions = np.array([candidate.composition[s] for s in support])
        unit[1 : len(support)] = _join_stick(fractions)
        low, high = self.spec.elongation_angstrom
        unit[-3] = _place(self.spec.neck_length, candidate.neck_length)
        unit[-2] = _place(self.spec.neck_width, candidate.neck_width)
        unit[-1] = (candidate.elongation_angstrom - low) / (high - low)
        return unit

    def features(self, candidate: Candidate) -> Float[np.ndarray, " feature"]:
        """Return fractions of the allowed elements, then length, width and elongation in 0…1."""
        spec = self.spec
        fractions = [candidate.composition.get(symbol, 0.0) for symbol in spec.allowed]
        rest = [
            _scaled(spec.neck_length, candidate.neck_length),
            _scaled(spec.neck_width, candidate.neck_width),
            _scaled(spec.elongation_angstrom, candidate.elongation_angstrom),
        ]
        return np.array(fractions + rest)

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
            If an element is not allowed, there are too many, or a coordinate is out of range.
        """
        self._check_composition(candidate)
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


def exact_fractions(fractions: Float[np.ndarray, " species"]) -> list[float]:
    """Round fractions to multiples of 1/1024 that sum to 1 exactly, by largest remainders.

    Parameters
    ----------
    fractions
        Non-negative, of sum 1 up to rounding.

    Examples
    --------
    >>> exact_fractions(np.array([1 / 3, 2 / 3]))
    [0.3330078125, 0.6669921875]
    """
    scaled = fractions / fractions.sum() * RESOLUTION
    counts = np.floor(scaled).astype(int)
    missing = RESOLUTION - int(counts.sum())
    counts[np.argsort(counts - scaled, kind="stable")[:missing]] += 1
    return [int(count) / RESOLUTION for count in counts]


def _break_stick(cuts: Float[np.ndarray, " cut"]) -> Float[np.ndarray, " species"]:
    # Quantiles of Beta(1, m) for the m pieces still to come make the result uniform on the simplex
    # (L. Devroye, Non-Uniform Random Variate Generation, 1986, doi:10.1007/978-1-4613-8643-8).
    fractions, left = np.empty(cuts.size + 1), 1.0
    for i, cut in enumerate(cuts):
        piece = 1.0 - (1.0 - cut) ** (1.0 / (cuts.size - i))
        fractions[i] = left * piece
        left *= 1.0 - piece
    fractions[-1] = left
    return fractions


def _join_stick(fractions: Float[np.ndarray, " species"]) -> Float[np.ndarray, " cut"]:
    cuts, left = np.empty(fractions.size - 1), 1.0
    for i in range(cuts.size):
        cuts[i] = 1.0 - (1.0 - fractions[i] / left) ** (cuts.size - i)
        left -= fractions[i]
    return cuts


def _pick(bounds: tuple[int, int], unit: float) -> int:
    n = bounds[1] - bounds[0] + 1
    return bounds[0] + min(math.floor(unit * n), n - 1)


def _place(bounds: tuple[int, int], value: int) -> float:
    return (value - bounds[0] + 0.5) / (bounds[1] - bounds[0] + 1)


def _scaled(bounds: tuple[float, float] | tuple[int, int], value: float | int) -> float:
    span = bounds[1] - bounds[0]
    return (value - bounds[0]) / span if span > 0 else 0.5
