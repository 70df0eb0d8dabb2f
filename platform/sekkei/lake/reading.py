"""Reads of an open state that fail: whether it is damaged, forgotten by gc, or moved."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import icechunk
import zarr
from typing_extensions import override
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import WrapperStore

from sekkei.errors import InvalidInputError, SekkeiError
from sekkei.lake.location import storage_of
from sekkei.lake.process import check_process
from sekkei.lake.references import broken_tags
from sekkei.lake.storage_errors import (
    LakeGoneError,
    LakeReadError,
    check_there,
    damaged,
    reason_of,
)

_MOST_BETWEEN = 64  # commits


class StateStore(WrapperStore[icechunk.IcechunkStore]):
    """The store of one state, whose failed reads say what happened to it."""

    def __init__(self, store: icechunk.IcechunkStore, path: Path, state_id: str) -> None:
        super().__init__(store)
        self._path = path
        self._state_id = state_id

    @override
    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        check_process()
        try:
            return await super().get(key, prototype, byte_range)
        except icechunk.IcechunkError as error:
            raise await self._why(key, error) from error

    @override
    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        check_process()
        ranges = list(key_ranges)
        try:
            return await super().get_partial_values(prototype, ranges)
        except icechunk.IcechunkError as error:
            raise await self._why(ranges[0][0], error) from error

    async def _why(self, key: str, error: Exception) -> SekkeiError:
        # Chunks of table/column are called table/column/c/0/0.
        column = key.partition("/c/")[0]
        return await asyncio.to_thread(why_unreadable, self._path, self._state_id, column, error)


@contextmanager
def naming_reads(path: Path, state_id: str, what: str) -> Iterator[None]:
    """Turn what a store says of a failed read of an open state into one line.

    Raises
    ------
    LakeGoneError
        If `gc` deleted the state, or the lake was moved.
    LakeReadError
        If it is damaged.
    """
    check_process()
    check_there(path)  # first, for the client of a folder would make it again
    try:
        yield
    except icechunk.IcechunkError as error:
        raise why_unreadable(path, state_id, what, error) from error


def find_state(path: Path, repository: icechunk.Repository, name: str) -> str:
    """Return the id of a state, by that id or by a tag.

    Parameters
    ----------
    path
        Folder of the lake.
    repository
        The lake, or a stand-in of it.
    name
        Id or tag.

    Raises
    ------
    InvalidInputError
        If there is none, or only the empty repository from before the lake was made.
    LakeReadError
        If the state, or the tag, is damaged.
    """
    check_process()
    check_there(path)
    if not name.isascii():  # no id and no tag is; a text that is none in UTF-8 looks like damage
        raise InvalidInputError(
            f"a state must be one of those of {path}, but found {name!r}", state=name
        )
    if name in broken_tags(path, repository):
        raise LakeReadError(
            f"a tag must name a state, but {name!r} of {path} is broken; give it again: sekkei "
            f"lake tag {name} --at STATE"
        )
    try:
        is_tag = name in repository.list_tags()
        state = str(repository.lookup_tag(name)) if is_tag else name
        repository.lookup_snapshot(state)  # Zarr would find nothing in one that is broken
        zarr.open_group(repository.readonly_session(snapshot_id=state).store, mode="r")
    except zarr.errors.GroupNotFoundError as error:
        raise InvalidInputError(
            f"a state must hold tables, but {name!r} of {path} is the empty repository from before "
            "the lake was made; choose a newer one of its history",
            state=name,
        ) from error
    except (icechunk.IcechunkError, ValueError) as error:
        if _is_none(error):
            raise InvalidInputError(
                f"a state must be one of those of {path}, but found {name!r}; was it deleted "
                "by gc? look at its history",
                state=name,
            ) from error
        raise damaged(f"state {name}", error) from error
    return state


def are_related(repository: icechunk.Repository, one: str, other: str) -> bool:
    """Whether few commits lie between two states, of which either may be the later one.

    Commits only ever add rows, so that what was read of one state holds for the other. It is not
    so where somebody put another lake, or an older copy, in the place of the lake.
    """
    try:
        for later, earlier in ((one, other), (other, one)):
            commits = islice(repository.ancestry(snapshot_id=later), _MOST_BETWEEN)
            if any(commit.id == earlier for commit in commits):
                return True
    except icechunk.IcechunkError:
        return False  # damage in between is no reason not to read a state
    return False


def _is_none(error: Exception) -> bool:
    said = reason_of(error)
    return any(mark in said for mark in ("invalid snapshot id", "No such file", "not found"))


def why_unreadable(path: Path, state_id: str, what: str, error: Exception) -> SekkeiError:
    """Return the error of a state of which something cannot be read.

    Parameters
    ----------
    path
        Folder of the lake.
    state_id
        The state.
    what
        What could not be read.
    error
        What the store said.
    """
    try:
        check_there(path)
        is_forgotten = state_id not in _reachable(path)
    except LakeGoneError as gone:
        return gone
    except icechunk.IcechunkError:
        is_forgotten = False  # the references are damaged, too
    if is_forgotten:
        return LakeGoneError(
            f"a state must be kept while it is read, but gc deleted {state_id} of {path}; open the "
            "newest state, and tag states that you go on reading",
            state=state_id,
        )
    return damaged(what, error)


def _reachable(path: Path) -> set[str]:
    # Opened anew: what an open repository remembers is from before gc.
    repository = icechunk.Repository.open(storage_of(path))
    found: set[str] = set()
    for name in repository.list_branches():
        found |= {state.id for state in repository.ancestry(branch=name)}
    for name in repository.list_tags():
        found |= {state.id for state in repository.ancestry(tag=name)}
    return found
