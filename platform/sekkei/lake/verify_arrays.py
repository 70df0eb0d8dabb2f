"""Looking for damage in what a lake says of its arrays, which no checksum covers."""

from collections.abc import Iterator
from typing import Any

import zarr

from sekkei.lake.codecs import has_checksums
from sekkei.lake.schema import SCHEMA, SCHEMA_VERSION
from sekkei.lake.store import array_of, schema_version, write_schema

# The rest may differ: a shape grows, a copy is compressed harder, a description is mended.
_FIXED = ("data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "dimension_names")


def find_wrong_arrays(root: zarr.Group) -> Iterator[str]:
    """Yield one line for every array that is missing, or that is not as its schema has it."""
    memory: dict[str, Any] = {}
    write_schema(memory, is_compact=False)
    model = zarr.open_group(memory, mode="r")
    for path in _paths(root):
        table, _, column = path.partition("/")
        if path not in root:
            yield f"{table}: {column} is missing"
            continue
        wanted, found = _about(array_of(model, path)), _about(array_of(root, path))
        for name, value in found.items():
            # What nobody said of an old array is not wrong.
            if value is not None and value != wanted[name]:
                yield f"{table}: {name} of {column} must be {wanted[name]}, but is {value}"


def count_unchecked(root: zarr.Group) -> tuple[int, int]:
    """Return how many arrays have no checksums, and how many arrays there are."""
    arrays = [array_of(root, path) for path in _paths(root)]
    return sum(not has_checksums(array) for array in arrays), len(arrays)


def _about(array: "zarr.Array[Any]") -> dict[str, Any]:
    about = array.metadata.to_dict()
    return {name: about.get(name) for name in _FIXED} | {"unit": array.attrs.get("unit")}


def _paths(root: zarr.Group) -> list[str]:
    version = schema_version(root) or SCHEMA_VERSION
    return [
        f"{table}/{column.name}"
        for table, found in SCHEMA.items()
        for column in found
        if column.since <= version
    ]
