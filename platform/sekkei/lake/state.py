"""Reading one state of a lake."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.energy_grid import on_one_grid
from sekkei.lake.keys import key_bytes
from sekkei.lake.query.selection import Query
from sekkei.lake.schema import RAGGED
from sekkei.lake.show import describe_key
from sekkei.lake.store import array_of
from sekkei.lake.table import (
    check_table,
    plain,
    read_keys,
    read_table,
    shown_names,
    take_rows,
)
from sekkei.shapes import Bool, Float, Int
from sekkei.structure.junction import Junction

if TYPE_CHECKING:
    from pandas import DataFrame

    from sekkei.lake.export import Described
    from sekkei.lake.field import RowT
    from sekkei.lake.record import MatrixRow
    from sekkei.transport.labeler import Outcome
else:
    DataFrame = Any  # half a second that counting and finding rows need not wait for

_AT_ONCE = 1024


class State:
    """Tables, arrays and structures as they were after one commit; nothing here ever changes."""

    def __init__(self, root: zarr.Group, name: str) -> None:
        self._root = root
        self._name = name
        self._reader = ColumnReader(root)

    def keys(self, table: str) -> frozenset[str]:
        """Return the keys of a table, without those of withdrawn rows.

        Raises
        ------
        InvalidInputError
            If there is no such table.
        """
        found, hidden = self.held(table), self.reader.hidden(table)
        if hidden is None:
            return found
        return found.difference(plain(self.reader.take(table, "key", np.flatnonzero(hidden))))

    def held(self, table: str) -> frozenset[str]:
        """Return the keys of a table, withdrawn rows included: what is not to be made again."""
        check_table(table)
        return frozenset(read_keys(self._root, f"{table}/key"))

    def table(self, name: str) -> DataFrame:
        """Read the scalar columns of a table; see `sekkei.lake.schema` for names and units.

        Raises
        ------
        InvalidInputError
            If there is no such table.
        """
        found = read_table(self._root, name)
        hidden = self.reader.hidden(name)
        return found if hidden is None else found[~hidden].reset_index(drop=True)

    def array(self, path: str) -> Any:
        """Open one column as a dask array, a piece per stored object; withdrawn rows included.

        Parameters
        ----------
        path
            Table and column, like ``label/transmission`` or ``atom/position``.

        Raises
        ------
        InvalidInputError
            If there is no such column.
        """
        import dask.array  # noqa: PLC0415  (a third of a second, and few who read a lake need it)

        found = array_of(self._root, path)
        # The default is a piece per inner chunk: eight times the tasks.
        return dask.array.from_zarr(found, chunks=found.shards or found.chunks)  # type: ignore[no-untyped-call]

    def junctions(self, keys: Sequence[str]) -> list[Junction]:
        """Rebuild structures, in the order of their keys.

        Parameters
        ----------
        keys
            Keys of snapshots.

        Raises
        ------
        InvalidInputError
            If the lake does not hold one of them.
        """
        return self._junctions_at(self._rows("snapshot", keys))

    def rows(self, record: "type[RowT]", keys: Sequence[str]) -> "tuple[RowT, ...]":
        """Read rows as the records that went in, in the order of their keys.

        Parameters
        ----------
        record
            What they are: `ExperimentRow`, `SnapshotRow`, `LabelRow`, `RefusalRow`,
            `PredictionRow`, `ProposalRow` or `MatrixRow`; of the last, `matrices` is lighter.
        keys
            Their keys.

        Returns
        -------
        tuple
            Arrays are read-only; those of labels of several methods may differ in length.

        Raises
        ------
        InvalidInputError
            If the lake does not hold one of them.
        """
        from sekkei.lake.decode import decode  # noqa: PLC0415  (records load a tenth of a second)
        from sekkei.lake.field import table_of  # noqa: PLC0415  (the same)

        return decode(self.reader, record, self._rows(table_of(record), keys))

    def matrices(self, labels: Sequence[str]) -> "Iterator[MatrixRow]":
        """Read the matrices that labels were read off, one after the other: memory holds one.

        Parameters
        ----------
        labels
            Keys of labels that have matrices; ``table("matrix")["label"]`` are all of them.

        Yields
        ------
        MatrixRow
            In the order of the keys.

        Raises
        ------
        InvalidInputError
            If the lake holds no matrices of one of them; before the first is read.
        """
        from sekkei.lake.decode import decode  # noqa: PLC0415  (as in `rows`)
        from sekkei.lake.record import MatrixRow, matrix_key  # noqa: PLC0415  (the same)

        rows = self.reader.find("matrix", key_bytes([matrix_key(key) for key in labels]))
        self._check_held(rows >= 0, labels, "label with matrices")
        return (decode(self.reader, MatrixRow, rows[i : i + 1])[0] for i in range(rows.size))

    def outcomes(self, keys: Sequence[str]) -> "tuple[Outcome, ...]":
        """Read a label, or its newest refusal, for each key; a withdrawn label is a refusal.

        Parameters
        ----------
        keys
            As `sekkei.lake.label_key` makes them of a snapshot and a recipe.

        Raises
        ------
        InvalidInputError
            If the lake holds neither of one of them.
        """
        from sekkei.lake.record import LabelRow, RefusalRow  # noqa: PLC0415  (the same)
        from sekkei.lake.refusals import newest_refusals  # noqa: PLC0415  (the same)
        from sekkei.lake.withdrawn_outcome import withdrawn_outcomes  # noqa: PLC0415  (the same)

        wanted = key_bytes(keys)
        is_label, is_refusal = (
            self.reader.find(table, wanted) >= 0 for table in ("label", "refusal")
        )
        self._check_held(is_label | is_refusal, keys, "label or a refusal")
        labelled = [keys[i] for i in np.flatnonzero(is_label).tolist()]
        refused = [keys[i] for i in np.flatnonzero(~is_label).tolist()]
        found: dict[str, Outcome] = {row.key: row.label for row in self.rows(LabelRow, labelled)}
        newest = newest_refusals(self.reader, refused)
        again = self.rows(RefusalRow, list(newest.values()))
        found |= {key: row.refusal for key, row in zip(newest, again, strict=True)}
        found |= withdrawn_outcomes(self.reader, found)
        return tuple(found[key] for key in keys)

    def transmissions(
        self, label_keys: Sequence[str], *, is_partial: bool = False
    ) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, "label energy"]]:
        """Read transmissions that share one grid of energies.

        Parameters
        ----------
        label_keys
            Keys of labels.
        is_partial
            Take the grid that most of them have; others, as labels of a file, are NaN.

        Returns
        -------
        energies, transmission
            Energies in eV against the Fermi level, and one row per key.

        Raises
        ------
        InvalidInputError
            If the lake does not hold one of them, or their grids differ and must not.
        """
        rows = self._rows("label", label_keys)
        if rows.size == 0:
            return np.zeros(0), np.zeros((0, 0))
        energies, transmission = (
            take_rows(self.reader.array(f"label/{name}"), rows)
            for name in ("energy_ev", "transmission")
        )
        return on_one_grid(energies, transmission, is_partial=is_partial)

    def query(
        self,
        table: str = "label",
        where: Sequence[str] = (),
        columns: Sequence[str] | None = None,
    ) -> DataFrame:
        """Select rows of a table, joined to their snapshot and experiment.

        Parameters
        ----------
        table
            The table whose rows are selected.
        where
            Filters of OPTIMADE's grammar, like ``conductance_g0 > 0.9 OR elements HAS "Na"``; all
            must hold.
        columns
            Columns wanted; all of them if absent. Fewer are faster.

        Raises
        ------
        InvalidInputError
            If a filter is not one (says where) or names no column (says the nearest).
        """
        return Query(self.reader, table, where, columns).frame()

    def selection(
        self,
        table: str = "label",
        where: Sequence[str] = (),
        columns: Sequence[str] | None = None,
    ) -> Query:
        """Select rows like `query`, to be read in pieces: for results larger than memory."""
        return Query(self.reader, table, where, columns)

    def select(self, path: str, where: Sequence[str] = ()) -> Any:
        """Open one column as a dask array for the rows that filters hold for.

        Parameters
        ----------
        path
            Table and column, like ``label/transmission``.
        where
            Filters of that table; evaluated now, the column is read when dask computes.

        Raises
        ------
        InvalidInputError
            If there is no such column, or a filter is not one.
        """
        found = self.array(path)
        table = path.partition("/")[0]
        is_all = table in RAGGED or (not where and self.reader.hidden(table) is None)
        return found if is_all else found[Query(self.reader, table, where).rows()]

    def standing_refusals(self) -> DataFrame:
        """Return the refusals of which the lake holds no result; `table` has all that ever were."""
        from sekkei.lake.refusals import standing_refusals  # noqa: PLC0415  (as in `rows`)

        return standing_refusals(self.reader)

    def verify(self) -> list[str]:
        """Look for damage; an empty list means that there is none."""
        from sekkei.lake.verify import find_problems  # noqa: PLC0415  (readers need no checks)

        return find_problems(self.reader)

    def count_unchecked(self) -> tuple[int, int]:
        """Return how many arrays have no checksums, as those of old lakes, and how many there are.

        In one without them `verify` misses changed bits of what no key covers; a copy has them all.
        """
        from sekkei.lake.verify_arrays import count_unchecked  # noqa: PLC0415  (the same)

        return count_unchecked(self._root)

    def export_extxyz(self, path: str | os.PathLike[str], keys: Sequence[str]) -> None:
        """Write structures as extxyz, with key, displacement and conductance in the header.

        Parameters
        ----------
        path
            File to write; `sekkei.structure.files.read_junctions` reads it back.
        keys
            Keys of labels or of snapshots. A snapshot is written with its newest label, if any.

        Raises
        ------
        InvalidInputError
            If the lake does not hold one of them.
        """
        from sekkei.lake.export import in_parts, write_extxyz  # noqa: PLC0415  (file formats)

        self._check_keys(keys)
        write_extxyz(Path(path), (self._described(some) for some in in_parts(keys, _AT_ONCE)))

    def describe(self, key: str) -> list[dict[str, Any]]:
        """Return every row that has a key; see `sekkei.lake.show.describe_key`.

        Raises
        ------
        InvalidInputError
            If the key is none, or no row has it.
        """
        return describe_key(self.reader, key)

    def export_parquet(
        self, path: str | os.PathLike[str], table: str = "label", where: Sequence[str] = ()
    ) -> int:
        """Write the rows that filters hold for as Parquet, with spectra as lists.

        Returns
        -------
        int
            How many rows were written; no file without any.

        Raises
        ------
        InvalidInputError
            If there is no such table, or a filter is not one.
        """
        from sekkei.lake.parquet import write_parquet  # noqa: PLC0415  (Arrow)

        return write_parquet(Path(path), self.selection(table, where))

    @property
    def root(self) -> zarr.Group:
        """The Zarr hierarchy, for reading."""
        return self._root

    @property
    def reader(self) -> ColumnReader:
        """Reads index columns and keeps them; see `ColumnReader` for how much."""
        return self._reader

    def _described(self, keys: Sequence[str]) -> "Described":
        from sekkei.lake.export import Described, newest_labels  # noqa: PLC0415  (file formats)

        wanted = key_bytes(keys)
        label = self.reader.find("label", wanted)
        is_label = (label >= 0)[:, None]
        subject = np.where(is_label, self.reader.take("label", "snapshot", label), wanted)
        label = np.where(label >= 0, label, newest_labels(self.reader, wanted, label < 0))
        snapshot = self.reader.find("snapshot", subject)
        return Described(
            self._junctions_at(snapshot),
            Query(self.reader, "snapshot", names=shown_names("snapshot")).frame(snapshot),
            Query(self.reader, "label", names=shown_names("label")).frame(label),
        )

    def _junctions_at(self, rows: Int[np.ndarray, " row"]) -> list[Junction]:
        from sekkei.lake.decode import decode_junctions  # noqa: PLC0415  (as in `rows`)

        return decode_junctions(self.reader, rows)

    def _check_keys(self, keys: Sequence[str]) -> None:
        wanted = key_bytes(keys)
        is_label = self.reader.find("label", wanted) >= 0
        self._rows("snapshot", [keys[i] for i in np.flatnonzero(~is_label).tolist()])

    def _rows(self, table: str, keys: Sequence[str]) -> Int[np.ndarray, " key"]:
        rows = self.reader.find(table, key_bytes(keys))
        self._check_held(rows >= 0, keys, table)
        return rows

    def _check_held(self, held: Bool[np.ndarray, " key"], keys: Sequence[str], what: str) -> None:
        missing = np.flatnonzero(~held)
        if missing.size:
            raise InvalidInputError(
                f"a key must be that of a {what} in {self._name}, but {missing.size} of "
                f"{len(keys)} are not, the first {keys[missing[0]]!r}; was it committed, and is "
                "this the newest state?",
                key=keys[missing[0]],
            )
