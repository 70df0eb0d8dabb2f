"""Rows of a table together with the rows that they refer to."""

import numpy as np
from ase.data import chemical_symbols

from sekkei.lake.atoms import count_species
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.error_column import ERROR, with_estimates
from sekkei.lake.table import shown_names
from sekkei.shapes import Bool, Int

# The column that refers to the next table has its name.
_CHAINS = {
    "snapshot": ("snapshot", "experiment"),
    "label": ("label", "snapshot", "experiment"),
    "prediction": ("prediction", "snapshot", "experiment"),
    "proposal": ("proposal", "snapshot", "experiment"),
    "conflict": ("conflict", "label", "snapshot", "experiment"),
    "matrix": ("matrix", "label", "snapshot", "experiment"),
}


def viewed_columns(table: str) -> dict[str, tuple[str, str]]:
    """Return what a view of a table shows: the table and the column behind each name.

    Columns of the table have their own names. So have those of the others, unless the name is
    taken: then the name of their table stands in front (``experiment_engine``).
    """
    known: dict[str, tuple[str, str]] = {}
    for source in chain_of(table):
        for name in shown_names(source):
            if source == table:
                known[name] = (source, name)
            elif name != "key":  # it stands in the row that refers to it already
                known[f"{source}_{name}" if name in known else name] = (source, name)
    return known


def chain_of(table: str) -> tuple[str, ...]:
    """Return a table and those that its rows refer to, one through the other."""
    return _CHAINS.get(table, (table,))


class View:
    """Some rows of a table, joined to their snapshots and experiments by need."""

    def __init__(self, reader: ColumnReader, table: str, rows: Int[np.ndarray, " row"]) -> None:
        self._reader = reader
        self._table = table
        self._rows: dict[str, Int[np.ndarray, " row"]] = {table: rows}

    @property
    def n_row(self) -> int:
        """Number of rows in view."""
        return int(self._rows[self._table].size)

    def narrowed(self, held: Bool[np.ndarray, " row"]) -> "View":
        """Return the rows for which something holds."""
        part = View(self._reader, self._table, self._rows[self._table][held])
        part._rows |= {table: rows[held] for table, rows in self._rows.items()}
        return part

    def rows(self, table: str) -> Int[np.ndarray, " row"]:
        """Return the row in another table that each row refers to, -1 where there is none."""
        if table not in self._rows:
            chain = chain_of(self._table)
            before = chain[chain.index(table) - 1]
            links = self._reader.take(before, table, self.rows(before))
            self._rows[table] = self._reader.find(table, links)
        return self._rows[table]

    def values(self, table: str, name: str) -> np.ndarray:
        """Read a column for the rows in view; see `ColumnReader.take`.

        Errors of labels that have none stored are read off their spectra.
        """
        rows = self.rows(table)
        found = self._reader.take(table, name, rows)
        return with_estimates(self._reader.array, rows, found) if (table, name) == ERROR else found

    def n_periodic(self) -> Int[np.ndarray, " row"]:
        """Count the directions along which each structure repeats: 0 or 2."""
        rows = self.rows("snapshot")
        across = self._reader.take("snapshot", "lateral_period_angstrom", rows)
        found: np.ndarray = np.where(rows < 0, 0, np.isfinite(across).sum(axis=1))
        return found

    def species(self) -> dict[str, Int[np.ndarray, " row"]]:
        """Count the atoms of each element that occurs, in the order of the alphabet."""
        offsets, counts = (
            self._reader.take("snapshot", name, self.rows("snapshot"))
            for name in ("offset", "n_atom")
        )
        has_none = self.rows("snapshot") < 0
        offsets, counts = (
            np.where(has_none, 0, values).astype(np.int64) for values in (offsets, counts)
        )
        found = count_species(self._reader.array("atom/number"), offsets, counts)
        return dict(sorted((chemical_symbols[number], n) for number, n in found.items()))
