"""Folders of saved predictors: what they are made of as JSON, and plain arrays."""

import json
import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.model.predictor import META_FILE

ARRAYS_FILE = "weights.npz"
"""File of all arrays of a saved predictor."""


_CHECKSUM = "checksum"

MOST_BYTES = 2**30
"""Largest size of all arrays of a model, in bytes: a small file may promise much more."""

# What parsing, numpy, torch and pydantic say of data that they did not write.
_OF_DATA = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    TypeError, ValueError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@contextmanager
def naming_changed_files(folder: Path) -> Iterator[None]:
    """Turn whatever a changed file of a saved model leads to into one line.

    Raises
    ------
    InvalidInputError
        If the model cannot be made of its files.
    """
    try:
        yield
    except InvalidInputError:
        raise
    except _OF_DATA as error:
        said = " ".join(str(error).split())[:200] or "it is out of bounds"
        raise InvalidInputError(
            f"the model in {folder} must be as it was saved, but one of its files was changed or "
            f"cut off ({type(error).__name__}: {said}); bring back a copy"
        ) from error


def write_folder(
    folder: Path,
    meta: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    *,
    is_compressed: bool = False,
) -> None:
    """Write two files, JSON and arrays; nothing in them is executable.

    Parameters
    ----------
    meta
        Plain data, with ``format``, ``family`` and ``identity`` among them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    meta = {**meta, _CHECKSUM: content_hash("files", meta, arrays)}
    (folder / META_FILE).write_text(json.dumps(meta, indent=1), "utf-8")
    save = np.savez_compressed if is_compressed else np.savez
    save(folder / ARRAYS_FILE, allow_pickle=False, **arrays)


def read_folder(
    folder: Path, name: str, version: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `write_folder` wrote.

    Parameters
    ----------
    name
        What the folder must hold, for people, such as "a direct model".
    version
        The format that it must have.

    Raises
    ------
    InvalidInputError
        If a file is missing, or the format is another one.
    """
    if not ((folder / META_FILE).is_file() and (folder / ARRAYS_FILE).is_file()):
        raise InvalidInputError(
            f"{name} must be a folder with {META_FILE} and {ARRAYS_FILE}, but {folder} lacks them"
        )
    meta = json.loads((folder / META_FILE).read_text("utf-8"))
    if meta.get("format") != version:
        raise InvalidInputError(
            f"{name} must have format {version}, but {folder} has {meta.get('format')}; "
            "train it again"
        )
    _check_size(folder / ARRAYS_FILE)
    with np.load(folder / ARRAYS_FILE, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    written = meta.pop(_CHECKSUM, None)  # folders of older versions have none
    if written is not None and written != content_hash("files", meta, arrays):
        raise InvalidInputError(
            f"the model in {folder} must be as it was saved, but one of its files was changed; "
            "bring back a copy"
        )
    return meta, arrays


def _check_size(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        n_byte = sum(part.file_size for part in archive.infolist())
        if n_byte > MOST_BYTES:
            raise InvalidInputError(
                f"the arrays of a model must be at most {MOST_BYTES:,} bytes, but {file} promises "
                f"{n_byte:,}; bring back a copy"
            )
        for part in archive.infolist():
            with archive.open(part) as stream:
                _check_header(file, part, stream)


def _check_header(file: Path, part: zipfile.ZipInfo, stream: Any) -> None:
    # Memory is taken for what the header says, before anything of it is read.
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else None
    read = read or np.lib.format.read_array_header_2_0
    shape, _, kind = read(stream)
    promised = math.prod(shape) * kind.itemsize
    if promised > part.file_size:
        raise InvalidInputError(
            f"array {part.filename} of {file} must have the {promised:,} bytes that its header "
            f"says, but has {part.file_size:,}; bring back a copy"
        )


def check_identity(folder: Path, meta: Mapping[str, Any], identity: str) -> None:
    """Refuse a predictor that is not the one that was saved.

    Raises
    ------
    InvalidInputError
        If its identity is not the one that was written.
    """
    if identity != meta["identity"]:
        raise InvalidInputError(
            f"the model in {folder} must have identity {meta['identity']}, but has "
            f"{identity}; one of the files was changed"
        )


def under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return the arrays whose names begin with a prefix, without it."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
