"""Which elements were learned side by side: how two act on each other, neither alone tells."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from sekkei.shapes import Int

Pair = tuple[int, int]
"""Two atomic numbers, ascending."""

_ENOUGH = 15
"""Junctions of two elements from which on their mixture counts as learned."""

_SHARE = 0.1
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

    Below 15 matrices, 3 to 13 of two elements, a learned Hamiltonian erred on contacts of these by
    0.2 to 1.1 G0 on average; from 15 on, in 15 to 57, by 0.02 to 0.10. Two kinds of contacts with
    pairs that it learned between other electrodes are the exception, by 0.4 (`data/README.md`).
    """
    counts = Counter(pair for numbers in junctions for pair in pairs_of(numbers))
    least = min(_ENOUGH, _SHARE * len(junctions))
    return tuple(sorted(pair for pair, n in counts.items() if n >= least))


def unlearned(numbers: Int[np.ndarray, " atom"], known: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs of elements of a junction that are not among the known ones."""
    learned = set(known)
    return tuple(pair for pair in pairs_of(numbers) if pair not in learned)
