"""Space of old states: what would be given back, tried on a stand-in."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import icechunk

_CHUNKS = "chunks"


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
        storage = icechunk.local_filesystem_storage(str(stand_in))
        return collect_garbage(icechunk.Repository.open(storage), older_than)


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
