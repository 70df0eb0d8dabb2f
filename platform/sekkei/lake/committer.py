"""Writing to a lake: one batch, one atomic commit."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import icechunk
import numpy as np
import zarr
import zarr.api.asynchronous

from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.lake.cooperate import Split, Written, make_parts, write_rest
from sekkei.lake.encode import encode
from sekkei.lake.field import Row, rows_by_table, stored_rows
from sekkei.lake.garbage import Garbage, check_tags, collect_garbage, collect_in_folder
from sekkei.lake.imports import pieces_of, stored_blocks
from sekkei.lake.location import is_remote, storage_of
from sekkei.lake.method import Method, add_methods, read_methods
from sekkei.lake.process import check_process
from sekkei.lake.record import Batch
from sekkei.lake.references import overtaken, references_of
from sekkei.lake.schema import table_names
from sekkei.lake.storage_errors import (
    check_there,
    naming_append,
    naming_broken_lake,
    naming_damage,
    naming_storage_errors,
)
from sekkei.lake.store import BRANCH, ragged_lengths, run_apart
from sekkei.lake.table import read_keys

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
        self._known: dict[str, set[str]] = {}
        self._methods: dict[str, Method] = {}
        self._is_open = True

    def name_method(self, recipe: str, method: Method) -> None:
        """Say what a recipe stands for; the next commit writes it, if the lake does not say it."""
        self._methods[recipe] = method

    def commit(self, batch: Batch, message: str) -> str:
        """Append all rows of a batch that the lake does not hold yet, all or nothing.

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
            If a row does not fit the schema; nothing of the batch is written.
        LakeConflictError
            If somebody wrote without the lock, or the lock was given back already.
        """
        session = self._writable()
        root = zarr.open_group(session.store, mode="r+")
        fresh = {table: self._fresh(root, table, r) for table, r in rows_by_table(batch).items()}
        if not any(fresh.values()):
            return str(session.snapshot_id)
        blocks = encode(stored_rows(fresh), ragged_lengths(root))
        with naming_append(self._path):
            add_methods(root, self._methods)
            run_apart(_append_all(session.store, blocks))
            tip = self._finish(session, message, _counts(fresh))
        self._methods.clear()
        self._remember(fresh)
        return tip

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
        LakeConflictError
            If somebody wrote without the lock, or the lock was given back already.
        """
        session = self._writable()
        root = zarr.open_group(session.store, mode="r+")
        taken: dict[str, set[str]] = {}
        fresh = []
        for batch in batches:
            found = {t: self._fresh(root, t, rows) for t, rows in rows_by_table(batch).items()}
            new = {
                t: [r for r in rows if r.key not in taken.get(t, ())] for t, rows in found.items()
            }
            for table, rows in new.items():
                taken.setdefault(table, set()).update(row.key for row in rows)
            fresh.append(new)
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
            self._known.setdefault(table, set()).update(row.key for row in found)

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
        LakeConflictError
            If somebody wrote without the lock, or the lock was given back already.
        """
        session = self._writable()
        root = zarr.open_group(session.store, mode="r+")
        new: dict[str, list[str]] = {}
        for table in table_names():
            known = self._keys(root, table)
            keys = read_keys(source, f"{table}/key")
            rows = np.array([i for i, key in enumerate(keys) if key not in known], dtype=np.int64)
            new[table] = [keys[i] for i in rows.tolist()]
            for some in pieces_of(table, rows):
                blocks = stored_blocks(source, table, some, ragged_lengths(root))
                with naming_append(self._path):
                    run_apart(_append_all(session.store, blocks))
                root = zarr.open_group(session.store, mode="r+")  # lengths changed
        counts = {table: len(keys) for table, keys in new.items()}
        if any(counts.values()):
            with naming_storage_errors(self._path):
                add_methods(root, read_methods(source))
                self._finish(session, message, counts)
            for table, found in new.items():
                self._known[table].update(found)
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
                return collect_garbage(self._repository, older_than)
            found = collect_in_folder(self._path, older_than)
        # What the repository remembers of states is what they were before.
        self._repository = icechunk.Repository.open(storage_of(self._path))
        self._references = references_of(self._path, self._repository)
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

    def _keys(self, root: zarr.Group, table: str) -> set[str]:
        if table not in self._known:
            self._known[table] = set(read_keys(root, f"{table}/key"))
        return self._known[table]

    def _fresh(self, root: zarr.Group, table: str, rows: tuple[Row, ...]) -> list[Row]:
        if not rows:
            return []
        known = self._keys(root, table)
        fresh: dict[str, Row] = {}
        for row in rows:
            if row.key not in known:
                fresh.setdefault(row.key, row)
        return list(fresh.values())

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


async def _append_all(store: icechunk.IcechunkStore, blocks: Mapping[str, np.ndarray]) -> None:
    # Together on one event loop: a quarter faster than column by column, or than threads.
    root = await zarr.api.asynchronous.open_group(store, mode="r+")
    await asyncio.gather(*(_append(root, path, block) for path, block in blocks.items()))


async def _append(root: zarr.AsyncGroup, path: str, block: np.ndarray) -> None:
    array: Any = await root.getitem(path)
    start = array.shape[0]
    # The axis of a spectrum grows with the widest row; no other differs.
    widths = tuple(max(pair) for pair in zip(array.shape[1:], block.shape[1:], strict=True))
    await array.resize((start + block.shape[0], *widths))
    await array.setitem((slice(start, None), *(slice(0, n) for n in block.shape[1:])), block)
