"""A compact copy of a lake, or of a part of it, in one commit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.document import copy_documents
from sekkei.lake.method import add_methods, read_methods
from sekkei.lake.query.selection import Query
from sekkei.lake.schema import SCHEMA, Column, Ragged, columns, ragged_of, table_names
from sekkei.lake.store import array_of, note
from sekkei.lake.table import find_rows, lengths_of, rows_of_stretches, take_rows
from sekkei.lake.verify import find_impossible
from sekkei.shapes import Bool, Int

# A multiple of every shard of a table with keys; a few tens of megabytes of spectra.
_ROWS_AT_ONCE = 16384
_PARTS_AT_ONCE = 524288

Rows = Int[np.ndarray, " row"]


def copying(
    reader: ColumnReader,
    state_id: str,
    where: Sequence[str],
    *,
    is_labelled: bool,
    is_checked: bool,
    with_matrices: bool = True,
) -> Callable[[zarr.Group], None]:
    """Choose rows as `choose_rows` does, and return what copies them into an empty lake.

    Parameters
    ----------
    reader, state_id
        The lake, and its state, which the copy names.
    where, is_labelled, with_matrices
        What to copy.
    is_checked
        Let the rows pass the gate where they are then.
    """
    rows = choose_rows(reader, where, is_labelled=is_labelled)
    about: dict[str, Any] = {
        "state_id": state_id,
        "filters": list(where),
        "is_labelled": bool(where) or is_labelled,
    }
    if not with_matrices:
        _leave_out_matrices(reader.root, rows)
        about["with_matrices"] = False
    return partial(copy_sound_rows if is_checked else copy_rows, reader.root, rows, about)


def choose_rows(
    reader: ColumnReader, where: Sequence[str], *, is_labelled: bool
) -> dict[str, Rows]:
    """Choose what goes into a copy.

    Parameters
    ----------
    reader
        The lake.
    where
        Filters of labels. With any, only labels that fit are copied, with their structures, their
        experiments, and what else was said of these structures.
    is_labelled
        Leave out structures that no label and no refusal speaks of. Filters imply it.

    Returns
    -------
    dict
        Rows of each table, ascending.

    Raises
    ------
    InvalidInputError
        If a filter is not one, or names no column.
    """
    root = reader.root
    if not where and not is_labelled:
        return {table: np.arange(_n_row(root, table)) for table in table_names()}
    chosen = Query(reader, "label", where).rows() if where else np.arange(_n_row(root, "label"))
    label = _mask(root, "label", chosen)
    snapshot = _mask(root, "snapshot", _links(root, "label", "snapshot")[label])
    refused = find_rows(_keys(root, "snapshot"), _column(root, "refusal", "subject"))
    if not where:
        snapshot |= _mask(root, "snapshot", refused)
    experiment = _mask(root, "experiment", _links(root, "snapshot", "experiment")[snapshot])
    if not where:
        experiment[:] = True  # one without a label was run, too: it is not to be run again
    tried = find_rows(_keys(root, "experiment"), _column(root, "refusal", "subject"))
    refusal = _holds(snapshot, refused) | _holds(experiment, tried)
    proven = _links(root, "proposal", "label")
    kept = {
        "experiment": experiment,
        "snapshot": snapshot,
        "label": label,
        "refusal": np.ones_like(refusal) if not where else refusal,
        "prediction": _holds(snapshot, _links(root, "prediction", "snapshot")),
        "proposal": _holds(snapshot, _links(root, "proposal", "snapshot"))
        & ((proven < 0) | _holds(label, proven)),
        "matrix": _holds(label, _links(root, "matrix", "label")),
        "conflict": _holds(label, _links(root, "conflict", "label")),
    }
    kept["withdrawal"] = _withdrawals(root, kept)
    return {table: np.flatnonzero(mask) for table, mask in kept.items()}


def _leave_out_matrices(root: zarr.Group, rows: dict[str, Rows]) -> None:
    """Leave out matrices, and what was said of them: that one was withdrawn, or refused."""
    rows["matrix"] = rows["matrix"][:0]
    for table, column in (("withdrawal", "table"), ("refusal", "stage")):
        rows[table] = rows[table][_column(root, table, column)[rows[table]] != "matrix"]


def _withdrawals(
    root: zarr.Group, kept: Mapping[str, Bool[np.ndarray, " row"]]
) -> Bool[np.ndarray, " withdrawal"]:
    """Whether the row that each withdrawal speaks of is kept."""
    of, subject = (_column(root, "withdrawal", name) for name in ("table", "subject"))
    found = np.zeros(of.size, dtype=bool)
    for table, mask in kept.items():
        found |= (of == table) & _holds(mask, find_rows(_keys(root, table), subject))
    return found


def copy_rows(
    source: zarr.Group, rows: Mapping[str, Rows], about: Mapping[str, Any], target: zarr.Group
) -> None:
    """Copy rows into the empty tables of another lake, bit for bit, a part at a time.

    Parameters
    ----------
    source
        The lake that is copied.
    rows
        Rows of each table, ascending.
    about
        What the copy says of where it is from.
    target
        The other lake.
    """
    note(target, copied_from=dict(about))
    add_methods(target, read_methods(source))
    copy_documents(source, target)
    for table, chosen in rows.items():
        parts = ragged_of(table)
        offsets = {ragged.offset for ragged in parts.values()}
        for column in columns(table):
            path = f"{table}/{column.name}"
            if column.name not in offsets:
                _copy(array_of(source, path), array_of(target, path), chosen, column)
        for part, ragged in parts.items():
            _copy_part(source, part, ragged, chosen, target)


def copy_sound_rows(
    source: zarr.Group, rows: Mapping[str, Rows], about: Mapping[str, Any], target: zarr.Group
) -> None:
    """Copy rows as `copy_rows` does, and let them pass the gate where they are now.

    Raises
    ------
    InvalidInputError
        If one does not; a copy by filters can leave it out.
    """
    copy_rows(source, rows, about, target)
    problem = next(find_impossible(ColumnReader(target)), None)
    if problem is not None:
        raise InvalidInputError(
            f"what enters a lake must be possible, but of what is copied {problem}; leave it out "
            "by a filter, or look at sekkei lake verify"
        )


def _copy(source: Any, target: Any, rows: Rows, column: Column) -> None:
    target.resize((rows.size, *target.shape[1:]))
    for start in range(0, rows.size, _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        part = take_rows(source, some)
        if column.grows:
            part = part[:, : lengths_of(part).max(initial=0)]
            target.resize((rows.size, max(target.shape[1], part.shape[1])))
        if part.size:
            block = (slice(start, start + some.size), *(slice(0, n) for n in part.shape[1:]))
            target[block] = part


def _copy_part(
    source: zarr.Group, part: str, ragged: Ragged, rows: Rows, target: zarr.Group
) -> None:
    """Copy what rows have in a table without keys, and say where it stands."""
    counts = _column(source, ragged.owner, ragged.count)[rows]
    firsts = _column(source, ragged.owner, ragged.offset)[rows]
    ends = np.cumsum(counts)
    n_all = int(ends[-1]) if rows.size else 0
    offsets = array_of(target, f"{ragged.owner}/{ragged.offset}")
    offsets.resize((rows.size,))
    if rows.size:
        offsets[:] = ends - counts
    for column in SCHEMA[part]:
        array = array_of(target, f"{part}/{column.name}")
        array.resize((n_all, *array.shape[1:]))
    for some in _blocks(ends):
        wanted = rows_of_stretches(firsts[some], counts[some])
        at = slice(int(ends[some][-1]) - wanted.size, int(ends[some][-1]))
        for column in SCHEMA[part]:
            path = f"{part}/{column.name}"
            array_of(target, path)[at] = take_rows(array_of(source, path), wanted)


def _blocks(ends: np.ndarray) -> Iterator[slice]:
    """Yield stretches of owners whose last rows lie in the same block of a table without keys."""
    if ends.size:
        edges = np.flatnonzero(np.diff((ends - 1) // _PARTS_AT_ONCE)) + 1
        bounds = [0, *edges.tolist(), ends.size]
        yield from (slice(a, b) for a, b in pairwise(bounds))


def _column(root: zarr.Group, table: str, name: str) -> np.ndarray:
    return np.asarray(array_of(root, f"{table}/{name}")[:])


def _keys(root: zarr.Group, table: str) -> np.ndarray:
    return _column(root, table, "key")


def _n_row(root: zarr.Group, table: str) -> int:
    return int(array_of(root, f"{table}/key").shape[0])


def _links(root: zarr.Group, table: str, name: str) -> Rows:
    """Row in the table of that name that each row refers to, -1 where there is none."""
    return find_rows(_keys(root, name), _column(root, table, name))


def _mask(root: zarr.Group, table: str, rows: Rows) -> Bool[np.ndarray, " stored"]:
    mask = np.zeros(_n_row(root, table), dtype=bool)
    mask[rows[rows >= 0]] = True
    return mask


def _holds(kept: Bool[np.ndarray, " kept"], links: Rows) -> Bool[np.ndarray, " row"]:
    """Whether each row refers to one that is kept."""
    # Row -1 is the last one: none.
    found: Bool[np.ndarray, " row"] = np.append(kept, False)[links]
    return found
