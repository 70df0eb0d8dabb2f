"""Where each field of a record stands in the columns: what encoding and decoding share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

from sekkei.errors import InvalidInputError
from sekkei.lake.matrix_form import PackedMatrices, PackedRow
from sekkei.lake.record import (
    Batch,
    ConflictRow,
    ExperimentRow,
    LabelRow,
    MatrixRow,
    PredictionRow,
    ProposalRow,
    RefusalRow,
    SnapshotRow,
    WithdrawalRow,
)
from sekkei.lake.schema import RAGGED, SCHEMA, Column
from sekkei.provenance import Provenance
from sekkei.structure.experiment import Snapshot
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label

Row = (
    ExperimentRow
    | SnapshotRow
    | LabelRow
    | RefusalRow
    | PredictionRow
    | ProposalRow
    | MatrixRow
    | ConflictRow
    | WithdrawalRow
)
RowT = TypeVar("RowT", bound=Row)

RECORDS: Mapping[str, type[Row]] = {
    "experiment": ExperimentRow,
    "snapshot": SnapshotRow,
    "label": LabelRow,
    "refusal": RefusalRow,
    "prediction": PredictionRow,
    "proposal": ProposalRow,
    "matrix": MatrixRow,
    "conflict": ConflictRow,
    "withdrawal": WithdrawalRow,
}
"""The record that a row of each table is."""

_FIELDS: Mapping[str, str] = {"matrix": "matrices"}
"""Fields of a batch that are not called what their table is called, with an s."""

_COLUMNS: Mapping[type, Mapping[str, str]] = {
    Provenance: {
        "started": "started_unix_s",
        "finished": "finished_unix_s",
        "cpu_seconds": "task_cpu_seconds",
    },
    Snapshot: {"displacement": "displacement_angstrom", "narrowest": "narrowest_angstrom2"},
    Junction: {
        "numbers": "atom/number",
        "positions": "atom/position",
        "regions": "atom/region",
        "electrode_period": "electrode_period_angstrom",
        "lateral_period": "lateral_period_angstrom",
    },
    Label: {
        "energies": "energy_ev",
        "conductance": "conductance_g0",
        "window_conductance": "window_conductance_g0",
        "window": "window_ev",
        "fermi_level": "fermi_level_ev",
        "error": "error_g0",
    },
    WithdrawalRow: {"time": "time_unix_s"},
    PackedMatrices: {
        "numbers": "matrix_atom/number",
        "positions": "matrix_atom/position",
        "n_orbital": "matrix_atom/n_orbital",
        "k_points": "matrix_k/point",
        "weights": "matrix_k/weight",
        "first": "matrix_pair/first",
        "second": "matrix_pair/second",
        "hamiltonian": "matrix_value/hamiltonian_ev",
        "overlap": "matrix_value/overlap",
        "hamiltonian_imaginary": "matrix_value/hamiltonian_imaginary_ev",
        "overlap_imaginary": "matrix_value/overlap_imaginary",
        "length": "length_angstrom",
        "lateral_period": "lateral_period_angstrom",
        "fermi_level": "fermi_level_ev",
        "alignment": "alignment_ev",
    },
}
"""Columns that are not called what the field is called."""


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a record and the column that holds it."""

    field: tuple[str, ...]
    """Attributes from the row to the value, like ``label``, ``conductance``."""

    path: str
    """The column, like ``label/conductance_g0`` or ``atom/position``."""

    @property
    def part(self) -> str | None:
        """Table without keys that holds several values for each row; None if there is one."""
        table = self.path.partition("/")[0]
        return table if table in RAGGED else None

    @property
    def column(self) -> Column:
        """What the schema says of the column."""
        return column_at(self.path)


def places(table: str) -> tuple[Place, ...]:
    """Return every field of the record of a table, with the column that holds it."""
    return tuple(_places(table, stored_type(table), ()))


def stored_type(table: str) -> type:
    """Return the record whose fields are the columns of a table."""
    return PackedRow if table == "matrix" else RECORDS[table]


def stored_rows(rows: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Return rows of tables in the form that is written; `in_full` turns them back.

    Raises
    ------
    InvalidInputError
        If matrices are not as they must be.
    """
    return {
        table: [PackedRow.of(row) for row in found] if table == "matrix" else found
        for table, found in rows.items()
    }


def in_full(record: type[RowT], stored: Sequence[Any]) -> tuple[RowT, ...]:
    """Return records of a type from the form that is written."""
    return tuple(row.unpacked() if record is MatrixRow else row for row in stored)


def table_of(record: type[object]) -> str:
    """Return the table whose rows are records of a type.

    Raises
    ------
    InvalidInputError
        If it is the type of no row.
    """
    for table, found in RECORDS.items():
        if found is record:
            return table
    names = ", ".join(found.__name__ for found in RECORDS.values())
    raise InvalidInputError(f"a record must be one of {names}, but found {record!r}; pass one")


def column_at(path: str) -> Column:
    """Return what the schema says of one column."""
    table, _, name = path.partition("/")
    (column,) = (column for column in SCHEMA[table] if column.name == name)
    return column


def rows_by_table(batch: Batch) -> dict[str, tuple[Row, ...]]:
    """Return the rows of a batch under the names of their tables."""
    return {table: getattr(batch, field_of(table)) for table in RECORDS}


def field_of(table: str) -> str:
    """Return the field of a batch that has the rows of a table."""
    return _FIELDS.get(table, f"{table}s")


def _places(table: str, record: type, above: tuple[str, ...]) -> Iterator[Place]:
    for field in fields(record):
        at = (*above, field.name)
        if isinstance(field.type, type) and is_dataclass(field.type):
            yield from _places(table, field.type, at)
        else:
            name = _COLUMNS.get(record, {}).get(field.name, field.name)
            yield Place(at, name if "/" in name else f"{table}/{name}")
