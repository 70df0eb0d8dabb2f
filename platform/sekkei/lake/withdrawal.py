"""Rows that were withdrawn: kept, but left out by readers, with the reason."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.schema import table_names
from sekkei.lake.table import plain


def count_withdrawn(reader: ColumnReader) -> dict[str, int]:
    """Count the rows that readers leave out: withdrawn ones, and what was made from them."""
    hidden = {table: reader.hidden(table) for table in table_names()}
    found = {table: int(rows.sum()) for table, rows in hidden.items() if rows is not None}
    return {table: n for table, n in found.items() if n}


def events_of(reader: ColumnReader, table: str, key: str) -> list[dict[str, Any]]:
    """Return the withdrawals and reinstatements of a row, in their order."""
    found = [
        event for event in _events(reader) if (event["table"], event["subject"]) == (table, key)
    ]
    return sorted(found, key=lambda event: int(event["ordinal"]))


def withdrawal_of(reader: ColumnReader, table: str, row: int) -> dict[str, Any]:
    """Return why readers leave a row out, to be shown with it; nothing where they do not."""
    hidden = reader.hidden(table)
    if hidden is None or not hidden[row]:
        return {}
    (key,) = plain(reader.take(table, "key", np.array([row])))
    events = events_of(reader, table, key)
    is_own = bool(events) and events[-1]["action"] == "withdraw"
    reason = events[-1]["reason"] if is_own else "something that it was made from was withdrawn"
    return {"withdrawn": reason}


def _events(reader: ColumnReader) -> Iterator[dict[str, Any]]:
    names = ("table", "subject", "ordinal", "action", "reason")
    for rows in reader.pieces("withdrawal"):
        columns = (plain(reader.take("withdrawal", name, rows)) for name in names)
        for values in zip(*columns, strict=True):
            yield dict(zip(names, values, strict=True))
