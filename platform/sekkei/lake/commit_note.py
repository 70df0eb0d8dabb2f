"""What a commit says of itself, with a checksum, which the store has for neither."""

from collections.abc import Mapping

import icechunk

from sekkei.identity import content_hash
from sekkei.lake.schema import table_names

_CHECKSUM = "checksum"


def note_of(message: str, counts: Mapping[str, int]) -> dict[str, int | str]:
    """Return what is kept with a commit: the rows that it brought by table, and a checksum."""
    return {**counts, _CHECKSUM: content_hash("commit", message, dict(counts))}


def counts_of(commit: icechunk.SnapshotInfo) -> dict[str, int]:
    """Return the rows that a commit brought, by table."""
    tables = set(table_names())
    return {table: int(n) for table, n in commit.metadata.items() if table in tables}


def is_changed(commit: icechunk.SnapshotInfo) -> bool:
    """Whether message or counts of a commit are not as they were written; older ones do not say."""
    written = commit.metadata.get(_CHECKSUM)
    return written is not None and written != content_hash(
        "commit", commit.message, {key: n for key, n in commit.metadata.items() if key != _CHECKSUM}
    )
