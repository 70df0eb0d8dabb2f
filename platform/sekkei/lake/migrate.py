"""Bringing a lake to the present schema."""

import os
from dataclasses import dataclass
from pathlib import Path

import zarr

from sekkei.lake.lock import one_committer
from sekkei.lake.references import references_of
from sekkei.lake.schema import SCHEMA_VERSION
from sekkei.lake.store import BRANCH, add_later_columns, open_repository, schema_version


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did."""

    before: int
    """Schema version that the lake had."""

    after: int
    """Schema version that it has."""

    old_state: str
    """Id of the state before."""

    new_state: str
    """Id of the state after; the same one if there was nothing to do."""


def migrate_lake(path: str | os.PathLike[str]) -> Migration:
    """Bring a lake to the present schema, in one commit.

    Columns that came since are added, blank: NaN, 0, an empty text. No row is touched, and the
    state before has the tag ``schema-N``, so that it can be read as long as the lake lives.
    A lake that has the present schema is left as it is.

    Parameters
    ----------
    path
        Folder of the lake.

    Raises
    ------
    InvalidInputError
        If there is no lake, or one of a newer schema version.
    LakeConflictError
        If somebody else holds its lock.
    """
    place = Path(path)
    repository = open_repository(place)
    with one_committer(place, repository):
        references = references_of(place, repository)
        session = repository.writable_session(BRANCH)
        root = zarr.open_group(session.store, mode="r+")
        before, old = schema_version(root) or SCHEMA_VERSION, str(session.snapshot_id)
        if before == SCHEMA_VERSION:
            return Migration(before, before, old, old)
        # Tagged first: if the process ends here, the next one finds the tag.
        if (tag := f"schema-{before}") not in repository.list_tags():
            references.tag(tag, old)
        add_later_columns(root)
        message = f"migrate from schema version {before} to {SCHEMA_VERSION}"
        return Migration(before, SCHEMA_VERSION, old, references.commit(session, message, {}))
