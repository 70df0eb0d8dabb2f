"""The lock that makes a lake have one committer at a time."""

import errno
import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import icechunk
from filelock import FileLock, Timeout

from sekkei.errors import LakeConflictError, SekkeiError
from sekkei.lake.lease import Lease
from sekkei.lake.location import is_remote
from sekkei.lake.storage_errors import (
    LakeWriteError,
    naming_storage_errors,
    reason_of,
    refused,
)

_LOCK = "committer.lock"
_HOLDER = "committer.json"
# What file systems without flock answer; they may be read all the same.
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)


@contextmanager
def one_committer(path: Path, repository: icechunk.Repository) -> Iterator[Callable[[], None]]:
    """Hold the lock of a lake; never waits.

    In a folder the lock is ``flock``: the kernel takes it back when its process ends, however it
    ends. In a bucket it is a `Lease`.

    Parameters
    ----------
    path
        Folder of the lake, or where it is in a bucket.
    repository
        The lake.

    Yields
    ------
    Callable
        To be called before every commit; renews what can run out.

    Raises
    ------
    LakeConflictError
        If another process, or another part of this one, holds it.
    LakeWriteError
        If the store refuses what the lock itself writes, or has no locks. A lease that could not
        be given back runs out by itself.
    """
    if is_remote(path):
        lease = Lease(str(path), repository)
        with naming_storage_errors(path):
            lease.acquire()
        try:
            yield partial(_renew, lease, path)
        finally:
            with naming_storage_errors(path):
                lease.release()
        return
    with lock_folder(path):
        yield _nothing_to_renew


def _nothing_to_renew() -> None:
    pass


def _renew(lease: Lease, path: Path) -> None:
    with naming_storage_errors(path):
        lease.renew()


@contextmanager
def lock_folder(path: Path) -> Iterator[None]:
    """Hold the lock of a lake in a folder, be it that nothing else in it can be read.

    Raises
    ------
    LakeConflictError, LakeWriteError
        As `one_committer` says.
    """
    # A soft lock, the fall-back, would outlive a killed process.
    lock = FileLock(path / _LOCK, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise _conflict(path) from error
    except OSError as error:
        raise _no_lock(path, error) from error
    try:
        holder = {"pid": os.getpid(), "host": platform.node()}
        with naming_storage_errors(path):
            (path / _HOLDER).write_text(json.dumps(holder), "utf-8")
        yield
    finally:
        (path / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _conflict(path: Path) -> LakeConflictError:
    holder = _read_holder(path)
    return LakeConflictError(
        f"a lake has one committer at a time, but {path} is held by process "
        f"{holder.get('pid', 'unknown')} on {holder.get('host', 'an unknown host')}; "
        "wait for it, or stop it",
        **holder,
    )


def _no_lock(path: Path, error: OSError) -> SekkeiError:
    if error.errno not in _NO_LOCKS:
        return refused(path, error)
    return LakeWriteError(
        f"a lake that is written to must be on a file system with flock, but that of {path} has "
        f"none ({reason_of(error)}); mount it with locks, or keep the lake on a local disk or in a "
        "bucket",
        errno=error.errno,
    )


def _read_holder(path: Path) -> dict[str, Any]:
    # Its writer may be between taking the lock and writing its name.
    try:
        found: dict[str, Any] = json.loads((path / _HOLDER).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found
