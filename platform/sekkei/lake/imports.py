"""Rows of another lake, to be appended as they are stored."""

from collections.abc import Iterator

import numpy as np
import zarr

from sekkei.lake.schema import SCHEMA, columns
from sekkei.lake.store import array_of
from sekkei.lake.table import lengths_of, take_rows
from sekkei.shapes import Int

ROWS_AT_ONCE = 8192
"""Rows of another lake that are held at once, with their atoms and spectra."""


def stored_blocks(
    source: zarr.Group, table: str, rows: Int[np.ndarray, " row"], first_atom: int
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
    first_atom
        Number of atoms that the other lake holds.

    Returns
    -------
    dict
        Arrays by path, as `sekkei.lake.encode.encode` has them.
    """
    blocks: dict[str, np.ndarray] = {}
    for column in columns(table):
        path = f"{table}/{column.name}"
        if column.name != "offset":
            found = take_rows(array_of(source, path), rows)
            blocks[path] = found[:, : lengths_of(found).max(initial=0)] if column.grows else found
    if table == "snapshot":
        blocks |= _atoms(source, rows, first_atom)
    return blocks


def _atoms(
    source: zarr.Group, rows: Int[np.ndarray, " row"], first_atom: int
) -> dict[str, np.ndarray]:
    firsts, counts = (
        take_rows(array_of(source, f"snapshot/{name}"), rows) for name in ("offset", "n_atom")
    )
    stretches = [np.arange(first, first + n) for first, n in zip(firsts, counts, strict=True)]
    atoms = np.concatenate([np.zeros(0, dtype=np.int64), *stretches])
    ends = first_atom + np.cumsum(counts)
    blocks = {
        f"atom/{column.name}": take_rows(array_of(source, f"atom/{column.name}"), atoms)
        for column in SCHEMA["atom"]
    }
    return blocks | {"snapshot/offset": ends - counts}


def pieces_of(rows: Int[np.ndarray, " row"]) -> Iterator[Int[np.ndarray, " row"]]:
    """Yield stretches of rows that are held at once."""
    for start in range(0, rows.size, ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]
