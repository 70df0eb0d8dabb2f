"""The way back from a damaged lake: its last state whose rows verify."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import icechunk
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake.commit_note import counts_of
from sekkei.lake.lake import Lake
from sekkei.lake.location import is_remote
from sekkei.lake.lock import lock_folder, one_committer
from sekkei.lake.reading import find_state
from sekkei.lake.references import References, references_of
from sekkei.lake.schema import SCHEMA
from sekkei.lake.standin import open_stand_in
from sekkei.lake.state import State
from sekkei.lake.storage_errors import DAMAGE, LakeReadError, naming_storage_errors, reason_of
from sekkei.lake.store import (
    BRANCH,
    check_version,
    has_states,
    open_repository,
    schema_version,
)
from sekkei.lake.sync import sync_tree

LAST_GOOD = "last-good"
"""Instead of a state: the newest one that verifies."""

_PREFIX = ".restore-"


@dataclass(frozen=True, slots=True)
class Tried:
    """A state whose rows were verified."""

    state: str
    """Its id."""

    problems: int
    """How many problems it has."""

    first: str
    """The first of them; empty if there is none."""


@dataclass(frozen=True, slots=True)
class Left:
    """A commit that the lake does not hold any more after it was restored."""

    state: str
    """Id of the state that it made."""

    time: datetime
    """When."""

    message: str
    """What its committer said."""

    rows: dict[str, int] = field(default_factory=dict)
    """What it brought, by table."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """What restoring a lake does, or would do."""

    before: str
    """The state that the lake pointed to; empty if that cannot be read."""

    after: str
    """The state that it points to then."""

    tried: tuple[Tried, ...]
    """States that were verified, newest first; the last one is sound."""

    lost: tuple[Left, ...]
    """Commits that are left behind, newest first, as far as they can be read."""

    unreadable: int
    """States in the folder that cannot be read at all, so that nobody knows what is in them."""

    kept_as: str
    """Tag by which the state before stays readable; empty if it cannot be kept."""

    is_dry_run: bool
    """Whether nothing was changed."""

    @property
    def lost_rows(self) -> dict[str, int]:
        """Rows that are left behind, by table, as far as they can be read."""
        counts = {table: sum(one.rows.get(table, 0) for one in self.lost) for table in SCHEMA}
        return {table: n for table, n in counts.items() if n}


def restore_lake(path: Path | str, to: str = LAST_GOOD, *, is_dry_run: bool) -> Restoration:
    """Let a lake point to an older state of its own, which verifies.

    Nothing is deleted. The state that it pointed to gets the tag ``replaced-ID`` if it can be
    read so far that `gc` can keep it.

    Parameters
    ----------
    path
        Folder of the lake, whose newest state or whose reference to it may be broken.
    to
        Id or tag of a state; or ``last-good``, the newest one whose rows verify.
    is_dry_run
        Whether only to say what would be done.

    Raises
    ------
    InvalidInputError
        If there is no lake, the state is none of it, or its rows do not verify.
    LakeReadError
        If no state of it verifies.
    LakeConflictError
        If somebody else holds its lock.
    LakeWriteError
        If the store refuses.
    """
    folder = Path(path)
    if is_dry_run:
        with _opened(folder, None) as (repository, _):
            return _plan(folder, repository, to)
    with _locked(folder), _opened(folder, folder) as (repository, references):
        plan = _plan(folder, repository, to)
        with naming_storage_errors(folder):
            if plan.kept_as and plan.kept_as not in repository.list_tags():
                references.tag(plan.kept_as, plan.before)
            if not plan.before:  # who knows whether that commit was finished
                sync_tree(folder / "repo")
            if plan.after != plan.before:
                references.move(plan.after)
    return replace(plan, is_dry_run=False)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    if is_remote(path):
        with one_committer(path, open_repository(path)):
            yield
        return
    _check_folder(path)
    with lock_folder(path):
        for left in path.glob(f"{_PREFIX}*"):  # by somebody who was killed
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def _opened(path: Path, beside: Path | None) -> Iterator[tuple[icechunk.Repository, References]]:
    if is_remote(path):  # whose objects no power cut empties; a broken reference is told
        repository = open_repository(path)
        yield repository, references_of(path, repository)
        return
    _check_folder(path)
    with naming_storage_errors(path):
        folder = tempfile.TemporaryDirectory(dir=beside, prefix=_PREFIX)
    with folder as name:
        with naming_storage_errors(path):
            repository = open_stand_in(path, Path(name))
            references = references_of(path, repository, Path(name) / "repo" / "refs")
        yield repository, references


def _check_folder(path: Path) -> None:
    if not has_states(path):
        raise InvalidInputError(f"{path} must be a lake, but it holds none; check the path")


def _plan(path: Path, repository: icechunk.Repository, to: str) -> Restoration:
    before = _head(repository)
    commits, unreadable = _commits(path, repository, before)
    if to == LAST_GOOD:
        found = [commit.id for commit in commits]
        wanted = found if before in found or not before else [before, *found]
    else:
        wanted = [find_state(path, repository, to)]
    tried: list[Tried] = []
    for state in wanted:
        tried.append(_try(path, repository, state))
        if not tried[-1].problems:
            break
    else:
        _refuse(path, tried, to)
    after = tried[-1].state
    lost = _left_behind(path, repository, commits, after)
    kept_as = f"replaced-{before}" if after != before and _can_keep(repository, before) else ""
    return Restoration(before, after, tuple(tried), lost, unreadable, kept_as, is_dry_run=True)


def _refuse(path: Path, tried: list[Tried], to: str) -> None:
    if to != LAST_GOOD:
        raise InvalidInputError(
            f"a lake must be restored to a state that verifies, but {tried[0].state} has "
            f"{tried[0].problems} problems, the first: {tried[0].first}; choose another one, or "
            f"{LAST_GOOD}",
            state=tried[0].state,
        )
    raise LakeReadError(
        f"a state of {path} must verify to be restored, but none of {len(tried)} does"
        + (f"; the newest: {tried[0].first}" if tried else "")
        + "; bring back a copy"
    )


def _head(repository: icechunk.Repository) -> str:
    try:
        return str(repository.lookup_branch(BRANCH))
    except icechunk.IcechunkError:
        return ""  # restoring is for this


def _commits(
    path: Path, repository: icechunk.Repository, head: str
) -> tuple[list[icechunk.SnapshotInfo], int]:
    """Return states, newest first, and how many cannot be read."""
    try:
        return list(repository.ancestry(snapshot_id=head)), 0
    except (icechunk.IcechunkError, ValueError):
        if is_remote(path):
            raise
    # Nobody leads to older states: all that lie in the folder, by their times.
    names = [file.name for file in (path / "repo" / "snapshots").iterdir() if "#" not in file.name]
    found = []
    for name in names:
        try:
            found.append(repository.lookup_snapshot(name))
        except (icechunk.IcechunkError, ValueError):
            continue  # counted below
    found.sort(key=lambda commit: commit.written_at, reverse=True)
    return found, len(names) - len(found)


def _try(path: Path, repository: icechunk.Repository, state: str) -> Tried:
    try:
        repository.lookup_snapshot(state)  # Zarr would find nothing in one that is broken
        lake = Lake(path, repository, state)
    except zarr.errors.GroupNotFoundError:
        return Tried(state, 1, "it holds no tables")
    except (LakeReadError, *DAMAGE) as error:
        return Tried(state, 1, reason_of(error))
    check_version(path, schema_version(lake.root))
    # Rows only: the history before them may be as broken as it likes.
    problems = State.verify(lake)
    return Tried(state, len(problems), problems[0] if problems else "")


def _left_behind(
    path: Path, repository: icechunk.Repository, commits: list[icechunk.SnapshotInfo], after: str
) -> tuple[Left, ...]:
    kept = {commit.id for commit in repository.ancestry(snapshot_id=after)}
    return tuple(
        Left(commit.id, commit.written_at, commit.message, counts_of(commit))
        for commit in commits
        if commit.id not in kept
    )


def _can_keep(repository: icechunk.Repository, state: str) -> bool:
    # What gc reads of a state that it keeps: the state, and all of its manifests.
    try:
        repository.readonly_session(snapshot_id=state).all_virtual_chunk_locations()
    except (icechunk.IcechunkError, ValueError):
        return False
    return True
