"""Ragged atoms: from offsets back to structures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import zarr
from jaxtyping import Float, Int

from sekkei.arrays import freeze
from sekkei.lake.store import array_of, side_by_side
from sekkei.structure.junction import Junction

# Reading a shard too much is cheaper than another request; a few hundred megabytes are not.
_GAP = 65536
_BLOCK = 64 * _GAP


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """After which lengths structures repeat."""

    along: Float[np.ndarray, " junction"]
    """Period of the electrodes along z in angstrom."""

    across: Float[np.ndarray, "junction 2"]
    """Periods along x and y in angstrom; NaN for a wire in vacuum."""


def read_junctions_at(
    root: zarr.Group,
    offsets: Int[np.ndarray, " junction"],
    counts: Int[np.ndarray, " junction"],
    periods: Periods,
) -> list[Junction]:
    """Rebuild structures from the table of atoms, reading every stretch of it once.

    Parameters
    ----------
    root
        The lake.
    offsets
        Row of the first atom of each structure.
    counts
        Number of atoms of each structure.
    periods
        Periods of each structure.

    Returns
    -------
    list of Junction
        In the order of the offsets.
    """
    found: list[Junction | None] = [None] * offsets.size
    for members in _stretches(offsets, counts):
        start = int(offsets[members[0]])
        stop = int((offsets[members] + counts[members]).max())
        numbers, positions, regions = _read(root, start, stop)
        for i in members.tolist():
            rows = slice(offsets[i] - start, offsets[i] - start + counts[i])
            found[i] = _frozen(numbers[rows], positions[rows], regions[rows], periods, i)
    return [junction for junction in found if junction is not None]


def count_species(
    root: zarr.Group,
    offsets: Int[np.ndarray, " junction"],
    counts: Int[np.ndarray, " junction"],
) -> dict[int, Int[np.ndarray, " junction"]]:
    """Count the atoms of each element in structures, one stretch of the table at a time.

    Returns
    -------
    dict
        Atomic numbers that occur, and for each how many of its atoms a structure has.
    """
    found: dict[int, np.ndarray] = {}
    for members in _stretches(offsets, counts):
        start = int(offsets[members[0]])
        stop = int((offsets[members] + counts[members]).max())
        numbers = np.asarray(array_of(root, "atom/number")[start:stop])
        for number in np.unique(numbers).tolist():
            # Sums up to each atom: differences are counts, whatever the order of structures.
            sums = np.concatenate([[0], np.cumsum(numbers == number)])
            first = offsets[members] - start
            of_all = found.setdefault(number, np.zeros(offsets.size, dtype=np.int64))
            of_all[members] = sums[first + counts[members]] - sums[first]
    return found


def _stretches(offsets: np.ndarray, counts: np.ndarray) -> Iterator[np.ndarray]:
    """Group structures that lie close to each other, as indices in the order of their offsets."""
    if offsets.size == 0:
        return
    order = np.argsort(offsets, kind="stable")
    ends = np.maximum.accumulate((offsets + counts)[order])
    starts = offsets[order]
    is_far = starts[1:] - ends[:-1] > _GAP
    is_long = np.diff(starts // _BLOCK) > 0
    yield from np.split(order, np.flatnonzero(is_far | is_long) + 1)


def _read(root: zarr.Group, start: int, stop: int) -> Sequence[Any]:
    def column(name: str) -> np.ndarray:
        return np.asarray(array_of(root, f"atom/{name}")[start:stop])

    return side_by_side(column, ("number", "position", "region"))


def _frozen(
    numbers: np.ndarray, positions: np.ndarray, regions: np.ndarray, periods: Periods, i: int
) -> Junction:
    # Copies: a view would keep the whole stretch in memory as long as one structure lives.
    arrays = freeze(numbers, np.int64), freeze(positions), freeze(regions, np.int64)
    x, y = periods.across[i].tolist()
    across = None if np.isnan(x) else (x, y)
    return Junction(*arrays, electrode_period=float(periods.along[i]), lateral_period=across)
