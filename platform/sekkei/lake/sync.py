"""Bringing files and folders to the disk, so that a power cut does not take them."""

import errno
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# A file system writes its journal once for all who wait: 70 files took 0.02 s, one by one 0.3 s.
_AT_ONCE = 16

# Some network file systems do not sync folders; there is nothing more to be done on them.
_NOT_FOR_FOLDERS = (errno.EINVAL, errno.EBADF)


def sync_file(path: Path) -> None:
    """Wait until a file is on the disk; its name is not, before its folder is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    try:
        sync_file(path)
    except OSError as error:
        if error.errno not in _NOT_FOR_FOLDERS:
            raise


def sync_files(paths: Iterable[Path]) -> None:
    """Wait until files are on the disk, and then for the folders that they are in."""
    files = list(paths)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(sync_file, files))
        list(pool.map(sync_folder, {file.parent for file in files}))


def sync_tree(folder: Path) -> None:
    """Wait until a folder with everything in it is on the disk; its own name is not."""
    found = list(folder.rglob("*"))
    sync_files(path for path in found if path.is_file())
    for path in (folder, *found):
        if path.is_dir():
            sync_folder(path)
