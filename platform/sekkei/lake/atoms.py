"""Ragged atoms: what lies between the offsets of structures."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import zarr

from sekkei.arrays import freeze
from sekkei.lake.storage_errors import naming_damage
from sekkei.shapes import Int, Shaped

# Reading a shard too much is cheaper than another request; a few hundred megabytes are not.
_GAP = 65536
_BLOCK = 64 * _GAP


def read_ragged(
    column: "zarr.Array[Any]",
    offsets: Int[np.ndarray, " junction"],
    counts: Int[np.ndarray, " junction"],
) -> list[Shaped[np.ndarray, "atom ..."]]:
    """Read what one column of the table of atoms says of structures, every stretch of it once.

    Parameters
    ----------
    column
        The column.
    offsets
        Row of the first atom of each structure.
    counts
        Number of atoms of each structure.

    Returns
    -------
    list
        A read-only array per structure, in the order of the offsets; whole numbers as int64.
    """
    found: list[Any] = [None] * offsets.size
    dtype = np.int64 if column.dtype.kind in "iu" else None
    for members in _stretches(offsets, counts):
        start = int(offsets[members[0]])
        stop = int((offsets[members] + counts[members]).max())
        with naming_damage(column.path):
            stretch = np.asarray(column[start:stop])
        for i in members.tolist():
            rows = slice(offsets[i] - start, offsets[i] - start + counts[i])
            # A copy: a view would keep the whole stretch as long as one structure lives.
            found[i] = freeze(stretch[rows], dtype)
    return found


def count_species(
    column: "zarr.Array[Any]",
    offsets: Int[np.ndarray, " junction"],
    counts: Int[np.ndarray, " junction"],
) -> dict[int, Int[np.ndarray, " junction"]]:
    """Count the atoms of each element in structures, one stretch of the table at a time.

    Parameters
    ----------
    column
        Atomic numbers of the table of atoms.
    offsets
        Row of the first atom of each structure.
    counts
        Number of atoms of each structure.

    Returns
    -------
    dict
        Atomic numbers that occur, and for each how many of its atoms a structure has.
    """
    found: dict[int, np.ndarray] = {}
    for members in _stretches(offsets, counts):
        start = int(offsets[members[0]])
        stop = int((offsets[members] + counts[members]).max())
        with naming_damage(column.path):
            numbers = np.asarray(column[start:stop])
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
