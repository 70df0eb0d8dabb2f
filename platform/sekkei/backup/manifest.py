"""What is in a backup: every file with its checksum, and the state of the lake."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sekkei.errors import InvalidInputError

MANIFEST = "backup.json"
"""Written last: a folder without it is no backup, or not yet."""

UNFINISHED = "unfinished"
"""There while a backup is made."""

_CHUNK = 2**20


class Manifest(BaseModel):
    """What is in a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    """Of this file."""

    version: str
    """Version of Sekkei that made it."""

    created_unix_s: float
    """When it was finished, in s since 1970-01-01 UTC."""

    lake_state: str
    """Id of the state of the lake."""

    files: Mapping[str, tuple[int, str]]
    """Path in the backup: size in bytes, and checksum."""

    @property
    def n_byte(self) -> int:
        """Size of all files."""
        return sum(size for size, _ in self.files.values())

    def has(self, folder: str) -> bool:
        """Whether it holds anything in one of its folders."""
        return any(name.startswith(f"{folder}/") for name in self.files)


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup holds.

    Raises
    ------
    InvalidInputError
        If it is none, was not finished, or its list of files is broken.
    """
    file = folder / MANIFEST
    if (folder / UNFINISHED).exists():
        raise InvalidInputError(
            f"a backup must be finished to be used, but {folder} is not; run sekkei backup again"
        )
    if not file.is_file():
        raise InvalidInputError(f"{folder} must be a backup, but it holds no {MANIFEST}")
    try:
        found = Manifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise InvalidInputError(
            f"{file} must be as sekkei backup wrote it, but is broken; take another backup"
        ) from error
    for name in found.files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise InvalidInputError(f"{file} must name files of the backup, but names {name!r}")
    return found


def checksum(file: Path) -> tuple[int, str]:
    """Return size and checksum of a file."""
    with file.open("rb") as stream:
        summed = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16))
        return stream.tell(), summed.hexdigest()


def copy_summed(source: Path, target: Path, *, mode: int | None = None) -> tuple[int, str]:
    """Copy a file, so that its name stands for all of it, and return size and checksum.

    Parameters
    ----------
    source, target
        Folders of the target are made.
    mode
        Rights of the copy; as usual if absent.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    summed, size = hashlib.blake2b(digest_size=16), 0
    descriptor = os.open(
        draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666 if mode is None else mode
    )
    with os.fdopen(descriptor, "wb") as out, source.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            summed.update(chunk)
            size += len(chunk)
            out.write(chunk)
    draft.replace(target)
    return size, summed.hexdigest()
