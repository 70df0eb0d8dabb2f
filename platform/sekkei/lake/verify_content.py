"""Looking for damage in what the rows of a lake say: every content hash, computed again."""

import json
from collections.abc import Iterator, Sequence

import numpy as np

from sekkei.identity import content_hash
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.decode import decode
from sekkei.lake.query.selection import Query
from sekkei.lake.record import SnapshotRow, label_key, matrix_key, prediction_key
from sekkei.structure.experiment import snapshot_key

_AT_ONCE = 4096


def find_wrong_keys(reader: ColumnReader) -> Iterator[str]:
    """Yield one line for every row whose key is not the hash of what it says.

    A single flipped bit in a position, a recipe or a specification shows here. Conductances are
    results, not inputs, so that no key covers them; proposals have keys of their own making.
    """
    for i_row, row in _rows(reader, "experiment", ("key", "spec", "engine")):
        key, spec, engine = row
        yield from _wrong("experiment", i_row, key, _experiment_key(spec, engine))
    for i_row, (key, about, recipe) in _rows(reader, "label", ("key", "snapshot", "recipe")):
        yield from _wrong("label", i_row, key, label_key(about, recipe))
    for i_row, row in _rows(reader, "refusal", ("key", "subject", "recipe", "stage")):
        key, about, recipe, stage = row
        of_label = label_key(about, recipe)
        computed = matrix_key(of_label) if stage == "matrix" else of_label
        yield from _wrong("refusal", i_row, key, computed)
    for i_row, (key, about) in _rows(reader, "matrix", ("key", "label")):
        yield from _wrong("matrix", i_row, key, matrix_key(about))
    for i_row, (key, about, model) in _rows(reader, "prediction", ("key", "snapshot", "model")):
        yield from _wrong("prediction", i_row, key, prediction_key(about, model))


def _rows(
    reader: ColumnReader, table: str, names: Sequence[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    i_row = 0
    for frame in Query(reader, table, names=names).frames():
        for row in frame.itertuples(index=False, name=None):
            yield i_row, row
            i_row += 1


def find_wrong_snapshots(reader: ColumnReader) -> Iterator[str]:
    """Yield one line for every structure whose key is not the hash of what its rows say.

    The atoms of each must be where its row says.
    """
    n_row = reader.n_row("snapshot")
    for start in range(0, n_row, _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, n_row))
        for i_row, row in zip(rows.tolist(), decode(reader, SnapshotRow, rows), strict=True):
            computed = snapshot_key(row.experiment, row.snapshot.frame, row.snapshot.junction)
            yield from _wrong("snapshot", i_row, row.key, computed)


def _experiment_key(spec: str, engine: str) -> str:
    # What was hashed is the specification of its day: a model of today may have more fields.
    try:
        return content_hash("experiment", json.loads(spec), engine)
    except ValueError:
        return "none, because its specification is not JSON"
    except RecursionError:
        return "none, because its specification is nested too deeply"


def _wrong(table: str, i_row: int, key: str, computed: str) -> Iterator[str]:
    if key != computed:
        yield f"{table}: key of row {i_row} is {key}, but what the row says gives {computed}"
