"""Which elements were learned side by side: how two act on each other, neither alone tells."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from sekkei.shapes import Int

Pair = tuple[int, int]
"""Two atomic numbers, ascending."""

_ENOUGH = 10
"""Junctions of two elements from which on their mixture counts as learned."""

_SHARE = 0.05
"""Or so large a share of all, where a model learned from few."""


def pairs_of(numbers: Int[np.ndarray, " atom"]) -> tuple[Pair, ...]:
    """Return the pairs of elements of a junction.

    Examples
    --------
    >>> pairs_of(np.array([19, 11, 19, 55]))
    ((11, 19), (11, 55), (19, 55))
    """
    return tuple(combinations(sorted(set(numbers.tolist())), 2))


def learned_pairs(junctions: Sequence[Int[np.ndarray, " _"]]) -> tuple[Pair, ...]:
    """Return the pairs of elements that training junctions taught, given their atomic numbers.

    Seven of 152 matrices that held sodium and caesium, beside two more metals, left contacts of
    these two wrong by up to 2 G0; eleven of sodium and rubidium left 0.06 on average.
    """
    counts = Counter(pair for numbers in junctions for pair in pairs_of(numbers))
    least = min(_ENOUGH, _SHARE * len(junctions))
    return tuple(sorted(pair for pair, n in counts.items() if n >= least))


def unlearned(numbers: Int[np.ndarray, " atom"], known: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs of elements of a junction that are not among the known ones."""
    learned = set(known)
    return tuple(pair for pair in pairs_of(numbers) if pair not in learned)
