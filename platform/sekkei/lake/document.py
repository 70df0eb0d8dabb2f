"""Texts that a lake keeps beside its tables, by name: its newest state has the newest of each."""

import re

import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec

from sekkei.errors import InvalidInputError
from sekkei.lake.storage_errors import naming_damage

_GROUP = "document"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


def read_document(root: zarr.Group, name: str) -> str | None:
    """Return the text of a name; ``None`` if a state of a lake has none.

    Raises
    ------
    LakeReadError
        If it is damaged.
    """
    path = f"{_GROUP}/{name}"
    with naming_damage(path):
        found = root.get(path)
        return None if found is None else np.asarray(found[:], np.uint8).tobytes().decode("utf-8")  # type: ignore[index]


def document_names(root: zarr.Group) -> tuple[str, ...]:
    """Return the names of all texts, sorted."""
    with naming_damage(_GROUP):
        group = root.get(_GROUP)
        return tuple(sorted(group.array_keys())) if isinstance(group, zarr.Group) else ()


def write_document(root: zarr.Group, name: str, text: str) -> None:
    """Write a text instead of the one that has its name.

    Raises
    ------
    InvalidInputError
        If the name is not made of small letters, digits and dashes.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            "the name of a document must be small letters, digits and dashes, but found "
            f"{name!r}; choose one like design-1",
            name=name,
        )
    data = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    root.require_group(_GROUP).create_array(
        name,
        data=data,
        chunks=(max(1, data.size),),
        compressors=(ZstdCodec(), Crc32cCodec()),
        overwrite=True,
    )


def copy_documents(source: zarr.Group, target: zarr.Group) -> bool:
    """Copy the texts whose names another state does not have, and say whether there were any."""
    missing = sorted(set(document_names(source)) - set(document_names(target)))
    for name in missing:
        write_document(target, name, read_document(source, name) or "")
    return bool(missing)
