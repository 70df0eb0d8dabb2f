"""Compositions of one set of elements: a face of the simplex, cut by bounds."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sekkei.design.limits import FractionLimits
from sekkei.shapes import Float, Int

RESOLUTION = 1024
"""Fractions without bounds are multiples of 1/1024: fine against one atom, and binary, so that
they sum to 1 exactly."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """Fractions of the elements ``symbols``: ``low + slack * parts / n_part``.

    ``parts`` are integers that sum to ``n_part`` and are at most ``caps``. Where bounds leave one
    point only, it is ``low``, and ``slack`` is 0.
    """

    symbols: tuple[str, ...]
    """Elements that may be present."""

    low: Float[np.ndarray, " species"]
    """Least fractions."""

    slack: float
    """What is left to share out."""

    n_part: int
    """Into how many parts; each is at most 1/1024."""

    caps: Int[np.ndarray, " species"]
    """Most parts of each element."""

    def fractions(self, cuts: Float[np.ndarray, " cut"]) -> list[float]:
        """Return the fractions at a point of the unit cube; they sum to 1."""
        if not self.slack:
            return [float(x) for x in self.low]
        return self._of(exact_parts(break_stick(cuts, self.caps / self.n_part), self.n_part))

    def cuts(self, fractions: Float[np.ndarray, " species"]) -> Float[np.ndarray, " cut"]:
        """Return the point of the unit cube that gives fractions."""
        if not self.slack:
            return np.full(len(self.symbols) - 1, 0.5)
        share = np.clip((fractions - self.low) / self.slack, 0.0, self.caps / self.n_part)
        return join_stick(share / share.sum(), self.caps / self.n_part)

    def n_point(self) -> int:
        """Count the compositions in which all these elements are present."""
        if not self.slack:
            return int(np.all(self.low > 0.0))
        ways = np.zeros(self.n_part + 1, dtype=np.int64)
        ways[0] = 1
        for least, cap in zip(self._least_parts(), self.caps, strict=True):
            below = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(ways)])
            ends = np.arange(self.n_part + 1)
            high, low = np.maximum(ends - least + 1, 0), np.maximum(ends - int(cap), 0)
            ways = np.where(high > low, below[high] - below[low], 0)
        return int(ways[self.n_part])

    def points(self) -> Iterator[list[float]]:
        """Go through these compositions."""
        if not self.slack:
            yield from [self.fractions(np.empty(0))] if np.all(self.low > 0.0) else []
            return
        for parts in _parts(self._least_parts(), self.caps.tolist(), self.n_part):
            yield self._of(parts)

    def _least_parts(self) -> list[int]:
        return [int(low <= 0.0) for low in self.low]

    def _of(self, parts: Sequence[int]) -> list[float]:
        return [
            float(low) + self.slack * (n / self.n_part)
            for low, n in zip(self.low, parts, strict=True)
        ]


def faces(symbols: Sequence[str], most: int, limits: Mapping[str, FractionLimits]) -> list[Face]:
    """Return every face that bounds leave, the one of fewest elements first.

    Parameters
    ----------
    symbols
        Elements that a candidate may hold.
    most
        Most elements in one candidate.
    limits
        Bounds; an element that is not named has none.
    """
    required = {symbol for symbol, limit in limits.items() if limit.least > 0.0}
    supports = (
        support
        for size in range(1, most + 1)
        for support in combinations(symbols, size)
        if required <= set(support)
    )
    found = (_face(support, limits) for support in supports)
    return [face for face in found if face is not None]


def exact_parts(shares: Float[np.ndarray, " species"], n: int) -> list[int]:
    """Share ``n`` parts out by largest remainders.

    Examples
    --------
    >>> exact_parts(np.array([1 / 3, 2 / 3]), 1024)
    [341, 683]
    """
    scaled = shares / shares.sum() * n
    counts = np.floor(scaled).astype(int)
    missing = n - int(counts.sum())
    counts[np.argsort(counts - scaled, kind="stable")[:missing]] += 1
    return [int(count) for count in counts]


def break_stick(
    cuts: Float[np.ndarray, " cut"], caps: Float[np.ndarray, " species"]
) -> Float[np.ndarray, " species"]:
    """Return shares that sum to 1, none above its cap; uniform where no cap is below 1.

    Notes
    -----
    Quantiles of Beta(1, m) for the m pieces still to come make the result uniform on the simplex
    (L. Devroye, Non-Uniform Random Variate Generation, 1986, doi:10.1007/978-1-4613-8643-8).
    A cap, or what the caps of later pieces must be given, truncates that distribution.
    """
    shares, left = np.empty(cuts.size + 1), 1.0
    for i, cut in enumerate(cuts):
        m = cuts.size - i
        low, high = _reach(left, caps, i)
        if left <= 0.0 or low >= high:
            shares[i] = min(low, left)
        else:
            start, end = _quantile(low / left, m), _quantile(high / left, m)
            piece = 1.0 - (1.0 - (start + cut * (end - start))) ** (1.0 / m)
            shares[i] = left * piece
        left -= shares[i]
    shares[-1] = max(left, 0.0)
    return shares


def join_stick(
    shares: Float[np.ndarray, " species"], caps: Float[np.ndarray, " species"]
) -> Float[np.ndarray, " cut"]:
    """Return the cuts at which `break_stick` gives shares; 0.5 where a cut does not matter."""
    cuts, left = np.full(shares.size - 1, 0.5), 1.0
    for i in range(cuts.size):
        m = cuts.size - i
        low, high = _reach(left, caps, i)
        if left > _ROUNDING and high - low > _ROUNDING:
            start, end = _quantile(low / left, m), _quantile(high / left, m)
            cuts[i] = (_quantile(min(shares[i] / left, 1.0), m) - start) / (end - start)
        left -= shares[i]
    inside: np.ndarray = np.clip(cuts, 0.0, 1.0)
    return inside


def _reach(left: float, caps: Float[np.ndarray, " species"], i: int) -> tuple[float, float]:
    return max(0.0, left - float(caps[i + 1 :].sum())), min(float(caps[i]), left)


def _quantile(x: float, m: int) -> float:
    rest: float = (1.0 - min(x, 1.0)) ** m
    return 1.0 - rest


def _face(support: tuple[str, ...], limits: Mapping[str, FractionLimits]) -> Face | None:
    bounds = [limits.get(symbol) for symbol in support]
    low = np.array([0.0 if b is None else max(b.least, b.least_if_present) for b in bounds])
    high = np.array([1.0 if b is None else b.most for b in bounds])
    slack, room = 1.0 - math.fsum(low), math.fsum(high - low)
    if slack < -_ROUNDING or room < slack - _ROUNDING:
        return None
    fill = 0.0 if slack < _ROUNDING else slack
    n_part = max(1, math.ceil(fill * RESOLUTION - _ROUNDING))
    caps = np.zeros(low.size, dtype=np.int64)
    if fill:
        caps = np.floor(np.minimum(1.0, (high - low) / fill) * n_part + _ROUNDING).astype(int)
    if caps.sum() < n_part:
        # No part can be moved: the bounds leave one point, or something smaller than a part.
        share = (high - low) / room if room > 0.0 else np.zeros(low.size)
        point = low + max(slack, 0.0) * share
        return Face(support, point, 0.0, 1, np.zeros(low.size, dtype=np.int64))
    return Face(support, low, fill, n_part, caps)


def _parts(least: Sequence[int], caps: Sequence[int], n: int) -> Iterator[list[int]]:
    if len(caps) == 1:
        if least[0] <= n <= caps[0]:
            yield [n]
        return
    for first in range(least[0], min(caps[0], n) + 1):
        for rest in _parts(least[1:], caps[1:], n - first):
            yield [first, *rest]
