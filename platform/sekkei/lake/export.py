"""Structures of a lake as an extxyz file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ase.io
import pandas as pd

from sekkei.structure.junction import Junction

_HEADER = {
    "key": "label",
    "conductance_g0": "conductance_g0",
    "window_conductance_g0": "window_conductance_g0",
    "window_ev": "window_ev",
    "recipe": "recipe",
    "engine": "engine",
}


def write_extxyz(
    path: Path, junctions: Sequence[Junction], snapshots: pd.DataFrame, labels: pd.DataFrame
) -> None:
    """Write structures with what is known about them in the header of each.

    Parameters
    ----------
    path
        File to write.
    junctions
        The structures.
    snapshots
        Their rows in the table of snapshots, in the same order.
    labels
        Their rows in the table of labels, in the same order; a row without a key has no label.
    """
    frames = []
    rows = zip(junctions, snapshots.to_dict("records"), labels.to_dict("records"), strict=True)
    for junction, snapshot, label in rows:
        atoms = junction.to_atoms()
        atoms.info |= _about_snapshot(snapshot) | _about_label(label)
        frames.append(atoms)
    ase.io.write(path, frames, format="extxyz")


def _about_snapshot(row: dict[Any, Any]) -> dict[str, Any]:
    about = {name: row[name] for name in ("frame", "cycle", "stage", "displacement_angstrom")}
    keys = {"snapshot": row["key"], "experiment": row["experiment"]}
    return {name: key for name, key in keys.items() if key} | about


def _about_label(row: dict[Any, Any]) -> dict[str, Any]:
    if not isinstance(row["key"], str) or not row["key"]:
        return {}
    return {shown: row[name] for name, shown in _HEADER.items()}
