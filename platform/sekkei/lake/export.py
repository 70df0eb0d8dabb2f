"""Structures of a lake as an extxyz file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import ase.io
import pandas as pd
from ase import Atoms

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
