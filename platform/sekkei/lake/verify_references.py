"""Looking for damage in what points to states: history, commits and tags."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import icechunk
import zarr

from sekkei.lake.commit_note import is_changed
from sekkei.lake.location import storage_of
from sekkei.lake.references import broken_tags
from sekkei.lake.storage_errors import DAMAGE, check_there, reason_of


def find_wrong_references(path: Path, state_id: str) -> list[str]:
    """Return one line for every broken commit or tag, or if the history cannot be read.

    Parameters
    ----------
    path
        Folder of the lake.
    state_id
        The state that the history leads to.
    """
    # Twice: while one walks along a history, gc may cut off its end.
    return list(_wrong(path, state_id)) and list(_wrong(path, state_id))


def _wrong(path: Path, state_id: str) -> Iterator[str]:
    check_there(path)
    repository = icechunk.Repository.open(storage_of(path))
    try:
        commits = list(repository.ancestry(snapshot_id=state_id))
    except DAMAGE as error:
        yield f"history: states before {state_id} cannot be read: {reason_of(error)}"
    else:
        yield from _wrong_commits(repository, commits)
    for name in broken_tags(path, repository):
        yield f"tag: {name} is broken; give it again, or gc will not run"
    for name in sorted(repository.list_tags()):
        try:
            state = str(repository.lookup_tag(name))
            zarr.open_group(repository.readonly_session(snapshot_id=state).store, mode="r")
        except DAMAGE as error:
            yield f"tag: {name} must name a state that can be read, but: {reason_of(error)}"


def _wrong_commits(
    repository: icechunk.Repository, commits: Sequence[icechunk.SnapshotInfo]
) -> Iterator[str]:
    """Yield commits that say something else than was written, or whose log cannot be read."""
    for commit in commits:
        if is_changed(commit):
            yield f"commit: message or counts of {commit.id} are not as they were written"
    for newer, older in pairwise(commits):
        try:
            repository.diff(from_snapshot_id=older.id, to_snapshot_id=newer.id)
        except DAMAGE as error:
            yield f"commit: the log of {newer.id} cannot be read: {reason_of(error)}"
