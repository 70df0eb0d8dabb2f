"""Writes that the store refuses, and reads that it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import icechunk

from sekkei.errors import SekkeiError


class LakeWriteError(SekkeiError):
    """The store refused a write: full, read-only, gone. Nothing was written; go on later."""


class LakeReadError(SekkeiError):
    """What was written cannot be read: damaged, deleted, or out of reach."""


@contextmanager
def naming_damage(column: str) -> Iterator[None]:
    """Turn what a store, or a codec, says of a failed read into one line.

    Raises
    ------
    LakeReadError
        If something of the column is missing or broken.
    """
    try:
        yield
    except (icechunk.IcechunkError, OSError, RuntimeError) as error:
        raise LakeReadError(
            f"what a lake holds must be readable, but reading {column} said: {reason_of(error)}; "
            "run sekkei lake verify on it",
            column=column,
        ) from error


@contextmanager
def naming_broken_lake(path: Path) -> Iterator[None]:
    """Turn what a store says of a lake that it cannot open into one line.

    Raises
    ------
    LakeReadError
        If the reference of the newest state, or that state, is missing or broken.
    """
    try:
        yield
    except icechunk.IcechunkError as error:
        raise LakeReadError(
            f"the newest state of {path} must be readable, but its store said: {reason_of(error)}; "
            "the lake is damaged, or somebody moved a part of it: bring back a copy"
        ) from error


@contextmanager
def naming_storage_errors(path: Path) -> Iterator[None]:
    """Turn what a store says of a refused write into one line.

    Raises
    ------
    LakeWriteError
        If the store refuses.
    """
    try:
        yield
    except (icechunk.IcechunkError, OSError) as error:
        raise LakeWriteError(
            f"{path} must take what is written, but its store refused: {reason_of(error)}; nothing "
            "of it is in the lake: make room, or get the right to write, and run it again"
        ) from error


def reason_of(error: Exception) -> str:
    """Return what a store said, without the tree of causes around it."""
    # Icechunk draws a tree of causes; the last one is what the store said.
    lines = [line.strip(" |`-><x") for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith("Error {")]
    return " ".join(said[-1].split())[:200] if said else type(error).__name__
