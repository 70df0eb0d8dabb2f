"""The Icechunk repository below a lake: the only module that opens one."""

import asyncio
import difflib
import shutil
import uuid
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import icechunk
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake.codecs import codecs_of
from sekkei.lake.location import address_of, is_remote, storage_of, why_bucket_is_silent
from sekkei.lake.schema import ELEMENTS, RAGGED, SCHEMA, SCHEMA_VERSION, Column
from sekkei.lake.storage_errors import (
    damaged,
    naming_broken_lake,
    naming_damage,
    naming_storage_errors,
    reason_of,
)
from sekkei.lake.sync import sync_folder, sync_tree

BRANCH = "main"

_ATTRIBUTE = "sekkei_lake"
_DTYPES = {"key": "uint8", "string": "str"}
_FILL = {"key": 0, "string": "", "float64": float("nan")}  # matrices: 0, which takes no space
_MOST_NODES = 4_000  # of snapshots: a score of states
_MOST_CHUNKS = 50_000  # some 10 MB; a state has a few of each column
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

OpenArray = Callable[[str], "zarr.Array[Any]"]
"""Opens an array of a lake by its path, like ``label/conductance_g0``."""


def create_repository(
    path: Path,
    message: str = "create the lake",
    *,
    fill: Callable[[zarr.Group], None] | None = None,
    is_compact: bool = False,
) -> icechunk.Repository:
    """Make a lake in a folder that is absent or empty.

    Parameters
    ----------
    path
        The folder.
    message
        Of its first commit.
    fill
        Puts rows into the empty tables before that commit; if it fails, no lake is made.
    is_compact
        Whether to compress floating-point columns as well as we can, which takes longer.

    Raises
    ------
    InvalidInputError
        If something is there already.
    LakeWriteError
        If the folder cannot be made, or its store refuses.
    """
    with naming_storage_errors(path), _draft_of(path) as draft:
        repository = _fresh_repository(draft)
        session = repository.writable_session(BRANCH)
        write_schema(session.store, is_compact=is_compact)
        if fill is not None:
            fill(zarr.open_group(session.store, mode="r+"))
        session.commit(message)
    return open_repository(path)


def create_plain_store(path: Path, fill: Callable[[zarr.Group], None]) -> None:
    """Make a Zarr 3 store without history in a folder that is absent or empty.

    Raises
    ------
    InvalidInputError
        If something is there already.
    LakeWriteError
        If the folder cannot be made.
    """
    with naming_storage_errors(path), _draft_of(path) as draft:
        write_schema(str(draft), is_compact=True)
        fill(zarr.open_group(str(draft), mode="r+"))


def open_repository(path: Path) -> icechunk.Repository:
    """Open the repository of a lake.

    Raises
    ------
    InvalidInputError
        If the folder does not exist, holds no lake, or one of a newer schema version.
    """
    if not (is_remote(path) or path.is_dir()):
        raise InvalidInputError(f"a lake must be a folder, but {path} is none; check the path")
    if not is_lake(path):
        raise InvalidInputError(f"{path} must be a lake, but it holds none; check the path")
    with naming_broken_lake(path):
        repository = icechunk.Repository.open(storage_of(path), _reading())
        found = tip_version(repository)
    check_version(path, found)
    return repository


def _reading() -> icechunk.RepositoryConfig:
    # What Icechunk keeps of every state by itself grows for thousands of commits; a process that
    # reads a lake for weeks needs that of the last ones.
    found = icechunk.RepositoryConfig.default()
    found.caching = icechunk.CachingConfig(
        num_snapshot_nodes=_MOST_NODES, num_chunk_refs=_MOST_CHUNKS
    )
    return found


def check_version(path: Path, found: int | None) -> None:
    """Raise `InvalidInputError` if this version of Sekkei does not know a schema version."""
    if found is None or found > SCHEMA_VERSION:
        raise InvalidInputError(
            f"a lake must have schema version {SCHEMA_VERSION} or an older one, but {path} has "
            f"{found or 'none'}; use the version of Sekkei that wrote it",
            found=found,
        )


