"""Which rows of batches a lake does not hold yet, and which contradict what it holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import zarr

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.conflicts import find_conflicts, find_conflicts_within
from sekkei.lake.field import RECORDS, Row, rows_by_table
from sekkei.lake.known import KnownKeys
from sekkei.lake.record import Batch, LabelRow, RefusalRow
from sekkei.lake.refusals import refused_otherwise

Fresh = dict[str, list[Row]]
"""New rows by table, every table named."""


@dataclass(slots=True, eq=False)
class _Repeated:
    """Labels and refusals whose keys were there before."""

    in_lake: list[LabelRow] = field(default_factory=list)
    in_batch: list[tuple[LabelRow, LabelRow]] = field(default_factory=list)
    refused: list[RefusalRow] = field(default_factory=list)


def fresh_rows(root: zarr.Group, batches: Sequence[Batch], known: KnownKeys) -> list[Fresh]:
    """Leave out rows whose keys are known, or occur before; keep labels that contradict them.

    A refusal of work that was refused before is kept, too, if it gives another reason.

    Parameters
    ----------
    root
        The lake.
    batches
        Rows, whose order counts.
    known
        Keys that the lake holds.

    Returns
    -------
    list of dict
        One per batch; conflicts are with the first.
    """
    every = [rows_by_table(batch) for batch in batches]
    fresh: list[Fresh] = [{} for _ in every]
    repeated = _Repeated()
    for table in RECORDS:
        first_of: dict[str, Row] = {}
        for rows, new in zip(every, fresh, strict=True):
            new[table] = _new_of(table, rows[table], known, first_of, repeated)
    conflicts = [
        *find_conflicts(root, repeated.in_lake),
        *find_conflicts_within(repeated.in_batch),
    ]
    if conflicts:
        one = {row.key: row for row in conflicts}
        is_known = known.has("conflict", list(one))
        found = [row for row, is_old in zip(one.values(), is_known, strict=True) if not is_old]
        fresh[0]["conflict"] += found
    if repeated.refused:
        fresh[0]["refusal"] += refused_otherwise(ColumnReader(root), repeated.refused)
    return fresh


def _new_of(
    table: str,
    rows: Sequence[Row],
    known: KnownKeys,
    first_of: dict[str, Row],
    repeated: _Repeated,
) -> list[Row]:
    new: list[Row] = []
    for row, is_old in zip(rows, known.has(table, [row.key for row in rows]), strict=True):
        first = first_of.get(row.key)
        first_of.setdefault(row.key, row)
        if not is_old and first is None:
            new.append(row)
        elif isinstance(row, LabelRow) and is_old:
            repeated.in_lake.append(row)
        elif isinstance(row, LabelRow) and isinstance(first, LabelRow):
            repeated.in_batch.append((first, row))
        elif isinstance(row, RefusalRow) and is_old:
            repeated.refused.append(row)
    return new
