"""Looking for damage in a lake."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import zarr

from sekkei.lake.append import row_faults
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.imports import pieces_of, stored_blocks
from sekkei.lake.schema import RAGGED, SCHEMA, ragged_of, table_names
from sekkei.lake.storage_errors import DAMAGE, LakeGoneError, LakeReadError, reason_of
from sekkei.lake.store import array_of
from sekkei.lake.table import read_keys
from sekkei.lake.verify_arrays import find_wrong_arrays


def find_problems(reader: ColumnReader) -> list[str]:
    """Check everything that the schema promises of a lake.

    Returns
    -------
    list of str
        One line per problem; empty if the lake is sound.
    """
    root = reader.root
    of_arrays = {"arrays": find_wrong_arrays, "lengths": _unequal_lengths, "reading": _unreadable}
    for name, of_array in of_arrays.items():
        if problems := _found_by(name, partial(of_array, root)):
            return problems  # rows cannot be told from each other any more, or are not there
    of_rows: dict[str, Callable[[], Iterator[str]]] = {
        "offsets": partial(_ragged, root),
        "widths": partial(_unequal_widths, root),
        "duplicates": partial(_duplicates, root),
        "rows": partial(find_impossible, reader),
    }
    return [line for name, check in of_rows.items() for line in _found_by(name, check)]


def find_impossible(reader: ColumnReader) -> Iterator[str]:
    """Yield one line for everything that is wrong with a row by itself, or with its links."""
    root = reader.root
    broken = {part for part in RAGGED if next(_ragged_part(root, part), None)}
    for table in table_names():
        if broken & ragged_of(table).keys():
            continue  # said already: what belongs to its rows is not known any more
        for rows in pieces_of(table, np.arange(reader.n_row(table))):
            blocks = stored_blocks(root, table, rows, dict.fromkeys(RAGGED, 0))
            for fault in row_faults(reader, table, rows, blocks, reader.holds):
                yield fault.at(int(rows[fault.i_row]))


def _found_by(name: str, check: Callable[[], Iterator[str]]) -> list[str]:
    problems: list[str] = []
    try:
        problems.extend(check())
    except LakeGoneError:
        raise  # no damage
    except (LakeReadError, ArithmeticError, AttributeError, *DAMAGE) as error:
        # What damage looks like is not foreseen in all of its forms, and is damage all the same.
        problems.append(f"the check of {name} stopped: {type(error).__name__}: {reason_of(error)}")
    return problems


def _unreadable(root: zarr.Group) -> Iterator[str]:
    for table, found in SCHEMA.items():
        for column in found:
            array = array_of(root, f"{table}/{column.name}")
            step = (column.shard or column.chunk)[0]
            for start in range(0, array.shape[0], step):
                try:
                    array[start : start + step]
                except LakeGoneError:
                    raise
                except (LakeReadError, *DAMAGE) as error:
                    # Of ours, what the store said.
                    cause = error.__cause__ if isinstance(error, LakeReadError) else None
                    why = reason_of(cause if isinstance(cause, Exception) else error)
                    yield f"{table}: {column.name} cannot be read from row {start} on: {why}"
                    break


def _unequal_lengths(root: zarr.Group) -> Iterator[str]:
    for table, found in SCHEMA.items():
        lengths = {
            column.name: array_of(root, f"{table}/{column.name}").shape[0] for column in found
        }
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{name} {n}" for name, n in lengths.items())
            yield f"{table}: columns must be equally long, but found {listed}"


def _unequal_widths(root: zarr.Group) -> Iterator[str]:
    paths = ("energy_ev", "transmission")
    for table in ("label", "conflict"):
        energies, transmission = (array_of(root, f"{table}/{name}").shape[1] for name in paths)
        if energies != transmission:
            yield (
                f"{table}: energy_ev and transmission must be equally wide, but found "
                f"{energies} and {transmission}"
            )


def _duplicates(root: zarr.Group) -> Iterator[str]:
    for table in table_names():
        keys = read_keys(root, f"{table}/key")
        seen: set[str] = set()
        for i_row, key in enumerate(keys):
            if key in seen:
                yield f"{table}: key {key} occurs again in row {i_row}"
            seen.add(key)


def _ragged(root: zarr.Group) -> Iterator[str]:
    for part in RAGGED:
        yield from _ragged_part(root, part)


def _ragged_part(root: zarr.Group, part: str) -> Iterator[str]:
    ragged = RAGGED[part]
    offsets = np.asarray(array_of(root, f"{ragged.owner}/{ragged.offset}")[:])
    counts = np.asarray(array_of(root, f"{ragged.owner}/{ragged.count}")[:])
    expected = np.concatenate([[0], np.cumsum(counts)])
    for i_row in np.flatnonzero(offsets != expected[:-1]).tolist():
        yield (
            f"{ragged.owner}: row {i_row} must start at row {expected[i_row]} of {part}, "
            f"but its {ragged.offset} is {offsets[i_row]}"
        )
    n_row = array_of(root, f"{part}/{SCHEMA[part][0].name}").shape[0]
    if n_row != expected[-1]:
        yield f"{part}: {ragged.owner} has {expected[-1]} rows in it, but it has {n_row}"
