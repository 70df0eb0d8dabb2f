"""Structures and their labels, from an extxyz file."""

from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
from ase import Atoms

from sekkei.errors import InvalidInputError
from sekkei.lake.admission import find_batch_faults
from sekkei.lake.record import UNRECORDED, Batch, LabelRow, SnapshotRow, label_key
from sekkei.structure.experiment import Stage, snapshot_key
from sekkei.structure.files import read_frames
from sekkei.structure.junction import Junction
from sekkei.structure.user_structure import structure_of_user
from sekkei.transport.labeler import Label

_NEEDED = ("conductance_g0", "recipe", "engine", "n_channel", "fermi_level_ev")


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
        If there is no such file, it holds no structure, one of them breaks the input convention,
        or a label lacks something or is not possible.
    """
    if not path.is_file():
        raise InvalidInputError(f"what is imported must be a lake or a file, but {path} is neither")
    rows = [_rows_of(path, i_frame, atoms) for i_frame, atoms in enumerate(read_frames(path))]
    if not rows:
        raise InvalidInputError(f"{path} must hold a structure, but it holds none; check the file")
    batch = Batch(
        snapshots=tuple(snapshot for snapshot, _ in rows),
        labels=tuple(label for _, label in rows if label is not None),
    )
    _check(path, batch, [i for i, (_, label) in enumerate(rows) if label is not None])
    return batch


def _check(path: Path, batch: Batch, labelled: list[int]) -> None:
    faults = find_batch_faults(batch)
    if faults:
        frames = [labelled[one.i_row] if one.table == "label" else one.i_row for one in faults]
        others = len(set(frames)) - 1
        raise InvalidInputError(
            f"{path}, frame {frames[0]}: what enters a lake must be possible, but of its "
            f"{faults[0].table} {faults[0].reason}"
            f"{f', and {others} more frames are not' if others else ''}; nothing was written",
            frames=sorted(set(frames)),
        )


def _rows_of(path: Path, i_frame: int, atoms: Atoms) -> tuple[SnapshotRow, LabelRow | None]:
    try:
        return _rows(path, i_frame, atoms)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{path}, frame {i_frame}: {error.message}", **error.facts
        ) from error
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"{path}, frame {i_frame}: its header must hold numbers where they are due, but: "
            f"{error}; correct it",
            frame=i_frame,
        ) from error


def _rows(path: Path, i_frame: int, atoms: Atoms) -> tuple[SnapshotRow, LabelRow | None]:
    junction = Junction.from_atoms(atoms)
    key = snapshot_key("", -1, junction)
    about = atoms.info
    snapshot = replace(
        structure_of_user(junction),
        cycle=_whole(about, "cycle"),
        stage=_stage(about),
        displacement=_number(about, "displacement_angstrom"),
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


def _stage(about: dict[str, Any]) -> Stage:
    for known in get_args(Stage):
        if about.get("stage", "") == known:
            return cast("Stage", known)
    raise InvalidInputError(
        f"a stage must be pull or push, but the header has {about['stage']!r}; leave it out if it "
        "is neither"
    )


def _label(about: dict[str, Any]) -> Label:
    conductance = _number(about, "conductance_g0")
    has_window = {"window_ev", "window_conductance_g0"} <= set(about)
    return Label(
        energies=np.zeros(1),
        transmission=np.array([conductance]),
        conductance=conductance,
        window_conductance=_number(about, "window_conductance_g0") if has_window else conductance,
        window=_number(about, "window_ev") if has_window else 0.0,
        n_channel=_whole(about, "n_channel"),
        fermi_level=_number(about, "fermi_level_ev"),
        recipe=str(about["recipe"]),
        engine=str(about["engine"]),
        cpu_seconds=nan,
        iterations=0,
        error=_number(about, "error_g0"),
    )


def _whole(about: dict[str, Any], name: str, if_absent: int = -1) -> int:
    """Read a whole number; what is cut off from another one would be lost in silence."""
    value = _number(about, name, float(if_absent))
    if not value.is_integer():
        raise InvalidInputError(f"{name} must be a whole number, but is {value:g}; correct it")
    return int(value)


def _number(about: dict[str, Any], name: str, if_absent: float = nan) -> float:
    found = about.get(name, if_absent)
    if isinstance(found, bool | np.bool_):  # a name without a value is read as true
        raise InvalidInputError(f"{name} must be a number, but has no value; write it behind a =")
    return float(found)
