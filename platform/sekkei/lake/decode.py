"""From columns to rows: records as they were before `sekkei.lake.encode.encode`."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from sekkei.arrays import freeze
from sekkei.lake.atoms import read_ragged
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.field import Place, RowT, in_full, places, stored_type, table_of
from sekkei.lake.schema import ELEMENTS, RAGGED, Column
from sekkei.lake.store import side_by_side
from sekkei.lake.table import lengths_of, plain, take_rows
from sekkei.shapes import Int
from sekkei.structure.junction import Junction

_JUNCTION = ("snapshot", "junction")


def decode(
    reader: ColumnReader, record: type[RowT], rows: Int[np.ndarray, " row"]
) -> tuple[RowT, ...]:
    """Read rows of a table as records.

    Parameters
    ----------
    reader
        The lake.
    record
        Their type, like `sekkei.lake.LabelRow`.
    rows
        Rows of its table.

    Returns
    -------
    tuple
        In the order of the rows, arrays read-only. All is as it was encoded, but that a
        composition names the elements with a fraction above 0 only, and matrices are rounded.
    """
    return in_full(record, decode_stored(reader, table_of(record), rows))


def decode_stored(reader: ColumnReader, table: str, rows: Int[np.ndarray, " row"]) -> list[Any]:
    """Read rows of a table in the form that is written; see `sekkei.lake.field.stored_rows`."""
    if rows.size == 0:
        return []
    return _records(stored_type(table), (), _read(reader, table, places(table), rows))


def decode_junctions(reader: ColumnReader, rows: Int[np.ndarray, " row"]) -> list[Junction]:
    """Read the structures of some rows of the table of snapshots."""
    wanted = [place for place in places("snapshot") if place.field[:2] == _JUNCTION]
    return _records(Junction, _JUNCTION, _read(reader, "snapshot", wanted, rows))


def _read(
    reader: ColumnReader, table: str, wanted: Sequence[Place], rows: Int[np.ndarray, " row"]
) -> dict[tuple[str, ...], Sequence[Any]]:
    """Return the values of each field, one per row."""

    def stored(place: Place) -> Any:
        if place.part is not None:
            ragged = RAGGED[place.part]
            stretch = (reader.take(table, name, rows) for name in (ragged.offset, ragged.count))
            return read_ragged(reader.array(place.path), *stretch)
        if place.column.axis:
            return take_rows(reader.array(place.path), rows)
        return reader.take(table, place.column.name, rows)

    found = side_by_side(stored, wanted)
    lengths: dict[tuple[str, ...], np.ndarray] = {}
    for place, values in zip(wanted, found, strict=True):
        if place.column.grows:  # an axis is as long as the longest that lies along it
            axis = place.column.axis
            lengths[axis] = np.maximum(lengths.get(axis, 0), lengths_of(values))
    return {
        place.field: values if place.part else _restored(place.column, values, lengths)
        for place, values in zip(wanted, found, strict=True)
    }


def _restored(
    column: Column, values: np.ndarray, lengths: Mapping[tuple[str, ...], np.ndarray]
) -> Sequence[Any]:
    if column.grows:
        widths = lengths[column.axis].tolist()
        return [freeze(row[:width]) for row, width in zip(values, widths, strict=True)]
    if column.axis == ("element",):
        pairs = [zip(ELEMENTS, row, strict=True) for row in values.tolist()]
        return [{symbol: x for symbol, x in row if x != 0.0} for row in pairs]
    if column.axis == ("xy",):
        return [None if np.isnan(x) else (x, y) for x, y in values.tolist()]
    return plain(values)


def _records(
    record: type[Any], above: tuple[str, ...], values: Mapping[tuple[str, ...], Sequence[Any]]
) -> list[Any]:
    parts = []
    for field in fields(record):
        at = (*above, field.name)
        is_value = at in values
        parts.append(values[at] if is_value else _records(field.type, at, values))  # type: ignore[arg-type]
    return [record(*row) for row in zip(*parts, strict=True)]
