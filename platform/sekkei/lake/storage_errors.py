"""Writes that the store refuses, and reads that it fails, each in one line with its reason."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import icechunk

from sekkei.errors import SekkeiError
from sekkei.lake.location import is_remote

# What a missing or a broken object ends in: in the store, in the codecs, in JSON of metadata.
DAMAGE = (icechunk.IcechunkError, OSError, RuntimeError, ValueError, TypeError, LookupError)

_SAYING = re.compile(r"^\s*(?:x|[|`]->)\s+")
_TIMES = re.compile(r"`([0-9-]+ [0-9:]+)[^`]*`")
# What a store says, the same in our words, and what helps.
_WORDS = (
    ("snapshot timestamp", "the machine clock is off by {off}", "set the clock"),
    ("File too large", "the file size limit is reached (ulimit -f)", "raise the limit"),
    ("Too many open files", "too many files are open (ulimit -n)", "raise the limit"),
    ("No space left", "no space is left on the device", "make room"),
    ("quota exceeded", "the disk quota is used up", "make room"),
    ("Read-only file system", "the file system is read-only", "get the right to write"),
    ("early eof", "an object is cut short", "bring back a copy"),
    ("EOF while parsing", "an object is empty, or cut short", "bring back a copy"),
    ("Permission denied", "permission denied", "get the right to write"),
)


# What is there no more, or is shorter than it was written.
_MISSING = ("not found", "No such file", "range was invalid", "object was only")


class LakeWriteError(SekkeiError):
    """The store refused a write: full, read-only, gone. Nothing was written; go on later."""


class LakeReadError(SekkeiError):
    """What was written cannot be read: damaged, deleted, or out of reach."""


class LakeGoneError(LakeReadError):
    """What was open is there no more: `gc` deleted its state, or the lake was moved. No damage."""


def check_there(path: Path) -> None:
    """Raise `LakeGoneError` if the folder of an open lake was moved, or deleted."""
    if not is_remote(path) and not (path / "repo" / "refs").is_dir():
        raise LakeGoneError(
            f"an open lake must stay where it is, but {path} is there no more: it was moved, "
            "deleted or unmounted; open it where it is now"
        )


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
    except SekkeiError:
        raise
    except DAMAGE as error:
        raise damaged(column, error) from error


def damaged(what: str, error: Exception) -> LakeReadError:
    """Return the error of a part of a lake that is missing or broken."""
    return LakeReadError(
        f"what a lake holds must be readable, but reading {what} said: {reason_of(error)}; "
        "run sekkei lake verify on it",
        column=what,
    )


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
    except SekkeiError:
        raise
    except DAMAGE as error:
        raise LakeReadError(
            f"the newest state of {path} must be readable, but its store said: {reason_of(error)}; "
            f"the lake is damaged: see what sekkei lake restore --lake {path} would bring back"
        ) from error


@contextmanager
def naming_storage_errors(path: Path) -> Iterator[None]:
    """Turn what a store says of a refused write into one line.

    Raises
    ------
    LakeWriteError
        If the store refuses.
    LakeReadError
        If what must be read for it is missing; `LakeGoneError` if all of the lake is.
    """
    try:
        yield
    except icechunk.IcechunkError as error:
        if any(mark in _said(error) for mark in _MISSING):
            check_there(path)
            raise damaged(str(path), error) from error
        raise refused(path, error) from error
    except OSError as error:
        raise refused(path, error) from error


@contextmanager
def naming_append(path: Path) -> Iterator[None]:
    """Do what `naming_storage_errors` does where rows go behind others, which are read for that.

    Raises
    ------
    LakeWriteError
        If the store refuses.
    LakeReadError
        If the rows before are damaged.
    """
    try:
        with naming_storage_errors(path):
            yield
    except SekkeiError:
        raise
    except (RuntimeError, ValueError) as error:
        raise damaged(f"the last rows of {path}", error) from error


def refused(path: Path, error: Exception) -> SekkeiError:
    """Return the error of a write that a store refused."""
    return LakeWriteError(
        f"{path} must take what is written, but its store refused: {reason_of(error)}; nothing of "
        f"it is in the lake: {_advice(error)}, and run it again"
    )


def reason_of(error: Exception) -> str:
    """Return what a store said innermost, in words: no tree of causes, no line of its source."""
    said = _said(error)
    for mark, words, _ in _WORDS:
        if mark.lower() in said.lower():
            return words.format(off=_off(said))
    return said[:200] or type(error).__name__


def _advice(error: Exception) -> str:
    said = _said(error).lower()
    found = (advice for mark, _, advice in _WORDS if mark.lower() in said)
    return next(found, "make room, or get the right to write")


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # Icechunk draws a tree: what happened, the calls on the way, and causes, the innermost last.
    sayings: list[str] = []
    is_saying = False
    for line in str(error).splitlines():
        bare = line.strip(" |")
        if mark := _SAYING.match(line):
            sayings.append(line[mark.end() :].strip())
            is_saying = True
        elif not bare or bare == "context:":
            is_saying = False
        elif is_saying:
            sayings[-1] += f" {bare}"
    plain = [saying for saying in sayings if not saying.startswith("Error {")]
    return " ".join((plain or [str(error)])[-1].split())


def _off(said: str) -> str:
    found = [datetime.fromisoformat(time) for time in _TIMES.findall(said)]
    if len(found) != 2:
        return "too much"
    return str(timedelta(seconds=round(abs((found[0] - found[1]).total_seconds()))))
