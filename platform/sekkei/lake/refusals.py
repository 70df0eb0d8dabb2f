"""Refusals, and what became of them: one whose work succeeded later counts no more."""

from collections import Counter

import numpy as np
from pandas import DataFrame

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.keys import key_bytes
from sekkei.lake.query.selection import Query
from sekkei.lake.record import prediction_key
from sekkei.shapes import Bool

_COLUMNS = ("key", "subject", "stage", "recipe", "kind")


def standing_refusals(reader: ColumnReader) -> DataFrame:
    """Return the refusals of which the lake holds no result, with key, subject, stage and kind.

    A row is never replaced. Where trying again succeeded, the result stands beside the refusal: a
    label and matrices under the same key, an experiment under that of the subject, a prediction
    under the one that it has.
    """
    table = Query(reader, "refusal", names=_COLUMNS).frame()
    if not len(table):
        return table
    keys = table["key"].tolist()
    is_run = (table["stage"] == "experiment").to_numpy()
    is_overcome = _holds(reader, "label", keys) | _holds(reader, "matrix", keys)
    is_overcome |= is_run & _holds(reader, "experiment", table["subject"].tolist())
    if reader.n_row("prediction"):
        pairs = zip(table["subject"], table["recipe"], strict=True)
        is_overcome |= _holds(reader, "prediction", [prediction_key(*pair) for pair in pairs])
    standing: DataFrame = table[~is_overcome]
    return standing


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
