"""Moving the references of a lake, so that a power cut finds what they point to.

Icechunk syncs nothing in a folder. There a commit is written in an order that any cut leaves whole:
objects, sync, a reference to them under another name, sync, the rename over the old one, sync.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

import icechunk

from sekkei.errors import LakeConflictError
from sekkei.lake.commit_note import note_of
from sekkei.lake.location import is_remote
from sekkei.lake.store import BRANCH
from sekkei.lake.sync import sync_file, sync_files, sync_folder

NEXT = "sekkei-next"
"""A branch that lives for an instant: Icechunk writes the reference, we rename it."""


@runtime_checkable
class References(Protocol):
    """What points to the states of a lake."""

    def commit(self, session: icechunk.Session, message: str, counts: Mapping[str, int]) -> str:
        """Make a state of a session, and let the lake point to it.

        Raises
        ------
        LakeConflictError
            If the lake does not point to the state that the session began with.
        """

    def move(self, state_id: str) -> None:
        """Let the lake point to another of its states."""

    def tag(self, name: str, state_id: str) -> None:
        """Give a state a name that no other has; one that is broken may be given again.

        Raises
        ------
        icechunk.IcechunkError, OSError
            If there is no such state, or another one has the name.
        """


def references_of(
    path: Path, repository: icechunk.Repository, drafts: Path | None = None
) -> References:
    """Return what moves the references of a lake. Its lock must be held.

    Parameters
    ----------
    path
        Folder of the lake, or where it is in a bucket.
    repository
        The lake; sessions that are committed later must begin after this call.
    drafts
        Folder where that repository writes its references, if it is a stand-in of the lake; on the
        same file system.
    """
    if is_remote(path):
        return _InBucket(path, repository)
    return _InFolder(path, repository, drafts or path / "repo" / "refs")


def broken_tags(path: Path, repository: icechunk.Repository) -> list[str]:
    """Return the tags of a lake in a folder that cannot be read; Icechunk passes over them.

    Parameters
    ----------
    path
        Folder of the lake; nothing is known of one in a bucket.
    repository
        The lake.
    """
    if is_remote(path):
        return []
    found = {
        folder.name.removeprefix("tag.")
        for folder in (path / "repo" / "refs").glob("tag.*")
        if not (folder / "ref.json.deleted").exists()
    }
    return sorted(found - set(repository.list_tags()))


class _InBucket:
    """In a bucket a put that returned is durable: the promise of the store."""

    def __init__(self, path: Path, repository: icechunk.Repository) -> None:
        self._path = path
        self._repository = repository

    def commit(self, session: icechunk.Session, message: str, counts: Mapping[str, int]) -> str:
        try:
            return str(session.commit(message, metadata=note_of(message, counts)))
        except icechunk.ConflictError as error:
            raise overtaken(self._path) from error

    def move(self, state_id: str) -> None:
        self._repository.reset_branch(BRANCH, state_id)

    def tag(self, name: str, state_id: str) -> None:
        self._repository.create_tag(name, state_id)


class _InFolder:
    def __init__(self, path: Path, repository: icechunk.Repository, drafts: Path) -> None:
        self._path = path
        self._repository = repository
        self._folder = path / "repo"
        self._references = self._folder / "refs"
        self._next = drafts / f"branch.{NEXT}"
        shutil.rmtree(self._next, ignore_errors=True)  # of a writer that was killed
        self._synced = _objects(self._folder)

    def commit(self, session: icechunk.Session, message: str, counts: Mapping[str, int]) -> str:
        before = session.snapshot_id
        state = str(session.flush(message, metadata=note_of(message, counts)))
        self._sync_objects()
        if self._repository.lookup_branch(BRANCH) != before:
            raise overtaken(self._path)
        self.move(state)
        return state

    def tag(self, name: str, state_id: str) -> None:
        target = self._references / f"tag.{name}"
        if name in broken_tags(self._path, self._repository):
            (target / "ref.json").unlink(missing_ok=True)
        try:
            self._write_next(state_id)
            self._next.rename(target)  # refused where somebody is, the name of a deleted tag, too
        finally:
            shutil.rmtree(self._next, ignore_errors=True)
        sync_folder(self._references)

    def move(self, state_id: str) -> None:
        target = self._references / f"branch.{BRANCH}" / "ref.json"
        target.parent.mkdir(exist_ok=True)
        try:
            self._write_next(state_id).replace(target)
        finally:
            shutil.rmtree(self._next, ignore_errors=True)
        sync_folder(target.parent)

    def _write_next(self, state_id: str) -> Path:
        self._repository.create_branch(NEXT, state_id)
        written = self._next / "ref.json"
        sync_file(written)
        sync_folder(self._next)
        return written

    def _sync_objects(self) -> None:
        # By their names: those of forked sessions were written by other processes.
        found = _objects(self._folder)
        sync_files(
            self._folder / kind / name
            for kind, names in found.items()
            for name in names - self._synced.get(kind, set())
        )
        sync_folder(self._folder)
        self._synced = found


def overtaken(path: Path) -> LakeConflictError:
    """Return the error of a committer whose lake somebody else wrote to."""
    return LakeConflictError(
        f"only the committer may write to {path}, but somebody else did; find the "
        "program that opens it without its lock, or whose lease ran out"
    )


def _objects(folder: Path) -> dict[str, set[str]]:
    # Icechunk's objects never change, and lie in one folder per kind. A name with a # is that of a
    # file which is being written.
    kinds = (entry for entry in folder.iterdir() if entry.is_dir() and entry.name != "refs")
    return {
        kind.name: {name for name in os.listdir(kind) if "#" not in name}  # noqa: PTH208  (speed)
        for kind in kinds
    }
