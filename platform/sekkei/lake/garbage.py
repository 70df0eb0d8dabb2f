"""Space of old states: what would be given back, tried on a stand-in."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import icechunk

from sekkei.lake.location import storage_of
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


def try_gc(folder: Path, older_than: datetime) -> Garbage:
    """Say what `collect_garbage` would do, exactly, by doing it to a stand-in.

    The stand-in shares the chunks of the lake as hard links, which cost no space; deleting a link
    leaves the chunk. Everything else is small, and copied.

    Parameters
    ----------
    folder
        The Icechunk repository.
    older_than
        States committed before this time would be deleted.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".gc-trial-") as trial:
        stand_in = Path(trial) / "repo"
        shutil.copytree(folder, stand_in, ignore=lambda _, names: {_CHUNKS} & set(names))
        if (folder / _CHUNKS).is_dir():
            shutil.copytree(folder / _CHUNKS, stand_in / _CHUNKS, copy_function=_link)
        return collect_garbage(_open(stand_in), older_than)


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
