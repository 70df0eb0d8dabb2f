"""Where each field of a record stands in the columns: what encoding and decoding share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import TypeVar

from sekkei.errors import InvalidInputError
from sekkei.lake.record import (
    Batch,
    ExperimentRow,
    LabelRow,
    PredictionRow,
    ProposalRow,
    RefusalRow,
    SnapshotRow,
)
from sekkei.lake.schema import SCHEMA, Column
from sekkei.provenance import Provenance
from sekkei.structure.experiment import Snapshot
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label

Row = ExperimentRow | SnapshotRow | LabelRow | RefusalRow | PredictionRow | ProposalRow
RowT = TypeVar("RowT", bound=Row)

RECORDS: Mapping[str, type[Row]] = {
    "experiment": ExperimentRow,
    "snapshot": SnapshotRow,
    "label": LabelRow,
    "refusal": RefusalRow,
    "prediction": PredictionRow,
    "proposal": ProposalRow,
}
"""The record that a row of each table is."""

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
    def is_of_atoms(self) -> bool:
        """Whether every atom has a value, not every row."""
        return self.path.startswith("atom/")

    @property
    def column(self) -> Column:
        """What the schema says of the column."""
        return column_at(self.path)


def places(table: str) -> tuple[Place, ...]:
    """Return every field of the record of a table, with the column that holds it."""
    return tuple(_places(table, RECORDS[table], ()))


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
    return {table: getattr(batch, f"{table}s") for table in RECORDS}


def _places(table: str, record: type, above: tuple[str, ...]) -> Iterator[Place]:
    for field in fields(record):
        at = (*above, field.name)
        if isinstance(field.type, type) and is_dataclass(field.type):
            yield from _places(table, field.type, at)
        else:
            name = _COLUMNS.get(record, {}).get(field.name, field.name)
            yield Place(at, name if "/" in name else f"{table}/{name}")
