"""Which rows of a batch enter a lake: those that pass the gate, and refer to what is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake.encode import encode
from sekkei.lake.field import Row, rows_by_table
from sekkei.lake.gate import Fault, Held, find_faults, find_link_faults
from sekkei.lake.gate_matrix import find_matrix_faults
from sekkei.lake.matrix_form import PackedRow
from sekkei.lake.record import Batch, MatrixRow
from sekkei.lake.schema import RAGGED
from sekkei.lake.state import State


@dataclass(frozen=True, slots=True, eq=False)
class Admitted:
    """What may be written of a batch."""

    rows: Mapping[str, Sequence[Row]]
    """Good rows by table."""

    stored: Mapping[str, Sequence[Any]]
    """The same in the form that is written."""

    blocks: Mapping[str, np.ndarray]
    """The same as columns."""

    faults: list[Fault]
    """What is wrong with the others."""


def admit(rows: Mapping[str, Sequence[Row]], firsts: Mapping[str, int], held: Held) -> Admitted:
    """Tell good rows from bad ones; a bad row costs the others nothing.

    Parameters
    ----------
    rows
        Rows by table, no key twice in a table.
    firsts
        Rows that the lake holds of each table without keys.
    held
        Says which keys of a table the lake holds.
    """
    good: dict[str, list[Row]] = {}
    stored: dict[str, list[Any]] = {}
    blocks: dict[str, np.ndarray] = {}
    faults: list[Fault] = []

    def held_or_new(table: str, keys: Sequence[str]) -> list[bool]:
        new = {row.key for row in good.get(table, ())}
        return [key in new or is_held for key, is_held in zip(keys, held(table, keys), strict=True)]

    for table, found in rows.items():
        packed, unfit = _packed(table, found)
        made, wrong = _checked(table, packed, firsts, held_or_new)
        bad = {fault.key for fault in (*unfit, *wrong)}
        good[table] = [row for row in found if str(row.key) not in bad]
        stored[table] = [row for row in packed if str(row.key) not in bad]
        blocks |= made if not wrong else encode({table: stored[table]}, firsts)
        faults += [*unfit, *wrong]
    return Admitted(good, stored, blocks, faults)


def find_batch_faults(batch: Batch) -> list[Fault]:
    """Return what is wrong with rows by themselves, wherever they go: links are not followed."""
    firsts = dict.fromkeys(RAGGED, 0)
    return admit(rows_by_table(batch), firsts, lambda _, keys: [True] * len(keys)).faults


def check_source(found: State) -> None:
    """Check a lake that is to be imported, before there is a lake for it.

    Raises
    ------
    InvalidInputError
        If it is not sound.
    """
    if problems := found.verify():
        raise InvalidInputError(
            f"a lake must be sound to be imported, but this one has {len(problems)} problems, "
            f"the first: {problems[0]}; run sekkei lake verify on it",
            n_problem=len(problems),
        )


def _packed(table: str, rows: Sequence[Row]) -> tuple[list[Any], list[Fault]]:
    if table != "matrix":
        return list(rows), []
    packed: list[Any] = []
    faults: list[Fault] = []
    for i_row, row in enumerate(rows):
        try:
            packed.append(PackedRow.of(row) if isinstance(row, MatrixRow) else row)
        except InvalidInputError as error:
            faults.append(_unfit(table, i_row, row, error))
    return packed, faults


def _checked(
    table: str, rows: Sequence[Any], firsts: Mapping[str, int], held: Held
) -> tuple[dict[str, np.ndarray], list[Fault]]:
    """Return columns, and what is wrong with them; halves and halves again where they fail."""
    try:
        blocks = encode({table: rows}, firsts)
    except InvalidInputError as error:
        if len(rows) == 1:
            return {}, [_unfit(table, 0, rows[0], error)]
        half = len(rows) // 2
        faults = _checked(table, rows[:half], firsts, held)[1]
        later = _checked(table, rows[half:], firsts, held)[1]
        return {}, [*faults, *(replace(one, i_row=one.i_row + half) for one in later)]
    if not rows:
        return blocks, []
    return blocks, [
        *find_faults(table, blocks),
        *find_link_faults(table, blocks, held),
        *_matrices(table, rows),
    ]


def _matrices(table: str, rows: Sequence[Any]) -> Iterator[Fault]:
    if table == "matrix":
        for i_row, row in enumerate(rows):
            yield from find_matrix_faults(i_row, row)


def _unfit(table: str, i_row: int, row: Any, error: InvalidInputError) -> Fault:
    return Fault(table, i_row, str(row.key), "", f"does not fit: {error.message}")
