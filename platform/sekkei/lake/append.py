"""Appending to the columns of a session: rows of a batch, or all of another lake."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import icechunk
import numpy as np
import zarr
import zarr.api.asynchronous

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.conflicts import find_conflicts
from sekkei.lake.decode import decode, decode_stored
from sekkei.lake.encode import encode
from sekkei.lake.gate import Blocks, Fault, Held, check_faults, find_faults, find_link_faults
from sekkei.lake.gate_matrix import find_matrix_faults
from sekkei.lake.imports import pieces_of, stored_blocks
from sekkei.lake.known import KnownKeys
from sekkei.lake.record import LabelRow
from sekkei.lake.schema import table_names
from sekkei.lake.store import ragged_lengths, run_apart
from sekkei.lake.table import read_keys
from sekkei.shapes import Int


def append_blocks(store: icechunk.IcechunkStore, blocks: Mapping[str, np.ndarray]) -> None:
    """Append arrays to the columns of the same paths."""
    run_apart(_append_all(store, blocks))


def append_lake(
    store: icechunk.IcechunkStore, source: zarr.Group, known: KnownKeys
) -> dict[str, int]:
    """Append every row of another lake that is not known yet, bit for bit.

    Parameters
    ----------
    store
        Of the session.
    source
        A state of the other lake.
    known
        Keys that the lake holds; those that are appended join them.

    Returns
    -------
    dict
        Rows that were appended, by table.

    Raises
    ------
    InvalidInputError
        If a row of the other lake is not as it must be; the session is of no use then.
    """
    reader = ColumnReader(source)
    counts: dict[str, int] = {}
    for table in table_names():
        keys = read_keys(source, f"{table}/key")
        is_known = np.array(known.has(table, keys), dtype=bool)
        if table == "label":
            contradicting = _append_conflicts(store, reader, np.flatnonzero(is_known), known)
        rows = np.flatnonzero(~is_known)
        for some in pieces_of(table, rows):
            blocks = stored_blocks(source, table, some, ragged_lengths(_root_of(store)))
            known.add(table, [keys[i] for i in some.tolist()])  # rows may refer to each other
            faults = [*row_faults(reader, table, some, blocks, known.has)]
            check_faults(faults, "run sekkei lake verify on the lake that is imported")
            append_blocks(store, blocks)
        counts[table] = rows.size
    counts["conflict"] += contradicting
    return counts


def row_faults(
    reader: ColumnReader, table: str, rows: Int[np.ndarray, " row"], blocks: Blocks, held: Held
) -> Iterator[Fault]:
    """Yield what is wrong with rows of a lake.

    Parameters
    ----------
    reader
        The lake.
    table
        A table.
    rows
        Its rows.
    blocks
        Their columns.
    held
        Says of keys which are there.
    """
    yield from find_faults(table, blocks)
    yield from find_link_faults(table, blocks, held)
    if table == "matrix":
        for i, i_row in enumerate(rows.tolist()):  # one at a time: each is some megabytes
            (row,) = decode_stored(reader, "matrix", np.array([i_row]))
            yield from find_matrix_faults(i, row)


def _append_conflicts(
    store: icechunk.IcechunkStore,
    source: ColumnReader,
    again: Int[np.ndarray, " row"],
    known: KnownKeys,
) -> int:
    """Keep labels of another lake that contradict those that are there; return how many."""
    n_found = 0
    for some in pieces_of("label", again):
        found = find_conflicts(_root_of(store), decode(source, LabelRow, some))
        is_known = known.has("conflict", [row.key for row in found])
        new = [row for row, is_old in zip(found, is_known, strict=True) if not is_old]
        if new:
            append_blocks(store, encode({"conflict": new}, {}))
            known.add("conflict", [row.key for row in new])
            n_found += len(new)
    return n_found


def _root_of(store: icechunk.IcechunkStore) -> zarr.Group:
    return zarr.open_group(store, mode="r+")  # anew: lengths change


async def _append_all(store: icechunk.IcechunkStore, blocks: Mapping[str, np.ndarray]) -> None:
    # Together on one event loop: a quarter faster than column by column, or than threads.
    root = await zarr.api.asynchronous.open_group(store, mode="r+")
    await asyncio.gather(*(_append(root, path, block) for path, block in blocks.items()))


async def _append(root: zarr.AsyncGroup, path: str, block: np.ndarray) -> None:
    array: Any = await root.getitem(path)
    start = array.shape[0]
    # The axis of a spectrum grows with the widest row; no other differs.
    widths = tuple(max(pair) for pair in zip(array.shape[1:], block.shape[1:], strict=True))
    await array.resize((start + block.shape[0], *widths))
    await array.setitem((slice(start, None), *(slice(0, n) for n in block.shape[1:])), block)