def is_lake(path: Path) -> bool:
    """Whether a folder holds an Icechunk repository where a lake has it."""
    if not is_remote(path):
        with naming_broken_lake(path):
            if not (path / "repo").is_dir():
                return False
            if icechunk.Repository.exists(storage_of(path)):
                return True
            if has_states(path):
                raise FileNotFoundError("the reference of its newest state is missing")
            return False
    storage = storage_of(path)
    reason = why_bucket_is_silent()
    if reason is not None:
        raise _unreachable(path, reason)
    with _naming_absence(path):
        if not icechunk.Repository.exists(storage):
            return False
        # In a bucket nothing is renamed: until its first commit it is no lake.
        return tip_version(icechunk.Repository.open(storage)) is not None


def has_states(path: Path) -> bool:
    """Whether a folder holds states of a lake, be it that nothing points to them."""
    return any((path / "repo" / "snapshots").glob("*"))


def array_of(root: zarr.Group, path: str) -> "zarr.Array[Any]":
    """Return one array of a lake.

    A column that came with a later schema than that of the lake is blank: every row has its fill
    value.

    Raises
    ------
    InvalidInputError
        If a lake has no such array.
    LakeReadError
        If it should have it, but it is missing or broken.
    """
    with naming_damage(path):
        found = root.get(path)
    if not isinstance(found, zarr.Array):
        later = {f"{table}/{column.name}": column for table, column in later_columns(root)}
        if path in later:
            return _blank(root, path, later[path])
        known = [f"{table}/{column.name}" for table in SCHEMA for column in SCHEMA[table]]
        if path in known:
            raise damaged(path, KeyError("it is missing"))
        near = difflib.get_close_matches(path, known, n=1, cutoff=0.0)
        raise InvalidInputError(
            f"an array must be one of the lake, but found {path!r}; did you mean {near[0]}?",
            path=path,
        )
    return found


def ragged_lengths(root: zarr.Group) -> dict[str, int]:
    """Return how many rows a state has of each table whose rows have no keys."""
    return {table: _n_row(root, table) for table in RAGGED}


def matrix_bytes(root: zarr.Group) -> int:
    """Return how many bytes the matrices of a state take in the store."""
    arrays = (
        root[f"{table}/{column.name}"]
        for table, ragged in RAGGED.items()
        if ragged.owner == "matrix" and _n_row(root, table)
        for column in SCHEMA[table]
    )
    return sum(int(array.nbytes_stored()) for array in arrays if isinstance(array, zarr.Array))


def schema_version(root: zarr.Group) -> int | None:
    """Return the schema version of a state of a lake; None if it has none."""
    about: Any = root.attrs.get(_ATTRIBUTE, {})
    found: int | None = about.get("schema_version")
    return found


def later_columns(root: zarr.Group) -> tuple[tuple[str, Column], ...]:
    """Return table and column of everything that came with a later schema than that of a state."""
    version = schema_version(root) or SCHEMA_VERSION
    return tuple(
        (table, column)
        for table, found in SCHEMA.items()
        for column in found
        if column.since > version
    )


def add_later_columns(root: zarr.Group) -> None:
    """Bring a state to the present schema: its later columns are blank, all else stays."""
    lengths = {table: _n_row(root, table) for table in SCHEMA}
    for table, column in later_columns(root):
        _create_column(root.require_group(table), table, column, n_row=lengths[table])
    root.attrs[_ATTRIBUTE] = {**noted(root), "schema_version": SCHEMA_VERSION}


def note(root: zarr.Group, **facts: Any) -> None:
    """Write facts about the whole lake beside its schema version."""
    root.attrs[_ATTRIBUTE] = {**noted(root), **facts}


def noted(root: zarr.Group) -> dict[str, Any]:
    """Return the facts about the whole lake."""
    about: Any = root.attrs[_ATTRIBUTE]
    return dict(about)


