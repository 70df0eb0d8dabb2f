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

_ENOUGH_BETWEEN = 5
"""Of these, junctions between one electrode from which on the mixture counts as learned there."""

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
    0.2 to 1.1 G0 on average; from 15 on, in 15 to 57, by 0.02 to 0.10.
    """
    return _met(junctions, min(float(_ENOUGH), _SHARE * len(junctions)))


def learned_between(
    junctions: Sequence[Int[np.ndarray, " _"]], places: Sequence[int | None], n_electrode: int
) -> tuple[tuple[Pair, ...], ...]:
    """Return the pairs that were learned between each electrode.

    Of 24 mixtures drawn at random, and twelve that were chosen, a learned Hamiltonian erred by 0.18
    to 0.84 G0 on seven, with 15 matrices of each pair and more. All seven had a pair with at most
    four of them between this electrode; so had nine that it predicted to 0.1 G0. Where each pair
    had five, it erred by 0.08 G0 at most on average (decision 0062).

    Parameters
    ----------
    junctions
        Atomic numbers of each.
    places
        Which electrode it is between; ``None`` counts nowhere.
    n_electrode
        How many electrodes there are.
    """
    least = min(float(_ENOUGH_BETWEEN), _SHARE * len(junctions))
    by_place: dict[int | None, list[np.ndarray]] = {}
    for numbers, place in zip(junctions, places, strict=True):
        by_place.setdefault(place, []).append(numbers)
    return tuple(_met(by_place.get(at, ()), least) for at in range(n_electrode))


def _met(junctions: Sequence[np.ndarray], least: float) -> tuple[Pair, ...]:
    counts = Counter(pair for numbers in junctions for pair in pairs_of(numbers))
    return tuple(sorted(pair for pair, n in counts.items() if n >= least))


def unlearned(numbers: Int[np.ndarray, " atom"], known: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs of elements of a junction that are not among the known ones."""
    learned = set(known)
    return tuple(pair for pair in pairs_of(numbers) if pair not in learned)
