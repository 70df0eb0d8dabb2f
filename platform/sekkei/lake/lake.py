"""Reading a lake."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import dask.array
import icechunk
import numpy as np
import pandas as pd
import zarr
from jaxtyping import Float, Int
from typing_extensions import override

from sekkei.errors import InvalidInputError
from sekkei.lake.atoms import Periods, read_junctions_at
from sekkei.lake.committer import Committer
from sekkei.lake.encode import key_bytes
from sekkei.lake.excerpt import choose_rows, copy_rows
from sekkei.lake.export import write_extxyz
from sekkei.lake.lock import one_committer
from sekkei.lake.query import run_query
from sekkei.lake.schema import SCHEMA_VERSION, table_names
from sekkei.lake.store import (
    BRANCH,
    array_of,
    create_repository,
    is_lake,
    open_repository,
    schema_version,
    tip_version,
)
from sekkei.lake.table import check_table, find_rows, read_keys, read_table
from sekkei.lake.verify import find_problems
from sekkei.structure.junction import Junction


class Lake:
    """One state of a lake; it never changes under its reader.

    Made by `create`, `open` or `open_or_create`. Reading needs no lock; `refreshed` looks for
    newer states. A lake can be pickled: it is opened again, at the same state, from its path.
    """

    def __init__(self, path: Path, repository: icechunk.Repository, snapshot_id: str) -> None:
        self._path = path
        self._repository = repository
        self._snapshot_id = snapshot_id
        session = repository.readonly_session(snapshot_id=snapshot_id)
        self._root = zarr.open_group(session.store, mode="r")

    @classmethod
    def create(cls, path: Path) -> "Lake":
        """Make an empty lake.

        Raises
        ------
        InvalidInputError
            If the folder exists and is not empty.
        """
        return cls._at_tip(path, create_repository(path))

    @classmethod
    def open(cls, path: Path) -> "Lake":
        """Open the newest state of a lake.

        Raises
        ------
        InvalidInputError
            If the folder does not exist, holds no lake, or one of a newer schema version.
        """
        return cls._at_tip(path, open_repository(path))

    @classmethod
    def open_or_create(cls, path: Path) -> "Lake":
        """Open a lake, or make one where there is none.

        Raises
        ------
        InvalidInputError
            If the folder holds something else.
        """
        return cls.open(path) if is_lake(path) else cls.create(path)

    @classmethod
    def _at_tip(cls, path: Path, repository: icechunk.Repository) -> "Lake":
        return cls(path, repository, repository.lookup_branch(BRANCH))

    @override
    def __reduce__(self) -> tuple[Callable[..., "Lake"], tuple[Path, str]]:
        return _reopen, (self._path, self._snapshot_id)

    @property
    def path(self) -> Path:
        """Folder of the lake."""
        return self._path

    @property
    def snapshot_id(self) -> str:
        """Id of the state that is read: what a model or a proposal records."""
        return self._snapshot_id

    def at(self, snapshot_id: str) -> "Lake":
        """Return the lake as it was.

        Raises
        ------
        InvalidInputError
            If the lake has no state of that id.
        """
        try:
            return Lake(self._path, self._repository, snapshot_id)
        except (icechunk.IcechunkError, ValueError) as error:
            raise InvalidInputError(
                f"a state must be one of {self._path}, but found {snapshot_id!r}; "
                "look at its history",
                snapshot_id=snapshot_id,
            ) from error

    def refreshed(self) -> "Lake":
        """Return the newest state of the lake."""
        return Lake._at_tip(self._path, self._repository)

    def keys(self, table: str) -> frozenset[str]:
        """Return the keys of a table.

        Raises
        ------
        InvalidInputError
            If there is no such table.
        """
        check_table(table)
        return frozenset(read_keys(self._root, f"{table}/key"))

    def table(self, name: str) -> pd.DataFrame:
        """Read the scalar columns of a table; see `sekkei.lake.schema` for names and units.

        Raises
        ------
        InvalidInputError
            If there is no such table.
        """
        return read_table(self._root, name)

    def array(self, path: str) -> dask.array.Array:
        """Open one column lazily, a piece per stored object.

        Parameters
        ----------
        path
            Table and column, like ``label/transmission`` or ``atom/position``.

        Raises
        ------
        InvalidInputError
            If there is no such column.
        """
        found = array_of(self._root, path)
        # The default is a piece per inner chunk: eight times the tasks.
        piece = found.shards or found.chunks
        opened: dask.array.Array = dask.array.from_zarr(found, chunks=piece)  # type: ignore[no-untyped-call]
        return opened

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
        rows = self._rows("snapshot", keys)
        offset, n_atom, period, lateral = (
            np.asarray(array_of(self._root, f"snapshot/{name}")[:])[rows]
            for name in (
                "offset",
                "n_atom",
                "electrode_period_angstrom",
                "lateral_period_angstrom",
            )
        )
        return read_junctions_at(self._root, offset, n_atom, Periods(period, lateral))

    def transmissions(
        self, label_keys: Sequence[str]
    ) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, "label energy"]]:
        """Read transmissions that share one grid of energies.

        Returns
        -------
        energies, transmission
            Energies in eV against the Fermi level, and one row per key.

        Raises
        ------
        InvalidInputError
            If the lake does not hold one of them, or their grids differ.
        """
        rows = self._rows("label", label_keys)
        if rows.size == 0:
            return np.zeros(0), np.zeros((0, 0))
        energies, transmission = (
            np.asarray(array_of(self._root, f"label/{name}").oindex[rows, :])
            for name in ("energy_ev", "transmission")
        )
        if not np.array_equal(
            energies, np.broadcast_to(energies[0], energies.shape), equal_nan=True
        ):
            raise InvalidInputError(
                "labels must share one grid of energies, but these have several; "
                "ask for the labels of one recipe"
            )
        width = int(np.isfinite(energies[0]).sum())
        return energies[0, :width], transmission[:, :width]

    def eigenchannels(self, label_keys: Sequence[str]) -> list[Float[np.ndarray, " channel"]]:
        """Read the eigenchannel transmissions of labels, descending; empty where there are none.

        Raises
        ------
        InvalidInputError
            If the lake does not hold one of them.
        """
        rows = self._rows("label", label_keys)
        stored = np.asarray(array_of(self._root, "label/eigenchannels")[:])[rows]
        return [row[np.isfinite(row)] for row in stored]

    def query(
        self,
        table: str = "label",
        where: Sequence[str] = (),
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Select rows of a table, joined to their snapshot and experiment.

        Parameters
        ----------
        table
            The table whose rows are selected.
        where
            Filters like ``conductance_g0 > 0.9`` or ``electrode = "bcc100-5+4"``; all must hold.
        columns
            Columns wanted; all of them if absent. Fewer are faster.

        Raises
        ------
        InvalidInputError
            If a filter is not one (says where) or names no column (says the nearest).
        """
        return run_query(self._root, table, where, columns)

    def info(self) -> dict[str, Any]:
        """Return what the lake holds, in numbers, for people and for JSON."""
        refusals = read_table(self._root, "refusal", ["kind"])
        labels = read_table(self._root, "label", ["engine"])
        files = [entry.stat().st_size for entry in self._path.rglob("*") if entry.is_file()]
        return {
            "path": str(self._path),
            "schema_version": schema_version(self._root),
            "snapshot_id": self._snapshot_id,
            "rows": {
                name: int(array_of(self._root, f"{name}/key").shape[0]) for name in table_names()
            },
            "atoms": int(array_of(self._root, "atom/number").shape[0]),
            "refusals_by_kind": _counts(refusals["kind"]),
            "labels_by_engine": _counts(labels["engine"]),
            "files": len(files),
            "bytes": sum(files),
        }

    def history(self, n: int = 20) -> list[tuple[str, datetime, str]]:
        """Return id, time and message of the last states, newest first."""
        states = self._repository.ancestry(snapshot_id=self._snapshot_id)
        return [(state.id, state.written_at, state.message) for state in islice(states, n)]

    def verify(self) -> list[str]:
        """Look for damage; an empty list means that there is none."""
        return find_problems(self._root, self.array)

    def export_extxyz(self, path: Path, keys: Sequence[str]) -> None:
        """Write structures as extxyz, with key, displacement and conductance in the header.

        Parameters
        ----------
        path
            File to write; `sekkei.structure.junction.read_junctions` reads it back.
        keys
            Keys of labels or of snapshots. A snapshot is written with its newest label, if any.

        Raises
        ------
        InvalidInputError
            If the lake does not hold one of them.
        """
        labels = self.table("label")
        subject = dict(zip(labels["key"], labels["snapshot"], strict=True))
        newest = dict(zip(labels["snapshot"], labels["key"], strict=True))
        structures = [subject.get(key, key) for key in keys]
        chosen = [key if key in subject else newest.get(key, "") for key in keys]
        snapshots = self.table("snapshot").iloc[self._rows("snapshot", structures)]
        found = labels.set_index("key", drop=False).reindex(chosen)
        write_extxyz(path, self.junctions(structures), snapshots, found)

    def copy(self, path: Path, where: Sequence[str] = (), *, is_labelled: bool = False) -> "Lake":
        """Copy this state, or a part of it, into a new lake, in one commit and well compressed.

        The copy is a lake like any other, to be read and to be written to. All numbers are equal
        bit for bit, so that all keys hold; the history stays behind.

        Parameters
        ----------
        path
            Folder of the new lake, absent or empty.
        where
            Filters of labels. With any, only labels that fit are copied, with their structures,
            their experiments, and what else was said of these structures.
        is_labelled
            Leave out structures that no label and no refusal speaks of. Filters imply it.

        Raises
        ------
        InvalidInputError
            If the folder holds something, or a filter is not one.
        """
        rows = choose_rows(self._root, where, is_labelled=is_labelled)
        about = {
            "snapshot_id": self._snapshot_id,
            "filters": list(where),
            "is_labelled": bool(where) or is_labelled,
        }
        message = f"copy of state {self._snapshot_id}"
        fill = partial(copy_rows, self._root, rows, about)
        return Lake._at_tip(path, create_repository(path, message, fill=fill, is_compact=True))

    @contextmanager
    def committer(self) -> Iterator[Committer]:
        """Hold the lock of the lake, and write.

        Yields
        ------
        Committer
            Appends batches; this object goes on reading its old state, see `refreshed`.

        Raises
        ------
        InvalidInputError
            If the lake has an older schema; `sekkei.lake.migrate` brings it to the present one.
        LakeConflictError
            If somebody else holds the lock; says which process on which machine. Never waits.
        """
        self._check_writable()
        with one_committer(self._path):
            committer = Committer(self._path, self._repository)
            try:
                yield committer
            finally:
                committer.close()

    def _check_writable(self) -> None:
        found = tip_version(self._repository)
        if found != SCHEMA_VERSION:
            raise InvalidInputError(
                f"a lake must have schema version {SCHEMA_VERSION} to be written to, but "
                f"{self._path} has {found}; run sekkei lake migrate --lake {self._path}",
                found=found,
            )

    def _rows(self, table: str, keys: Sequence[str]) -> Int[np.ndarray, " key"]:
        stored = np.asarray(array_of(self._root, f"{table}/key")[:])
        rows = find_rows(stored, key_bytes(keys))
        missing = np.flatnonzero(rows < 0)
        if missing.size:
            raise InvalidInputError(
                f"a key must be that of a {table} in {self._path}, but {missing.size} of "
                f"{len(keys)} are not, the first {keys[missing[0]]!r}; was it committed, and is "
                "this the newest state?",
                key=keys[missing[0]],
            )
        return rows


def _reopen(path: Path, snapshot_id: str) -> Lake:
    return Lake(path, open_repository(path), snapshot_id)


def _counts(values: "pd.Series[str]") -> dict[str, int]:
    return {str(name): int(n) for name, n in values.value_counts().items()}
