"""Writing to a lake: one batch, one atomic commit."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import icechunk
import zarr

from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.lake.admission import admit
from sekkei.lake.append import append_blocks, append_lake
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.cooperate import Split, Written, make_parts, write_rest
from sekkei.lake.document import copy_documents, read_document, write_document
from sekkei.lake.field import RECORDS, Row
from sekkei.lake.fresh import fresh_rows
from sekkei.lake.garbage import Garbage, check_tags, collect_garbage, collect_in_folder
from sekkei.lake.gate import check_faults
from sekkei.lake.known import KnownKeys
from sekkei.lake.location import is_remote, storage_of
from sekkei.lake.method import Method, add_methods, read_methods
from sekkei.lake.process import check_process
from sekkei.lake.record import Batch
from sekkei.lake.references import overtaken, references_of
from sekkei.lake.storage_errors import (
    check_there,
    naming_append,
    naming_broken_lake,
    naming_damage,
)
from sekkei.lake.store import BRANCH, ragged_lengths

_TAG = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Committer:
    """Appends batches to a lake. Made by `Lake.committer`, which holds the lock.

    It remembers the keys that the lake holds, which no one else can add to while the lock is
    held. It is not safe to share between threads.
    """

    def __init__(
        self, path: Path, repository: icechunk.Repository, renew: Callable[[], None]
    ) -> None:
        self._path = path
        self._renew = renew
        self._tip = str(repository.lookup_branch(BRANCH))
        self._repository = repository
        self._references = references_of(path, repository)
        self._known = self._known_keys()
        self._methods: dict[str, Method] = {}
        self._is_open = True

    def name_method(self, recipe: str, method: Method) -> None:
        """Say what a recipe stands for; the next commit writes it, if the lake does not say it."""
        self._methods[recipe] = method

    def commit(self, batch: Batch, message: str) -> str:
        """Append all rows of a batch that the lake does not hold yet, all or nothing.

        A label whose key the lake holds, but which contradicts what it holds, becomes a row of the
        table ``conflict``.

        Parameters
        ----------
        batch
            Rows of any tables. A row whose key the lake holds already, or that occurred earlier
            in the batch, is skipped: committing a batch twice is harmless.
        message
            What people will read in the history.

        Returns
        -------
        str
            Id of the new state; of the present one if every row was skipped.

        Raises
        ------
        InvalidInputError
            If a row is not possible, see `sekkei.lake.gate`, or refers to what is not there;
            nothing of the batch is written.
        LakeConflictError
            If somebody wrote without the lock, or the lock was given back already.
        """
        session = self._writable()
        root = zarr.open_group(session.store, mode="r+")
        (fresh,) = fresh_rows(root, [batch], self._known)
        if not any(fresh.values()):
            return str(session.snapshot_id)
        found = admit(fresh, ragged_lengths(root), self._known.has)
        check_faults(found.faults, "nothing was written")
        with naming_append(self._path):
            add_methods(root, self._methods)
            append_blocks(session.store, found.blocks)
            tip = self._finish(session, message, _counts(fresh))
        self._methods.clear()
        self._remember(fresh)
        return tip

    def keep_document(self, name: str, text: str, message: str) -> str:
        """Keep a text under a name, instead of the one that has it; earlier states keep theirs.

        Returns
        -------
        str
            Id of the new state; of the present one if it has this very text.

        Raises
        ------
        InvalidInputError
            If the name is not possible.
        LakeConflictError
            If somebody wrote without the lock, or the lock was given back already.
        """
        session = self._writable()
        root = zarr.open_group(session.store, mode="r+")
        if read_document(root, name) == text:
            return str(session.snapshot_id)
        with naming_append(self._path):
            write_document(root, name, text)
            return self._finish(session, message, {})

    def split(self, batches: Sequence[Batch]) -> Split:
        """Divide batches between cooperating writers, whose work `join` commits as one.

        Parameters
        ----------
        batches
            One per writer. Rows that the lake holds, or that an earlier batch has, are left out.

        Returns
        -------
        Split
            A part per batch, each for `sekkei.lake.cooperate.write_part`, in any process.

        Raises
        ------
        InvalidInputError
            If a row is not possible, as in `commit`.
        LakeConflictError
            If somebody wrote without the lock, or the lock was given back already.
        """
        session = self._writable()
        root = zarr.open_group(session.store, mode="r+")
        fresh = fresh_rows(root, batches, self._known)
        every = {table: [row for rows in fresh for row in rows[table]] for table in RECORDS}
        found = admit(every, ragged_lengths(root), self._known.has)
        check_faults(found.faults, "nothing was written")
        return Split(session, make_parts(session, root, fresh), fresh)

    def join(self, split: Split, written: Sequence[Written], message: str) -> str:
        """Commit what cooperating writers wrote, all or nothing.

        Parameters
        ----------
        split
            What `split` returned.
        written
            What `sekkei.lake.cooperate.write_part` returned for each of its parts.
        message
            What people will read in the history.

        Returns
        -------
        str
            Id of the new state.

        Raises
        ------
        LakeConflictError
            If somebody else wrote in between.
        """
        self._check_open()
        every: dict[str, list[Row]] = {}
        for fresh in split.fresh:
            for table, rows in fresh.items():
                every.setdefault(table, []).extend(rows)
        if not any(every.values()):
            return self._tip
        with naming_append(self._path):
            split.session.merge(*(one.fork for one in written))
            write_rest(split.session.store, written)
            tip = self._finish(split.session, message, _counts(every))
        self._remember(every)
        return tip

    def _remember(self, rows: Mapping[str, Sequence[Row]]) -> None:
        for table, found in rows.items():
            self._known.add(table, [row.key for row in found])

    def append(self, source: zarr.Group, message: str) -> dict[str, int]:
        """Append all rows of another lake that this one does not hold yet, all or nothing.

        Parameters
        ----------
        source
            A state of the other lake; `sekkei.lake.State.root`.
        message
            What people will read in the history.

        Returns
        -------
        dict
            Rows that were new, by table.

        Raises
        ------
        InvalidInputError
            If a row of the other lake is not as it must be; nothing is appended.
        LakeConflictError
            If somebody wrote without the lock, or the lock was given back already.
        """
        session = self._writable()
        known = self._known_keys()
        with naming_append(self._path):
            counts = append_lake(session.store, source, known)
            root = zarr.open_group(session.store, mode="r+")
            is_told_more = copy_documents(source, root)
            if any(counts.values()) or is_told_more:
                add_methods(root, read_methods(source))
                self._finish(session, message, counts)
        self._known = known
        return counts

    def tag(self, name: str, state_id: str) -> None:
        """Tag a state, so that `gc` leaves it alone.

        Parameters
        ----------
        name
            The tag, like ``model-3``: at most 100 of letters, digits, dots, dashes and underscores.
            No other state has it.
        state_id
            The state.

        Raises
        ------
        InvalidInputError
            If there is no such state, another one has the tag, or it is spelled otherwise.
        """
        self._check_open()
        _check_tag(name)
        try:
            self._references.tag(name, state_id)
        except (icechunk.IcechunkError, OSError) as error:
            if self._tagged(name) == state_id:
                return
            raise InvalidInputError(
                f"a tag must be given once, to a state of {self._path}, but {name!r} cannot be "
                f"given to {state_id!r}; choose another tag, or look at the history"
            ) from error

    def gc(self, older_than: datetime) -> Garbage:
        """Give back the space of old states; the newest one and those with a tag remain.

        Every commit writes the last piece of each column anew, so that a long row of small
        commits takes far more space than what it says. Readers of a state that is gone fail.

        Parameters
        ----------
        older_than
            States committed before this time are deleted.

        Returns
        -------
        Garbage
            What was given back.

        Raises
        ------
        LakeReadError
            If something that must be kept is damaged; nothing that is needed was deleted.
        """
        self._check_open()
        self._renew()
        check_tags(self._path, self._repository)
        with naming_damage("what gc must keep"):
            if is_remote(self._path):
                found = collect_garbage(self._repository, older_than)
            else:
                found = collect_in_folder(self._path, older_than)
                # What the repository remembers of states is what they were before.
                self._repository = icechunk.Repository.open(storage_of(self._path))
                self._references = references_of(self._path, self._repository)
        self._known = self._known_keys()  # the state that they were read from may be gone
        return found

    def close(self) -> None:
        """Refuse every later commit; the lock is about to go."""
        self._is_open = False

    def _check_open(self) -> None:
        if not self._is_open:
            raise LakeConflictError(
                f"a committer must hold the lock of its lake, but that of {self._path} was given "
                "back; commit inside `with lake.committer()`"
            )
        check_process()
        check_there(self._path)

    def _tagged(self, name: str) -> str | None:
        if name not in self._repository.list_tags():
            return None
        return str(self._repository.lookup_tag(name))

    def _writable(self) -> icechunk.Session:
        self._check_open()
        self._renew()
        with naming_broken_lake(self._path):
            session = self._repository.writable_session(BRANCH)
        if session.snapshot_id != self._tip:
            raise overtaken(self._path)
        return session

    def _known_keys(self) -> KnownKeys:
        session = self._repository.readonly_session(snapshot_id=self._tip)
        return KnownKeys(ColumnReader(zarr.open_group(session.store, mode="r")))

    def _finish(self, session: icechunk.Session, message: str, counts: dict[str, int]) -> str:
        added = {table: n for table, n in counts.items() if n}
        self._tip = self._references.commit(session, message, added)
        return self._tip


def _check_tag(name: str) -> None:
    # The store takes others, too, and finds some of them never again.
    if not _TAG.fullmatch(name):
        raise InvalidInputError(
            "a tag must be 1 to 100 letters (a to z), digits, dots, dashes and underscores, but "
            f"found {name!r}; choose one like model-3",
            tag=name,
        )


def _counts(rows: Mapping[str, Sequence[Row]]) -> dict[str, int]:
    return {table: len(found) for table, found in rows.items()}
