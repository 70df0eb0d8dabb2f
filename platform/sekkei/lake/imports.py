"""Rows from elsewhere: of another lake, or of an extxyz file with labels."""

from collections.abc import Iterator
from math import nan
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
import zarr
from ase import Atoms
from jaxtyping import Int

from sekkei.errors import InvalidInputError
from sekkei.lake.record import UNRECORDED, Batch, LabelRow, SnapshotRow, label_key
from sekkei.lake.schema import SCHEMA, columns
from sekkei.lake.store import array_of
from sekkei.lake.table import lengths_of, take_rows
from sekkei.structure.cross_section import narrowest_cross_section
from sekkei.structure.experiment import Snapshot, snapshot_key
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label

ROWS_AT_ONCE = 8192
"""Rows of another lake that are held at once, with their atoms and spectra."""

_NEEDED = ("conductance_g0", "recipe", "engine", "n_channel", "fermi_level_ev")


def stored_blocks(
    source: zarr.Group, table: str, rows: Int[np.ndarray, " row"], first_atom: int
) -> dict[str, np.ndarray]:
    """Read rows of a lake as they are stored, to be appended to another one, bit for bit.

    Parameters
    ----------
    source
        The lake.
    table
        A table.
    rows
        Its rows.
    first_atom
        Number of atoms that the other lake holds.

    Returns
    -------
    dict
        Arrays by path, as `sekkei.lake.encode.encode` has them.
    """
    blocks: dict[str, np.ndarray] = {}
    for column in columns(table):
        path = f"{table}/{column.name}"
        if column.name != "offset":
            found = take_rows(array_of(source, path), rows)
            blocks[path] = found[:, : lengths_of(found).max(initial=0)] if column.grows else found
    if table == "snapshot":
        blocks |= _atoms(source, rows, first_atom)
    return blocks


def read_labelled(path: Path) -> Batch:
    """Read structures, and the labels in the header of those that have one.

    A structure becomes a user's own, without an experiment. A header that has ``conductance_g0``
    must have ``recipe``, ``engine``, ``n_channel`` and ``fermi_level_ev``, too; what it does not
    say, T(E) away from the Fermi level and the cost, is not in the label either: its only energy
    is 0, its window has no width unless ``window_ev`` and ``window_conductance_g0`` are there.

    Parameters
    ----------
    path
        An extxyz file after the input convention.

    Raises
    ------
    InvalidInputError
        If there is no such file, it holds no structure, or a label lacks something.
    """
    if not path.is_file():
        raise InvalidInputError(f"what is imported must be a lake or a file, but {path} is neither")
    frames = ase.io.iread(path, index=":", format="extxyz")
    rows = [_rows(path, i_frame, atoms) for i_frame, atoms in enumerate(frames)]
    return Batch(
        snapshots=tuple(snapshot for snapshot, _ in rows),
        labels=tuple(label for _, label in rows if label is not None),
    )


def _rows(path: Path, i_frame: int, atoms: Atoms) -> tuple[SnapshotRow, LabelRow | None]:
    junction = Junction.from_atoms(atoms)
    key = snapshot_key("", 0, junction)
    about = atoms.info
    snapshot = Snapshot(
        junction,
        0,
        int(about.get("cycle", 0)),
        "push" if about.get("stage") == "push" else "pull",
        float(about.get("displacement_angstrom", 0.0)),
        narrowest_cross_section(junction),
    )
    row = SnapshotRow(key, "", snapshot)
    if "conductance_g0" not in about:
        return row, None
    missing = [name for name in _NEEDED if name not in about]
    if missing:
        raise InvalidInputError(
            f"a label in {path} must have {', '.join(_NEEDED)}, but frame {i_frame} lacks "
            f"{', '.join(missing)}; write them into its header, or leave conductance_g0 out",
            frame=i_frame,
        )
    label = _label(about)
    return row, LabelRow(label_key(key, label.recipe), key, label, UNRECORDED)


def _label(about: dict[str, Any]) -> Label:
    conductance = float(about["conductance_g0"])
    has_window = {"window_ev", "window_conductance_g0"} <= set(about)
    return Label(
        energies=np.zeros(1),
        transmission=np.array([conductance]),
        conductance=conductance,
        window_conductance=float(about["window_conductance_g0"]) if has_window else conductance,
        window=float(about["window_ev"]) if has_window else 0.0,
        n_channel=int(about["n_channel"]),
        fermi_level=float(about["fermi_level_ev"]),
        recipe=str(about["recipe"]),
        engine=str(about["engine"]),
        cpu_seconds=nan,
        iterations=0,
    )


def _atoms(
    source: zarr.Group, rows: Int[np.ndarray, " row"], first_atom: int
) -> dict[str, np.ndarray]:
    firsts, counts = (
        take_rows(array_of(source, f"snapshot/{name}"), rows) for name in ("offset", "n_atom")
    )
    stretches = [np.arange(first, first + n) for first, n in zip(firsts, counts, strict=True)]
    atoms = np.concatenate([np.zeros(0, dtype=np.int64), *stretches])
    ends = first_atom + np.cumsum(counts)
    blocks = {
        f"atom/{column.name}": take_rows(array_of(source, f"atom/{column.name}"), atoms)
        for column in SCHEMA["atom"]
    }
    return blocks | {"snapshot/offset": ends - counts}


def pieces_of(rows: Int[np.ndarray, " row"]) -> Iterator[Int[np.ndarray, " row"]]:
    """Yield stretches of rows that are held at once."""
    for start in range(0, rows.size, ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]
