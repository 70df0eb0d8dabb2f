"""Looking for damage in what points to states: the history before one, and the tags."""

from collections.abc import Iterator
from pathlib import Path

import icechunk
import zarr

from sekkei.lake.location import storage_of
from sekkei.lake.references import broken_tags
from sekkei.lake.storage_errors import DAMAGE, check_there, reason_of


def find_wrong_references(path: Path, state_id: str) -> list[str]:
    """Return one line if the history of a state cannot be read, and one for every broken tag.

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
        list(repository.ancestry(snapshot_id=state_id))
    except DAMAGE as error:
        yield f"history: states before {state_id} cannot be read: {reason_of(error)}"
    for name in broken_tags(path, repository):
        yield f"tag: {name} is broken; give it again, or gc will not run"
    for name in sorted(repository.list_tags()):
        try:
            state = str(repository.lookup_tag(name))
            zarr.open_group(repository.readonly_session(snapshot_id=state).store, mode="r")
        except DAMAGE as error:
            yield f"tag: {name} must name a state that can be read, but: {reason_of(error)}"
