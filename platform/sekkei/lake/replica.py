"""The files of a lake in a folder, for whoever copies them while somebody commits.

Objects never change once they have their name, and a commit moves a reference last. So references
that were read before the objects are listed speak of objects that are listed, all of them.
"""

from collections.abc import Mapping
from pathlib import Path

from sekkei.errors import InvalidInputError
from sekkei.lake.location import address_of, is_remote
from sekkei.lake.references import NEXT
from sekkei.lake.store import open_repository

_REFERENCES = Path("repo") / "refs"
_PASSING = f"branch.{NEXT}"


def references_now(path: Path) -> Mapping[Path, bytes]:
    """Read what points to the states of a lake: paths in its folder, and what is in them.

    Raises
    ------
    InvalidInputError
        If there is no lake, or it is in a bucket.
    LakeReadError
        If it is damaged.
    """
    if is_remote(path):
        raise InvalidInputError(
            f"a lake must be in a folder to be copied file by file, but {address_of(path)} is in a "
            "bucket; let the bucket keep versions, or use sekkei lake copy"
        )
    open_repository(path)  # says what is wrong with it, if anything is
    files = (file for file in (path / _REFERENCES).glob("*/*") if file.parent.name != _PASSING)
    return {file.relative_to(path): file.read_bytes() for file in files if "#" not in file.name}


def objects_now(path: Path) -> tuple[Path, ...]:
    """List everything of a lake that never changes, as paths in its folder, sorted."""
    files = (file.relative_to(path) for file in (path / "repo").rglob("*") if file.is_file())
    # What has a # in its name is still being written.
    return tuple(sorted(f for f in files if _REFERENCES not in f.parents and "#" not in f.name))
