"""The Icechunk repository below a lake: the only module that opens one."""

import asyncio
import difflib
import shutil
import uuid
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import icechunk
import zarr

from sekkei.errors import InvalidInputError
from sekkei.lake.schema import ELEMENTS, SCHEMA, SCHEMA_VERSION, Column

BRANCH = "main"

_ATTRIBUTE = "sekkei_lake"
_DTYPES = {"key": "uint8", "string": "str"}
_FILL = {"key": 0, "string": "", "float64": float("nan")}
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def create_repository(path: Path) -> icechunk.Repository:
    """Make an empty lake in a folder that is absent or empty.

    Raises
    ------
    InvalidInputError
        If something is there already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made under another name first: whoever sees the lake sees all of it.
    draft = path.parent / f".{path.name}.{uuid.uuid4().hex[:8]}.new"
    repository = icechunk.Repository.create(_storage(draft))
    session = repository.writable_session(BRANCH)
    _write_schema(session.store)
    session.commit("create the lake")
    try:
        draft.rename(path)
    except OSError as error:
        shutil.rmtree(draft)
        raise InvalidInputError(
            f"a new lake needs an absent or empty folder, but {path} holds something; "
            "open it, or choose another path"
        ) from error
    return open_repository(path)


def open_repository(path: Path) -> icechunk.Repository:
    """Open the repository of a lake.

    Raises
    ------
    InvalidInputError
        If the folder does not exist, holds no lake, or one of another schema version.
    """
    if not path.is_dir():
        raise InvalidInputError(f"a lake must be a folder, but {path} is none; check the path")
    if not is_lake(path):
        raise InvalidInputError(f"{path} must be a lake, but it holds none; check the path")
    repository = icechunk.Repository.open(_storage(path))
    found = _schema_version(repository)
    if found != SCHEMA_VERSION:
        raise InvalidInputError(
            f"a lake must have schema version {SCHEMA_VERSION}, but {path} has "
            f"{found or 'none'}; use the version of Sekkei that wrote it",
            found=found,
        )
    return repository


def is_lake(path: Path) -> bool:
    """Whether a folder holds an Icechunk repository where a lake has it."""
    return (path / "repo").is_dir() and icechunk.Repository.exists(_storage(path))


def array_of(root: zarr.Group, path: str) -> "zarr.Array[Any]":
    """Return one array of a lake.

    Raises
    ------
    InvalidInputError
        If the lake has no such array.
    """
    found = root.get(path)
    if not isinstance(found, zarr.Array):
        known = [f"{table}/{column.name}" for table in SCHEMA for column in SCHEMA[table]]
        near = difflib.get_close_matches(path, known, n=1, cutoff=0.0)
        raise InvalidInputError(
            f"an array must be one of the lake, but found {path!r}; did you mean {near[0]}?",
            path=path,
        )
    return found


def side_by_side(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Map a function over columns: most of their time is spent waiting for the store."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(function, items))


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, whether or not the caller has an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def _storage(path: Path) -> icechunk.Storage:
    # Icechunk warns on stderr that a folder has no safe concurrent commits; the lock sees to that.
    icechunk.set_logs_filter("error")
    return icechunk.local_filesystem_storage(str(path / "repo"))


def _schema_version(repository: icechunk.Repository) -> int | None:
    try:
        root = zarr.open_group(repository.readonly_session(BRANCH).store, mode="r")
    except FileNotFoundError:
        return None  # a repository, but nothing in it
    about: Any = root.attrs.get(_ATTRIBUTE, {})
    found: int | None = about.get("schema_version")
    return found


def _write_schema(store: Any) -> None:
    root = zarr.create_group(
        store,
        attributes={_ATTRIBUTE: {"schema_version": SCHEMA_VERSION, "elements": list(ELEMENTS)}},
    )
    for table, found in SCHEMA.items():
        group = root.create_group(table)
        for column in found:
            _create_column(group, table, column)


def _create_column(group: zarr.Group, table: str, column: Column) -> None:
    axes = ("byte",) if column.kind == "key" else column.axis
    group.create_array(
        column.name,
        shape=(0, *((16,) if column.kind == "key" else column.shape)),
        dtype=_DTYPES.get(column.kind, column.kind),
        chunks=column.chunk,
        shards=column.shard,
        fill_value=_FILL.get(column.kind, 0),
        dimension_names=(table, *axes),
        attributes={"unit": column.unit, "description": column.description},
    )
