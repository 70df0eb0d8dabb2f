"""Refusals, and what became of them: one whose work succeeded later counts no more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.keys import key_bytes
from sekkei.lake.record import RefusalRow, prediction_key, refused_again_key
from sekkei.lake.table import plain
from sekkei.shapes import Bool

if TYPE_CHECKING:
    from pandas import DataFrame
else:
    DataFrame = Any  # a lake without refusals is described without it

_COLUMNS = ("key", "subject", "stage", "recipe", "kind")


def standing_refusals(reader: ColumnReader) -> DataFrame:
    """Return the work that was refused and has no result: key, subject, stage, recipe and kind.

    The key is that of its first refusal, the kind that of its newest one.

    A row is never replaced. Where trying again succeeded, the result stands beside the refusal: a
    label and matrices under the same key, an experiment under that of the subject, a prediction
    under the one that it has.
    """
    from sekkei.lake.query.selection import Query  # noqa: PLC0415  (pandas and Arrow)

    table = Query(reader, "refusal", names=_COLUMNS).frame()
    if not len(table):
        return table
    work = table.groupby(["subject", "recipe", "stage"], sort=False)
    table = table.assign(key=work["key"].transform("first"))
    # Rows are only ever appended: the last one says why it was refused the last time.
    table = table[~table.duplicated(["subject", "recipe", "stage"], keep="last")]
    keys = table["key"].tolist()
    is_run = (table["stage"] == "experiment").to_numpy()
    is_overcome = _holds(reader, "label", keys) | _holds(reader, "matrix", keys)
    is_overcome |= is_run & _holds(reader, "experiment", table["subject"].tolist())
    if reader.n_row("prediction"):
        pairs = zip(table["subject"], table["recipe"], strict=True)
        is_overcome |= _holds(reader, "prediction", [prediction_key(*pair) for pair in pairs])
    standing: DataFrame = table[~is_overcome]
    return standing


def newest_refusals(reader: ColumnReader, keys: Sequence[str]) -> dict[str, str]:
    """Return the key of the newest refusal of some work, by the key of its first one."""
    newest = dict(zip(keys, keys, strict=True))
    open_keys = list(newest)
    while open_keys:
        after = {key: refused_again_key(newest[key]) for key in open_keys}
        is_held = reader.holds("refusal", list(after.values()))
        open_keys = [key for key, held in zip(open_keys, is_held, strict=True) if held]
        newest |= {key: after[key] for key in open_keys}
    return newest


def refused_otherwise(reader: ColumnReader, again: Sequence[RefusalRow]) -> list[RefusalRow]:
    """Return those of some refusals that say something newer than what a lake holds of that work.

    Parameters
    ----------
    reader
        The lake.
    again
        Refusals whose keys it holds; those that are returned have keys of their own.
    """
    newest = newest_refusals(reader, [row.key for row in again])
    rows = reader.find("refusal", key_bytes([newest[row.key] for row in again]))
    names = ("kind", "message", "finished_unix_s")
    stored = zip(*(plain(reader.take("refusal", name, rows)) for name in names), strict=True)
    found: dict[str, RefusalRow] = {}
    for row, (kind, message, finished) in zip(again, stored, strict=True):
        # What is delivered twice, or late, is no news.
        is_later = row.provenance.finished > finished
        if is_later and (row.refusal.kind, row.refusal.message) != (kind, message):
            key = refused_again_key(newest[row.key])
            found.setdefault(key, replace(row, key=key))
    return list(found.values())


def count_standing(reader: ColumnReader) -> dict[str, int]:
    """Count refusals by kind, the most frequent first; what was labelled later counts as labelled.

    Without any, nothing is loaded.
    """
    if not reader.n_row("refusal"):
        return {}
    return dict(Counter(standing_refusals(reader)["kind"].tolist()).most_common())


def _holds(reader: ColumnReader, table: str, keys: list[str]) -> Bool[np.ndarray, " key"]:
    found: Bool[np.ndarray, " key"] = reader.find(table, key_bytes(keys)) >= 0
    return found
