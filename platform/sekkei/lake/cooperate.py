"""Several writers, one commit: each writes whole objects through its own fork of a session."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import icechunk
import numpy as np
import zarr
import zarr.api.asynchronous

from sekkei.lake.encode import count_parts, encode
from sekkei.lake.field import RECORDS, places, stored_rows
from sekkei.lake.process import check_process
from sekkei.lake.schema import RAGGED, SCHEMA
from sekkei.lake.store import array_of, run_apart

_UNIT = {
    f"{table}/{column.name}": (column.shard or column.chunk)[0]
    for table, found in SCHEMA.items()
    for column in found
}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one writer is to write. It can be pickled, and sent to another process or machine."""

    fork: icechunk.ForkSession
    """Its own session."""

    rows: Mapping[str, Sequence[Any]]
    """New rows of each table, in the form that is written."""

    starts: Mapping[str, int]
    """First row of each table, those without keys too."""

    shapes: Mapping[str, tuple[int, ...]]
    """Shape that every array has when all are done."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What one writer wrote, and what is left to the committer."""

    fork: icechunk.ForkSession
    """Its session, with the objects that it wrote."""

    rest: tuple[tuple[str, int, np.ndarray], ...]
    """Path, first row and values of the ends of each column, whose objects others share."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """What cooperating writers do together."""

    session: icechunk.Session
    """Of the committer."""

    parts: tuple[Part, ...]
    """One for each writer."""

    fresh: Sequence[Mapping[str, Sequence[Any]]]
    """New rows of each writer."""


def make_parts(
    session: icechunk.Session, root: zarr.Group, fresh: Sequence[Mapping[str, Sequence[Any]]]
) -> tuple[Part, ...]:
    """Give each writer its stretch of every table.

    Parameters
    ----------
    session
        Of the committer, without changes.
    root
        The lake.
    fresh
        New rows of each writer.
    """
    at = {
        table: array_of(root, f"{table}/{found[0].name}").shape[0]
        for table, found in SCHEMA.items()
    }
    starts = []
    stored = [stored_rows(rows) for rows in fresh]
    for rows in stored:
        starts.append(dict(at))
        for table, found in rows.items():
            at[table] += len(found)
            for part, counts in count_parts(table, found).items():
                at[part] += sum(counts)
    widths = _widths(stored)
    shapes = {}
    for path in _UNIT:
        old = array_of(root, path).shape
        rest = (max(old[1], widths[path]),) if path in widths else old[1:]
        shapes[path] = (at[path.partition("/")[0]], *rest)
    return tuple(
        Part(session.fork(), rows, start, shapes)
        for rows, start in zip(stored, starts, strict=True)
    )


def _widths(stored: Sequence[Mapping[str, Sequence[Any]]]) -> dict[str, int]:
    """Return how wide the new rows make the columns that grow."""
    return {
        place.path: max((attrgetter(".".join(place.field))(row).size for row in found), default=0)
        for table in RECORDS
        for place in places(table)
        if place.column.grows
        for found in [[row for rows in stored for row in rows.get(table, ())]]
    }


def write_part(part: Part) -> Written:
    """Encode rows, and write every object that belongs to this writer alone.

    Ends of a column, in objects that hold rows of others, too, are handed back: two forks must
    never write one object.
    """
    check_process()
    blocks = encode(part.rows, {table: part.starts[table] for table in RAGGED})
    rest: list[tuple[str, int, np.ndarray]] = []

    async def write() -> None:
        root = await zarr.api.asynchronous.open_group(part.fork.store, mode="r+")
        work = []
        for path, block in blocks.items():
            start = part.starts[path.partition("/")[0]]
            low, high = _whole(start, start + len(block), _UNIT[path])
            work.append(
                _fill(root, path, part.shapes[path], (low, block[low - start : high - start]))
            )
            ends = ((start, block[: low - start]), (high, block[high - start :]))
            rest.extend((path, first, end) for first, end in ends if len(end))
        await asyncio.gather(*work)

    run_apart(write())
    return Written(part.fork, tuple(rest))


def write_rest(store: icechunk.IcechunkStore, written: Sequence[Written]) -> None:
    """Write the ends that all writers left, column by column."""
    ends: dict[str, list[tuple[int, np.ndarray]]] = {}
    for one in written:
        for path, start, values in one.rest:
            ends.setdefault(path, []).append((start, values))

    async def write() -> None:
        root = await zarr.api.asynchronous.open_group(store, mode="r+")
        await asyncio.gather(*(_fill(root, path, None, *found) for path, found in ends.items()))

    run_apart(write())


async def _fill(
    root: zarr.AsyncGroup,
    path: str,
    shape: tuple[int, ...] | None,
    *blocks: tuple[int, np.ndarray],
) -> None:
    array: Any = await root.getitem(path)
    if shape is not None:
        await array.resize(shape)
    for start, block in blocks:  # one after the other: they share objects
        if len(block):
            place = (slice(start, start + len(block)), *(slice(0, n) for n in block.shape[1:]))
            await array.setitem(place, block)


def _whole(start: int, stop: int, unit: int) -> tuple[int, int]:
    """Return the rows of the objects that lie wholly between two rows."""
    low, high = -(-start // unit) * unit, stop // unit * unit
    return (low, high) if low < high else (stop, stop)
