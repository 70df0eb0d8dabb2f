"""Rows of a lake as a Parquet file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sekkei.lake.query.filterable import filterables
from sekkei.lake.query.selection import Query
from sekkei.lake.schema import columns
from sekkei.lake.store import array_of
from sekkei.lake.table import take_rows


def write_parquet(path: Path, query: Query) -> int:
    """Write the rows of a query, some thousand at a time; return how many there were.

    Spectra and eigenchannels are lists without padding; units and meanings are in the metadata of
    each field.

    Parameters
    ----------
    path
        File to write.
    query
        Rows and columns; spectra of its table come by themselves.
    """
    n_row = 0
    writer: pq.ParquetWriter | None = None
    try:
        for table in _tables(query):
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
            n_row += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return n_row


def _tables(query: Query) -> Iterator[Any]:
    known = filterables(query.table)
    lists = [column for column in columns(query.table) if column.grows]
    for rows in query.row_parts():
        frame = query.frame(rows)
        arrays = [pa.array(frame[name], from_pandas=False) for name in frame]
        fields = [
            _field(str(name), array.type, known[str(name)].unit, known[str(name)].description)
            for name, array in zip(frame, arrays, strict=True)
        ]
        for column in lists:
            padded = take_rows(array_of(query.root, f"{query.table}/{column.name}"), rows)
            arrays.append(_without_padding(padded))
            fields.append(_field(column.name, arrays[-1].type, column.unit, column.description))
        yield pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _field(name: str, kind: Any, unit: str, description: str) -> Any:
    about = {"unit": unit, "description": description}
    return pa.field(name, kind, metadata={key: text for key, text in about.items() if text})


def _without_padding(padded: np.ndarray) -> Any:
    has_value = np.isfinite(padded)
    ends = np.concatenate([[0], np.cumsum(has_value.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(padded[has_value]))
