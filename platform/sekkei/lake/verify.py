"""Looking for damage in a lake."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import zarr

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.schema import RAGGED, SCHEMA, columns, table_names
from sekkei.lake.storage_errors import DAMAGE, LakeGoneError, LakeReadError, reason_of
from sekkei.lake.store import array_of
from sekkei.lake.table import read_keys
from sekkei.lake.verify_arrays import find_wrong_arrays
from sekkei.lake.verify_content import find_wrong_keys, find_wrong_snapshots
from sekkei.lake.verify_matrix import find_wrong_matrices


def find_problems(reader: ColumnReader, spectrum: Callable[[str], Any]) -> list[str]:
    """Check everything that the schema promises.

    Parameters
    ----------
    reader
        The lake.
    spectrum
        Opens an array by its path, lazily.

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
    ragged = _found_by("offsets", partial(_ragged, root))
    of_rows: dict[str, Callable[[], Iterator[str]]] = {
        "duplicates": partial(_duplicates, root),
        "links": partial(_dangling, root),
        "finite numbers": partial(_not_finite, root, spectrum),
        "gaps": partial(_gaps, root),
        "keys": partial(find_wrong_keys, reader),
    }
    if not ragged:
        of_rows["structures"] = partial(find_wrong_snapshots, reader)
        of_rows["matrices"] = partial(find_wrong_matrices, reader)
    return ragged + [line for name, check in of_rows.items() for line in _found_by(name, check)]


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


def _duplicates(root: zarr.Group) -> Iterator[str]:
    for table in table_names():
        keys = read_keys(root, f"{table}/key")
        seen: set[str] = set()
        for i_row, key in enumerate(keys):
            if key in seen:
                yield f"{table}: key {key} occurs again in row {i_row}"
            seen.add(key)


def _dangling(root: zarr.Group) -> Iterator[str]:
    links = [
        (table, column)
        for table in table_names()
        for column in columns(table)
        if column.references is not None
    ]
    held = {table: set(read_keys(root, f"{table}/key")) for table in table_names()}
    for table, column in links:
        for i_row, key in enumerate(read_keys(root, f"{table}/{column.name}")):
            if key and key not in held[str(column.references)]:
                yield (
                    f"{table}: row {i_row} refers to {column.references} {key}, "
                    "which the lake does not hold"
                )


def _ragged(root: zarr.Group) -> Iterator[str]:
    for part, ragged in RAGGED.items():
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


def _not_finite(root: zarr.Group, spectrum: Callable[[str], Any]) -> Iterator[str]:
    for name in ("conductance_g0", "window_conductance_g0", "window_ev", "fermi_level_ev"):
        values = np.asarray(array_of(root, f"label/{name}")[:])
        for i_row in np.flatnonzero(~np.isfinite(values)).tolist():
            yield f"label: {name} of row {i_row} must be finite, but is {values[i_row]}"
    # Lazily, shard by shard: spectra are the one thing here that may not fit into memory.
    energies, transmission = spectrum("label/energy_ev"), spectrum("label/transmission")
    has_energy, has_value = np.isfinite(energies), np.isfinite(transmission)
    width = min(energies.shape[1], transmission.shape[1])
    if energies.shape[1] != transmission.shape[1]:
        yield (
            "label: energy_ev and transmission must be equally wide, but found "
            f"{energies.shape[1]} and {transmission.shape[1]}"
        )
    broken = (has_energy[:, :width] != has_value[:, :width]).any(axis=1)
    broken |= ~has_energy.any(axis=1) | has_energy[:, width:].any(axis=1)
    broken |= has_value[:, width:].any(axis=1)
    for i_row in np.flatnonzero(broken.compute()).tolist():
        yield f"label: row {i_row} must have a finite transmission at each of its energies"


def _gaps(root: zarr.Group) -> Iterator[str]:
    has_value = np.isfinite(np.asarray(array_of(root, "label/eigenchannels")[:]))
    for i_row in np.flatnonzero((np.diff(has_value.astype(int), axis=1) > 0).any(axis=1)).tolist():
        yield f"label: eigenchannels of row {i_row} must be finite up to the last"
    across = np.isfinite(np.asarray(array_of(root, "snapshot/lateral_period_angstrom")[:]))
    for i_row in np.flatnonzero(across[:, 0] != across[:, 1]).tolist():
        yield f"snapshot: row {i_row} must have two lateral periods or none, but has one"
