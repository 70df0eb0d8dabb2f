"""Rows of a table together with the rows that they refer to."""

import numpy as np
import zarr
from jaxtyping import Bool, Int

from sekkei.lake.schema import columns
from sekkei.lake.store import array_of
from sekkei.lake.table import find_rows, read_column, shown_names

# The column that refers to the next table has its name.
_CHAINS = {
    "snapshot": ("snapshot", "experiment"),
    "label": ("label", "snapshot", "experiment"),
    "prediction": ("prediction", "snapshot", "experiment"),
    "proposal": ("proposal", "snapshot", "experiment"),
}


def viewed_columns(table: str) -> dict[str, tuple[str, str]]:
    """Return what a view of a table shows: the table and the column behind each name.

    Columns of the table have their own names. So have those of the others, unless the name is
    taken: then the name of their table stands in front (``experiment_engine``).
    """
    known: dict[str, tuple[str, str]] = {}
    for source in _chain(table):
        for name in shown_names(source):
            if source == table:
                known[name] = (source, name)
            elif name != "key":  # it stands in the row that refers to it already
                known[f"{source}_{name}" if name in known else name] = (source, name)
    return known


class View:
    """Some rows of a table, joined to their snapshots and experiments by need."""

    def __init__(self, root: zarr.Group, table: str) -> None:
        n_row = array_of(root, f"{table}/{columns(table)[0].name}").shape[0]
        self._root = root
        self._chain = _chain(table)
        self._rows: dict[str, Int[np.ndarray, " selected"]] = {table: np.arange(n_row)}

    def keep(self, held: Bool[np.ndarray, " selected"]) -> None:
        """Narrow the view to the rows for which something holds."""
        self._rows = {table: rows[held] for table, rows in self._rows.items()}

    def rows(self, table: str) -> Int[np.ndarray, " selected"]:
        """Return the row in another table that each row refers to, -1 where there is none."""
        if table not in self._rows:
            before = self._chain[self._chain.index(table) - 1]
            links = _take(read_column(self._root, before, table), self.rows(before))
            self._rows[table] = find_rows(read_column(self._root, table, "key"), links)
        return self._rows[table]

    def values(self, table: str, name: str) -> np.ndarray:
        """Read a column of a table for the rows in view; see `sekkei.lake.table.read_column`.

        Where there is no row to refer to: NaN, an empty text, or a key of zeros.
        """
        return _take(read_column(self._root, table, name), self.rows(table))


def _chain(table: str) -> tuple[str, ...]:
    return _CHAINS.get(table, (table,))


def _take(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    stored: np.ndarray = values
    if not (rows >= 0).all():
        is_number = values.dtype.kind in "if"
        shape = (1, *values.shape[1:])
        blank = np.full(shape, np.nan) if is_number else np.zeros(shape, values.dtype)
        # Row -1 is the last one: the blank.
        stored = np.concatenate([values, blank])
    taken: np.ndarray = stored[rows]
    return taken
