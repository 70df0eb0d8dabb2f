"""Rows of another lake, to be appended as they are stored."""

from collections.abc import Iterator, Mapping

import numpy as np
import zarr

from sekkei.lake.schema import SCHEMA, Ragged, columns, ragged_of
from sekkei.lake.store import array_of
from sekkei.lake.table import lengths_of, rows_of_stretches, take_rows
from sekkei.shapes import Int

ROWS_AT_ONCE = 8192
"""Rows of another lake that are held at once, with their atoms and spectra."""

MATRICES_AT_ONCE = 16
"""Rows that have matrices: some megabytes each."""


def stored_blocks(
    source: zarr.Group,
    table: str,
    rows: Int[np.ndarray, " row"],
    firsts: Mapping[str, int],
) -> dict[str, np.ndarray]:
    """Read rows of a lake as they are stored, to be appended to another one, bit for bit.

    Parameters
    ----------
    source
        The lake.
    table
        A table.
    rows
        Its rows.
    firsts
        Rows that the other lake holds of each table without keys.

    Returns
    -------
    dict
        Arrays by path, as `sekkei.lake.encode.encode` has them.
    """
    blocks: dict[str, np.ndarray] = {}
    parts = ragged_of(table)
    offsets = {ragged.offset for ragged in parts.values()}
    for column in columns(table):
        path = f"{table}/{column.name}"
        if column.name not in offsets:
            found = take_rows(array_of(source, path), rows)
            blocks[path] = found[:, : lengths_of(found).max(initial=0)] if column.grows else found
    for part, ragged in parts.items():
        blocks |= _part(source, part, ragged, rows, firsts[part])
    return blocks


def _part(
    source: zarr.Group, part: str, ragged: Ragged, rows: Int[np.ndarray, " row"], first: int
) -> dict[str, np.ndarray]:
    starts, counts = (
        take_rows(array_of(source, f"{ragged.owner}/{name}"), rows)
        for name in (ragged.offset, ragged.count)
    )
    wanted = rows_of_stretches(starts, counts)
    ends = first + np.cumsum(counts)
    blocks = {
        f"{part}/{column.name}": take_rows(array_of(source, f"{part}/{column.name}"), wanted)
        for column in SCHEMA[part]
    }
    return blocks | {f"{ragged.owner}/{ragged.offset}": ends - counts}


def pieces_of(table: str, rows: Int[np.ndarray, " row"]) -> Iterator[Int[np.ndarray, " row"]]:
    """Yield stretches of rows of a table that are held at once."""
    n = MATRICES_AT_ONCE if table == "matrix" else ROWS_AT_ONCE
    for start in range(0, rows.size, n):
        yield rows[start : start + n]
