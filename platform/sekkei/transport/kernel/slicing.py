"""Slices of a device such that each touches only its neighbours, derived from H and S.

A slicing that misses a coupling gives plausible, wrong numbers. Here it comes from the sparsity
itself (levels of a breadth-first search), and one that a caller brings is verified against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from torch import Tensor

from sekkei.errors import GridBoundsError
from sekkei.shapes import Bool, Inexact, Int

_FAR = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, slots=True, eq=False)
class Slicing:
    """Orbitals in the order of their slices; the leads' layers stand first and last."""

    order: Int[np.ndarray, " orbital"]
    """Index of each orbital in the matrices as they came."""

    sizes: tuple[int, ...]
    """Orbitals of each slice."""

    n_merged: int = 0
    """Slices that were given up because a matrix element reached beyond its neighbours."""

    @property
    def parts(self) -> tuple[slice, ...]:
        """Where each slice stands in ``order``."""
        edges = np.concatenate([[0], np.cumsum(self.sizes)]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(edges))


def sparsity(
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    negligible_ev: float = 0.0,
) -> Bool[np.ndarray, "orbital orbital"]:
    """Say which pairs of orbitals are coupled, in any of the junctions and in any direction.

    Parameters
    ----------
    negligible_ev
        Elements up to this size count as none, in H (eV) and S alike. Anything but 0 is an
        approximation.
    """
    n = hamiltonian.shape[-1]
    found = (hamiltonian.detach().abs() > negligible_ev).reshape(-1, n, n).any(0)
    found = found | (overlap.detach().abs() > negligible_ev).reshape(-1, n, n).any(0)
    return np.asarray((found | found.T).cpu().numpy())


def find_slicing(pattern: Bool[np.ndarray, "orbital orbital"], n_layer: int) -> Slicing | None:
    """Find the finest slicing that this search knows; None if the leads are not apart.

    Parameters
    ----------
    pattern
        From `sparsity`.
    n_layer
        Orbitals of a principal layer: the first and the last so many touch the leads.
    """
    n = len(pattern)
    if n < 2 * n_layer:
        return None
    from_left = _distance(pattern, np.arange(n) < n_layer)
    from_right = _distance(pattern, np.arange(n) >= n - n_layer)
    candidates = [_sorted_by(level) for level in _levels(from_left, from_right, n_layer)]
    return min(candidates, key=lambda found: elimination_cost(found.sizes, n_layer))


def fit_slicing(
    pattern: Bool[np.ndarray, "orbital orbital"],
    order: Int[np.ndarray, " orbital"],
    sizes: Sequence[int],
    n_layer: int,
    misfit: Literal["refuse", "merge"] = "merge",
) -> Slicing:
    """Verify a slicing against the sparsity, and merge slices until it fits, or refuse.

    Parameters
    ----------
    pattern
        From `sparsity`.
    order
        Orbitals in the caller's order, for example along z; the leads' layers keep their places.
    sizes
        Orbitals of each slice in that order.
    n_layer
        Orbitals of a principal layer.
    misfit
        What to do where an element reaches beyond neighbours.

    Raises
    ------
    GridBoundsError
        If the order is none, moves the layers of the leads, splits one, or an element reaches too
        far and ``misfit`` is ``refuse``.
    """
    _check_order(order, sizes, n_layer)
    slice_of = np.repeat(np.arange(len(sizes)), sizes)
    rows, columns = np.nonzero(pattern[np.ix_(order, order)])
    first, last = slice_of[rows], slice_of[columns]
    is_far = last > first + 1
    if is_far.any() and misfit == "refuse":
        i = int(np.argmax(last - first))
        raise GridBoundsError(
            "a slice must touch only its neighbours, but orbitals "
            f"{order[rows[i]]} and {order[columns[i]]} couple slices {first[i]} and {last[i]} of "
            f"{len(sizes)}; use fewer slices or misfit='merge'"
        )
    # Slices first + 1 … last become one, so that the pair stands in neighbours.
    is_joined = np.zeros(len(sizes), dtype=bool)
    for low, high in {(int(a), int(b)) for a, b in zip(first[is_far], last[is_far], strict=True)}:
        is_joined[low + 2 : high + 1] = True
    starts = np.flatnonzero(~is_joined)
    merged = np.add.reduceat(np.asarray(sizes), starts)
    return Slicing(order, tuple(merged.tolist()), n_merged=len(sizes) - len(starts))


def elimination_cost(sizes: Sequence[int], n_layer: int) -> float:
    """Floating-point operations of the block elimination, per energy."""
    pairs = tuple(pairwise(sizes))
    steps = sum(8.0 / 3.0 * a**3 + 8.0 * a * b * (a + b + n_layer) for a, b in pairs)
    return steps + dense_cost(sizes[-1], n_layer)


def dense_cost(n_orbital: int, n_layer: int) -> float:
    """Floating-point operations of one factorisation and the columns of a layer, per energy."""
    return 8.0 / 3.0 * n_orbital**3 + 8.0 * n_orbital**2 * n_layer


def _levels(
    from_left: Int[np.ndarray, " orbital"], from_right: Int[np.ndarray, " orbital"], n_layer: int
) -> tuple[Int[np.ndarray, " orbital"], ...]:
    """Levels of which coupled orbitals differ by one at most, the leads at both ends."""
    depth = int(from_left[-n_layer:].min())
    if depth < _FAR:
        early = np.minimum(from_left, depth)
        late = np.maximum(depth - from_right, 0)
        return early, late, (early + late) // 2
    # Nothing connects the leads: one side after the other, and what hangs on neither at the left.
    width = int(from_left[from_left < _FAR].max())
    right = width + 1 + from_right[from_right < _FAR].max() - from_right
    level = np.where(from_left < _FAR, from_left, np.where(from_right < _FAR, right, 0))
    return (level,)


def _distance(
    pattern: Bool[np.ndarray, "orbital orbital"], start: Bool[np.ndarray, " orbital"]
) -> Int[np.ndarray, " orbital"]:
    distance = np.full(len(pattern), _FAR, dtype=np.int64)
    front, step = start, 0
    while front.any():
        distance[front] = step
        front = pattern[front].any(axis=0) & (distance == _FAR)
        step += 1
    return distance


def _sorted_by(level: Int[np.ndarray, " orbital"]) -> Slicing:
    counts = np.bincount(level)
    return Slicing(np.argsort(level, kind="stable"), tuple(counts[counts > 0].tolist()))


def _check_order(order: Int[np.ndarray, " orbital"], sizes: Sequence[int], n_layer: int) -> None:
    n = len(order)
    is_whole = np.array_equal(np.sort(order), np.arange(n)) and sum(sizes) == n
    ends = np.r_[0:n_layer, n - n_layer : n]
    if not (is_whole and np.array_equal(order[ends], ends)):
        raise GridBoundsError(
            f"slices must hold each of {n} orbitals once and leave the first and last {n_layer} in "
            f"their places, but found sizes {tuple(sizes)}; sort only what lies between the leads"
        )
    if len(sizes) < 2 or min(sizes[0], sizes[-1]) < n_layer:
        raise GridBoundsError(
            f"the first and the last of at least two slices must hold a lead's layer of {n_layer} "
            f"orbitals, but found sizes {tuple(sizes)}; make the outer slices larger"
        )
