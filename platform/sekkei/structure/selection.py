"""Which snapshots of an experiment are worth a label."""

from collections.abc import Sequence

import numpy as np
from ase.data import chemical_symbols

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.shapes import Float, Int
from sekkei.structure.element import element
from sekkei.structure.experiment import Snapshot
from sekkei.structure.free_electron import sharvin_conductance

MOST_CONDUCTANCE_G0 = 6.0
"""Contacts whose Sharvin estimate exceeds this are taken only when others run out."""

_BROKEN_SHARE = 0.1


def select_spread(snapshots: Sequence[Snapshot], n: int) -> tuple[Snapshot, ...]:
    """Choose snapshots that cover what contacts conduct, the same ones every time.

    The range of estimated conductance is cut into ``n`` strata, and one snapshot is taken at the
    same height of each, preferring those far in time from the ones already taken. That height
    differs from experiment to experiment (it follows from the first snapshot), so that a few
    snapshots of many experiments cover the range evenly, too. About a tenth at most are broken.

    Parameters
    ----------
    snapshots
        Of one or several experiments.
    n
        How many to choose; all of them where there are fewer.

    Returns
    -------
    tuple
        At most ``n`` snapshots, in the order in which they were given.

    Raises
    ------
    InvalidInputError
        If ``n`` is negative.
    """
    if n < 0:
        raise InvalidInputError(f"the number of snapshots must not be negative, but is {n}", n=n)
    if n >= len(snapshots):
        return tuple(snapshots)
    conductance = np.array([estimate_conductance(snapshot) for snapshot in snapshots])
    broken = conductance == 0.0
    time = np.arange(len(snapshots), dtype=np.float64)
    height = _height(snapshots[0])
    n_broken = min(int(broken.sum()), round(_BROKEN_SHARE * n))
    chosen = _strata(time, np.flatnonzero(broken), n_broken, height)
    for wanted in (~broken & (conductance <= MOST_CONDUCTANCE_G0), ~broken, broken):
        left = np.setdiff1d(np.flatnonzero(wanted), chosen)
        chosen += _strata(conductance, left, n - len(chosen), height)
    return tuple(snapshots[i] for i in sorted(chosen))


def estimate_conductance(snapshot: Snapshot) -> float:
    """Estimate what free electrons conduct through the narrowest place, in G0."""
    # The mean wavevector of all atoms: this number decides which snapshots campaigns label.
    kinds, counts = np.unique(snapshot.junction.numbers, return_counts=True)
    wavevectors = [element(chemical_symbols[kind]).fermi_wavevector for kind in kinds]
    mean = np.average(wavevectors, weights=counts)
    return float(sharvin_conductance(np.array([snapshot.narrowest]), np.array([mean]))[0])


def _height(snapshot: Snapshot) -> float:
    """Return a number from 0 to 1 that is as good as random, and always the same."""
    return int(content_hash(snapshot.junction.positions, snapshot.junction.numbers)[:8], 16) / 2**32


def _strata(
    values: Float[np.ndarray, " snapshot"],
    candidates: Int[np.ndarray, " candidate"],
    n: int,
    height: float,
) -> list[int]:
    """Choose ``n`` candidates, one at the same height of each of ``n`` equal strata of values."""
    n = min(n, candidates.size)
    chosen: list[int] = []
    if n <= 0:
        return chosen
    low, span = float(values[candidates].min()), float(np.ptp(values[candidates]))
    for i_stratum in range(n):
        target = low + (i_stratum + height) / n * span
        left = np.setdiff1d(candidates, chosen)
        distance = np.abs(values[left] - target)
        near = left[distance <= max(float(distance.min()), span / (8.0 * n))]
        chosen.append(_farthest_in_time(near, chosen) if chosen else int(left[distance.argmin()]))
    return chosen


def _farthest_in_time(candidates: Int[np.ndarray, " candidate"], chosen: Sequence[int]) -> int:
    gaps = np.abs(candidates[:, None] - np.array(chosen)[None, :]).min(axis=1)
    return int(candidates[gaps.argmax()])
