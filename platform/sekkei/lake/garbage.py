"""Space of old states: what would be given back, tried on a stand-in."""

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import icechunk

from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.lake.location import is_remote, storage_of
from sekkei.lake.references import broken_tags
from sekkei.lake.storage_errors import LakeReadError, naming_damage
from sekkei.lake.sync import sync_files, sync_folder

_CHUNKS = "chunks"
_STATES = "snapshots"


@dataclass(frozen=True, slots=True)
class Garbage:
    """What deleting old states gives back."""

    states: int
    """States that are deleted."""

    objects: int
    """Stored objects that go."""

    bytes: int
    """Their size."""


def collect_garbage(repository: icechunk.Repository, older_than: datetime) -> Garbage:
    """Delete states that were committed before a time, but for the newest and those with tags."""
    repository.expire_snapshots(older_than)
    return _summary(repository.garbage_collect(older_than))


def collect_in_folder(path: Path, older_than: datetime) -> Garbage:
    """Do what `collect_garbage` does to a lake in a folder, so that a power cut leaves it whole.

    The oldest state that stays is written anew, without those before it. Icechunk would put the
    new file, unsynced, in the place of the old one: we let it do so in a stand-in, sync what it
    wrote, and then put it there. What is deleted afterwards is needed by nobody.

    Parameters
    ----------
    path
        Folder of the lake.
    older_than
        States committed before this time are deleted.
    """
    states = path / "repo" / _STATES
    with tempfile.TemporaryDirectory(dir=path, prefix=".gc-trial-") as trial:
        stand_in = Path(trial) / "repo"
        for name in (_STATES, "refs"):
            shutil.copytree(path / "repo" / name, stand_in / name)
        copied = {file: file.stat().st_ino for file in (stand_in / _STATES).iterdir()}
        _open(stand_in).expire_snapshots(older_than)
        anew = [file for file, number in copied.items() if file.stat().st_ino != number]
        sync_files(anew)
        for file in anew:
            file.replace(states / file.name)
    sync_folder(states)
    return _summary(_open(path / "repo").garbage_collect(older_than))


def try_gc(path: Path, older_than: datetime) -> Garbage:
    """Say what `collect_garbage` would do, exactly, by doing it to a stand-in.

    The stand-in shares the chunks of the lake as hard links, which cost no space; deleting a link
    leaves the chunk. Everything else is small, and copied.

    Parameters
    ----------
    path
        Folder of the lake.
    older_than
        States committed before this time would be deleted.

    Raises
    ------
    InvalidInputError
        If the lake is in a bucket.
    LakeConflictError
        If somebody deletes files meanwhile.
    LakeReadError
        If a tag is broken, or something that must be kept.
    """
    if is_remote(path):
        raise InvalidInputError(
            f"what gc would free is only known of a folder, but {path} is in a bucket; copy the "
            "lake, or go without --dry-run"
        )
    folder = path / "repo"
    with (
        naming_damage("what gc must keep"),
        tempfile.TemporaryDirectory(dir=path, prefix=".gc-trial-") as trial,
    ):
        stand_in = Path(trial) / "repo"
        try:
            shutil.copytree(folder, stand_in, ignore=lambda _, names: {_CHUNKS} & set(names))
            if (folder / _CHUNKS).is_dir():
                shutil.copytree(folder / _CHUNKS, stand_in / _CHUNKS, copy_function=_link)
        except (shutil.Error, FileNotFoundError) as error:
            raise LakeConflictError(
                f"what gc would free must stay meanwhile, but files of {path} went away; somebody "
                "runs gc or commits: run it again"
            ) from error
        repository = _open(stand_in)
        check_tags(Path(trial), repository)
        return collect_garbage(repository, older_than)


def check_tags(path: Path, repository: icechunk.Repository) -> None:
    """Raise `LakeReadError` if a tag cannot be read: gc would delete the state that it protects."""
    if broken := broken_tags(path, repository):
        raise LakeReadError(
            f"a tag must be readable before gc deletes what has none, but {broken[0]!r} is broken; "
            f"give it again: sekkei lake tag {broken[0]} --at STATE"
        )


def space_of_lake(path: Path, repository: icechunk.Repository) -> tuple[int | None, int]:
    """Return how many files a lake has, and their bytes; in a bucket only those of chunks."""
    if is_remote(path):  # the client lists no objects
        return None, int(repository.chunk_storage_stats().native_bytes)
    return space_of(path)


def space_of(folder: Path) -> tuple[int, int]:
    """Return how many files a folder has in all, and their bytes, while others write there."""
    sizes = []
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # it was renamed, or gc deleted it
                sizes.append((Path(where) / name).lstat().st_size)
    return len(sizes), sum(sizes)


def _open(repository: Path) -> icechunk.Repository:
    return icechunk.Repository.open(storage_of(repository.parent))


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def _summary(found: icechunk.GCSummary) -> Garbage:
    objects = (
        found.chunks_deleted
        + found.manifests_deleted
        + found.snapshots_deleted
        + found.attributes_deleted
        + found.transaction_logs_deleted
    )
    return Garbage(int(found.snapshots_deleted), int(objects), int(found.bytes_deleted))
