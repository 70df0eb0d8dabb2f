"""Making a backup, while a service and a campaign go on."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from sekkei import __version__
from sekkei.backup.manifest import (
    MANIFEST,
    UNFINISHED,
    Manifest,
    checksum,
    copy_summed,
    read_manifest,
)
from sekkei.backup.place import ARTIFACTS, DATABASE, LAKE, MODELS, SERVICE, Places
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake, LakeGoneError
from sekkei.lake.replica import objects_now, references_now
from sekkei.lake.sync import sync_file, sync_folder, sync_tree

_SECRET = 0o600
_REPLAYS = "replays"
_LOCKS = ("tokens.lock", ".queue.lock", ".service.lock", ".service.json")

Sums = dict[str, tuple[int, str]]


def make_backup(
    places: Places, out: Path, *, is_forced: bool = False, clock: Callable[[], float] = time.time
) -> Manifest:
    """Copy a lake, its models, and what a service keeps, into a folder.

    Nothing is locked. The lake is copied as it was at one state; models and tokens are of a moment
    before, so that the lake holds every state that a model names. Where it was stopped, the same
    command goes on: objects of the lake that are there are not copied again.

    Parameters
    ----------
    places
        What to copy.
    out
        Folder of the backup; made readable by its user only.
    is_forced
        Whether a finished backup that is there is brought up to date.
    clock
        Seconds since 1970-01-01 UTC.

    Raises
    ------
    InvalidInputError
        If there is no lake, the folder holds something else, or a backup that is not to be
        replaced.
    LakeGoneError
        If ``gc`` deleted objects meanwhile.
    """
    references_now(places.lake)  # whether there is a lake, before anything is written
    _begin(out, is_forced=is_forced)
    sums: Sums = {}
    if places.service is not None and places.service.is_dir():
        _copy_service(places.service, out, sums)
    if places.registry is not None and places.registry.is_file():
        _copy_models(places.registry, places.registry.parent / ARTIFACTS, out, sums)
    state = _copy_lake(places.lake, out, sums)
    _forget_others(out, sums)
    sync_tree(out)
    made = Manifest(
        version=__version__,
        created_unix_s=clock(),
        lake_state=state,
        files=dict(sorted(sums.items())),
    )
    draft = out / f".{MANIFEST}.part"
    draft.write_text(made.model_dump_json(indent=1), "utf-8")
    sync_file(draft)
    draft.replace(out / MANIFEST)
    (out / UNFINISHED).unlink()
    sync_folder(out)
    return made


def _begin(out: Path, *, is_forced: bool) -> None:
    if (
        out.exists()
        and (not out.is_dir() or any(out.iterdir()))
        and not (out / UNFINISHED).exists()
    ):
        read_manifest(out)  # or it is something else
        if not is_forced:
            raise InvalidInputError(
                f"a backup must go into a new folder, but {out} holds one; name another, or add "
                "--force to bring it up to date"
            )
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    out.chmod(0o700)
    (out / UNFINISHED).touch()
    (out / MANIFEST).unlink(missing_ok=True)


def _copy_service(folder: Path, out: Path, sums: Sums) -> None:
    for file in _files(folder):
        name = file.relative_to(folder)
        if _is_passing(name):
            continue
        target = out / SERVICE / name
        with suppress(FileNotFoundError):  # a campaign left the queue just now
            sums[_name(out, target)] = copy_summed(file, target, mode=_SECRET)


def _is_passing(name: Path) -> bool:
    """Whether a file serves a running service only; a campaign may be called as one of them."""
    is_draft = name.suffix == ".part" or any(
        part.startswith(".") and part.endswith(".part") for part in name.parts
    )
    return is_draft or name.parts[0] == _REPLAYS or name.name in _LOCKS


def _copy_models(registry: Path, artifacts: Path, out: Path, sums: Sums) -> None:
    # The database first: whatever it names is complete then.
    database = out / MODELS / DATABASE
    database.parent.mkdir(exist_ok=True)
    database.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{registry.resolve().as_uri()}?mode=ro", uri=True)) as one,
        closing(sqlite3.connect(database)) as other,
    ):
        one.backup(other)
    sums[_name(out, database)] = checksum(database)
    for file in _files(artifacts):
        target = out / MODELS / ARTIFACTS / file.relative_to(artifacts)
        sums[_name(out, target)] = copy_summed(file, target)


def _copy_lake(path: Path, out: Path, sums: Sums) -> str:
    references = references_now(path)
    for inner in objects_now(path):
        target = out / LAKE / inner
        try:
            is_there = target.is_file() and target.stat().st_size == (path / inner).stat().st_size
            found = checksum(target) if is_there else copy_summed(path / inner, target)
        except FileNotFoundError as error:
            raise LakeGoneError(
                f"a lake must keep its objects while it is copied, but {inner.name} is there no "
                "more: sekkei lake gc ran; run the same command again"
            ) from error
        sums[_name(out, target)] = found
    for inner, content in references.items():
        target = out / LAKE / inner
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        sums[_name(out, target)] = checksum(target)
    return Lake.open(out / LAKE).state_id


def _forget_others(out: Path, sums: Sums) -> None:
    for folder in (LAKE, MODELS, SERVICE):
        for file in _files(out / folder):
            if _name(out, file) not in sums:
                file.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def _name(out: Path, file: Path) -> str:
    return file.relative_to(out).as_posix()
