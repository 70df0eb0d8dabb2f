"""Bringing a backup back: checked first, and in place only when all of it is sound."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sekkei.backup.manifest import Manifest, copy_summed, read_manifest
from sekkei.backup.place import ARTIFACTS, DATABASE, LAKE, MODELS, SERVICE, Places
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.lake.lock import lock_folder
from sekkei.lake.sync import sync_file, sync_folder, sync_tree

_DRAFT = ".sekkei-restore"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back."""

    state: str
    """State of the lake; all of it was verified."""

    files: int
    """Files."""

    bytes: int
    """Their size."""

    restored: tuple[Path, ...]
    """Where they are now."""

    replaced: tuple[Path, ...]
    """What was there before, under its new name."""


def restore_backup(source: Path, places: Places, *, is_forced: bool = False) -> Restored:
    """Bring a backup back.

    Every file is compared with its checksum, and every row of the lake is verified, before anything
    takes its place. What was there is kept under another name.

    Parameters
    ----------
    source
        Folder of the backup.
    places
        Where to.
    is_forced
        Whether what is there may be replaced.

    Raises
    ------
    InvalidInputError
        If it is no backup, is damaged, or something is there that is not to be replaced.
    LakeConflictError
        If somebody writes to the lake that is to be replaced.
    """
    manifest = read_manifest(source)
    moves = [*_moves(manifest, places)]
    busy = [target for _, target in moves if _is_there(target)]
    if busy and not is_forced:
        raise InvalidInputError(
            f"a backup must be restored to where nothing is, but {', '.join(map(str, busy))} is "
            "there; name other places, or add --force, which keeps it under another name"
        )
    with ExitStack() as stack:
        if places.lake in busy:
            stack.enter_context(lock_folder(places.lake))
        drafts = [stack.enter_context(_draft(target)) for _, target in moves]
        for (inner, _), draft in zip(moves, drafts, strict=True):
            _copy(source, manifest, inner, draft)
        _check_lake(drafts[-1], manifest)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        replaced = []
        for (_, target), draft in zip(moves, drafts, strict=True):
            if _is_there(target):
                replaced.append(target.with_name(f"{target.name}.replaced-{stamp}"))
                target.rename(replaced[-1])
            elif target.is_dir():
                target.rmdir()
            draft.rename(target)
            sync_folder(target.parent)
    return Restored(
        state=manifest.lake_state,
        files=len(manifest.files),
        bytes=manifest.n_byte,
        restored=tuple(target for _, target in moves),
        replaced=tuple(replaced),
    )


def _moves(manifest: Manifest, places: Places) -> Iterator[tuple[str, Path]]:
    # The lake comes last: whoever finds it finds the rest.
    if places.service is not None and manifest.has(SERVICE):
        yield SERVICE, places.service
    if places.registry is not None and places.artifacts is not None and manifest.has(MODELS):
        yield f"{MODELS}/{DATABASE}", places.registry
        if manifest.has(f"{MODELS}/{ARTIFACTS}"):
            yield f"{MODELS}/{ARTIFACTS}", places.artifacts
    yield LAKE, places.lake


def _is_there(target: Path) -> bool:
    return target.exists() and not (target.is_dir() and not any(target.iterdir()))


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}{_DRAFT}")
    _remove(draft)  # of one who was killed
    try:
        yield draft
    finally:
        _remove(draft)


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft)
    else:
        draft.unlink(missing_ok=True)


def _copy(source: Path, manifest: Manifest, inner: str, draft: Path) -> None:
    is_secret = inner == SERVICE
    for name, told in manifest.files.items():
        if name != inner and not name.startswith(f"{inner}/"):
            continue
        target = draft if name == inner else draft / name.removeprefix(f"{inner}/")
        try:
            found = copy_summed(source / name, target, mode=0o600 if is_secret else None)
        except FileNotFoundError as error:
            raise _damaged(source, name, "is missing") from error
        if found != told:
            raise _damaged(source, name, "has another checksum")
    if is_secret:
        for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            folder.chmod(0o700)
    if draft.is_dir():
        sync_tree(draft)
    else:
        sync_file(draft)


def _check_lake(draft: Path, manifest: Manifest) -> None:
    lake = Lake.open(draft)
    problems = lake.verify()
    if lake.state_id != manifest.lake_state:
        problems.append(f"its state is {lake.state_id}, not {manifest.lake_state}")
    if problems:
        raise InvalidInputError(
            f"a lake must verify to be restored, but that of the backup has {len(problems)} "
            f"problems, the first: {problems[0]}; take another backup"
        )


def _damaged(source: Path, name: str, fault: str) -> InvalidInputError:
    return InvalidInputError(
        f"a backup must be as it was made, but {name} of {source} {fault}; take another backup"
    )
