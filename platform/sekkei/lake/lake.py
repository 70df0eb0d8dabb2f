"""Opening a lake, its states, and the door to its writer."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import icechunk
import zarr
from typing_extensions import override

from sekkei.errors import InvalidInputError
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.commit_note import counts_of
from sekkei.lake.garbage import Garbage, space_of_lake, try_gc
from sekkei.lake.location import storage_of
from sekkei.lake.process import check_process
from sekkei.lake.reading import StateStore, are_related, find_state, naming_reads
from sekkei.lake.schema import SCHEMA_VERSION, table_names
from sekkei.lake.show import count_values, trace_key
from sekkei.lake.state import State
from sekkei.lake.storage_errors import LakeReadError, check_there, naming_broken_lake
from sekkei.lake.store import (
    BRANCH,
    create_plain_store,
    create_repository,
    is_lake,
    matrix_bytes,
    open_repository,
    schema_version,
    tip_version,
)
from sekkei.lake.withdrawal import count_withdrawn

if TYPE_CHECKING:
    from sekkei.lake.committer import Committer
    from sekkei.lake.record import Batch


class Lake(State):
    """One state of a lake; it never changes under its reader.

    Made by `create`, `open` or `open_or_create`. Reading needs no lock; `refreshed` looks for
    newer states. A lake can be pickled: it is opened again, at the same state, from its path.
    """

    def __init__(self, path: Path, repository: icechunk.Repository, state_id: str) -> None:
        self._path = path
        self._repository = repository
        self._snapshot_id = state_id
        store = StateStore(repository.readonly_session(snapshot_id=state_id).store, path, state_id)
        super().__init__(zarr.open_group(store, mode="r"), str(path))

    @classmethod
    def create(cls, path: str | os.PathLike[str]) -> "Lake":
        """Make an empty lake.

        Raises
        ------
        InvalidInputError
            If the folder exists and is not empty.
        """
        return cls._at_tip(Path(path), create_repository(Path(path)))

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Lake":
        """Open the newest state of a lake.

        Raises
        ------
        InvalidInputError
            If the folder does not exist, holds no lake, or one of a newer schema version.
        """
        return _twice(lambda: cls._at_tip(Path(path), open_repository(Path(path))))

    @classmethod
    def open_or_create(cls, path: str | os.PathLike[str]) -> "Lake":
        """Open a lake, or make one where there is none.

        Raises
        ------
        InvalidInputError
            If the folder holds something else.
        """
        if is_lake(Path(path)):
            return cls.open(path)
        try:
            return cls.create(path)
        except InvalidInputError:
            if not is_lake(Path(path)):
                raise
            return cls.open(path)  # somebody was quicker

    @classmethod
    def _at_tip(
        cls, path: Path, repository: icechunk.Repository, known: "Lake | None" = None
    ) -> "Lake":
        check_process()
        check_there(path)
        with naming_broken_lake(path):
            tip = repository.lookup_branch(BRANCH)
            if known is not None and known.state_id == tip:
                return known
            found = cls(path, repository, tip)
        return found if known is None else found.reading_with(known)

    @override
    def __reduce__(self) -> tuple[Callable[..., "Lake"], tuple[Path, str]]:
        return _reopen, (self._path, self._snapshot_id)

    @property
    def path(self) -> Path:
        """Folder of the lake."""
        return self._path

    @property
    def state_id(self) -> str:
        """Id of the state that is read: what a model or a proposal records."""
        return self._snapshot_id

    def at(self, state: str) -> "Lake":
        """Return the lake as it was, by the id of a state or by its tag.

        Raises
        ------
        InvalidInputError
            If the lake has no state of that id or tag, be it that gc deleted it.
        LakeReadError
            If the state, or the tag, is damaged.
        """
        state_id = find_state(self._path, self._repository, state)
        return Lake(self._path, self._repository, state_id).reading_with(self)

    def refreshed(self) -> "Lake":
        """Return the newest state of the lake; this one, if nothing was committed since.

        What was read of this state is not read again: both keep it together.
        """
        return _twice(lambda: Lake._at_tip(self._path, self._repository, self))

    def info(self) -> dict[str, Any]:
        """Return what the lake holds, in numbers, for people and for JSON."""
        from sekkei.lake.refusals import count_standing  # noqa: PLC0415  (as in `rows`)

        n_file, n_byte = space_of_lake(self._path, self._repository)
        return {
            "path": str(self._path),
            "schema_version": schema_version(self._root),
            "state_id": self._snapshot_id,
            "rows": {name: self.reader.n_row(name) for name in table_names()},
            "atoms": self.reader.n_row("atom"),
            "refusals_by_kind": count_standing(self.reader),
            "labels_by_engine": count_values(self.reader, "label", "engine"),
            "withdrawn": count_withdrawn(self.reader),
            "matrix_bytes": matrix_bytes(self._root),
            "files": n_file,
            "bytes": n_byte,
        }

    def history(self, n: int = 20) -> list[tuple[str, datetime, str]]:
        """Return id, time and message of the last states, newest first.

        The oldest one is that of the empty repository, from before the lake was made.

        Raises
        ------
        InvalidInputError
            If their number is negative.
        """
        if n < 0:
            raise InvalidInputError(f"a number of states must be 0 or more, but found {n}")
        return [(commit.id, commit.written_at, commit.message) for commit in self._commits(n)]

    def copy(
        self,
        path: str | os.PathLike[str],
        where: Sequence[str] = (),
        *,
        is_labelled: bool = False,
        with_matrices: bool = True,
    ) -> "Lake":
        """Copy this state, or a part of it, into a new lake, in one commit and well compressed.

        All numbers are equal bit for bit, so that all keys hold; the history stays behind.

        Parameters
        ----------
        path
            Folder of the new lake, absent or empty.
        where
            Filters of labels; with any, only what fits is copied, and what belongs to it.
        is_labelled
            Leave out structures that no label and no refusal speaks of. Filters imply it.
        with_matrices
            Copy matrices of labels, too; they are half a megabyte each.

        Raises
        ------
        InvalidInputError
            If the folder holds something, a filter is not one, or a row is not possible.
        """
        from sekkei.lake.excerpt import copying  # noqa: PLC0415  (readers need no writer)

        chosen = {"is_labelled": is_labelled, "with_matrices": with_matrices}
        fill = copying(self.reader, self._snapshot_id, where, is_checked=True, **chosen)
        message, place = f"copy of state {self._snapshot_id}", Path(path)
        return Lake._at_tip(place, create_repository(place, message, fill=fill, is_compact=True))

    def export_zarr(
        self, path: str | os.PathLike[str], where: Sequence[str] = (), *, is_labelled: bool = False
    ) -> None:
        """Copy this state, or a part of it, into a plain Zarr 3 store without history.

        Any Zarr reader opens it; `sekkei lake import` brings it back. Parameters are as of `copy`.

        Raises
        ------
        InvalidInputError
            If the folder holds something, or a filter is not one.
        """
        from sekkei.lake.excerpt import copying  # noqa: PLC0415  (readers need no writer)

        how = {"is_labelled": is_labelled, "is_checked": False}
        create_plain_store(Path(path), copying(self.reader, self._snapshot_id, where, **how))

    def import_rows(self, source: str | os.PathLike[str]) -> dict[str, int]:
        """Bring in what this lake does not hold yet, in one commit, under the lock.

        Parameters
        ----------
        source
            Another lake, whose newest state is taken bit for bit; or an extxyz file, see
            `sekkei.lake.labelled.read_labelled`.

        Returns
        -------
        dict
            New rows by table; `refreshed` shows them.

        Raises
        ------
        InvalidInputError
            If the source is neither, or something in it is not as it must be.
        LakeConflictError
            If somebody else holds the lock.
        """
        place = Path(source)
        return self.append_rows(_read_source(place), f"import of {place.name}")

    @classmethod
    def import_into(
        cls, path: str | os.PathLike[str], source: str | os.PathLike[str]
    ) -> dict[str, int]:
        """Bring rows into a lake, which is made where there is none and the source can be read.

        See `import_rows` for the source, what is returned, and what is raised.
        """
        place = Path(source)
        found = _read_source(place)
        if isinstance(found, Lake) and not is_lake(Path(path)):
            from sekkei.lake.admission import check_source  # noqa: PLC0415  (for writers only)

            check_source(found)  # refused before there is an empty lake
        return cls.open_or_create(path).append_rows(found, f"import of {place.name}")

    def append_rows(self, found: "Lake | Batch", message: str) -> dict[str, int]:
        """Append what this lake does not hold yet of another one, or of a batch, in one commit.

        Returns
        -------
        dict
            New rows by table; `refreshed` shows them.

        Raises
        ------
        LakeConflictError
            If somebody else holds the lock.
        """
        with self.committer() as committer:
            if isinstance(found, Lake):
                return committer.append(found.root, message)
            state = committer.commit(found, message)
        return self._added(state)

    def trace(self, key: str) -> list[dict[str, Any]]:
        """Return how a row came to be; see `sekkei.lake.show.trace_key`.

        Raises
        ------
        InvalidInputError
            If the key is none, or no row has it.
        """
        return trace_key(self.reader, key, self._commits())

    def tags(self) -> dict[str, str]:
        """Return the tags, and the id of the state that each names."""
        with naming_reads(self._path, self._snapshot_id, "its tags"):
            names = sorted(self._repository.list_tags())
            return {name: str(self._repository.lookup_tag(name)) for name in names}

    @override
    def verify(self) -> list[str]:
        """Look for damage in this state, the history before it, and the tags.

        Raises
        ------
        LakeGoneError
            If `gc` deleted the state meanwhile, or the lake was moved.
        """
        from sekkei.lake.verify_references import (  # noqa: PLC0415  (readers need no checks)
            find_wrong_references,
        )

        return super().verify() + find_wrong_references(self._path, self._snapshot_id)

    def gc_dry_run(self, older_than: datetime) -> Garbage:
        """Say what `Committer.gc` would give back, exactly; nothing is changed."""
        return try_gc(self._path, older_than)

    @contextmanager
    def committer(self) -> "Iterator[Committer]":
        """Hold the lock of the lake, and write.

        Yields
        ------
        Committer
            Appends batches; this object goes on reading its old state, see `refreshed`.

        Raises
        ------
        InvalidInputError
            If the lake has an older schema; see `sekkei.lake.migrate_lake`.
        LakeConflictError
            If somebody else holds the lock; says which process on which machine. Never waits.
        """
        from sekkei.lake.committer import Committer  # noqa: PLC0415  (readers need no writer)
        from sekkei.lake.lock import one_committer  # noqa: PLC0415

        self._check_writable()
        with one_committer(self._path, self._repository) as renew:
            committer = Committer(self._path, self._repository, renew)
            try:
                yield committer
            finally:
                committer.close()

    def _commits(self, n: int = sys.maxsize) -> list[icechunk.SnapshotInfo]:
        # Opened anew: gc may have ended the history that this repository remembers.
        with naming_reads(self._path, self._snapshot_id, "its history"):
            repository = icechunk.Repository.open(storage_of(self._path))
            commits = repository.ancestry(snapshot_id=self._snapshot_id)
            return list(islice(commits, min(n, sys.maxsize)))

    def reading_with(self, known: "Lake") -> "Lake":
        """Share what is read with another state, if one of them came from the other."""
        if are_related(self._repository, self._snapshot_id, known.state_id):
            self._reader = ColumnReader(self._root, before=known.reader)
        return self

    def _added(self, state: str) -> dict[str, int]:
        if state == self._snapshot_id:
            return {}
        (commit,) = islice(self._repository.ancestry(snapshot_id=state), 1)
        return counts_of(commit)

    def _check_writable(self) -> None:
        check_process()
        check_there(self._path)
        with naming_broken_lake(self._path):
            found = tip_version(self._repository)
        if found != SCHEMA_VERSION:
            raise InvalidInputError(
                f"a lake must have schema version {SCHEMA_VERSION} to be written to, but "
                f"{self._path} has {found}; run sekkei lake migrate --lake {self._path}",
                found=found,
            )


def _twice(open_lake: Callable[[], Lake]) -> Lake:
    # Between finding the newest state and reading it, somebody may commit, and gc delete it.
    try:
        return open_lake()
    except LakeReadError:
        return open_lake()


def _read_source(source: Path) -> "Lake | Batch":
    if is_lake(source):
        return Lake.open(source)
    from sekkei.lake.labelled import read_labelled  # noqa: PLC0415  (file formats)

    return read_labelled(source)


def _reopen(path: Path, state_id: str) -> Lake:
    return Lake.open(path).at(state_id)
