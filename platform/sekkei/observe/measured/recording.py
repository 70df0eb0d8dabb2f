"""What a file holds before anything is known of its units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float

MOST_SAMPLES = 200_000_000
"""Values that one file may hold: 1.6 GB of memory."""

_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file are meant.

    A column is called by its name (``group/channel``, a path in HDF5, a wave of Igor; ``*`` stands
    for any text) or, in a text, by its number from 1.
    """

    conductance: str | None = None
    """Conductance or current; if absent, the second of two columns, or the only one."""

    displacement: str | None = None
    """Displacement; if absent, the first of two columns, or none."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One uninterrupted record, in whatever units the laboratory has."""

    name: str
    """Where it is from."""

    values: Float[np.ndarray, " sample"]
    """Conductance, or current."""

    displacements: Float[np.ndarray, " sample"] | None
    """Displacement at each; ``None`` if none was recorded."""


def recordings_from_columns(
    file: Path, table: Mapping[str, np.ndarray], columns: Columns
) -> tuple[Recording, ...]:
    """Choose the columns of a file that holds several.

    Parameters
    ----------
    file
        Where they are from.
    table
        Name to numbers of one or two axes. Of two axes, ``(n, 2)`` is displacement and
        conductance unless a column was named; anything else has a recording in each row.
    columns
        Which are meant.

    Raises
    ------
    InvalidInputError
        If it is not plain which are meant, one is not there, or their lengths differ.
    """
    if columns.conductance is None:
        return (_unnamed(file, table, columns),)
    values = _matching(file, table, columns.conductance)
    if columns.displacement is None:
        partners: Sequence[tuple[str, np.ndarray | None]] = [("", None)] * len(values)
    else:
        partners = _matching(file, table, columns.displacement)
        if len(partners) == 1:
            partners = list(partners) * len(values)
    if len(partners) != len(values):
        raise InvalidInputError(
            f"{file.name} must have a displacement for each conductance, but {len(partners)} and "
            f"{len(values)} fit the names; name them closer"
        )
    return tuple(
        _recording(file, name, found, partner)
        for (name, found), (_, partner) in zip(values, partners, strict=True)
    )


def check_size(file: Path, n_sample: int) -> None:
    """Refuse what would fill the memory.

    Raises
    ------
    InvalidInputError
        If a file holds more than 200 million values.
    """
    if n_sample > MOST_SAMPLES:
        raise InvalidInputError(
            f"a file must hold at most {MOST_SAMPLES} values, but {file.name} holds {n_sample}; "
            "split it"
        )


def _unnamed(file: Path, table: Mapping[str, np.ndarray], columns: Columns) -> Recording:
    arrays = list(table.values())
    is_plain = columns.displacement is None and all(a.ndim == 1 or a.shape[1] == 2 for a in arrays)
    if is_plain and len(arrays) == 1:
        (found,) = arrays
        if found.ndim == 1:
            return _recording(file, "", found, None)
        return _recording(file, "", found[:, 1], found[:, 0])
    names = ", ".join(list(table)[:_MOST_NAMED]) or "no numbers"
    more = f" and {len(table) - _MOST_NAMED} more" if len(table) > _MOST_NAMED else ""
    raise InvalidInputError(
        f"it must be plain which column of {file.name} is the conductance, but it has {names}"
        f"{more}; try --conductance-column NAME and --displacement-column NAME"
    )


def _matching(
    file: Path, table: Mapping[str, np.ndarray], wanted: str
) -> list[tuple[str, np.ndarray]]:
    found: list[tuple[str, np.ndarray]] = []
    for name in [wanted] if wanted in table else table:
        if name != wanted and not fnmatchcase(name, wanted):
            continue
        rows = table[name]
        found += [(name, row) for row in (rows if rows.ndim == 2 else rows[None])]
    if not found:
        names = ", ".join(list(table)[:_MOST_NAMED])
        raise InvalidInputError(
            f"a column must be in its file, but {file.name} has no {wanted!r}; there is {names}"
        )
    return found


def _recording(
    file: Path, name: str, values: np.ndarray, displacements: np.ndarray | None
) -> Recording:
    if displacements is not None and displacements.shape != values.shape:
        raise InvalidInputError(
            f"displacement and conductance must be equally long, but in {file.name} they have "
            f"{displacements.size} and {values.size} values"
        )
    return Recording(
        name=f"{file.name}:{name}" if name else file.name,
        values=np.asarray(values, dtype=np.float64),
        displacements=None if displacements is None else np.asarray(displacements, np.float64),
    )
