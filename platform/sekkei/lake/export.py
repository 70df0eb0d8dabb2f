"""Structures of a lake as an extxyz file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import ase.io
import numpy as np
import pandas as pd
from ase import Atoms

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.table import KeyIndex
from sekkei.shapes import Bool, Int, UInt8
from sekkei.structure.junction import Junction

_HEADER = {
    "key": "label",
    "conductance_g0": "conductance_g0",
    "error_g0": "error_g0",
    "window_conductance_g0": "window_conductance_g0",
    "window_ev": "window_ev",
    "recipe": "recipe",
    "engine": "engine",
    "n_channel": "n_channel",
    "fermi_level_ev": "fermi_level_ev",
}
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Structures, and what is known about them."""

    junctions: Sequence[Junction]
    """The structures."""

    snapshots: pd.DataFrame
    """Their rows in the table of snapshots, in the same order."""

    labels: pd.DataFrame
    """Their rows in the table of labels, in the same order; a row without a key has no label."""


def write_extxyz(path: Path, parts: Iterable[Described]) -> None:
    """Write structures with what is known about them in the header of each, a part at a time."""
    with path.open("w", encoding="utf-8") as stream:
        for part in parts:
            ase.io.write(stream, list(_frames(part)), format="extxyz")


def newest_labels(
    reader: ColumnReader,
    snapshots: UInt8[np.ndarray, "wanted 16"],
    is_wanted: Bool[np.ndarray, " wanted"],
) -> Int[np.ndarray, " wanted"]:
    """Return the row of the newest label of each wanted snapshot, -1 where there is none."""
    newest = np.full(len(snapshots), -1)
    if is_wanted.any():
        order = np.flatnonzero(is_wanted)
        wanted = snapshots[order]
        index = KeyIndex.of([wanted])
        for piece in reader.pieces("label"):
            rows = reader.visible("label", piece)
            links = reader.take("label", "snapshot", rows)
            at = index.find(links, lambda some: wanted[some])
            newest[order[at[at >= 0]]] = rows[at >= 0]  # the last one that is assigned stays
    return newest


def in_parts(items: Sequence[_Item], n: int) -> Iterator[Sequence[_Item]]:
    """Yield stretches of a sequence."""
    for start in range(0, len(items), n):
        yield items[start : start + n]


def _frames(part: Described) -> Iterator[Atoms]:
    rows = zip(
        part.junctions,
        part.snapshots.to_dict("records"),
        part.labels.to_dict("records"),
        strict=True,
    )
    for junction, snapshot, label in rows:
        atoms = junction.to_atoms()
        atoms.info |= _about_snapshot(snapshot) | _about_label(label)
        yield atoms


def _about_snapshot(row: dict[Any, Any]) -> dict[str, Any]:
    unknown = {"frame": -1, "cycle": -1, "stage": ""}
    about = {name: row[name] for name in ("frame", "cycle", "stage") if row[name] != unknown[name]}
    if row["displacement_angstrom"] == row["displacement_angstrom"]:
        about["displacement_angstrom"] = row["displacement_angstrom"]
    keys = {"snapshot": row["key"], "experiment": row["experiment"]}
    return {name: key for name, key in keys.items() if key} | about


def _about_label(row: dict[Any, Any]) -> dict[str, Any]:
    if not isinstance(row["key"], str) or not row["key"]:
        return {}
    return {shown: row[name] for name, shown in _HEADER.items() if row[name] == row[name]}
