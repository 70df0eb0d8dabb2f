"""One row of a lake, and everything that it came from."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import icechunk
import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.keys import key_bytes
from sekkei.lake.query.selection import Query
from sekkei.lake.record import refused_again_key
from sekkei.lake.schema import columns, table_names
from sekkei.lake.table import plain, shown_names
from sekkei.lake.withdrawal import withdrawal_of

_PROVENANCE = ("node", "started_unix_s", "finished_unix_s", "task_cpu_seconds", "code_version")


def describe_key(reader: ColumnReader, key: str) -> list[dict[str, Any]]:
    """Return every row that has a key: a label and a refusal of one subject and recipe share it.

    Refusals for other reasons that came after that one are told, too, the newest one last.

    Parameters
    ----------
    reader
        The lake.
    key
        32 hexadecimal digits.

    Raises
    ------
    InvalidInputError
        If the key is none, or no row has it.
    """
    found = []
    for table, row in _places(reader, key):
        record = _record(reader, table, row)
        found.append({"table": table, "row": row} | record | withdrawal_of(reader, table, row))
    if not found:
        raise InvalidInputError(
            f"a key must be that of a row of the lake, but {key!r} is none; is this the state that "
            "you mean?",
            key=key,
        )
    return found


def trace_key(
    reader: ColumnReader, key: str, commits: Sequence[icechunk.SnapshotInfo]
) -> list[dict[str, Any]]:
    """Return how a row came to be: itself, what it was made from, and so on to the first input.

    Parameters
    ----------
    reader
        The lake.
    key
        32 hexadecimal digits.
    commits
        The history of the lake, newest first.

    Returns
    -------
    list of dict
        For each row: table, key, what made it (engine, recipe, model, code version), seed and
        specification where it has one, node, times, and the commit that brought it. Rows that a
        copy or an import brought are of that commit: the history of their first lake stays there.

    Raises
    ------
    InvalidInputError
        If the key is none, or no row has it.
    """
    describe_key(reader, key)  # says so if there is none
    found: dict[tuple[str, int], dict[str, Any]] = {}
    open_keys = [key]
    while open_keys:
        for table, row in _places(reader, open_keys.pop(0)):
            if (table, row) not in found:
                record = _record(reader, table, row)
                found[table, row] = (
                    _origin(table, record)
                    | withdrawal_of(reader, table, row)
                    | _commit(reader, table, row, commits)
                )
                open_keys += [record[name] for name in _links(table) if record[name]]
    return list(found.values())


def count_values(reader: ColumnReader, table: str, column: str) -> dict[str, int]:
    """Count the visible rows of a table by the texts of a column, the most frequent first."""
    found: Counter[str] = Counter()
    for piece in reader.pieces(table):
        rows = reader.visible(table, piece)
        names, counts = np.unique(reader.take(table, column, rows), return_counts=True)
        found.update(dict(zip(names.tolist(), counts.tolist(), strict=True)))
    return dict(found.most_common())


def count_by_method(reader: ColumnReader) -> dict[tuple[str, str], int]:
    """Count the visible labels by engine and recipe, the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for piece in reader.pieces("label"):
        rows = reader.visible("label", piece)
        names = (plain(reader.take("label", name, rows)) for name in ("engine", "recipe"))
        found.update(zip(*names, strict=True))
    return dict(found.most_common())


def _places(reader: ColumnReader, key: str) -> Iterator[tuple[str, int]]:
    packed = key_bytes([key])
    for table in table_names():
        (row,) = reader.find(table, packed).tolist()
        if row >= 0:
            yield table, row
    later = refused_again_key(key)
    if reader.holds("refusal", [key, later]) == [True, True]:
        yield from _places(reader, later)


def _record(reader: ColumnReader, table: str, row: int) -> dict[str, Any]:
    return next(Query(reader, table, names=shown_names(table)).records(np.array([row])))


def _links(table: str) -> list[str]:
    links = [column.name for column in columns(table) if column.references]
    return [*links, "subject"] if table == "refusal" else links


def _origin(table: str, record: dict[str, Any]) -> dict[str, Any]:
    made_by = ("engine", "recipe", "model", "kind", "seed", "spec", "design", "parameters")
    wanted = ("key", *_links(table), *made_by, *_PROVENANCE)
    return {"table": table} | {name: record[name] for name in wanted if name in record}


def _commit(
    reader: ColumnReader, table: str, row: int, commits: Sequence[icechunk.SnapshotInfo]
) -> dict[str, Any]:
    # Rows are only ever appended: counting back from the newest state finds the one that did.
    n_row = reader.n_row(table)
    for commit in commits:
        n_row -= int(commit.metadata.get(table, 0))
        if row >= n_row:
            return {"state": commit.id, "commit": commit.message}
    first = commits[-1]  # a copy says of no table how many rows it brought
    return {"state": first.id, "commit": first.message}