def side_by_side(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Map a function over columns: most of their time is spent waiting for the store."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(function, items))


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, whether or not the caller has an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def _fresh_repository(path: Path) -> icechunk.Repository:
    storage = storage_of(path)
    if is_remote(path) and icechunk.Repository.exists(storage):
        return icechunk.Repository.open(storage)  # made, but its maker ended before the commit
    return icechunk.Repository.create(storage)


@contextmanager
def _naming_absence(path: Path) -> Iterator[None]:
    try:
        yield
    except icechunk.IcechunkError as error:
        raise _unreachable(path, reason_of(error)) from error


def _unreachable(path: Path, reason: str) -> InvalidInputError:
    return InvalidInputError(
        f"a lake must be reachable, but {address_of(path)} is not: {reason}; check bucket, "
        "endpoint, region and credentials"
    )


@contextmanager
def _draft_of(path: Path) -> Iterator[Path]:
    if is_remote(path):
        if is_lake(path):
            raise _not_free(path)
        yield path
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise _not_free(path)
    above = next(folder for folder in path.parents if folder.exists())
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made under another name first: whoever sees it sees all of it.
    draft = path.parent / f".{path.name}.{uuid.uuid4().hex[:8]}.new"
    draft.mkdir()  # where it may not be made, the store would panic
    try:
        yield draft
        sync_tree(draft)
        _rename(draft, path)
        for folder in path.parents:  # those that were made, and the first that was there
            sync_folder(folder)
            if folder == above:
                break
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _rename(draft: Path, path: Path) -> None:
    try:
        draft.rename(path)
    except OSError as error:  # somebody was quicker
        raise _not_free(path) from error


def _not_free(path: Path) -> InvalidInputError:
    return InvalidInputError(
        f"a new lake needs an absent or empty folder, but {path} holds something; "
        "open it, or choose another path"
    )


def tip_version(repository: icechunk.Repository) -> int | None:
    """Return the schema version of the newest state; None if it is no lake.

    Raises
    ------
    icechunk.IcechunkError
        If that state is broken.
    """
    try:
        root = zarr.open_group(repository.readonly_session(BRANCH).store, mode="r")
    except FileNotFoundError:
        # Zarr finds nothing in a state that is broken, either: it must be one.
        repository.lookup_snapshot(repository.lookup_branch(BRANCH))
        return None  # a repository, but nothing in it
    return schema_version(root)


def _n_row(root: zarr.Group, table: str) -> int:
    first = root.get(f"{table}/{SCHEMA[table][0].name}")
    return int(first.shape[0]) if isinstance(first, zarr.Array) else 0


def _blank(root: zarr.Group, path: str, column: Column) -> "zarr.Array[Any]":
    table = path.partition("/")[0]
    group = zarr.create_group({})
    _create_column(group, table, column, n_row=_n_row(root, table))
    blank: zarr.Array[Any] = group[column.name]  # type: ignore[assignment]
    return blank


def write_schema(store: Any, *, is_compact: bool) -> None:
    """Make every table of the present schema, empty, in a Zarr store."""
    root = zarr.create_group(
        store,
        attributes={_ATTRIBUTE: {"schema_version": SCHEMA_VERSION, "elements": list(ELEMENTS)}},
    )
    for table, found in SCHEMA.items():
        group = root.create_group(table)
        for column in found:
            _create_column(group, table, column, is_compact=is_compact)


def _create_column(
    group: Any, table: str, column: Column, *, n_row: int = 0, is_compact: bool = False
) -> None:
    axes = ("byte",) if column.kind == "key" else column.axis
    group.create_array(
        column.name,
        shape=(n_row, *((16,) if column.kind == "key" else column.shape)),
        dtype=_DTYPES.get(column.kind, column.kind),
        chunks=column.chunk,
        shards=column.shard,
        compressors=codecs_of(column, is_compact=is_compact),
        fill_value=_FILL.get(column.kind, 0),
        dimension_names=(table, *axes),
        attributes={"unit": column.unit, "description": column.description},
    )
